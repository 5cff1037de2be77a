/* report.h: one results file as one self-contained HTML page that needs no network.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_REPORT_H
#define KONSENTO_ANALYSIS_REPORT_H

#include "analysis/results.h"
#include "analysis/threshold.h"

/* One threshold as judged by the caller. */
struct report_threshold {
    const char *text, *rail;
    struct estimate estimate;
    enum verdict verdict;
};

struct report_order {
    const char *title;
    const char *repeat_command; /* the command line that makes these results again */
    const struct report_threshold *thresholds;
    size_t threshold_count;
};

/* Writes path through path.tmp and rename. */
enum results_result report_write(const char *path, struct results_error *error, const struct results *results,
                                 const struct report_order *order);

#endif
