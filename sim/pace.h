/* pace.h: the two clocks behind the clock port: one that jumps, one that keeps step with the world.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   real time  ---|base------------------------------->  CLOCK_MONOTONIC
 *   simulated  ---|start_us------------------------->    due = base + (at_us - start_us) / speed
 *
 * The paced clock sleeps until an event is due, or until one of the watched descriptors can be read, or until it is
 * woken. What is left between due and present when it returns is the lag; every lag goes into a histogram, in real
 * microseconds, because a paced result is worth as much as its lag was small. What to do about a lag is the policy.
 *
 * The clock starts with the first call through its port, so that the time for setting up is not a backlog.
 */
#ifndef KONSENTO_SIM_PACE_H
#define KONSENTO_SIM_PACE_H

#include "sim/accumulator.h"
#include "sim/ports.h"

/* ---- virtual --------------------------------------------------------------------------------------------------- */

struct virtual_clock {
    int64_t now_us;
};
/* The port of a clock that is wherever it is asked to be. */
struct clock_port virtual_clock_port(struct virtual_clock *clock);

/* ---- paced ----------------------------------------------------------------------------------------------------- */

enum pace_policy {
    PACE_CATCHUP, /* late events run at once, until the run has caught up */
    PACE_SLIP,    /* a lag above limit_us moves the axis: simulated time is late for good, no burst follows */
    PACE_HARD     /* a lag above limit_us ends the run: CLOCK_LATE */
};

enum pace_rest {
    PACE_ASLEEP, /* between events, but for the last tenth of a millisecond before one is due */
    PACE_AWAKE   /* never: a core for itself, where waking up takes longer than may be */
};

struct pace_options {
    enum pace_policy policy;
    enum pace_rest rest;
    double speed;                  /* simulated time per real time, > 0; 1: real time */
    int64_t limit_us;              /* of lag, real time; for PACE_SLIP and PACE_HARD */
    int64_t start_us;              /* simulated time when the clock starts */
    const volatile int *interrupt; /* looked at five times a second and at every wait; may be NULL */
};

struct pace;

/* Returns NULL, with errno set, when the system refuses a descriptor or memory. Owns: the caller frees with pace_close.
 */
struct pace *pace_open(const struct pace_options *options);
void pace_close(struct pace *pace);
struct clock_port pace_port(struct pace *pace);

/* From now on a wait ends with CLOCK_INPUT as long as fd can be read: whoever is told must read it empty. Under
 * overload descriptors are looked at once a millisecond. Returns false, with errno set, when the system refuses. */
bool pace_watch(struct pace *pace, int fd) __attribute__((warn_unused_result));
void pace_unwatch(struct pace *pace, int fd);
/* The descriptors that ended the latest wait. Out: fds, at most max. Returns how many; 0 after pace_wake. */
size_t pace_ready(const struct pace *pace, int *fds, size_t max);
/* Ends the present or the next wait with CLOCK_INPUT. May be called from a signal handler or another thread. */
void pace_wake(struct pace *pace);

/* Lag at the end of each wait that reached its time, real microseconds. */
const struct histogram *pace_lag(const struct pace *pace);
/* By how much PACE_SLIP has moved the axis so far, real microseconds. */
int64_t pace_slipped_us(const struct pace *pace);

#define PACE_READY_MAX 16

#endif
