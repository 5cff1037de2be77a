/* memory.c: blocks that grow.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define CACHE_LINE 64
#define HUGE_PAGE  ((size_t)2 << 20)
#define WORTH_HUGE (2 * HUGE_PAGE)

static size_t round_up(size_t size, size_t step)
{
    return (size + step - 1) / step * step;
}

bool memory_grow(void **block, size_t old_size, size_t new_size)
{
    /* A million pending events touch thousands of small pages at random: huge ones spare the walks. */
    size_t alignment = new_size >= WORTH_HUGE ? HUGE_PAGE : CACHE_LINE;
    size_t size = round_up(new_size, alignment);
    void *fresh = aligned_alloc(alignment, size);
    if (fresh == NULL)
        return false;
    if (alignment == HUGE_PAGE)
        (void)madvise(fresh, size, MADV_HUGEPAGE); /* a wish: refused, everything works, only slower */
    if (old_size > 0)
        memcpy(fresh, *block, old_size);
    free(*block);
    *block = fresh;
    return true;
}

size_t memory_next_capacity(size_t capacity, size_t first)
{
#ifdef KONSENTO_HARD
    (void)first;
    return capacity + 1 + capacity / 64;
#else
    return capacity == 0 ? first : 2 * capacity;
#endif
}
