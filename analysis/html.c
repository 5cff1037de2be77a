/* html.c: text that is safe inside an HTML or SVG element and inside a quoted attribute.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/html.h"

#include <string.h>

static void put_character(FILE *out, char character)
{
    switch (character) {
    case '&':
        fputs("&amp;", out);
        return;
    case '<':
        fputs("&lt;", out);
        return;
    case '>':
        fputs("&gt;", out);
        return;
    case '"':
        fputs("&quot;", out);
        return;
    case '\'':
        fputs("&#39;", out);
        return;
    default:
        if ((unsigned char)character >= ' ' || character == '\t' || character == '\n') {
            fputc(character, out);
        }
    }
}

void html_text_cut(FILE *out, const char *text, size_t length)
{
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80) {
        length--;
    }
    for (size_t i = 0; i < length; i++) {
        put_character(out, text[i]);
    }
}

void html_text(FILE *out, const char *text)
{
    if (text != NULL) {
        html_text_cut(out, text, strlen(text));
    }
}
