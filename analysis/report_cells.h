/* report_cells.h: numbers and texts in the tables of a report.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_REPORT_CELLS_H
#define KONSENTO_ANALYSIS_REPORT_CELLS_H

#include "analysis/estimate.h"

#include <stdio.h>

/* A number; a dash for none. */
void cell_number(FILE *out, double value);
/* "exact", or both ends. */
void cell_interval(FILE *out, const struct estimate *estimate);
/* A whole cell with this text. */
void cell_text(FILE *out, const char *text);

/* Inside a cell: "12.3 ± 0.4"; the same in satoshi below it; the difference to the baseline, and whether that is
 * better. better: +1 more is, -1 less is, 0 neither. */
void cell_estimate(FILE *out, const struct estimate *estimate);
void cell_sat(FILE *out, const struct estimate *yen, double yen_per_sat);
void cell_difference(FILE *out, const struct estimate_paired *paired, int better);

#endif
