/* timefigure.c: distributions of time to power and to finality.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/timefigure.h"

#include "analysis/label.h"
#include "analysis/pool.h"
#include "analysis/summary.h"

#include <math.h>

static const double shares[] = {5, 10, 25, 50, 75, 90, 95, 99};
#define SHARES (sizeof shares / sizeof shares[0])

/* The lines of one figure. */
struct curve {
    double mean[SHARES], lo[SHARES], hi[SHARES];
};

/* Fills one line. Returns false if it has no value at all. */
static bool fill(struct curve *curve, const struct results *results, size_t config, const char *metric)
{
    bool has_value = false;
    for (size_t i = 0; i < SHARES; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.p%02.0f", metric, shares[i]);
        size_t column = results_column_find(results, name);
        curve->mean[i] = curve->lo[i] = curve->hi[i] = NAN;
        if (column == results_study(results)->column_count) {
            continue;
        }
        struct estimate estimate = summary_metric(results, config, column, SUMMARY_LEVEL);
        curve->mean[i] = estimate.mean;
        curve->lo[i] = estimate.lo;
        curve->hi[i] = estimate.hi;
        has_value = has_value || isfinite(estimate.mean);
        /* A logarithmic axis has no zero: a band that reaches it is as wide below the line as above. */
        if (curve->lo[i] <= 0 && estimate.mean > 0 && isfinite(estimate.hi)) {
            curve->lo[i] = estimate.mean * estimate.mean / estimate.hi;
        }
    }
    return has_value;
}

static bool add(struct gallery *gallery, const struct results *results, struct figure figure, const char *metric)
{
    const struct results_study *study = results_study(results);
    struct pool pool = {0};
    struct curve *curves = pool_take(&pool, FIGURE_LINES_MAX, sizeof *curves);
    struct figure_line lines[FIGURE_LINES_MAX];
    size_t configs = label_shown(study, FIGURE_LINES_MAX);
    for (size_t i = 0; i < configs && curves != NULL; i++) {
        struct curve *curve = &curves[figure.line_count];
        char label[LABEL_BYTES];
        const char *name = pool_text(&pool, label_config(label, study, i));
        if (name != NULL && fill(curve, results, i, metric)) {
            lines[figure.line_count++] = (struct figure_line){name, curve->mean, curve->lo, curve->hi};
        }
    }
    char title[160];
    snprintf(title, sizeof title, "%.100s", figure.title);
    label_add_shown(title, sizeof title, study, FIGURE_LINES_MAX);
    figure.title = title;
    figure.lines = lines;
    if (figure.line_count > 0 && !pool.failed) {
        gallery_add(gallery, &figure);
    }
    bool good = !pool.failed;
    pool_close(&pool);
    return good;
}

bool timefigure_add(struct gallery *gallery, const struct results *results)
{
    struct figure figure = {.kind = FIGURE_LINES_LOG,
                            .name = "times-power",
                            .title = "Time from plug-in to power: so many sessions in 100 had it by then",
                            .x_title = "sessions [%]",
                            .y_title = "time to power [s]",
                            .x = shares,
                            .x_first = 0,
                            .x_end = 100,
                            .point_count = SHARES};
    if (!add(gallery, results, figure, "time_to_power")) {
        return false;
    }
    figure.name = "times-finality";
    figure.title = "Time from payment to finality: so many payments in 100 were final by then";
    figure.x_title = "payments [%]";
    figure.y_title = "time to finality [s]";
    return add(gallery, results, figure, "time_to_finality");
}
