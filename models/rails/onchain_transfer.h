/* onchain_transfer.h: one payment, from asked to its end.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_RAILS_ONCHAIN_TRANSFER_H
#define KONSENTO_MODELS_RAILS_ONCHAIN_TRANSFER_H

#include "models/rails/onchain_parts.h"

/* Builds the payment. Returns false and sets the cause if it cannot be. */
bool transfer_build(struct onchain *onchain, struct btc_wallet_payment *payment, uint32_t index);
void transfer_submit(struct onchain *onchain, uint32_t index, const struct btc_tx *tx);
void transfer_seen(struct onchain *onchain, uint32_t index, uint32_t tx);
void transfer_credit(struct onchain *onchain, uint32_t index);
void transfer_depth(struct onchain *onchain, uint32_t index, uint32_t tx, uint32_t depth);
/* Ends it without money: FAILED or REVERSED. */
void transfer_lose(struct onchain *onchain, uint32_t index, enum rail_cause cause);
/* It may not come any more. */
void transfer_withdraw(struct onchain *onchain, uint32_t index);
void transfer_answer(struct onchain *onchain, uint32_t index);
void transfer_listened(struct onchain *onchain, uint32_t index);
void transfer_grace_over(struct onchain *onchain, uint32_t index);
bool transfer_is_open(const struct transfer *transfer);

#endif
