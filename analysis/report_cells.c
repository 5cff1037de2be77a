/* report_cells.c: numbers and texts in the tables of a report.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/report_cells.h"

#include "analysis/estimate_text.h"
#include "analysis/html.h"
#include "analysis/scoretext.h"

#include <math.h>

void cell_number(FILE *out, double value)
{
    if (isnan(value)) {
        fputs("&ndash;", out);
    } else {
        fprintf(out, "%.6g", value);
    }
}

/* "exact", or "lo &hellip; hi". */
void cell_interval(FILE *out, const struct estimate *estimate)
{
    if (estimate->n == 0 || isnan(estimate->lo) || isnan(estimate->hi)) {
        fputs("&ndash;", out);
    } else if (estimate->lo == estimate->hi && estimate->n == 1) {
        fputs("exact", out);
    } else {
        fprintf(out, "%.6g &hellip; %.6g", estimate->lo, estimate->hi);
    }
}

void cell_text(FILE *out, const char *text)
{
    fputs("<td>", out);
    html_text(out, text);
    fputs("</td>", out);
}

void cell_estimate(FILE *out, const struct estimate *estimate)
{
    char text[ESTIMATE_TEXT_BYTES];
    estimate_text(text, sizeof text, estimate);
    html_text(out, text);
}

void cell_difference(FILE *out, const struct estimate_paired *paired, int better)
{
    char text[ESTIMATE_TEXT_BYTES];
    const struct estimate *difference = &paired->difference;
    int sign = difference->lo > 0 ? 1 : difference->hi < 0 ? -1 : 0;
    if (difference->n == 0) {
        return;
    }
    estimate_interval_text(text, sizeof text, difference, "+");
    fputs("<div class=\"d\">", out);
    html_text(out, text);
    if (sign * better != 0) {
        fputs(sign * better > 0 ? " <span class=\"good\">better</span>" : " <span class=\"bad\">worse</span>", out);
    }
    if (isfinite(paired->variance_gain)) {
        fprintf(out, " <span class=\"g\">gain %.2g</span>", paired->variance_gain);
    }
    fputs("</div>", out);
}

void cell_sat(FILE *out, const struct estimate *yen, double yen_per_sat)
{
    char text[ESTIMATE_TEXT_BYTES];
    struct estimate sat = *yen;
    sat.mean /= yen_per_sat;
    sat.lo /= yen_per_sat;
    sat.hi /= yen_per_sat;
    if (yen->n == 0 || !(yen_per_sat > 0)) {
        return;
    }
    estimate_text(text, sizeof text, &sat);
    fputs("<div class=\"d\">", out);
    html_text(out, text);
    fputs(" sat</div>", out);
}
