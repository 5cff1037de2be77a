/* figure.h: line figures as inline SVG, byte for byte the same for the same numbers.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *      y title
 *   max |    ____          line per configuration, over a band
 *       |___/    \___
 *     0 +------------ x title
 *
 * Colours and dashes come from the page's style sheet, by class: s0..s7 (line) and b0..b7 (band).
 */
#ifndef KONSENTO_ANALYSIS_FIGURE_H
#define KONSENTO_ANALYSIS_FIGURE_H

#include <stddef.h>
#include <stdio.h>

#define FIGURE_LINES_MAX 8

/* One line with its band; values not finite leave a gap. lo and hi NULL: no band. */
struct figure_line {
    const char *label;
    const double *mean, *lo, *hi;
};

struct figure {
    const char *title, *x_title, *y_title;
    double x_first, x_step, x_end; /* point i stands at x_first + i x_step; the axis ends at x_end */
    size_t point_count;
    const struct figure_line *lines;
    size_t line_count; /* at most FIGURE_LINES_MAX */
};

void figure_write(FILE *out, const struct figure *figure);

#endif
