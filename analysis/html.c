/* html.c: text that is safe inside an HTML or SVG element and inside a quoted attribute.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/html.h"

#include <stdint.h>
#include <string.h>

/* What a byte becomes; "" if it is left out, NULL if it stays as it is. */
static const char *entity(char character)
{
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return (unsigned char)character < ' ' && character != '\t' && character != '\n' ? "" : NULL;
    }
}

/* Bytes of the UTF-8 character at text, at least 1. */
static size_t character_length(const char *text)
{
    size_t length = 1;
    while (((unsigned char)text[0] & 0xc0) == 0xc0 && ((unsigned char)text[length] & 0xc0) == 0x80) {
        length++;
    }
    return length;
}

size_t html_text_cut(FILE *out, const char *text, size_t limit)
{
    size_t taken = 0, written = 0;
    while (text[taken] != '\0') {
        const char *replacement = entity(text[taken]);
        size_t length = replacement == NULL ? character_length(text + taken) : 1;
        size_t size = replacement == NULL ? length : strlen(replacement);
        if (size > limit - written) {
            break;
        }
        fwrite(replacement == NULL ? text + taken : replacement, 1, size, out);
        written += size;
        taken += length;
    }
    return taken;
}

void html_text(FILE *out, const char *text)
{
    if (text != NULL) {
        html_text_cut(out, text, SIZE_MAX);
    }
}
