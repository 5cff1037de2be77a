/* help_metrics.h: help on what is measured.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_HELP_METRICS_H
#define KONSENTO_CLI_HELP_METRICS_H

#include "models/metrics.h"

#include <stdbool.h>
#include <stdio.h>

/* Every metric of a comparison: a line each, in groups. */
void help_metrics(FILE *out);
/* One with its definition. Returns false if there is none of that name. */
bool help_metric(FILE *out, const char *name);

#endif
