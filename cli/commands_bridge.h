/* commands_bridge.h: the option tables of commands for devices.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_COMMANDS_BRIDGE_H
#define KONSENTO_CLI_COMMANDS_BRIDGE_H

#include "cli/options.h"

#define OUTLET_OPTIONS 19
#define BRIDGE_OPTIONS 24

extern const struct option_info outlet_options[OUTLET_OPTIONS];
extern const struct option_info bridge_options[BRIDGE_OPTIONS];

#endif
