/* summary.c: the estimate of each metric over the replications of a configuration.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/summary.h"

#include "analysis/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The rows of one configuration lie side by side: first .. end. */
struct span {
    size_t first, end;
};

static struct span span_of(const struct results *results, size_t config)
{
    return (struct span){rows_lower_bound(results, (uint32_t)config, 0),
                         rows_lower_bound(results, (uint32_t)config + 1, 0)};
}

/* One metric of one configuration. */
struct cell {
    size_t config, column;
};

struct summary_count summary_count(const struct results *results, size_t config)
{
    struct span span = span_of(results, config);
    struct summary_count count = {span.end - span.first, 0};
    for (size_t i = span.first; i < span.end; i++) {
        count.failed += results->rows[i]->failed;
    }
    return count;
}

/* Sum of a metric over the replications of a configuration that did not fail, by name; NaN if there is none. mean: its
 * mean instead. */
static double total(const struct results *results, size_t config, const char *name, bool mean)
{
    size_t column = results_column_find(results, name), count = 0;
    struct span span = span_of(results, config);
    double sum = 0;
    if (column == results->study.column_count) {
        return NAN;
    }
    for (size_t i = span.first; i < span.end; i++) {
        double value = results->rows[i]->failed ? NAN : results->rows[i]->metrics[column];
        sum += isnan(value) ? 0 : value;
        count += !isnan(value);
    }
    return mean ? sum / (double)count : sum;
}

/* A share or a count that came out alike in all replications has no spread to tell its interval from: it gets the one
 * that its trials allow. */
static void widen(struct estimate *estimate, const struct results *results, const struct cell *cell, double level)
{
    const struct results_relation *relation =
        results->study.relations == NULL ? NULL : &results->study.relations[cell->column];
    if (relation == NULL || relation->trials == NULL || estimate->n < 2 || estimate->sd > 0) {
        return;
    }
    bool is_count = strcmp(relation->trials, RESULTS_COUNT) == 0;
    if (is_count && estimate->mean == 0) {
        estimate->hi = estimate_poisson_zero(estimate->n, level);
    }
    double trials = is_count ? NAN : total(results, cell->config, relation->trials, false);
    double worth = relation->worth == NULL ? 100 : 1000 * total(results, cell->config, relation->worth, true);
    if (!(trials > 0) || !(worth > 0)) {
        return;
    }
    double bound = worth * estimate_wilson_zero(trials, level);
    if (estimate->mean == 0) {
        estimate->hi = bound;
    } else if (relation->worth == NULL && estimate->mean == 100) {
        estimate->lo = 100 - bound;
    }
}

struct estimate summary_metric(const struct results *results, size_t config, size_t column, double level)
{
    struct span span = span_of(results, config);
    struct estimate none = {NAN, NAN, NAN, NAN, 0};
    double *values = malloc((span.end - span.first + 1) * sizeof *values);
    if (values == NULL) {
        return none;
    }
    size_t count = 0;
    bool deterministic = true;
    for (size_t i = span.first; i < span.end; i++) {
        const struct results_row *row = results->rows[i];
        if (!row->failed) {
            values[count++] = row->metrics[column];
            deterministic = deterministic && row->deterministic;
        }
    }
    struct estimate estimate = count == 0      ? none
                               : deterministic ? estimate_exact(values[0])
                                               : estimate_mean(values, count, level);
    free(values);
    if (!deterministic) {
        widen(&estimate, results, &(const struct cell){config, column}, level);
    }
    return estimate;
}

/* Values of both configurations of a pair, side by side. */
struct pairs {
    double *a, *b;
    size_t count;
    bool deterministic;
};

static void collect_pairs(struct pairs *pairs, const struct results *results, const size_t pair[2], size_t column)
{
    struct span span = span_of(results, pair[0]);
    pairs->deterministic = true;
    for (size_t i = span.first; i < span.end; i++) {
        const struct results_row *a = results->rows[i];
        const struct results_row *b = results_find(results, (uint32_t)pair[1], a->replication);
        if (b == NULL || a->failed || b->failed) {
            continue;
        }
        pairs->a[pairs->count] = a->metrics[column];
        pairs->b[pairs->count++] = b->metrics[column];
        pairs->deterministic = pairs->deterministic && a->deterministic && b->deterministic;
    }
}

struct estimate_paired summary_paired(const struct results *results, const size_t pair[2], size_t column, double level)
{
    struct span span = span_of(results, pair[0]);
    size_t room = span.end - span.first + 1;
    struct pairs pairs = {malloc(room * sizeof(double)), malloc(room * sizeof(double)), 0, false};
    struct estimate_paired paired = {{NAN, NAN, NAN, NAN, 0}, NAN, NAN};
    if (pairs.a != NULL && pairs.b != NULL) {
        collect_pairs(&pairs, results, pair, column);
        if (pairs.count > 0 && pairs.deterministic) {
            paired.difference = estimate_exact(pairs.b[0] - pairs.a[0]);
        } else {
            paired = estimate_paired(pairs.a, pairs.b, pairs.count, level);
        }
    }
    free(pairs.a);
    free(pairs.b);
    return paired;
}
