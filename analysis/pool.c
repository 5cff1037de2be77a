/* pool.c: memory that is given back in one go.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/pool.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct pool_block {
    struct pool_block *next;
    max_align_t bytes[];
};

void *pool_take(struct pool *pool, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total) || total > SIZE_MAX - sizeof(struct pool_block)) {
        pool->failed = true;
        return NULL;
    }
    struct pool_block *block = calloc(1, sizeof *block + total);
    if (block == NULL) {
        pool->failed = true;
        return NULL;
    }
    block->next = pool->blocks;
    pool->blocks = block;
    return block->bytes;
}

const char *pool_text(struct pool *pool, const char *text)
{
    if (text == NULL) {
        return NULL;
    }
    size_t size = strlen(text) + 1;
    char *copy = pool_take(pool, size, 1);
    return copy == NULL ? NULL : memcpy(copy, text, size);
}

void pool_close(struct pool *pool)
{
    while (pool->blocks != NULL) {
        struct pool_block *next = pool->blocks->next;
        free(pool->blocks);
        pool->blocks = next;
    }
    pool->failed = false;
}
