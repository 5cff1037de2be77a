/* coverage.c: what is there and gone in turn.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/network/coverage.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

struct coverage {
    int64_t mean_there_us, mean_gone_us;
    bool is_gone_by_chance;
    uint32_t causes; /* of its being gone */
    int64_t gone_since_us, gone_us;
    struct coverage_listener *listeners;
    uint32_t listener_count, listener_capacity;
    struct sim_stream stream;
};

static struct coverage *at(const struct coverages *coverages, uint32_t number)
{
    return slab_at(&coverages->slab, number);
}

static void tell(const struct coverages *coverages, uint32_t number, bool is_there)
{
    const struct coverage *coverage = at(coverages, number);
    for (uint32_t i = 0; i < coverage->listener_count; i++)
        coverage->listeners[i].on_change(coverage->listeners[i].self, number, is_there);
}

void coverage_hold(struct coverages *coverages, uint32_t number)
{
    struct coverage *coverage = at(coverages, number);
    if (coverage->causes++ > 0)
        return;
    coverage->gone_since_us = sim_now_us(coverages->sim);
    tell(coverages, number, false);
}

void coverage_release(struct coverages *coverages, uint32_t number)
{
    struct coverage *coverage = at(coverages, number);
    assert(coverage->causes > 0);
    if (--coverage->causes > 0)
        return;
    coverage->gone_us += sim_now_us(coverages->sim) - coverage->gone_since_us;
    tell(coverages, number, true);
}

bool coverage_is_there(const struct coverages *coverages, uint32_t number)
{
    return at(coverages, number)->causes == 0;
}

int64_t coverage_gone_us(const struct coverages *coverages, uint32_t number)
{
    const struct coverage *coverage = at(coverages, number);
    int64_t since = coverage->causes > 0 ? sim_now_us(coverages->sim) - coverage->gone_since_us : 0;
    return coverage->gone_us + since;
}

/* ---- causes ---------------------------------------------------------------------------------------------------- */

/* A stay of no time would let the process stand still at one instant. */
static int64_t draw_us(struct coverage *coverage, int64_t mean_us)
{
    return 1 + llround(stream_exponential(&coverage->stream, (double)mean_us));
}

static void plan_toggle(struct coverages *coverages, uint32_t number)
{
    struct coverage *coverage = at(coverages, number);
    int64_t stay_us = draw_us(coverage, coverage->is_gone_by_chance ? coverage->mean_gone_us : coverage->mean_there_us);
    sim_schedule(coverages->sim, sim_now_us(coverages->sim) + stay_us, SIM_ENVIRONMENT,
                 &(struct sim_action){.kind = coverages->toggle_kind, .entity = number, .object = coverages});
}

static void on_toggle(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct coverages *coverages = object;
    struct coverage *coverage = at(coverages, entity);
    (void)sim;
    (void)argument;
    coverage->is_gone_by_chance = !coverage->is_gone_by_chance;
    if (coverage->is_gone_by_chance)
        coverage_hold(coverages, entity);
    else
        coverage_release(coverages, entity);
    plan_toggle(coverages, entity);
}

/* argument: 1 at the beginning of a gap, 0 at its end. */
static void on_gap(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)sim;
    if (argument == 1)
        coverage_hold(object, entity);
    else
        coverage_release(object, entity);
}

static void plan_gap(struct coverages *coverages, uint32_t number, const struct coverage_gap *gap)
{
    assert(gap->at_us >= sim_now_us(coverages->sim) && gap->duration_us > 0);
    struct sim_action action = {.kind = coverages->gap_kind, .entity = number, .object = coverages, .argument = 1};
    sim_schedule(coverages->sim, gap->at_us, SIM_ENVIRONMENT, &action);
    action.argument = 0;
    sim_schedule(coverages->sim, gap->at_us + gap->duration_us, SIM_ENVIRONMENT, &action);
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

void coverages_open(struct coverages *coverages, struct trouble *trouble)
{
    *coverages = (struct coverages){.sim = trouble->sim, .trouble = trouble};
    slab_init(&coverages->slab, sizeof(struct coverage));
    coverages->toggle_kind = sim_kind_add(coverages->sim, "network.coverage", on_toggle);
    coverages->gap_kind = sim_kind_add(coverages->sim, "network.gap", on_gap);
}

void coverages_close(struct coverages *coverages)
{
    for (uint32_t i = 0; i < coverages->slab.limit; i++)
        free(at(coverages, i)->listeners);
    slab_close(&coverages->slab);
}

uint32_t coverage_add(struct coverages *coverages, const struct coverage_config *config, uint64_t key)
{
    assert(config->mean_there_us >= 0 && (config->mean_there_us == 0 || config->mean_gone_us > 0));
    uint32_t number = slab_take(&coverages->slab);
    if (number == SLAB_NONE) {
        trouble_memory(coverages->trouble);
        return SLAB_NONE;
    }
    struct coverage *coverage = at(coverages, number);
    coverage->mean_there_us = config->mean_there_us;
    coverage->mean_gone_us = config->mean_gone_us;
    if (config->mean_there_us > 0) {
        sim_stream_open(&coverage->stream, coverages->sim, "network.coverage", key);
        plan_toggle(coverages, number);
    }
    for (size_t i = 0; i < config->gap_count; i++)
        plan_gap(coverages, number, &config->gaps[i]);
    return number;
}

bool coverage_listen(struct coverages *coverages, uint32_t number, const struct coverage_listener *listener)
{
    struct coverage *coverage = at(coverages, number);
    if (coverage->listener_count == coverage->listener_capacity) {
        uint32_t capacity = coverage->listener_capacity == 0 ? 2 : 2 * coverage->listener_capacity;
        void *grown = realloc(coverage->listeners, capacity * sizeof coverage->listeners[0]);
        if (grown == NULL) {
            trouble_memory(coverages->trouble);
            return false;
        }
        coverage->listeners = grown;
        coverage->listener_capacity = capacity;
    }
    coverage->listeners[coverage->listener_count++] = *listener;
    return true;
}
