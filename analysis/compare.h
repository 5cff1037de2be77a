/* compare.h: two results files side by side: what has changed by more than noise and margin.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Configurations are matched by the parameters in which either file's own configurations differ, metrics by name. For
 * each pair the change is (b - a) / |a| of the means, with Fieller's interval: all ratios r for which b - r a is not
 * distinguishable from zero. With the same seed replication i of both met the same world, and the means are paired;
 * otherwise they are independent (Welch). Where the mean of a may be zero the change is the difference b - a.
 *
 * An alarm says that the change is larger than the margin. Its p-value is two-sided, of b - (1 +- margin) a, and the
 * p-values of all pairs are adjusted together (Holm): of a hundred comparisons of a program with itself no more than
 * one raises any alarm. Testing b - a and not the estimated ratio matters for metrics that are nearly always zero: one
 * replication with a value in it and none without says little.
 *
 * Source: Fieller, Some problems in interval estimation, J. R. Stat. Soc. B 16 (1954).
 */
#ifndef KONSENTO_ANALYSIS_COMPARE_H
#define KONSENTO_ANALYSIS_COMPARE_H

#include "analysis/estimate.h"
#include "analysis/results.h"

#define COMPARE_LEVEL 0.95  /* of intervals */
#define COMPARE_ALARM 0.005 /* chance of any alarm where nothing has changed: half of the one in a hundred promised */

/* One metric of one configuration. */
struct compare_line {
    size_t config_a, config_b, column_a, column_b;
    struct estimate a, b, change; /* change.n: pairs, or the smaller sample; 0: nothing can be compared */
    bool is_paired, is_relative;  /* false: change is b - a, in the metric's unit */
    double p, adjusted;
    int sign; /* of an alarm: -1, +1; 0: within noise or margin */
};

struct comparison {
    struct compare_line *lines; /* configuration by configuration, metrics in the order of a */
    size_t count;
    size_t *lonely_a, *lonely_b; /* configurations without a partner */
    size_t lonely_a_count, lonely_b_count;
    bool is_paired; /* both files have the same seed */
};

/* margin: a share, 0.02 for 2 %. Returns false when memory is out. Owns: compare_close. */
bool compare_results(struct comparison *comparison, const struct results *a, const struct results *b, double margin);
void compare_close(struct comparison *comparison);

/* The change of one metric, from values by replication; NaN values are left out. is_paired: values[i] of both belong
 * together, and there are as many. */
struct compare_sample {
    const double *values;
    size_t count;
    bool is_exact; /* nothing random: the first value is the value */
};
void compare_samples(struct compare_line *line, const struct compare_sample *a, const struct compare_sample *b,
                     double margin);

#endif
