/* estimate_text.c: estimates as texts with as many digits as the interval deserves.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/estimate_text.h"

#include <math.h>
#include <stdio.h>

#define DECIMALS_MAX 9

bool estimate_is_exact(const struct estimate *estimate)
{
    return estimate->lo == estimate->mean && estimate->hi == estimate->mean;
}

/* Decimals that show two digits of the half width. */
static int decimals_for(double half)
{
    int decimals = 1 - (int)floor(log10(half));
    return decimals < 0 ? 0 : decimals > DECIMALS_MAX ? DECIMALS_MAX : decimals;
}

/* The interval of a share or a count that was alike in all replications begins or ends at the figure itself. */
static bool is_lopsided(const struct estimate *estimate)
{
    return (estimate->lo == estimate->mean) != (estimate->hi == estimate->mean);
}

void estimate_text(char *text, size_t size, const struct estimate *estimate)
{
    double half = (estimate->hi - estimate->lo) / 2;
    if (estimate->n == 0 || isnan(estimate->mean))
        snprintf(text, size, "–");
    else if (is_lopsided(estimate))
        snprintf(text, size, "%.7g [%.3g, %.3g]", estimate->mean, estimate->lo, estimate->hi);
    else if (estimate_is_exact(estimate))
        snprintf(text, size, "%.7g", estimate->mean);
    else if (!(half > 0) || isinf(half))
        snprintf(text, size, "%.5g (n = %zu)", estimate->mean, estimate->n);
    else
        snprintf(text, size, "%.*f ± %.*f", decimals_for(half), estimate->mean, decimals_for(half), half);
}

void estimate_interval_text(char *text, size_t size, const struct estimate *estimate, const char *sign)
{
    char form[48];
    double half = (estimate->hi - estimate->lo) / 2;
    if (estimate->n == 0 || isnan(estimate->mean)) {
        snprintf(text, size, "no value");
        return;
    }
    if (estimate_is_exact(estimate) || !(half > 0) || isinf(half)) {
        snprintf(form, sizeof form, "%%%s.7g%s", sign, estimate_is_exact(estimate) ? "" : " without interval");
        snprintf(text, size, form, estimate->mean);
        return;
    }
    int decimals = decimals_for(half);
    snprintf(form, sizeof form, "%%%s.*f [%%%s.*f, %%%s.*f]", sign, sign, sign);
    snprintf(text, size, form, decimals, estimate->mean, decimals, estimate->lo, decimals, estimate->hi);
}
