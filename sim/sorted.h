/* sorted.h: the naive pending-event set, a sorted array searched from the end: the oracle for heap.h.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Same functions, same order, linear time, nothing shared with the heap but the keys. A run on both must give equal
 * digests (SIM_QUEUE_SORTED in struct sim_options).
 */
#ifndef KONSENTO_SIM_SORTED_H
#define KONSENTO_SIM_SORTED_H

#include "sim/key.h"
#include <stddef.h>

struct sorted {
    struct key *keys; /* greatest first: the next event is the last */
    size_t count, capacity;
};

void sorted_init(struct sorted *sorted);
void sorted_free(struct sorted *sorted);
/* Each as in heap.h; there is never a hole. */
bool sorted_reserve(struct sorted *sorted, size_t slots) __attribute__((warn_unused_result));
void sorted_push(struct sorted *sorted, struct key key);
struct key sorted_take(struct sorted *sorted);
void sorted_remove(struct sorted *sorted, uint32_t slot);
void sorted_change(struct sorted *sorted, struct key key);
struct key sorted_least(const struct sorted *sorted);

#endif
