/* sandbox.c: the Lua state itself: allocator, instruction hook, calls under the watchdog.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/sandbox.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#define HOOK_EVERY 1000

static void *allocate(void *self, void *old, size_t old_size, size_t new_size)
{
    struct sandbox *sandbox = self;
    if (old == NULL)
        old_size = 0; /* Lua passes the kind of the object here */
    if (new_size == 0) {
        free(old);
        sandbox->memory_used -= old_size;
        return NULL;
    }
    if (new_size > old_size && new_size - old_size > sandbox->memory_max - sandbox->memory_used)
        return NULL;
    void *memory = realloc(old, new_size);
    if (memory == NULL)
        return new_size <= old_size ? old : NULL; /* Lua relies on shrinking */
    sandbox->memory_used += new_size - old_size;
    return memory;
}

struct sandbox *sandbox_of(lua_State *lua)
{
    struct sandbox *sandbox;
    memcpy(&sandbox, lua_getextraspace(lua), sizeof(void *));
    return sandbox;
}

bool sandbox_is_stopped(struct sandbox *sandbox)
{
    return sandbox->spent || watch_stopped(&sandbox->watch);
}

static const char *stop_text(const struct sandbox *sandbox)
{
    return sandbox->spent ? "stopped: too many instructions while loading (a loop without end?)"
                          : "stopped: it took too long (a loop without end?)";
}

static void on_count(lua_State *lua, lua_Debug *where)
{
    struct sandbox *sandbox = sandbox_of(lua);
    if (sandbox->loading) {
        sandbox->spent |= sandbox->instructions_left < HOOK_EVERY;
        sandbox->instructions_left -= sandbox->spent ? 0 : HOOK_EVERY;
    }
    lua_getinfo(lua, "Sl", where);
    memcpy(sandbox->last_source, where->short_src, sizeof sandbox->last_source);
    sandbox->last_line = where->currentline;
    if (!sandbox_is_stopped(sandbox))
        return;
    lua_sethook(lua, on_count, LUA_MASKCOUNT, 1);
    lua_pushfstring(lua, "%s:%d: %s", where->short_src, where->currentline, stop_text(sandbox));
    lua_error(lua);
}

bool sandbox_open(struct sandbox *sandbox, struct watchdog *watchdog, size_t memory_max, uint64_t instructions,
                  const char *what)
{
    *sandbox = (struct sandbox){.memory_max = memory_max, .instructions_left = instructions, .loading = true};
    sandbox->lua = lua_newstate(allocate, sandbox);
    if (sandbox->lua == NULL)
        return false;
    memcpy(lua_getextraspace(sandbox->lua), &sandbox, sizeof(void *));
    lua_sethook(sandbox->lua, on_count, LUA_MASKCOUNT, HOOK_EVERY);
    sandbox->watchdog = watchdog;
    watch_add(watchdog, &sandbox->watch, what);
    return true;
}

void sandbox_close(struct sandbox *sandbox)
{
    if (sandbox->lua == NULL)
        return;
    watch_remove(sandbox->watchdog, &sandbox->watch);
    lua_close(sandbox->lua);
    sandbox->lua = NULL;
}

int sandbox_call(struct sandbox *sandbox, int arguments, int results, int handler)
{
    lua_State *lua = sandbox->lua;
    int base = lua_gettop(lua) - arguments - 1;
    if (sandbox->depth++ == 0)
        watch_enter(&sandbox->watch);
    int status = lua_pcall(lua, arguments, results, handler);
    sandbox->was_slow |= watch_stopped(&sandbox->watch);
    if (status == LUA_OK && sandbox_is_stopped(sandbox)) {
        /* A coroutine was stopped, and what resumed it came to its end before its own hook was due. */
        status = LUA_ERRRUN;
        sandbox->stopped_late = true;
        lua_settop(lua, base);
        lua_pushnil(lua);
    }
    if (--sandbox->depth == 0)
        watch_leave(&sandbox->watch);
    return status;
}

const char *sandbox_error(struct sandbox *sandbox)
{
    if (lua_type(sandbox->lua, -1) == LUA_TSTRING)
        return lua_tostring(sandbox->lua, -1);
    return sandbox->stopped_late ? stop_text(sandbox) : "not enough memory";
}
