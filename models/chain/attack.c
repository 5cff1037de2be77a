/* attack.c: the attacker's race in secret.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/attack.h"

#include "models/chain/assemble.h"
#include "models/chain/background.h"
#include "models/chain/node.h"
#include "models/chain/publish.h"
#include "models/chain/view.h"

#include <assert.h>
#include <stdio.h>

static uint32_t height_of(const struct chain *chain, uint32_t node)
{
    return tree_at(&chain->tree, node)->height;
}

static struct view *attacker_view(const struct chain *chain)
{
    return &chain->views[chain->attacker];
}

/* Blocks of his branch. */
static uint32_t own_blocks(const struct chain *chain)
{
    return height_of(chain, attacker_view(chain)->tip) - height_of(chain, chain->attack.fork);
}

/* Blocks of the honest branch, as the merchant sees them. */
static uint32_t honest_blocks(const struct chain *chain)
{
    uint32_t height = chain_height(chain), fork = height_of(chain, chain->attack.fork);
    return height > fork ? height - fork : 0;
}

static void tell(struct chain *chain, enum chain_event_kind kind, uint32_t depth)
{
    node_tell(chain, &(struct chain_event){.kind = kind, .tx = CHAIN_NONE, .other = CHAIN_NONE, .depth = depth});
}

/* ---- the end --------------------------------------------------------------------------------------------------- */

static void end(struct chain *chain)
{
    sim_cancel(chain->sim, chain->attack.hold);
    chain->attack.stage = ATTACK_NONE;
    attacker_view(chain)->is_pinned = false;
}

static void release(struct chain *chain)
{
    struct sim_stream stream;
    uint32_t tip = attacker_view(chain)->tip, first = height_of(chain, chain->attack.fork) + 1;
    uint32_t blocks = own_blocks(chain);
    sim_stream_open(&stream, chain->sim, "chain.release", sim_event_count_of(chain->sim, chain->found_kind));
    end(chain);
    if (height_of(chain, attacker_view(chain)->best) <= height_of(chain, tip))
        attacker_view(chain)->best = tip; /* his own came first */
    for (uint32_t height = first; height <= height_of(chain, tip); height++)
        publish_block(chain, stream_rng(&stream), tree_ancestor(&chain->tree, tip, height), 0.0, chain->attacker);
    tell(chain, CHAIN_EVENT_RELEASED, blocks);
}

static void give_up(struct chain *chain)
{
    uint32_t blocks = own_blocks(chain);
    end(chain);
    view_change(chain, chain->attacker, attacker_view(chain)->best);
    tell(chain, CHAIN_EVENT_GAVE_UP, blocks);
}

void attack_consider(struct chain *chain)
{
    const struct chain_attack *order = &chain->attack.order;
    if (chain->attack.stage != ATTACK_RACING || order->confirmations == 0)
        return;
    uint32_t honest = honest_blocks(chain), own = own_blocks(chain);
    if (honest < order->confirmations)
        return;
    if (own > honest)
        release(chain);
    else if (honest - own >= order->give_up_blocks)
        give_up(chain);
}

/* ---- the race -------------------------------------------------------------------------------------------------- */

static void begin_race(struct chain *chain)
{
    chain->attack.stage = ATTACK_RACING;
    attacker_view(chain)->is_pinned = true;
    tell(chain, CHAIN_EVENT_PREMINED, own_blocks(chain));
    if (chain->attack.order.confirmations == 0)
        chain->attack.hold = sim_schedule(chain->sim, sim_now_us(chain->sim) + chain->attack.order.hold_us, SIM_TIMER,
                                          &(struct sim_action){.kind = chain->attack_kind,
                                                               .entity = chain->attacker,
                                                               .object = chain,
                                                               .argument = ATTACK_IS_PUBLISHED});
}

bool attack_is_secret(const struct chain *chain)
{
    return chain->attack.stage != ATTACK_NONE;
}

void attack_mine(struct chain *chain)
{
    struct attack *attack = &chain->attack;
    struct view *view = attacker_view(chain);
    enum btc_block_error error;
    if (attack->stage == ATTACK_PREMINING)
        attack->fork = view->tip;
    bool is_first = view->tip == attack->fork;
    bool has_rival = is_first && attack->order.rival != CHAIN_NONE;
    struct assemble_order order = {.parent = view->tip,
                                   .miner = chain->attacker,
                                   .found_us = sim_now_us(chain->sim),
                                   .pool = is_first ? NULL : &view->pools[0],
                                   .given = &attack->order.rival,
                                   .given_count = has_rival ? 1 : 0};
    uint32_t node = assemble_block(chain, &error, NULL, &order);
    if (node == TREE_NONE) {
        char why[200];
        snprintf(why, sizeof why, "chain: the attacker's transaction is not valid in his block: %s",
                 btc_block_error_name(error));
        if (error != BTC_BLOCK_NO_MEMORY)
            trouble_fail(chain->trouble, why);
        return;
    }
    view_change(chain, chain->attacker, node);
    if (attack->stage == ATTACK_PREMINING)
        begin_race(chain);
    attack_consider(chain);
}

void attack_handle(struct chain *chain, enum attack_argument argument)
{
    struct attack *attack = &chain->attack;
    if (attack->stage == ATTACK_NONE)
        return;
    if (argument == ATTACK_IS_PUBLISHED) {
        if (attack->stage == ATTACK_RACING)
            release(chain);
        else
            give_up(chain);
    } else if (attack->stage == ATTACK_PREMINING && attack->order.premine_blocks == 0) {
        attack->fork = attacker_view(chain)->tip;
        begin_race(chain);
    }
    node_flush(chain);
}

/* ---- what the outside calls ------------------------------------------------------------------------------------ */

static void plan(struct chain *chain, enum attack_argument argument)
{
    sim_schedule(chain->sim, sim_now_us(chain->sim), SIM_TIMER,
                 &(struct sim_action){
                     .kind = chain->attack_kind, .entity = chain->attacker, .object = chain, .argument = argument});
}

void chain_attack(struct chain *chain, const struct chain_attack *attack)
{
    assert(chain->attacker != CHAIN_NONE && chain->attack.stage == ATTACK_NONE && attack->premine_blocks <= 1);
    assert(attack->confirmations == 0 || attack->give_up_blocks > 0);
    assert(attack->rival == CHAIN_NONE || attack->rival < own_count(&chain->own));
    chain->attack = (struct attack){.stage = ATTACK_PREMINING, .order = *attack, .fork = attacker_view(chain)->tip};
    plan(chain, ATTACK_BEGINS);
}

bool chain_is_attacked(const struct chain *chain)
{
    return chain->attack.stage != ATTACK_NONE;
}

void chain_attack_release(struct chain *chain)
{
    if (chain->attack.stage != ATTACK_NONE)
        plan(chain, ATTACK_IS_PUBLISHED);
}
