/* blocks.h: what the nodes hear of the chain.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_HOST_BLOCKS_H
#define KONSENTO_MODELS_HOST_BLOCKS_H

#include "models/host/parts.h"

/* Listens to the chain; shows all wallets what is before time 0. */
void blocks_begin(struct host *host);
/* A node that has slept hears of what has changed since the block that it knew: blocks that went, blocks that came. */
void blocks_catch_up(struct host *host, uint32_t node, uint32_t known);

#endif
