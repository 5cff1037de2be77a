/* sample.c: scenarios made from the schema, so that tests reach every field of every constructor.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/scenarios/sample.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static void add_required(char *out, size_t size, const struct schema_class *class, const char *without);

static void add(char *out, size_t size, const char *text)
{
    size_t used = strlen(out), length = strlen(text);
    assert(used + length < size);
    memcpy(out + used, text, length + 1);
}

const char *sample_value(char *out, size_t size, const struct schema_field *field)
{
    switch (field->kind) {
    case KIND_QUANTITY:
        snprintf(out, size, "\"%s\"", field->max);
        break;
    case KIND_INTEGER:
        snprintf(out, size, "%s", field->min);
        break;
    case KIND_DATE:
        snprintf(out, size, "\"2018-03-01\"");
        break;
    case KIND_ENUM:
        snprintf(out, size, "\"%s\"", field->names[0]);
        break;
    case KIND_STRING:
        if (strcmp(field->name, "payment_hash") == 0)
            snprintf(out, size, "\"%064d\"", 0);
        else
            snprintf(out, size, "\"x\"");
        break;
    case KIND_PATH:
        snprintf(out, size, "\"VERSION\"");
        break;
    case KIND_CLASS:
    case KIND_LIST: {
        bool list = field->kind == KIND_LIST;
        snprintf(out, size, "%sk.%s { ", list ? "{ " : "", field->classes[0]);
        add_required(out, size, schema_find(field->classes[0]), "");
        add(out, size, list ? "} }" : "}");
        break;
    }
    case KIND_CHECKS:
        snprintf(out, size, "{ \"revenue > 0\" }");
        break;
    case KIND_PARAMS:
        snprintf(out, size, "{}");
        break;
    }
    return out;
}

static void add_required(char *out, size_t size, const struct schema_class *class, const char *without)
{
    for (size_t i = 0; i < class->field_count; i++) {
        const struct schema_field *field = &class->fields[i];
        char value[1000];
        if (field->default_text != NULL || strcmp(field->name, without) == 0)
            continue;
        add(out, size, field->name);
        add(out, size, " = ");
        add(out, size, sample_value(value, sizeof value, field));
        add(out, size, ", ");
    }
}

/* The first field of any class that takes the class. */
static const struct schema_field *find_parent(const struct schema_class **parent, const struct schema_class *class)
{
    for (size_t i = 0; i < schema_class_count; i++)
        for (size_t j = 0; j < schema_classes[i].field_count; j++)
            for (size_t n = 0; n < SCHEMA_CHOICES_MAX && schema_classes[i].fields[j].classes[n] != NULL; n++)
                if (strcmp(schema_classes[i].fields[j].classes[n], class->name) == 0) {
                    *parent = &schema_classes[i];
                    return &schema_classes[i].fields[j];
                }
    return NULL;
}

/* Puts { inside } of the class into its parents, up to k.scenario or k.lab. */
static void embed(char *out, const struct schema_class *class, const char *without, const char *inside)
{
    char made[SAMPLE_MAX] = "k.", line[SAMPLE_MAX];
    add(made, SAMPLE_MAX, class->name);
    add(made, SAMPLE_MAX, " { ");
    add_required(made, sizeof made, class, without);
    add(made, SAMPLE_MAX, inside);
    add(made, SAMPLE_MAX, "}");
    if (strcmp(class->name, "scenario") == 0 || strcmp(class->name, "lab") == 0) {
        out[0] = '\0';
        add(out, SAMPLE_MAX, "local k = require \"konsento\"\nreturn ");
        add(out, SAMPLE_MAX, made);
        return;
    }
    const struct schema_class *parent = NULL;
    const struct schema_field *field = find_parent(&parent, class);
    assert(field != NULL); /* a class that no field takes could not be used */
    bool list = field->kind == KIND_LIST;
    snprintf(line, sizeof line, "%s = %s", field->name, list ? "{ " : "");
    add(line, SAMPLE_MAX, made);
    add(line, SAMPLE_MAX, list ? " } " : " ");
    embed(out, parent, field->name, line);
}

const char *sample_scenario(char out[SAMPLE_MAX], unsigned *line_number, const struct schema_class *class,
                            const char *without, const char *line)
{
    char inside[SAMPLE_MAX] = "\n";
    add(inside, SAMPLE_MAX, line);
    add(inside, SAMPLE_MAX, "\n");
    embed(out, class, without, inside);
    *line_number = 1;
    const char *at = strstr(out, inside);
    for (const char *p = out; p <= at; p++)
        *line_number += *p == '\n';
    return out;
}
