/* precision.c: how many replications until an interval is narrow enough.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/precision.h"

#include "analysis/estimate.h"

#include <assert.h>
#include <math.h>

#define LEVEL 0.95

size_t precision_wanted(const double *values, size_t count, struct precision_target target, size_t max)
{
    assert(target.half_width > 0 && max >= count);
    if (count < PRECISION_FIRST_STAGE) {
        return max < PRECISION_FIRST_STAGE ? max : PRECISION_FIRST_STAGE;
    }
    struct estimate estimate = estimate_mean(values, count, LEVEL);
    if (estimate.n == 0) {
        return count;
    }
    double half = (estimate.hi - estimate.lo) / 2;
    double limit = target.is_relative ? target.half_width * fabs(estimate.mean) : target.half_width;
    if (half <= limit) {
        return count;
    }
    double least = ceil(1.2 * (double)count), most = 4 * (double)count;
    /* One value has no interval, and a mean of zero no relative one: then as far as a stage may go. */
    double wanted = half > 0 && limit > 0 ? ceil((double)count * (half / limit) * (half / limit)) : most;
    wanted = fmin(fmax(wanted, least), most);
    return wanted < (double)max ? (size_t)wanted : max;
}
