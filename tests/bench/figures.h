/* figures.h: the groups of figures that bench_kernel prints.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_BENCH_FIGURES_H
#define KONSENTO_TESTS_BENCH_FIGURES_H

#include "race.h"

enum effort {
    EFFORT_FULL,
    EFFORT_QUICK /* a tenth of the rounds: for ctest */
};

/* Pop and push at 100, 10,000 and 1,000,000 pending events, through the whole dispatch; other distributions; cancel. */
void figures_hold(struct report *report, enum effort effort);
/* M/M/1 at rho 0.9, per event and per customer, and whether it agrees with theory. */
void figures_station(struct report *report, enum effort effort);
/* Digest and random draws. */
void figures_parts(struct report *report, enum effort effort);

#endif
