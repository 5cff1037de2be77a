/* report.h: one results file as one self-contained HTML page that needs no network.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_REPORT_H
#define KONSENTO_ANALYSIS_REPORT_H

#include "analysis/report_order.h"

/* Writes path through path.tmp and rename. */
enum results_result report_write(const char *path, struct results_error *error, const struct results *results,
                                 const struct report_order *order);

#endif
