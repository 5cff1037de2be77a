/* schema_text.c: what a field takes, in words.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/schema_text.h"

#include <stdio.h>
#include <string.h>

static const char *append(char *out, size_t size, const char *text)
{
    size_t used = strlen(out);
    snprintf(out + used, size - used, "%s", text);
    return out;
}

const char *schema_dimensions_text(char *out, size_t size, const struct schema_field *field)
{
    unsigned dimensions = schema_dimensions(field);
    for (int d = 0; d < DIMENSION_COUNT; d++) {
        if ((dimensions & DIMENSION_BIT(d)) == 0)
            continue;
        append(out, size, out[0] != '\0' ? " or " : "");
        append(out, size, dimension_table[d].name);
    }
    return out;
}

const char *schema_kind_text(char *out, size_t size, const struct schema_field *field)
{
    static const char *const plain[] = {
        [KIND_DATE] = "date",
        [KIND_INTEGER] = "whole number",
        [KIND_STRING] = "string",
        [KIND_PATH] = "file",
        [KIND_CHECKS] = "list of thresholds",
        [KIND_PARAMS] = "table of k.param",
        [KIND_QUANTITY] = "",
        [KIND_ENUM] = "one of",
        [KIND_CLASS] = "",
        [KIND_LIST] = "list of",
    };
    snprintf(out, size, "%s", plain[field->kind]);
    if (field->kind == KIND_QUANTITY)
        schema_dimensions_text(out, size, field);
    for (int i = 0; field->kind == KIND_ENUM && field->names[i] != NULL; i++) {
        append(out, size, i > 0 ? ", \"" : " \"");
        append(out, size, field->names[i]);
        append(out, size, "\"");
    }
    for (size_t i = 0; i < SCHEMA_CHOICES_MAX && field->classes[i] != NULL; i++) {
        append(out, size, i > 0 ? " or " : field->kind == KIND_LIST ? " " : "");
        append(out, size, "k.");
        append(out, size, field->classes[i]);
    }
    if (field->callback != NULL)
        append(out, size, " or a function");
    return out;
}

const char *schema_range_text(char *out, size_t size, const struct schema_field *field)
{
    out[0] = '\0';
    if (field->min != NULL && field->max != NULL)
        snprintf(out, size, "%s .. %s", field->min, field->max);
    if (field->word != NULL && out[0] != '\0')
        append(out, size, ", or ");
    if (field->word != NULL) {
        append(out, size, "\"");
        append(out, size, field->word);
        append(out, size, "\"");
    }
    return out;
}
