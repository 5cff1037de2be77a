/* batch.h: the mean of one long correlated run, by batch means.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Neighbours in a run are alike, so the t interval of single values is far too narrow. Means of long batches are nearly
 * independent: batches are made longer until neighbours pass the test of von Neumann's ratio (Fishman 1978).
 */
#ifndef KONSENTO_ANALYSIS_BATCH_H
#define KONSENTO_ANALYSIS_BATCH_H

#include "analysis/estimate.h"

#include <stdbool.h>

#define BATCH_COUNT_MIN 20

struct batch_means {
    struct estimate estimate; /* n is the number of batches */
    size_t batch_size;
    double lag1;      /* correlation of neighbouring batch means */
    bool independent; /* the test was passed; if not, the run is too short for its correlation */
    double effective; /* number of independent values that would give the same interval */
};

/* values: finite, warm-up left out. Fewer than BATCH_COUNT_MIN: n = 0. */
struct batch_means batch_mean(const double *values, size_t count, double level);

#endif
