/* bridge_modbus.h: meters, relays and chargers on Modbus lines, for the bridge's drivers.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_BRIDGE_MODBUS_H
#define KONSENTO_CLI_BRIDGE_MODBUS_H

#include "cli/bridge_group.h"

/* As struct bridge_driver has them. */
bool bridge_modbus_is_together(const struct bridge_device *one, const struct bridge_device *other);
const char *bridge_modbus_shared(const struct bridge_device *one, const struct bridge_device *other,
                                 bool is_other_rail);
bool bridge_modbus_open(struct hw_driver *driver, const struct bridge_group *group, char *why, size_t why_size);

#endif
