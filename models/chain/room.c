/* room.c: the memory that the chain lends to the real code.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/room.h"

#include <stdlib.h>

#define LEAST_BYTES 65536u

static void *resize(void *context, void *memory, size_t old_bytes, size_t new_bytes)
{
    (void)context, (void)old_bytes;
    if (new_bytes > 0)
        return realloc(memory, new_bytes);
    free(memory);
    return NULL;
}

const struct btc_allocator room_allocator = {NULL, resize};

bool room_reserve(struct btc_arena *arena, size_t bytes)
{
    arena->used = 0;
    if (arena->capacity >= bytes && arena->memory != NULL)
        return true;
    size_t capacity = arena->capacity < LEAST_BYTES ? LEAST_BYTES : arena->capacity;
    while (capacity < bytes)
        capacity *= 2;
    void *memory = malloc(capacity);
    if (memory == NULL)
        return false;
    free(arena->memory);
    btc_arena_init(arena, memory, capacity);
    return true;
}

void room_free(struct btc_arena *arena)
{
    free(arena->memory);
    *arena = (struct btc_arena){0};
}
