/* html.h: text that is safe inside an HTML or SVG element and inside a quoted attribute.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_HTML_H
#define KONSENTO_ANALYSIS_HTML_H

#include <stdio.h>

/* Writes the text with & < > " ' as entities and control characters (but tab and line feed) left out. NULL is "". */
void html_text(FILE *out, const char *text);
/* The same, stopped before more than `limit` bytes have been written; never inside a character. Returns how many bytes
 * of the text were taken. */
size_t html_text_cut(FILE *out, const char *text, size_t limit);

#endif
