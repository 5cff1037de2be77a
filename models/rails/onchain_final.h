/* onchain_final.h: payments that do not stay final.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   FINAL --fewer confirmations than `final`--> SHAKEN --as many again--> as before
 *                                                 +--its rival has as many--> UNDONE
 *
 * One that no mempool has is sent again with every block. What is undone is the operator's loss: the payer has his
 * coins back, and nothing else of the session's money moves; a refund that has gone out is not asked back.
 */
#ifndef KONSENTO_MODELS_RAILS_ONCHAIN_FINAL_H
#define KONSENTO_MODELS_RAILS_ONCHAIN_FINAL_H

#include "models/rails/onchain_parts.h"

/* A payment is final from now on: all its versions are watched as such. */
void final_note(struct onchain *onchain, const struct transfer *transfer);
/* The chain says something about one of its versions. */
void final_hear(struct onchain *onchain, uint32_t index, const struct chain_event *event);
/* A block joined the best chain: what is out is sent again, what is lost is told. */
void final_block(struct onchain *onchain);

#endif
