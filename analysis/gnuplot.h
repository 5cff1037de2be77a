/* gnuplot.h: gnuplot as a child that turns one script into pictures.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_GNUPLOT_H
#define KONSENTO_ANALYSIS_GNUPLOT_H

#include <stddef.h>

/* Runs the program of that name with the script as its standard input. Returns what it wrote to standard output,
 * ended by a zero, malloc'ed; NULL if there is no such program, it failed, or memory is out. Its complaints are
 * dropped. Limits: GNUPLOT_BYTES_MAX of output. */
#define GNUPLOT_BYTES_MAX ((size_t)16 << 20)
char *gnuplot_run(const char *program, const char *script, size_t length);

#endif
