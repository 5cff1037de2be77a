/* parking.h: who stands at which outlet, and who waits for one.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * own outlets:  every arrival names its outlet; who finds it taken waits in that outlet's queue.
 * shared pool:  an arrival takes the free outlet that was freed last; who finds none waits in one queue for all.
 *
 * Queues are first come, first served. A car whose driver leaves while it waits is taken out of the queue: arrivals at
 * busy outlets are never lost silently, they end as sessions without an outlet.
 */
#ifndef KONSENTO_MODELS_SITE_PARKING_H
#define KONSENTO_MODELS_SITE_PARKING_H

#include "sim/accumulator.h"

#include <stdbool.h>
#include <stdint.h>

#define PARKING_NONE UINT32_MAX

enum stay_place { STAY_AWAY, STAY_WAITING, STAY_PLUGGED };

/* One car's stay; lives with its session. */
struct stay {
    enum stay_place place;
    uint32_t session; /* whose stay it is */
    uint32_t outlet;  /* the named one while waiting (own outlets), the one plugged into, or PARKING_NONE */
    struct stay *previous, *next;
};

struct parking_queue {
    struct stay *first, *last;
};

struct parking {
    uint32_t outlet_count;
    bool is_shared;
    struct stay **at; /* per outlet: who holds it; &gone from unplugging until the contactor is open; NULL: free */
    struct stay gone; /* nobody's: a stay does not outlive its session */
    struct parking_queue *queues; /* one per outlet, or one if shared */
    uint32_t *free_outlets;       /* shared: a stack */
    uint32_t free_count;
    uint32_t waiting_count;
    struct level plugged; /* cars plugged in */
};

/* Returns false when memory is out. Owns: parking_close. */
bool parking_init(struct parking *parking, uint32_t outlet_count, bool is_shared) __attribute__((warn_unused_result));
void parking_close(struct parking *parking);

/* A car comes; outlet: the one it names (ignored if shared). Returns true if it holds stay->outlet now and is to be
 * plugged in; false: it waits. */
bool parking_arrive(struct parking *parking, struct stay *stay, uint32_t outlet, int64_t now_us);
/* The driver leaves. The outlet of a plugged car stays held until parking_release. */
void parking_leave(struct parking *parking, struct stay *stay, int64_t now_us);
/* The outlet is free again. Returns who holds it now and is to be plugged in, or NULL. */
struct stay *parking_release(struct parking *parking, uint32_t outlet, int64_t now_us);

#endif
