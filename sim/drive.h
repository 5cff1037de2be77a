/* drive.h: the kernel driven through a clock port: each event when the clock says so.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim_run goes as fast as it can. sim_run_paced asks the clock before each event; with a virtual clock it gives the
 * same digest as sim_run, with a paced one too unless something comes in from outside.
 */
#ifndef KONSENTO_SIM_DRIVE_H
#define KONSENTO_SIM_DRIVE_H

#include "sim/kernel.h"
#include "sim/ports.h"

/* Takes what came in from outside; called between two events. In: now_us, the clock's time but not before sim_now_us.
 * Schedules events at now_us or later, in phase SIM_ENVIRONMENT; whoever wants to replay the run writes them down. */
struct sim_input {
    void *self;
    void (*on_input)(void *self, struct sim *sim, int64_t now_us);
};

/* Runs until until_us inclusive. In: input, NULL when nothing comes in from outside; with input the run waits for it
 * even while no event is pending. Returns as sim_run, SIM_END_INTERRUPT and SIM_END_LATE when the clock says so. */
enum sim_end sim_run_paced(struct sim *sim, const struct clock_port *clock, const struct sim_input *input,
                           int64_t until_us);

#endif
