/* schema_luals.c: the schema as a definition file for the Lua language server.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/schema.h"
#include "scenarios/lang/schema_print.h"
#include "scenarios/lang/schema_text.h"

#include <ctype.h>
#include <string.h>

/* "fleet.cars" -> "konsento.FleetCars". */
static void write_class_name(FILE *out, const char *name)
{
    fputs("konsento.", out);
    bool upper = true;
    for (; *name != '\0'; name++) {
        bool joint = *name == '.' || *name == '_';
        if (!joint)
            fputc(upper ? toupper((unsigned char)*name) : *name, out);
        upper = joint;
    }
}

static void write_choices(FILE *out, const struct schema_field *field)
{
    for (size_t i = 0; i < SCHEMA_CHOICES_MAX && field->classes[i] != NULL; i++) {
        fputs(i > 0 ? "|" : "", out);
        write_class_name(out, field->classes[i]);
    }
}

/* Items of several classes may stand in one list. */
static void write_list(FILE *out, const struct schema_field *field)
{
    bool several = field->classes[1] != NULL;
    fputs(several ? "(" : "", out);
    write_choices(out, field);
    fputs(several ? ")[]" : "[]", out);
}

static void write_type(FILE *out, const struct schema_field *field)
{
    switch (field->kind) {
    case KIND_QUANTITY:
        fputs((field->also != 0) ? "string" : "string|number", out);
        break;
    case KIND_INTEGER:
        fputs("integer", out);
        break;
    case KIND_DATE:
    case KIND_STRING:
    case KIND_PATH:
        fputs("string", out);
        break;
    case KIND_ENUM:
        for (int i = 0; field->names[i] != NULL; i++)
            fprintf(out, "%s\"%s\"", i > 0 ? "|" : "", field->names[i]);
        break;
    case KIND_CLASS:
        write_choices(out, field);
        if (field->callback != NULL)
            fprintf(out, "|%s", field->callback);
        break;
    case KIND_LIST:
        write_list(out, field);
        break;
    case KIND_CHECKS:
        fputs("string[]", out);
        break;
    case KIND_PARAMS:
        fputs("table<string, konsento.Param>", out);
        break;
    }
    if (field->word != NULL && (field->kind == KIND_QUANTITY || field->kind == KIND_INTEGER))
        fprintf(out, "|\"%s\"", field->word);
}

static void write_field(FILE *out, const struct schema_field *field)
{
    char range[100];
    fprintf(out, "---@field %s%s ", field->name, field->default_text == NULL ? "" : "?");
    write_type(out, field);
    fprintf(out, " %s", field->help);
    if (schema_range_text(range, sizeof range, field)[0] != '\0')
        fprintf(out, "; %s", range);
    if (field->default_text != NULL && field->default_text[0] != '\0' && field->kind != KIND_LIST)
        fprintf(out, "; default %s", field->default_text);
    fputc('\n', out);
}

static void write_class(FILE *out, const struct schema_class *class)
{
    fprintf(out, "\n---%s\n---@class ", class->help);
    write_class_name(out, class->name);
    fputc('\n', out);
    for (size_t i = 0; i < class->field_count; i++)
        write_field(out, &class->fields[i]);
}

/* Groups such as k.rail are declared before their members. */
static void write_groups(FILE *out)
{
    for (size_t i = 0; i < schema_class_count; i++) {
        const char *name = schema_classes[i].name, *dot = strchr(name, '.');
        bool first = dot != NULL;
        for (size_t j = 0; first && j < i; j++)
            first = strncmp(schema_classes[j].name, name, (size_t)(dot - name) + 1) != 0;
        if (first)
            fprintf(out, "\nk.%.*s = {}\n", (int)(dot - name), name);
    }
}

static void write_constructor(FILE *out, const struct schema_class *class)
{
    fprintf(out, "\n---%s\n---@param fields ", class->help);
    write_class_name(out, class->name);
    fputs("\n---@return ", out);
    write_class_name(out, class->name);
    fprintf(out, "\nfunction k.%s(fields) end\n", class->name);
}

void schema_write_luals(FILE *out)
{
    fputs(
        "---@meta konsento\n"
        "-- konsento.d.lua: the scenario language for the Lua language server; written by `konsento schema --luals`.\n"
        "-- SPDX-License-Identifier: GPL-3.0-or-later\n\n"
        "---Civil time, given to callbacks.\n"
        "---@class konsento.Time\n"
        "---@field seconds number since the start of the run\n"
        "---@field year integer\n---@field month integer 1..12\n---@field day integer 1..31\n"
        "---@field hour integer 0..23\n---@field minute integer 0..59\n"
        "---@field weekday integer 1 Monday .. 7 Sunday\n---@field weekend boolean Saturday or Sunday\n\n"
        "---What an aggregator knows when a slot begins, given to dispatch.\n"
        "---@class konsento.Site\n"
        "---@field load number W, of the whole building, mean of the last slot\n"
        "---@field charging number W, into cars, mean of the last slot\n"
        "---@field baseline number? W, of the slot that begins; nil: no like day is known yet\n"
        "---@field feed number W that cars could give now\n\n"
        "---A named random stream.\n"
        "---@class konsento.Stream\n"
        "---@field uniform fun(self: konsento.Stream, a?: number, b?: number): number in [0, 1) or [a, b)\n"
        "---@field exponential fun(self: konsento.Stream, mean: number): number\n"
        "---@field normal fun(self: konsento.Stream, mean: number, sigma: number): number\n"
        "---@field integer fun(self: konsento.Stream, a: integer, b: integer): integer each of a..b\n\n"
        "---@class konsento.ParamDefinition\n"
        "---@field [1] number|string|boolean the default\n---@field help? string\n"
        "---@field min? number|string\n---@field max? number|string\n---@field oneof? any[]\n---@field file? boolean\n"
        "---@field unit? string|string[] a dimension (\"current\") or a unit of it (\"A\")\n\n"
        "---@class konsento.Param\n",
        out);
    for (size_t i = 0; i < schema_class_count; i++)
        write_class(out, &schema_classes[i]);
    fputs("\nlocal k = {}\n", out);
    write_groups(out);
    for (size_t i = 0; i < schema_class_count; i++)
        write_constructor(out, &schema_classes[i]);
    for (size_t i = 0; i < schema_function_count; i++)
        fprintf(out, "\n---%s\n---@type %s\nk.%s = nil\n", schema_functions[i].help, schema_functions[i].signature,
                schema_functions[i].name);
    fputs("\nreturn k\n", out);
}
