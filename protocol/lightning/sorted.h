/* sorted.h: numbers of things, in the order of keys that the things keep.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Finding takes O(log n) looks at keys; putting in and taking out move what lies behind: 200 KiB at most for the public
 * graph, less than the signatures of the message that brings the thing cost. There is no hash and so no order that
 * nobody chose.
 */
#ifndef KONSENTO_LIGHTNING_SORTED_H
#define KONSENTO_LIGHTNING_SORTED_H

#include "protocol/bitcoin/allocator.h"

struct ln_sorted {
    uint32_t *numbers;
    uint32_t count;
    uint32_t capacity;
};

/* How the thing's key stands to key. Returns <0, 0, >0. */
typedef int ln_sorted_compare(const void *context, uint32_t number, const void *key);

/* Out: rank, where the thing stands or would. Returns whether it is there. */
bool ln_sorted_find(const struct ln_sorted *sorted, uint32_t *rank, ln_sorted_compare *compare, const void *context,
                    const void *key);
/* Makes room for count more. Returns false if there is no memory. */
__attribute__((warn_unused_result)) bool ln_sorted_reserve(struct ln_sorted *sorted,
                                                           const struct btc_allocator *allocator, uint32_t count);
/* Limits: room was reserved; the order is kept. */
void ln_sorted_insert(struct ln_sorted *sorted, uint32_t rank, uint32_t number);
void ln_sorted_remove(struct ln_sorted *sorted, uint32_t rank);
void ln_sorted_close(struct ln_sorted *sorted, const struct btc_allocator *allocator);

#endif
