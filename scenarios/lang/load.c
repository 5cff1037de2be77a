/* load.c: scenario_open: file, sandbox, evaluation, check, completed scenario.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/load.h"

#include "scenarios/lang/construct.h"
#include "scenarios/lang/dump.h"
#include "scenarios/lang/library.h"
#include "scenarios/lang/locate.h"
#include "scenarios/lang/origin.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#define INSTRUCTIONS_DEFAULT UINT64_C(50000000)
#define MEMORY_DEFAULT       ((size_t)32 << 20)
#define CALLBACK_US_DEFAULT  INT64_C(2000000)

static int open_module(lua_State *lua)
{
    library_open(lua);
    construct_open(lua);
    return 0;
}

bool load_reader_open(struct reader *reader, struct source_set *sources, struct keep *keep,
                      const struct scenario_owned *owned, struct diagnostics *diagnostics)
{
    *reader = (struct reader){.keep = keep,
                              .sources = sources,
                              .diagnostics = diagnostics,
                              .settings = owned->settings,
                              .setting_count = owned->setting_count,
                              .setting_used = owned->setting_used};
    if (!sandbox_open(&reader->sandbox, owned->watchdog, owned->limits.memory_bytes, owned->limits.instructions,
                      owned->title))
        return false;
    reader->sandbox.owner = reader;
    lua_pushcfunction(reader->sandbox.lua, open_module);
    if (lua_pcall(reader->sandbox.lua, 0, 0, 0) == LUA_OK)
        return true;
    sandbox_close(&reader->sandbox);
    return false;
}

void load_reader_close(struct reader *reader)
{
    sandbox_close(&reader->sandbox);
}

static int evaluate(lua_State *lua)
{
    if (!reader_evaluate(lua, &reader_of(lua)->sources->items[0]))
        return lua_error(lua);
    return 1;
}

int load_evaluate(struct reader *reader)
{
    lua_State *lua = reader->sandbox.lua;
    lua_pushcfunction(lua, reader_handler);
    lua_pushcfunction(lua, evaluate);
    int status = sandbox_call(&reader->sandbox, 0, 1, lua_gettop(lua) - 1);
    lua_remove(lua, -2);
    return status;
}

/* Lua tells no place when memory is out: near the one where the hook last fired. */
static void report_memory(struct reader *reader)
{
    const struct sandbox *sandbox = &reader->sandbox;
    struct place place = {reader->sources->items[0].path, 0, 0};
    const struct source *source = source_by_name(reader->sources, sandbox->last_source);
    if (source != NULL && sandbox->last_line > 0)
        place = (struct place){source->path, (unsigned)sandbox->last_line,
                               locate_word(source->text, (unsigned)sandbox->last_line, NULL)};
    diagnostics_error(reader->diagnostics, &place, "not enough memory: a scenario may use %zu KiB",
                      sandbox->memory_max >> 10);
}

/* The error at the top of the stack as a diagnostic. */
static void report(struct reader *reader, int status)
{
    struct place place;
    if (status == LUA_ERRMEM) {
        report_memory(reader);
        return;
    }
    const char *what = reader_split_error(&place, reader->sources, sandbox_error(&reader->sandbox));
    diagnostics_error(reader->diagnostics, &place, "%s", what);
}

static bool is_scenario(struct reader *reader)
{
    lua_State *lua = reader->sandbox.lua;
    struct place place = {reader->sources->items[0].path, 0, 0};
    struct origin origin = {.kind = ORIGIN_NONE};
    if (lua_istable(lua, -1))
        origin = origin_of(lua, -1);
    if (origin.kind == ORIGIN_BROKEN)
        return false;
    if (origin.kind == ORIGIN_CLASS &&
        (strcmp(origin.class->name, "scenario") == 0 || strcmp(origin.class->name, "lab") == 0))
        return true;
    if (lua_isnil(lua, -1))
        diagnostics_error(reader->diagnostics, &place, "returns nothing: end with return k.scenario { ... }");
    else
        diagnostics_error(reader->diagnostics, &place, "must return k.scenario { ... } or k.lab { ... }, returns %s%s",
                          origin.kind == ORIGIN_CLASS ? "k." : "a ",
                          origin.kind == ORIGIN_CLASS ? origin.class->name : luaL_typename(lua, -1));
    return false;
}

/* Arguments: the scenario's table, the struct scenario. In protected mode, as anything here may run out of memory. */
static int check_and_dump(lua_State *lua)
{
    struct reader *reader = reader_of(lua);
    struct scenario *scenario = lua_touserdata(lua, 2);
    lua_settop(lua, 1);
    if (!is_scenario(reader))
        return 0;
    struct check *check = keep_alloc(reader->keep, sizeof *check);
    if (check == NULL)
        return luaL_error(lua, "not enough memory");
    check->reader = reader;
    check->lua = lua;
    check->scenario = scenario;
    check->given_paths = scenario->owned->given_paths;
    check->given_path_count = &scenario->owned->given_path_count;
    check_scenario(check);
    if (reader->diagnostics->errors > 0)
        return 0;
    scenario->completed = dump_scenario(check);
    if (scenario->completed == NULL)
        return luaL_error(lua, "not enough memory");
    return 0;
}

static void read_scenario(struct reader *reader, struct scenario *scenario)
{
    lua_State *lua = reader->sandbox.lua;
    int status = load_evaluate(reader);
    if (status != LUA_OK) {
        report(reader, status);
        return;
    }
    lua_pushcfunction(lua, check_and_dump);
    lua_insert(lua, -2);
    lua_pushlightuserdata(lua, scenario);
    lua_pushcfunction(lua, reader_handler);
    lua_insert(lua, 1);
    status = sandbox_call(&reader->sandbox, 2, 0, 1);
    if (status != LUA_OK)
        report(reader, status);
}

static const char *keep_string(struct keep *keep, const char *text)
{
    return keep_text(keep, text, strlen(text));
}

static bool copy_settings(struct scenario_owned *owned, const struct load_order *order)
{
    owned->setting_count = order->setting_count;
    owned->settings = keep_alloc(&owned->keep, (order->setting_count + 1) * sizeof *owned->settings);
    owned->setting_used = keep_alloc(&owned->keep, order->setting_count + 1);
    if (owned->settings == NULL || owned->setting_used == NULL)
        return false;
    for (size_t i = 0; i < order->setting_count; i++) {
        owned->settings[i].path = keep_string(&owned->keep, order->settings[i].path);
        owned->settings[i].value = keep_string(&owned->keep, order->settings[i].value);
        if (owned->settings[i].path == NULL || owned->settings[i].value == NULL)
            return false;
    }
    return true;
}

static struct scenario_limits complete_limits(const struct scenario_limits *given)
{
    struct scenario_limits limits = given != NULL ? *given : (struct scenario_limits){0};
    if (limits.instructions == 0)
        limits.instructions = INSTRUCTIONS_DEFAULT;
    if (limits.memory_bytes == 0)
        limits.memory_bytes = MEMORY_DEFAULT;
    if (limits.callback_us <= 0)
        limits.callback_us = CALLBACK_US_DEFAULT;
    return limits;
}

/* Everything that does not depend on the scenario's text. False: memory or threads are out. */
static bool own(struct scenario *scenario, const struct load_order *order)
{
    struct scenario_owned *owned = calloc(1, sizeof *owned);
    if (owned == NULL)
        return false;
    scenario->owned = owned;
    owned->sources.keep = &owned->keep;
    owned->limits = complete_limits(order->limits);
    owned->title = keep_string(&owned->keep, order->path);
    owned->watchdog = watchdog_open(owned->limits.callback_us, owned->limits.hung);
    return owned->title != NULL && owned->watchdog != NULL && copy_settings(owned, order);
}

static bool publish_sources(struct scenario *scenario)
{
    struct scenario_owned *owned = scenario->owned;
    struct scenario_source *sources = keep_alloc(&owned->keep, owned->sources.count * sizeof *sources);
    for (size_t i = 0; sources != NULL && i < owned->sources.count; i++)
        sources[i] = (struct scenario_source){owned->sources.items[i].path, owned->sources.items[i].text};
    scenario->sources = sources;
    scenario->source_count = sources != NULL ? owned->sources.count : 0;
    return sources != NULL;
}

static struct source *open_source(struct diagnostics *diagnostics, struct source_set *sources,
                                  const struct load_order *order)
{
    char why[200];
    struct place place = {order->path, 0, 0};
    struct source *source = order->text != NULL
                                ? source_from_text(why, sizeof why, sources, order->path, order->text, order->size)
                                : source_open(why, sizeof why, sources, order->path);
    if (source == NULL)
        diagnostics_error(diagnostics, &place, "%s", why);
    return source;
}

static void load(struct scenario *scenario, struct diagnostics *diagnostics, const struct load_order *order)
{
    struct place place = {order->path, 0, 0};
    struct reader reader;
    if (!own(scenario, order)) {
        diagnostics_error(diagnostics, &place, "cannot be read: memory or threads are out");
        return;
    }
    struct scenario_owned *owned = scenario->owned;
    if (open_source(diagnostics, &owned->sources, order) == NULL)
        return;
    if (!load_reader_open(&reader, &owned->sources, &owned->keep, owned, diagnostics)) {
        diagnostics_error(diagnostics, &place, "cannot be read: not enough memory");
        return;
    }
    read_scenario(&reader, scenario);
    memcpy(scenario->params, reader.params, sizeof scenario->params);
    scenario->param_count = reader.param_count;
    load_reader_close(&reader);
    if (!publish_sources(scenario))
        diagnostics_error(diagnostics, &place, "cannot be read: not enough memory");
}

bool load_open(struct scenario *scenario, struct diagnostics *diagnostics, const struct load_order *order)
{
    *scenario = (struct scenario){0};
    load(scenario, diagnostics, order);
    diagnostics_finish(diagnostics);
    if (diagnostics->errors == 0)
        return true;
    scenario_close(scenario);
    return false;
}

bool scenario_open(struct scenario *scenario, struct scenario_diagnostic *diagnostics, size_t *diagnostic_count,
                   const char *path, const struct scenario_setting *settings, size_t setting_count,
                   const struct scenario_limits *limits)
{
    struct diagnostics list = {.list = diagnostics};
    struct load_order order = {.path = path, .settings = settings, .setting_count = setting_count, .limits = limits};
    bool good = load_open(scenario, &list, &order);
    *diagnostic_count = list.count;
    return good;
}

void scenario_close(struct scenario *scenario)
{
    struct scenario_owned *owned = scenario->owned;
    if (owned == NULL)
        return;
    watchdog_close(owned->watchdog);
    keep_free(&owned->keep);
    free(owned);
    *scenario = (struct scenario){0};
}
