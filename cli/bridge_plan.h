/* bridge_plan.h: the devices of one rail as the bridge wants them, checked before anything is switched.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_BRIDGE_PLAN_H
#define KONSENTO_CLI_BRIDGE_PLAN_H

#include "cli/address.h"
#include "cli/password.h"
#include "hwbridge/bridge.h"
#include "models/world.h"
#include "scenarios/lang/scenario.h"

struct bridge_device {
    const struct scenario_device *config;
    uint32_t index; /* on the bridge's side; outlet in the building: config->outlet - 1 */
    struct address address;
    char password[PASSWORD_BYTES]; /* "": none */
};

/* Of one rail; count 0: all its outlets are modeled. */
struct bridge_plan {
    const struct scenario *scenario;
    size_t rail;
    struct bridge_device devices[SCENARIO_DEVICES_MAX];
    struct bridge_outlet_config outlets[SCENARIO_DEVICES_MAX];
    struct world_device world[SCENARIO_DEVICES_MAX];
    uint32_t count;
    bool has_real;      /* one of them at least is no virtual outlet */
    int64_t closing_us; /* before the end of the run they are switched off for good */
};

enum bridge_reach { BRIDGE_LOOPBACK, BRIDGE_NETWORK, BRIDGE_NOWHERE /* nothing will be opened */ };
/* Returns false if a device cannot be used so; all reasons are told. In: outlets of the building. */
bool bridge_plan_make(struct bridge_plan *plan, const struct scenario *scenario, size_t rail, uint32_t outlet_count,
                      enum bridge_reach reach);
/* Outlets of the building. */
uint32_t bridge_plan_outlets(const struct scenario *scenario, const struct world_input *input);
const char *bridge_driver_name(const struct scenario_device *device);
/* This machine may be called by its name or by its number. */
bool bridge_plan_is_same_host(const struct bridge_device *one, const struct bridge_device *other);

#endif
