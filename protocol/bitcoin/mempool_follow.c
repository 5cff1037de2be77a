/* mempool_follow.c: the pool follows the chain: blocks that are connected, and blocks that are taken back.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/mempool.h"

#include "protocol/bitcoin/mempool_store.h"

static void remove_mined(struct btc_mempool *pool, const struct btc_tx *tx)
{
    uint8_t txid[32];
    btc_txid(txid, tx);
    uint32_t number = btc_store_find(pool, txid);
    if (number != BTC_POOL_NONE)
        btc_store_remove(pool, number, (struct btc_store_cause){BTC_MEMPOOL_MINED, NULL});
}

static void remove_conflicts(struct btc_mempool *pool, const struct btc_tx *tx)
{
    for (uint32_t i = 0; i < tx->input_count; i++) {
        uint32_t spender = btc_store_find_spender(pool, &tx->inputs[i].previous);
        if (spender != BTC_POOL_NONE)
            btc_store_remove_tree(pool, spender, (struct btc_store_cause){BTC_MEMPOOL_CONFLICTED, tx});
    }
}

void btc_mempool_connect(struct btc_mempool *pool, const struct btc_block *block, int64_t now_s)
{
    for (uint32_t i = 1; i < block->tx_count; i++) {
        remove_mined(pool, &block->txs[i]);
        remove_conflicts(pool, &block->txs[i]);
    }
    btc_store_decay(pool, now_s);
    pool->has_block_since_eviction = true;
    pool->decay_time_s = now_s;
}

/* Removes what spends outputs of a transaction. */
static void remove_children(struct btc_mempool *pool, const struct btc_tx *tx)
{
    struct btc_outpoint outpoint;
    btc_txid(outpoint.txid, tx);
    for (outpoint.index = 0; outpoint.index < tx->output_count; outpoint.index++) {
        uint32_t child = btc_store_find_spender(pool, &outpoint);
        if (child != BTC_POOL_NONE)
            btc_store_remove_tree(pool, child, (struct btc_store_cause){BTC_MEMPOOL_INVALID, NULL});
    }
}

static bool is_beyond_limits(const struct btc_mempool *pool, const struct btc_kin *ancestors)
{
    return ancestors->count > pool->policy.max_ancestors || ancestors->vbytes > pool->policy.max_ancestor_vbytes;
}

/* With its parent back, a chain of transactions may be longer than is allowed. */
static void shorten_below(struct btc_mempool *pool, const struct btc_tx *tx)
{
    uint8_t txid[32];
    btc_txid(txid, tx);
    uint32_t number = btc_store_find(pool, txid), i;
    do {
        const struct btc_mempool_list *list = &pool->lists[BTC_LIST_SWEEP];
        btc_walk_start(pool, BTC_LIST_SWEEP);
        btc_walk_meet(pool, BTC_LIST_SWEEP, number);
        btc_walk_descendants(pool, BTC_LIST_SWEEP, 0);
        for (i = 1; i < list->count; i++) {
            if (is_beyond_limits(pool, &btc_store_at(pool, list->numbers[i])->ancestors)) {
                btc_store_remove_tree(pool, list->numbers[i], (struct btc_store_cause){BTC_MEMPOOL_EVICTED, NULL});
                break;
            }
        }
    } while (i < pool->lists[BTC_LIST_SWEEP].count);
}

/* Could it, with what it spends, be in the next block? In: room for its inputs. */
static bool is_still_valid(const struct btc_mempool *pool, const struct btc_tx *tx, struct btc_inputs *inputs,
                           struct btc_coin *coins)
{
    const struct btc_inputs_place place = btc_chain_next_inputs_place(pool->chain);
    struct btc_block_fault fault;
    int64_t fee_sat;
    for (uint32_t i = 0; i < tx->input_count; i++) {
        if (!btc_store_find_coin(&coins[i], pool, &tx->inputs[i].previous))
            return false;
        btc_inputs_set(inputs, i, &coins[i]);
    }
    return btc_tx_is_final(tx, place.height, place.median_time) &&
           btc_inputs_check(&fee_sat, &fault, inputs, &place) == BTC_BLOCK_OK;
}

/* Removes an entry unless it is still valid. Returns false if memory ran out; it is removed then. */
static bool revise(struct btc_mempool *pool, uint32_t number, struct btc_arena *scratch)
{
    const struct btc_tx *tx = &btc_store_at(pool, number)->tx;
    struct btc_inputs inputs;
    size_t used = scratch->used;
    struct btc_coin *coins = btc_arena_take(scratch, tx->input_count, sizeof *coins);
    bool has_room = coins != NULL && btc_inputs_take(&inputs, tx, scratch);
    if (!has_room || !is_still_valid(pool, tx, &inputs, coins))
        btc_store_remove_tree(pool, number, (struct btc_store_cause){BTC_MEMPOOL_INVALID, NULL});
    scratch->used = used;
    return has_room;
}

bool btc_mempool_disconnect(struct btc_mempool *pool, const struct btc_block *block,
                            const struct btc_judge_tools *tools, int64_t now_s)
{
    bool has_room = true;
    for (uint32_t i = 1; i < block->tx_count; i++) {
        struct btc_mempool_verdict verdict = btc_store_accept(pool, &block->txs[i], tools, now_s, BTC_ENTRY_RETURNED);
        if (verdict.error == BTC_MEMPOOL_OK)
            shorten_below(pool, &block->txs[i]);
        else if (verdict.error != BTC_MEMPOOL_ALREADY)
            remove_children(pool, &block->txs[i]);
        has_room &= verdict.error != BTC_MEMPOOL_NO_MEMORY;
    }
    for (uint32_t i = 0; i < btc_pool_limit(&pool->entries); i++)
        if (btc_store_is_used(pool, i))
            has_room &= revise(pool, i, tools->scratch);
    btc_store_trim(pool, now_s);
    return has_room;
}
