/* ports.h: the seam: what a modeled thing and a physical thing have in common.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   session, rail, market          (callers: cannot tell which side they talk to)
 *        |  ops: downwards                ^  listener: upwards
 *   -----+--------------- this file ------+------------------
 *        v                                |
 *   models/: guesses              hwbridge/: devices
 *
 * A port is a table of functions and a self pointer; a listener is the same in the other direction. Times are the
 * kernel's int64 microseconds, energy is integer microjoules, current milliamperes.
 */
#ifndef KONSENTO_SIM_PORTS_H
#define KONSENTO_SIM_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- outlet ---------------------------------------------------------------------------------------------------- */

/* What an outlet tells the one that controls it. Every callback may be NULL. */
struct outlet_listener {
    void *self;
    void (*on_closed)(void *self, uint32_t outlet);                   /* contactor closed: power can flow */
    void (*on_opened)(void *self, uint32_t outlet);                   /* contactor opened: no power can flow */
    void (*on_energy)(void *self, uint32_t outlet, int64_t meter_uj); /* the watched meter value was reached */
    void (*on_idle)(void *self, uint32_t outlet);                     /* the car stopped drawing by itself (full) */
    void (*on_fault)(void *self, uint32_t outlet, const char *cause);
    void (*on_fed)(void *self, uint32_t outlet); /* the car gives no more; switch_on lets it charge again */
};

struct outlet_ops {
    /* Asks for power with at most limit_ma; ON is a lease of lease_us that dies by itself unless renewed by another
     * switch_on (INT64_MAX: never dies; only modeled outlets accept that). Answered by on_closed. */
    void (*switch_on)(void *self, int64_t limit_ma, int64_t lease_us);
    /* Asks for no power; always wins over switch_on. Answered by on_opened. */
    void (*switch_off)(void *self);
    /* The meter's reading now, in the meter's own resolution, rounded down; never decreases. */
    int64_t (*meter_uj)(void *self);
    /* Asks for one on_energy as soon as the reading is >= meter_uj; replaces an earlier watch; INT64_MAX: none. */
    void (*watch)(void *self, int64_t meter_uj);
    /* Lets the plugged car give power_w > 0 into the building until it has given energy_uj, or as much as its owner
     * allows; it charges no more until it is switched on again. Returns false if it cannot: no car, contactor not
     * closed, nothing to spare. Ended by on_fed, or by the next feed. NULL: this outlet cannot. */
    bool (*feed)(void *self, int64_t power_w, int64_t energy_uj);
    /* Energy fed so far, of all cars; never decreases. NULL: this outlet cannot. */
    int64_t (*fed_uj)(void *self);
};

struct outlet_port {
    const struct outlet_ops *ops;
    void *self;
    uint32_t outlet; /* its number in the building */
};

/* ---- link ------------------------------------------------------------------------------------------------------ */

struct link_listener {
    void *self;
    void (*on_bytes)(void *self, uint32_t link, const uint8_t *bytes, size_t length); /* valid during the call */
    void (*on_up)(void *self, uint32_t link);
    void (*on_down)(void *self, uint32_t link);
};

struct link_ops {
    /* Takes a message; the bytes are copied. Returns false if the link is down or full: nothing was sent. */
    bool (*send)(void *self, const uint8_t *bytes, size_t length);
    /* Ends the connection behind what was sent; this end hears no on_down for it. Nothing if it is down. */
    void (*close)(void *self);
};

struct link_port {
    const struct link_ops *ops;
    void *self;
    uint32_t link;
};

/* ---- clock ----------------------------------------------------------------------------------------------------- */

/* How a wait on the clock ended. */
enum clock_wait {
    CLOCK_REACHED,   /* the asked time has come */
    CLOCK_INPUT,     /* something came in from outside before that */
    CLOCK_INTERRUPT, /* the process was asked to stop */
    CLOCK_LATE       /* the lag policy says that the run must end */
};

/* virtual: wait_until returns CLOCK_REACHED at once. paced: sleeps on CLOCK_MONOTONIC (sim/pace.h). */
struct clock_ops {
    /* Present time on the simulation's axis. */
    int64_t (*now_us)(void *self);
    enum clock_wait (*wait_until_us)(void *self, int64_t at_us);
};

struct clock_port {
    const struct clock_ops *ops;
    void *self;
};

#endif
