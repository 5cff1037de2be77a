/* figure.h: one figure as numbers: lines over bands, or stacked bars.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *      y title
 *   max |    ____          line per configuration, over a band; a limit as a thin line across
 *       |___/    \___
 *     0 +------------ x title
 *
 * Drawn by gnuplot (analysis/gnuplot.h); where there is none, lines are drawn by figure_write, byte for byte the same
 * for the same numbers. Colours: Okabe and Ito; dashes tell lines apart in print. In the page both come from its style
 * sheet, by class: s0..s11 (line) and b0..b11 (band).
 */
#ifndef KONSENTO_ANALYSIS_FIGURE_H
#define KONSENTO_ANALYSIS_FIGURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define FIGURE_LINES_MAX 12

/* Colour (#rrggbb) and dashes (for gnuplot and SVG) of line i. */
struct figure_pen {
    const char *colour, *gnuplot_dashes;
};
extern const struct figure_pen figure_pens[FIGURE_LINES_MAX];

/* One line with its band; values not finite leave a gap. lo and hi NULL: no band. Of bars: mean is the part of each bar
 * that is this line's. */
struct figure_line {
    const char *label;
    const double *mean, *lo, *hi;
};

enum figure_kind {
    FIGURE_LINES,
    FIGURE_LINES_LOG, /* the y axis is logarithmic */
    FIGURE_BARS,      /* stacked */
    FIGURE_CLUSTERS   /* bars side by side */
};

struct figure {
    enum figure_kind kind;
    const char *name; /* "load-day": of files; letters, digits, '-' */
    const char *title, *x_title, *y_title;
    const double *x;               /* where points stand; NULL: on a grid */
    double x_first, x_step, x_end; /* the axis; without x, point i stands at x_first + i x_step */
    const char *const *bars;       /* BARS, CLUSTERS: a name for each point */
    size_t point_count;
    const struct figure_line *lines;
    size_t line_count; /* at most FIGURE_LINES_MAX */
    bool has_limit;
    double limit; /* a level drawn across */
    const char *limit_label;
};

bool figure_has_bars(const struct figure *figure);
double figure_x(const struct figure *figure, size_t point);
/* Writes a <figure>; of bars nothing but its title: there is a table beside them. */
void figure_write(FILE *out, const struct figure *figure);
/* Writes what each line is, as a paragraph that wraps on narrow screens; nothing if there is one line alone. */
void figure_legend(FILE *out, const struct figure *figure);

#endif
