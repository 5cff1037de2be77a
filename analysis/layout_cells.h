/* layout_cells.h: results.h5 being read: the rows, out of arrays over (config, rep).   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_LAYOUT_CELLS_H
#define KONSENTO_ANALYSIS_LAYOUT_CELLS_H

#include "analysis/h5in.h"
#include "analysis/rows.h"

/* Fills the rows of a study that has been read; faults stick in `in`. */
void layout_read_cells(struct h5_in *in, struct results *results);

#endif
