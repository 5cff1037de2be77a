/* room.h: the memory that the chain lends to the real code: an allocator, and arenas that grow while empty.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_CHAIN_ROOM_H
#define KONSENTO_MODELS_CHAIN_ROOM_H

#include "protocol/bitcoin/allocator.h"
#include "protocol/bitcoin/arena.h"

/* realloc and free. */
extern const struct btc_allocator room_allocator;

/* Empties the arena and makes it hold at least so many bytes. What was taken from it is gone.
 * Returns false if there is no memory; the arena is then empty, and as large as before. */
__attribute__((warn_unused_result)) bool room_reserve(struct btc_arena *arena, size_t bytes);
void room_free(struct btc_arena *arena);

#endif
