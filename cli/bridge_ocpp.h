/* bridge_ocpp.h: chargers that call at one port, for the bridge's drivers.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_BRIDGE_OCPP_H
#define KONSENTO_CLI_BRIDGE_OCPP_H

#include "cli/bridge_group.h"

/* As struct bridge_driver has them. */
bool bridge_ocpp_is_together(const struct bridge_device *one, const struct bridge_device *other);
const char *bridge_ocpp_shared(const struct bridge_device *one, const struct bridge_device *other, bool is_other_rail);
bool bridge_ocpp_open(struct hw_driver *driver, const struct bridge_group *group, char *why, size_t why_size);

#endif
