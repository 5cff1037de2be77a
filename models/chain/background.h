/* background.h: the public chain as the statistics see it: when blocks are found, what others' demand leaves.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The background is one for all branches: a block takes its part of the demand when the public chain first reaches its
 * height. A second block of that height meets the demand as the first one met it.
 */
#ifndef KONSENTO_MODELS_CHAIN_BACKGROUND_H
#define KONSENTO_MODELS_CHAIN_BACKGROUND_H

#include "models/chain/parts.h"

/* What miners leave for transactions, own and others'. */
#define BACKGROUND_CAPACITY_VB FEEMARKET_CAPACITY_VB

void background_open(struct chain *chain);
/* Time of the next block anywhere; BLOCKS_NEVER_US. */
int64_t background_next_us(struct chain *chain);
/* Demand comes in up to now. */
void background_advance(struct chain *chain);
/* The market that a block of a height competes in. */
const struct feemarket *background_market(const struct chain *chain, uint32_t height);
/* The public chain has a new highest block: own_vb of its space went to own transactions, all if it is empty. */
void background_take(struct chain *chain, double own_vb);

#endif
