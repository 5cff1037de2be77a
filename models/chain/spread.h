/* spread.h: what arrives where and when: blocks, transactions, and the two versions of a double spend.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A transaction comes to a miner's template the config's template_us after it reached him. If an earlier own
 * transaction spends the same and has not arrived there yet, a draw by the odds law (or the simulation of nodes) says
 * which of the two is first. The operator's node holds the earlier one, if it came directly; it hears of the other if
 * one of its peers holds that, by chance or because nodes replace the one with the other. So do the observers.
 */
#ifndef KONSENTO_MODELS_CHAIN_SPREAD_H
#define KONSENTO_MODELS_CHAIN_SPREAD_H

#include "models/chain/parts.h"

/* Sends a block, whose parent was sent before, to everybody. zone: who has it already; CHAIN_NONE. */
void spread_block(struct chain *chain, gsl_rng *rng, uint32_t node, uint32_t zone);
/* Sends an own transaction, now. */
void spread_tx(struct chain *chain, uint32_t tx);

#endif
