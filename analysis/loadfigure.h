/* loadfigure.h: the load series of a study as figures: the typical day, and the whole run.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_LOADFIGURE_H
#define KONSENTO_ANALYSIS_LOADFIGURE_H

#include "analysis/gallery.h"

/* At most this many replications per configuration go into a figure; its caption says so. */
#define LOADFIGURE_REPLICATIONS_MAX 100

/* Attribute of a study: the most power that the service carries, in the unit of the series. */
#define LOADFIGURE_LIMIT "load_limit"

/* Adds both figures, load-day and load-run; none if the study has no series. Returns false when memory is out. */
bool loadfigure_add(struct gallery *gallery, const struct results *results);

#endif
