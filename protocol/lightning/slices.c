/* slices.c: edges of many nodes in one array, those of one node side by side.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/slices.h"

#include "protocol/lightning/array.h"
#include <assert.h>
#include <string.h>

#define NONE UINT32_MAX

void ln_slices_init(struct ln_slices *slices, const struct btc_allocator *allocator)
{
    *slices = (struct ln_slices){.allocator = allocator};
    for (unsigned i = 0; i < LN_SLICE_CLASSES; i++) {
        slices->free[i] = NONE;
    }
}

void ln_slices_close(struct ln_slices *slices)
{
    btc_release(slices->allocator, slices->edges, slices->capacity * sizeof *slices->edges);
    ln_slices_init(slices, slices->allocator);
}

/* What a full slice moves to. */
static uint32_t next_capacity(const struct ln_slice *slice)
{
    return slice->capacity == 0 ? 1 : 2 * slice->capacity;
}

static uint32_t class_of(uint32_t capacity)
{
    uint32_t class = (uint32_t)__builtin_ctz(capacity);
    assert(class < LN_SLICE_CLASSES);
    return class;
}

static bool is_full(const struct ln_slice *slice)
{
    return slice->count == slice->capacity;
}

bool ln_slices_reserve(struct ln_slices *slices, const struct ln_slice *a, const struct ln_slice *b)
{
    uint64_t wanted = slices->limit;
    wanted += is_full(a) ? next_capacity(a) : 0;
    wanted += is_full(b) ? next_capacity(b) : 0;
    return LN_ARRAY_RESERVE(slices->edges, slices->capacity, wanted, slices->allocator);
}

static void give_back(struct ln_slices *slices, struct ln_slice *slice)
{
    if (slice->capacity > 0) {
        uint32_t class = class_of(slice->capacity);
        slices->edges[slice->first].peer = slices->free[class];
        slices->free[class] = slice->first;
    }
}

static void enlarge(struct ln_slices *slices, struct ln_slice *slice)
{
    struct ln_slice larger = {.count = slice->count, .capacity = next_capacity(slice)};
    uint32_t class = class_of(larger.capacity);
    if (slices->free[class] != NONE) {
        larger.first = slices->free[class];
        slices->free[class] = slices->edges[larger.first].peer;
    } else {
        larger.first = slices->limit;
        slices->limit += larger.capacity;
        assert(slices->limit <= slices->capacity);
    }
    memcpy(slices->edges + larger.first, slices->edges + slice->first, slice->count * sizeof *slices->edges);
    give_back(slices, slice);
    *slice = larger;
}

static uint32_t find(const struct ln_slices *slices, const struct ln_slice *slice, uint32_t number)
{
    uint32_t i = 0;
    while (i < slice->count && slices->edges[slice->first + i].number != number) {
        i++;
    }
    return i;
}

void ln_slices_put(struct ln_slices *slices, struct ln_slice *slice, const struct ln_edge *edge)
{
    uint32_t at = find(slices, slice, edge->number);
    if (at == slice->count) {
        if (is_full(slice)) {
            enlarge(slices, slice);
        }
        slice->count++;
    }
    slices->edges[slice->first + at] = *edge;
}

void ln_slices_take(struct ln_slices *slices, struct ln_slice *slice, uint32_t number)
{
    uint32_t at = find(slices, slice, number);
    if (at == slice->count) {
        return;
    }
    slice->count--;
    slices->edges[slice->first + at] = slices->edges[slice->first + slice->count];
    if (slice->count == 0) {
        give_back(slices, slice);
        *slice = (struct ln_slice){0};
    }
}
