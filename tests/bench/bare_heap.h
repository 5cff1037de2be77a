/* bare_heap.h: the floor of bench_kernel: a 4-ary heap of 16-byte keys and nothing else.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * No slots, no cancel, no handlers, no digest: only pop and push, as fast as we know how: groups of four on one cache
 * line, the least of a group without a branch, the next groups prefetched, huge pages. The key is one 128-bit integer.
 */
#ifndef KONSENTO_TESTS_BENCH_BARE_HEAP_H
#define KONSENTO_TESTS_BENCH_BARE_HEAP_H

#include <stddef.h>
#include <stdint.h>

struct bare_heap;

/* Owns: the caller frees with bare_heap_free. Aborts when memory is out. */
struct bare_heap *bare_heap_new(size_t capacity);
void bare_heap_free(struct bare_heap *heap);
void bare_heap_push(struct bare_heap *heap, int64_t time_us);
/* Pops the least key and pushes one that is later by the next increment, count times. In: increments, a power of two of
 * entries. Returns a sum over the times, so that nothing can be left out. */
uint64_t bare_heap_hold(struct bare_heap *heap, const int64_t *increments, size_t entries, size_t count);
/* The same, the new key going in where the old one came out: one way through the heap instead of two. */
uint64_t bare_heap_hold_fused(struct bare_heap *heap, const int64_t *increments, size_t entries, size_t count);

#endif
