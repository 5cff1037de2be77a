/* summary.c: the estimate of each metric over the replications of a configuration.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/summary.h"

#include "analysis/rows.h"

#include <math.h>
#include <stdlib.h>

/* The rows of one configuration lie side by side: first .. end. */
struct span {
    size_t first, end;
};

static struct span span_of(const struct results *results, size_t config)
{
    return (struct span){rows_lower_bound(results, (uint32_t)config, 0),
                         rows_lower_bound(results, (uint32_t)config + 1, 0)};
}

struct summary_count summary_count(const struct results *results, size_t config)
{
    struct span span = span_of(results, config);
    struct summary_count count = {span.end - span.first, 0};
    for (size_t i = span.first; i < span.end; i++) {
        count.failed += results->rows[i]->failed;
    }
    return count;
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
    return estimate;
}
