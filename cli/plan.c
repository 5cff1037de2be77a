/* plan.c: which points a sweep has: combined, sampled, filtered.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/plan.h"

#include "analysis/design.h"
#include "cli/options.h"
#include "scenarios/lang/filter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REFUSE(...) (snprintf(why, why_size, __VA_ARGS__), false)

const char *plan_value(const struct plan *plan, size_t point, size_t axis)
{
    return plan->values[point * plan->axis_count + axis];
}

static bool read_axes(struct plan *plan, char *why, size_t why_size, const struct plan_order *order)
{
    if (order->axis_count > PLAN_AXES_MAX)
        return REFUSE("more than %d axes", PLAN_AXES_MAX);
    for (size_t i = 0; i < order->axis_count; i++) {
        struct plan_axis *axis = &plan->axes[i];
        if (!plan_axis_read(axis, &plan->pool, why, why_size, order->axes[i]))
            return false;
        for (size_t j = 0; j < i; j++)
            if (strcmp(plan->axes[j].name, axis->name) == 0)
                return REFUSE("axis '%s' is given twice", axis->name);
        plan->axis_count++;
    }
    return true;
}

static bool make_room(struct plan *plan, char *why, size_t why_size, size_t points)
{
    plan->values = pool_take(&plan->pool, points * plan->axis_count + 1, sizeof *plan->values);
    plan->point_count = points;
    return plan->values != NULL || REFUSE("memory is out");
}

/* ---- the grid --------------------------------------------------------------------------------------------------- */

static bool build_grid(struct plan *plan, char *why, size_t why_size)
{
    size_t points = 1;
    for (size_t i = 0; i < plan->axis_count; i++) {
        points *= plan->axes[i].value_count;
        if (points > PLAN_POINTS_MAX)
            return REFUSE("the grid has more than %d points", PLAN_POINTS_MAX);
    }
    if (!make_room(plan, why, why_size, points))
        return false;
    for (size_t point = 0; point < points; point++) {
        size_t rest = point;
        for (size_t i = plan->axis_count; i > 0; i--) {
            const struct plan_axis *axis = &plan->axes[i - 1];
            plan->values[point * plan->axis_count + i - 1] = axis->values[rest % axis->value_count];
            rest /= axis->value_count;
        }
    }
    return true;
}

/* ---- a sample --------------------------------------------------------------------------------------------------- */

/* The value at a place in [0, 1). */
static const char *value_at(struct plan *plan, const struct plan_axis *axis, double place)
{
    char text[128];
    if (!axis->is_range)
        return axis->values[(size_t)(place * (double)axis->value_count)];
    double value = axis->is_whole ? floor(axis->low + place * (axis->high - axis->low + 1))
                                  : axis->low + place * (axis->high - axis->low);
    /* Six digits are enough for a place in a range, and can be read. */
    if (!axis->is_whole)
        value = round(value * 1e6 / (axis->high - axis->low)) / (1e6 / (axis->high - axis->low));
    snprintf(text, sizeof text, "%.12g%s", value, axis->unit);
    return pool_text(&plan->pool, text);
}

static bool build_sample(struct plan *plan, char *why, size_t why_size, const struct plan_order *order)
{
    uint64_t points;
    bool is_latin = strncmp(order->sample, "latin:", 6) == 0, is_sobol = strncmp(order->sample, "sobol:", 6) == 0;
    if ((!is_latin && !is_sobol) || !options_number(&points, order->sample + 6, 1, PLAN_POINTS_MAX))
        return REFUSE("--sample wants latin:N or sobol:N with N from 1 to %d, got '%s'", PLAN_POINTS_MAX,
                      order->sample);
    if (plan->axis_count == 0)
        return REFUSE("--sample wants an --axis at least");
    double *places = calloc(points * plan->axis_count, sizeof *places);
    bool made = places != NULL && (is_latin ? design_latin(places, points, plan->axis_count, order->seed)
                                            : design_sobol(places, points, plan->axis_count));
    if (!made) {
        free(places);
        return REFUSE("memory is out");
    }
    if (!make_room(plan, why, why_size, points)) {
        free(places);
        return false;
    }
    for (size_t i = 0; i < points * plan->axis_count; i++)
        plan->values[i] = value_at(plan, &plan->axes[i % plan->axis_count], places[i]);
    free(places);
    return !plan->pool.failed || REFUSE("memory is out");
}

/* ---- the filter, and points that are there twice ------------------------------------------------------------------
 */

static bool is_kept(const struct plan *plan, struct filter *filter, char *why, size_t why_size, size_t point,
                    bool *kept)
{
    struct filter_name names[PLAN_AXES_MAX];
    char reason[300];
    for (size_t i = 0; i < plan->axis_count; i++)
        names[i] = (struct filter_name){plan->axes[i].name, plan_value(plan, point, i)};
    enum filter_verdict verdict = filter_check(filter, reason, sizeof reason, names, plan->axis_count);
    *kept = verdict == FILTER_KEEP;
    return verdict != FILTER_WRONG || REFUSE("--where: %s", reason);
}

static bool apply_filter(struct plan *plan, char *why, size_t why_size, const char *where)
{
    char reason[300];
    size_t kept = 0;
    struct filter *filter = filter_open(reason, sizeof reason, where);
    if (filter == NULL)
        return REFUSE("--where: %s", reason);
    for (size_t point = 0; point < plan->point_count; point++) {
        bool keep;
        if (!is_kept(plan, filter, why, why_size, point, &keep)) {
            filter_close(filter);
            return false;
        }
        if (keep && plan->axis_count > 0)
            memmove(plan->values + kept * plan->axis_count, plan->values + point * plan->axis_count,
                    plan->axis_count * sizeof *plan->values);
        kept += keep;
    }
    filter_close(filter);
    plan->point_count = kept;
    return kept > 0 || REFUSE("--where leaves no point");
}

static bool is_same_point(const struct plan *plan, size_t a, size_t b)
{
    for (size_t i = 0; i < plan->axis_count; i++)
        if (strcmp(plan_value(plan, a, i), plan_value(plan, b, i)) != 0)
            return false;
    return true;
}

/* A sample of whole numbers may meet a point again: it says nothing new. */
static void remove_doubles(struct plan *plan)
{
    size_t kept = 0;
    for (size_t point = 0; point < plan->point_count; point++) {
        bool is_new = true;
        for (size_t i = 0; i < kept && is_new; i++)
            is_new = !is_same_point(plan, i, point);
        if (is_new)
            memmove(plan->values + kept++ * plan->axis_count, plan->values + point * plan->axis_count,
                    plan->axis_count * sizeof *plan->values);
    }
    plan->point_count = kept;
}

static bool check_ranges(const struct plan *plan, char *why, size_t why_size)
{
    for (size_t i = 0; i < plan->axis_count; i++)
        if (plan->axes[i].values == NULL)
            return REFUSE("axis '%s' has no step: a grid wants \"%.12g%s..%.12g%s step N%s\"", plan->axes[i].name,
                          plan->axes[i].low, plan->axes[i].unit, plan->axes[i].high, plan->axes[i].unit,
                          plan->axes[i].unit);
    return true;
}

bool plan_build(struct plan *plan, char *why, size_t why_size, const struct plan_order *order)
{
    memset(plan, 0, sizeof *plan);
    if (!read_axes(plan, why, why_size, order))
        return false;
    if (order->sample == NULL && !check_ranges(plan, why, why_size))
        return false;
    bool built = order->sample != NULL ? build_sample(plan, why, why_size, order) : build_grid(plan, why, why_size);
    if (!built)
        return false;
    if (order->sample != NULL)
        remove_doubles(plan);
    return order->where == NULL || apply_filter(plan, why, why_size, order->where);
}

void plan_close(struct plan *plan)
{
    pool_close(&plan->pool);
}
