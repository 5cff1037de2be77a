/* warmup.h: how much of a run's beginning to leave out: MSER-5.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Source: White, An effective truncation heuristic for bias reduction in simulation output, Simulation 69 (1997); the
 * variant on means of five: White, Cobb, Spratt, A comparison of five steady-state truncation heuristics (2000).
 */
#ifndef KONSENTO_ANALYSIS_WARMUP_H
#define KONSENTO_ANALYSIS_WARMUP_H

#include <stdbool.h>
#include <stddef.h>

/* Leave out the first `cut` values (a multiple of 5). reliable: the best cut lies in the first half; otherwise the
 * series is too short, or has no steady state. */
struct warmup_cut {
    size_t cut;
    bool reliable;
};

/* The cut d that makes the squared standard error of the mean of what is left, sum (y - mean)^2 / (n - d)^2, smallest,
 * over means y of five values each. Fewer than 20 values: no cut, not reliable. Values must be finite. */
struct warmup_cut warmup_mser5(const double *values, size_t count);

#endif
