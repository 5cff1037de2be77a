/* forced.c: a branch that wins because the scenario says so.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     fork ── a ── b ── c            c: the best block, depth 3
 *        └─── a' ── b' ── c' ── d'   all at once; a' holds what a held, less what the rival and its kin displace
 */
#include "models/chain/forced.h"

#include "models/chain/assemble.h"
#include "models/chain/background.h"
#include "models/chain/publish.h"
#include "models/chain/room.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Own transactions on their way from the old branch into the new one. */
struct carriage {
    struct chain *chain;
    uint32_t rival;
    uint32_t *kept; /* of one block */
    uint32_t kept_count;
    uint32_t *dropped; /* of all blocks so far */
    uint32_t dropped_count, dropped_capacity;
    struct btc_arena page;
};

static void *grow(struct chain *chain, void *memory, size_t count, size_t size)
{
    void *grown = realloc(memory, count * size);
    if (grown == NULL)
        trouble_memory(chain->trouble);
    return grown;
}

/* Cannot it be in the new branch: spends what the rival spends, or what one that is dropped made? */
static bool is_displaced(const struct carriage *carriage, uint32_t tx)
{
    const struct own_txs *own = &carriage->chain->own;
    const struct btc_tx *candidate = &own_at(own, tx)->seen.tx;
    for (uint32_t i = 0; i < candidate->input_count; i++) {
        const struct btc_outpoint *outpoint = &candidate->inputs[i].previous;
        const struct btc_tx *rival = carriage->rival == CHAIN_NONE ? NULL : &own_at(own, carriage->rival)->seen.tx;
        for (uint32_t k = 0; rival != NULL && k < rival->input_count; k++)
            if (btc_outpoint_equal(outpoint, &rival->inputs[k].previous))
                return true;
        for (uint32_t k = 0; k < carriage->dropped_count; k++)
            if (memcmp(outpoint->txid, own_at(own, carriage->dropped[k])->seen.txid, 32) == 0)
                return true;
    }
    return false;
}

static bool drop(struct carriage *carriage, uint32_t tx)
{
    if (carriage->dropped_count == carriage->dropped_capacity) {
        uint32_t capacity = carriage->dropped_capacity == 0 ? 16 : 2 * carriage->dropped_capacity;
        uint32_t *dropped = grow(carriage->chain, carriage->dropped, capacity, sizeof *dropped);
        if (dropped == NULL)
            return false;
        carriage->dropped = dropped;
        carriage->dropped_capacity = capacity;
    }
    carriage->dropped[carriage->dropped_count++] = tx;
    return true;
}

/* Fills kept with what a block of the old branch hands on to the new one. */
static bool carry_block(struct carriage *carriage, uint32_t node)
{
    struct chain *chain = carriage->chain;
    struct btc_block block;
    if (!branch_read(&chain->branch, &block, &carriage->page, node))
        return false;
    uint32_t *kept = grow(chain, carriage->kept, carriage->kept_count + block.tx_count, sizeof *kept);
    if (kept == NULL)
        return false;
    carriage->kept = kept;
    for (uint32_t i = 1; i < block.tx_count; i++) {
        uint8_t txid[32];
        btc_txid(txid, &block.txs[i]);
        uint32_t tx = own_find(&chain->own, txid);
        assert(tx != CHAIN_NONE);
        if (tx == carriage->rival)
            continue;
        if (!is_displaced(carriage, tx))
            carriage->kept[carriage->kept_count++] = tx;
        else if (!drop(carriage, tx))
            return false;
    }
    return true;
}

/* Makes the n-th block of the new branch. Returns its node, TREE_NONE in trouble (told). */
static uint32_t make_block(struct carriage *carriage, uint32_t parent)
{
    struct chain *chain = carriage->chain;
    enum btc_block_error error;
    struct assemble_order order = {.parent = parent,
                                   .miner = TREE_NONE,
                                   .found_us = sim_now_us(chain->sim),
                                   .given = carriage->kept,
                                   .given_count = carriage->kept_count};
    uint32_t node = assemble_block(chain, &error, NULL, &order);
    if (node == TREE_NONE && error != BTC_BLOCK_NO_MEMORY) {
        char why[200];
        snprintf(why, sizeof why, "chain: a forced block is not valid with the transaction given for it: %s",
                 btc_block_error_name(error));
        trouble_fail(chain->trouble, why);
    }
    return node;
}

static bool begin_with_rival(struct carriage *carriage)
{
    uint32_t *kept = carriage->rival == CHAIN_NONE ? NULL : grow(carriage->chain, NULL, 1, sizeof *kept);
    if (kept == NULL)
        return carriage->rival == CHAIN_NONE;
    kept[0] = carriage->rival;
    carriage->kept = kept;
    carriage->kept_count = 1;
    return true;
}

/* Builds the branch, block by block. Returns its tip, TREE_NONE in trouble (told). */
static uint32_t make_branch(struct carriage *carriage, const struct chain_reorg *reorg)
{
    struct chain *chain = carriage->chain;
    uint32_t old_tip = chain->best, height = tree_at(&chain->tree, old_tip)->height - reorg->depth_blocks;
    uint32_t tip = tree_ancestor(&chain->tree, old_tip, height);
    if (!begin_with_rival(carriage))
        return TREE_NONE;
    for (uint32_t i = 0; i <= reorg->depth_blocks; i++) {
        bool carries = reorg->content == CHAIN_REORG_SAME && i < reorg->depth_blocks;
        if (carries && !carry_block(carriage, tree_ancestor(&chain->tree, old_tip, height + 1 + i)))
            return TREE_NONE;
        tip = make_block(carriage, tip);
        if (tip == TREE_NONE)
            return TREE_NONE;
        carriage->kept_count = 0;
    }
    return tip;
}

static void send_branch(struct chain *chain, uint32_t tip, uint32_t number, uint32_t blocks)
{
    struct sim_stream stream;
    sim_stream_open(&stream, chain->sim, "chain.forced", number);
    uint32_t height = tree_at(&chain->tree, tip)->height - blocks;
    while (blocks-- > 0)
        publish_block(chain, stream_rng(&stream), tree_ancestor(&chain->tree, tip, ++height), 0.0, CHAIN_NONE);
}

void forced_make(struct chain *chain, uint32_t number)
{
    const struct chain_reorg reorg = chain->forced.reorgs[number];
    if (reorg.depth_blocks > tree_at(&chain->tree, chain->best)->height - chain->base_height) {
        char why[200];
        snprintf(why, sizeof why, "chain: a forced reorganisation of %" PRIu32 " blocks reaches back before time 0",
                 reorg.depth_blocks);
        trouble_fail(chain->trouble, why);
        return;
    }
    struct carriage carriage = {.chain = chain, .rival = chain->forced.rivals[number]};
    background_advance(chain);
    uint32_t tip = make_branch(&carriage, &reorg);
    if (tip != TREE_NONE)
        send_branch(chain, tip, number, reorg.depth_blocks + 1);
    free(carriage.kept);
    free(carriage.dropped);
    room_free(&carriage.page);
}

/* ---- asking ---------------------------------------------------------------------------------------------------- */

static void ask(struct chain *chain, const struct chain_reorg *reorg, uint32_t rival, int64_t at_us)
{
    struct forced *forced = &chain->forced;
    assert(reorg->depth_blocks >= 1 && reorg->depth_blocks <= CHAIN_REORG_DEPTH_MAX);
    if (forced->count == forced->capacity) {
        uint32_t capacity = forced->capacity == 0 ? 8 : 2 * forced->capacity;
        struct chain_reorg *reorgs = grow(chain, forced->reorgs, capacity, sizeof *reorgs);
        if (reorgs == NULL)
            return;
        forced->reorgs = reorgs;
        uint32_t *rivals = grow(chain, forced->rivals, capacity, sizeof *rivals);
        if (rivals == NULL)
            return;
        forced->rivals = rivals;
        forced->capacity = capacity;
    }
    forced->reorgs[forced->count] = *reorg;
    forced->rivals[forced->count] = rival;
    sim_schedule(chain->sim, at_us, SIM_ENVIRONMENT,
                 &(struct sim_action){.kind = chain->forced_kind, .entity = forced->count++, .object = chain});
}

void forced_plan(struct chain *chain)
{
    for (uint32_t i = 0; i < chain->config->reorg_count; i++)
        ask(chain, &chain->config->reorgs[i], CHAIN_NONE, chain->config->reorgs[i].at_us);
}

void chain_force_reorg(struct chain *chain, const struct chain_reorg *reorg, uint32_t rival)
{
    assert(rival == CHAIN_NONE || rival < own_count(&chain->own));
    ask(chain, reorg, rival, sim_now_us(chain->sim));
}

void forced_close(struct chain *chain)
{
    free(chain->forced.reorgs);
    free(chain->forced.rivals);
}
