/* pool.h: things of one size that are taken and given back one by one, named by numbers.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     chunks[0] ──► | 0 | 1 | ... | 255 |      A thing never moves while it is taken: pointers to it stay good.
 *     chunks[1] ──► | 256 | ...                Free ones form a list through their first four bytes.
 */
#ifndef KONSENTO_BITCOIN_POOL_H
#define KONSENTO_BITCOIN_POOL_H

#include "protocol/bitcoin/allocator.h"

#define BTC_POOL_NONE UINT32_MAX

struct btc_pool {
    const struct btc_allocator *allocator;
    uint8_t **chunks;
    uint32_t chunk_count;
    uint32_t chunk_capacity;
    uint32_t item_bytes;
    uint32_t first_free;
    uint32_t used; /* things taken */
};

/* In: a size of at least 4 that keeps alignment (a sizeof). Owns: chunks, until close. */
void btc_pool_init(struct btc_pool *pool, const struct btc_allocator *allocator, uint32_t item_bytes);
void btc_pool_close(struct btc_pool *pool);

/* Makes sure that count more can be taken. Returns false if there is no memory; nothing has been taken. */
__attribute__((warn_unused_result)) bool btc_pool_reserve(struct btc_pool *pool, uint32_t count);

/* Takes one, zeroed. Returns its number, BTC_POOL_NONE if there is no memory. */
__attribute__((warn_unused_result)) uint32_t btc_pool_take(struct btc_pool *pool);
void btc_pool_give(struct btc_pool *pool, uint32_t number);

void *btc_pool_at(const struct btc_pool *pool, uint32_t number);

/* Numbers ever taken are below this. A thing that was never taken is all zero behind its first four bytes, and one that
 * was given back keeps what its user left there; so users who walk over all numbers mark those in use themselves. */
uint32_t btc_pool_limit(const struct btc_pool *pool);

#endif
