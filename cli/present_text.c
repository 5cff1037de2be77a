/* present_text.c: names of metrics, and texts in columns, for a terminal.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/present_text.h"

#include "cli/terminal.h"

#include <stdio.h>
#include <string.h>

void text_print_padded(const char *text, int columns)
{
    printf("%s%*s", text, columns > text_columns(text) ? columns - text_columns(text) : 0, "");
}

void text_name(char text[128], const struct results_column *column)
{
    bool has_unit = *column->unit != '\0' && strcmp(column->unit, "1") != 0;
    snprintf(text, 128, "%s%s%s%s", column->name, has_unit ? " [" : "", has_unit ? column->unit : "",
             has_unit ? "]" : "");
}
