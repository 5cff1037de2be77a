/* arena.c: memory that the caller lends.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/arena.h"

#include <stdalign.h>
#include <string.h>

void btc_arena_init(struct btc_arena *arena, void *memory, size_t capacity)
{
    *arena = (struct btc_arena){memory, capacity, 0};
}

void *btc_arena_take(struct btc_arena *arena, size_t count, size_t size)
{
    const size_t alignment = alignof(max_align_t);
    size_t skip = (alignment - ((uintptr_t)arena->memory + arena->used) % alignment) % alignment;
    size_t left = arena->capacity - arena->used;
    if (skip > left || (size > 0 && count > (left - skip) / size))
        return NULL;
    uint8_t *taken = arena->memory + arena->used + skip;
    arena->used += skip + count * size;
    if (count * size > 0)
        memset(taken, 0, count * size);
    return taken;
}
