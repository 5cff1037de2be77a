/* onchain_upkeep.h: wallets that merge their coins while that is cheap.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each payment leaves the operator a coin, and each refund a payer one; a coin costs 68 vB when it is spent. A wallet
 * with more than merge_coins of them puts the smallest together in one transaction to itself, when what gets it into a
 * block within six costs no more than merge_rate. The largest few stay out, so that it can pay meanwhile. The fee is
 * its owner's, told as UPKEEP.
 */
#ifndef KONSENTO_MODELS_RAILS_ONCHAIN_UPKEEP_H
#define KONSENTO_MODELS_RAILS_ONCHAIN_UPKEEP_H

#include "models/rails/onchain_parts.h"

/* A block joined the best chain. */
void upkeep_block(struct onchain *onchain);
/* The chain says something about such a transaction. index: payer; payer_count: the operator. */
void upkeep_hear(struct onchain *onchain, uint32_t index, const struct chain_event *event);

#endif
