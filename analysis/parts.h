/* parts.h: wholes and their parts: fees, losses, failures, energy not served, by cause.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is a part of what stands in the study (results_relation.part_of). A part that is 0 in every configuration is
 * left out; a whole of which none is left has no figure.
 */
#ifndef KONSENTO_ANALYSIS_PARTS_H
#define KONSENTO_ANALYSIS_PARTS_H

#include "analysis/gallery.h"

/* Adds a figure of stacked bars, "parts-...", for each whole. Returns false when memory is out. */
bool parts_add(struct gallery *gallery, const struct results *results);

/* The parts of a whole in a configuration that are not 0, the largest first. */
struct part {
    size_t column;
    double mean;
};
#define PARTS_MAX 32
/* Returns how many; at most PARTS_MAX. */
size_t parts_list(struct part parts[PARTS_MAX], const struct results *results, size_t config, size_t whole);
/* The columns that have parts. Returns how many; at most PARTS_MAX. */
size_t parts_wholes(size_t wholes[PARTS_MAX], const struct results *results);

#endif
