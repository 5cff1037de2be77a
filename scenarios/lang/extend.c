/* extend.c: k.extend(base) { changes }: a copy of a table with some fields changed.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A table made by a constructor is merged field by field with a plain table; everything else in the changes replaces
 * what was there, lists as a whole.
 */
#include "scenarios/lang/extend.h"

#include "scenarios/lang/origin.h"

#include <lauxlib.h>
#include <string.h>

#define DEPTH_MAX 32

/* Pushes a copy of the table at index, with the tables in it, and of where it came from. */
static void push_copy(lua_State *lua, int index, int depth)
{
    index = lua_absindex(lua, index);
    luaL_checkstack(lua, 8, "copying a table");
    if (depth > DEPTH_MAX)
        luaL_error(lua, "k.extend: tables within tables more than %d deep", DEPTH_MAX);
    lua_newtable(lua);
    int copy = lua_gettop(lua);
    for (lua_pushnil(lua); lua_next(lua, index) != 0;) {
        lua_pushvalue(lua, -2);
        if (lua_istable(lua, -2))
            push_copy(lua, -2, depth + 1);
        else
            lua_pushvalue(lua, -2);
        lua_rawset(lua, copy);
        lua_pop(lua, 1);
    }
    struct origin origin = origin_of(lua, index);
    if (origin.kind != ORIGIN_NONE)
        origin_copy(lua, copy, &origin);
    origin_fields_copy(lua, copy, index);
}

struct merge {
    const struct origin *extend;
    const char *path; /* of the changes, within those of the k.extend */
    int depth;
};

static bool is_made(lua_State *lua, int index)
{
    return lua_istable(lua, index) && origin_of(lua, index).kind == ORIGIN_CLASS;
}

/* Puts the fields of the table at changes into the one at base. */
static void merge_into(lua_State *lua, int base, int changes, const struct merge *merge)
{
    luaL_checkstack(lua, 8, "merging tables");
    if (merge->depth > DEPTH_MAX)
        luaL_error(lua, "k.extend: tables within tables more than %d deep", DEPTH_MAX);
    for (lua_pushnil(lua); lua_next(lua, changes) != 0; lua_pop(lua, 1)) {
        int value = lua_gettop(lua), key = value - 1;
        lua_pushvalue(lua, key);
        lua_rawget(lua, base);
        const char *name = lua_type(lua, key) == LUA_TSTRING ? lua_tostring(lua, key) : NULL;
        bool plain = lua_istable(lua, value) && origin_of(lua, value).kind == ORIGIN_NONE;
        if (name != NULL && plain && is_made(lua, value + 1)) {
            lua_pushfstring(lua, "%s%s%s", merge->path, merge->path[0] != '\0' ? "." : "", name);
            struct merge inner = {merge->extend, lua_tostring(lua, -1), merge->depth + 1};
            merge_into(lua, value + 1, value, &inner);
        } else {
            lua_pushvalue(lua, key);
            lua_pushvalue(lua, value);
            lua_rawset(lua, base);
            if (name != NULL)
                origin_field_set(lua, base, name, merge->extend, merge->path);
        }
        lua_settop(lua, value);
    }
}

/* Upvalue: the base. */
static int extend_with(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 1);
    origin_mark(lua, 1, ORIGIN_EXTEND, NULL);
    struct origin extend = origin_of(lua, 1);
    push_copy(lua, lua_upvalueindex(1), 0);
    struct merge merge = {&extend, "", 0};
    merge_into(lua, 2, 1, &merge);
    return 1;
}

int extend_function(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    if (!is_made(lua, 1))
        return luaL_error(lua, "k.extend takes a table made by a constructor: k.extend(base) { ... }");
    lua_settop(lua, 1);
    lua_pushcclosure(lua, extend_with, 1);
    return 1;
}
