/* heap.c: the pending-event set.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/heap.h"

#include "sim/memory.h"
#include <assert.h>
#include <stdlib.h>

/* Keys in whole groups, the root's children always among them. */
static size_t places_for(size_t slots)
{
    return (slots + HEAP_ROOT + 3) / 4 * 4 + 4;
}

/* Where the key of the slot stands. */
static size_t find(const struct heap *heap, uint32_t slot)
{
    size_t index = heap->slots[slot].below;
    while (key_slot(heap->keys[index]) != slot) {
        assert(index > HEAP_ROOT);
        index = heap_parent(index);
    }
    return index;
}

static void sift_down(struct heap *heap, size_t index, struct key key)
{
    size_t first = heap_first_child(index);
    if (first < heap->end)
        heap_sift_down_to(heap, index, heap_least_of_group(heap->keys, first), key);
    else
        heap_put(heap, index, key);
}

/* Finds the place for key from the free index in whichever direction it lies. */
static void sift(struct heap *heap, size_t index, struct key key)
{
    if (index > HEAP_ROOT && key_before(key, heap->keys[heap_parent(index)]))
        heap_sift_up(heap, index, key);
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
}

bool heap_reserve(struct heap *heap, struct slot *slots, size_t count)
{
    size_t old = heap->keys == NULL ? 0 : places_for(heap->capacity);
    size_t places = places_for(count);
    heap->slots = slots;
    if (!memory_grow((void **)&heap->keys, old * sizeof(struct key), places * sizeof(struct key)))
        return false;
    for (size_t i = old; i < places; i++)
        heap->keys[i] = KEY_NONE;
    heap->capacity = count;
    return true;
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
        heap_sift_root_to(heap, heap_least_of_group(heap->keys, HEAP_ROOT + 1), last);
}

void heap_remove(struct heap *heap, uint32_t slot)
{
    assert(!heap->has_hole);
    size_t index = find(heap, slot);
    struct key last = take_last(heap);
    if (index < heap->end)
        sift(heap, index, last);
}

void heap_change(struct heap *heap, struct key key)
{
    assert(!heap->has_hole);
    sift(heap, find(heap, key_slot(key)), key);
}
