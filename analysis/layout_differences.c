/* layout_differences.c: the group of results.h5 that compares every configuration with its baseline.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/label.h"
#include "analysis/layout_parts.h"
#include "analysis/rows.h"
#include "analysis/summary.h"

#include <math.h>
#include <stdlib.h>

/* Beyond this many cells nobody reads them here: they can be had from the metrics. */
#define CELLS_MAX ((size_t)1 << 20)

enum difference { DIFFERENCE_MEAN, DIFFERENCE_LO, DIFFERENCE_HI, DIFFERENCE_GAIN, DIFFERENCE_COUNT };
static const char *const names[DIFFERENCE_COUNT] = {
    [DIFFERENCE_MEAN] = "mean", [DIFFERENCE_LO] = "lo", [DIFFERENCE_HI] = "hi", [DIFFERENCE_GAIN] = "variance_gain"};

/* All four of one metric and pair (baseline, configuration), count cells apart. */
static void fill(double *values, size_t count, const struct results *results, const size_t pair[2], size_t column)
{
    size_t at = pair[1] * results->study.column_count + column;
    struct estimate_paired paired = {{NAN, NAN, NAN, NAN, 0}, NAN, NAN};
    if (pair[0] != pair[1]) {
        paired = summary_paired(results, pair, column, SUMMARY_LEVEL);
    }
    values[DIFFERENCE_MEAN * count + at] = paired.difference.mean;
    values[DIFFERENCE_LO * count + at] = paired.difference.lo;
    values[DIFFERENCE_HI * count + at] = paired.difference.hi;
    values[DIFFERENCE_GAIN * count + at] = paired.variance_gain;
}

static const char **column_names(const struct results_study *study)
{
    const char **columns = malloc((study->column_count + 1) * sizeof *columns);
    for (size_t i = 0; i < study->column_count && columns != NULL; i++) {
        columns[i] = study->columns[i].name;
    }
    return columns;
}

static void write_all(struct layout *layout, const double *values, size_t count)
{
    const struct results_study *study = &layout->results->study;
    struct h5_out *out = &layout->out;
    const char **columns = column_names(study);
    if (columns == NULL) {
        out->failed = true;
        return;
    }
    size_t metric_axis = h5_out_scale(out, "metric", out->text, study->column_count, columns);
    h5_out_attribute_text(out, out->scales[metric_axis].dataset, "long_name", "name of the metric");
    struct h5_axes axes = {2, {layout->config_axis, metric_axis}};
    hid_t group = h5_out_group(out, out->file, "differences");
    h5_out_attribute_text(out, group, "definition",
                          "configuration less its baseline, paired by replication; in the units of the metric");
    h5_out_attribute_double(out, group, "level", SUMMARY_LEVEL);
    for (int i = 0; i < DIFFERENCE_COUNT; i++) {
        h5_out_end(h5_out_column(out, group, names[i], H5T_NATIVE_DOUBLE, &axes, values + (size_t)i * count));
    }
    h5_out_end(group);
    free(columns);
}

void layout_write_differences(struct layout *layout)
{
    const struct results_study *study = &layout->results->study;
    size_t count = study->config_count * study->column_count;
    if (study->config_count < 2 || study->column_count == 0 || !label_is_comparison(study) || count > CELLS_MAX) {
        return;
    }
    double *values = malloc(DIFFERENCE_COUNT * count * sizeof *values);
    if (values == NULL) {
        layout->out.failed = true;
        return;
    }
    for (size_t config = 0; config < study->config_count; config++) {
        const size_t pair[] = {label_baseline(study, config), config};
        for (size_t column = 0; column < study->column_count; column++) {
            fill(values, count, layout->results, pair, column);
        }
    }
    write_all(layout, values, count);
    free(values);
}
