/* convergefigure.c: half widths against replications.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/convergefigure.h"

#include "analysis/estimate.h"
#include "analysis/label.h"
#include "analysis/rows.h"
#include "analysis/scoretext.h"
#include "analysis/summary.h"

#include <math.h>
#include <stdlib.h>

#define FIGURES_MAX 3
#define POINTS_MAX  40
#define LEAST       3 /* replications at the first point */

/* The points at which the interval is looked at: all of them, or as many as fit, ever farther apart. */
static size_t choose_points(double points[POINTS_MAX], size_t most)
{
    size_t count = 0;
    for (size_t n = LEAST; n <= most && count < POINTS_MAX;) {
        points[count++] = (double)n;
        double grown = ceil((double)n * pow((double)most / LEAST, 1.0 / (POINTS_MAX - 1)));
        size_t next = (size_t)grown > n ? (size_t)grown : n + 1;
        n = n < most && next > most ? most : next;
    }
    return count;
}

/* The values of one metric in one configuration, in the order of replications. Returns how many. */
static size_t collect(double *values, const struct results *results, size_t config, size_t column)
{
    size_t count = 0;
    for (size_t i = rows_lower_bound(results, (uint32_t)config, 0);
         i < results->row_count && results->rows[i]->config == config; i++) {
        const struct results_row *row = results->rows[i];
        if (!row->failed && isfinite(row->metrics[column])) {
            values[count++] = row->metrics[column];
        }
    }
    return count;
}

/* Half widths in % of the whole mean; NaN where there is none. Returns whether any of them is above 0. */
static bool fill(double *widths, const double *points, size_t point_count, const double *values, size_t count)
{
    double mean = fabs(estimate_mean(values, count, SUMMARY_LEVEL).mean);
    bool varies = false;
    for (size_t i = 0; i < point_count; i++) {
        struct estimate part =
            estimate_mean(values, (size_t)points[i] < count ? (size_t)points[i] : count, SUMMARY_LEVEL);
        widths[i] = points[i] <= (double)count && mean > 0 ? 50 * (part.hi - part.lo) / mean : NAN;
        varies = varies || widths[i] > 1e-9;
    }
    return varies;
}

struct converge {
    struct pool pool;
    double points[POINTS_MAX];
    size_t point_count;
    double *values; /* room for all rows */
    size_t shown;
};

static void add(struct converge *converge, struct gallery *gallery, const struct results *results, size_t column)
{
    const struct results_study *study = results_study(results);
    struct figure_line lines[FIGURE_LINES_MAX];
    char name[32], title[160];
    struct figure figure = {.kind = FIGURE_LINES_LOG,
                            .name = name,
                            .title = title,
                            .x_title = "replications [1]",
                            .y_title = "half of the 95 % interval [% of mean]",
                            .x = converge->points,
                            .x_first = 0,
                            .x_end = converge->points[converge->point_count - 1],
                            .point_count = converge->point_count,
                            .lines = lines};
    for (size_t config = 0; config < label_shown(study, FIGURE_LINES_MAX); config++) {
        char label[LABEL_BYTES];
        double *widths = pool_take(&converge->pool, POINTS_MAX, sizeof *widths);
        const char *known = pool_text(&converge->pool, label_config(label, study, config));
        size_t count = collect(converge->values, results, config, column);
        if (widths != NULL && known != NULL &&
            fill(widths, converge->points, converge->point_count, converge->values, count)) {
            lines[figure.line_count++] = (struct figure_line){known, widths, NULL, NULL};
        }
    }
    snprintf(name, sizeof name, "converge-%zu", converge->shown + 1);
    snprintf(title, sizeof title, "Convergence of %.100s", study->columns[column].name);
    label_add_shown(title, sizeof title, study, FIGURE_LINES_MAX);
    if (figure.line_count > 0) {
        gallery_add(gallery, &figure);
        converge->shown++;
    }
}

static size_t most_replications(const struct results *results)
{
    size_t most = 0;
    for (size_t config = 0; config < results->study.config_count; config++) {
        struct summary_count count = summary_count(results, config);
        most = count.done > most ? count.done : most;
    }
    return most;
}

bool convergefigure_add(struct gallery *gallery, const struct results *results)
{
    struct converge converge = {.shown = 0};
    struct scoretext_property properties[SCORETEXT_PROPERTIES_MAX];
    size_t count = scoretext_read(properties, &converge.pool, results);
    converge.values = pool_take(&converge.pool, results->row_count + 1, sizeof(double));
    converge.point_count = choose_points(converge.points, most_replications(results));
    for (size_t i = 0; i < count && converge.point_count > 1 && !converge.pool.failed; i++) {
        for (size_t j = 0; j < properties[i].column_count && converge.shown < FIGURES_MAX; j++) {
            add(&converge, gallery, results, properties[i].columns[j]);
        }
    }
    bool good = !converge.pool.failed;
    pool_close(&converge.pool);
    return good;
}
