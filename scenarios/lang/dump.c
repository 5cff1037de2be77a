/* dump.c: the completed scenario as canonical Lua.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/dump.h"

#include "scenarios/lang/construct.h"
#include "scenarios/lang/literal.h"
#include "scenarios/lang/params.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

struct dump {
    struct check *check;
    struct literal out;
    int depth;
};

static void write_class(struct dump *dump, const struct schema_class *class, const char *in);

static void indent(struct dump *dump)
{
    for (int i = 0; i < dump->depth; i++)
        literal_add(&dump->out, "    ");
}

static int64_t read_int64(const void *in)
{
    int64_t value;
    memcpy(&value, in, sizeof value);
    return value;
}

static int read_int(const void *in)
{
    int value;
    memcpy(&value, in, sizeof value);
    return value;
}

static const char *read_text(const void *in)
{
    const char *value;
    memcpy(&value, in, sizeof value);
    return value;
}

static void write_quantity(struct dump *dump, const struct schema_field *field, const void *in)
{
    char text[64];
    struct quantity quantity = {field->stored, 0};
    if (field->store == STORE_DOUBLE) {
        double value;
        memcpy(&value, in, sizeof value);
        quantity.atoms = llround(value * (double)field->atoms);
    } else if (field->word != NULL && read_int64(in) == field->word_value) {
        literal_quote(&dump->out, field->word);
        return;
    } else {
        quantity.atoms = read_int64(in) * field->atoms;
    }
    literal_quote(&dump->out, quantity_format(text, &quantity));
}

static void write_integer(struct dump *dump, const struct schema_field *field, const void *in)
{
    uint64_t value;
    uint32_t small;
    memcpy(&small, in, sizeof small);
    if (field->store == STORE_UINT32)
        value = small;
    else
        memcpy(&value, in, sizeof value);
    if (field->word != NULL && value == (uint64_t)field->word_value)
        literal_quote(&dump->out, field->word);
    else if (value <= INT64_MAX)
        literal_format(&dump->out, "%" PRIu64, value);
    else
        literal_format(&dump->out, "\"%" PRIu64 "\"", value); /* more than Lua's integers hold */
}

static void write_date(struct dump *dump, const struct schema_field *field, const void *in)
{
    char text[64];
    bool is_word = field->word != NULL && read_int64(in) == field->word_value;
    literal_quote(&dump->out, is_word ? field->word : date_format(text, read_int64(in)));
}

/* The file as it was written, not where it was found: the same on every machine. */
static void write_path(struct dump *dump, const struct schema_field *field, const void *in)
{
    const char *opened = read_text(in);
    if (opened == NULL) {
        literal_quote(&dump->out, field->word);
        return;
    }
    for (size_t i = 0; i < *dump->check->given_path_count; i++)
        if (dump->check->given_paths[i].opened == opened)
            opened = dump->check->given_paths[i].given;
    literal_quote(&dump->out, opened);
}

/* The class that the tag at `in` says, among those the field takes. */
static const struct schema_class *class_at(const struct schema_field *field, const char *in)
{
    for (size_t i = 0; i < SCHEMA_CHOICES_MAX && field->classes[i] != NULL; i++) {
        const struct schema_class *class = schema_find(field->classes[i]);
        if (!class->has_tag || read_int(in + class->tag_offset) == class->tag)
            return class;
    }
    return NULL;
}

static void write_callback(struct dump *dump, const struct schema_field *field)
{
    struct check *check = dump->check;
    lua_State *lua = check->lua;
    lua_Debug place;
    lua_pushstring(lua, field->name);
    lua_rawget(lua, check->root);
    construct_function_source(lua, -1);
    if (lua_type(lua, -1) == LUA_TSTRING) {
        literal_add(&dump->out, lua_tostring(lua, -1));
    } else {
        literal_add(&dump->out, "k.include(");
        literal_quote(&dump->out, check->reader->sources->items[0].name);
        literal_add(&dump->out, ", ");
        params_push(lua);
        literal_table(&dump->out, lua, -1);
        lua_pop(lua, 1);
        literal_format(&dump->out, ").%s", field->name);
    }
    lua_pop(lua, 1);
    lua_getinfo(lua, ">S", &place);
    const struct source *source = source_by_name(check->reader->sources, place.short_src);
    literal_format(&dump->out, ", -- text %016" PRIx64, source != NULL ? source_hash(source) : 0);
}

static void write_item(struct dump *dump, const struct schema_field *field, const char *in)
{
    const struct schema_class *class = class_at(field, in);
    if (class != NULL)
        write_class(dump, class, in);
    else
        write_callback(dump, field);
}

static void write_list(struct dump *dump, const struct schema_field *field, const char *in)
{
    size_t count;
    memcpy(&count, in + field->count_offset, sizeof count);
    literal_add(&dump->out, count > 0 ? "{\n" : "{");
    dump->depth++;
    for (size_t i = 0; i < count; i++) {
        indent(dump);
        write_item(dump, field, in + field->offset + i * field->item_size);
        literal_add(&dump->out, ",\n");
    }
    dump->depth--;
    if (count > 0)
        indent(dump);
    literal_add(&dump->out, "}");
}

static void write_thresholds(struct dump *dump)
{
    const struct scenario *scenario = dump->check->scenario;
    literal_add(&dump->out, scenario->threshold_count > 0 ? "{\n" : "{");
    dump->depth++;
    for (size_t i = 0; i < scenario->threshold_count; i++) {
        indent(dump);
        literal_quote(&dump->out, scenario->thresholds[i].text);
        literal_add(&dump->out, ",\n");
    }
    dump->depth--;
    if (scenario->threshold_count > 0)
        indent(dump);
    literal_add(&dump->out, "}");
}

static void write_value(struct dump *dump, const struct schema_field *field, const char *in)
{
    switch (field->kind) {
    case KIND_QUANTITY:
        write_quantity(dump, field, in + field->offset);
        break;
    case KIND_DATE:
        write_date(dump, field, in + field->offset);
        break;
    case KIND_INTEGER:
        write_integer(dump, field, in + field->offset);
        break;
    case KIND_ENUM:
        literal_quote(&dump->out, field->names[read_int(in + field->offset)]);
        break;
    case KIND_STRING:
        literal_quote(&dump->out, read_text(in + field->offset));
        break;
    case KIND_PATH:
        write_path(dump, field, in + field->offset);
        break;
    case KIND_CLASS:
        write_item(dump, field, in + field->offset);
        break;
    case KIND_LIST:
        write_list(dump, field, in);
        break;
    case KIND_CHECKS:
        write_thresholds(dump);
        break;
    case KIND_PARAMS:
        break;
    }
}

static void write_class(struct dump *dump, const struct schema_class *class, const char *in)
{
    literal_format(&dump->out, "k.%s {\n", class->name);
    dump->depth++;
    for (size_t i = 0; i < class->field_count; i++) {
        const struct schema_field *field = &class->fields[i];
        if (field->kind == KIND_PARAMS)
            continue;
        indent(dump);
        literal_format(&dump->out, "%s = ", field->name);
        bool is_callback = field->callback != NULL && class_at(field, in + field->offset) == NULL;
        write_value(dump, field, in);
        literal_add(&dump->out, is_callback ? "\n" : ",\n");
    }
    dump->depth--;
    indent(dump);
    literal_add(&dump->out, "}");
}

const char *dump_scenario(struct check *check)
{
    struct dump dump = {.check = check, .out = {.keep = check->reader->keep}};
    literal_add(&dump.out, "local k = require \"konsento\"\nreturn ");
    write_class(&dump, schema_find(scenario_is_lab(check->scenario) ? "lab" : "scenario"),
                (const char *)check->scenario);
    literal_add(&dump.out, "\n");
    return dump.out.failed ? NULL : dump.out.text;
}
