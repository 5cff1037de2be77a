/* view.c: what one miner or node has seen.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/view.h"

#include "models/chain/room.h"
#include "protocol/bitcoin/mempool_store.h"

#include <stdlib.h>

#define PPM          1000000
#define WU_PER_VBYTE 4.0

static const struct btc_salt SALT = {{0x6b6f6e73656e746f, 3}};

static void open_pool(struct chain *chain, struct view *view, enum btc_replacement replacement)
{
    struct btc_policy policy = *btc_policy_of_era(BTC_POLICY_2018);
    policy.replacement = replacement;
    policy.min_relay_sat_per_kwu = chain->config->min_relay_sat_per_kwu;
    policy.incremental_sat_per_kwu = chain->config->min_relay_sat_per_kwu;
    btc_mempool_init(&view->pools[view->pool_count++], &chain->branch.chain, &policy, &room_allocator, SALT);
}

void view_open(struct chain *chain, uint32_t zone)
{
    struct view *view = &chain->views[zone];
    int64_t full_ppm = chain->config->full_rbf_ppm;
    *view = (struct view){0};
    if (full_ppm < PPM)
        open_pool(chain, view, BTC_REPLACE_SIGNALLED);
    if (full_ppm == PPM || (full_ppm > 0 && zone != chain->operator))
        open_pool(chain, view, BTC_REPLACE_ANY);
}

void view_close(struct view *view)
{
    for (uint32_t i = 0; i < view->pool_count; i++)
        btc_mempool_close(&view->pools[i]);
}

static struct btc_mempool_verdict offer(struct chain *chain, struct btc_mempool *pool, const struct own_tx *tx)
{
    const struct btc_judge_tools *tools = branch_tools(&chain->branch, tx->seen.weight_wu);
    if (tools == NULL)
        return (struct btc_mempool_verdict){.error = BTC_MEMPOOL_NO_MEMORY};
    struct btc_mempool_verdict verdict = btc_mempool_accept(pool, &tx->seen.tx, tools, chain_unix_s(chain));
    if (verdict.error == BTC_MEMPOOL_NO_MEMORY)
        trouble_memory(chain->trouble);
    return verdict;
}

static bool remember(struct chain *chain, const struct btc_tx *tx)
{
    struct returning *returning = &chain->returning;
    uint8_t txid[32];
    if (returning->count == returning->capacity) {
        uint32_t capacity = returning->capacity == 0 ? 64 : 2 * returning->capacity;
        uint32_t *txs = realloc(returning->txs, capacity * sizeof *txs);
        if (txs == NULL) {
            trouble_memory(chain->trouble);
            return false;
        }
        returning->txs = txs;
        returning->capacity = capacity;
    }
    btc_txid(txid, tx);
    returning->txs[returning->count++] = own_find(&chain->own, txid);
    return true;
}

/* ---- blocks ---------------------------------------------------------------------------------------------------- */

static const struct btc_block *read_block(struct chain *chain, struct btc_block *block, uint32_t node)
{
    return branch_read(&chain->branch, block, &chain->page, node) ? block : NULL;
}

/* Takes the tip off. Returns false if memory is out (told). */
static bool leave_tip(struct chain *chain, struct view *view)
{
    uint32_t node = view->tip, parent = tree_at(&chain->tree, node)->parent;
    struct btc_block block;
    if (!branch_move(&chain->branch, parent) || read_block(chain, &block, node) == NULL)
        return false;
    if (view->watcher != NULL)
        view->watcher->on_leaving(chain, &block);
    view->tip = parent;
    for (uint32_t i = 1; i < block.tx_count; i++)
        if (!remember(chain, &block.txs[i]))
            return false;
    for (uint32_t i = 0; i < view->pool_count; i++) {
        const struct btc_judge_tools *tools = branch_tools(&chain->branch, tree_at(&chain->tree, node)->length);
        if (tools == NULL)
            return false;
        if (!btc_mempool_disconnect(&view->pools[i], &block, tools, chain_unix_s(chain))) {
            trouble_memory(chain->trouble);
            return false;
        }
    }
    if (view->watcher != NULL)
        view->watcher->on_left(chain, &block, node);
    return !chain->trouble->is_memory_out;
}

/* Puts a child of the tip on it. The mempools look at the block alone, so the branch need not be there. */
static bool join_tip(struct chain *chain, struct view *view, uint32_t node)
{
    struct btc_block block;
    if (read_block(chain, &block, node) == NULL)
        return false;
    view->tip = node;
    for (uint32_t i = 0; i < view->pool_count; i++)
        btc_mempool_connect(&view->pools[i], &block, chain_unix_s(chain));
    if (view->watcher != NULL)
        view->watcher->on_joined(chain, &block, node);
    return !chain->trouble->is_memory_out;
}

/* ---- reorganisations ------------------------------------------------------------------------------------------- */

static bool remember_pools(struct chain *chain, const struct view *view)
{
    for (uint32_t i = 0; i < view->pool_count; i++)
        for (uint32_t k = 0; k < view->pools[i].heap.count; k++)
            if (!remember(chain, &btc_store_at(&view->pools[i], view->pools[i].heap.numbers[k])->tx))
                return false;
    return true;
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

/* On the way back to a fork a time lock may not have expired yet, and the mempool drops what it holds. Nodes look at
 * what is left over only when they are at the new tip: so everything is offered once more there, as it was sent. */
static bool offer_again(struct chain *chain, struct view *view)
{
    struct returning *returning = &chain->returning;
    if (returning->count == 0)
        return true;
    qsort(returning->txs, returning->count, sizeof *returning->txs, compare_numbers);
    if (!branch_move(&chain->branch, view->tip))
        return false;
    for (uint32_t i = 0; i < returning->count; i++)
        for (uint32_t k = 0; k < view->pool_count; k++) {
            offer(chain, &view->pools[k], own_at(&chain->own, returning->txs[i]));
            if (chain->trouble->is_memory_out)
                return false;
        }
    return true;
}

/* Takes blocks off down to a fork. */
static bool leave_branch(struct chain *chain, struct view *view, uint32_t fork)
{
    chain->returning.count = 0;
    if (view->tip != fork && !remember_pools(chain, view))
        return false;
    while (view->tip != fork)
        if (!leave_tip(chain, view))
            return false;
    return true;
}

void view_change(struct chain *chain, uint32_t zone, uint32_t node)
{
    struct view *view = &chain->views[zone];
    if (view->tip == node || chain->trouble->is_memory_out)
        return;
    uint32_t fork = tree_fork(&chain->tree, view->tip, node);
    uint32_t height = tree_at(&chain->tree, fork)->height, goal = tree_at(&chain->tree, node)->height;
    uint32_t depth = tree_at(&chain->tree, view->tip)->height - height;
    if (!leave_branch(chain, view, fork))
        return;
    while (height < goal)
        if (!join_tip(chain, view, tree_ancestor(&chain->tree, node, ++height)))
            return;
    if (!offer_again(chain, view))
        return;
    for (uint32_t i = 0; i < view->pool_count; i++)
        if (btc_mempool_count(&view->pools[i]) > 0)
            btc_mempool_expire(&view->pools[i], chain_unix_s(chain));
    if (view->watcher != NULL)
        view->watcher->on_settled(chain, depth);
}

void view_take_block(struct chain *chain, uint32_t zone, uint32_t node)
{
    struct view *view = &chain->views[zone];
    if (tree_at(&chain->tree, node)->height > tree_at(&chain->tree, view->best)->height)
        view->best = node;
    if (!view->is_pinned)
        view_change(chain, zone, view->best);
}

/* ---- transactions ---------------------------------------------------------------------------------------------- */

/* Do other people's evictions keep it out? The real pools know own transactions only. */
static bool is_outbid(const struct chain *chain, const struct own_tx *tx)
{
    const struct feemarket *market = &chain->background.market;
    double rate = (double)tx->seen.fee_sat * WU_PER_VBYTE / tx->seen.weight_wu;
    return tx->seen.fee_sat >= 0 && market->rolling_sat_per_vb > market->config.min_relay_sat_per_vb &&
           rate < market->rolling_sat_per_vb;
}

bool view_take_tx(struct chain *chain, struct btc_mempool_verdict *verdict, uint32_t zone, uint32_t tx)
{
    struct view *view = &chain->views[zone];
    const struct own_tx *own = own_at(&chain->own, tx);
    if (!branch_move(&chain->branch, view->tip))
        return false;
    if (is_outbid(chain, own)) {
        *verdict = (struct btc_mempool_verdict){.error = BTC_MEMPOOL_POOL_FEE};
        return true;
    }
    for (uint32_t i = view->pool_count; i-- > 0;) {
        *verdict = offer(chain, &view->pools[i], own);
        if (chain->trouble->is_memory_out)
            return false;
    }
    return true;
}

static void evict_below(struct btc_mempool *pool, double rate_sat_per_vb)
{
    while (btc_mempool_count(pool) > 0) {
        uint32_t worst = btc_store_worst(pool);
        const struct btc_kin *package = &btc_store_at(pool, worst)->descendants;
        if ((double)package->fee_sat >= rate_sat_per_vb * (double)package->vbytes)
            return;
        btc_store_remove_tree(pool, worst, (struct btc_store_cause){BTC_MEMPOOL_EVICTED, NULL});
    }
}

void view_evict_all(struct chain *chain)
{
    const struct feemarket *market = &chain->background.market;
    if (market->rolling_sat_per_vb <= market->config.min_relay_sat_per_vb)
        return;
    for (uint32_t zone = 0; zone < chain_zone_count(chain); zone++)
        for (uint32_t i = 0; i < chain->views[zone].pool_count; i++)
            evict_below(&chain->views[zone].pools[i], market->rolling_sat_per_vb);
}
