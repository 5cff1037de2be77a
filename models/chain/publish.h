/* publish.h: a block becomes public: the statistics count it, everybody gets it, old ones are dropped.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_CHAIN_PUBLISH_H
#define KONSENTO_MODELS_CHAIN_PUBLISH_H

#include "models/chain/parts.h"

/* In: own_vb, virtual bytes of own transactions in it; zone, who has it already (CHAIN_NONE: nobody). */
void publish_block(struct chain *chain, gsl_rng *rng, uint32_t node, double own_vb, uint32_t zone);

#endif
