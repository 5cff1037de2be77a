/* github.c: workflow commands: annotations that GitHub shows beside a line of a file.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/github.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Workflow commands end at a line end, and their properties at , and : as well. */
static void print_escaped(const char *text, bool is_property)
{
    for (; *text != '\0'; text++) {
        bool special = *text == '%' || *text == '\r' || *text == '\n' || (is_property && strchr(",:", *text) != NULL);
        if (special)
            printf("%%%02X", (unsigned char)*text);
        else
            putchar(*text);
    }
}

void github_annotate(const struct github_annotation *annotation)
{
    printf("::%s file=", annotation->kind);
    print_escaped(annotation->file, true);
    if (annotation->line > 0)
        printf(",line=%u", annotation->line);
    if (annotation->column > 0)
        printf(",col=%u", annotation->column);
    if (annotation->title != NULL) {
        printf(",title=");
        print_escaped(annotation->title, true);
    }
    fputs("::", stdout);
    print_escaped(annotation->text, false);
    putchar('\n');
}
