/* studyfigures.h: figures of the metrics of a study: distributions of times, parts of a whole, convergence.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_STUDYFIGURES_H
#define KONSENTO_ANALYSIS_STUDYFIGURES_H

#include "analysis/gallery.h"

/* Adds all figures that a study has, those of its load first. Laboratories have none but the load's. Returns false when
 * memory is out. Names: load-day, load-run, times-power, times-finality, parts-..., converge-..., sweep-...,
 * effect-... */
bool studyfigures_add(struct gallery *gallery, const struct results *results);

#endif
