/* batch.c: the mean of one long correlated run, by batch means.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/batch.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

/* One-sided level of the test for correlation; large, because to miss a correlation is the worse mistake. */
#define TEST_LEVEL 0.1

/* Means of batches of `size`; the values left over at the front are dropped. */
static size_t fill_means(double *means, const double *values, size_t count, size_t size)
{
    size_t batches = count / size, first = count - batches * size;
    for (size_t b = 0; b < batches; b++) {
        double sum = 0;
        for (size_t i = 0; i < size; i++) {
            sum += values[first + b * size + i];
        }
        means[b] = sum / (double)size;
    }
    return batches;
}

/* 1 - half of von Neumann's ratio: the lag-1 correlation with a correction for its ends; mean 0 and variance
 * (n - 2) / (n^2 - 1) for independent values. */
static double neighbour_correlation(const double *values, size_t count, double mean)
{
    double squares = 0, steps = 0;
    for (size_t i = 0; i < count; i++) {
        squares += (values[i] - mean) * (values[i] - mean);
        steps += i == 0 ? 0 : (values[i] - values[i - 1]) * (values[i] - values[i - 1]);
    }
    double ends = (values[0] - mean) * (values[0] - mean) + (values[count - 1] - mean) * (values[count - 1] - mean);
    return squares > 0 ? 1 - (steps + ends) / (2 * squares) : 0;
}

static bool looks_independent(double correlation, size_t count)
{
    double n = (double)count;
    return correlation * sqrt((n * n - 1) / (n - 2)) < gsl_cdf_ugaussian_Qinv(TEST_LEVEL);
}

struct batch_means batch_mean(const double *values, size_t count, double level)
{
    struct batch_means result = {{NAN, NAN, NAN, NAN, 0}, 0, NAN, false, NAN};
    double *means = count < BATCH_COUNT_MIN ? NULL : malloc(count * sizeof *means);
    if (means == NULL) {
        return result;
    }
    for (size_t size = 1; !result.independent && count / size >= BATCH_COUNT_MIN; size *= 2) {
        size_t batches = fill_means(means, values, count, size);
        result.estimate = estimate_mean(means, batches, level);
        result.batch_size = size;
        result.lag1 = neighbour_correlation(means, batches, result.estimate.mean);
        result.independent = looks_independent(result.lag1, batches);
    }
    double variance = result.estimate.sd * result.estimate.sd / (double)result.estimate.n;
    struct estimate single = estimate_mean(values, count, level);
    result.effective = variance > 0 ? single.sd * single.sd / variance : NAN;
    free(means);
    return result;
}
