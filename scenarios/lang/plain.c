/* plain.c: text without control characters, and proper UTF-8.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/plain.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes of the character at text; 0: none, or a control character (C0, DEL, C1). */
static size_t plain_length(const unsigned char *text)
{
    static const uint32_t lowest[] = {0, 0, 0xa0, 0x800, 0x10000}; /* below: overlong, or C1 */
    if (text[0] < 0x80)
        return text[0] >= 0x20 && text[0] != 0x7f;
    size_t length = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
    if (text[0] < 0xc2 || text[0] > 0xf4)
        return 0;
    uint32_t point = text[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80) /* the zero at the end as well */
            return 0;
        point = point << 6 | (text[i] & 0x3fu);
    }
    bool is_surrogate = point >= 0xd800 && point < 0xe000;
    return point >= lowest[length] && point <= 0x10ffff && !is_surrogate ? length : 0;
}

bool plain_is(const char *text)
{
    while (*text != '\0') {
        size_t length = plain_length((const unsigned char *)text);
        if (length == 0)
            return false;
        text += length;
    }
    return true;
}

void plain_make(char *text)
{
    while (*text != '\0') {
        size_t length = plain_length((const unsigned char *)text);
        if (length == 0)
            *text = strchr("\t\n\v\f\r", *text) != NULL ? ' ' : '?';
        text += length > 0 ? length : 1;
    }
}
