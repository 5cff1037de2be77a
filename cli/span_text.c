/* span_text.c: a span of time as people say it.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/span_text.h"

#include <stddef.h>
#include <stdio.h>

const char *span_text(char text[SPAN_TEXT_BYTES], double seconds)
{
    static const struct {
        double above, unit;
        const char *name;
    } table[] = {{2 * 86400.0, 86400, "days"}, {2 * 3600.0, 3600, "h"}, {120, 60, "min"}, {0, 1, "s"}};
    size_t i = 0;
    while (i < 3 && !(seconds >= table[i].above))
        i++;
    snprintf(text, SPAN_TEXT_BYTES, "%.3g %s", seconds / table[i].unit, table[i].name);
    return text;
}
