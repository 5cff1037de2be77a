/* mempool_store.c: inside the mempool: its entries, their kinship, their sums.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/mempool_store.h"

#include "protocol/bitcoin/amount.h"
#include "protocol/bitcoin/sort.h"
#include <assert.h>
#include <stdalign.h>
#include <string.h>

/* An input of an entry, so that spenders can be looked up. */
struct spend {
    uint32_t entry;
    uint32_t input;
};

struct btc_mempool_entry *btc_store_at(const struct btc_mempool *pool, uint32_t number)
{
    return btc_pool_at(&pool->entries, number);
}

bool btc_store_is_used(const struct btc_mempool *pool, uint32_t number)
{
    return btc_store_at(pool, number)->memory != NULL;
}

/* ---- looking up ---- */

static bool match_txid(const void *context, uint32_t number, const void *key)
{
    return memcmp(btc_store_at(context, number)->txid, key, 32) == 0;
}

static bool match_spend(const void *context, uint32_t number, const void *key)
{
    const struct btc_mempool *pool = context;
    const struct spend *spend = btc_pool_at(&pool->spends, number);
    return btc_outpoint_equal(&btc_store_at(pool, spend->entry)->tx.inputs[spend->input].previous, key);
}

static uint32_t hash_outpoint(const struct btc_mempool *pool, const struct btc_outpoint *outpoint)
{
    uint8_t key[36];
    memcpy(key, outpoint->txid, 32);
    for (unsigned i = 0; i < 4; i++)
        key[32 + i] = (uint8_t)(outpoint->index >> 8 * i);
    return btc_table_hash(&pool->by_spend, key, sizeof key);
}

uint32_t btc_store_find(const struct btc_mempool *pool, const uint8_t txid[32])
{
    return btc_table_find(&pool->by_txid, btc_table_hash(&pool->by_txid, txid, 32), match_txid, pool, txid);
}

static uint32_t find_spend(const struct btc_mempool *pool, const struct btc_outpoint *outpoint)
{
    return btc_table_find(&pool->by_spend, hash_outpoint(pool, outpoint), match_spend, pool, outpoint);
}

uint32_t btc_store_find_spender(const struct btc_mempool *pool, const struct btc_outpoint *outpoint)
{
    uint32_t number = find_spend(pool, outpoint);
    return number == BTC_TABLE_NONE ? BTC_POOL_NONE : ((struct spend *)btc_pool_at(&pool->spends, number))->entry;
}

bool btc_store_find_coin(struct btc_coin *coin, const struct btc_mempool *pool, const struct btc_outpoint *outpoint)
{
    const struct btc_coin *confirmed = btc_utxo_get(&pool->chain->coins, outpoint);
    if (confirmed != NULL) {
        *coin = *confirmed;
        return true;
    }
    uint32_t parent = btc_store_find(pool, outpoint->txid);
    if (parent == BTC_POOL_NONE || outpoint->index >= btc_store_at(pool, parent)->tx.output_count)
        return false;
    struct btc_inputs_place place = btc_chain_next_inputs_place(pool->chain);
    *coin = (struct btc_coin){.outpoint = *outpoint,
                              .age = {place.height, place.median_time},
                              .output = btc_store_at(pool, parent)->tx.outputs[outpoint->index]};
    return !btc_script_is_unspendable(coin->output.script);
}

/* ---- walks ---- */

void btc_walk_start(struct btc_mempool *pool, enum btc_mempool_list_use use)
{
    pool->lists[use].count = 0;
    if (++pool->epoch == 0) { /* once in 2^32 walks: old marks could be taken for new ones */
        for (uint32_t i = 0; i < pool->heap.count; i++)
            btc_store_at(pool, pool->heap.numbers[i])->mark = 0;
        pool->epoch = 1;
    }
}

bool btc_walk_meet(struct btc_mempool *pool, enum btc_mempool_list_use use, uint32_t number)
{
    struct btc_mempool_entry *entry = btc_store_at(pool, number);
    if (entry->mark == pool->epoch)
        return false;
    entry->mark = pool->epoch;
    assert(pool->lists[use].count < pool->list_capacity);
    pool->lists[use].numbers[pool->lists[use].count++] = number;
    return true;
}

static void meet_parents(struct btc_mempool *pool, enum btc_mempool_list_use use, const struct btc_tx *tx)
{
    for (uint32_t i = 0; i < tx->input_count; i++) {
        uint32_t parent = btc_store_find(pool, tx->inputs[i].previous.txid);
        if (parent != BTC_POOL_NONE)
            btc_walk_meet(pool, use, parent);
    }
}

static void meet_children(struct btc_mempool *pool, enum btc_mempool_list_use use,
                          const struct btc_mempool_entry *entry)
{
    struct btc_outpoint outpoint;
    memcpy(outpoint.txid, entry->txid, 32);
    for (outpoint.index = 0; outpoint.index < entry->tx.output_count; outpoint.index++) {
        uint32_t child = btc_store_find_spender(pool, &outpoint);
        if (child != BTC_POOL_NONE)
            btc_walk_meet(pool, use, child);
    }
}

void btc_walk_ancestors(struct btc_mempool *pool, enum btc_mempool_list_use use, const struct btc_tx *tx)
{
    btc_walk_start(pool, use);
    meet_parents(pool, use, tx);
    for (uint32_t i = 0; i < pool->lists[use].count; i++)
        meet_parents(pool, use, &btc_store_at(pool, pool->lists[use].numbers[i])->tx);
}

void btc_walk_descendants(struct btc_mempool *pool, enum btc_mempool_list_use use, uint32_t from)
{
    for (uint32_t i = from; i < pool->lists[use].count; i++)
        meet_children(pool, use, btc_store_at(pool, pool->lists[use].numbers[i]));
}

static void kin_add(struct btc_kin *kin, const struct btc_mempool_entry *entry)
{
    kin->count++;
    kin->sigop_cost += entry->sigop_cost;
    kin->vbytes += entry->vbytes;
    kin->fee_sat += entry->fee_sat;
}

static void kin_remove(struct btc_kin *kin, const struct btc_mempool_entry *entry)
{
    assert(kin->count > 1);
    kin->count--;
    kin->sigop_cost -= entry->sigop_cost;
    kin->vbytes -= entry->vbytes;
    kin->fee_sat -= entry->fee_sat;
}

struct btc_kin btc_walk_sum(const struct btc_mempool *pool, enum btc_mempool_list_use use)
{
    struct btc_kin sum = {0};
    for (uint32_t i = 0; i < pool->lists[use].count; i++)
        kin_add(&sum, btc_store_at(pool, pool->lists[use].numbers[i]));
    return sum;
}

/* ---- the worst package: a binary heap ---- */

/* The better of the entry's own rate and that with its descendants: one that children pay for stays. */
static const struct btc_kin *worth_of(const struct btc_mempool_entry *entry, struct btc_kin *own)
{
    *own = (struct btc_kin){.count = 1, .vbytes = entry->vbytes, .fee_sat = entry->fee_sat};
    bool own_is_better = btc_amount_rate_compare(entry->fee_sat, entry->vbytes, entry->descendants.fee_sat,
                                                 (uint32_t)entry->descendants.vbytes) > 0;
    return own_is_better ? own : &entry->descendants;
}

int btc_store_compare_worth(const struct btc_mempool_entry *a, const struct btc_mempool_entry *b)
{
    struct btc_kin own_a, own_b;
    const struct btc_kin *worth_a = worth_of(a, &own_a), *worth_b = worth_of(b, &own_b);
    int order = btc_amount_rate_compare(worth_a->fee_sat, (uint32_t)worth_a->vbytes, worth_b->fee_sat,
                                        (uint32_t)worth_b->vbytes);
    if (order != 0)
        return order;
    if (a->time_s != b->time_s)
        return a->time_s > b->time_s ? -1 : 1; /* the newer leaves first */
    return memcmp(a->txid, b->txid, 32);
}

static bool heap_before(const void *context, uint32_t a, uint32_t b)
{
    return btc_store_compare_worth(btc_store_at(context, a), btc_store_at(context, b)) < 0;
}

static uint32_t *heap_place(const void *context, uint32_t number)
{
    return &btc_store_at(context, number)->heap_place;
}

const struct btc_heap_keeper btc_store_heap_keeper = {heap_before, heap_place};

uint32_t btc_store_worst(const struct btc_mempool *pool)
{
    assert(pool->heap.count > 0);
    return pool->heap.numbers[0];
}

/* ---- sums ---- */

static void change_descendants(struct btc_mempool *pool, uint32_t number, const struct btc_mempool_entry *entry,
                               void (*change)(struct btc_kin *, const struct btc_mempool_entry *))
{
    change(&btc_store_at(pool, number)->descendants, entry);
    btc_heap_settle(&pool->heap, number);
}

/* Computes both sums of an entry anew. */
static void refresh(struct btc_mempool *pool, uint32_t number)
{
    struct btc_mempool_entry *entry = btc_store_at(pool, number);
    btc_walk_ancestors(pool, BTC_LIST_ANCESTORS, &entry->tx);
    entry->ancestors = btc_walk_sum(pool, BTC_LIST_ANCESTORS);
    kin_add(&entry->ancestors, entry);
    btc_walk_start(pool, BTC_LIST_DESCENDANTS);
    btc_walk_meet(pool, BTC_LIST_DESCENDANTS, number);
    btc_walk_descendants(pool, BTC_LIST_DESCENDANTS, 0);
    entry->descendants = btc_walk_sum(pool, BTC_LIST_DESCENDANTS);
    btc_heap_settle(&pool->heap, number);
}

/* Fills the sweep list with an entry and all its relatives, the entry first. */
static void walk_family(struct btc_mempool *pool, uint32_t number)
{
    const enum btc_mempool_list_use use = BTC_LIST_SWEEP;
    btc_walk_start(pool, use);
    btc_walk_meet(pool, use, number);
    btc_walk_descendants(pool, use, 0);
    uint32_t descendants = pool->lists[use].count;
    meet_parents(pool, use, &btc_store_at(pool, number)->tx);
    for (uint32_t i = descendants; i < pool->lists[use].count; i++)
        meet_parents(pool, use, &btc_store_at(pool, pool->lists[use].numbers[i])->tx);
}

/* Sums of a new entry and of its relatives. */
static void enter_sums(struct btc_mempool *pool, uint32_t number)
{
    struct btc_mempool_entry *entry = btc_store_at(pool, number);
    if (entry->descendants.count > 1) { /* its children were here before it */
        walk_family(pool, number);
        for (uint32_t i = 0; i < pool->lists[BTC_LIST_SWEEP].count; i++)
            refresh(pool, pool->lists[BTC_LIST_SWEEP].numbers[i]);
        return;
    }
    for (uint32_t i = 0; i < pool->lists[BTC_LIST_ANCESTORS].count; i++)
        change_descendants(pool, pool->lists[BTC_LIST_ANCESTORS].numbers[i], entry, kin_add);
}

/* ---- adding ---- */

static size_t copy_bytes(const struct btc_tx *tx)
{
    size_t pieces = 2 + (size_t)tx->output_count;
    size_t bytes = tx->input_count * sizeof *tx->inputs + tx->output_count * sizeof *tx->outputs;
    for (uint32_t i = 0; i < tx->input_count; i++) {
        pieces += 2 + tx->inputs[i].witness_count;
        bytes += tx->inputs[i].script.length + tx->inputs[i].witness_count * sizeof *tx->inputs[i].witness;
        for (uint32_t k = 0; k < tx->inputs[i].witness_count; k++)
            bytes += tx->inputs[i].witness[k].length;
    }
    for (uint32_t i = 0; i < tx->output_count; i++)
        bytes += tx->outputs[i].script.length;
    return bytes + pieces * alignof(max_align_t);
}

void btc_store_release_lists(struct btc_mempool *pool)
{
    btc_release(pool->allocator, pool->heap.numbers,
                (BTC_LIST_COUNT + 1) * sizeof *pool->heap.numbers * pool->list_capacity);
    pool->heap.numbers = NULL;
    pool->list_capacity = 0;
}

/* Gives heap and lists room for all entries there can be. They lie in one piece. */
static bool reserve_lists(struct btc_mempool *pool)
{
    uint32_t capacity = btc_pool_limit(&pool->entries);
    if (capacity <= pool->list_capacity)
        return true;
    uint32_t *piece = btc_allocate(pool->allocator, (BTC_LIST_COUNT + 1) * sizeof *piece * capacity);
    if (piece == NULL)
        return false;
    if (pool->heap.count > 0)
        memcpy(piece, pool->heap.numbers, pool->heap.count * sizeof *piece);
    for (unsigned i = 0; i < BTC_LIST_COUNT; i++) {
        uint32_t *numbers = piece + (size_t)(i + 1) * capacity;
        if (pool->lists[i].count > 0)
            memcpy(numbers, pool->lists[i].numbers, pool->lists[i].count * sizeof *numbers);
        pool->lists[i].numbers = numbers;
    }
    btc_store_release_lists(pool);
    pool->heap.numbers = piece;
    pool->list_capacity = capacity;
    return true;
}

static bool reserve(struct btc_mempool *pool, const struct btc_tx *tx)
{
    return btc_pool_reserve(&pool->entries, 1) && btc_pool_reserve(&pool->spends, tx->input_count) &&
           btc_table_reserve(&pool->by_txid, 1) && btc_table_reserve(&pool->by_spend, tx->input_count) &&
           reserve_lists(pool);
}

static void link_spends(struct btc_mempool *pool, uint32_t number)
{
    const struct btc_mempool_entry *entry = btc_store_at(pool, number);
    for (uint32_t i = 0; i < entry->tx.input_count; i++) {
        uint32_t spend = btc_pool_take(&pool->spends);
        assert(spend != BTC_POOL_NONE);
        *(struct spend *)btc_pool_at(&pool->spends, spend) = (struct spend){number, i};
        btc_table_put(&pool->by_spend, hash_outpoint(pool, &entry->tx.inputs[i].previous), spend);
    }
}

static void unlink_spends(struct btc_mempool *pool, const struct btc_mempool_entry *entry)
{
    for (uint32_t i = 0; i < entry->tx.input_count; i++) {
        uint32_t spend = find_spend(pool, &entry->tx.inputs[i].previous);
        assert(spend != BTC_TABLE_NONE);
        btc_table_take(&pool->by_spend, hash_outpoint(pool, &entry->tx.inputs[i].previous), spend);
        btc_pool_give(&pool->spends, spend);
    }
}

static bool copy_tx(struct btc_mempool_entry *entry, const struct btc_mempool *pool, const struct btc_tx *tx)
{
    struct btc_arena arena;
    size_t bytes = copy_bytes(tx);
    uint8_t *memory = btc_allocate(pool->allocator, bytes);
    if (memory == NULL)
        return false;
    btc_arena_init(&arena, memory, bytes);
    enum btc_tx_error error = btc_tx_copy(&entry->tx, &arena, tx);
    assert(error == BTC_TX_OK);
    entry->memory = memory;
    entry->memory_bytes = bytes;
    return true;
}

bool btc_store_prepare(struct btc_mempool *pool, struct btc_mempool_entry *entry, const struct btc_tx *tx,
                       const struct btc_mempool_measure *measure)
{
    struct btc_mempool_entry filled = {.time_s = measure->time_s,
                                       .fee_sat = measure->fee_sat,
                                       .weight_wu = measure->weight_wu,
                                       .vbytes = btc_policy_vsize(measure->weight_wu, measure->sigop_cost),
                                       .sigop_cost = measure->sigop_cost};
    memcpy(filled.txid, measure->txid, 32);
    memcpy(filled.wtxid, measure->wtxid, 32);
    if (!reserve(pool, tx) || !copy_tx(&filled, pool, tx))
        return false;
    *entry = filled;
    return true;
}

uint32_t btc_store_add(struct btc_mempool *pool, const struct btc_mempool_entry *prepared)
{
    uint32_t number = btc_pool_take(&pool->entries);
    assert(number != BTC_POOL_NONE);
    struct btc_mempool_entry *entry = btc_store_at(pool, number);
    *entry = *prepared;
    btc_table_put(&pool->by_txid, btc_table_hash(&pool->by_txid, entry->txid, 32), number);
    link_spends(pool, number);
    pool->vbytes += entry->vbytes;
    kin_add(&entry->descendants, entry);
    btc_heap_add(&pool->heap, number);
    refresh(pool, number);
    enter_sums(pool, number);
    return number;
}

/* ---- removing ---- */

void btc_store_notify(const struct btc_mempool *pool, uint32_t number, struct btc_store_cause cause)
{
    const struct btc_mempool_entry *entry = btc_store_at(pool, number);
    const struct btc_mempool_notice notice = {cause.event, &entry->tx, entry->txid, cause.other};
    if (pool->listener != NULL)
        pool->listener(pool->listener_context, &notice);
}

static void unlink_entry(struct btc_mempool *pool, uint32_t number)
{
    struct btc_mempool_entry *entry = btc_store_at(pool, number);
    unlink_spends(pool, entry);
    btc_table_take(&pool->by_txid, btc_table_hash(&pool->by_txid, entry->txid, 32), number);
    btc_heap_take(&pool->heap, number);
    pool->vbytes -= entry->vbytes;
    btc_release(pool->allocator, entry->memory, entry->memory_bytes);
    entry->memory = NULL;
    btc_pool_give(&pool->entries, number);
}

void btc_store_remove(struct btc_mempool *pool, uint32_t number, struct btc_store_cause cause)
{
    btc_store_notify(pool, number, cause);
    const struct btc_mempool_entry *entry = btc_store_at(pool, number);
    const struct btc_mempool_list *family = &pool->lists[BTC_LIST_SWEEP];
    bool has_ancestors = entry->ancestors.count > 1;
    walk_family(pool, number);
    for (uint32_t i = 1; i < family->count && !has_ancestors; i++)
        kin_remove(&btc_store_at(pool, family->numbers[i])->ancestors, entry);
    unlink_entry(pool, number);
    for (uint32_t i = 1; i < family->count && has_ancestors; i++)
        refresh(pool, family->numbers[i]);
}

static int order_children_first(const void *context, const void *a, const void *b)
{
    const struct btc_mempool_entry *entry_a = btc_store_at(context, *(const uint32_t *)a);
    const struct btc_mempool_entry *entry_b = btc_store_at(context, *(const uint32_t *)b);
    if (entry_a->ancestors.count != entry_b->ancestors.count)
        return entry_a->ancestors.count > entry_b->ancestors.count ? -1 : 1;
    return memcmp(entry_a->txid, entry_b->txid, 32);
}

void btc_store_remove_tree(struct btc_mempool *pool, uint32_t number, struct btc_store_cause cause)
{
    struct btc_mempool_list *tree = &pool->lists[BTC_LIST_DESCENDANTS];
    btc_walk_start(pool, BTC_LIST_DESCENDANTS);
    btc_walk_meet(pool, BTC_LIST_DESCENDANTS, number);
    btc_walk_descendants(pool, BTC_LIST_DESCENDANTS, 0);
    /* A child has more ancestors than each of its parents. */
    btc_sort(tree->numbers, tree->count, sizeof *tree->numbers, order_children_first, pool);
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct btc_mempool_entry *entry = btc_store_at(pool, tree->numbers[i]);
        btc_store_notify(pool, tree->numbers[i], cause);
        btc_walk_ancestors(pool, BTC_LIST_ANCESTORS, &entry->tx);
        for (uint32_t k = 0; k < pool->lists[BTC_LIST_ANCESTORS].count; k++)
            change_descendants(pool, pool->lists[BTC_LIST_ANCESTORS].numbers[k], entry, kin_remove);
        unlink_entry(pool, tree->numbers[i]);
    }
}
