/* key.h: what orders the pending events: 16 bytes that compare as one unsigned integer.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *    high 64 bits: time_us, never negative
 *    low  64 bits: order = | phase 4 | number 38 | slot 22 |
 *
 * No two keys are equal, because no two pending events share a slot; number alone decides inside equal (time, phase),
 * because it is given once only. The widths are limits: 4,194,303 pending events, 274,877,906,942 insertions in one
 * run.
 */
#ifndef KONSENTO_SIM_KEY_H
#define KONSENTO_SIM_KEY_H

#include <stdbool.h>
#include <stdint.h>

#define KEY_SLOT_BITS   22
#define KEY_NUMBER_BITS 38
#define KEY_SLOTS_MAX   ((UINT32_C(1) << KEY_SLOT_BITS) - 1)
#define KEY_NUMBER_MAX  ((UINT64_C(1) << KEY_NUMBER_BITS) - 1)

struct key {
    uint64_t order;
    int64_t time_us;
};

/* Greater than every key of an event: fills the unused places of a group. */
#define KEY_NONE ((struct key){UINT64_MAX, INT64_MAX})

static inline struct key key_make(int64_t time_us, unsigned phase, uint64_t number, uint32_t slot)
{
    return (struct key){(uint64_t)phase << 60 | number << KEY_SLOT_BITS | slot, time_us};
}

static inline bool key_before(struct key a, struct key b)
{
    unsigned __int128 left = (unsigned __int128)(uint64_t)a.time_us << 64 | a.order;
    unsigned __int128 right = (unsigned __int128)(uint64_t)b.time_us << 64 | b.order;
    return left < right;
}

static inline uint32_t key_slot(struct key key)
{
    return (uint32_t)key.order & KEY_SLOTS_MAX;
}

static inline unsigned key_phase(struct key key)
{
    return (unsigned)(key.order >> 60);
}

#endif
