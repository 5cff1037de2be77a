/* order.c: sorted traversal and stable sorting, so that no result leans on a hash or on a clock.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/order.h"

#include <lauxlib.h>
#include <string.h>

#define SORT_MAX 100000

typedef bool less_function(lua_State *lua, int a, int b);

/* Is the key at a before the key at b? */
static bool key_less(lua_State *lua, int a, int b)
{
    bool a_is_text = lua_type(lua, a) == LUA_TSTRING, b_is_text = lua_type(lua, b) == LUA_TSTRING;
    if (a_is_text != b_is_text)
        return b_is_text;
    if (!a_is_text)
        return lua_compare(lua, a, b, LUA_OPLT);
    size_t a_length, b_length;
    const char *a_text = lua_tolstring(lua, a, &a_length), *b_text = lua_tolstring(lua, b, &b_length);
    int order = memcmp(a_text, b_text, a_length < b_length ? a_length : b_length);
    return order != 0 ? order < 0 : a_length < b_length;
}

/* Is array[i] before array[j]? */
static bool item_less(lua_State *lua, int array, lua_Integer i, lua_Integer j, less_function *less)
{
    lua_rawgeti(lua, array, i);
    lua_rawgeti(lua, array, j);
    int top = lua_gettop(lua);
    bool result = less(lua, top - 1, top);
    lua_settop(lua, top - 2);
    return result;
}

struct merge {
    int from, to; /* stack indices */
    lua_Integer begin, middle, end;
};

static void merge_runs(lua_State *lua, const struct merge *merge, less_function *less)
{
    lua_Integer left = merge->begin, right = merge->middle;
    for (lua_Integer out = merge->begin; out < merge->end; out++) {
        bool take_right =
            left >= merge->middle || (right < merge->end && item_less(lua, merge->from, right, left, less));
        lua_rawgeti(lua, merge->from, take_right ? right++ : left++);
        lua_rawseti(lua, merge->to, out);
    }
}

static bool is_sorted(lua_State *lua, int array, lua_Integer count, less_function *less)
{
    for (lua_Integer i = 1; i < count; i++)
        if (item_less(lua, array, i + 1, i, less))
            return false;
    return true;
}

/* Stable merge sort of array[1..count] in place, with a second table beside it. */
static void sort(lua_State *lua, int array, lua_Integer count, less_function *less)
{
    if (is_sorted(lua, array, count, less))
        return;
    lua_createtable(lua, (int)count, 0);
    int other = lua_gettop(lua), from = array, to = other;
    for (lua_Integer width = 1; width < count; width *= 2) {
        for (lua_Integer begin = 1; begin <= count; begin += 2 * width) {
            lua_Integer middle = begin + width, end = begin + 2 * width;
            struct merge merge = {from, to, begin, middle <= count ? middle : count + 1,
                                  end <= count ? end : count + 1};
            merge_runs(lua, &merge, less);
        }
        int swap = from;
        from = to;
        to = swap;
    }
    if (from == other)
        for (lua_Integer i = 1; i <= count; i++) {
            lua_rawgeti(lua, other, i);
            lua_rawseti(lua, array, i);
        }
    lua_remove(lua, other);
}

lua_Integer order_keys(lua_State *lua, int index)
{
    index = lua_absindex(lua, index);
    luaL_checkstack(lua, 8, "sorting keys");
    lua_newtable(lua);
    int keys = lua_gettop(lua);
    lua_Integer count = 0;
    for (lua_pushnil(lua); lua_next(lua, index) != 0;) {
        lua_pop(lua, 1);
        int type = lua_type(lua, -1);
        if (type != LUA_TNUMBER && type != LUA_TSTRING)
            luaL_error(lua, "a table with a %s as key has no order to go through it", lua_typename(lua, type));
        lua_pushvalue(lua, -1);
        lua_rawseti(lua, keys, ++count);
    }
    sort(lua, keys, count, key_less);
    return count;
}

/* Upvalues: the keys, the position. */
static int pairs_step(lua_State *lua)
{
    lua_Integer position = lua_tointeger(lua, lua_upvalueindex(2));
    lua_settop(lua, 1);
    for (;;) {
        position++;
        if (lua_rawgeti(lua, lua_upvalueindex(1), position) == LUA_TNIL)
            return 1;
        lua_pushvalue(lua, -1);
        if (lua_rawget(lua, 1) != LUA_TNIL)
            break; /* a key whose value has been taken away meanwhile is passed over */
        lua_pop(lua, 2);
    }
    lua_pushinteger(lua, position);
    lua_replace(lua, lua_upvalueindex(2));
    return 2;
}

int order_pairs(lua_State *lua)
{
    luaL_checkany(lua, 1);
    if (luaL_getmetafield(lua, 1, "__pairs") != LUA_TNIL) {
        lua_pushvalue(lua, 1);
        lua_call(lua, 1, 3);
        return 3;
    }
    luaL_checktype(lua, 1, LUA_TTABLE);
    order_keys(lua, 1);
    lua_pushinteger(lua, 0);
    lua_pushcclosure(lua, pairs_step, 2);
    lua_pushvalue(lua, 1);
    lua_pushnil(lua);
    return 3;
}

int order_next(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 2);
    int given = lua_type(lua, 2);
    if (given != LUA_TNIL && given != LUA_TNUMBER && given != LUA_TSTRING)
        return luaL_error(lua, "a %s has no order to go on from", luaL_typename(lua, 2));
    lua_pushnil(lua); /* 3: the least key so far that is above the one given */
    for (lua_pushnil(lua); lua_next(lua, 1) != 0;) {
        lua_pop(lua, 1);
        int type = lua_type(lua, 4);
        if (type != LUA_TNUMBER && type != LUA_TSTRING)
            return luaL_error(lua, "a table with a %s as key has no order to go through it", lua_typename(lua, type));
        bool above = given == LUA_TNIL || key_less(lua, 2, 4);
        if (above && (lua_isnil(lua, 3) || key_less(lua, 4, 3))) {
            lua_pushvalue(lua, 4);
            lua_replace(lua, 3);
        }
    }
    lua_settop(lua, 3);
    if (lua_isnil(lua, 3))
        return 1;
    lua_pushvalue(lua, 3);
    lua_rawget(lua, 1);
    return 2;
}

static bool script_less(lua_State *lua, int a, int b)
{
    if (lua_isnil(lua, 2))
        return lua_compare(lua, a, b, LUA_OPLT);
    lua_pushvalue(lua, 2);
    lua_pushvalue(lua, a);
    lua_pushvalue(lua, b);
    lua_call(lua, 2, 1);
    bool less = lua_toboolean(lua, -1);
    lua_pop(lua, 1);
    return less;
}

int order_sort(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    if (!lua_isnoneornil(lua, 2))
        luaL_checktype(lua, 2, LUA_TFUNCTION);
    lua_settop(lua, 2);
    lua_Integer count = luaL_len(lua, 1);
    luaL_argcheck(lua, count <= SORT_MAX, 1, "too long to sort");
    sort(lua, 1, count, script_less);
    return 0;
}
