/* near.h: a number is what it should be, within a tolerance; a share is what it should be, within its noise.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_MODELS_NEAR_H
#define KONSENTO_TESTS_MODELS_NEAR_H

#include "tests/models/check.h"

#include <math.h>

/* Not a number is near nothing. */
static inline void near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.10g, expected %.10g within %.3g", value, expected, tolerance);
}

static inline void within(double value, double low, double high)
{
    if (!(value >= low && value <= high))
        fail_msg("%.10g is outside %.10g .. %.10g", value, low, high);
}

/* hits of trials have probability p, within three standard deviations. */
static inline void near_share(double hits, double trials, double p)
{
    near(hits / trials, p, 3.0 * sqrt(p * (1.0 - p) / trials) + 1e-12);
}

#endif
