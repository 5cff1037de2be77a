/* loadfigure.h: the load series of a study as figures: the typical day, and the whole run.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_LOADFIGURE_H
#define KONSENTO_ANALYSIS_LOADFIGURE_H

#include "analysis/results.h"

#include <stdio.h>

/* At most this many replications per configuration go into a figure; its caption says so. */
#define LOADFIGURE_REPLICATIONS_MAX 100

/* Writes both figures; nothing if the study has no series. Returns false when memory is out. */
bool loadfigure_write(FILE *out, const struct results *results);

#endif
