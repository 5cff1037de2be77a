/* construct.c: the module "konsento" as scripts see it: constructors from the schema, and k's other functions. [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/construct.h"

#include "scenarios/lang/extend.h"
#include "scenarios/lang/library.h"
#include "scenarios/lang/literal.h"
#include "scenarios/lang/order.h"
#include "scenarios/lang/origin.h"
#include "scenarios/lang/params.h"
#include "scenarios/lang/quantity.h"
#include "scenarios/lang/random.h"
#include "scenarios/lang/suggest.h"

#include <lauxlib.h>
#include <string.h>

static const char module_key = 'k', loaded_key = 'l', sources_key = 's';

/* Upvalue: index of the class in the schema. */
static int construct(lua_State *lua)
{
    const struct schema_class *class = &schema_classes[lua_tointeger(lua, lua_upvalueindex(1))];
    struct diagnostics *diagnostics = reader_of(lua)->diagnostics;
    const char *last = strrchr(class->name, '.') != NULL ? strrchr(class->name, '.') + 1 : class->name;
    if (!lua_istable(lua, 1)) {
        struct place place = reader_place(lua, last);
        diagnostics_error(diagnostics, &place, "k.%s takes a table, k.%s { ... }, got %s", class->name, class->name,
                          luaL_typename(lua, 1));
        lua_settop(lua, 0);
        lua_newtable(lua);
        origin_mark(lua, 1, ORIGIN_BROKEN, class);
        return 1;
    }
    lua_settop(lua, 1);
    if (origin_of(lua, 1).kind != ORIGIN_NONE) {
        struct place place = reader_place(lua, last);
        diagnostics_error(diagnostics, &place, "k.%s takes a new table, this one was made by another constructor",
                          class->name);
        return 1;
    }
    origin_mark(lua, 1, ORIGIN_CLASS, class);
    return 1;
}

static int note(lua_State *lua)
{
    struct reader *reader = reader_of(lua);
    if (reader->in_callback)
        return luaL_error(lua, "notes are made while the scenario is read, not in a run");
    luaL_Buffer text;
    int count = lua_gettop(lua);
    struct place place = reader_place(lua, NULL);
    luaL_buffinit(lua, &text);
    for (int i = 1; i <= count; i++) {
        if (i > 1)
            luaL_addchar(&text, ' ');
        library_text(lua, i);
        luaL_addvalue(&text);
    }
    luaL_pushresult(&text);
    diagnostics_note(reader->diagnostics, &place, "%s", lua_tostring(lua, -1));
    return 0;
}

static int quantity_function(lua_State *lua)
{
    const char *text = luaL_checkstring(lua, 1), *unit = luaL_checkstring(lua, 2);
    struct quantity quantity;
    char why[300];
    enum dimension dimension = dimension_find(unit);
    int64_t atoms = dimension != DIMENSION_COUNT ? quantity_unit_atoms(unit, dimension) : 0;
    if (atoms == 0)
        return luaL_error(lua, "k.quantity: unknown unit '%s'", unit);
    enum quantity_result result = quantity_parse(&quantity, text, DIMENSION_BIT(dimension));
    if (result != QUANTITY_OK)
        return luaL_error(lua, "k.quantity \"%s\": %s", text,
                          quantity_explain(why, sizeof why, result, text, DIMENSION_BIT(dimension)));
    lua_pushnumber(lua, (double)quantity.atoms / (double)atoms);
    return 1;
}

/* Evaluates the file of that name. Pushes its value and returns true, or pushes the error. */
static bool evaluate_file(lua_State *lua, const char *function, const char *name)
{
    struct reader *reader = reader_of(lua);
    char why[200] = "";
    if (reader->in_callback)
        luaL_error(lua, "%s works while the scenario is read, not in a run", function);
    struct source *source = source_include(why, sizeof why, reader->sources, name);
    if (source != NULL && reader->include_depth == INCLUDE_DEPTH_MAX) {
        snprintf(why, sizeof why, "files within files more than %d deep", INCLUDE_DEPTH_MAX);
        source = NULL;
    }
    if (source == NULL) {
        luaL_where(lua, 1);
        lua_pushfstring(lua, "%s '%s': %s", function, name, why);
        lua_concat(lua, 2);
        return false;
    }
    reader->include_depth++;
    bool done = reader_evaluate(lua, source);
    reader->include_depth--;
    return done;
}

/* Remembers for each function in the scenario at the top of the stack how to include it again. values: stack index. */
static void remember_functions(lua_State *lua, const char *name, int values)
{
    int scenario = lua_gettop(lua);
    if (!lua_istable(lua, scenario) || origin_of(lua, scenario).kind != ORIGIN_CLASS)
        return;
    struct literal call = {.keep = reader_of(lua)->keep};
    literal_add(&call, "k.include(");
    literal_quote(&call, name);
    literal_add(&call, ", ");
    literal_table(&call, lua, values);
    if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &sources_key) != LUA_TTABLE) {
        lua_pop(lua, 1);
        lua_newtable(lua);
        lua_pushvalue(lua, -1);
        lua_rawsetp(lua, LUA_REGISTRYINDEX, &sources_key);
    }
    for (lua_pushnil(lua); lua_next(lua, scenario) != 0; lua_pop(lua, 1)) {
        if (!lua_isfunction(lua, -1) || lua_type(lua, -2) != LUA_TSTRING || call.failed)
            continue;
        lua_pushvalue(lua, -1);
        lua_pushfstring(lua, "%s).%s", call.text, lua_tostring(lua, -3));
        lua_rawset(lua, scenario + 1);
    }
    lua_settop(lua, scenario);
}

void construct_function_source(lua_State *lua, int index)
{
    index = lua_absindex(lua, index);
    if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &sources_key) != LUA_TTABLE)
        return;
    lua_pushvalue(lua, index);
    lua_rawget(lua, -2);
    lua_remove(lua, -2);
}

static int include(lua_State *lua)
{
    const char *name = luaL_checkstring(lua, 1);
    bool has_values = !lua_isnoneornil(lua, 2);
    struct params_scope scope;
    if (has_values) {
        luaL_checktype(lua, 2, LUA_TTABLE);
        params_scope_begin(&scope, lua, 2);
    }
    bool done = evaluate_file(lua, "k.include", name);
    if (has_values) {
        params_scope_end(&scope, lua);
        if (done && lua_isstring(lua, -1))
            return luaL_error(lua, "k.include '%s': %s", name, lua_tostring(lua, -1));
        lua_pop(lua, 1);
    }
    if (!done)
        return lua_error(lua);
    if (has_values)
        remember_functions(lua, name, 2);
    return 1;
}

/* require "konsento", require "lib.prices" (each file once), and nothing else. */
static int require(lua_State *lua)
{
    const char *name = luaL_checkstring(lua, 1);
    if (strcmp(name, "konsento") == 0) {
        lua_rawgetp(lua, LUA_REGISTRYINDEX, &module_key);
        return 1;
    }
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &loaded_key);
    if (lua_getfield(lua, -1, name) != LUA_TNIL)
        return 1;
    lua_pop(lua, 1);
    luaL_gsub(lua, name, ".", "/");
    lua_pushliteral(lua, ".lua");
    lua_concat(lua, 2);
    if (!evaluate_file(lua, "require", lua_tostring(lua, -1)))
        return lua_error(lua);
    if (lua_isnil(lua, -1)) {
        lua_pop(lua, 1);
        lua_pushboolean(lua, 1);
    }
    lua_pushvalue(lua, -1);
    lua_setfield(lua, 2, name);
    return 1;
}

/* k.name for a name that is not there: told with its place, and if another is near, that one is taken so that the
 * rest of the file is checked as well. Upvalue: what ("k.rail"). Arguments: the table behind, the name. */
static int missing_member(lua_State *lua)
{
    const char *what = lua_tostring(lua, lua_upvalueindex(1)), *name = luaL_checkstring(lua, 2);
    struct suggestion suggestion;
    char near[96];
    suggest_begin(&suggestion, name);
    for (lua_pushnil(lua); lua_next(lua, 1) != 0; lua_pop(lua, 1))
        suggest_offer(&suggestion, lua_tostring(lua, -2));
    suggest_text(near, &suggestion);
    if (suggestion.best[0] == '\0')
        return luaL_error(lua, "%s has no '%s'", what, name);
    struct place place = reader_place(lua, name);
    diagnostics_error(reader_of(lua)->diagnostics, &place, "%s has no '%s'%s", what, name, near);
    lua_getfield(lua, 1, suggestion.best);
    return 1;
}

/* Pops a table and pushes its read-only view in which missing names are looked up by missing_member. */
static void seal_members(lua_State *lua, const char *what)
{
    int real = lua_gettop(lua);
    lua_pushvalue(lua, real);
    library_seal(lua, what);
    lua_getmetatable(lua, real);
    lua_pushstring(lua, what);
    lua_pushcclosure(lua, missing_member, 1);
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 1);
    lua_remove(lua, real);
}

/* Adds the constructor of a class to k (at the top of the stack) or to the group named before its dot. */
static void add_constructor(lua_State *lua, size_t index)
{
    const char *name = schema_classes[index].name, *dot = strchr(name, '.');
    int k = lua_gettop(lua);
    if (dot != NULL) {
        lua_pushlstring(lua, name, (size_t)(dot - name));
        lua_pushvalue(lua, -1);
        if (lua_rawget(lua, k) == LUA_TNIL) {
            lua_pop(lua, 1);
            lua_newtable(lua);
            lua_pushvalue(lua, k + 1);
            lua_pushvalue(lua, -2);
            lua_rawset(lua, k);
        }
    }
    lua_pushinteger(lua, (lua_Integer)index);
    lua_pushcclosure(lua, construct, 1);
    lua_setfield(lua, -2, dot != NULL ? dot + 1 : name);
    lua_settop(lua, k);
}

static void add_constructors(lua_State *lua)
{
    int k = lua_gettop(lua);
    for (size_t i = 0; i < schema_class_count; i++)
        add_constructor(lua, i);
    /* The groups are sealed by the names of their classes, as k.rail. */
    for (size_t i = 0; i < schema_class_count; i++) {
        const char *name = schema_classes[i].name, *dot = strchr(name, '.');
        if (dot == NULL)
            continue;
        lua_pushlstring(lua, name, (size_t)(dot - name));
        const char *group = lua_tostring(lua, -1);
        lua_pushfstring(lua, "k.%s", group);
        lua_getfield(lua, k, group);
        bool sealed = lua_getmetatable(lua, -1) != 0;
        if (!sealed) {
            seal_members(lua, lua_tostring(lua, -2));
            lua_setfield(lua, k, group);
        }
        lua_settop(lua, k);
    }
}

void construct_open(lua_State *lua)
{
    static const luaL_Reg functions[] = {
        {"params", params_declare_all}, {"param", params_make},          {"p", params_get},
        {"include", include},           {"extend", extend_function},     {"note", note},
        {"rng", random_function},       {"quantity", quantity_function}, {NULL, NULL}};
    lua_newtable(lua);
    luaL_setfuncs(lua, functions, 0);
    add_constructors(lua);
    seal_members(lua, "k");
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &module_key);
    lua_newtable(lua);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &loaded_key);
    lua_pushcfunction(lua, require);
    library_add(lua, "require");
    lua_pushcfunction(lua, note);
    library_add(lua, "print");
}
