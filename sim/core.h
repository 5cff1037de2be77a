/* core.h: inside struct sim; for the files of this folder alone.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SIM_CORE_H
#define KONSENTO_SIM_CORE_H

#include "sim/kernel.h"
#include "sim/queue.h"

struct kind {
    sim_handler *handler;
    uint64_t count;
    const char *name;
};

struct auditor {
    const char *name;
    sim_auditor *audit;
    const void *object;
};

struct sim {
    /* touched at every event */
    int64_t now_us;
    uint64_t event_count;
    uint64_t checkpoint; /* event count at which the loop looks around; 0: at once */
    uint64_t chain;
    uint64_t tie_count;
    struct key last;      /* of the latest event */
    uint64_t next_number; /* insertion number to be given */
    struct slot *slots;
    struct kind *kinds;
    uint32_t free_slot; /* first of the list, SLOT_NONE: none */
    uint32_t slot_count;
    uint32_t kind_count;
    void (*observe)(void *self, const struct sim_executed *event);
    struct queue queue;

    /* seldom touched */
    bool is_running, is_stopped, is_memory_out;
    void *observer;
    uint32_t slot_capacity, kind_capacity;
    uint64_t next_audit; /* event count of the next regular audit */
    uint64_t stream_count;
    struct sim_options options;
    struct sim_audit_failure failure;
    size_t auditor_count;
    struct auditor auditors[SIM_AUDITORS_MAX];
};

/* The slot may be given again. A generation never comes twice: a slot that has had them all is retired. */
static inline void core_release(struct sim *sim, uint32_t place)
{
    struct slot *slot = &sim->slots[place];
    if (__builtin_expect(++slot->generation == UINT32_MAX, false))
        return;
    slot->next_free = sim->free_slot;
    sim->free_slot = place;
}

/* Makes the loop look around after the present event. */
static inline void core_halt(struct sim *sim)
{
    sim->checkpoint = 0;
}

/* What happened cannot be mended: no event is executed any more. */
static inline bool core_is_over(const struct sim *sim)
{
    return sim->is_memory_out || sim->failure.name != NULL;
}

/* Executes the next event, there is one, and the regular audit if it is due. */
void core_step(struct sim *sim);
/* Why a run ends that is over or was stopped. */
enum sim_end core_halted(const struct sim *sim);
/* The end of a run that has nothing left to do up to until_us: sets the clock. */
enum sim_end core_nothing_due(struct sim *sim, int64_t until_us);
/* Runs the auditors. Returns false, with failure filled, at the first that fails. */
bool core_audit(struct sim *sim);
/* The audit at the end of a run. Returns end, or SIM_END_AUDIT. */
enum sim_end core_last_audit(struct sim *sim, enum sim_end end);

#endif
