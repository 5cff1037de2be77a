/* export_profile.c: the load over the hours of a day, as planners of networks want it.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The day is cut into steps of equal length; the mean load of each step of each day of each replication is one value.
 * Told is, for each configuration and step: mean, quantiles (type 7) and the largest of these values.
 */
#include "analysis/export.h"

#include "analysis/decimal.h"
#include "analysis/fault.h"
#include "analysis/label.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S 86400.0

/* All values of one configuration: steps of the day, each with the values of its days. */
struct profile {
    size_t steps, per_step; /* points of the series in one step */
    double start_s;         /* time of day at which the series begins */
    double **values;        /* per step */
    size_t *counts, *capacities;
};

/* Seconds since midnight at which the series begins: "seconds since 2020-01-01 06:00:00". */
static double start_of(const struct results_study *study)
{
    const char *colon = study->series_time_units != NULL ? strchr(study->series_time_units, ':') : NULL;
    if (colon == NULL || colon - study->series_time_units < 2) {
        return 0;
    }
    return strtod(colon - 2, NULL) * 3600 + strtod(colon + 1, NULL) * 60 +
           (colon[3] == ':' ? strtod(colon + 4, NULL) : 0);
}

static bool add_value(struct profile *profile, size_t step, double value)
{
    if (profile->counts[step] == profile->capacities[step]) {
        size_t capacity = profile->capacities[step] > 0 ? 2 * profile->capacities[step] : 64;
        double *values = realloc(profile->values[step], capacity * sizeof *values);
        if (values == NULL) {
            return false;
        }
        profile->values[step] = values;
        profile->capacities[step] = capacity;
    }
    profile->values[step][profile->counts[step]++] = value;
    return true;
}

/* Steps that the run begins or ends within are left out. */
static bool add_row(struct profile *profile, const struct results_study *study, const struct results_row *row)
{
    double step_s = study->series_step_s * (double)profile->per_step;
    size_t first = (size_t)(ceil(profile->start_s / step_s - 1e-9) * (double)profile->per_step -
                            profile->start_s / study->series_step_s + 0.5);
    size_t day_step = (size_t)(ceil(profile->start_s / step_s - 1e-9) + 0.5);
    for (size_t i = first; i + profile->per_step <= study->series_length; i += profile->per_step, day_step++) {
        double sum = 0;
        for (size_t j = 0; j < profile->per_step; j++) {
            sum += row->series[i + j];
        }
        if (!isnan(sum) && !add_value(profile, day_step % profile->steps, sum / (double)profile->per_step)) {
            return false;
        }
    }
    return true;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(const double *sorted, size_t count, double p)
{
    double place = (double)(count - 1) * p;
    size_t below = (size_t)place;
    return below + 1 < count ? sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below])
                             : sorted[count - 1];
}

static void put_step(FILE *out, struct profile *profile, size_t step)
{
    static const double ps[] = {0.05, 0.5, 0.95, 1};
    double *values = profile->values[step], mean = 0;
    size_t count = profile->counts[step];
    char text[DECIMAL_BYTES];
    double seconds = DAY_S / (double)profile->steps * (double)step;
    fprintf(out, ",%02d:%02d:%02d,%zu", (int)(seconds / 3600), (int)(seconds / 60) % 60, (int)seconds % 60, count);
    qsort(values, count, sizeof *values, compare_doubles);
    for (size_t i = 0; i < count; i++) {
        mean += (values[i] - mean) / (double)(i + 1);
    }
    fprintf(out, ",%s", count > 0 ? decimal(text, mean) : "");
    for (size_t i = 0; i < sizeof ps / sizeof ps[0]; i++) {
        fprintf(out, ",%s", count > 0 ? decimal(text, quantile(values, count, ps[i])) : "");
    }
    fputc('\n', out);
}

static bool put_config(FILE *out, struct profile *profile, const struct results *results, size_t config)
{
    const struct results_study *study = results_study(results);
    char label[LABEL_BYTES];
    bool good = true;
    memset(profile->counts, 0, profile->steps * sizeof *profile->counts);
    for (size_t i = 0; i < results_row_count(results) && good; i++) {
        const struct results_row *row = results_row(results, i);
        if (row->config == config && !row->failed && row->series != NULL) {
            good = add_row(profile, study, row);
        }
    }
    label_config(label, study, config);
    for (size_t step = 0; step < profile->steps && good; step++) {
        fprintf(out, "%zu,\"", config);
        for (const char *c = label; *c != '\0'; c++) {
            fputs(*c == '"' ? "\"\"" : (const char[]){*c, '\0'}, out);
        }
        fputc('"', out);
        put_step(out, profile, step);
    }
    return good;
}

static bool put_all(FILE *out, struct profile *profile, const struct results *results)
{
    bool good = true;
    profile->values = calloc(profile->steps, sizeof(double *));
    profile->counts = calloc(profile->steps, sizeof *profile->counts);
    profile->capacities = calloc(profile->steps, sizeof *profile->capacities);
    good = profile->values != NULL && profile->counts != NULL && profile->capacities != NULL;
    const char *unit = results_study(results)->series_unit;
    if (good) {
        fprintf(out, "config,configuration,time_of_day,values,mean_%s,p5_%s,p50_%s,p95_%s,max_%s\n", unit, unit, unit,
                unit, unit);
    }
    for (size_t config = 0; config < results_study(results)->config_count && good; config++) {
        good = put_config(out, profile, results, config);
    }
    for (size_t i = 0; profile->values != NULL && i < profile->steps; i++) {
        free(profile->values[i]);
    }
    free(profile->values);
    free(profile->counts);
    free(profile->capacities);
    return good;
}

enum results_result export_profile_csv(FILE *out, struct results_error *error, const struct results *results,
                                       double step_s)
{
    const struct results_study *study = results_study(results);
    if (study->series_name == NULL || study->series_length == 0) {
        return fault(error, RESULTS_FORMAT, "export: this file has no load series");
    }
    double per_step = step_s / study->series_step_s, steps = DAY_S / step_s;
    if (!(per_step >= 1) || fabs(per_step - round(per_step)) > 1e-9 || fabs(steps - round(steps)) > 1e-9) {
        return fault(
            error, RESULTS_FORMAT,
            "export: --profile: a step must be a part of the day and a multiple of %g s, the step of the series",
            study->series_step_s);
    }
    struct profile profile = {
        .steps = (size_t)round(steps), .per_step = (size_t)round(per_step), .start_s = start_of(study)};
    if (!put_all(out, &profile, results)) {
        return fault_memory(error, "export");
    }
    return fflush(out) != 0 || ferror(out) != 0 ? fault(error, RESULTS_IO, "export: cannot write: %m") : RESULTS_OK;
}
