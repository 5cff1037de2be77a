/* report_sections.h: the parts of a report, each written to the page by itself.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_REPORT_SECTIONS_H
#define KONSENTO_ANALYSIS_REPORT_SECTIONS_H

#include "analysis/gallery.h"
#include "analysis/report_order.h"

/* The five properties, rail beside rail; nothing where the study has no scoreboard. */
void report_score(FILE *out, const struct results *results);
/* Headline metrics and all others, with intervals and paired differences. */
void report_metrics(FILE *out, const struct results *results, const struct report_order *order);
/* What fees, losses, failures and energy not served are made of: figures, and the top causes as a table. */
void report_parts(FILE *out, const struct results *results, const struct gallery *gallery);
/* What differs from another study, if the order names one. Returns false when memory is out. */
bool report_compare(FILE *out, const struct results *results, const struct report_order *order);
/* STRESS-DES, the items that the file can answer filled in. */
void report_stress(FILE *out, const struct results *results);

#endif
