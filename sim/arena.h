/* arena.h: memory that is born with the run and dropped in one go.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A bump allocator over chunks, with a limit. What it gives stays where it is until arena_free or arena_reset. When it
 * cannot give, it says which of the two reasons it was, and keeps saying so: build a whole world, then look once.
 */
#ifndef KONSENTO_SIM_ARENA_H
#define KONSENTO_SIM_ARENA_H

#include <stddef.h>

enum arena_state {
    ARENA_OK,
    ARENA_LIMIT, /* limit would have been exceeded */
    ARENA_MEMORY /* the system had no more memory */
};

struct arena_chunk;
struct arena {
    struct arena_chunk *chunk; /* the newest; each knows the one before */
    size_t used;               /* bytes given, with their alignment */
    size_t limit;
    enum arena_state state; /* the first failure since init or reset */
};

/* In: limit, the most bytes it will give. */
void arena_init(struct arena *arena, size_t limit);
/* Drops everything. */
void arena_free(struct arena *arena);
/* Drops everything that was given; may be used again at once. */
void arena_reset(struct arena *arena);
/* Gives count x size bytes, zero, aligned for any type. Returns NULL on failure: see state. A count of 0 gives a valid
 * address. */
void *arena_get(struct arena *arena, size_t count, size_t size);
/* Gives a copy of text. Returns NULL on failure. */
char *arena_copy_text(struct arena *arena, const char *text);
/* The word for it in a message. */
const char *arena_state_text(enum arena_state state);

#endif
