/* report_order.h: what a report is told besides the results: its title, verdicts, how to repeat it.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_REPORT_ORDER_H
#define KONSENTO_ANALYSIS_REPORT_ORDER_H

#include "analysis/results.h"
#include "analysis/threshold.h"

/* One threshold as judged by the caller. */
struct report_threshold {
    const char *text, *rail;
    const char *metric; /* NULL: not told */
    struct estimate estimate;
    enum verdict verdict;
};

struct report_order {
    const char *title;
    const char *repeat_command; /* the command line that makes these results again */
    const struct report_threshold *thresholds;
    size_t threshold_count;
    const struct results *other; /* to compare with; NULL: none */
    const char *other_name;
    double margin; /* changes up to this share are none: 0.02 */
};

#endif
