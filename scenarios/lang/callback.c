/* callback.c: calling the functions that a scenario gives.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/callback.h"

#include "scenarios/lang/plain.h"
#include "scenarios/lang/quantity.h"

#include <lauxlib.h>
#include <string.h>

/* A function of the scenario: what it is called in messages, what it returns. */
struct callback_form {
    const char *name;
    lua_CFunction call; /* arguments: the function, what it is told as light userdata; returns what it does */
    enum dimension dimension;
    int64_t atoms_max;
    const char *expected;
};

static void set_field(lua_State *lua, const char *name, lua_Integer value)
{
    lua_pushinteger(lua, value);
    lua_setfield(lua, -2, name);
}

static void push_time(lua_State *lua, const struct civil_time *t)
{
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
}

static int call_tariff(lua_State *lua)
{
    const struct civil_time *t = lua_touserdata(lua, 2);
    lua_settop(lua, 1);
    push_time(lua, t);
    lua_call(lua, 1, 1);
    return 1;
}

static int call_dispatch(lua_State *lua)
{
    const struct dispatch_state *state = lua_touserdata(lua, 2);
    lua_settop(lua, 1);
    push_time(lua, &state->t);
    lua_createtable(lua, 0, 4);
    set_field(lua, "load", state->load_w);
    set_field(lua, "charging", state->charging_w);
    set_field(lua, "feed", state->feed_w);
    if (state->has_baseline)
        set_field(lua, "baseline", state->baseline_w);
    lua_call(lua, 2, 1);
    return 1;
}

static const struct callback_form tariff_form = {"tariff", call_tariff, DIMENSION_PRICE, INT64_C(10000000000),
                                                 "a price of 0 .. 10000 JPY/kWh, as in 28.61"};
static const struct callback_form dispatch_form = {"dispatch", call_dispatch, DIMENSION_POWER, INT64_C(100000000000),
                                                   "a power of 0 .. 100 MW in W, as in 20000"};

/* Where the function begins. Allocates nothing, so that it works when memory is out. */
static lua_Debug place_of(lua_State *lua, int function)
{
    lua_Debug place;
    lua_pushvalue(lua, function);
    lua_getinfo(lua, ">S", &place);
    return place;
}

/* Where a call goes and where its trouble is told. */
struct callback_call {
    const struct callback_form *form;
    struct reader *reader;
    int function; /* stack index */
    char *why;
    size_t why_size;
};

/* The function's own place, "tariff.lua:12: ", in front of what its value is like. */
static void explain_value(const struct callback_call *call, const char *what)
{
    lua_Debug place = place_of(call->reader->sandbox.lua, call->function);
    snprintf(call->why, call->why_size, "%s:%d: %s returned %s, expected %s", place.short_src, place.linedefined,
             call->form->name, what, call->form->expected);
}

/* Lua's own error says neither place nor limit when memory is out. */
static void explain_error(const struct callback_call *call, int status)
{
    struct sandbox *sandbox = &call->reader->sandbox;
    if (status == LUA_ERRMEM) {
        lua_Debug place = place_of(sandbox->lua, call->function);
        snprintf(call->why, call->why_size, "%s:%d: %s: not enough memory: a scenario may use %zu KiB", place.short_src,
                 place.linedefined, call->form->name, sandbox->memory_max >> 10);
        return;
    }
    snprintf(call->why, call->why_size, "%s", sandbox_error(sandbox));
}

/* The value on top of the stack in atoms. False: it is none, and why says so. */
static bool read_answer(const struct callback_call *call, int64_t *atoms)
{
    lua_State *lua = call->reader->sandbox.lua;
    enum dimension dimension = call->form->dimension;
    struct quantity quantity = {dimension, -1};
    enum quantity_result result = QUANTITY_NOT_A_NUMBER;
    char what[120];
    if (lua_isinteger(lua, -1))
        result = quantity_from_integer(&quantity, lua_tointeger(lua, -1), dimension);
    else if (lua_type(lua, -1) == LUA_TNUMBER)
        result = quantity_from_number(&quantity, lua_tonumber(lua, -1), dimension);
    else if (lua_type(lua, -1) == LUA_TSTRING)
        result = quantity_parse(&quantity, lua_tostring(lua, -1), DIMENSION_BIT(dimension));
    if (result == QUANTITY_OK && quantity.atoms >= 0 && quantity.atoms <= call->form->atoms_max) {
        *atoms = quantity.atoms;
        return true;
    }
    int type = lua_type(lua, -1);
    if (type == LUA_TNUMBER)
        snprintf(what, sizeof what, "%.14g", lua_tonumber(lua, -1));
    else if (type == LUA_TSTRING)
        snprintf(what, sizeof what, "\"%.100s\"", lua_tostring(lua, -1));
    else
        snprintf(what, sizeof what, "%s", lua_typename(lua, type));
    explain_value(call, what);
    return false;
}

/* told: what the function is told, as its form's call wants it. */
static bool call_function(struct callback_call *call, int64_t *atoms, const void *told)
{
    struct reader *reader = call->reader;
    lua_State *lua = reader->sandbox.lua;
    int top = lua_gettop(lua);
    call->function = lua_absindex(lua, call->function);
    lua_pushcfunction(lua, reader_handler);
    lua_pushcfunction(lua, call->form->call);
    lua_pushvalue(lua, call->function);
    lua_pushlightuserdata(lua, (void *)told);
    reader->in_callback = true;
    int status = sandbox_call(&reader->sandbox, 2, 1, top + 1);
    reader->in_callback = false;
    bool good = status == LUA_OK && read_answer(call, atoms);
    if (status != LUA_OK)
        explain_error(call, status);
    if (!good)
        plain_make(call->why);
    lua_settop(lua, top);
    return good;
}

bool callback_tariff(struct reader *reader, int function, int64_t *price_uyen_per_kwh, const struct civil_time *t,
                     char *why, size_t why_size)
{
    struct callback_call call = {&tariff_form, reader, function, why, why_size};
    return call_function(&call, price_uyen_per_kwh, t);
}

bool callback_dispatch(struct reader *reader, int function, int64_t *request_w, const struct dispatch_state *state,
                       char *why, size_t why_size)
{
    struct callback_call call = {&dispatch_form, reader, function, why, why_size};
    int64_t power_mw;
    if (!call_function(&call, &power_mw, state))
        return false;
    *request_w = power_mw / 1000;
    return true;
}

/* As in the first week of a run, with figures that could be. */
static bool try_once(struct check *check, const struct callback_form *form, int function, int hour, char why[300])
{
    struct dispatch_state state = {
        .load_w = 20000, .charging_w = 5000, .baseline_w = 20000, .has_baseline = hour >= 24, .feed_w = 3000};
    int64_t atoms;
    calendar_civil(&state.t, check->scenario->config.start_unix_s, hour * HOUR_US);
    struct callback_call call = {form, check->reader, function, why, 300};
    return call_function(&call, &atoms, form == &tariff_form ? (const void *)&state.t : (const void *)&state);
}

/* One error is enough: the next hour would only tell it again. */
static void try_hours(struct check *check, const struct callback_form *form, int function)
{
    char why[300];
    for (int hour = 0; hour < 7 * 24; hour++) {
        if (try_once(check, form, function, hour, why))
            continue;
        struct place place;
        struct civil_time t;
        calendar_civil(&t, check->scenario->config.start_unix_s, hour * HOUR_US);
        const char *text = reader_split_error(&place, check->reader->sources, why);
        diagnostics_error(check->reader->diagnostics, &place, "%s (%s called for %04d-%02d-%02d %02d:00)", text,
                          form->name, t.year, t.month, t.day, t.hour);
        return;
    }
}

static void try_form(struct check *check, const struct callback_form *form)
{
    lua_pushstring(check->lua, form->name);
    lua_rawget(check->lua, check->root);
    if (lua_isfunction(check->lua, -1))
        try_hours(check, form, lua_gettop(check->lua));
    lua_pop(check->lua, 1);
}

void callback_try(struct check *check)
{
    try_form(check, &tariff_form);
    try_form(check, &dispatch_form);
}
