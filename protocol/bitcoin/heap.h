/* heap.h: a binary heap of numbers that knows where each of them stands.   [real]
 * SPDX-License-Identifier: MIT
 *
 * The caller keeps the things, says which of two comes first, and keeps each one's place. When a thing's worth changes,
 * btc_heap_settle moves it to where it belongs. Equal things must not be: then the order would show the past.
 */
#ifndef KONSENTO_BITCOIN_HEAP_H
#define KONSENTO_BITCOIN_HEAP_H

#include <stdbool.h>
#include <stdint.h>

struct btc_heap_keeper {
    bool (*before)(const void *context, uint32_t a, uint32_t b);
    uint32_t *(*place)(const void *context, uint32_t number); /* where the place of a number is kept */
};

struct btc_heap {
    uint32_t *numbers; /* the first is the first; in the caller's memory, with room for all */
    uint32_t count;
    const struct btc_heap_keeper *keeper;
    const void *context;
};

void btc_heap_add(struct btc_heap *heap, uint32_t number);
void btc_heap_take(struct btc_heap *heap, uint32_t number);
void btc_heap_settle(struct btc_heap *heap, uint32_t number);

#endif
