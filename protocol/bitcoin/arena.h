/* arena.h: memory that the caller lends: taken piece by piece, given back in one go.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Nothing in protocol/bitcoin allocates. What has no fixed size (the inputs of a transaction, the items of a witness)
 * is taken from an arena over memory that the caller owns: a static array on a microcontroller, a mapped region in the
 * simulator. When it is full the taker returns its "no memory" result and nothing has changed.
 */
#ifndef KONSENTO_BITCOIN_ARENA_H
#define KONSENTO_BITCOIN_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct btc_arena {
    uint8_t *memory;
    size_t capacity;
    size_t used; /* save it and put it back to give back everything taken since */
};

/* Owns: the caller keeps memory; it must outlive everything taken. */
void btc_arena_init(struct btc_arena *arena, void *memory, size_t capacity);

/* Takes count objects of size bytes, zeroed, aligned for any object. Returns NULL if they do not fit.
 * With count or size 0: takes nothing and returns an address that is not NULL and must not be used. */
void *btc_arena_take(struct btc_arena *arena, size_t count, size_t size);

#endif
