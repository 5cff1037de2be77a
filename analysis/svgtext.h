/* svgtext.h: a picture of gnuplot's, made part of a page.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Left out: the XML head, name spaces, ids (they would be there twice), definitions, titles, empty groups, fonts. What
 * is black takes the colour of the page's text, so that it can be seen on a dark one.
 */
#ifndef KONSENTO_ANALYSIS_SVGTEXT_H
#define KONSENTO_ANALYSIS_SVGTEXT_H

#include <stdio.h>

/* Writes the first picture of the text as an <svg> element that is called title. Returns where the rest begins; NULL if
 * there is no whole picture, and then nothing has been written. */
const char *svgtext_write(FILE *out, const char *text, const char *title);

#endif
