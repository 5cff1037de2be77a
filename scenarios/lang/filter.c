/* filter.c: an expression over parameters that says which points of a sweep are wanted.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/filter.h"

#include "scenarios/lang/suggest.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INSTRUCTIONS_MAX 100000
#define MEMORY_MAX       ((size_t)1 << 20)

struct filter {
    lua_State *lua;
    size_t memory;
    int function; /* reference to the compiled expression */
};

static void *allocate(void *self, void *block, size_t old_size, size_t new_size)
{
    struct filter *filter = self;
    size_t before = block != NULL ? old_size : 0;
    if (new_size == 0) {
        filter->memory -= before;
        free(block);
        return NULL;
    }
    if (new_size > before && filter->memory + (new_size - before) > MEMORY_MAX) {
        return NULL;
    }
    void *moved = realloc(block, new_size);
    if (moved != NULL)
        filter->memory += new_size - before;
    return moved;
}

static void count_hook(lua_State *lua, lua_Debug *debug)
{
    (void)debug;
    luaL_error(lua, "takes too long");
}

/* Names that are no axis: the index of the environment's metatable. */
static int unknown_name(lua_State *lua)
{
    struct suggestion suggestion;
    char near[96];
    const char *name = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : "?";
    suggest_begin(&suggestion, name);
    for (lua_pushnil(lua); lua_next(lua, 1) != 0; lua_pop(lua, 1))
        if (lua_type(lua, -2) == LUA_TSTRING)
            suggest_offer(&suggestion, lua_tostring(lua, -2));
    return luaL_error(lua, "'%s' is no axis of this sweep%s", name, suggest_text(near, &suggestion));
}

/* "[string \"...\"]:1: text" -> "text" */
static void copy_reason(char *why, size_t size, lua_State *lua)
{
    const char *text = lua_tostring(lua, -1), *end = text != NULL ? strstr(text, "]:1: ") : NULL;
    snprintf(why, size, "%s", end != NULL ? end + 5 : text != NULL ? text : "fails without a reason");
}

struct filter *filter_open(char *why, size_t why_size, const char *expression)
{
    struct filter *filter = calloc(1, sizeof *filter);
    char *chunk = NULL;
    if (filter == NULL || asprintf(&chunk, "return %s", expression) < 0) {
        free(filter);
        snprintf(why, why_size, "memory is out");
        return NULL;
    }
    filter->lua = lua_newstate(allocate, filter);
    bool loaded = filter->lua != NULL && luaL_loadbufferx(filter->lua, chunk, strlen(chunk), "=", "t") == LUA_OK;
    if (!loaded && filter->lua != NULL)
        copy_reason(why, why_size, filter->lua);
    else if (!loaded)
        snprintf(why, why_size, "memory is out");
    free(chunk);
    if (!loaded) {
        filter_close(filter);
        return NULL;
    }
    filter->function = luaL_ref(filter->lua, LUA_REGISTRYINDEX);
    return filter;
}

void filter_close(struct filter *filter)
{
    if (filter != NULL && filter->lua != NULL)
        lua_close(filter->lua);
    free(filter);
}

/* A point under judgement. */
struct judged {
    const struct filter_name *names;
    size_t count;
    int function;
};

/* In protected mode: makes the environment, runs the expression, leaves its value. */
static int run(lua_State *lua)
{
    const struct judged *judged = lua_touserdata(lua, 1);
    lua_newtable(lua);
    int names = lua_gettop(lua);
    for (size_t i = 0; i < judged->count; i++) {
        const char *value = judged->names[i].value;
        if (lua_stringtonumber(lua, value) != strlen(value) + 1)
            lua_pushstring(lua, value);
        lua_setfield(lua, names, judged->names[i].name);
    }
    lua_pushvalue(lua, names);
    lua_setfield(lua, names, "p");
    lua_newtable(lua);
    lua_pushcfunction(lua, unknown_name);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, names);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, judged->function);
    lua_pushvalue(lua, names);
    lua_setupvalue(lua, -2, 1);
    lua_sethook(lua, count_hook, LUA_MASKCOUNT, INSTRUCTIONS_MAX);
    lua_call(lua, 0, 1);
    return 1;
}

enum filter_verdict filter_check(struct filter *filter, char *why, size_t why_size, const struct filter_name *names,
                                 size_t count)
{
    lua_State *lua = filter->lua;
    struct judged judged = {names, count, filter->function};
    enum filter_verdict verdict = FILTER_WRONG;
    lua_pushcfunction(lua, run);
    lua_pushlightuserdata(lua, &judged);
    if (lua_pcall(lua, 1, 1, 0) != LUA_OK)
        copy_reason(why, why_size, lua);
    else if (!lua_isboolean(lua, -1))
        snprintf(why, why_size, "gives a %s, not true or false", lua_typename(lua, lua_type(lua, -1)));
    else
        verdict = lua_toboolean(lua, -1) ? FILTER_KEEP : FILTER_DROP;
    lua_settop(lua, 0);
    return verdict;
}
