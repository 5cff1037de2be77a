/* html.h: text that is safe inside an HTML or SVG element and inside a quoted attribute.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_HTML_H
#define KONSENTO_ANALYSIS_HTML_H

#include <stdio.h>

/* Writes the text with & < > " ' as entities and control characters (but tab and line feed) left out. NULL is "". */
void html_text(FILE *out, const char *text);
/* The same for the first `length` bytes, cut before a broken UTF-8 character. */
void html_text_cut(FILE *out, const char *text, size_t length);

#endif
