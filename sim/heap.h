/* heap.h: the pending-event set: a 4-ary implicit heap of 16-byte keys that knows where each slot stands.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   keys      | . . . root | a b c d | aa ab ac ad | ba bb bc bd | ...      one group of four children = one cache line
 *   index       0 1 2  3     4 5 6 7   8  9 10  11   12 ...                  children of i: 4(i-2)..; parent of j:
 * j/4+2 position  slot -> index                                                  so that an event can be cancelled or
 * moved
 *
 * Places of the last group that hold no event hold KEY_NONE, so that the least of a group is found without a branch.
 * While a handler runs, the root is a hole: most handlers schedule something, and that key then enters at the root with
 * one way down, instead of a last key going down from the root and the new one up from the end.
 *
 * Source: LaMarca and Ladner, "The influence of caches on the performance of heaps", 1996.
 */
#ifndef KONSENTO_SIM_HEAP_H
#define KONSENTO_SIM_HEAP_H

#include "sim/key.h"
#include <stddef.h>

#define HEAP_ROOT 3

struct heap {
    struct key *keys;
    uint32_t *position;
    size_t end;      /* index after the last key; HEAP_ROOT when empty */
    size_t capacity; /* slots there is room for */
    bool has_hole;   /* the root's key was taken, and its place not yet filled */
};

void heap_init(struct heap *heap);
void heap_free(struct heap *heap);
/* Makes room for slots 0 .. slots-1. Returns false when memory is out; nothing has changed then. */
bool heap_reserve(struct heap *heap, size_t slots) __attribute__((warn_unused_result));
/* Adds a key; its slot is below the reserved number and not in the heap. */
void heap_push(struct heap *heap, struct key key);
/* Fills the hole with the last key. Limits: there is a hole. */
void heap_fill(struct heap *heap);
/* Takes out the key of a slot that is in the heap. Limits: no hole. */
void heap_remove(struct heap *heap, uint32_t slot);
/* Gives a slot that is in the heap another key. Limits: no hole. */
void heap_change(struct heap *heap, struct key key);
/* The least key without the hole, KEY_NONE when there is none. */
struct key heap_least(const struct heap *heap);

static inline size_t heap_count(const struct heap *heap)
{
    return heap->end - HEAP_ROOT - heap->has_hole;
}

/* Takes the least key and leaves a hole. Limits: not empty, no hole. */
static inline struct key heap_take(struct heap *heap)
{
    heap->has_hole = true;
    return heap->keys[HEAP_ROOT];
}

#endif
