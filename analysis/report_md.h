/* report_md.h: the report in short, as Markdown, for a pull request or a wiki.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_REPORT_MD_H
#define KONSENTO_ANALYSIS_REPORT_MD_H

#include "analysis/report_order.h"

/* Verdicts, scoreboard, top causes, all metrics; no figures. Writes path through path.tmp and rename. */
enum results_result report_write_md(const char *path, struct results_error *error, const struct results *results,
                                    const struct report_order *order);

#endif
