/* convergefigure.h: how intervals shrink as replications come in.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_CONVERGEFIGURE_H
#define KONSENTO_ANALYSIS_CONVERGEFIGURE_H

#include "analysis/gallery.h"

/* Adds converge-1, -2, ... for the first figures of the scoreboard that vary: half width of the interval, in % of the
 * mean, after the first n replications, a line for each configuration. Returns false when memory is out. */
bool convergefigure_add(struct gallery *gallery, const struct results *results);

#endif
