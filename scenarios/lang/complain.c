/* complain.c: what every check needs: places of values, errors at them, settings from outside.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/check.h"
#include "scenarios/lang/library.h"
#include "scenarios/lang/order.h"
#include "scenarios/lang/origin.h"

#include <lauxlib.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One step of a path: "name" or "name[3]". Returns what follows. */
static const char *step(char name[64], size_t *item, const char *path)
{
    size_t length = strcspn(path, ".[");
    snprintf(name, 64, "%.*s", (int)length, path);
    path += length;
    *item = 0;
    if (*path == '[') {
        char *end;
        *item = strtoul(path + 1, &end, 10);
        path = *end == ']' ? end + 1 : end;
    }
    return *path == '.' ? path + 1 : path;
}

static bool is_set(const struct check *check, const char *path)
{
    for (size_t i = 0; i < check->reader->setting_count; i++)
        if (strcmp(check->reader->settings[i].path, path) == 0)
            return true;
    return false;
}

struct place check_place(struct check *check, const char *path)
{
    lua_State *lua = check->lua;
    struct place place = {check->reader->sources->items[0].path, 0, 0};
    int top = lua_gettop(lua);
    if (path[0] != '\0' && is_set(check, path))
        return (struct place){"--set", 0, 0};
    luaL_checkstack(lua, 8, "finding a place");
    lua_pushvalue(lua, check->root);
    if (path[0] == '\0')
        origin_place(&place, lua, -1, NULL, 0);
    while (path[0] != '\0' && lua_istable(lua, -1)) {
        char name[64];
        size_t item;
        path = step(name, &item, path);
        origin_place(&place, lua, -1, name[0] != '\0' ? name : NULL, item);
        if (name[0] != '\0') {
            lua_pushstring(lua, name);
            lua_rawget(lua, -2);
        }
        if (item > 0 && lua_istable(lua, -1))
            lua_rawgeti(lua, -1, (lua_Integer)item);
        lua_replace(lua, top + 1);
        lua_settop(lua, top + 1);
        if (path[0] == '\0' && lua_istable(lua, -1) && origin_of(lua, -1).kind == ORIGIN_CLASS && item > 0)
            origin_place(&place, lua, -1, NULL, 0);
    }
    lua_settop(lua, top);
    return place;
}

/* The parameter whose value, given by --set, stands in quotes in this text; NULL: none. */
static const char *quoted_param(const struct reader *reader, const char *text)
{
    for (size_t i = 0; i < reader->setting_count; i++) {
        const struct scenario_setting *setting = &reader->settings[i];
        const char *name = setting->value[0] != '\0' ? reader_typed_param(reader, setting->value) : NULL;
        const char *found = name != NULL ? strstr(text, setting->value) : NULL;
        if (found != NULL && found > text && found[-1] == '"' && found[strlen(setting->value)] == '"')
            return name;
    }
    return NULL;
}

void check_error(struct check *check, const char *path, const char *format, ...)
{
    char text[sizeof((struct scenario_diagnostic *)0)->text];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const char *param = quoted_param(check->reader, text);
    struct place place = check_place(check, path != NULL ? path : check->path);
    if (param != NULL)
        place = (struct place){"--set", 0, 0};
    diagnostics_error(check->reader->diagnostics, &place, "%s%s%s%s", param != NULL ? "param " : "",
                      param != NULL ? param : "", param != NULL ? ": " : "", text);
}

void check_missing(struct check *check, const char *what)
{
    char parent[CHECK_PATH_MAX];
    snprintf(parent, sizeof parent, "%s", check->path);
    char *dot = strrchr(parent, '.');
    *(dot != NULL ? dot : parent) = '\0';
    check_error(check, parent, "%s is missing: %s", check->path, what);
}

static bool is_param(const struct reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->param_count; i++)
        if (strcmp(reader->params[i].name, name) == 0)
            return true;
    return false;
}

const struct scenario_setting *check_setting(struct check *check, const char *path)
{
    const struct scenario_setting *found = NULL;
    if (is_param(check->reader, path)) /* it wins over a field of the same name */
        return NULL;
    for (size_t i = 0; i < check->reader->setting_count; i++) {
        if (strcmp(check->reader->settings[i].path, path) != 0)
            continue;
        found = &check->reader->settings[i];
        check->reader->setting_used[i] = true;
    }
    return found;
}

/* Keys that are neither text nor numbers have no order (order.h): they are told and taken out of the table on top of
 * the stack, so that the rest is checked. what: names the table. */
void check_keys(struct check *check, const char *what)
{
    lua_State *lua = check->lua;
    for (lua_pushnil(lua); lua_next(lua, -2) != 0;) {
        lua_pop(lua, 1);
        int type = lua_type(lua, -1);
        if (type == LUA_TSTRING || type == LUA_TNUMBER)
            continue;
        check_error(check, NULL, "%s has a field whose name is neither text nor a number", what);
        lua_pushvalue(lua, -1);
        lua_pushnil(lua);
        lua_rawset(lua, -4);
    }
}

lua_Integer check_list_length(struct check *check)
{
    lua_State *lua = check->lua;
    check_keys(check, check->path[0] != '\0' ? check->path : "scenario");
    lua_Integer length = (lua_Integer)lua_rawlen(lua, -1), keys = order_keys(lua, -1);
    for (lua_Integer i = 1; i <= keys; i++) {
        lua_rawgeti(lua, -1, i);
        bool item = lua_isinteger(lua, -1) && lua_tointeger(lua, -1) >= 1 && lua_tointeger(lua, -1) <= length;
        if (!item)
            check_error(check, NULL, "%s is a list, it has no field '%s'", check->path, library_text(lua, -1));
        lua_settop(lua, lua_gettop(lua) - (item ? 1 : 2));
    }
    lua_pop(lua, 1);
    return length;
}
