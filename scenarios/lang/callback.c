/* callback.c: calling the functions that a scenario gives.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/callback.h"

#include "scenarios/lang/plain.h"
#include "scenarios/lang/quantity.h"

#include <lauxlib.h>
#include <string.h>

#define PRICE_MAX_UYEN INT64_C(10000000000) /* 10,000 JPY/kWh, as in the schema */

static void set_field(lua_State *lua, const char *name, lua_Integer value)
{
    lua_pushinteger(lua, value);
    lua_setfield(lua, -2, name);
}

/* Arguments: the function, the civil time as light userdata. Returns what the function does. */
static int call_tariff(lua_State *lua)
{
    const struct civil_time *t = lua_touserdata(lua, 2);
    lua_settop(lua, 1);
    lua_createtable(lua, 0, 8);
    lua_pushnumber(lua, (double)t->time_us / 1e6);
    lua_setfield(lua, -2, "seconds");
    set_field(lua, "year", t->year);
    set_field(lua, "month", t->month);
    set_field(lua, "day", t->day);
    set_field(lua, "hour", t->hour);
    set_field(lua, "minute", t->minute);
    set_field(lua, "weekday", t->weekday);
    lua_pushboolean(lua, t->weekday >= 6);
    lua_setfield(lua, -2, "weekend");
    lua_call(lua, 1, 1);
    return 1;
}

/* Where the function begins. Allocates nothing, so that it works when memory is out. */
static lua_Debug place_of(lua_State *lua, int function)
{
    lua_Debug place;
    lua_pushvalue(lua, function);
    lua_getinfo(lua, ">S", &place);
    return place;
}

/* The function's own place, "tariff.lua:12: ", in front of what its value is like. */
static void explain_value(struct reader *reader, int function, const char *what, char *why, size_t why_size)
{
    lua_Debug place = place_of(reader->sandbox.lua, function);
    snprintf(why, why_size, "%s:%d: tariff returned %s, expected a price of 0 .. 10000 JPY/kWh, as in 28.61",
             place.short_src, place.linedefined, what);
}

/* Lua's own error says neither place nor limit when memory is out. */
static void explain_error(struct reader *reader, int function, int status, char *why, size_t why_size)
{
    if (status == LUA_ERRMEM) {
        lua_Debug place = place_of(reader->sandbox.lua, function);
        snprintf(why, why_size, "%s:%d: tariff: not enough memory: a scenario may use %zu KiB", place.short_src,
                 place.linedefined, reader->sandbox.memory_max >> 10);
        return;
    }
    snprintf(why, why_size, "%s", sandbox_error(&reader->sandbox));
}

/* The value on top of the stack as a price. False: it is none, and why says so. */
static bool read_price(struct reader *reader, int function, int64_t *price, char *why, size_t why_size)
{
    lua_State *lua = reader->sandbox.lua;
    struct quantity quantity = {DIMENSION_PRICE, -1};
    enum quantity_result result = QUANTITY_NOT_A_NUMBER;
    char what[120];
    if (lua_isinteger(lua, -1))
        result = quantity_from_integer(&quantity, lua_tointeger(lua, -1), DIMENSION_PRICE);
    else if (lua_type(lua, -1) == LUA_TNUMBER)
        result = quantity_from_number(&quantity, lua_tonumber(lua, -1), DIMENSION_PRICE);
    else if (lua_type(lua, -1) == LUA_TSTRING)
        result = quantity_parse(&quantity, lua_tostring(lua, -1), DIMENSION_BIT(DIMENSION_PRICE));
    if (result == QUANTITY_OK && quantity.atoms >= 0 && quantity.atoms <= PRICE_MAX_UYEN) {
        *price = quantity.atoms;
        return true;
    }
    int type = lua_type(lua, -1);
    if (type == LUA_TNUMBER)
        snprintf(what, sizeof what, "%.14g", lua_tonumber(lua, -1));
    else if (type == LUA_TSTRING)
        snprintf(what, sizeof what, "\"%.100s\"", lua_tostring(lua, -1));
    else
        snprintf(what, sizeof what, "%s", lua_typename(lua, type));
    explain_value(reader, function, what, why, why_size);
    return false;
}

bool callback_tariff(struct reader *reader, int function, int64_t *price_uyen_per_kwh, const struct civil_time *t,
                     char *why, size_t why_size)
{
    lua_State *lua = reader->sandbox.lua;
    int top = lua_gettop(lua);
    function = lua_absindex(lua, function);
    lua_pushcfunction(lua, reader_handler);
    lua_pushcfunction(lua, call_tariff);
    lua_pushvalue(lua, function);
    lua_pushlightuserdata(lua, (void *)t);
    reader->in_callback = true;
    int status = sandbox_call(&reader->sandbox, 2, 1, top + 1);
    reader->in_callback = false;
    bool good = status == LUA_OK && read_price(reader, function, price_uyen_per_kwh, why, why_size);
    if (status != LUA_OK)
        explain_error(reader, function, status, why, why_size);
    if (!good)
        plain_make(why);
    lua_settop(lua, top);
    return good;
}

/* One error is enough: the next hour would only tell it again. */
static void try_hours(struct check *check, int function)
{
    char why[300];
    for (int hour = 0; hour < 7 * 24; hour++) {
        struct civil_time t;
        int64_t price;
        calendar_civil(&t, check->scenario->config.start_unix_s, hour * HOUR_US);
        if (callback_tariff(check->reader, function, &price, &t, why, sizeof why))
            continue;
        struct place place;
        const char *text = reader_split_error(&place, check->reader->sources, why);
        diagnostics_error(check->reader->diagnostics, &place, "%s (tariff called for %04d-%02d-%02d %02d:00)", text,
                          t.year, t.month, t.day, t.hour);
        return;
    }
}

void callback_try(struct check *check)
{
    lua_pushliteral(check->lua, "tariff");
    lua_rawget(check->lua, check->root);
    if (lua_isfunction(check->lua, -1))
        try_hours(check, lua_gettop(check->lua));
    lua_pop(check->lua, 1);
}
