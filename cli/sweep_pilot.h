/* sweep_pilot.h: what a sweep would cost: a few replications run, nothing kept.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_SWEEP_PILOT_H
#define KONSENTO_CLI_SWEEP_PILOT_H

#include "cli/scene.h"
#include "cli/tally.h"

/* Prints the points and an estimate of time. Returns an exit code. */
int sweep_pilot(struct scenes *scenes, const struct tally_rule *rule, size_t config_count, unsigned jobs);

#endif
