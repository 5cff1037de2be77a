/* estimate.c: means, quantiles and paired differences with honest intervals.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/estimate.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* Relative error below which two figures are the same one, computed in another order. */
#define ROUNDING 1e-12

/* Mean and sum of squared deviations, in two passes (exact enough for values with a large common part). */
struct moments {
    size_t n;
    double mean, squares;
};

static struct moments moments_of(const double *values, size_t count)
{
    struct moments m = {0, 0, 0};
    for (size_t i = 0; i < count; i++) {
        if (!isnan(values[i])) {
            m.n++;
            m.mean += (values[i] - m.mean) / (double)m.n;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!isnan(values[i])) {
            m.squares += (values[i] - m.mean) * (values[i] - m.mean);
        }
    }
    return m;
}

static struct estimate no_estimate(void)
{
    return (struct estimate){NAN, NAN, NAN, NAN, 0};
}

struct estimate estimate_mean(const double *values, size_t count, double level)
{
    assert(level > 0 && level < 1);
    struct moments m = moments_of(values, count);
    if (m.n == 0) {
        return no_estimate();
    }
    if (m.n == 1) {
        return (struct estimate){m.mean, NAN, NAN, NAN, 1};
    }
    double n = (double)m.n, sd = sqrt(m.squares / (n - 1));
    if (sd <= ROUNDING * fabs(m.mean)) {
        return (struct estimate){m.mean, m.mean, m.mean, 0, m.n};
    }
    double half = gsl_cdf_tdist_Pinv(0.5 + level / 2, n - 1) * sd / sqrt(n);
    return (struct estimate){m.mean, m.mean - half, m.mean + half, sd, m.n};
}

struct estimate estimate_exact(double value)
{
    if (isnan(value)) {
        return no_estimate();
    }
    return (struct estimate){value, value, value, 0, 1};
}

double estimate_poisson_zero(size_t n, double level)
{
    assert(n > 0 && level > 0 && level < 1);
    return -log((1 - level) / 2) / (double)n;
}

double estimate_wilson_zero(double trials, double level)
{
    assert(trials > 0 && level > 0 && level < 1);
    double z = gsl_cdf_ugaussian_Pinv(0.5 + level / 2);
    return z * z / (trials + z * z);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The smallest k in 0..n with P(Binomial(n, p) <= k) >= probability. */
static unsigned binomial_quantile(double probability, double p, unsigned n)
{
    unsigned low = 0, high = n;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (gsl_cdf_binomial_P(middle, p, n) >= probability) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* Type 7 of Hyndman and Fan (1996): linear between the order statistics around (n - 1) p. */
static double quantile_type7(const double *sorted, size_t n, double p)
{
    double place = (double)(n - 1) * p;
    size_t below = (size_t)place;
    double part = place - (double)below;
    return below + 1 < n ? sorted[below] + part * (sorted[below + 1] - sorted[below]) : sorted[n - 1];
}

/* With B ~ Binomial(n, p), x(l) <= quantile <= x(u) has probability P(l <= B <= u - 1): l and u cut off at most
 * (1 - level) / 2 on either side. Order statistics that do not exist stay NaN. */
static void set_order_interval(struct estimate *estimate, const double *sorted, double p, double level)
{
    unsigned n = (unsigned)estimate->n;
    double tail = (1 - level) / 2;
    unsigned lower = binomial_quantile(tail, p, n); /* P(B <= lower - 1) < tail */
    unsigned upper = binomial_quantile(1 - tail, p, n) + 1;
    if (lower >= 1) {
        estimate->lo = sorted[lower - 1];
    }
    if (upper <= n) {
        estimate->hi = sorted[upper - 1];
    }
}

struct estimate estimate_quantile(const double *values, size_t count, double p, double level)
{
    assert(p >= 0 && p <= 1 && level > 0 && level < 1);
    struct moments m = moments_of(values, count);
    struct estimate estimate = no_estimate();
    double *sorted = m.n == 0 ? NULL : malloc(m.n * sizeof *sorted);
    if (sorted == NULL) {
        return estimate;
    }
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isnan(values[i])) {
            sorted[n++] = values[i];
        }
    }
    qsort(sorted, n, sizeof *sorted, compare_doubles);
    estimate.n = n;
    estimate.mean = quantile_type7(sorted, n, p);
    estimate.sd = n > 1 ? sqrt(m.squares / (double)(n - 1)) : NAN;
    if (p > 0 && p < 1) {
        set_order_interval(&estimate, sorted, p, level);
    }
    free(sorted);
    return estimate;
}

/* Second moments of pairs without a NaN. */
struct pair_moments {
    size_t n;
    double mean_a, mean_b, aa, bb, ab;
};

static bool is_pair(double a, double b)
{
    return !isnan(a) && !isnan(b);
}

static struct pair_moments pair_moments_of(const double *a, const double *b, size_t count)
{
    struct pair_moments m = {0, 0, 0, 0, 0, 0};
    for (size_t i = 0; i < count; i++) {
        if (is_pair(a[i], b[i])) {
            m.n++;
            m.mean_a += (a[i] - m.mean_a) / (double)m.n;
            m.mean_b += (b[i] - m.mean_b) / (double)m.n;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (is_pair(a[i], b[i])) {
            double da = a[i] - m.mean_a, db = b[i] - m.mean_b;
            m.aa += da * da;
            m.bb += db * db;
            m.ab += da * db;
        }
    }
    return m;
}

struct estimate_paired estimate_paired(const double *a, const double *b, size_t count, double level)
{
    struct estimate_paired paired = {no_estimate(), NAN, NAN};
    double *differences = count == 0 ? NULL : malloc(count * sizeof *differences);
    if (differences == NULL) {
        return paired;
    }
    for (size_t i = 0; i < count; i++) {
        differences[i] = b[i] - a[i]; /* NaN if either is */
    }
    paired.difference = estimate_mean(differences, count, level);
    free(differences);
    struct pair_moments m = pair_moments_of(a, b, count);
    /* What differs by rounding alone is equal. */
    double size = m.aa + m.bb + (double)m.n * (m.mean_a * m.mean_a + m.mean_b * m.mean_b);
    double apart = paired.difference.sd * paired.difference.sd * (double)(m.n - 1) +
                   (double)m.n * paired.difference.mean * paired.difference.mean;
    if (m.n >= 2 && apart <= ROUNDING * ROUNDING * size) {
        paired.difference.mean = paired.difference.lo = paired.difference.hi = paired.difference.sd = 0;
    }
    if (m.n >= 2 && m.aa > 0 && m.bb > 0) {
        paired.correlation = m.ab / sqrt(m.aa * m.bb);
    }
    double variance = paired.difference.sd * paired.difference.sd * (double)(m.n - 1);
    if (m.n >= 2 && variance > ROUNDING * ROUNDING * size) {
        paired.variance_gain = (m.aa + m.bb) / variance;
    }
    return paired;
}
