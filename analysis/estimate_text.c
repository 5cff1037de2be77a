/* estimate_text.c: estimates as texts with as many digits as the interval deserves.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/estimate_text.h"

#include <math.h>
#include <stdio.h>

#define DECIMALS_MAX 9
#define EXACT_DIGITS 7
#define PLAIN_MAX    1e15

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

#define PLAIN_BYTES 40

/* A number with so many significant digits and without an exponent where people would write none; whole numbers whole.
 */
static const char *plain(char text[PLAIN_BYTES], double value, int digits)
{
    double size = fabs(value);
    if (!(size < PLAIN_MAX)) {
        snprintf(text, PLAIN_BYTES, "%.*g", digits, value);
    } else if (value == floor(value) && digits >= EXACT_DIGITS) {
        snprintf(text, PLAIN_BYTES, "%.0f", value);
    } else if (size >= pow(10, digits) - 0.5) { /* 999.6 rounds up to four digits */
        double step = pow(10, floor(log10(size)) - digits + 1);
        snprintf(text, PLAIN_BYTES, "%.0f", round(value / step) * step);
    } else {
        snprintf(text, PLAIN_BYTES, "%.*g", digits, value);
    }
    return text;
}

void estimate_text(char *text, size_t size, const struct estimate *estimate)
{
    double half = (estimate->hi - estimate->lo) / 2;
    char mean[PLAIN_BYTES], lo[PLAIN_BYTES], hi[PLAIN_BYTES];
    if (estimate->n == 0 || isnan(estimate->mean))
        snprintf(text, size, "–");
    else if (is_lopsided(estimate))
        snprintf(text, size, "%s [%s, %s]", plain(mean, estimate->mean, EXACT_DIGITS), plain(lo, estimate->lo, 3),
                 plain(hi, estimate->hi, 3));
    else if (estimate_is_exact(estimate))
        snprintf(text, size, "%s", plain(mean, estimate->mean, EXACT_DIGITS));
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
