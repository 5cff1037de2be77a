/* heap.h: the pending-event set: a 4-ary implicit heap of 16-byte keys that knows where each slot stands.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   keys   | . . . root | a b c d | aa ab ac ad | ba bb bc bd | ...       one group of four children = one cache line
 *   index    0 1 2  3     4 5 6 7   8  9 10  11   12 ...                   children of i: 4(i-2)..; parent of j: j/4+2
 *   slot.below -> index: the key of the slot stands there or at an ancestor of it
 *
 * Places of the last group that hold no event hold KEY_NONE, so that the least of a group is found without a branch.
 *
 * The back index is a bound. A key on its way down lifts others to their parents, some ten for each event of a million
 * pending; writing down each new place would cost more than all else together. So below is written only when a key is
 * put in its place or pushed down; a cancel walks from there towards the root until it meets its slot.
 *
 * While a handler runs, the root is a hole: most handlers schedule something, and that key then enters at the root with
 * one way down, instead of a last key going down from the root and the new one up from the end.
 *
 * Source: LaMarca and Ladner, "The influence of caches on the performance of heaps", 1996.
 */
#ifndef KONSENTO_SIM_HEAP_H
#define KONSENTO_SIM_HEAP_H

#include "sim/key.h"
#include "sim/slot.h"
#include <stddef.h>

#define HEAP_ROOT          3
#define HEAP_PREFETCH_FROM 1024 /* index; what comes before lives in the first-level cache */

struct heap {
    struct key *keys;
    struct slot *slots; /* of the kernel; the heap writes below, and nothing else */
    size_t end;         /* index after the last key; HEAP_ROOT when empty */
    size_t capacity;    /* slots there is room for */
    bool has_hole;      /* the root's key was taken, and its place not yet filled */
    size_t second;      /* while there is a hole: index of the least child of the root */
};

void heap_init(struct heap *heap);
void heap_free(struct heap *heap);
/* Makes room for keys of slots 0 .. count-1. In: slots, count of them, the caller's, alive until the next reserve.
 * Returns false when memory is out; only slots was taken note of then. */
bool heap_reserve(struct heap *heap, struct slot *slots, size_t count) __attribute__((warn_unused_result));
/* Fills the hole with the last key. Limits: there is a hole. */
void heap_fill(struct heap *heap);
/* Takes out the key of a slot that is in the heap. Limits: no hole. */
void heap_remove(struct heap *heap, uint32_t slot);
/* Gives a slot that is in the heap another key. Limits: no hole. */
void heap_change(struct heap *heap, struct key key);
static inline size_t heap_count(const struct heap *heap)
{
    return heap->end - HEAP_ROOT - heap->has_hole;
}

static inline size_t heap_first_child(size_t index)
{
    return 4 * (index - 2);
}

static inline size_t heap_parent(size_t index)
{
    return index / 4 + 2;
}

/* Index of the least of four neighbours; no jumps, whichever it is is not to be guessed. */
static inline size_t heap_least_of_group(const struct key *keys, size_t first)
{
    size_t left = first + key_before(keys[first + 1], keys[first]);
    size_t right = first + 2 + key_before(keys[first + 3], keys[first + 2]);
    return key_before(keys[right], keys[left]) ? right : left;
}

/* Writes a key that stays here, or went down to here. */
static inline void heap_put(struct heap *heap, size_t index, struct key key)
{
    heap->keys[index] = key;
    heap->slots[key_slot(key)].below = (uint32_t)index;
}

/* Always inline: gcc takes a function that only prefetches for one without effect, and drops the call. */
static inline __attribute__((always_inline)) void heap_prefetch_children_of_group(const struct heap *heap, size_t first)
{
    size_t grandchild = heap_first_child(first);
    if (grandchild < HEAP_PREFETCH_FROM || grandchild >= heap->end)
        return;
    for (size_t group = 0; group < 4; group++)
        __builtin_prefetch((const void *)((uintptr_t)heap->keys + (grandchild + 4 * group) * sizeof(struct key)));
}

/* Finds the place for key from the free index downwards; least is the least child of index. */
static inline void heap_sift_down_to(struct heap *heap, size_t index, size_t least, struct key key)
{
    struct key *keys = heap->keys;
    while (key_before(keys[least], key)) {
        keys[index] = keys[least];
        index = least;
        size_t first = heap_first_child(index);
        if (first >= heap->end)
            break;
        heap_prefetch_children_of_group(heap, first);
        least = heap_least_of_group(keys, first);
    }
    heap_put(heap, index, key);
}

/* Finds the place for key from the free index upwards. */
static inline void heap_sift_up(struct heap *heap, size_t index, struct key key)
{
    while (index > HEAP_ROOT && key_before(key, heap->keys[heap_parent(index)])) {
        heap_put(heap, index, heap->keys[heap_parent(index)]);
        index = heap_parent(index);
    }
    heap_put(heap, index, key);
}

/* Finds the place for key from the root downwards, the least child of which is at index least. The key that comes to
 * stand there is one of the next to run, but for the very next: its slot is called up in time. Always inline, as above.
 */
static inline __attribute__((always_inline)) void heap_sift_root_to(struct heap *heap, size_t least, struct key key)
{
    heap_sift_down_to(heap, HEAP_ROOT, least, key);
    __builtin_prefetch((const void *)((uintptr_t)heap->slots + key_slot(heap->keys[least]) * sizeof(struct slot)));
}

/* Adds a key; its slot is below the reserved number and not in the heap. */
static inline void heap_push(struct heap *heap, struct key key)
{
    if (heap->has_hole) {
        heap->has_hole = false;
        heap_sift_root_to(heap, heap->second, key);
    } else {
        heap_sift_up(heap, heap->end++, key);
    }
}

/* Takes the least key and leaves a hole. Limits: not empty, no hole. */
static inline struct key heap_take(struct heap *heap)
{
    heap->has_hole = true;
    heap->second = heap_least_of_group(heap->keys, HEAP_ROOT + 1);
    return heap->keys[HEAP_ROOT];
}

/* The least key without the hole, KEY_NONE when there is none. Limits: heap_reserve has been called. */
static inline struct key heap_least(const struct heap *heap)
{
    return heap->keys[heap->has_hole ? heap->second : HEAP_ROOT];
}

#endif
