/* onchain_account.h: sessions on the chain: what may be delivered, refunds, records, the end.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_RAILS_ONCHAIN_ACCOUNT_H
#define KONSENTO_MODELS_RAILS_ONCHAIN_ACCOUNT_H

#include "models/rails/onchain_parts.h"

/* Tells the session what it may have had, if that has changed. cause: why credit was withdrawn, if it was. */
void account_limit(struct onchain *onchain, uint32_t session, enum rail_cause cause);
/* One thing less is under way; the last one settles the session, then closes it. */
void account_unbusy(struct onchain *onchain, uint32_t session);
void settlement_depth(struct onchain *onchain, uint32_t session, uint32_t depth);
/* It was refused, or left the mempool. */
void settlement_refused(struct onchain *onchain, uint32_t session);
/* Sends the first that waits and can be paid. The others follow when the node has taken it, so that none builds on what
 * is refused. */
void settlement_retry(struct onchain *onchain);

#endif
