/* summary.h: the estimate of each metric over the replications of a configuration.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_SUMMARY_H
#define KONSENTO_ANALYSIS_SUMMARY_H

#include "analysis/estimate.h"
#include "analysis/results.h"

#define SUMMARY_LEVEL 0.95

/* Mean and t interval of one metric over the replications of one configuration that did not fail. Where none of them
 * drew anything at random the value is exact: lo = hi = mean. A share of 0 % or 100 %, or a count of 0, in every one of
 * several replications has Wilson's or Poisson's interval instead of none (struct results_relation); such an interval
 * is not symmetric. Out of memory counts as no value. */
struct estimate summary_metric(const struct results *results, size_t config, size_t column, double level);

/* Configuration b minus a over the replications that both have and neither failed: paired, because they draw the same
 * worlds. Where both are exact, so is the difference. */
struct estimate_paired summary_paired(const struct results *results, const size_t pair[2], size_t column, double level);

/* Rows of a configuration: their number, and how many of them failed. */
struct summary_count {
    size_t done, failed;
};
struct summary_count summary_count(const struct results *results, size_t config);

#endif
