/* bridge_group.h: devices that one driver serves together: what a wire's opener gets.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_BRIDGE_GROUP_H
#define KONSENTO_CLI_BRIDGE_GROUP_H

#include "cli/bridge_plan.h"

/* All plugs of a broker, all chargers that call at one port, all meters of a bus. */
struct bridge_group {
    const struct bridge_device *devices[SCENARIO_DEVICES_MAX];
    size_t count;
    struct hw_sink sink;
    const struct outlet_config *building; /* its outlets */
    const char *name;                     /* of our side, where the wire wants one: no two drivers have the same */
};

#endif
