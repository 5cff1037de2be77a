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
    if (count == 0 || size == 0)
        return arena; /* any address will do that is not NULL */
    const size_t alignment = alignof(max_align_t);
    size_t skip = (alignment - ((uintptr_t)arena->memory + arena->used) % alignment) % alignment;
    size_t left = arena->capacity - arena->used;
    if (skip > left || count > (left - skip) / size)
        return NULL;
    uint8_t *taken = arena->memory + arena->used + skip;
    arena->used += skip + count * size;
    return memset(taken, 0, count * size);
}
