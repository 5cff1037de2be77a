/* protect.c: xpcall, coroutine.wrap and coroutine.close in forms that a stopped scenario cannot hide in.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/protect.h"

#include "scenarios/lang/sandbox.h"

#include <lauxlib.h>

/* Stack: the function, the handler, true, and the results or, after an error, the error alone on top. */
static int finish_xpcall(lua_State *lua, int status, lua_KContext context)
{
    (void)context;
    if (status == LUA_OK || status == LUA_YIELD)
        return lua_gettop(lua) - 2;
    lua_pushboolean(lua, 0);
    lua_pushvalue(lua, 2);
    lua_pushvalue(lua, -3);
    lua_pcall(lua, 1, 1, 0); /* an error in the handler is the result then, as in stock Lua */
    return 2;
}

int protect_xpcall(lua_State *lua)
{
    int arguments = lua_gettop(lua) - 2;
    luaL_checktype(lua, 2, LUA_TFUNCTION);
    lua_pushboolean(lua, 1);
    lua_pushvalue(lua, 1);
    lua_rotate(lua, 3, 2);
    return finish_xpcall(lua, lua_pcallk(lua, arguments, LUA_MULTRET, 0, 0, finish_xpcall), 0);
}

/* Upvalue: the thread. */
static int wrapped(lua_State *lua)
{
    lua_State *thread = lua_tothread(lua, lua_upvalueindex(1));
    int arguments = lua_gettop(lua), results;
    if (!lua_checkstack(thread, arguments))
        return luaL_error(lua, "too many arguments to resume");
    lua_xmove(lua, thread, arguments);
    int status = lua_resume(thread, lua, arguments, &results);
    if (status == LUA_OK || status == LUA_YIELD) {
        if (!lua_checkstack(lua, results + 1))
            return luaL_error(lua, "too many results to resume");
        lua_xmove(thread, lua, results);
        return results;
    }
    if (status != LUA_ERRMEM && !sandbox_is_stopped(sandbox_of(lua)))
        lua_resetthread(thread);
    lua_xmove(thread, lua, 1);
    return lua_error(lua);
}

int protect_wrap(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TFUNCTION);
    lua_State *thread = lua_newthread(lua);
    lua_pushvalue(lua, 1);
    lua_xmove(lua, thread, 1);
    lua_pushcclosure(lua, wrapped, 1);
    return 1;
}

int protect_close(lua_State *lua)
{
    if (sandbox_is_stopped(sandbox_of(lua)))
        return 0; /* the hook raises its error at the next instruction */
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
    return lua_gettop(lua);
}
