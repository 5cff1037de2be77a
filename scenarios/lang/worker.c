/* worker.c: the scenario's callbacks in a worker thread: a fresh state for each replication.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A callback may keep things in local variables of its file. Were they to last from one replication into the next,
 * results would depend on which thread ran which replication; so the file is evaluated anew before each.
 */
#include "scenarios/lang/callback.h"
#include "scenarios/lang/load.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

/* Of the functions, on the reader's Lua stack; nil where there is none. */
#define TARIFF_INDEX   1
#define DISPATCH_INDEX 2

struct scenario_worker {
    const struct scenario *scenario;
    struct world_callbacks callbacks;
    struct reader reader;
    struct keep keep;
    struct source_set sources;
    struct diagnostics diagnostics;
    bool *setting_used;
    uint64_t generation;
    bool was_slow; /* the watchdog has stopped it in this replication */
    bool open;     /* the reader is; its stack holds the functions */
    char why[300]; /* not open: why not */
};

static void worker_end(struct scenario_worker *worker)
{
    if (worker->open)
        load_reader_close(&worker->reader);
    worker->open = false;
    keep_free(&worker->keep);
}

static bool worker_tariff(void *self, int64_t *price_uyen_per_kwh, const struct civil_time *t, char *why,
                          size_t why_size)
{
    struct scenario_worker *worker = self;
    if (worker->open) {
        bool good = callback_tariff(&worker->reader, TARIFF_INDEX, price_uyen_per_kwh, t, why, why_size);
        worker->was_slow |= worker->reader.sandbox.was_slow;
        return good;
    }
    snprintf(why, why_size, "%s", worker->why);
    return false;
}

static bool worker_dispatch(void *self, int64_t *request_w, const struct dispatch_state *state, char *why,
                            size_t why_size)
{
    struct scenario_worker *worker = self;
    if (worker->open) {
        bool good = callback_dispatch(&worker->reader, DISPATCH_INDEX, request_w, state, why, why_size);
        worker->was_slow |= worker->reader.sandbox.was_slow;
        return good;
    }
    snprintf(why, why_size, "%s", worker->why);
    return false;
}

struct scenario_worker *scenario_worker_open(const struct scenario *scenario)
{
    struct scenario_worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL)
        return NULL;
    worker->scenario = scenario;
    worker->setting_used = calloc(scenario->owned->setting_count + 1, sizeof *worker->setting_used);
    if (worker->setting_used == NULL) {
        free(worker);
        return NULL;
    }
    worker->callbacks.self = worker;
    if (scenario->config.tariff.kind == TARIFF_CALLBACK)
        worker->callbacks.tariff = worker_tariff;
    if (scenario->config.aggregator.dispatch.kind == DISPATCH_CALLBACK)
        worker->callbacks.dispatch = worker_dispatch;
    snprintf(worker->why, sizeof worker->why, "no replication has begun");
    return worker;
}

/* Argument: the scenario's table. Returns its functions, in the order of their indices. */
static int get_functions(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_pushliteral(lua, "tariff");
    lua_rawget(lua, 1);
    lua_pushliteral(lua, "dispatch");
    lua_rawget(lua, 1);
    return 2;
}

/* Leaves the functions at their stack indices. */
static bool read_again(struct scenario_worker *worker)
{
    lua_State *lua = worker->reader.sandbox.lua;
    int status = load_evaluate(&worker->reader);
    if (status == LUA_OK) {
        lua_pushcfunction(lua, get_functions);
        lua_insert(lua, 1);
        status = sandbox_call(&worker->reader.sandbox, 1, 2, 0);
    }
    worker->was_slow = worker->reader.sandbox.was_slow;
    if (status == LUA_OK)
        return true;
    snprintf(worker->why, sizeof worker->why, "%s", sandbox_error(&worker->reader.sandbox));
    return false;
}

void scenario_worker_begin(struct scenario_worker *worker, uint64_t seed, uint32_t replication)
{
    const struct scenario_owned *owned = worker->scenario->owned;
    worker_end(worker);
    worker->was_slow = false;
    if (!scenario_has_callbacks(worker->scenario))
        return;
    worker->sources = owned->sources;
    worker->sources.keep = &worker->keep;
    worker->diagnostics = (struct diagnostics){0};
    if (!load_reader_open(&worker->reader, &worker->sources, &worker->keep, owned, &worker->diagnostics)) {
        snprintf(worker->why, sizeof worker->why, "not enough memory");
        return;
    }
    worker->reader.setting_used = worker->setting_used;
    worker->open = true;
    if (!read_again(worker)) {
        load_reader_close(&worker->reader);
        worker->open = false;
        return;
    }
    worker->reader.seed = seed;
    worker->reader.replication = replication;
    worker->reader.generation = ++worker->generation;
    worker->reader.sandbox.loading = false;
}

const struct world_callbacks *scenario_worker_callbacks(struct scenario_worker *worker)
{
    return &worker->callbacks;
}

bool scenario_worker_was_slow(const struct scenario_worker *worker)
{
    return worker->was_slow;
}

void scenario_worker_close(struct scenario_worker *worker)
{
    if (worker == NULL)
        return;
    worker_end(worker);
    free(worker->setting_used);
    free(worker);
}
