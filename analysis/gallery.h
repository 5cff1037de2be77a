/* gallery.h: the figures of a study: numbers, scripts and pictures, for the report and for export.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   study --gallery_fill--> figures (CSV, script) --gallery_draw--> pictures --gallery_write--> page
 *                                                 --gallery_export--> NAME.csv, NAME.gp
 */
#ifndef KONSENTO_ANALYSIS_GALLERY_H
#define KONSENTO_ANALYSIS_GALLERY_H

#include "analysis/figure.h"
#include "analysis/results.h"

#include <stdio.h>

#define GALLERY_FIGURES_MAX 24

struct gallery_figure {
    char name[48];
    char *title, *csv, *script; /* malloc'ed */
    char *commands;             /* the same script, of data that stands before it */
    char *legend;
    char *picture; /* a <figure> */
};

struct gallery {
    struct gallery_figure figures[GALLERY_FIGURES_MAX];
    size_t count;
    bool is_memory_out;
    bool is_drawn; /* by gnuplot */
};

/* Takes one figure; the numbers are copied. Beyond GALLERY_FIGURES_MAX it is dropped. */
void gallery_add(struct gallery *gallery, const struct figure *figure);
/* Draws all of them with gnuplot, one process. Where that does not go, what the built-in writer made stays. The program
 * is that of the environment variable KONSENTO_GNUPLOT, or gnuplot; "" or "none": none. */
void gallery_draw(struct gallery *gallery);
/* Writes the figures whose name begins like this, in the order in which they came, side by side where the page is wide.
 * Returns how many. */
size_t gallery_write(FILE *out, const struct gallery *gallery, const char *name);
/* Writes the CSV and the script of each into a folder, which is made if it is not there. */
enum results_result gallery_export(const struct gallery *gallery, struct results_error *error, const char *folder);
void gallery_close(struct gallery *gallery);

#endif
