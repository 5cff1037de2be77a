/* sweepfigure.h: what swept parameters do to the scoreboard: curves, and how much each moves.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_SWEEPFIGURE_H
#define KONSENTO_ANALYSIS_SWEEPFIGURE_H

#include "analysis/gallery.h"

/* Adds, for the first figures of the scoreboard that vary: sweep-PARAMETER-N, the metric against each numeric parameter
 * of three values or more, a line for each rail; and effect-N, by how much each parameter moves it. What lies at one
 * value (other parameters differ) is averaged; the band goes from least to most, or is the interval where there is one
 * configuration alone. Nothing if no parameter but the rail varies. Returns false when memory is out. */
bool sweepfigure_add(struct gallery *gallery, const struct results *results);

#endif
