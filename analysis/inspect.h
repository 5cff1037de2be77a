/* inspect.h: what a results file holds, as text for a terminal.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_INSPECT_H
#define KONSENTO_ANALYSIS_INSPECT_H

#include "analysis/results.h"

#include <stdio.h>

/* Study, configurations with their replications done, missing and failed, metrics with their means, series, event
 * tables, attributes and names of the provenance texts. Returns RESULTS_OK or RESULTS_IO. */
enum results_result inspect_write(FILE *out, struct results_error *error, const struct results *results);

#endif
