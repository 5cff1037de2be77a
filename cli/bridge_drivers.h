/* bridge_drivers.h: opens the drivers that devices need.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A new wire is one more row of bridge_driver_table, with a function that opens a driver for those of the devices that
 * it can serve together: all plugs of a broker, all chargers that call at one port, all meters of a bus.
 */
#ifndef KONSENTO_CLI_BRIDGE_DRIVERS_H
#define KONSENTO_CLI_BRIDGE_DRIVERS_H

#include "cli/bridge_group.h"
#include "hwbridge/live.h"

struct bridge_drivers {
    struct hw_driver drivers[LIVE_DRIVERS_MAX];
    size_t count;
    uint32_t driver_of[SCENARIO_DEVICES_MAX]; /* by the device's index */
};

struct bridge_driver {
    int driver; /* enum scenario_driver */
    /* Can both be served by one driver? */
    bool (*is_together)(const struct bridge_device *one, const struct bridge_device *other);
    /* What two devices have in common that one master alone may have; NULL: nothing. */
    const char *(*shared)(const struct bridge_device *one, const struct bridge_device *other, bool is_other_rail);
    /* Returns false, and why. */
    bool (*open)(struct hw_driver *driver, const struct bridge_group *group, char *why, size_t why_size);
};
extern const struct bridge_driver bridge_driver_table[];
extern const size_t bridge_driver_count;

/* Opens them all, or none. Returns false, and why. Owns: the drivers' close. */
bool bridge_drivers_open(struct bridge_drivers *drivers, const struct bridge_plan *plan, const struct hw_sink *sink,
                         char *why, size_t why_size);
void bridge_drivers_close(struct bridge_drivers *drivers);
/* No device, port or serial line of the run has two masters. Returns false, both told. */
bool bridge_drivers_are_apart(const struct bridge_plan *const *plans, size_t count);

#endif
