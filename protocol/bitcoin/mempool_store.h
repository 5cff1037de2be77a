/* mempool_store.h: inside the mempool: its entries, their kinship, their sums.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Kinship is not stored: parents are found by the txids of the inputs, children by the spenders of the outputs. Walks
 * mark what they met with the number of the walk ("epoch"), and their lists have room for all entries, so a walk needs
 * no memory of its own.
 */
#ifndef KONSENTO_BITCOIN_MEMPOOL_STORE_H
#define KONSENTO_BITCOIN_MEMPOOL_STORE_H

#include "protocol/bitcoin/mempool.h"

/* Sums over a set of related entries. */
struct btc_kin {
    uint32_t count;
    uint32_t sigop_cost;
    uint64_t vbytes;
    int64_t fee_sat;
};

struct btc_mempool_entry {
    struct btc_tx tx; /* in memory */
    uint8_t txid[32];
    uint8_t wtxid[32];
    uint8_t *memory;
    size_t memory_bytes;
    int64_t time_s;
    int64_t fee_sat;
    uint32_t weight_wu;
    uint32_t vbytes;
    uint32_t sigop_cost;
    uint32_t heap_place;
    uint32_t mark;
    uint32_t candidate;         /* template.c's */
    struct btc_kin ancestors;   /* with itself */
    struct btc_kin descendants; /* with itself */
};

/* What is known of a transaction before it becomes an entry. */
struct btc_mempool_measure {
    uint8_t txid[32];
    uint8_t wtxid[32];
    int64_t time_s;
    int64_t fee_sat;
    uint32_t weight_wu;
    uint32_t sigop_cost;
};

struct btc_mempool_entry *btc_store_at(const struct btc_mempool *pool, uint32_t number);

/* Is it a number of an entry now? In: below btc_pool_limit(&pool->entries). */
bool btc_store_is_used(const struct btc_mempool *pool, uint32_t number);

/* Returns BTC_POOL_NONE if there is none. */
uint32_t btc_store_find(const struct btc_mempool *pool, const uint8_t txid[32]);
uint32_t btc_store_find_spender(const struct btc_mempool *pool, const struct btc_outpoint *outpoint);

/* Out: an output of the chain or of the pool as a coin; the pool's count as if they were in the next block.
 * Returns false if there is no such output. Whether another entry spends it already is not asked. */
bool btc_store_find_coin(struct btc_coin *coin, const struct btc_mempool *pool, const struct btc_outpoint *outpoint);

/* Does all of adding that can fail: fills entry with a copy and makes room for it. Returns false if there is no memory;
 * nothing has changed then. Owns: whoever calls must add the entry next; others may leave in between. */
__attribute__((warn_unused_result)) bool btc_store_prepare(struct btc_mempool *pool, struct btc_mempool_entry *entry,
                                                           const struct btc_tx *tx,
                                                           const struct btc_mempool_measure *measure);

/* Adds what was prepared. Children may be in the pool already, after a block was taken back. No notice is given.
 * Returns its number. */
uint32_t btc_store_add(struct btc_mempool *pool, const struct btc_mempool_entry *prepared);

/* Why and for whom entries leave. */
struct btc_store_cause {
    enum btc_mempool_event event;
    const struct btc_tx *other;
};

/* Removes one entry and leaves its descendants; gives notice. */
void btc_store_remove(struct btc_mempool *pool, uint32_t number, struct btc_store_cause cause);

/* Removes an entry and all its descendants; gives notice of each, children first. */
void btc_store_remove_tree(struct btc_mempool *pool, uint32_t number, struct btc_store_cause cause);

void btc_store_notify(const struct btc_mempool *pool, uint32_t number, struct btc_store_cause cause);

void btc_store_release_lists(struct btc_mempool *pool);

/* ---- walks: one ends before the next on the same list begins ---- */

void btc_walk_start(struct btc_mempool *pool, enum btc_mempool_list_use use);

/* Puts an entry on the list unless this walk has met it. Returns true if it is new. */
bool btc_walk_meet(struct btc_mempool *pool, enum btc_mempool_list_use use, uint32_t number);

/* Fills a list with the ancestors of a transaction, without itself. */
void btc_walk_ancestors(struct btc_mempool *pool, enum btc_mempool_list_use use, const struct btc_tx *tx);

/* Goes on with the walk: adds the descendants of all on the list from an index on. */
void btc_walk_descendants(struct btc_mempool *pool, enum btc_mempool_list_use use, uint32_t from);

/* Sums over the entries of a list. */
struct btc_kin btc_walk_sum(const struct btc_mempool *pool, enum btc_mempool_list_use use);

/* ---- in and out ---- */

enum btc_entry_way {
    BTC_ENTRY_RELAYED = 0,
    BTC_ENTRY_RETURNED /* from a block that was taken back: pays what it pays */
};

struct btc_mempool_verdict btc_store_accept(struct btc_mempool *pool, const struct btc_tx *tx,
                                            const struct btc_judge_tools *tools, int64_t now_s, enum btc_entry_way way);

/* Lets the rate that evictions left behind fall as time passes. */
void btc_store_decay(struct btc_mempool *pool, int64_t now_s);
/* Evicts the worst packages until the pool is within its limit. */
void btc_store_trim(struct btc_mempool *pool, int64_t now_s);

/* ---- the worst package ---- */

extern const struct btc_heap_keeper btc_store_heap_keeper;

/* <0 if a leaves before b. */
int btc_store_compare_worth(const struct btc_mempool_entry *a, const struct btc_mempool_entry *b);
uint32_t btc_store_worst(const struct btc_mempool *pool); /* limits: not empty */

#endif
