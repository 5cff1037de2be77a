/* check.c: the walk over a scenario's table, class by class and field by field.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/check.h"

#include "scenarios/lang/library.h"
#include "scenarios/lang/order.h"
#include "scenarios/lang/origin.h"
#include "scenarios/lang/params.h"
#include "scenarios/lang/suggest.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

static void check_class(struct check *check, const struct schema_class *class, void *out);

/* Adds to the path; the return value takes it off again. */
static size_t path_push(struct check *check, const char *glue, const char *name)
{
    size_t before = check->path_length;
    size_t room = sizeof check->path - before;
    int n = snprintf(check->path + before, room, "%s%s", before > 0 ? glue : "", name);
    check->path_length = n > 0 && (size_t)n < room ? before + (size_t)n : sizeof check->path - 1;
    return before;
}

static void path_pop(struct check *check, size_t before)
{
    check->path_length = before;
    check->path[before] = '\0';
}

static void remember_path(struct check *check)
{
    if (check->reader->setting_count == 0)
        return;
    if (check->path_count == check->path_capacity) {
        size_t capacity = 2 * check->path_capacity + 128;
        const char **paths = keep_alloc(check->reader->keep, capacity * sizeof *paths);
        if (paths == NULL)
            luaL_error(check->lua, "not enough memory");
        if (check->path_count > 0)
            memcpy(paths, check->paths, check->path_count * sizeof *paths);
        check->paths = paths;
        check->path_capacity = capacity;
    }
    check->paths[check->path_count++] = reader_text(check->lua, check->path);
}

/* Choices of one group that are listed one by one. */
#define LISTED_MAX 4

static const char *class_list(char *out, size_t size, const struct schema_field *field)
{
    size_t used = 0, count = 0;
    out[0] = '\0';
    while (count < SCHEMA_CHOICES_MAX && field->classes[count] != NULL)
        count++;
    for (size_t i = 0; i < count && used < size; i++) {
        const char *name = field->classes[i];
        if (i > 0 && count > LISTED_MAX) {
            snprintf(out + used, size - used, " or another k.%.*s", (int)strcspn(name, "."), name);
            break;
        }
        used += (size_t)snprintf(out + used, size - used, "%sk.%s { ... }", i > 0 ? " or " : "", name);
    }
    return out;
}

/* Is the class of this name one that the field takes? */
static bool takes(const struct schema_field *field, const struct schema_class *class)
{
    for (size_t i = 0; class != NULL && i < SCHEMA_CHOICES_MAX && field->classes[i] != NULL; i++)
        if (strcmp(field->classes[i], class->name) == 0)
            return true;
    return false;
}

/* Checks the table on top of the stack (nil: all defaults of the field's first class) into out. */
static void check_made(struct check *check, const struct schema_field *field, void *out)
{
    lua_State *lua = check->lua;
    char expected[200];
    struct origin origin = {.kind = ORIGIN_CLASS, .class = schema_find(field->classes[0])};
    if (!lua_isnil(lua, -1)) {
        origin = lua_istable(lua, -1) ? origin_of(lua, -1) : (struct origin){.kind = ORIGIN_NONE};
        if (origin.kind == ORIGIN_BROKEN)
            return;
    }
    if (takes(field, origin.class)) {
        if (origin.class->has_tag)
            *(int *)((char *)out + origin.class->tag_offset) = origin.class->tag;
        check_class(check, origin.class, out);
        return;
    }
    class_list(expected, sizeof expected, field);
    if (origin.class != NULL)
        check_error(check, NULL, "%s must be %s, got k.%s", check->path, expected, origin.class->name);
    else
        check_error(check, NULL, "%s must be %s%s, got %s", check->path, expected,
                    field->callback != NULL ? " or a function" : "", luaL_typename(lua, -1));
}

static void check_one(struct check *check, const struct schema_field *field, void *out)
{
    const struct schema_class *first = schema_find(field->classes[0]);
    const struct scenario_setting *setting = check_setting(check, check->path);
    if (setting != NULL)
        check_error(check, NULL, "%s=%s: %s is a table: set one of its fields, as in %s.%s=...", setting->path,
                    setting->value, check->path, check->path, first->fields[0].name);
    if (lua_isnil(check->lua, -1) && field->default_text == NULL)
        check_missing(check, field->help);
    else if (field->callback != NULL && lua_isfunction(check->lua, -1))
        *(int *)((char *)out + first->tag_offset) = field->callback_tag;
    else
        check_made(check, field, out);
}

/* --set rails.cloud.latency: an item may be named by its name. Rewrites such settings to rails[1].latency. */
static void resolve_names(struct check *check, const char *list, lua_Integer item, const char *name)
{
    struct scenario_setting *settings = (struct scenario_setting *)check->reader->settings;
    char prefix[CHECK_PATH_MAX];
    int length = snprintf(prefix, sizeof prefix, "%s.%s.", list, name);
    for (size_t i = 0; i < check->reader->setting_count; i++) {
        if (length < 0 || strncmp(settings[i].path, prefix, (size_t)length) != 0)
            continue;
        const char *rest = settings[i].path + length;
        settings[i].path = reader_text(check->lua, lua_pushfstring(check->lua, "%s[%d].%s", list, (int)item, rest));
        lua_pop(check->lua, 1);
    }
}

/* The name of the item on top of the stack: its field `name`, or the default of its class. */
static void item_name(struct check *check, const struct schema_field *field, lua_Integer item)
{
    lua_State *lua = check->lua;
    const struct schema_class *class = schema_find(field->classes[0]);
    const char *name = NULL;
    if (lua_istable(lua, -1)) {
        struct origin origin = origin_of(lua, -1);
        class = origin.class != NULL ? origin.class : class;
        lua_pushliteral(lua, "name");
        lua_rawget(lua, -2);
        name = lua_type(lua, -1) == LUA_TSTRING ? reader_text(lua, lua_tostring(lua, -1)) : NULL;
        lua_pop(lua, 1);
    }
    const struct schema_field *named = schema_field(class, "name");
    if (named == NULL)
        return;
    resolve_names(check, check->path, item, name != NULL ? name : named->default_text);
}

static void check_items(struct check *check, const struct schema_field *field, char *out, lua_Integer length)
{
    for (lua_Integer i = 1; i <= length; i++) {
        char index[32];
        bool written = lua_istable(check->lua, -1);
        if (written)
            lua_rawgeti(check->lua, -1, i);
        else
            lua_pushnil(check->lua);
        item_name(check, field, i);
        snprintf(index, sizeof index, "[%d]", (int)i);
        size_t before = path_push(check, "", index);
        if (written && lua_isnil(check->lua, -1))
            check_error(check, NULL, "%s is nil: there is a hole in the list", check->path);
        else
            check_made(check, field, out + field->offset + (size_t)(i - 1) * field->item_size);
        path_pop(check, before);
        lua_pop(check->lua, 1);
    }
}

static void check_list(struct check *check, const struct schema_field *field, char *out)
{
    lua_State *lua = check->lua;
    lua_Integer length = 0;
    if (check_setting(check, check->path) != NULL)
        check_error(check, NULL, "%s is a list: set a field of one item, as in %s[1].%s=...", check->path, check->path,
                    schema_find(field->classes[0])->fields[0].name);
    if (lua_istable(lua, -1) && origin_of(lua, -1).kind == ORIGIN_NONE) {
        length = check_list_length(check);
        if (length == 0 && (field->default_text == NULL || field->default_text[0] != '\0'))
            check_error(check, NULL, "%s is empty: one %.*s at least", check->path,
                        (int)strcspn(field->classes[0], field->classes[1] != NULL ? "." : ""), field->classes[0]);
    } else if (!lua_isnil(lua, -1)) {
        char expected[200];
        check_error(check, NULL, "%s must be a list { %s, ... }", check->path,
                    class_list(expected, sizeof expected, field));
        return;
    } else if (field->default_text == NULL) {
        check_missing(check, field->help);
        return;
    } else {
        length = field->default_text[0] != '\0'; /* "one": one item of the first class */
    }
    if ((size_t)length > field->capacity) {
        check_error(check, NULL, "%s has %d items, no more than %zu are possible", check->path, (int)length,
                    field->capacity);
        length = (lua_Integer)field->capacity;
    }
    *(size_t *)(void *)(out + field->count_offset) = (size_t)length;
    check_items(check, field, out, length);
}

/* The field of the table at index (0: there is none) is left on the stack. */
static void push_field(struct check *check, int index, const struct schema_field *field)
{
    lua_State *lua = check->lua;
    lua_pushnil(lua);
    if (index == 0)
        return;
    lua_pop(lua, 1);
    lua_pushstring(lua, field->name);
    lua_rawget(lua, index);
    const char *undeclared = params_resolve(lua, -1);
    if (undeclared == NULL)
        return;
    struct suggestion suggestion;
    char near[96];
    suggest_begin(&suggestion, undeclared);
    for (size_t i = 0; i < check->reader->param_count; i++)
        suggest_offer(&suggestion, check->reader->params[i].name);
    check_error(check, NULL, "%s: no param '%s' is declared%s", check->path, undeclared,
                suggest_text(near, &suggestion));
    lua_pop(lua, 1);
    lua_pushnil(lua);
}

static void check_field(struct check *check, int index, const struct schema_field *field, char *out)
{
    size_t before = path_push(check, ".", field->name);
    remember_path(check);
    push_field(check, index, field);
    switch (field->kind) {
    case KIND_QUANTITY:
    case KIND_DATE:
    case KIND_INTEGER:
    case KIND_ENUM:
    case KIND_STRING:
    case KIND_PATH:
        check_value(check, field, out + field->offset);
        break;
    case KIND_CLASS:
        check_one(check, field, out + field->offset);
        break;
    case KIND_LIST:
        check_list(check, field, out);
        break;
    case KIND_CHECKS: /* after the rails, whose names they use */
    case KIND_PARAMS: /* before everything else */
        if (check_setting(check, check->path) != NULL)
            check_error(check, NULL, "%s is changed in the file, not by --set", check->path);
        break;
    }
    lua_pop(check->lua, 1);
    path_pop(check, before);
}

static void check_names(struct check *check, int index, const struct schema_class *class)
{
    lua_State *lua = check->lua;
    check_keys(check, class->name);
    lua_Integer count = order_keys(lua, index);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(lua, -1, i);
        bool named = lua_type(lua, -1) == LUA_TSTRING;
        const char *name = library_text(lua, -1);
        lua_remove(lua, -2);
        if (!named || schema_field(class, name) == NULL) {
            struct suggestion suggestion;
            char near[96], bracket[80];
            suggest_begin(&suggestion, name);
            for (size_t j = 0; j < class->field_count; j++)
                suggest_offer(&suggestion, class->fields[j].name);
            snprintf(bracket, sizeof bracket, named ? "%s" : "[%s]", name);
            size_t before = path_push(check, named ? "." : "", bracket);
            check_error(check, NULL, "%s has no field '%s'%s", class->name, bracket, suggest_text(near, &suggestion));
            path_pop(check, before);
        }
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}

/* The table on top of the stack (nil: all defaults). */
static void check_class(struct check *check, const struct schema_class *class, void *out)
{
    luaL_checkstack(check->lua, 20, "checking a scenario");
    int index = lua_istable(check->lua, -1) ? lua_gettop(check->lua) : 0;
    if (index != 0)
        check_names(check, index, class);
    for (size_t i = 0; i < class->field_count; i++)
        check_field(check, index, &class->fields[i], out);
}

static void declare_params(struct check *check)
{
    lua_State *lua = check->lua;
    lua_pushliteral(lua, "params");
    lua_rawget(lua, check->root);
    check->reader->fallback = check_place(check, "params");
    if (lua_istable(lua, -1) && origin_of(lua, -1).kind == ORIGIN_NONE)
        params_declare_table(lua, -1);
    else if (!lua_isnil(lua, -1))
        check_error(check, "params", "params must be a table of k.param { ... }");
    lua_settop(lua, check->root);
}

static void check_unused(struct check *check)
{
    const struct reader *reader = check->reader;
    for (size_t i = 0; i < reader->setting_count; i++) {
        if (reader->setting_used[i])
            continue;
        const char *path = reader->settings[i].path;
        struct suggestion suggestion;
        char near[96];
        suggest_begin(&suggestion, path);
        for (size_t j = 0; j < reader->param_count; j++)
            suggest_offer(&suggestion, reader->params[j].name);
        for (size_t j = 0; j < check->path_count; j++)
            suggest_offer(&suggestion, check->paths[j]);
        struct place place = {"--set", 0, 0};
        diagnostics_error(reader->diagnostics, &place, "%s=%s: no param and no field of that name%s", path,
                          reader->settings[i].value, suggest_text(near, &suggestion));
    }
}

void check_scenario(struct check *check)
{
    check->root = lua_gettop(check->lua);
    declare_params(check);
    check_class(check, origin_of(check->lua, check->root).class, check->scenario);
    lua_settop(check->lua, check->root);
    lua_pushliteral(check->lua, "thresholds");
    lua_rawget(check->lua, check->root);
    check_thresholds(check);
    lua_settop(check->lua, check->root);
    check_unused(check);
    check_rules(check);
    lua_settop(check->lua, check->root);
}
