/* plan.h: which points a sweep has: axes with their values, combined, sampled, filtered.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   --axis outlets=4,8,12           a list                        any text; \, is a comma inside a value
 *   --axis outlets=4..12            whole numbers
 *   --axis limit="20 A..60 A step 10 A"                           in steps, with a unit
 *
 * A grid has every combination, the last axis moving fastest. A sample (latin:N, sobol:N) takes N points: on a range
 * any place between its ends (a whole number where both ends are whole, a step where there are steps), on a list any
 * item.
 */
#ifndef KONSENTO_CLI_PLAN_H
#define KONSENTO_CLI_PLAN_H

#include "cli/plan_axis.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_AXES_MAX   32
#define PLAN_POINTS_MAX 100000

struct plan {
    struct pool pool;
    struct plan_axis axes[PLAN_AXES_MAX];
    size_t axis_count;
    size_t point_count;
    const char **values; /* of each point, one per axis */
};

struct plan_order {
    const char *const *axes; /* each NAME=VALUES */
    size_t axis_count;
    const char *sample; /* "latin:N", "sobol:N", NULL: the grid */
    const char *where;  /* NULL: every point */
    uint64_t seed;      /* of a Latin hypercube */
};

/* Returns false with the reason in why. Owns: plan_close in either case. */
bool plan_build(struct plan *plan, char *why, size_t why_size, const struct plan_order *order);
void plan_close(struct plan *plan);

/* The value of one axis at one point. */
const char *plan_value(const struct plan *plan, size_t point, size_t axis);

#endif
