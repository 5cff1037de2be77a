/* library.c: what a scenario may call: the allow-listed part of Lua's library, made deterministic.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/library.h"

#include "scenarios/lang/order.h"
#include "scenarios/lang/protect.h"
#include "scenarios/lang/suggest.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <string.h>

/* Registry key of the table behind the read-only globals. */
static const char globals_key = 'g';

static const char *const base_names[] = {"assert", "error",  "ipairs", "pcall",    "rawequal", "rawget", "rawlen",
                                         "select", "xpcall", "type",   "tonumber", "_VERSION", NULL};
static const char *const string_names[] = {"byte", "char",     "find", "gmatch",  "gsub", "len",    "lower", "match",
                                           "pack", "packsize", "rep",  "reverse", "sub",  "unpack", "upper", NULL};
static const char *const table_names[] = {"concat", "insert", "move", "pack", "remove", "unpack", NULL};
static const char *const math_names[] = {"abs",        "acos",      "asin", "atan", "ceil", "cos",        "exp",
                                         "floor",      "fmod",      "huge", "log",  "max",  "maxinteger", "min",
                                         "mininteger", "modf",      "pi",   "rad",  "deg",  "sin",        "sqrt",
                                         "tan",        "tointeger", "type", "ult",  NULL};
static const char *const utf8_names[] = {"char", "charpattern", "codepoint", "codes", "len", "offset", NULL};
static const char *const coroutine_names[] = {"close",  "create", "isyieldable", "resume", "running",
                                              "status", "wrap",   "yield",       NULL};

struct library {
    const char *name;
    lua_CFunction open;
    const char *const *names;
};
static const struct library libraries[] = {
    {"", luaopen_base, base_names},        {"string", luaopen_string, string_names},
    {"table", luaopen_table, table_names}, {"math", luaopen_math, math_names},
    {"utf8", luaopen_utf8, utf8_names},    {"coroutine", luaopen_coroutine, coroutine_names},
};
#define LIBRARY_COUNT (sizeof libraries / sizeof libraries[0])

/* Why the well-known rest is not here. */
struct absence {
    const char *name, *why;
};
static const struct absence absences[] = {
    {"os", "a scenario has no clock and no environment"},
    {"io", "a scenario opens no files; data files are named in fields, other scenarios by k.include"},
    {"load", "a scenario makes no code from text"},
    {"loadstring", "a scenario makes no code from text"},
    {"loadfile", "use k.include or require"},
    {"dofile", "use k.include or require"},
    {"debug", "it would break the sandbox"},
    {"package", "use require"},
    {"collectgarbage", "results must not depend on memory"},
    {"random", "use k.rng \"name\""},
    {"randomseed", "use k.rng \"name\""},
    {"dump", "a scenario makes no code from text"},
    {"_G", "write the names themselves"},
    {"k", "begin with: local k = require \"konsento\""},
};

static const char *why_absent(const char *name)
{
    for (size_t i = 0; i < sizeof absences / sizeof absences[0]; i++)
        if (strcmp(absences[i].name, name) == 0)
            return absences[i].why;
    return NULL;
}

const char *library_text(lua_State *lua, int index)
{
    index = lua_absindex(lua, index);
    int type = lua_type(lua, index);
    bool has_address = type == LUA_TTABLE || type == LUA_TFUNCTION || type == LUA_TTHREAD || type == LUA_TUSERDATA;
    if (has_address && luaL_getmetafield(lua, index, "__tostring") == LUA_TNIL)
        return lua_pushstring(lua, luaL_typename(lua, index));
    if (has_address)
        lua_pop(lua, 1);
    return luaL_tolstring(lua, index, NULL);
}

static int text_function(lua_State *lua)
{
    luaL_checkany(lua, 1);
    library_text(lua, 1);
    return 1;
}

/* string.format without addresses: "%p" is refused, and what "%s" would show as an address becomes its type. */
static int format_function(lua_State *lua)
{
    const char *format = luaL_checkstring(lua, 1);
    for (const char *p = strchr(format, '%'); p != NULL; p = strchr(p + 1, '%')) {
        p += 1 + strspn(p + 1, "-+ #0123456789.");
        if (*p == 'p')
            return luaL_error(lua, "format '%%p' shows an address, which is another one in each run");
        if (*p == '\0')
            break;
    }
    for (int i = 2; i <= lua_gettop(lua); i++) {
        int type = lua_type(lua, i);
        if (type == LUA_TTABLE || type == LUA_TFUNCTION || type == LUA_TTHREAD || type == LUA_TUSERDATA) {
            library_text(lua, i);
            lua_replace(lua, i);
        }
    }
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, 1);
    return 1;
}

/* Finalizers and weak tables would let results depend on when memory is collected. */
static int setmetatable_function(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    if (!lua_isnil(lua, 2))
        luaL_checktype(lua, 2, LUA_TTABLE);
    lua_settop(lua, 2);
    if (luaL_getmetafield(lua, 1, "__metatable") != LUA_TNIL)
        return luaL_error(lua, "this table is read-only");
    static const char *const refused[] = {"__gc", "__mode"};
    for (size_t i = 0; lua_istable(lua, 2) && i < 2; i++) {
        lua_pushstring(lua, refused[i]);
        if (lua_rawget(lua, 2) != LUA_TNIL)
            return luaL_error(lua, "%s is not available: results must not depend on memory", refused[i]);
        lua_pop(lua, 1);
    }
    lua_settop(lua, 2);
    lua_setmetatable(lua, 1);
    return 1;
}

static int getmetatable_function(lua_State *lua)
{
    luaL_checkany(lua, 1);
    if (!lua_getmetatable(lua, 1))
        return 0;
    lua_getfield(lua, -1, "__metatable");
    if (lua_isnil(lua, -1))
        lua_pop(lua, 1);
    return 1;
}

static int rawset_function(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    luaL_checkany(lua, 3);
    lua_settop(lua, 3);
    if (luaL_getmetafield(lua, 1, "__metatable") != LUA_TNIL)
        return luaL_error(lua, "this table is read-only");
    lua_rawset(lua, 1);
    return 1;
}

/* Upvalue: what the table is. Arguments: the table behind, the name. */
static int missing_name(lua_State *lua)
{
    const char *what = lua_tostring(lua, lua_upvalueindex(1));
    if (lua_type(lua, 2) != LUA_TSTRING)
        return luaL_error(lua, "%s has no [%s]", what[0] != '\0' ? what : "this table", library_text(lua, 2));
    const char *name = lua_tostring(lua, 2);
    struct suggestion suggestion;
    char near[96];
    suggest_begin(&suggestion, name);
    for (lua_pushnil(lua); lua_next(lua, 1) != 0; lua_pop(lua, 1))
        if (lua_type(lua, -2) == LUA_TSTRING)
            suggest_offer(&suggestion, lua_tostring(lua, -2));
    suggest_text(near, &suggestion);
    const char *why = why_absent(name);
    if (why != NULL && what[0] == '\0')
        return luaL_error(lua, "'%s' is not available: %s", name, why);
    if (what[0] == '\0')
        return luaL_error(lua, "unknown name '%s'%s", name, near);
    if (why != NULL)
        return luaL_error(lua, "%s has no '%s' here: %s", what, name, why);
    return luaL_error(lua, "%s has no '%s'%s", what, name, near);
}

static int refuse_write(lua_State *lua)
{
    const char *what = lua_tostring(lua, lua_upvalueindex(1));
    const char *name = library_text(lua, 2);
    if (what[0] == '\0')
        return luaL_error(lua, "global '%s' cannot be set: write local %s = ...", name, name);
    return luaL_error(lua, "%s.%s cannot be set: %s is read-only", what, name, what);
}

/* Upvalue: the table behind. */
static int sealed_pairs(lua_State *lua)
{
    lua_settop(lua, 0);
    lua_pushvalue(lua, lua_upvalueindex(1));
    return order_pairs(lua);
}

void library_seal(lua_State *lua, const char *what)
{
    int real = lua_gettop(lua);
    luaL_checkstack(lua, 8, "sealing a table");
    lua_createtable(lua, 0, 1);
    lua_pushstring(lua, what);
    lua_pushcclosure(lua, missing_name, 1);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, real);
    lua_newtable(lua); /* the view */
    lua_createtable(lua, 0, 4);
    lua_pushvalue(lua, real);
    lua_setfield(lua, -2, "__index");
    lua_pushstring(lua, what);
    lua_pushcclosure(lua, refuse_write, 1);
    lua_setfield(lua, -2, "__newindex");
    lua_pushvalue(lua, real);
    lua_pushcclosure(lua, sealed_pairs, 1);
    lua_setfield(lua, -2, "__pairs");
    lua_pushstring(lua, "read-only");
    lua_setfield(lua, -2, "__metatable");
    lua_setmetatable(lua, -2);
    lua_remove(lua, real);
}

void library_add(lua_State *lua, const char *name)
{
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &globals_key);
    lua_insert(lua, -2);
    lua_pushstring(lua, name);
    lua_insert(lua, -2);
    lua_rawset(lua, -3);
    lua_pop(lua, 1);
}

/* Stack: the library as Lua made it, the new table. */
static void copy_names(lua_State *lua, const char *const *names)
{
    for (; *names != NULL; names++) {
        lua_getfield(lua, -2, *names);
        lua_setfield(lua, -2, *names);
    }
}

static void add_function(lua_State *lua, const char *name, lua_CFunction function)
{
    lua_pushcfunction(lua, function);
    lua_setfield(lua, -2, name);
}

static void adjust(lua_State *lua, const char *name)
{
    if (strcmp(name, "string") == 0) {
        lua_getfield(lua, -2, "format");
        lua_pushcclosure(lua, format_function, 1);
        lua_setfield(lua, -2, "format");
    } else if (strcmp(name, "table") == 0) {
        add_function(lua, "sort", order_sort);
    } else if (strcmp(name, "coroutine") == 0) {
        add_function(lua, "wrap", protect_wrap);
        lua_getfield(lua, -2, "close");
        lua_pushcclosure(lua, protect_close, 1);
        lua_setfield(lua, -2, "close");
    } else if (name[0] == '\0') {
        add_function(lua, "xpcall", protect_xpcall);
        add_function(lua, "next", order_next);
        add_function(lua, "pairs", order_pairs);
        add_function(lua, "tostring", text_function);
        add_function(lua, "setmetatable", setmetatable_function);
        add_function(lua, "getmetatable", getmetatable_function);
        add_function(lua, "rawset", rawset_function);
    }
}

/* ("x"):upper() finds its methods in the allow-listed table alone. Stack: that table. */
static void protect_strings(lua_State *lua)
{
    lua_pushliteral(lua, "");
    lua_createtable(lua, 0, 2);
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "__index");
    lua_pushliteral(lua, "read-only");
    lua_setfield(lua, -2, "__metatable");
    lua_setmetatable(lua, -2);
    lua_pop(lua, 1);
}

void library_open(lua_State *lua)
{
    lua_newtable(lua);
    int globals = lua_gettop(lua);
    for (size_t i = 0; i < LIBRARY_COUNT; i++) {
        const struct library *library = &libraries[i];
        luaL_requiref(lua, library->name[0] != '\0' ? library->name : LUA_GNAME, library->open, 0);
        if (library->name[0] == '\0')
            lua_pushvalue(lua, globals);
        else
            lua_newtable(lua);
        copy_names(lua, library->names);
        adjust(lua, library->name);
        if (strcmp(library->name, "string") == 0)
            protect_strings(lua);
        if (library->name[0] != '\0') {
            library_seal(lua, library->name);
            lua_setfield(lua, globals, library->name);
        }
        lua_settop(lua, globals);
    }
    lua_pushvalue(lua, globals);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &globals_key);
    library_seal(lua, "");
    lua_rawseti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_pushnil(lua);
    lua_setfield(lua, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
}
