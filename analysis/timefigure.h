/* timefigure.h: how long payments take: quantiles from 5 % to 99 %, on a logarithmic axis.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_TIMEFIGURE_H
#define KONSENTO_ANALYSIS_TIMEFIGURE_H

#include "analysis/gallery.h"

/* Adds times-power and times-finality, of the metrics time_to_power.pNN and time_to_finality.pNN; a line for each
 * configuration, at most FIGURE_LINES_MAX, with the interval of each quantile as its band. Returns false when memory is
 * out. */
bool timefigure_add(struct gallery *gallery, const struct results *results);

#endif
