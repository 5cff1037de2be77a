/* plan_axis.h: one axis of a sweep out of the text NAME=VALUES.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_PLAN_AXIS_H
#define KONSENTO_CLI_PLAN_AXIS_H

#include "analysis/pool.h"

#include <stdbool.h>
#include <stddef.h>

#define PLAN_AXIS_VALUES_MAX 10000

struct plan_axis {
    const char *name;
    const char *const *values; /* of the grid; of a range in a sample: NULL */
    size_t value_count;
    double low, high; /* of a range */
    bool is_range, is_whole;
    const char *unit; /* behind the number: "", " A" */
};

/* Texts and values go into the pool. Returns false with the reason in why. */
bool plan_axis_read(struct plan_axis *axis, struct pool *pool, char *why, size_t why_size, const char *text);

#endif
