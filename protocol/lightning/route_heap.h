/* route_heap.h: what a search settles next: a heap with four children per entry.   [real]
 * SPDX-License-Identifier: MIT
 *
 * There is no decrease: a node that becomes cheaper is put in again, and its older entry passed over when it comes up.
 */
#ifndef KONSENTO_LIGHTNING_ROUTE_HEAP_H
#define KONSENTO_LIGHTNING_ROUTE_HEAP_H

#include <stdint.h>

#define LN_HEAP_ARITY 4

struct ln_heap_entry {
    uint64_t cost;
    uint32_t node;
};

struct ln_heap {
    struct ln_heap_entry *entries;
    uint32_t count;
    uint32_t capacity;
};

/* Limits: there is room. */
static inline void ln_heap_push(struct ln_heap *heap, uint64_t cost, uint32_t node)
{
    struct ln_heap_entry *entries = heap->entries;
    uint32_t at = heap->count++;
    for (; at > 0 && cost < entries[(at - 1) / LN_HEAP_ARITY].cost; at = (at - 1) / LN_HEAP_ARITY) {
        entries[at] = entries[(at - 1) / LN_HEAP_ARITY];
    }
    entries[at] = (struct ln_heap_entry){cost, node};
}

/* Limits: not empty. */
static inline struct ln_heap_entry ln_heap_pop(struct ln_heap *heap)
{
    struct ln_heap_entry *entries = heap->entries;
    struct ln_heap_entry first = entries[0], last = entries[--heap->count];
    uint32_t at = 0;
    for (uint32_t child = 1; child < heap->count; child = LN_HEAP_ARITY * at + 1) {
        uint32_t least = child;
        uint32_t end = heap->count - child < LN_HEAP_ARITY ? heap->count : child + LN_HEAP_ARITY;
        for (uint32_t i = child + 1; i < end; i++) {
            least = entries[i].cost < entries[least].cost ? i : least;
        }
        if (entries[least].cost >= last.cost) {
            break;
        }
        entries[at] = entries[least];
        at = least;
    }
    entries[at] = last;
    return first;
}

#endif
