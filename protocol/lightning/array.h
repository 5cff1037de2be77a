/* array.h: arrays that double when they are full.   [real]
 * SPDX-License-Identifier: MIT
 */
#ifndef KONSENTO_LIGHTNING_ARRAY_H
#define KONSENTO_LIGHTNING_ARRAY_H

#include "protocol/bitcoin/allocator.h"

#define LN_ARRAY_FIRST 16u

/* The capacity that an array of this one grows to when it must hold wanted items; UINT32_MAX: too many. */
static inline uint32_t ln_array_capacity(uint32_t capacity, uint64_t wanted)
{
    uint64_t grown = capacity < LN_ARRAY_FIRST ? LN_ARRAY_FIRST : capacity;
    while (grown < wanted) {
        grown *= 2;
    }
    return grown < UINT32_MAX ? (uint32_t)grown : UINT32_MAX;
}

/* Makes the array hold wanted items. Returns its address, maybe a new one; NULL if there is no memory, and nothing has
 * changed. */
__attribute__((warn_unused_result)) static inline void *ln_array_grow(void *array, uint32_t *capacity, uint64_t wanted,
                                                                      size_t item_bytes,
                                                                      const struct btc_allocator *allocator)
{
    if (wanted <= *capacity && array != NULL) {
        return array;
    }
    uint32_t grown = ln_array_capacity(*capacity, wanted);
    void *memory = grown == UINT32_MAX
                       ? NULL
                       : allocator->resize(allocator->context, array, *capacity * item_bytes, grown * item_bytes);
    if (memory != NULL) {
        *capacity = grown;
    }
    return memory;
}

/* The same for a member array of a struct. Returns false if there is no memory. */
#define LN_ARRAY_RESERVE(array_, capacity_, wanted_, allocator_)                                                       \
    ({                                                                                                                 \
        void *grown_ = ln_array_grow((array_), &(capacity_), (wanted_), sizeof *(array_), (allocator_));               \
        if (grown_ != NULL)                                                                                            \
            (array_) = grown_;                                                                                         \
        grown_ != NULL;                                                                                                \
    })

#endif
