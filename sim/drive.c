/* drive.c: the kernel driven through a clock port.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/drive.h"

#include "sim/core.h"
#include <assert.h>

static void take_input(struct sim *sim, const struct clock_port *clock, const struct sim_input *input)
{
    if (input == NULL)
        return;
    int64_t now_us = clock->ops->now_us(clock->self);
    input->on_input(input->self, sim, now_us > sim->now_us ? now_us : sim->now_us);
}

static bool is_next_due(const struct sim *sim, int64_t until_us)
{
    return sim_pending_count(sim) > 0 && sim_next_us(sim) <= until_us;
}

static enum sim_end drive(struct sim *sim, const struct clock_port *clock, const struct sim_input *input,
                          int64_t until_us)
{
    while (!core_is_over(sim) && !sim->is_stopped) {
        bool has_event = is_next_due(sim, until_us);
        if (!has_event && input == NULL && sim_pending_count(sim) == 0)
            break;
        switch (clock->ops->wait_until_us(clock->self, has_event ? sim_next_us(sim) : until_us)) {
        case CLOCK_REACHED:
            if (!has_event)
                return core_nothing_due(sim, until_us);
            core_step(sim);
            break;
        case CLOCK_INPUT:
            take_input(sim, clock, input);
            break;
        case CLOCK_INTERRUPT:
            return SIM_END_INTERRUPT;
        case CLOCK_LATE:
            return SIM_END_LATE;
        }
    }
    return core_is_over(sim) || sim->is_stopped ? core_halted(sim) : core_nothing_due(sim, until_us);
}

enum sim_end sim_run_paced(struct sim *sim, const struct clock_port *clock, const struct sim_input *input,
                           int64_t until_us)
{
    assert(!sim->is_running);
    assert(until_us >= sim->now_us);
    sim->is_stopped = false;
    sim->is_running = true;
    enum sim_end end = drive(sim, clock, input, until_us);
    sim->is_running = false;
    return core_last_audit(sim, end);
}
