/* sort.c: heapsort.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/sort.h"

#include <stdint.h>

struct heap {
    uint8_t *elements;
    size_t size;
    btc_order *order;
    const void *context;
};

static void swap(const struct heap *heap, size_t a, size_t b)
{
    uint8_t *left = heap->elements + a * heap->size;
    uint8_t *right = heap->elements + b * heap->size;
    for (size_t i = 0; i < heap->size; i++) {
        uint8_t byte = left[i];
        left[i] = right[i];
        right[i] = byte;
    }
}

static int compare(const struct heap *heap, size_t a, size_t b)
{
    return heap->order(heap->context, heap->elements + a * heap->size, heap->elements + b * heap->size);
}

/* Lets the element at `at` sink until no child of it is larger. */
static void sink(const struct heap *heap, size_t at, size_t count)
{
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && compare(heap, child, child + 1) < 0)
            child++;
        if (compare(heap, at, child) >= 0)
            return;
        swap(heap, at, child);
    }
}

void btc_sort(void *elements, size_t count, size_t size, btc_order *order, const void *context)
{
    const struct heap heap = {elements, size, order, context};
    for (size_t at = count / 2; at > 0; at--)
        sink(&heap, at - 1, count);
    for (size_t left = count; left > 1; left--) {
        swap(&heap, 0, left - 1);
        sink(&heap, 0, left - 1);
    }
}
