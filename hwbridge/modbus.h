/* modbus.h: the driver for meters, relays and chargers on Modbus lines.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   struct modbus_options ─► lines (TCP or serial, a child process each: modbus_line.h) ─► devices (modbus_map.h)
 *
 * Each device is looked at once every poll_us while its line is up, and after each switching until its relay is where
 * it should be. What is read counts only behind the last switching that the device took: an older answer proves
 * nothing.
 *
 * Modbus knows no passwords: whoever reaches the line owns the outlet. So only addresses of this machine are dialled,
 * unless networks are allowed. And a device without a watchdog of its own is refused, unless that is waived: then the
 * child process stands in for it, which helps when the bridge dies, not when the machine or the cable does.
 */
#ifndef KONSENTO_HWBRIDGE_MODBUS_H
#define KONSENTO_HWBRIDGE_MODBUS_H

#include "hwbridge/modbus_line.h"

#define MODBUS_LINES_MAX 64
#define MODBUS_PORT      502
#define MODBUS_BAUD      9600
#define MODBUS_ANSWER_MS 300
#define MODBUS_POLL_US   1000000

struct modbus_outlet {
    size_t line; /* index */
    struct modbus_device device;
    bool is_lease_waived; /* it may have no watchdog */
};

struct modbus_options {
    const struct modbus_line_options *lines; /* their devices are filled in from outlets */
    size_t line_count;
    const struct modbus_outlet *outlets;
    size_t outlet_count;
    bool is_network_allowed;
    int64_t poll_us; /* 0: only when asked */
    struct hw_sink sink;
};

/* Makes the child processes, and again later where one dies. All is copied. Returns false, and why: an address or a
 * unit that is none or not allowed, a lease that a watchdog cannot keep, no watchdog, two devices for an outlet, memory
 * or processes out. Owns: driver->ops->close. */
bool modbus_open(struct hw_driver *driver, const struct modbus_options *options, char *why, size_t why_size)
    __attribute__((warn_unused_result));
/* What preflight found out about an outlet's device. Out: text, one line for each setting, and what else a person has
 * to see to. Returns whether all settings are known and good, and it has a watchdog. */
bool modbus_settings(const struct hw_driver *driver, uint32_t outlet, char *text, size_t text_size);
/* The process of a line; 0: there is none now. */
pid_t modbus_line_process(const struct hw_driver *driver, size_t line);
/* How many outlets have no watchdog: for the warning in a report. */
size_t modbus_unsafe_count(const struct hw_driver *driver);

#endif
