/* present_text.c: estimates and names as texts for a terminal.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/present_text.h"

#include "cli/terminal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DECIMALS_MAX 9

bool text_is_exact(const struct estimate *estimate)
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

void text_estimate(char *text, size_t size, const struct estimate *estimate)
{
    double half = (estimate->hi - estimate->lo) / 2;
    if (estimate->n == 0 || isnan(estimate->mean))
        snprintf(text, size, "–");
    else if (is_lopsided(estimate))
        snprintf(text, size, "%.7g [%.3g, %.3g]", estimate->mean, estimate->lo, estimate->hi);
    else if (text_is_exact(estimate))
        snprintf(text, size, "%.7g", estimate->mean);
    else if (!(half > 0) || isinf(half))
        snprintf(text, size, "%.5g (n = %zu)", estimate->mean, estimate->n);
    else
        snprintf(text, size, "%.*f ± %.*f", decimals_for(half), estimate->mean, decimals_for(half), half);
}

void text_interval(char *text, size_t size, const struct estimate *estimate, const char *sign)
{
    char form[48];
    double half = (estimate->hi - estimate->lo) / 2;
    if (estimate->n == 0 || isnan(estimate->mean)) {
        snprintf(text, size, "no value");
        return;
    }
    if (text_is_exact(estimate) || !(half > 0) || isinf(half)) {
        snprintf(form, sizeof form, "%%%s.7g%s", sign, text_is_exact(estimate) ? "" : " without interval");
        snprintf(text, size, form, estimate->mean);
        return;
    }
    int decimals = decimals_for(half);
    snprintf(form, sizeof form, "%%%s.*f [%%%s.*f, %%%s.*f]", sign, sign, sign);
    snprintf(text, size, form, decimals, estimate->mean, decimals, estimate->lo, decimals, estimate->hi);
}

void text_print_padded(const char *text, int columns)
{
    printf("%s%*s", text, columns > text_columns(text) ? columns - text_columns(text) : 0, "");
}

void text_name(char text[128], const struct results_column *column)
{
    bool has_unit = *column->unit != '\0' && strcmp(column->unit, "1") != 0;
    snprintf(text, 128, "%s%s%s%s", column->name, has_unit ? " [" : "", has_unit ? column->unit : "",
             has_unit ? "]" : "");
}
