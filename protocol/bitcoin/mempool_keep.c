/* mempool_keep.c: the pool as a whole: its limits and what can be seen of it.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/mempool.h"

#include "protocol/bitcoin/amount.h"
#include "protocol/bitcoin/mempool_store.h"
#include <assert.h>
#include <string.h>

#define DECAY_STEP_S 10 /* the rate is not looked at more often */

static const char *const error_names[BTC_MEMPOOL_ERROR_COUNT] = {
    [BTC_MEMPOOL_OK] = "ok",
    [BTC_MEMPOOL_TX] = "bad-transaction",
    [BTC_MEMPOOL_COINBASE] = "coinbase",
    [BTC_MEMPOOL_NONSTANDARD] = "nonstandard",
    [BTC_MEMPOOL_NONFINAL] = "non-final",
    [BTC_MEMPOOL_ALREADY] = "txn-already-in-mempool",
    [BTC_MEMPOOL_SAME_TXID] = "txn-same-nonwitness-data-in-mempool",
    [BTC_MEMPOOL_CONFLICT] = "txn-mempool-conflict",
    [BTC_MEMPOOL_KNOWN] = "txn-already-known",
    [BTC_MEMPOOL_MISSING] = "bad-txns-inputs-missingorspent",
    [BTC_MEMPOOL_INPUTS] = "bad-inputs",
    [BTC_MEMPOOL_SIGOPS] = "bad-txns-too-many-sigops",
    [BTC_MEMPOOL_RELAY_FEE] = "min relay fee not met",
    [BTC_MEMPOOL_POOL_FEE] = "mempool min fee not met",
    [BTC_MEMPOOL_CHAIN_TOO_LONG] = "too-long-mempool-chain",
    [BTC_MEMPOOL_SPENDS_CONFLICT] = "bad-txns-spends-conflicting-tx",
    [BTC_MEMPOOL_REPLACE_FEE] = "insufficient fee",
    [BTC_MEMPOOL_REPLACE_COUNT] = "too many potential replacements",
    [BTC_MEMPOOL_REPLACE_UNCONFIRMED] = "replacement-adds-unconfirmed",
    [BTC_MEMPOOL_SCRIPT] = "script-verify-flag-failed",
    [BTC_MEMPOOL_FULL] = "mempool full",
    [BTC_MEMPOOL_NO_MEMORY] = "no-memory",
};

const char *btc_mempool_error_name(enum btc_mempool_error error)
{
    assert((unsigned)error < BTC_MEMPOOL_ERROR_COUNT);
    return error_names[error];
}

void btc_mempool_init(struct btc_mempool *pool, const struct btc_chain *chain, const struct btc_policy *policy,
                      const struct btc_allocator *allocator, struct btc_salt salt)
{
    *pool = (struct btc_mempool){.allocator = allocator, .chain = chain, .policy = *policy};
    btc_pool_init(&pool->entries, allocator, sizeof(struct btc_mempool_entry));
    btc_pool_init(&pool->spends, allocator, 2 * sizeof(uint32_t));
    pool->heap = (struct btc_heap){.keeper = &btc_store_heap_keeper, .context = pool};
    btc_table_init(&pool->by_txid, allocator, salt);
    btc_table_init(&pool->by_spend, allocator, salt);
}

void btc_mempool_close(struct btc_mempool *pool)
{
    for (uint32_t i = 0; i < pool->heap.count; i++) {
        struct btc_mempool_entry *entry = btc_store_at(pool, pool->heap.numbers[i]);
        btc_release(pool->allocator, entry->memory, entry->memory_bytes);
    }
    btc_store_release_lists(pool);
    btc_pool_close(&pool->entries);
    btc_pool_close(&pool->spends);
    btc_table_close(&pool->by_txid);
    btc_table_close(&pool->by_spend);
}

uint32_t btc_mempool_count(const struct btc_mempool *pool)
{
    return pool->entries.used;
}

/* ---- the rate that evictions leave behind ---- */

/* value * 2^(-elapsed / half_life), in whole numbers: halvings, then for each binary digit of the rest its root of two.
 */
static uint64_t decay(uint64_t value, uint64_t elapsed_s, uint64_t half_life_s)
{
    /* 2^(-1/2), 2^(-1/4), 2^(-1/8) ... times 2^32 */
    static const uint32_t ROOTS[16] = {0xb504f334, 0xd744fccb, 0xeac0c6e8, 0xf5257d15, 0xfa83b2db, 0xfd3e0c0d,
                                       0xfe9e115c, 0xff4ecb59, 0xffa75652, 0xffd3a752, 0xffe9d2b3, 0xfff4e91c,
                                       0xfffa747f, 0xfffd3a3b, 0xfffe9d1d, 0xffff4e8e};
    uint64_t halvings = elapsed_s / half_life_s;
    if (halvings >= 64)
        return 0;
    value >>= halvings;
    uint64_t rest = (elapsed_s % half_life_s << 16) / half_life_s;
    for (unsigned i = 0; i < 16; i++)
        if ((rest >> (15 - i) & 1) != 0)
            value = (uint64_t)((unsigned __int128)value * ROOTS[i] >> 32);
    return value;
}

/* The emptier the pool, the faster the rate falls. */
static uint64_t half_life_s(const struct btc_mempool *pool)
{
    uint64_t half_life = pool->policy.min_fee_half_life_s;
    if (pool->vbytes < pool->policy.max_vbytes / 4)
        half_life /= 4;
    else if (pool->vbytes < pool->policy.max_vbytes / 2)
        half_life /= 2;
    return half_life == 0 ? 1 : half_life;
}

void btc_store_decay(struct btc_mempool *pool, int64_t now_s)
{
    int64_t elapsed_s = now_s - pool->decay_time_s;
    if (!pool->has_block_since_eviction || elapsed_s <= DECAY_STEP_S)
        return;
    pool->evicted_rate_q16 = decay(pool->evicted_rate_q16, (uint64_t)elapsed_s, half_life_s(pool));
    pool->decay_time_s = now_s;
    if (pool->evicted_rate_q16 < (uint64_t)pool->policy.incremental_sat_per_kwu << 16 >> 1)
        pool->evicted_rate_q16 = 0;
}

uint32_t btc_mempool_min_rate(struct btc_mempool *pool, int64_t now_s)
{
    if (pool->evicted_rate_q16 > 0)
        btc_store_decay(pool, now_s);
    uint64_t rate = (pool->evicted_rate_q16 + 0xffff) >> 16;
    if (rate > 0 && rate < pool->policy.incremental_sat_per_kwu)
        rate = pool->policy.incremental_sat_per_kwu;
    if (rate < pool->policy.min_relay_sat_per_kwu)
        rate = pool->policy.min_relay_sat_per_kwu;
    return rate > UINT32_MAX ? UINT32_MAX : (uint32_t)rate;
}

void btc_store_trim(struct btc_mempool *pool, int64_t now_s)
{
    while (pool->vbytes > pool->policy.max_vbytes) {
        uint32_t worst = btc_store_worst(pool);
        const struct btc_kin *leaving = &btc_store_at(pool, worst)->descendants;
        uint64_t rate_q16 =
            (uint64_t)(((unsigned __int128)leaving->fee_sat * 250 << 16) / leaving->vbytes); /* 1000 / 4 */
        rate_q16 += (uint64_t)pool->policy.incremental_sat_per_kwu << 16;
        if (rate_q16 > pool->evicted_rate_q16) {
            pool->evicted_rate_q16 = rate_q16;
            pool->has_block_since_eviction = false;
            pool->decay_time_s = now_s;
        }
        btc_store_remove_tree(pool, worst, (struct btc_store_cause){BTC_MEMPOOL_EVICTED, NULL});
    }
}

void btc_mempool_expire(struct btc_mempool *pool, int64_t now_s)
{
    for (uint32_t i = 0; i < btc_pool_limit(&pool->entries); i++)
        if (btc_store_is_used(pool, i) && btc_store_at(pool, i)->time_s < now_s - (int64_t)pool->policy.expiry_s)
            btc_store_remove_tree(pool, i, (struct btc_store_cause){BTC_MEMPOOL_EXPIRED, NULL});
}

/* ---- following the chain ---- */

/* ---- looking ---- */

static struct btc_mempool_info info_of(const struct btc_mempool_entry *entry)
{
    return (struct btc_mempool_info){.tx = &entry->tx,
                                     .txid = entry->txid,
                                     .time_s = entry->time_s,
                                     .fee_sat = entry->fee_sat,
                                     .weight_wu = entry->weight_wu,
                                     .vbytes = entry->vbytes,
                                     .sigop_cost = entry->sigop_cost,
                                     .ancestor_count = entry->ancestors.count,
                                     .ancestor_vbytes = entry->ancestors.vbytes,
                                     .ancestor_fee_sat = entry->ancestors.fee_sat,
                                     .descendant_count = entry->descendants.count,
                                     .descendant_vbytes = entry->descendants.vbytes,
                                     .descendant_fee_sat = entry->descendants.fee_sat};
}

bool btc_mempool_get(struct btc_mempool_info *info, const struct btc_mempool *pool, const uint8_t txid[32])
{
    uint32_t number = btc_store_find(pool, txid);
    if (number == BTC_POOL_NONE)
        return false;
    *info = info_of(btc_store_at(pool, number));
    return true;
}

void btc_mempool_visit(const struct btc_mempool *pool, btc_mempool_visitor *visit, void *context)
{
    for (uint32_t i = 0; i < btc_pool_limit(&pool->entries); i++) {
        if (btc_store_is_used(pool, i)) {
            const struct btc_mempool_info info = info_of(btc_store_at(pool, i));
            visit(context, &info);
        }
    }
}

const struct btc_tx *btc_mempool_spender(const struct btc_mempool *pool, const struct btc_outpoint *outpoint)
{
    uint32_t number = btc_store_find_spender(pool, outpoint);
    return number == BTC_POOL_NONE ? NULL : &btc_store_at(pool, number)->tx;
}

bool btc_mempool_is_replaceable(struct btc_mempool *pool, const uint8_t txid[32])
{
    uint32_t number = btc_store_find(pool, txid);
    assert(number != BTC_POOL_NONE);
    const struct btc_tx *tx = &btc_store_at(pool, number)->tx;
    if (btc_tx_signals_replacement(tx))
        return true;
    btc_walk_ancestors(pool, BTC_LIST_ANCESTORS, tx);
    const struct btc_mempool_list *ancestors = &pool->lists[BTC_LIST_ANCESTORS];
    for (uint32_t i = 0; i < ancestors->count; i++)
        if (btc_tx_signals_replacement(&btc_store_at(pool, ancestors->numbers[i])->tx))
            return true;
    return false;
}

/* ---- audit ---- */

static bool kin_equal(const struct btc_kin *a, const struct btc_kin *b)
{
    return a->count == b->count && a->sigop_cost == b->sigop_cost && a->vbytes == b->vbytes && a->fee_sat == b->fee_sat;
}

static void audit_sums(struct btc_mempool *pool, uint32_t number)
{
    const struct btc_mempool_entry *entry = btc_store_at(pool, number);
    btc_walk_ancestors(pool, BTC_LIST_ANCESTORS, &entry->tx);
    btc_walk_meet(pool, BTC_LIST_ANCESTORS, number);
    struct btc_kin ancestors = btc_walk_sum(pool, BTC_LIST_ANCESTORS);
    btc_walk_start(pool, BTC_LIST_DESCENDANTS);
    btc_walk_meet(pool, BTC_LIST_DESCENDANTS, number);
    btc_walk_descendants(pool, BTC_LIST_DESCENDANTS, 0);
    struct btc_kin descendants = btc_walk_sum(pool, BTC_LIST_DESCENDANTS);
    assert(kin_equal(&ancestors, &entry->ancestors) && kin_equal(&descendants, &entry->descendants));
}

static void audit_inputs(const struct btc_mempool *pool, uint32_t number)
{
    const struct btc_mempool_entry *entry = btc_store_at(pool, number);
    for (uint32_t i = 0; i < entry->tx.input_count; i++) {
        struct btc_coin coin;
        assert(btc_store_find_coin(&coin, pool, &entry->tx.inputs[i].previous));
        assert(btc_store_find_spender(pool, &entry->tx.inputs[i].previous) == number);
    }
}

void btc_mempool_audit(struct btc_mempool *pool)
{
    uint64_t vbytes = 0;
    uint32_t spends = 0;
    for (uint32_t i = 0; i < pool->heap.count; i++) {
        const struct btc_mempool_entry *entry = btc_store_at(pool, pool->heap.numbers[i]);
        assert(entry->heap_place == i && btc_store_find(pool, entry->txid) == pool->heap.numbers[i]);
        assert(i == 0 || btc_store_compare_worth(btc_store_at(pool, pool->heap.numbers[(i - 1) / 2]), entry) <= 0);
        audit_sums(pool, pool->heap.numbers[i]);
        audit_inputs(pool, pool->heap.numbers[i]);
        vbytes += entry->vbytes;
        spends += entry->tx.input_count;
    }
    assert(vbytes == pool->vbytes && spends == pool->by_spend.used && pool->by_txid.used == pool->entries.used);
    assert(pool->heap.count == pool->entries.used && pool->spends.used == spends);
}
