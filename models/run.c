/* run.c: one replication behind world.h: build, run, finish, tell.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/world.h"

#include "models/build.h"
#include "sim/stream.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void on_executed(void *self, const struct sim_executed *event)
{
    const struct world *world = self;
    world->order->observe(world->order->observe_self, event, sim_kind_name(world->sim, event->kind));
}

static void fail(struct world_result *result, const struct world *world, const char *name, const char *why,
                 int64_t time_us, uint64_t event_number)
{
    result->failed = true;
    snprintf(result->failure, sizeof result->failure,
             "%s: %.330s (seed %" PRIu64 ", replication %" PRIu32 ", time %.6f s, event %" PRIu64 ")", name, why,
             world->order->seed, world->order->replication, (double)time_us / 1e6, event_number);
}

/* What went wrong, if anything. */
static void tell_failure(struct world_result *result, const struct world *world)
{
    int64_t now_us = sim_now_us(world->sim);
    uint64_t events = sim_event_count(world->sim);
    const struct sim_audit_failure *audit = sim_audit_failure(world->sim);
    char why[256];
    if (audit->name != NULL)
        fail(result, world, audit->name, audit->why, audit->time_us, audit->event_number);
    else if (world->trouble.is_failed)
        fail(result, world, "scenario", world->trouble.text, now_us, events);
    else if (result->end == SIM_END_LATE)
        fail(result, world, "pace", "the run could not keep step with real time: all devices were switched off", now_us,
             events);
    else if (!world_audit_energy(world, why, sizeof why))
        fail(result, world, "energy at the end", why, now_us, events);
    else if (!world_audit_sessions(world, why, sizeof why))
        fail(result, world, "sessions at the end", why, now_us, events);
    else if (!trading_audit(world, why, sizeof why))
        fail(result, world, "trading at the end", why, now_us, events);
    else if (world->is_managed && !world_audit_limit(world, why, sizeof why))
        fail(result, world, "limit at the end", why, now_us, events);
}

static bool tell_load(struct world_result *result, const struct world *world)
{
    result->load_count = world->building.step_count;
    result->load_w = malloc(result->load_count * sizeof result->load_w[0]);
    if (result->load_w == NULL)
        return false;
    for (size_t i = 0; i < result->load_count; i++)
        result->load_w[i] = (float)building_load_w(&world->building, i, world->config->duration_us);
    return true;
}

static void tell_blocks(const struct world *world)
{
    const struct world_blocks *blocks = world->order->blocks;
    if (blocks != NULL && world->chain != NULL)
        chain_export(world->chain, blocks->bytes, blocks->self);
}

static enum sim_end run_kernel(struct world *world)
{
    const struct world_devices *devices = world->order->devices;
    int64_t until_us = world->config->duration_us;
    if (devices == NULL)
        return sim_run(world->sim, until_us, 0, world->order->interrupt);
    return devices->run(devices->self, world->sim, until_us);
}

static bool run_world(struct world_result *result, struct world *world)
{
    if (world->order->observe != NULL)
        sim_observe(world->sim, on_executed, world);
    result->end = SIM_END_STOPPED;
    if (!world->trouble.is_failed)
        result->end = run_kernel(world);
    result->events = sim_event_count(world->sim);
    result->ties = sim_tie_count(world->sim);
    sim_digest_final(world->sim, result->digest);
    result->deterministic = world->order->devices == NULL && sim_stream_count(world->sim) == 0 &&
                            world->config->tariff.kind != TARIFF_CALLBACK &&
                            world->config->aggregator.dispatch.kind != DISPATCH_CALLBACK;
    world_finish(world);
    for (uint32_t i = 0; i < world->outlet_count; i++)
        result->stray_uj += world->outlets[i].stray_uj;
    world_metrics(world, result->metrics);
    tell_failure(result, world);
    if (result->end == SIM_END_MEMORY || world->trouble.is_memory_out)
        return false;
    if (result->end != SIM_END_INTERRUPT)
        tell_blocks(world);
    return tell_load(result, world);
}

bool world_run(struct world_result *result, const struct world_config *config, const struct world_input *input,
               const struct world_order *order)
{
    *result = (struct world_result){0};
    struct world *world = malloc(sizeof *world);
    if (world == NULL)
        return false;
    const struct world_data data = world_input_data(input);
    bool is_done = world_open(world, config, &data, order);
    if (is_done) {
        is_done = run_world(result, world);
        world_close(world);
    }
    free(world);
    if (!is_done)
        world_result_close(result);
    return is_done;
}

void world_result_close(struct world_result *result)
{
    free(result->load_w);
    result->load_w = NULL;
    result->load_count = 0;
}
