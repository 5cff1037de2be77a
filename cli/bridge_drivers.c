/* bridge_drivers.c: opens the drivers that devices need.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/bridge_drivers.h"

#include "cli/terminal.h"

#if KONSENTO_MODBUS
#include "cli/bridge_modbus.h"
#endif
#if KONSENTO_OCPP
#include "cli/bridge_ocpp.h"
#endif
#if KONSENTO_MQTT
#include "hwbridge/mqtt.h"
#endif
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- mqtt ------------------------------------------------------------------------------------------------------- */

#if KONSENTO_MQTT
static bool is_same_broker(const struct bridge_device *one, const struct bridge_device *other)
{
    const struct scenario_device *a = one->config, *b = other->config;
    return strcmp(one->address.scheme, other->address.scheme) == 0 &&
           strcmp(one->address.host, other->address.host) == 0 && one->address.port == other->address.port &&
           strcmp(a->user, b->user) == 0 && strcmp(a->ca_file, b->ca_file) == 0 &&
           strcmp(a->cert_file, b->cert_file) == 0 && strcmp(a->key_file, b->key_file) == 0;
}

/* Users and certificates may differ: the plug is the same. */
static const char *shared_mqtt(const struct bridge_device *one, const struct bridge_device *other, bool is_other_rail)
{
    (void)is_other_rail;
    bool is_same = bridge_plan_is_same_host(one, other) && one->address.port == other->address.port &&
                   strcmp(one->address.path, other->address.path) == 0;
    return is_same ? "the same plug" : NULL;
}

static const char *or_null(const char *text)
{
    return *text == '\0' ? NULL : text;
}

static bool open_mqtt(struct hw_driver *driver, const struct bridge_group *group, char *why, size_t why_size)
{
    struct mqtt_plug plugs[SCENARIO_DEVICES_MAX];
    const struct bridge_device *first = group->devices[0];
    bool is_tls = strcmp(first->address.scheme, "mqtts") == 0;
    if (is_tls != (*first->config->ca_file != '\0')) {
        snprintf(why, why_size, "%s: %s", first->config->address,
                 is_tls ? "mqtts needs ca, the certificates by which the broker is believed"
                        : "a ca goes with mqtts, not with mqtt");
        return false;
    }
    for (size_t i = 0; i < group->count; i++) {
        const struct scenario_device *device = group->devices[i]->config;
        const char *name = *device->dialect == '\0' ? "tasmota" : device->dialect;
        plugs[i] = (struct mqtt_plug){.outlet = group->devices[i]->index,
                                      .dialect = mqtt_dialect_find(name),
                                      .topic = group->devices[i]->address.path,
                                      .lease_us = device->lease_us};
        if (plugs[i].dialect == NULL) {
            snprintf(why, why_size, "%s: there is no dialect \"%s\"; there are tasmota, shelly, zigbee",
                     device->address, name);
            return false;
        }
    }
    return mqtt_open(driver,
                     &(struct mqtt_options){.host = first->address.host,
                                            .port = first->address.port,
                                            .client_id = group->name,
                                            .user = or_null(first->config->user),
                                            .password = or_null(first->password),
                                            .ca_file = or_null(first->config->ca_file),
                                            .cert_file = or_null(first->config->cert_file),
                                            .key_file = or_null(first->config->key_file),
                                            .plugs = plugs,
                                            .plug_count = group->count,
                                            .sink = group->sink},
                     why, why_size);
}
#endif

/* ---- all -------------------------------------------------------------------------------------------------------- */

const struct bridge_driver bridge_driver_table[] = {
#if KONSENTO_MQTT
    {SCENARIO_DRIVER_MQTT, is_same_broker, shared_mqtt, open_mqtt},
#endif
#if KONSENTO_OCPP
    {SCENARIO_DRIVER_OCPP, bridge_ocpp_is_together, bridge_ocpp_shared, bridge_ocpp_open},
#endif
#if KONSENTO_MODBUS
    {SCENARIO_DRIVER_MODBUS, bridge_modbus_is_together, bridge_modbus_shared, bridge_modbus_open},
#endif
    {-1, NULL, NULL, NULL}};
const size_t bridge_driver_count = sizeof bridge_driver_table / sizeof bridge_driver_table[0] - 1;

/* Where a reason goes. */
struct bridge_failure {
    char *why;
    size_t why_size;
};

static const struct bridge_driver *find(int driver)
{
    for (size_t i = 0; i < bridge_driver_count; i++)
        if (bridge_driver_table[i].driver == driver)
            return &bridge_driver_table[i];
    return NULL;
}

void bridge_drivers_close(struct bridge_drivers *drivers)
{
    for (size_t i = 0; i < drivers->count; i++)
        drivers->drivers[i].ops->close(drivers->drivers[i].self);
    drivers->count = 0;
}

/* The device and all behind it that go with it. */
static bool open_group(struct bridge_drivers *drivers, const struct bridge_plan *plan, uint32_t first,
                       const struct hw_sink *sink, struct bridge_failure *failure)
{
    const struct bridge_device *one = &plan->devices[first];
    const struct bridge_driver *driver = find(one->config->driver);
    struct bridge_group group = {.sink = *sink, .building = &plan->scenario->config.building.outlets};
    char name[64];
    if (driver == NULL) {
        snprintf(failure->why, failure->why_size, "%s: this program was built without the library for it",
                 one->config->address);
        return false;
    }
    if (drivers->count == LIVE_DRIVERS_MAX) {
        snprintf(failure->why, failure->why_size, "more than %d brokers, ports and buses", LIVE_DRIVERS_MAX);
        return false;
    }
    for (uint32_t i = first; i < plan->count; i++) {
        const struct bridge_device *other = &plan->devices[i];
        if (drivers->driver_of[i] != UINT32_MAX || other->config->driver != one->config->driver ||
            !driver->is_together(one, other))
            continue;
        drivers->driver_of[i] = (uint32_t)drivers->count;
        group.devices[group.count++] = other;
    }
    snprintf(name, sizeof name, "konsento-%ld-%zu-%zu", (long)getpid(), plan->rail, drivers->count);
    group.name = name;
    if (!driver->open(&drivers->drivers[drivers->count], &group, failure->why, failure->why_size))
        return false;
    drivers->count++;
    return true;
}

bool bridge_drivers_open(struct bridge_drivers *drivers, const struct bridge_plan *plan, const struct hw_sink *sink,
                         char *why, size_t why_size)
{
    struct bridge_failure failure = {why, why_size};
    drivers->count = 0;
    memset(drivers->driver_of, 0xff, sizeof drivers->driver_of);
    for (uint32_t i = 0; i < plan->count; i++) {
        if (drivers->driver_of[i] != UINT32_MAX || open_group(drivers, plan, i, sink, &failure))
            continue;
        bridge_drivers_close(drivers);
        return false;
    }
    return true;
}

/* ---- one master each -------------------------------------------------------------------------------------------- */

static const char *rail_name(const struct bridge_plan *plan)
{
    return plan->scenario->config.rails[plan->rail].name;
}

/* One device, and all behind it. */
static bool is_alone(const struct bridge_plan *const *plans, size_t count, uint32_t at)
{
    const struct bridge_device *one = &plans[0]->devices[at];
    const struct bridge_driver *driver = find(one->config->driver);
    bool is_good = true;
    for (size_t i = 0; i < count && driver != NULL; i++)
        for (uint32_t j = i == 0 ? at + 1 : 0; j < plans[i]->count; j++) {
            const struct bridge_device *other = &plans[i]->devices[j];
            bool is_alike = other->config->driver == driver->driver;
            const char *shared = is_alike ? driver->shared(one, other, i > 0) : NULL;
            if (shared == NULL)
                continue;
            complain("bridge: outlet %u of rail %s, %s, and outlet %u of rail %s, %s, have %s: it would have two "
                     "masters",
                     one->config->outlet, rail_name(plans[0]), one->config->address, other->config->outlet,
                     rail_name(plans[i]), other->config->address, shared);
            is_good = false;
        }
    return is_good;
}

bool bridge_drivers_are_apart(const struct bridge_plan *const *plans, size_t count)
{
    bool is_good = true;
    for (size_t i = 0; i < count; i++)
        for (uint32_t at = 0; at < plans[i]->count; at++)
            is_good = is_alone(plans + i, count - i, at) && is_good;
    return is_good;
}
