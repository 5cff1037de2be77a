/* pool.c: the HTLCs of channels.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/pool.h"

#include <assert.h>
#include <string.h>

void ln_pool_init(struct ln_pool *pool, struct ln_slot *records, uint32_t capacity)
{
    *pool = (struct ln_pool){.records = records, .capacity = capacity, .free = LN_RECORD_NONE};
    for (uint32_t i = capacity; i-- > 0;) {
        records[i].next = pool->free;
        pool->free = i;
    }
}

uint32_t ln_pool_take(struct ln_pool *pool)
{
    uint32_t taken = pool->free;
    if (taken != LN_RECORD_NONE) {
        struct ln_slot *record = &pool->records[taken];
        pool->free = record->next;
        pool->used++;
        memset(record, 0, offsetof(struct ln_slot, blob));
        record->next = LN_RECORD_NONE;
    }
    return taken;
}

void ln_pool_give(struct ln_pool *pool, uint32_t record)
{
    assert(record < pool->capacity && pool->used > 0);
    pool->records[record].next = pool->free;
    pool->free = record;
    pool->used--;
}
