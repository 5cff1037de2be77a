/* schema_print.c: the schema as JSON, as the reference page, and as help in the terminal.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/schema_print.h"

#include "scenarios/lang/scenario.h"
#include "scenarios/lang/schema.h"
#include "scenarios/lang/schema_text.h"

#include <inttypes.h>
#include <string.h>

static void json_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void json_member(FILE *out, const char *name, const char *value)
{
    fprintf(out, ", \"%s\": ", name);
    if (value == NULL)
        fputs("null", out);
    else
        json_string(out, value);
}

static const char *kind_name(enum schema_kind kind)
{
    static const char *const names[] = {
        [KIND_QUANTITY] = "quantity", [KIND_DATE] = "date",    [KIND_INTEGER] = "integer", [KIND_ENUM] = "enum",
        [KIND_STRING] = "string",     [KIND_PATH] = "path",    [KIND_CLASS] = "class",     [KIND_LIST] = "list",
        [KIND_CHECKS] = "thresholds", [KIND_PARAMS] = "params"};
    return names[kind];
}

static void json_array(FILE *out, const char *name, const char *const *texts, size_t most)
{
    fprintf(out, ", \"%s\": [", name);
    for (size_t i = 0; i < most && texts[i] != NULL; i++) {
        fputs(i > 0 ? ", " : "", out);
        json_string(out, texts[i]);
    }
    fputc(']', out);
}

static void json_field(FILE *out, const struct schema_field *field)
{
    char text[200] = "";
    fputs("        {\"name\": ", out);
    json_string(out, field->name);
    json_member(out, "kind", kind_name(field->kind));
    if (field->kind == KIND_QUANTITY) {
        json_member(out, "dimension", schema_dimensions_text(text, sizeof text, field));
        json_member(out, "unit", dimension_table[field->stored].base);
        json_member(out, "example", dimension_table[field->stored].example);
    }
    if (field->min != NULL)
        json_member(out, "min", field->min);
    if (field->max != NULL)
        json_member(out, "max", field->max);
    if (field->word != NULL)
        json_member(out, "word", field->word);
    if (field->names != NULL)
        json_array(out, "oneof", field->names, SIZE_MAX);
    if (field->classes[0] != NULL)
        json_array(out, "classes", field->classes, SCHEMA_CHOICES_MAX);
    if (field->callback != NULL)
        json_member(out, "callback", field->callback);
    fprintf(out, ", \"required\": %s", field->default_text == NULL ? "true" : "false");
    json_member(out, "default", field->default_text);
    json_member(out, "source", field->source != NULL ? field->source : "");
    json_member(out, "help", field->help);
    fputc('}', out);
}

static void json_class(FILE *out, const struct schema_class *class)
{
    fputs("    {\"class\": ", out);
    json_string(out, class->name);
    json_member(out, "help", class->help);
    fputs(", \"fields\": [\n", out);
    for (size_t i = 0; i < class->field_count; i++) {
        json_field(out, &class->fields[i]);
        fputs(i + 1 < class->field_count ? ",\n" : "\n", out);
    }
    fputs("    ]}", out);
}

void schema_write_json(FILE *out)
{
    fputs("{\n  \"classes\": [\n", out);
    for (size_t i = 0; i < schema_class_count; i++) {
        json_class(out, &schema_classes[i]);
        fputs(i + 1 < schema_class_count ? ",\n" : "\n", out);
    }
    fputs("  ],\n  \"functions\": [\n", out);
    for (size_t i = 0; i < schema_function_count; i++) {
        fputs("    {\"name\": ", out);
        json_string(out, schema_functions[i].name);
        json_member(out, "signature", schema_functions[i].signature);
        json_member(out, "help", schema_functions[i].help);
        fputs(i + 1 < schema_function_count ? "},\n" : "}\n", out);
    }
    fputs("  ],\n  \"units\": [\n", out);
    enum dimension dimension;
    int64_t atoms;
    for (size_t i = 0; quantity_unit_name(i, &dimension, &atoms) != NULL; i++)
        fprintf(out, "    {\"unit\": \"%s\", \"dimension\": \"%s\", \"atoms\": %" PRId64 "}%s\n",
                quantity_unit_name(i, &dimension, &atoms), dimension_table[dimension].name, atoms,
                quantity_unit_name(i + 1, &dimension, &atoms) != NULL ? "," : "");
    fputs("  ]\n}\n", out);
}

/* The default as a cell: what a user would write. */
static void default_text(FILE *out, const struct schema_field *field)
{
    if (field->default_text == NULL)
        fputs("**required**", out);
    else if (field->kind == KIND_CLASS)
        fprintf(out, "`k.%s {}`", field->classes[0]);
    else if (field->kind == KIND_LIST)
        fprintf(out, field->default_text[0] != '\0' ? "one `k.%s {}`" : "none", field->classes[0]);
    else if (field->kind == KIND_CHECKS || field->kind == KIND_PARAMS)
        fputs("none", out);
    else
        fprintf(out, "`%s`", field->default_text[0] != '\0' ? field->default_text : "\"\"");
}

static void markdown_class(FILE *out, const struct schema_class *class)
{
    char text[600];
    fprintf(out, "\n## k.%s\n\n%s.\n\n", class->name, class->help);
    fputs("| field | what is written | range | default | source of the default | meaning |\n"
          "|---|---|---|---|---|---|\n",
          out);
    for (size_t i = 0; i < class->field_count; i++) {
        const struct schema_field *field = &class->fields[i];
        fprintf(out, "| `%s` | %s | ", field->name, schema_kind_text(text, sizeof text, field));
        fprintf(out, "%s | ", schema_range_text(text, sizeof text, field));
        default_text(out, field);
        fprintf(out, " | %s | %s |\n", field->source != NULL ? field->source : "", field->help);
    }
}

static void markdown_units(FILE *out)
{
    fputs("\n## Units\n\nA number alone is in the first unit of its line.\n\n| dimension | units | example "
          "|\n|---|---|---|\n",
          out);
    for (int d = 0; d < DIMENSION_COUNT; d++) {
        enum dimension dimension;
        int64_t atoms;
        fprintf(out, "| %s | %s", dimension_table[d].name, dimension_table[d].base);
        for (size_t i = 0; quantity_unit_name(i, &dimension, &atoms) != NULL; i++) {
            const char *unit = quantity_unit_name(i, &dimension, &atoms);
            if ((int)dimension == d && strcmp(unit, dimension_table[d].base) != 0)
                fprintf(out, ", %s", unit);
        }
        fprintf(out, " | `\"%s\"` |\n", dimension_table[d].example);
    }
}

void schema_write_markdown(FILE *out)
{
    fputs("<!-- Written by `konsento schema --markdown`; edit scenarios/lang/schema.c instead. -->\n"
          "# Reference of the scenario language\n\n"
          "Every field of every constructor. How to write a scenario is told in [scenario.md](scenario.md).\n",
          out);
    for (size_t i = 0; i < schema_class_count; i++)
        markdown_class(out, &schema_classes[i]);
    fputs("\n## Other functions\n\n| function | type | meaning |\n|---|---|---|\n", out);
    for (size_t i = 0; i < schema_function_count; i++)
        fprintf(out, "| `k.%s` | `%s` | %s |\n", schema_functions[i].name, schema_functions[i].signature,
                schema_functions[i].help);
    markdown_units(out);
}

void schema_write_help(FILE *out)
{
    char text[600];
    for (size_t i = 0; i < schema_class_count; i++) {
        const struct schema_class *class = &schema_classes[i];
        fprintf(out, "%sk.%s: %s\n", i > 0 ? "\n" : "", class->name, class->help);
        for (size_t j = 0; j < class->field_count; j++) {
            const struct schema_field *field = &class->fields[j];
            fprintf(out, "  %-18s %s\n", field->name, field->help);
            fprintf(out, "  %-18s %s", "", schema_kind_text(text, sizeof text, field));
            if (schema_range_text(text, sizeof text, field)[0] != '\0')
                fprintf(out, ", %s", text);
            fprintf(out,
                    field->default_text == NULL      ? ", required\n"
                    : field->default_text[0] == '\0' ? "\n"
                                                     : ", default %s\n",
                    field->default_text);
        }
    }
}
