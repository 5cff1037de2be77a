/* race.h: timing on a machine that others use too: CPU time, taken in turns, best of many.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_BENCH_RACE_H
#define KONSENTO_TESTS_BENCH_RACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One thing to be timed: run does count operations and returns something that depends on all of them. */
struct lane {
    uint64_t (*run)(void *self, size_t count);
    void *self;
    double best_ns; /* per operation */
};

/* Times each lane in turn, rounds times over, count operations each; a short run before warms up. Leaves best_ns. */
void race(struct lane *lanes, size_t lane_count, unsigned rounds, size_t count);

/* What may be exceeded by how much: --check fails when a value is above limit x floor (or limit, when floor is 0). */
struct figure {
    const char *name, *unit;
    double value;
    double floor; /* 0: none */
    const char *floor_name;
    double limit; /* of the ratio, of the value where there is no floor; 0: none */
};

struct report {
    double margin; /* limits are multiplied by it */
    unsigned failures;
};
void report_title(const char *title);
void report_figure(struct report *report, const struct figure *figure);
/* A claim that holds or not. */
void report_claim(struct report *report, const char *claim, bool holds);

#endif
