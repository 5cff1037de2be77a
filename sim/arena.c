/* arena.c: memory that is dropped in one go.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef KONSENTO_HARD
#define FIRST_CHUNK 1
#define CHUNK_MAX   1
#else
#define FIRST_CHUNK ((size_t)4 << 10)
#define CHUNK_MAX   ((size_t)4 << 20)
#endif

struct arena_chunk {
    struct arena_chunk *before;
    size_t used, size;
    alignas(max_align_t) unsigned char bytes[];
};

void arena_init(struct arena *arena, size_t limit)
{
    *arena = (struct arena){.limit = limit};
}

void arena_free(struct arena *arena)
{
    arena_reset(arena);
}

void arena_reset(struct arena *arena)
{
    while (arena->chunk != NULL) {
        struct arena_chunk *before = arena->chunk->before;
        free(arena->chunk);
        arena->chunk = before;
    }
    arena_init(arena, arena->limit);
}

static void *failed(struct arena *arena, enum arena_state state)
{
    if (arena->state == ARENA_OK)
        arena->state = state;
    return NULL;
}

/* Chunks double, so that their number stays small; a large request gets a chunk of its size. */
static size_t chunk_size_for(const struct arena *arena, size_t bytes)
{
    size_t size = arena->chunk == NULL ? FIRST_CHUNK : 2 * arena->chunk->size;
    if (size > CHUNK_MAX)
        size = CHUNK_MAX;
    return size < bytes ? bytes : size;
}

static struct arena_chunk *add_chunk(struct arena *arena, size_t bytes)
{
    size_t size = chunk_size_for(arena, bytes);
    struct arena_chunk *chunk = size > SIZE_MAX - sizeof *chunk ? NULL : calloc(1, sizeof *chunk + size);
    if (chunk == NULL)
        return NULL;
    chunk->size = size;
    chunk->before = arena->chunk;
    arena->chunk = chunk;
    return chunk;
}

void *arena_get(struct arena *arena, size_t count, size_t size)
{
    const size_t step = alignof(max_align_t);
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > arena->limit - arena->used)
        return failed(arena, ARENA_LIMIT);
    size_t rounded = (bytes + step - 1) / step * step;
    if (rounded < bytes || rounded > arena->limit - arena->used)
        return failed(arena, ARENA_LIMIT);
    struct arena_chunk *chunk = arena->chunk;
    if (chunk == NULL || rounded > chunk->size - chunk->used)
        chunk = add_chunk(arena, rounded);
    if (chunk == NULL)
        return failed(arena, ARENA_MEMORY);
    void *given = chunk->bytes + chunk->used;
    chunk->used += rounded;
    arena->used += rounded;
    return given;
}

char *arena_copy_text(struct arena *arena, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = arena_get(arena, size, 1);
    if (copy != NULL)
        memcpy(copy, text, size);
    return copy;
}

const char *arena_state_text(enum arena_state state)
{
    switch (state) {
    case ARENA_OK:
        return "ok";
    case ARENA_LIMIT:
        return "memory limit reached";
    case ARENA_MEMORY:
        return "out of memory";
    }
    return NULL;
}
