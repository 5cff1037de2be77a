/* slot.h: the place of one pending event.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Handles name slots, so a slot stays where it is while its key moves in the queue. 32 bytes, two to a cache line.
 */
#ifndef KONSENTO_SIM_SLOT_H
#define KONSENTO_SIM_SLOT_H

#include <stdint.h>

#define SLOT_NONE UINT32_MAX

struct slot {
    void *object;
    uint64_t argument;
    uint32_t entity;
    uint32_t generation; /* of the event that is, or will be, here; from 1 */
    union {
        uint32_t below;     /* while pending: the heap's back index */
        uint32_t next_free; /* while free: the list goes on there; SLOT_NONE ends it */
    };
    uint16_t kind;
    uint16_t phase; /* for sim_move */
};

#endif
