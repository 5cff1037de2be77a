/* plug.h: the virtual outlet's inside: relay, timer, load, counter, and what may go wrong with them.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   wire (tasmota.h, ...) ──plug_command──► relay, 5..20 ms later ──► load draws ──► counter, in steps
 *                              lease timer ──► relay opens by itself
 *
 * It knows nothing of the bridge: it stands for a bought device, in a process of its own, with a codec of its own.
 * Times are CLOCK_MONOTONIC in ns, from outside; energy is exact in uJ, what it shows is rounded down to its step and
 * as old as its last refresh. All edges of the relay are told as they happen: the ground truth that tests compare with.
 */
#ifndef KONSENTO_HWBRIDGE_VIRTUAL_PLUG_H
#define KONSENTO_HWBRIDGE_VIRTUAL_PLUG_H

#include "hwbridge/virtual/fault.h"

#include <stdbool.h>
#include <stdint.h>

#define PLUG_NEVER_NS INT64_MAX

struct plug_config {
    int64_t rate;          /* its energy flows so many times as fast: for runs faster than real time; 0: once */
    int64_t power_w;       /* that the load draws, if nothing limits it */
    int64_t demand_uj;     /* after which it draws nothing; INT64_MAX: never full */
    int64_t resolution_uj; /* of the counter */
    int64_t refresh_ns;    /* between two looks of the meter at itself; 0: always fresh */
    int64_t counter_uj;    /* that it begins with */
    uint64_t seed;
    bool is_quick; /* its relay follows at once: to measure the wire by */
};

struct plug_truth {
    void *self;
    void (*on_edge)(void *self, int64_t now_ns, bool is_closed, int64_t energy_uj);
};

struct plug {
    struct plug_config config;
    struct plug_truth truth;
    struct faults faults;
    uint64_t random;
    bool is_closed, is_wanted;
    int64_t moves_ns;  /* the relay follows then; NEVER: it has */
    int64_t limit_w;   /* the load draws no more */
    int64_t lease_ns;  /* length; 0: none */
    int64_t dies_ns;   /* the timer opens it then */
    int64_t flowed_ns; /* energy is booked up to here */
    int64_t energy_uj; /* true, since its beginning */
    int64_t offset_uj; /* what the counter shows more */
    int64_t shown_uj, shown_w, shown_ns;
    bool is_off;      /* without power: a fault script's power cut */
    bool has_changed; /* the relay moved since the last look: the wire has to tell */
    bool has_started; /* likewise: it has just booted */
};

void plug_init(struct plug *plug, const struct plug_config *config, const struct faults *faults,
               const struct plug_truth *truth, int64_t now_ns);
void plug_command(struct plug *plug, bool is_on, int64_t now_ns);
/* The timer that opens it, 0: none; counts for the next ON. */
void plug_set_lease(struct plug *plug, int64_t lease_ns);
/* What a charger grants its car; counts from now on. */
void plug_set_limit(struct plug *plug, int64_t limit_w, int64_t now_ns);
/* Does what is due. Returns when it has something to do next. */
int64_t plug_run(struct plug *plug, int64_t now_ns);
/* What its meter shows. */
int64_t plug_counter_uj(struct plug *plug, int64_t now_ns);
int64_t plug_power_w(struct plug *plug, int64_t now_ns);
uint32_t plug_draw(struct plug *plug, uint32_t below);

#endif
