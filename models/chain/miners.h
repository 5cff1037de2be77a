/* miners.h: who finds the next block, and when.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_CHAIN_MINERS_H
#define KONSENTO_MODELS_CHAIN_MINERS_H

#include "models/chain/parts.h"

/* Plans the next block. */
void miners_plan(struct chain *chain);
/* A block is found: by whom, what is in it, who gets it. */
void miners_find(struct chain *chain);

#endif
