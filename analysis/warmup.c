/* warmup.c: how much of a run's beginning to leave out: MSER-5.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/warmup.h"

#include <math.h>

#define BATCH      5
#define VALUES_MIN 20
/* With fewer batches than this left the statistic falls towards zero by chance alone. */
#define LEFT_MIN 2

static double batch_mean(const double *values, size_t batch)
{
    double sum = 0;
    for (size_t i = 0; i < BATCH; i++) {
        sum += values[batch * BATCH + i];
    }
    return sum / BATCH;
}

struct warmup_cut warmup_mser5(const double *values, size_t count)
{
    size_t batches = count / BATCH, best = 0;
    if (count < VALUES_MIN) {
        return (struct warmup_cut){0, false};
    }
    double mean = 0, squares = 0, least = INFINITY;
    /* From the end to the front, so that mean and squares are always those of what a cut before batch i leaves. */
    for (size_t i = batches; i > 0; i--) {
        double left = (double)(batches - i + 1), value = batch_mean(values, i - 1), step = value - mean;
        mean += step / left;
        squares += step * (value - mean);
        double statistic = squares / (left * left);
        if (left >= LEFT_MIN && statistic <= least) { /* of equal ones the shortest cut */
            least = statistic;
            best = i - 1;
        }
    }
    return (struct warmup_cut){best * BATCH, 2 * best <= batches};
}
