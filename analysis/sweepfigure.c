/* sweepfigure.c: small multiples and effects of a sweep.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/sweepfigure.h"

#include "analysis/label.h"
#include "analysis/pool.h"
#include "analysis/scoretext.h"
#include "analysis/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define METRICS_MAX  3
#define AXES_MAX     6
#define DRAWN_MAX    2 /* axes that get curves */
#define LEAST_EFFECT 1e-6
#define LEVELS_MAX   64
#define CONFIGS_MAX  4096 /* of larger sweeps a page shows no more */

/* One parameter that varies: its values, each once, in the order of size (numbers) or of coming. */
struct axis {
    size_t param;
    const char *levels[LEVELS_MAX];
    double numbers[LEVELS_MAX];
    size_t level_count;
    bool is_numeric;
};

struct sweep {
    struct pool pool;
    const struct results *results;
    const struct results_study *study;
    struct axis *axes;
    size_t axis_count;
    const char *arms[FIGURE_LINES_MAX]; /* rails */
    size_t arm_count;
};

static size_t find_level(const struct axis *axis, const char *value)
{
    size_t i = 0;
    while (i < axis->level_count && strcmp(axis->levels[i], value) != 0) {
        i++;
    }
    return i;
}

/* Numbers in the order of size. */
static void sort_levels(struct axis *axis)
{
    for (size_t i = 1; i < axis->level_count && axis->is_numeric; i++) {
        for (size_t j = i; j > 0 && axis->numbers[j - 1] > axis->numbers[j]; j--) {
            double number = axis->numbers[j];
            const char *level = axis->levels[j];
            axis->numbers[j] = axis->numbers[j - 1];
            axis->levels[j] = axis->levels[j - 1];
            axis->numbers[j - 1] = number;
            axis->levels[j - 1] = level;
        }
    }
}

/* Returns false if the parameter has one value, or too many. */
static bool read_axis(struct axis *axis, const struct results_study *study, size_t param)
{
    *axis = (struct axis){.param = param, .is_numeric = true};
    for (size_t config = 0; config < study->config_count; config++) {
        const char *value = study->params[param].values[config];
        char *end;
        if (find_level(axis, value) < axis->level_count) {
            continue;
        }
        if (axis->level_count == LEVELS_MAX) {
            return false;
        }
        axis->numbers[axis->level_count] = strtod(value, &end);
        axis->is_numeric = axis->is_numeric && end != value && *end == '\0';
        axis->levels[axis->level_count++] = value;
    }
    sort_levels(axis);
    return axis->level_count > 1;
}

static void read_arms(struct sweep *sweep)
{
    size_t arm = label_arm(sweep->study);
    for (size_t config = 0; config < sweep->study->config_count && arm < sweep->study->param_count; config++) {
        const char *name = sweep->study->params[arm].values[config];
        size_t i = 0;
        while (i < sweep->arm_count && strcmp(sweep->arms[i], name) != 0) {
            i++;
        }
        if (i == sweep->arm_count && i < FIGURE_LINES_MAX) {
            sweep->arms[sweep->arm_count++] = name;
        }
    }
}

static void read_sweep(struct sweep *sweep)
{
    sweep->axes = pool_take(&sweep->pool, AXES_MAX, sizeof *sweep->axes);
    for (size_t i = 0; i < sweep->study->param_count && sweep->axis_count < AXES_MAX && sweep->axes != NULL; i++) {
        if (i != label_arm(sweep->study) && read_axis(&sweep->axes[sweep->axis_count], sweep->study, i)) {
            sweep->axis_count++;
        }
    }
    read_arms(sweep);
}

/* The metric of a rail at each value of an axis. */
struct curve {
    double mean[LEVELS_MAX], lo[LEVELS_MAX], hi[LEVELS_MAX];
    size_t counts[LEVELS_MAX];
};

static void take(struct curve *curve, size_t level, const struct estimate *estimate)
{
    size_t count = curve->counts[level]++;
    if (count == 0) {
        curve->mean[level] = estimate->mean;
        curve->lo[level] = estimate->lo;
        curve->hi[level] = estimate->hi;
        return;
    }
    if (count == 1) { /* from now on the band is from least to most */
        curve->lo[level] = curve->hi[level] = curve->mean[level];
    }
    curve->lo[level] = fmin(curve->lo[level], estimate->mean);
    curve->hi[level] = fmax(curve->hi[level], estimate->mean);
    curve->mean[level] += (estimate->mean - curve->mean[level]) / (double)(count + 1);
}

static struct curve *fill(struct sweep *sweep, const struct axis *axis, size_t arm, size_t column)
{
    const struct results_study *study = sweep->study;
    struct curve *curve = pool_take(&sweep->pool, 1, sizeof *curve);
    for (size_t i = 0; i < axis->level_count && curve != NULL; i++) {
        curve->mean[i] = curve->lo[i] = curve->hi[i] = NAN;
        curve->counts[i] = 0;
    }
    for (size_t config = 0; config < study->config_count && curve != NULL; config++) {
        struct estimate estimate = summary_metric(sweep->results, config, column, SUMMARY_LEVEL);
        bool is_ours = strcmp(study->params[label_arm(study)].values[config], sweep->arms[arm]) == 0;
        if (is_ours && estimate.n > 0) {
            take(curve, find_level(axis, study->params[axis->param].values[config]), &estimate);
        }
    }
    return curve;
}

/* "fee.share [%]" */
static void name_column(char text[200], const struct results_column *column)
{
    const char *unit = column->unit == NULL ? "1" : column->unit;
    snprintf(text, 200, "%.100s [%.60s]", column->name, unit);
}

static void add_curves(struct gallery *gallery, struct sweep *sweep, const struct axis *axis, size_t column,
                       size_t number)
{
    struct figure_line lines[FIGURE_LINES_MAX];
    const struct results_param *param = &sweep->study->params[axis->param];
    char name[48], title[200], x_title[120], y_title[200];
    for (size_t arm = 0; arm < sweep->arm_count; arm++) {
        const struct curve *curve = fill(sweep, axis, arm, column);
        if (curve == NULL) {
            return;
        }
        lines[arm] = (struct figure_line){sweep->arms[arm], curve->mean, curve->lo, curve->hi};
    }
    snprintf(name, sizeof name, "sweep-%zu-%zu", (size_t)(axis - sweep->axes) + 1, number);
    snprintf(title, sizeof title, "%.80s against %.80s", sweep->study->columns[column].name, param->name);
    snprintf(x_title, sizeof x_title, "%.80s [%.20s]", param->name,
             param->unit == NULL || param->unit[0] == '\0' ? "1" : param->unit);
    name_column(y_title, &sweep->study->columns[column]);
    gallery_add(gallery, &(const struct figure){.kind = FIGURE_LINES,
                                                .name = name,
                                                .title = title,
                                                .x_title = x_title,
                                                .y_title = y_title,
                                                .x = axis->numbers,
                                                .x_first = axis->numbers[0],
                                                .x_end = axis->numbers[axis->level_count - 1],
                                                .point_count = axis->level_count,
                                                .lines = lines,
                                                .line_count = sweep->arm_count});
}

/* How far a metric goes over the values of an axis, in % of its mean size. */
static double effect(const struct curve *curve, size_t level_count)
{
    double least = INFINITY, most = -INFINITY, sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < level_count; i++) {
        if (isfinite(curve->mean[i])) {
            least = fmin(least, curve->mean[i]);
            most = fmax(most, curve->mean[i]);
            sum += fabs(curve->mean[i]);
            count++;
        }
    }
    return count > 0 && sum > 0 ? 100 * (most - least) / (sum / (double)count) : 0;
}

static void add_effects(struct gallery *gallery, struct sweep *sweep, size_t column, size_t number)
{
    struct figure_line lines[FIGURE_LINES_MAX];
    const char *bars[AXES_MAX];
    char name[48], title[200];
    for (size_t i = 0; i < sweep->axis_count; i++) {
        bars[i] = sweep->study->params[sweep->axes[i].param].name;
    }
    for (size_t arm = 0; arm < sweep->arm_count; arm++) {
        double *values = pool_take(&sweep->pool, AXES_MAX, sizeof *values);
        for (size_t i = 0; i < sweep->axis_count && values != NULL; i++) {
            const struct curve *curve = fill(sweep, &sweep->axes[i], arm, column);
            values[i] = curve == NULL ? 0 : effect(curve, sweep->axes[i].level_count);
        }
        lines[arm] = (struct figure_line){sweep->arms[arm], values, NULL, NULL};
    }
    snprintf(name, sizeof name, "effect-%zu", number);
    snprintf(title, sizeof title, "How much each parameter moves %.100s", sweep->study->columns[column].name);
    if (sweep->pool.failed) {
        return;
    }
    gallery_add(gallery, &(const struct figure){.kind = FIGURE_CLUSTERS,
                                                .name = name,
                                                .title = title,
                                                .x_title = "parameter",
                                                .y_title = "range over its values [% of the mean]",
                                                .bars = bars,
                                                .point_count = sweep->axis_count,
                                                .lines = lines,
                                                .line_count = sweep->arm_count});
}

/* Does any parameter move the metric on any rail? */
static bool is_moved(struct sweep *sweep, size_t column)
{
    bool moved = false;
    for (size_t i = 0; i < sweep->axis_count; i++) {
        for (size_t arm = 0; arm < sweep->arm_count && !moved; arm++) {
            const struct curve *curve = fill(sweep, &sweep->axes[i], arm, column);
            moved = curve != NULL && effect(curve, sweep->axes[i].level_count) > LEAST_EFFECT;
        }
    }
    return moved;
}

static void add_metric(struct gallery *gallery, struct sweep *sweep, size_t column, size_t number)
{
    size_t drawn = 0;
    for (size_t i = 0; i < sweep->axis_count && drawn < DRAWN_MAX; i++) {
        if (sweep->axes[i].is_numeric && sweep->axes[i].level_count > 2) {
            add_curves(gallery, sweep, &sweep->axes[i], column, number);
            drawn++;
        }
    }
    add_effects(gallery, sweep, column, number);
}

bool sweepfigure_add(struct gallery *gallery, const struct results *results)
{
    struct sweep sweep = {.results = results, .study = results_study(results)};
    struct scoretext_property properties[SCORETEXT_PROPERTIES_MAX];
    size_t count = scoretext_read(properties, &sweep.pool, results), shown = 0;
    if (sweep.study->config_count <= CONFIGS_MAX) {
        read_sweep(&sweep);
    }
    for (size_t i = 0; i < count && sweep.axis_count > 0 && !sweep.pool.failed; i++) {
        for (size_t j = 0; j < properties[i].column_count && shown < METRICS_MAX; j++) {
            if (is_moved(&sweep, properties[i].columns[j])) {
                add_metric(gallery, &sweep, properties[i].columns[j], ++shown);
            }
        }
    }
    bool good = !sweep.pool.failed;
    pool_close(&sweep.pool);
    return good;
}
