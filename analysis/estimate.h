/* estimate.h: means, quantiles and paired differences with honest intervals.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_ESTIMATE_H
#define KONSENTO_ANALYSIS_ESTIMATE_H

#include <stddef.h>

/* An estimate with a two-sided interval. n = 0: all NaN. n = 1: lo = hi = NaN, unless the values are exact. */
struct estimate {
    double mean, lo, hi, sd;
    size_t n; /* values that are not NaN */
};

/* Student t interval of the mean over independent replications. level: 0.95. NaN values are left out. */
struct estimate estimate_mean(const double *values, size_t count, double level);
/* The same for a run that draws nothing at random: the value itself, lo = hi = mean. */
struct estimate estimate_exact(double value);
/* Where a figure came out as 0 in every one of n runs: a count that follows Poisson has a mean of at most -ln(tail) / n
 * at this level (the rule of three, two-sided). Returns that bound. */
double estimate_poisson_zero(size_t n, double level);
/* Wilson's bound on a probability of which `trials` trials showed not one: 0 successes. */
double estimate_wilson_zero(double trials, double level);
/* Distribution-free interval of the p-quantile from order statistics (binomial); mean holds the quantile (type 7);
 * lo or hi NaN where the sample is too small for that level. */
struct estimate estimate_quantile(const double *values, size_t count, double p, double level);

/* b - a over pairs (common random numbers): pairs with a NaN are left out. */
struct estimate_paired {
    struct estimate difference;
    double correlation;
    double variance_gain; /* (var a + var b) / var (b - a): what pairing was worth; NaN if n < 2 or no variance */
};
struct estimate_paired estimate_paired(const double *a, const double *b, size_t count, double level);

#endif
