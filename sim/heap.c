/* heap.c: the pending-event set.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/heap.h"

#include "sim/memory.h"
#include <assert.h>
#include <stdlib.h>

#define PREFETCH_FROM 4096 /* keys; smaller heaps live in the first-level cache */

static size_t first_child(size_t index)
{
    return 4 * (index - 2);
}

static size_t parent(size_t index)
{
    return index / 4 + 2;
}

/* Keys in whole groups: the places before the root and after the last key are paid for. */
static size_t places_for(size_t slots)
{
    return (slots + HEAP_ROOT + 3) / 4 * 4;
}

static void put(struct heap *heap, size_t index, struct key key)
{
    heap->keys[index] = key;
    heap->position[key_slot(key)] = (uint32_t)index;
}

/* Index of the least of four neighbours; no jumps, whichever it is is not to be guessed. */
static size_t least_of_group(const struct key *keys, size_t first)
{
    size_t left = first + key_before(keys[first + 1], keys[first]);
    size_t right = first + 2 + key_before(keys[first + 3], keys[first + 2]);
    return key_before(keys[right], keys[left]) ? right : left;
}

static void prefetch_group_of_groups(const struct heap *heap, size_t first)
{
    size_t grandchild = first_child(first);
    if (heap->end < PREFETCH_FROM || grandchild >= heap->end)
        return;
    for (size_t group = 0; group < 4; group++)
        __builtin_prefetch((const void *)((uintptr_t)heap->keys + (grandchild + 4 * group) * sizeof(struct key)));
}

/* Finds the place for key from the free index downwards. */
static void sift_down(struct heap *heap, size_t index, struct key key)
{
    for (;;) {
        size_t first = first_child(index);
        if (first >= heap->end)
            break;
        prefetch_group_of_groups(heap, first);
        size_t least = least_of_group(heap->keys, first);
        if (!key_before(heap->keys[least], key))
            break;
        put(heap, index, heap->keys[least]);
        index = least;
    }
    put(heap, index, key);
}

/* Finds the place for key from the free index upwards. */
static void sift_up(struct heap *heap, size_t index, struct key key)
{
    while (index > HEAP_ROOT && key_before(key, heap->keys[parent(index)])) {
        put(heap, index, heap->keys[parent(index)]);
        index = parent(index);
    }
    put(heap, index, key);
}

/* Finds the place for key from the free index in whichever direction it lies. */
static void sift(struct heap *heap, size_t index, struct key key)
{
    if (index > HEAP_ROOT && key_before(key, heap->keys[parent(index)]))
        sift_up(heap, index, key);
    else
        sift_down(heap, index, key);
}

void heap_init(struct heap *heap)
{
    *heap = (struct heap){.end = HEAP_ROOT};
}

void heap_free(struct heap *heap)
{
    free(heap->keys);
    free(heap->position);
}

bool heap_reserve(struct heap *heap, size_t slots)
{
    size_t old = heap->keys == NULL ? 0 : places_for(heap->capacity);
    size_t places = places_for(slots);
    if (!memory_grow((void **)&heap->keys, old * sizeof(struct key), places * sizeof(struct key)))
        return false;
    for (size_t i = old; i < places; i++)
        heap->keys[i] = KEY_NONE;
    if (!memory_grow((void **)&heap->position, heap->capacity * sizeof(uint32_t), slots * sizeof(uint32_t)))
        return false; /* more places than capacity says: harmless, the next growth starts from capacity again */
    heap->capacity = slots;
    return true;
}

void heap_push(struct heap *heap, struct key key)
{
    if (heap->has_hole) {
        heap->has_hole = false;
        sift_down(heap, HEAP_ROOT, key);
    } else {
        sift_up(heap, heap->end++, key);
    }
}

/* Takes off the last key and leaves KEY_NONE. */
static struct key take_last(struct heap *heap)
{
    struct key last = heap->keys[--heap->end];
    heap->keys[heap->end] = KEY_NONE;
    return last;
}

void heap_fill(struct heap *heap)
{
    heap->has_hole = false;
    struct key last = take_last(heap);
    if (heap->end > HEAP_ROOT)
        sift_down(heap, HEAP_ROOT, last);
}

void heap_remove(struct heap *heap, uint32_t slot)
{
    assert(!heap->has_hole);
    size_t index = heap->position[slot];
    struct key last = take_last(heap);
    if (index < heap->end)
        sift(heap, index, last);
}

void heap_change(struct heap *heap, struct key key)
{
    assert(!heap->has_hole);
    sift(heap, heap->position[key_slot(key)], key);
}

struct key heap_least(const struct heap *heap)
{
    if (!heap->has_hole)
        return heap->end > HEAP_ROOT ? heap->keys[HEAP_ROOT] : KEY_NONE;
    size_t first = first_child(HEAP_ROOT);
    return first < heap->end ? heap->keys[least_of_group(heap->keys, first)] : KEY_NONE;
}
