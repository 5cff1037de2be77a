/* audit.c: the auditors that watch a run.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/core.h"

#include <assert.h>

void sim_audit_add(struct sim *sim, const char *name, sim_auditor *audit, const void *object)
{
    assert(name != NULL && audit != NULL);
    assert(sim->auditor_count < SIM_AUDITORS_MAX);
    sim->auditors[sim->auditor_count++] = (struct auditor){name, audit, object};
}

const struct sim_audit_failure *sim_audit_failure(const struct sim *sim)
{
    return &sim->failure;
}

bool core_audit(struct sim *sim)
{
    struct sim_audit_failure *failure = &sim->failure;
    for (size_t i = 0; i < sim->auditor_count; i++) {
        const struct auditor *auditor = &sim->auditors[i];
        if (auditor->audit(auditor->object, failure->why, sizeof failure->why))
            continue;
        failure->name = auditor->name;
        failure->time_us = sim->now_us;
        failure->event_number = sim->event_count;
        return false;
    }
    return true;
}
