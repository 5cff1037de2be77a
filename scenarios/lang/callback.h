/* callback.h: calling the functions that a scenario gives.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_CALLBACK_H
#define KONSENTO_SCENARIOS_LANG_CALLBACK_H

#include "models/world.h"
#include "scenarios/lang/check.h"

/* Calls the function at stack index `function` for the price at t. False: failed, the reason ("file:line: what") is in
 * why. The stack is as before. */
bool callback_tariff(struct reader *reader, int function, int64_t *price_uyen_per_kwh, const struct civil_time *t,
                     char *why, size_t why_size);
/* The same for the reduction requested in a slot, whole watts. */
bool callback_dispatch(struct reader *reader, int function, int64_t *request_w, const struct dispatch_state *state,
                       char *why, size_t why_size);

/* Asks the scenario's functions once for every hour of its first week, so that most of its mistakes are found
 * before a run. This happens in the state that reads the scenario, which no run uses. */
void callback_try(struct check *check);

#endif
