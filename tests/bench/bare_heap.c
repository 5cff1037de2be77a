/* bare_heap.c: the floor of bench_kernel.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "bare_heap.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

#define ROOT          3 /* children of i: 4(i-2).. ; parent of j: j/4+2 */
#define HUGE_PAGE     ((size_t)2 << 20)
#define PREFETCH_FROM 1024
#define NO_KEY        (~(unsigned __int128)0)

struct bare_heap {
    unsigned __int128 *keys; /* time << 64 | insertion number */
    size_t end;
    uint64_t number;
};

struct bare_heap *bare_heap_new(size_t capacity)
{
    struct bare_heap *heap = malloc(sizeof *heap);
    size_t places = (capacity + ROOT + 7) / 4 * 4;
    size_t bytes = (places * sizeof *heap->keys + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    assert(heap != NULL);
    *heap = (struct bare_heap){.keys = aligned_alloc(HUGE_PAGE, bytes), .end = ROOT};
    assert(heap->keys != NULL);
    (void)madvise(heap->keys, bytes, MADV_HUGEPAGE);
    for (size_t i = 0; i < places; i++)
        heap->keys[i] = NO_KEY;
    return heap;
}

void bare_heap_free(struct bare_heap *heap)
{
    free(heap->keys);
    free(heap);
}

static inline __attribute__((always_inline)) unsigned __int128 fresh_key(struct bare_heap *heap, uint64_t time_us)
{
    return (unsigned __int128)time_us << 64 | heap->number++;
}

static inline __attribute__((always_inline)) void push(struct bare_heap *heap, unsigned __int128 key)
{
    unsigned __int128 *keys = heap->keys;
    size_t index = heap->end++;
    while (index > ROOT && key < keys[index / 4 + 2]) {
        keys[index] = keys[index / 4 + 2];
        index = index / 4 + 2;
    }
    keys[index] = key;
}

static inline __attribute__((always_inline)) void sift_down(struct bare_heap *heap, unsigned __int128 key)
{
    unsigned __int128 *keys = heap->keys;
    size_t end = heap->end, index = ROOT;
    for (size_t first = 4 * (index - 2); first < end; first = 4 * (index - 2)) {
        size_t next = 4 * (first - 2);
        if (next >= PREFETCH_FROM && next < end)
            for (size_t group = 0; group < 4; group++)
                __builtin_prefetch((const void *)((uintptr_t)keys + (next + 4 * group) * sizeof *keys));
        size_t left = first + (keys[first + 1] < keys[first]);
        size_t right = first + 2 + (keys[first + 3] < keys[first + 2]);
        size_t least = keys[right] < keys[left] ? right : left;
        if (keys[least] >= key)
            break;
        keys[index] = keys[least];
        index = least;
    }
    keys[index] = key;
}

static inline __attribute__((always_inline)) uint64_t pop(struct bare_heap *heap)
{
    uint64_t time_us = (uint64_t)(heap->keys[ROOT] >> 64);
    unsigned __int128 last = heap->keys[--heap->end];
    heap->keys[heap->end] = NO_KEY;
    sift_down(heap, last);
    return time_us;
}

void bare_heap_push(struct bare_heap *heap, int64_t time_us)
{
    push(heap, fresh_key(heap, (uint64_t)time_us));
}

uint64_t bare_heap_hold(struct bare_heap *heap, const int64_t *increments, size_t entries, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t time_us = pop(heap);
        sum += time_us;
        push(heap, fresh_key(heap, time_us + (uint64_t)increments[i & (entries - 1)]));
    }
    return sum;
}

uint64_t bare_heap_hold_fused(struct bare_heap *heap, const int64_t *increments, size_t entries, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t time_us = (uint64_t)(heap->keys[ROOT] >> 64);
        sum += time_us;
        sift_down(heap, fresh_key(heap, time_us + (uint64_t)increments[i & (entries - 1)]));
    }
    return sum;
}
