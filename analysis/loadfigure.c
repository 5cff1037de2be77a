/* loadfigure.c: the load series of a study as figures.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/loadfigure.h"

#include "analysis/figure.h"
#include "analysis/label.h"
#include "analysis/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX  8 /* more bands than these cannot be told apart */
#define DAY_S      86400.0
#define DAY_BIN_S  900.0
#define RUN_POINTS 400
/* Loads from here on are shown in kilowatts. */
#define KILO_FROM 10000.0
/* A limit so many times above everything is not drawn. */
#define LIMIT_FAR 4

/* The points of one figure, for each configuration drawn. */
struct curves {
    struct pool pool;
    const struct results *results;
    struct figure figure;
    struct figure_line lines[LINES_MAX];
    double *mean[LINES_MAX], *lo[LINES_MAX], *hi[LINES_MAX];
    char title[200], y_title[200];
    size_t replications; /* the most that went into a line */
};

/* Seconds from midnight to time 0: from "seconds since 2020-01-01 16:30:00", 0 if the units say no such thing. */
static double start_of_day_s(const struct results_study *study)
{
    unsigned year, month, day, hour, minute, second;
    const char *units = study->series_time_units;
    if (units == NULL ||
        sscanf(units, "seconds since %4u-%2u-%2u %2u:%2u:%2u", &year, &month, &day, &hour, &minute, &second) != 6) {
        return 0;
    }
    return hour * 3600.0 + minute * 60.0 + second;
}

/* Room for the lines of a figure with this many points. */
static bool open_curves(struct curves *curves, const struct results *results, size_t point_count)
{
    *curves = (struct curves){.results = results};
    curves->figure.lines = curves->lines;
    curves->figure.line_count = label_shown(&results->study, LINES_MAX);
    curves->figure.point_count = point_count;
    for (size_t i = 0; i < curves->figure.line_count; i++) {
        char label[LABEL_BYTES];
        curves->mean[i] = pool_take(&curves->pool, point_count, sizeof(double));
        curves->lo[i] = pool_take(&curves->pool, point_count, sizeof(double));
        curves->hi[i] = pool_take(&curves->pool, point_count, sizeof(double));
        const char *name = pool_text(&curves->pool, label_config(label, &results->study, i));
        curves->lines[i] = (struct figure_line){name, curves->mean[i], curves->lo[i], curves->hi[i]};
    }
    return !curves->pool.failed;
}

/* The rows of a configuration that have a series, at most LOADFIGURE_REPLICATIONS_MAX. */
static size_t rows_with_series(const struct results *results, size_t config,
                               const struct results_row *rows[LOADFIGURE_REPLICATIONS_MAX])
{
    size_t count = 0;
    for (size_t i = rows_lower_bound(results, (uint32_t)config, 0);
         i < results->row_count && results->rows[i]->config == config && count < LOADFIGURE_REPLICATIONS_MAX; i++) {
        if (results->rows[i]->series != NULL && !results->rows[i]->failed) {
            rows[count++] = results->rows[i];
        }
    }
    return count;
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Which point of a figure each step of the series belongs to. */
struct binning {
    size_t (*bin)(const struct binning *binning, size_t step);
    double step_s, offset_s, bin_s;
    size_t bin_count;
    double low, high; /* the band: quantiles over all values of a bin */
};

static size_t bin_of_day(const struct binning *binning, size_t step)
{
    double second = fmod(binning->offset_s + (double)step * binning->step_s, DAY_S);
    size_t bin = (size_t)(second / binning->bin_s);
    return bin < binning->bin_count ? bin : binning->bin_count - 1;
}

static size_t bin_of_run(const struct binning *binning, size_t step)
{
    size_t bin = (size_t)((double)step * binning->step_s / binning->bin_s);
    return bin < binning->bin_count ? bin : binning->bin_count - 1;
}

static void set_point(struct curves *curves, size_t line, size_t point, float *values, size_t count,
                      const struct binning *binning)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[i];
    }
    curves->mean[line][point] = curves->lo[line][point] = curves->hi[line][point] = NAN;
    if (count > 0) {
        qsort(values, count, sizeof *values, compare_floats);
        curves->mean[line][point] = sum / (double)count;
        curves->lo[line][point] = values[(size_t)(binning->low * (double)(count - 1))];
        curves->hi[line][point] = values[(size_t)ceil(binning->high * (double)(count - 1))];
    }
}

/* Fills one line: all values sorted into bins, then mean and band of each bin. Returns false when memory is out. */
static bool fill_line(struct curves *curves, size_t line, const struct binning *binning)
{
    const struct results_row *rows[LOADFIGURE_REPLICATIONS_MAX];
    size_t row_count = rows_with_series(curves->results, line, rows), length = curves->results->study.series_length;
    size_t *ends = calloc(binning->bin_count + 1, sizeof *ends);
    float *values = malloc((row_count * length + 1) * sizeof *values);
    bool good = ends != NULL && values != NULL;
    for (size_t i = 0; good && i < length; i++) {
        ends[binning->bin(binning, i) + 1] += row_count;
    }
    for (size_t i = 0; good && i < binning->bin_count; i++) {
        ends[i + 1] += ends[i];
    }
    /* ends[b] is where bin b begins, and moves to where it ends while the bin is filled */
    for (size_t r = 0; good && r < row_count; r++) {
        for (size_t i = 0; i < length; i++) {
            values[ends[binning->bin(binning, i)]++] = rows[r]->series[i];
        }
    }
    for (size_t i = 0, begin = 0; good && i < binning->bin_count; i++) {
        set_point(curves, line, i, values + begin, ends[i] - begin, binning);
        begin = ends[i];
    }
    free(values);
    free(ends);
    curves->replications = row_count > curves->replications ? row_count : curves->replications;
    return good;
}

static double largest(const struct curves *curves)
{
    double most = 0;
    for (size_t i = 0; i < curves->figure.line_count; i++) {
        for (size_t j = 0; j < curves->figure.point_count; j++) {
            most = fmax(most, fabs(curves->hi[i][j])); /* fmax ignores a NaN */
        }
    }
    return most;
}

static void scale_to_kilo(struct curves *curves)
{
    for (size_t i = 0; i < curves->figure.line_count; i++) {
        for (size_t j = 0; j < curves->figure.point_count; j++) {
            curves->mean[i][j] /= 1000;
            curves->lo[i][j] /= 1000;
            curves->hi[i][j] /= 1000;
        }
    }
}

/* The limit of the service, where it would not press the lines to the ground. */
static void set_limit(struct curves *curves, double divisor)
{
    const char *text = results_attribute(curves->results, LOADFIGURE_LIMIT);
    double limit = text == NULL ? NAN : strtod(text, NULL) / divisor;
    curves->figure.has_limit = limit > 0 && limit < LIMIT_FAR * largest(curves);
    curves->figure.limit = limit;
    curves->figure.limit_label = "limit of the service";
}

/* Draws one figure; its caption gets the number of replications and of configurations left out. */
static bool draw(struct gallery *gallery, struct curves *curves, const struct binning *binning, const char *what)
{
    const struct results_study *study = &curves->results->study;
    for (size_t i = 0; i < curves->figure.line_count; i++) {
        if (!fill_line(curves, i, binning)) {
            return false;
        }
    }
    const char *unit = study->series_unit == NULL ? "1" : study->series_unit;
    bool kilo = strcmp(unit, "W") == 0 && largest(curves) >= KILO_FROM;
    if (kilo) {
        scale_to_kilo(curves);
    }
    set_limit(curves, kilo ? 1000 : 1);
    snprintf(curves->y_title, sizeof curves->y_title, "%.80s [%s%.80s]", study->series_name, kilo ? "k" : "", unit);
    snprintf(curves->title, sizeof curves->title, "%s; up to %zu replications per line", what, curves->replications);
    label_add_shown(curves->title, sizeof curves->title, study, LINES_MAX);
    curves->figure.title = curves->title;
    curves->figure.y_title = curves->y_title;
    if (curves->replications > 0) {
        gallery_add(gallery, &curves->figure);
    }
    return true;
}

static bool draw_day(struct gallery *gallery, const struct results *results)
{
    const struct results_study *study = &results->study;
    struct curves curves;
    struct binning binning = {bin_of_day, study->series_step_s, start_of_day_s(study), 0, 0, 0.05, 0.95};
    binning.bin_s = fmax(DAY_BIN_S, fmin(study->series_step_s, DAY_S));
    binning.bin_count = (size_t)ceil(DAY_S / binning.bin_s);
    bool good = open_curves(&curves, results, binning.bin_count);
    curves.figure.name = "load-day";
    curves.figure.x_title = "time of day [h]";
    curves.figure.x_first = 0;
    curves.figure.x_step = binning.bin_s / 3600;
    curves.figure.x_end = 24;
    good = good && draw(gallery, &curves, &binning, "Typical day: mean, and the band from 5 % to 95 % of all days");
    pool_close(&curves.pool);
    return good;
}

static bool draw_run(struct gallery *gallery, const struct results *results)
{
    const struct results_study *study = &results->study;
    struct curves curves;
    double run_s = (double)study->series_length * study->series_step_s;
    struct binning binning = {bin_of_run, study->series_step_s, 0, 0, 0, 0, 1};
    binning.bin_count = study->series_length < RUN_POINTS ? study->series_length : RUN_POINTS;
    binning.bin_s = run_s / (double)binning.bin_count;
    bool good = open_curves(&curves, results, binning.bin_count);
    curves.figure.name = "load-run";
    curves.figure.x_title = "time from the start [d]";
    curves.figure.x_first = 0;
    curves.figure.x_step = binning.bin_s / DAY_S;
    curves.figure.x_end = run_s / DAY_S;
    good = good && draw(gallery, &curves, &binning, "Whole run: mean, and the band from least to most");
    pool_close(&curves.pool);
    return good;
}

bool loadfigure_add(struct gallery *gallery, const struct results *results)
{
    const struct results_study *study = &results->study;
    if (study->series_name == NULL || study->series_length == 0) {
        return true;
    }
    bool day = (double)study->series_length * study->series_step_s >= DAY_S;
    return (!day || draw_day(gallery, results)) && draw_run(gallery, results);
}
