/* pool.c: things of one size that are taken and given back one by one, named by numbers.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/pool.h"

#include <assert.h>
#include <string.h>

#ifdef KONSENTO_HARD /* every item is an allocation that can fail, and a step of growth */
#define CHUNK_ITEMS  1u
#define FIRST_CHUNKS 1u
#else
#define CHUNK_ITEMS  256u
#define FIRST_CHUNKS 8u
#endif

void btc_pool_init(struct btc_pool *pool, const struct btc_allocator *allocator, uint32_t item_bytes)
{
    assert(item_bytes >= sizeof(uint32_t));
    *pool = (struct btc_pool){.allocator = allocator, .item_bytes = item_bytes, .first_free = BTC_POOL_NONE};
}

static size_t chunk_bytes(const struct btc_pool *pool)
{
    return (size_t)pool->item_bytes * CHUNK_ITEMS;
}

void btc_pool_close(struct btc_pool *pool)
{
    for (uint32_t i = 0; i < pool->chunk_count; i++)
        btc_release(pool->allocator, pool->chunks[i], chunk_bytes(pool));
    btc_release(pool->allocator, pool->chunks, pool->chunk_capacity * sizeof *pool->chunks);
    btc_pool_init(pool, pool->allocator, pool->item_bytes);
}

void *btc_pool_at(const struct btc_pool *pool, uint32_t number)
{
    assert(number / CHUNK_ITEMS < pool->chunk_count);
    return pool->chunks[number / CHUNK_ITEMS] + (size_t)(number % CHUNK_ITEMS) * pool->item_bytes;
}

uint32_t btc_pool_limit(const struct btc_pool *pool)
{
    return pool->chunk_count * CHUNK_ITEMS;
}

static void push_free(struct btc_pool *pool, uint32_t number)
{
    memcpy(btc_pool_at(pool, number), &pool->first_free, sizeof pool->first_free);
    pool->first_free = number;
}

/* Makes room for one more chunk in the list of chunks. */
static bool widen(struct btc_pool *pool)
{
    if (pool->chunk_count < pool->chunk_capacity)
        return true;
    uint32_t capacity = pool->chunk_capacity == 0 ? FIRST_CHUNKS : 2 * pool->chunk_capacity;
    const struct btc_allocator *allocator = pool->allocator;
    void *chunks = allocator->resize(allocator->context, pool->chunks, pool->chunk_capacity * sizeof *pool->chunks,
                                     capacity * sizeof *pool->chunks);
    if (chunks == NULL)
        return false;
    pool->chunks = chunks;
    pool->chunk_capacity = capacity;
    return true;
}

static bool add_chunk(struct btc_pool *pool)
{
    if (pool->chunk_count >= BTC_POOL_NONE / CHUNK_ITEMS || !widen(pool))
        return false;
    uint8_t *chunk = btc_allocate(pool->allocator, chunk_bytes(pool));
    if (chunk == NULL)
        return false;
    memset(chunk, 0, chunk_bytes(pool));
    pool->chunks[pool->chunk_count++] = chunk;
    for (uint32_t i = pool->chunk_count * CHUNK_ITEMS; i > (pool->chunk_count - 1) * CHUNK_ITEMS; i--)
        push_free(pool, i - 1);
    return true;
}

bool btc_pool_reserve(struct btc_pool *pool, uint32_t count)
{
    while (btc_pool_limit(pool) - pool->used < count)
        if (!add_chunk(pool))
            return false;
    return true;
}

uint32_t btc_pool_take(struct btc_pool *pool)
{
    if (!btc_pool_reserve(pool, 1))
        return BTC_POOL_NONE;
    uint32_t number = pool->first_free;
    void *item = btc_pool_at(pool, number);
    memcpy(&pool->first_free, item, sizeof pool->first_free);
    memset(item, 0, pool->item_bytes);
    pool->used++;
    return number;
}

void btc_pool_give(struct btc_pool *pool, uint32_t number)
{
    assert(pool->used > 0);
    push_free(pool, number);
    pool->used--;
}
