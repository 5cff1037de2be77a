/* run.c: executing events: one, many, until something says stop.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/core.h"
#include "sim/digest.h"
#include <assert.h>

#define INTERRUPT_EVERY 4096 /* events between two looks at *interrupt */

static bool is_observed(const struct sim *sim)
{
    return __builtin_expect(sim->observe != NULL, false);
}

static void fold_event(struct sim *sim, struct key key, const struct slot *slot)
{
    uint64_t chain = digest_fold(sim->chain, (uint64_t)key.time_us);
    chain = digest_fold(chain, (uint64_t)key_phase(key) << 48 | (uint64_t)slot->kind << 32 | slot->entity);
    sim->chain = digest_fold(chain, slot->argument);
}

static void note_event(struct sim *sim, struct key key, const struct slot *slot)
{
    sim->executed = (struct sim_executed){.time_us = key.time_us,
                                          .number = sim->event_count,
                                          .phase = (enum sim_phase)key_phase(key),
                                          .kind = slot->kind,
                                          .entity = slot->entity,
                                          .argument = slot->argument};
}

static void report_event(struct sim *sim)
{
    struct sim_executed executed = sim->executed; /* the handler may have removed the observer; not again here */
    executed.chain = sim->chain;
    sim->observe(sim->observer, &executed);
}

/* Executes the next event; there is one. The slot is released first, so that the handler's own schedule finds it warm.
 */
static void execute(struct sim *sim)
{
    struct key key = queue_take(&sim->queue);
    uint32_t place = key_slot(key);
    struct slot *slot = &sim->slots[place];
    unsigned phase = key_phase(key);
    sim->tie_count += key.time_us == sim->last_us && phase == sim->last_phase;
    sim->now_us = sim->last_us = key.time_us;
    sim->last_phase = phase;
    sim->event_count++;
    fold_event(sim, key, slot);
    if (is_observed(sim))
        note_event(sim, key, slot);
    struct kind *kind = &sim->kinds[slot->kind - 1];
    kind->count++;
    void *object = slot->object;
    uint32_t entity = slot->entity;
    uint64_t argument = slot->argument;
    core_release(sim, place);
    kind->handler(sim, object, entity, argument);
    queue_settle(&sim->queue);
    if (is_observed(sim))
        report_event(sim);
}

/* The regular audit, when its turn has come. */
static void audit_if_due(struct sim *sim)
{
    if (sim->event_count < sim->next_audit)
        return;
    sim->next_audit = sim->event_count + sim->options.audit_every;
    (void)core_audit(sim);
}

bool sim_step(struct sim *sim)
{
    assert(!sim->is_running);
    sim->is_stopped = false;
    sim->must_halt = sim->is_memory_out || sim->failure.name != NULL;
    if (sim->must_halt || queue_count(&sim->queue) == 0)
        return false;
    sim->is_running = true;
    execute(sim);
    audit_if_due(sim);
    sim->is_running = false;
    return true;
}

void sim_stop(struct sim *sim)
{
    sim->is_stopped = true;
    sim->must_halt = true;
}

void sim_observe(struct sim *sim, void (*observe)(void *self, const struct sim_executed *event), void *self)
{
    sim->observe = observe;
    sim->observer = self;
}

/* What may end a run besides its horizon. */
struct bounds {
    int64_t until_us;
    uint64_t last_event; /* event count at which the limit is reached */
    const volatile int *interrupt;
};

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Executes events up to the next checkpoint. Returns false when none is left that is due. */
static bool run_to_checkpoint(struct sim *sim, int64_t until_us, uint64_t checkpoint)
{
    while (!sim->must_halt && sim->event_count < checkpoint) {
        if (queue_count(&sim->queue) == 0 || queue_least(&sim->queue).time_us > until_us)
            return false;
        execute(sim);
    }
    return true;
}

static enum sim_end halted(const struct sim *sim)
{
    if (sim->is_memory_out)
        return SIM_END_MEMORY;
    return sim->failure.name != NULL ? SIM_END_AUDIT : SIM_END_STOPPED;
}

static enum sim_end nothing_due(struct sim *sim, int64_t until_us)
{
    bool is_empty = queue_count(&sim->queue) == 0;
    if (!is_empty || until_us != SIM_TIME_MAX_US)
        sim->now_us = until_us;
    return is_empty ? SIM_END_EMPTY : SIM_END_HORIZON;
}

static enum sim_end run_within(struct sim *sim, const struct bounds *bounds)
{
    uint64_t next_look = sim->event_count;
    for (;;) {
        if (sim->event_count >= next_look) {
            if (bounds->interrupt != NULL && *bounds->interrupt != 0)
                return SIM_END_INTERRUPT;
            next_look = sim->event_count + INTERRUPT_EVERY;
        }
        uint64_t checkpoint = least(least(next_look, sim->next_audit), bounds->last_event);
        bool may_be_more = run_to_checkpoint(sim, bounds->until_us, checkpoint);
        audit_if_due(sim);
        if (sim->must_halt)
            return halted(sim);
        if (sim->event_count >= bounds->last_event)
            return SIM_END_LIMIT;
        if (!may_be_more)
            return nothing_due(sim, bounds->until_us);
    }
}

enum sim_end sim_run(struct sim *sim, int64_t until_us, uint64_t max_events, const volatile int *interrupt)
{
    assert(!sim->is_running);
    assert(until_us >= sim->now_us);
    struct bounds bounds = {until_us, max_events == 0 ? UINT64_MAX : sim->event_count + max_events, interrupt};
    sim->is_stopped = false;
    sim->must_halt = sim->is_memory_out || sim->failure.name != NULL;
    if (sim->must_halt)
        return halted(sim);
    sim->is_running = true;
    enum sim_end end = run_within(sim, &bounds);
    sim->is_running = false;
    if (end == SIM_END_MEMORY || end == SIM_END_AUDIT)
        return end;
    return core_audit(sim) ? end : SIM_END_AUDIT;
}

const char *sim_end_name(enum sim_end end)
{
    switch (end) {
    case SIM_END_HORIZON:
        return "horizon";
    case SIM_END_EMPTY:
        return "empty";
    case SIM_END_STOPPED:
        return "stopped";
    case SIM_END_LIMIT:
        return "limit";
    case SIM_END_INTERRUPT:
        return "interrupt";
    case SIM_END_AUDIT:
        return "audit";
    case SIM_END_MEMORY:
        return "memory";
    case SIM_END_LATE:
        return "late";
    }
    return NULL;
}
