/* precision.h: how many replications until an interval is narrow enough.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * In stages: after n replications the half width h of the 95 % interval is compared with the target. If it is wider,
 * the number that would have been enough, n (h / target)^2, is run next, at least a fifth more and at most four times
 * as many. Few long stages, not one look per replication: a rule that looks all the time stops too often by luck, when
 * the sample's variance happens to be small. What the intervals of stopped studies still cover is a test.
 *
 * Source: two-stage and sequential procedures, Law, Simulation Modeling and Analysis, chapter 9.
 */
#ifndef KONSENTO_ANALYSIS_PRECISION_H
#define KONSENTO_ANALYSIS_PRECISION_H

#include <stdbool.h>
#include <stddef.h>

/* Fewer replications say too little about their own variance. */
#define PRECISION_FIRST_STAGE 10

struct precision_target {
    double half_width; /* in the metric's unit, or as a share of the mean */
    bool is_relative;
};

/* values: one per replication so far, NaN where it has none. Returns how many replications are wanted: count itself if
 * they are enough or nothing can be said (no values at all); at most max, which is at least count. */
size_t precision_wanted(const double *values, size_t count, struct precision_target target, size_t max);

#endif
