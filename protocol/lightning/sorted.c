/* sorted.c: numbers of things, in the order of keys that the things keep.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/sorted.h"

#include "protocol/lightning/array.h"
#include <assert.h>
#include <string.h>

bool ln_sorted_find(const struct ln_sorted *sorted, uint32_t *rank, ln_sorted_compare *compare, const void *context,
                    const void *key)
{
    uint32_t low = 0, high = sorted->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare(context, sorted->numbers[middle], key);
        if (order == 0) {
            *rank = middle;
            return true;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *rank = low;
    return false;
}

bool ln_sorted_reserve(struct ln_sorted *sorted, const struct btc_allocator *allocator, uint32_t count)
{
    return LN_ARRAY_RESERVE(sorted->numbers, sorted->capacity, (uint64_t)sorted->count + count, allocator);
}

void ln_sorted_insert(struct ln_sorted *sorted, uint32_t rank, uint32_t number)
{
    assert(rank <= sorted->count && sorted->count < sorted->capacity);
    memmove(sorted->numbers + rank + 1, sorted->numbers + rank, (sorted->count - rank) * sizeof *sorted->numbers);
    sorted->numbers[rank] = number;
    sorted->count++;
}

void ln_sorted_remove(struct ln_sorted *sorted, uint32_t rank)
{
    assert(rank < sorted->count);
    sorted->count--;
    memmove(sorted->numbers + rank, sorted->numbers + rank + 1, (sorted->count - rank) * sizeof *sorted->numbers);
}

void ln_sorted_close(struct ln_sorted *sorted, const struct btc_allocator *allocator)
{
    btc_release(allocator, sorted->numbers, sorted->capacity * sizeof *sorted->numbers);
    *sorted = (struct ln_sorted){0};
}
