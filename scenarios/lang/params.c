/* params.c: parameters that a scenario declares and --set changes.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A definition is a table { default, help =, min =, max =, oneof =, unit =, file = }. The value is the default, or the
 * text of the --set of that name turned into the default's type. Values are kept in Lua's registry, by name.
 */
#include "scenarios/lang/params.h"

#include "scenarios/lang/library.h"
#include "scenarios/lang/order.h"
#include "scenarios/lang/origin.h"
#include "scenarios/lang/plain.h"
#include "scenarios/lang/quantity.h"
#include "scenarios/lang/suggest.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

static const char values_key = 'v', fixed_key = 'x', seen_key = 's';
static const char *const waiting_type = "konsento.p";

static const char *const definition_names[] = {"help", "min", "max", "oneof", "unit", "file"};
#define DEFINITION_COUNT (sizeof definition_names / sizeof definition_names[0])

/* One declaration under way. Stack indices are absolute. */
struct declaration {
    lua_State *lua;
    struct reader *reader;
    const char *name;
    int definition; /* the table */
    int value;      /* the effective value */
    unsigned dimensions;
    bool from_setting;
};

static struct place place_of(const struct declaration *declaration, const char *field)
{
    struct place place = {NULL, 0, 0};
    if (declaration->from_setting && field == NULL)
        return (struct place){"--set", 0, 0};
    if (!origin_place(&place, declaration->lua, declaration->definition, field, field == NULL ? 1 : 0))
        place = reader_place(declaration->lua, declaration->name);
    return place;
}

/* Is the value one of `oneof`? Lists them in text. */
static bool is_listed(const struct declaration *declaration, char *text, size_t size)
{
    lua_State *lua = declaration->lua;
    bool listed = false;
    size_t used = 0;
    text[0] = '\0';
    lua_getfield(lua, declaration->definition, "oneof");
    lua_Integer count = lua_istable(lua, -1) ? luaL_len(lua, -1) : 0;
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(lua, -1, i);
        listed |= lua_rawequal(lua, -1, declaration->value);
        const char *one = library_text(lua, -1);
        int n = snprintf(text + used, size - used, "%s%s", i > 1 ? ", " : "", *one == '\0' ? "\"\"" : one);
        used = n > 0 && used + (size_t)n < size ? used + (size_t)n : size - 1;
        lua_pop(lua, 2);
    }
    lua_pop(lua, 1);
    return listed;
}

static bool bound_atoms(const struct declaration *declaration, const char *bound, struct quantity *quantity)
{
    lua_getfield(declaration->lua, declaration->definition, bound);
    const char *text = lua_tostring(declaration->lua, -1);
    bool there = text != NULL && quantity_parse(quantity, text, declaration->dimensions) == QUANTITY_OK;
    lua_pop(declaration->lua, 1);
    return there;
}

/* As the scenario writes it; the definition keeps it. */
static const char *bound_text(const struct declaration *declaration, const char *bound)
{
    lua_getfield(declaration->lua, declaration->definition, bound);
    const char *text = lua_tostring(declaration->lua, -1);
    lua_pop(declaration->lua, 1);
    return text;
}

static void check_quantity(const struct declaration *declaration)
{
    struct quantity value, bound;
    char why[300], listed[200];
    const char *text = library_text(declaration->lua, declaration->value);
    struct place place = place_of(declaration, NULL);
    enum quantity_result result = quantity_parse(&value, text, declaration->dimensions);
    if (result != QUANTITY_OK) {
        is_listed(declaration, listed, sizeof listed);
        diagnostics_error(declaration->reader->diagnostics, &place, "param %s = \"%s\": %s%s%s", declaration->name,
                          text, quantity_explain(why, sizeof why, result, text, declaration->dimensions),
                          listed[0] != '\0' ? ", or " : "", listed);
    } else {
        bool low =
            bound_atoms(declaration, "min", &bound) && bound.dimension == value.dimension && value.atoms < bound.atoms;
        bool high =
            bound_atoms(declaration, "max", &bound) && bound.dimension == value.dimension && value.atoms > bound.atoms;
        if (low || high)
            diagnostics_error(declaration->reader->diagnostics, &place, "param %s = \"%s\" is %s %s", declaration->name,
                              text, low ? "below" : "above", bound_text(declaration, low ? "min" : "max"));
    }
    lua_pop(declaration->lua, 1);
}

static void check_number(const struct declaration *declaration)
{
    lua_State *lua = declaration->lua;
    static const char *const bounds[] = {"min", "max"};
    for (int i = 0; i < 2; i++) {
        lua_getfield(lua, declaration->definition, bounds[i]);
        bool outside = lua_isnumber(lua, -1) && (i == 0 ? lua_compare(lua, declaration->value, -1, LUA_OPLT)
                                                        : lua_compare(lua, -1, declaration->value, LUA_OPLT));
        if (outside) {
            struct place place = place_of(declaration, NULL);
            const char *value = library_text(lua, declaration->value), *bound = library_text(lua, -2);
            diagnostics_error(declaration->reader->diagnostics, &place, "param %s = %s is %s %s", declaration->name,
                              value, i == 0 ? "below" : "above", bound);
            lua_pop(lua, 2);
        }
        lua_pop(lua, 1);
    }
}

/* Values stand in tables, reports and results. Returns false after telling. */
static bool is_plain(const struct declaration *declaration)
{
    if (lua_type(declaration->lua, declaration->value) != LUA_TSTRING)
        return true;
    size_t length;
    const char *text = lua_tolstring(declaration->lua, declaration->value, &length);
    if (strlen(text) == length && plain_is(text))
        return true;
    struct place place = place_of(declaration, NULL);
    diagnostics_error(declaration->reader->diagnostics, &place,
                      "param %s must be text in UTF-8 without control characters, got \"%s\"", declaration->name, text);
    return false;
}

static bool is_file(const struct declaration *declaration)
{
    lua_getfield(declaration->lua, declaration->definition, "file");
    bool is = lua_toboolean(declaration->lua, -1);
    lua_pop(declaration->lua, 1);
    return is && lua_type(declaration->lua, declaration->value) == LUA_TSTRING;
}

/* A quantity will do as well, if the parameter may be one. What the scenario itself says is looked for when it is read.
 */
static void check_file(const struct declaration *declaration, const char *listed)
{
    struct quantity value;
    char expected[160];
    const char *text = lua_tostring(declaration->lua, declaration->value);
    bool may_be = declaration->dimensions != 0;
    bool is_one = may_be && quantity_parse(&value, text, declaration->dimensions) == QUANTITY_OK;
    if (is_one || !declaration->from_setting || reader_file(declaration->lua, text, true) != NULL)
        return;
    struct place place = place_of(declaration, NULL);
    diagnostics_error(declaration->reader->diagnostics, &place,
                      "param %s = \"%s\": no such file, neither in the working folder nor beside the scenario%s%s%s%s",
                      declaration->name, text, listed[0] != '\0' ? "; besides a file it may be: " : "", listed,
                      may_be ? ", " : "",
                      may_be ? quantity_expected(expected, sizeof expected, declaration->dimensions) : "");
}

static void check_value(const struct declaration *declaration)
{
    char listed[300];
    if (!is_plain(declaration))
        return;
    if (is_listed(declaration, listed, sizeof listed))
        return;
    if (is_file(declaration)) {
        check_file(declaration, listed);
    } else if (declaration->dimensions != 0) {
        check_quantity(declaration);
    } else if (listed[0] != '\0') {
        struct place place = place_of(declaration, NULL);
        diagnostics_error(declaration->reader->diagnostics, &place, "param %s = %s is none of: %s", declaration->name,
                          library_text(declaration->lua, declaration->value), listed);
        lua_pop(declaration->lua, 1);
    } else if (lua_type(declaration->lua, declaration->value) == LUA_TNUMBER) {
        check_number(declaration);
    }
}

/* Adds the dimension named by the string at the top of the stack. */
static void add_dimension(struct declaration *declaration)
{
    const char *name = lua_type(declaration->lua, -1) == LUA_TSTRING ? lua_tostring(declaration->lua, -1) : "";
    enum dimension dimension = dimension_find(name);
    if (dimension != DIMENSION_COUNT) {
        declaration->dimensions |= DIMENSION_BIT(dimension);
        return;
    }
    struct suggestion suggestion;
    char near[96];
    suggest_begin(&suggestion, name);
    for (int d = 0; d < DIMENSION_COUNT; d++)
        suggest_offer(&suggestion, dimension_table[d].name);
    struct place place = place_of(declaration, "unit");
    diagnostics_error(declaration->reader->diagnostics, &place, "param %s: unit '%s' is unknown%s", declaration->name,
                      name, suggest_text(near, &suggestion));
}

static void read_unit(struct declaration *declaration)
{
    lua_State *lua = declaration->lua;
    lua_getfield(lua, declaration->definition, "unit");
    if (lua_istable(lua, -1)) {
        lua_Integer count = luaL_len(lua, -1);
        for (lua_Integer i = 1; i <= count; i++) {
            lua_rawgeti(lua, -1, i);
            add_dimension(declaration);
            lua_pop(lua, 1);
        }
    } else if (!lua_isnil(lua, -1)) {
        add_dimension(declaration);
    }
    lua_pop(lua, 1);
}

/* Pushes the text as a value of the default's type (the default is at index). False: it cannot be one. */
static bool push_as(lua_State *lua, const char *text, int index)
{
    bool is_true = strcmp(text, "true") == 0;
    switch (lua_type(lua, index)) {
    case LUA_TNUMBER:
        if (lua_stringtonumber(lua, text) == strlen(text) + 1)
            return true;
        break;
    case LUA_TBOOLEAN:
        if (is_true || strcmp(text, "false") == 0) {
            lua_pushboolean(lua, is_true);
            return true;
        }
        break;
    default:
        lua_pushstring(lua, text);
        return true;
    }
    lua_pushnil(lua);
    return false;
}

/* The text that is to be the value, NULL: the default. Marks the settings of that name as used. */
static const char *find_text(struct declaration *declaration)
{
    struct reader *reader = declaration->reader;
    lua_State *lua = declaration->lua;
    const char *text = NULL;
    if (reader->fixed_params) {
        lua_rawgetp(lua, LUA_REGISTRYINDEX, &fixed_key);
        lua_getfield(lua, -1, declaration->name);
        if (!lua_isnil(lua, -1))
            text = reader_text(lua, library_text(lua, -1));
        lua_rawgetp(lua, LUA_REGISTRYINDEX, &seen_key);
        lua_pushboolean(lua, 1);
        lua_setfield(lua, -2, declaration->name);
        lua_settop(lua, declaration->definition);
        return text;
    }
    for (size_t i = 0; i < reader->setting_count; i++) {
        if (strcmp(reader->settings[i].path, declaration->name) != 0)
            continue;
        text = reader->settings[i].value;
        reader->setting_used[i] = true;
        declaration->from_setting = true;
    }
    return text;
}

/* Leaves the effective value on the stack. */
static void push_value(struct declaration *declaration)
{
    lua_State *lua = declaration->lua;
    const char *text = find_text(declaration);
    lua_rawgeti(lua, declaration->definition, 1);
    declaration->value = lua_gettop(lua);
    if (text == NULL)
        return;
    if (push_as(lua, text, declaration->value)) {
        lua_replace(lua, declaration->value);
        return;
    }
    lua_pop(lua, 1);
    struct place place = place_of(declaration, NULL);
    diagnostics_error(declaration->reader->diagnostics, &place, "param %s = \"%s\" must be a %s", declaration->name,
                      text, luaL_typename(lua, declaration->value));
}

static const char *kind_text(char out[100], const struct declaration *declaration)
{
    if (declaration->dimensions == 0)
        return luaL_typename(declaration->lua, declaration->value);
    size_t used = 0;
    out[0] = '\0';
    for (int d = 0; d < DIMENSION_COUNT; d++)
        if ((declaration->dimensions & DIMENSION_BIT(d)) != 0 && used < 80)
            used += (size_t)snprintf(out + used, 100 - used, "%s%s", used > 0 ? " or " : "", dimension_table[d].name);
    return out;
}

static const char *kept_text(lua_State *lua, int index)
{
    const char *text = reader_text(lua, library_text(lua, index));
    lua_pop(lua, 1);
    return text;
}

static void record(const struct declaration *declaration)
{
    struct reader *reader = declaration->reader;
    lua_State *lua = declaration->lua;
    char kind[100];
    if (reader->param_count == SCENARIO_PARAMS_MAX)
        luaL_error(lua, "no more than %d params", SCENARIO_PARAMS_MAX);
    lua_getfield(lua, declaration->definition, "help");
    const char *help = lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1) : "";
    lua_rawgeti(lua, declaration->definition, 1);
    reader->params[reader->param_count++] =
        (struct scenario_param){.name = reader_text(lua, declaration->name),
                                .value = kept_text(lua, declaration->value),
                                .default_value = kept_text(lua, lua_gettop(lua)),
                                .help = reader_text(lua, help),
                                .kind = reader_text(lua, kind_text(kind, declaration))};
    lua_pop(lua, 2);
}

static bool is_declared(const struct reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->param_count; i++)
        if (strcmp(reader->params[i].name, name) == 0)
            return true;
    return false;
}

/* Pushes the registry's table of values. */
static void push_values(lua_State *lua)
{
    if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &values_key) == LUA_TTABLE)
        return;
    lua_pop(lua, 1);
    lua_newtable(lua);
    lua_pushvalue(lua, -1);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &values_key);
}

/* Declares one parameter; its definition is at the top of the stack and is replaced by the value. */
static void declare(lua_State *lua, const char *name)
{
    struct reader *reader = reader_of(lua);
    struct declaration declaration = {.lua = lua, .reader = reader, .name = name, .definition = lua_gettop(lua)};
    struct origin origin = lua_istable(lua, -1) ? origin_of(lua, -1) : (struct origin){.kind = ORIGIN_NONE};
    if (origin.kind != ORIGIN_PARAM) {
        struct place place = reader_place(lua, name);
        if (origin.kind != ORIGIN_BROKEN)
            diagnostics_error(reader->diagnostics, &place,
                              "param %s must be made by k.param { default, help = \"...\" }", name);
        return;
    }
    if (!reader->fixed_params && is_declared(reader, name)) {
        struct place place = place_of(&declaration, "");
        diagnostics_error(reader->diagnostics, &place, "param %s is declared twice", name);
    }
    read_unit(&declaration);
    push_value(&declaration);
    size_t errors = reader->diagnostics->errors;
    check_value(&declaration);
    if (declaration.from_setting && reader->diagnostics->errors > errors) { /* told once: what follows from it is not */
        lua_rawgeti(lua, declaration.definition, 1);
        lua_replace(lua, declaration.value);
    }
    if (!reader->fixed_params)
        record(&declaration);
    push_values(lua);
    lua_pushvalue(lua, declaration.value);
    lua_setfield(lua, -2, name);
    lua_settop(lua, declaration.value);
    lua_replace(lua, declaration.definition);
}

void params_declare_table(lua_State *lua, int index)
{
    index = lua_absindex(lua, index);
    lua_Integer count = order_keys(lua, index);
    int keys = lua_gettop(lua);
    lua_newtable(lua);
    int values = lua_gettop(lua);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(lua, keys, i);
        if (lua_type(lua, -1) != LUA_TSTRING) {
            struct place place = reader_place(lua, NULL);
            diagnostics_error(reader_of(lua)->diagnostics, &place, "params have names: { outlets = k.param { 12 } }");
            lua_settop(lua, values);
            continue;
        }
        const char *name = lua_tostring(lua, -1);
        lua_getfield(lua, index, name);
        declare(lua, name);
        lua_setfield(lua, values, name);
        lua_settop(lua, values);
    }
    lua_remove(lua, keys);
}

int params_declare_all(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 1);
    params_declare_table(lua, 1);
    library_seal(lua, "params");
    return 1;
}

static void check_definition(lua_State *lua)
{
    struct reader *reader = reader_of(lua);
    lua_Integer count = order_keys(lua, 1);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(lua, -1, i);
        struct suggestion suggestion;
        char near[96];
        bool known = lua_isinteger(lua, -1) && lua_tointeger(lua, -1) == 1;
        const char *name = library_text(lua, -1);
        suggest_begin(&suggestion, name);
        for (size_t j = 0; j < DEFINITION_COUNT; j++) {
            known |= strcmp(definition_names[j], name) == 0;
            suggest_offer(&suggestion, definition_names[j]);
        }
        struct place place;
        if (!known && origin_place(&place, lua, 1, name, 0))
            diagnostics_error(reader->diagnostics, &place, "k.param has no field '%s'%s", name,
                              suggest_text(near, &suggestion));
        lua_pop(lua, 2);
    }
}

int params_make(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 1);
    origin_mark(lua, 1, ORIGIN_PARAM, NULL);
    check_definition(lua);
    lua_settop(lua, 1);
    lua_rawgeti(lua, 1, 1);
    int type = lua_type(lua, -1);
    if (type != LUA_TNUMBER && type != LUA_TSTRING && type != LUA_TBOOLEAN) {
        struct place place = reader_place(lua, "param");
        diagnostics_error(reader_of(lua)->diagnostics, &place,
                          "k.param needs a default first: k.param { 12, help = \"...\" }");
        origin_copy(lua, 1, &(struct origin){.kind = ORIGIN_BROKEN});
    }
    lua_settop(lua, 1);
    return 1;
}

int params_get(lua_State *lua)
{
    const char *name = luaL_checkstring(lua, 1);
    push_values(lua);
    if (lua_getfield(lua, -1, name) != LUA_TNIL)
        return 1;
    lua_newuserdatauv(lua, 0, 1);
    lua_pushvalue(lua, 1);
    lua_setiuservalue(lua, -2, 1);
    luaL_newmetatable(lua, waiting_type);
    lua_pushliteral(lua, "a parameter declared later");
    lua_setfield(lua, -2, "__name");
    lua_setmetatable(lua, -2);
    return 1;
}

const char *params_resolve(lua_State *lua, int index)
{
    if (luaL_testudata(lua, index, waiting_type) == NULL)
        return NULL;
    index = lua_absindex(lua, index);
    lua_getiuservalue(lua, index, 1);
    const char *name = lua_tostring(lua, -1);
    push_values(lua);
    if (lua_getfield(lua, -1, name) == LUA_TNIL) {
        const char *copy = reader_text(lua, name);
        lua_pop(lua, 3);
        return copy;
    }
    lua_replace(lua, index);
    lua_pop(lua, 2);
    return NULL;
}

static const char *const scope_keys[] = {&values_key, &fixed_key, &seen_key};

void params_scope_begin(struct params_scope *scope, lua_State *lua, int index)
{
    struct reader *reader = reader_of(lua);
    index = lua_absindex(lua, index);
    scope->was_fixed = reader->fixed_params;
    for (int i = 0; i < PARAMS_SCOPE_TABLES; i++) {
        lua_rawgetp(lua, LUA_REGISTRYINDEX, scope_keys[i]);
        scope->before[i] = luaL_ref(lua, LUA_REGISTRYINDEX);
        if (i == 1)
            lua_pushvalue(lua, index);
        else
            lua_newtable(lua);
        lua_rawsetp(lua, LUA_REGISTRYINDEX, scope_keys[i]);
    }
    reader->fixed_params = true;
}

/* Pushes a message about a value for which the file declared no parameter, or nil. */
static void push_unseen(lua_State *lua)
{
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &fixed_key);
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &seen_key);
    int seen = lua_gettop(lua), fixed = seen - 1;
    lua_Integer count = order_keys(lua, fixed);
    lua_pushnil(lua);
    for (lua_Integer i = 1; i <= count && lua_isnil(lua, seen + 2); i++) {
        lua_rawgeti(lua, seen + 1, i);
        const char *name = library_text(lua, -1);
        if (lua_getfield(lua, seen, name) == LUA_TNIL) {
            struct suggestion suggestion;
            char near[96];
            suggest_begin(&suggestion, name);
            for (lua_pushnil(lua); lua_next(lua, seen) != 0; lua_pop(lua, 1))
                suggest_offer(&suggestion, lua_tostring(lua, -2));
            lua_pushfstring(lua, "the file has no param '%s'%s", name, suggest_text(near, &suggestion));
            lua_replace(lua, seen + 2);
        }
        lua_settop(lua, seen + 2);
    }
    lua_replace(lua, fixed);
    lua_settop(lua, fixed);
}

void params_scope_end(const struct params_scope *scope, lua_State *lua)
{
    push_unseen(lua);
    reader_of(lua)->fixed_params = scope->was_fixed;
    for (int i = 0; i < PARAMS_SCOPE_TABLES; i++) {
        lua_rawgeti(lua, LUA_REGISTRYINDEX, scope->before[i]);
        lua_rawsetp(lua, LUA_REGISTRYINDEX, scope_keys[i]);
        luaL_unref(lua, LUA_REGISTRYINDEX, scope->before[i]);
    }
}

void params_push(lua_State *lua)
{
    const struct reader *reader = reader_of(lua);
    lua_newtable(lua);
    for (size_t i = 0; i < reader->param_count; i++) {
        lua_pushstring(lua, reader->params[i].value);
        lua_setfield(lua, -2, reader->params[i].name);
    }
}
