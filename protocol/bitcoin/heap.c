/* heap.c: a binary heap of numbers that knows where each of them stands.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/heap.h"

#include <assert.h>

static void put(struct btc_heap *heap, uint32_t place, uint32_t number)
{
    heap->numbers[place] = number;
    *heap->keeper->place(heap->context, number) = place;
}

static bool before(const struct btc_heap *heap, uint32_t a, uint32_t b)
{
    return heap->keeper->before(heap->context, a, b);
}

void btc_heap_settle(struct btc_heap *heap, uint32_t number)
{
    uint32_t place = *heap->keeper->place(heap->context, number);
    assert(place < heap->count && heap->numbers[place] == number);
    for (; place > 0 && before(heap, number, heap->numbers[(place - 1) / 2]); place = (place - 1) / 2)
        put(heap, place, heap->numbers[(place - 1) / 2]);
    for (;;) {
        uint32_t child = 2 * place + 1;
        if (child + 1 < heap->count && before(heap, heap->numbers[child + 1], heap->numbers[child]))
            child++;
        if (child >= heap->count || !before(heap, heap->numbers[child], number))
            break;
        put(heap, place, heap->numbers[child]);
        place = child;
    }
    put(heap, place, number);
}

void btc_heap_add(struct btc_heap *heap, uint32_t number)
{
    put(heap, heap->count++, number);
    btc_heap_settle(heap, number);
}

void btc_heap_take(struct btc_heap *heap, uint32_t number)
{
    uint32_t place = *heap->keeper->place(heap->context, number);
    assert(place < heap->count && heap->numbers[place] == number);
    uint32_t last = heap->numbers[--heap->count];
    if (last != number) {
        put(heap, place, last);
        btc_heap_settle(heap, last);
    }
}
