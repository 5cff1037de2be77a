/* sorted.c: the naive pending-event set.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/sorted.h"

#include "sim/memory.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

void sorted_init(struct sorted *sorted)
{
    *sorted = (struct sorted){0};
}

void sorted_free(struct sorted *sorted)
{
    free(sorted->keys);
}

bool sorted_reserve(struct sorted *sorted, size_t slots)
{
    if (!memory_grow((void **)&sorted->keys, sorted->count * sizeof(struct key), slots * sizeof(struct key)))
        return false;
    sorted->capacity = slots;
    return true;
}

/* Written out by fields, so that a mistake in key_before shows. */
static bool is_later(struct key a, struct key b)
{
    if (a.time_us != b.time_us)
        return a.time_us > b.time_us;
    return a.order > b.order;
}

void sorted_push(struct sorted *sorted, struct key key)
{
    assert(sorted->count < sorted->capacity);
    size_t place = sorted->count++;
    for (; place > 0 && is_later(key, sorted->keys[place - 1]); place--)
        sorted->keys[place] = sorted->keys[place - 1];
    sorted->keys[place] = key;
}

struct key sorted_take(struct sorted *sorted)
{
    assert(sorted->count > 0);
    return sorted->keys[--sorted->count];
}

void sorted_remove(struct sorted *sorted, uint32_t slot)
{
    size_t place = 0;
    while (place < sorted->count && key_slot(sorted->keys[place]) != slot)
        place++;
    assert(place < sorted->count);
    sorted->count--;
    memmove(&sorted->keys[place], &sorted->keys[place + 1], (sorted->count - place) * sizeof(struct key));
}

void sorted_change(struct sorted *sorted, struct key key)
{
    sorted_remove(sorted, key_slot(key));
    sorted_push(sorted, key);
}

struct key sorted_least(const struct sorted *sorted)
{
    return sorted->count > 0 ? sorted->keys[sorted->count - 1] : KEY_NONE;
}
