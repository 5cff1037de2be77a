/* run.c: executing events: one, many, until something says stop.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/core.h"
#include "sim/digest.h"
#include <assert.h>

#define INTERRUPT_EVERY 4096 /* events between two looks at *interrupt */

/* Executes the event in slot, and says so; apart from execute, because it is rare and wants registers. */
static __attribute__((noinline)) void handle_observed(struct sim *sim, struct key key, struct slot event)
{
    struct sim_executed executed = {.time_us = key.time_us,
                                    .number = sim->event_count,
                                    .phase = (enum sim_phase)key_phase(key),
                                    .kind = event.kind,
                                    .entity = event.entity,
                                    .argument = event.argument};
    sim->kinds[event.kind - 1].handler(sim, event.object, event.entity, event.argument);
    executed.chain = sim->chain;
    if (sim->observe != NULL)
        sim->observe(sim->observer, &executed);
}

/* What and who, in one integer. */
static uint64_t who(struct key key, const struct slot *event)
{
    return (uint64_t)key_phase(key) << 48 | (uint64_t)event->kind << 32 | event->entity;
}

/* Executes the next event; there is one. The slot is released first, so that the handler's own schedule finds it warm.
 */
static void execute(struct sim *sim)
{
    struct key key = queue_take(&sim->queue);
    struct slot event = sim->slots[key_slot(key)];
    struct kind *kind = &sim->kinds[event.kind - 1];
    core_release(sim, key_slot(key));
    sim->tie_count += key.time_us == sim->last.time_us && key_phase(key) == key_phase(sim->last);
    sim->last = key;
    sim->now_us = key.time_us;
    sim->event_count++;
    sim->chain = digest_event(sim->chain, key.time_us, who(key, &event), event.argument);
    kind->count++;
    if (__builtin_expect(sim->observe != NULL, false))
        handle_observed(sim, key, event);
    else
        kind->handler(sim, event.object, event.entity, event.argument);
    queue_settle(&sim->queue);
}

/* The regular audit, when its turn has come. */
static void audit_if_due(struct sim *sim)
{
    if (sim->event_count < sim->next_audit)
        return;
    sim->next_audit = sim->event_count + sim->options.audit_every;
    (void)core_audit(sim);
}

void core_step(struct sim *sim)
{
    execute(sim);
    audit_if_due(sim);
}

bool sim_step(struct sim *sim)
{
    assert(!sim->is_running);
    sim->is_stopped = false;
    if (core_is_over(sim) || queue_count(&sim->queue) == 0)
        return false;
    sim->is_running = true;
    core_step(sim);
    sim->is_running = false;
    return true;
}

void sim_stop(struct sim *sim)
{
    sim->is_stopped = true;
    core_halt(sim);
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

/* Executes events up to the checkpoint. Returns false when none is left that is due. */
static bool run_to_checkpoint(struct sim *sim, int64_t until_us)
{
    const struct key last_due = {KEY_NONE.order - 1, until_us}; /* above every event at until_us, below KEY_NONE */
    while (sim->event_count < sim->checkpoint) {
        if (key_before(last_due, queue_least(&sim->queue)))
            return false;
        execute(sim);
    }
    return true;
}

enum sim_end core_halted(const struct sim *sim)
{
    if (sim->is_memory_out)
        return SIM_END_MEMORY;
    return sim->failure.name != NULL ? SIM_END_AUDIT : SIM_END_STOPPED;
}

enum sim_end core_nothing_due(struct sim *sim, int64_t until_us)
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
        sim->checkpoint = least(least(next_look, sim->next_audit), bounds->last_event);
        bool may_be_more = run_to_checkpoint(sim, bounds->until_us);
        audit_if_due(sim);
        if (core_is_over(sim) || sim->is_stopped)
            return core_halted(sim);
        if (sim->event_count >= bounds->last_event)
            return SIM_END_LIMIT;
        if (!may_be_more)
            return core_nothing_due(sim, bounds->until_us);
    }
}

enum sim_end core_last_audit(struct sim *sim, enum sim_end end)
{
    if (end == SIM_END_MEMORY || end == SIM_END_AUDIT)
        return end;
    return core_audit(sim) ? end : SIM_END_AUDIT;
}

enum sim_end sim_run(struct sim *sim, int64_t until_us, uint64_t max_events, const volatile int *interrupt)
{
    assert(!sim->is_running);
    assert(until_us >= sim->now_us);
    struct bounds bounds = {until_us, max_events == 0 ? UINT64_MAX : sim->event_count + max_events, interrupt};
    sim->is_stopped = false;
    if (core_is_over(sim))
        return core_halted(sim);
    sim->is_running = true;
    enum sim_end end = run_within(sim, &bounds);
    sim->is_running = false;
    return core_last_audit(sim, end);
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
