/* allocator.h: memory that comes and goes: one function of the caller.   [real]
 * SPDX-License-Identifier: MIT
 *
 * What lives and dies one by one (coins, transactions in a mempool) cannot lie in an arena. Its owner is given an
 * allocator: realloc in a simulator, a fixed heap in firmware, one that fails on request in a test.
 */
#ifndef KONSENTO_BITCOIN_ALLOCATOR_H
#define KONSENTO_BITCOIN_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* resize: makes a piece of old_bytes one of new_bytes, maybe elsewhere, contents kept.
 * In: memory is NULL if and only if old_bytes is 0. new_bytes 0 gives the piece back.
 * Returns the piece; NULL if new_bytes is 0, or if there is no room (the old piece is then as before).
 * Pieces are aligned for any object. Making a piece smaller never fails. */
struct btc_allocator {
    void *context;
    void *(*resize)(void *context, void *memory, size_t old_bytes, size_t new_bytes);
};

static inline void *btc_allocate(const struct btc_allocator *allocator, size_t bytes)
{
    return bytes == 0 ? NULL : allocator->resize(allocator->context, NULL, 0, bytes);
}

static inline void btc_release(const struct btc_allocator *allocator, void *memory, size_t bytes)
{
    if (bytes > 0)
        allocator->resize(allocator->context, memory, bytes, 0);
}

#endif
