/* publish.c: a block becomes public.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/publish.h"

#include "models/chain/background.h"
#include "models/chain/spread.h"
#include "models/chain/view.h"

#include <assert.h>

/* Blocks below the lowest tip that are kept for reorganisations. */
#define KEEP_BLOCKS (CHAIN_REORG_DEPTH_MAX + 50)

static void prune(struct chain *chain)
{
    uint32_t lowest = tree_at(&chain->tree, chain->best)->height;
    for (uint32_t i = 0; i < chain_zone_count(chain); i++) {
        uint32_t height = tree_at(&chain->tree, chain->views[i].tip)->height;
        lowest = height < lowest ? height : lowest;
    }
    if (chain->attack.stage == ATTACK_RACING) {
        uint32_t height = tree_at(&chain->tree, chain->attack.fork)->height;
        lowest = height < lowest ? height : lowest;
    }
    enum tree_keep keep = chain->config->keep == CHAIN_KEEP_ALL ? TREE_KEEP_BYTES : TREE_DROP_BYTES;
    if (lowest > KEEP_BLOCKS)
        tree_prune(&chain->tree, lowest - KEEP_BLOCKS, keep);
}

void publish_block(struct chain *chain, gsl_rng *rng, uint32_t node, double own_vb, uint32_t zone)
{
    struct tree_node *block = tree_at(&chain->tree, node);
    assert(!block->is_public);
    block->is_public = true;
    if (block->height > tree_at(&chain->tree, chain->best)->height) {
        background_take(chain, own_vb);
        chain->best = node;
        view_evict_all(chain);
        prune(chain);
    }
    spread_block(chain, rng, node, zone);
    if (zone != CHAIN_NONE)
        view_take_block(chain, zone, node);
}
