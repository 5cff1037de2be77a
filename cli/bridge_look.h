/* bridge_look.h: looks at devices before they are trusted with power.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Opens the drivers for a while, outside of any run: commands OFF, asks, listens. Nothing is switched on, but by
 * bridge_look_lease.
 */
#ifndef KONSENTO_CLI_BRIDGE_LOOK_H
#define KONSENTO_CLI_BRIDGE_LOOK_H

#include "cli/bridge_plan.h"

#include <stdbool.h>

/* Each device is there, says that it is off, and has safe settings. What is wrong is told; so is what is well, unless
 * quiet. Returns false if a device may not be used; is_unsafe_allowed: bad settings are told, and borne. */
bool bridge_look_preflight(const struct bridge_plan *plan, bool is_unsafe_allowed, bool is_quiet);

/* konsento bridge doctor: the same in words on stdout, with readings, and a lease of 3 s tried on each device: it is
 * switched on, must go off by itself, and its meter is read. Returns whether all is well. */
bool bridge_look_doctor(const struct bridge_plan *plan);

#endif
