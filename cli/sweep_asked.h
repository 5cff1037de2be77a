/* sweep_asked.h: what a scenario's own k.sweep asks for, as if it stood on the command line.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_SWEEP_ASKED_H
#define KONSENTO_CLI_SWEEP_ASKED_H

#include "analysis/pool.h"
#include "cli/options.h"
#include "scenarios/lang/scenario.h"

/* In: arguments, as given. Out: whole, the same with what the scenario's k.sweep adds; texts live in the pool. An
 * --axis takes the place of all of k.sweep; --sample, --where, --max-reps of their own field; --target or --reps of the
 * targets. Returns false, every reason told, if the scenario has errors or memory is out. */
bool sweep_asked(struct arguments *whole, struct pool *pool, const struct arguments *arguments);

/* Are the points of a scenario's k.sweep right? Returns false with the reason in why. */
bool sweep_asked_check(char *why, size_t why_size, const struct scenario_sweep *sweep);

#endif
