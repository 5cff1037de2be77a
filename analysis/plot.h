/* plot.h: a figure as CSV, and as a gnuplot script that draws it.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   figure --> NAME.csv   x, then mean (lo, hi) of each line; a head line with their names
 *          --> NAME.gp    draws NAME.svg of NAME.csv: gnuplot NAME.gp
 *
 * What comes from a study is made harmless: gnuplot runs what stands in back quotes.
 */
#ifndef KONSENTO_ANALYSIS_PLOT_H
#define KONSENTO_ANALYSIS_PLOT_H

#include "analysis/figure.h"

void plot_csv(FILE *out, const struct figure *figure);
/* source: what stands behind plot: "'load-day.csv'", "$data". The script sets no terminal, no output and no
 * key. */
void plot_commands(FILE *out, const struct figure *figure, const char *source);
/* The whole script of NAME.gp. */
void plot_script(FILE *out, const struct figure *figure);
/* The terminal of NAME.gp, and the narrower one of a page, where the legend stands below the picture. */
extern const char plot_terminal[], plot_page_terminal[];

#endif
