/* miners.c: who finds the next block, and when.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One memoryless process finds all blocks and a draw by hash rate says whose each one is: the same as a process for
 * each miner. He mines on the tip that he sees, so two who do not know of each other's block make a fork.
 */
#include "models/chain/miners.h"

#include "models/chain/assemble.h"
#include "models/chain/attack.h"
#include "models/chain/background.h"
#include "models/chain/node.h"
#include "models/chain/publish.h"

#include <assert.h>

#define PPM 1e6

void miners_plan(struct chain *chain)
{
    int64_t at_us = background_next_us(chain);
    if (at_us != BLOCKS_NEVER_US)
        sim_schedule(chain->sim, at_us, SIM_ENVIRONMENT,
                     &(struct sim_action){.kind = chain->found_kind, .object = chain});
}

/* What chance decides about a block. */
struct luck {
    uint32_t winner;
    bool is_empty;
    bool replaces_all; /* made by the part of the miner's machines that replace without a signal */
};

/* Draws the same numbers whatever comes of them. */
static struct luck draw_luck(struct chain *chain, gsl_rng *rng)
{
    const struct chain_config *config = chain->config;
    double of_attacker = gsl_rng_uniform(rng), empty = gsl_rng_uniform(rng), part = gsl_rng_uniform(rng);
    struct luck luck = {.winner = (uint32_t)propagation_winner(&chain->propagation, rng),
                        .is_empty = empty * PPM < (double)config->empty_ppm,
                        .replaces_all = part * PPM < (double)config->full_rbf_ppm};
    if (of_attacker * PPM < (double)config->attacker_share_ppm)
        luck.winner = chain->attacker;
    return luck;
}

static void mine(struct chain *chain, gsl_rng *rng, const struct luck *luck)
{
    struct view *view = &chain->views[luck->winner];
    uint32_t pool = luck->replaces_all ? view->pool_count - 1 : 0;
    struct assemble_order order = {.parent = view->tip,
                                   .miner = luck->winner,
                                   .found_us = sim_now_us(chain->sim),
                                   .pool = luck->is_empty ? NULL : &view->pools[pool]};
    enum btc_block_error error;
    double own_vb;
    uint32_t node = assemble_block(chain, &error, &own_vb, &order);
    assert(node != TREE_NONE || error == BTC_BLOCK_NO_MEMORY); /* a mempool holds nothing that cannot be mined */
    if (node == TREE_NONE)
        return;
    chain->tally.empty += luck->is_empty ? 1 : 0;
    publish_block(chain, rng, node, luck->is_empty ? BACKGROUND_CAPACITY_VB : own_vb, luck->winner);
}

void miners_find(struct chain *chain)
{
    struct sim_stream stream;
    sim_stream_open(&stream, chain->sim, "chain.block", sim_event_count_of(chain->sim, chain->found_kind));
    gsl_rng *rng = stream_rng(&stream);
    background_advance(chain);
    struct luck luck = draw_luck(chain, rng);
    if (luck.winner == chain->attacker && attack_is_secret(chain))
        attack_mine(chain);
    else
        mine(chain, rng, &luck);
    attack_consider(chain);
    node_flush(chain);
    miners_plan(chain);
}
