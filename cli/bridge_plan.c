/* bridge_plan.c: the devices of one rail as the bridge wants them.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/bridge_plan.h"

#include "cli/terminal.h"
#include "hwbridge/ocpp_point.h"
#include "models/build.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char *const schemes[] = {[SCENARIO_DRIVER_MQTT] = "mqtt mqtts",
                                      [SCENARIO_DRIVER_OCPP] = "ws wss",
                                      [SCENARIO_DRIVER_MODBUS] = "modbus-tcp modbus-rtu"};

const char *bridge_driver_name(const struct scenario_device *device)
{
    static const char *const names[] = {
        [SCENARIO_DRIVER_MQTT] = "mqtt", [SCENARIO_DRIVER_OCPP] = "ocpp", [SCENARIO_DRIVER_MODBUS] = "modbus"};
    return names[device->driver];
}

uint32_t bridge_plan_outlets(const struct scenario *scenario, const struct world_input *input)
{
    const struct world_config *config = &scenario->config;
    const struct world_data data = world_input_data(input);
    return config->building.outlets.count > 0 ? config->building.outlets.count
                                              : fleet_config_cars(&config->fleet, data.replay);
}

static void configure(struct bridge_plan *plan, uint32_t index, const struct scenario_device *device)
{
    const struct outlet_config *outlets = &plan->scenario->config.building.outlets;
    int64_t voltage_v = outlets->voltage_v * (outlets->phases == 3 ? 3 : 1);
    int64_t resolution_uj = device->resolution_uj > 0 ? device->resolution_uj : outlets->meter_resolution_uj;
    struct bridge_outlet_config *outlet = &plan->outlets[index];
    *outlet = (struct bridge_outlet_config){
        .idle_below_w = device->idle_below_w, .idle_us = device->idle_us, .meter_us = device->meter_us};
    hw_outlet_config_init(&outlet->lease, index, outlets->current_ma, voltage_v, resolution_uj);
    if (device->driver == SCENARIO_DRIVER_OCPP)
        ocpp_patience(&outlet->lease);
    outlet->lease.lease_us = device->lease_us;
    outlet->lease.leak_w = device->leak_w;
    outlet->lease.meter.modulus_uj = device->modulus_uj;
    plan->world[index] = (struct world_device){
        .outlet = device->outlet - 1, .unseen_us = device->meter_us + device->lease_us + outlet->lease.answer_us};
    plan->has_real = plan->has_real || !device->is_virtual;
    int64_t closing_us = device->meter_us + outlet->lease.stuck_us + outlet->lease.answer_us;
    if (plan->closing_us < closing_us) /* until a relay that does not open is known to be stuck, and read once more */
        plan->closing_us = closing_us;
}

/* Libraries say of such a file only that something is wrong. Returns NULL if all can be read. */
static const char *unreadable(const struct scenario_device *device)
{
    const char *const files[] = {device->ca_file, device->cert_file, device->key_file};
    for (size_t i = 0; i < 3; i++)
        if (*files[i] != '\0' && access(files[i], R_OK) != 0)
            return files[i];
    return NULL;
}

static bool check(struct bridge_device *one, const struct scenario_device *device, uint32_t outlet_count,
                  enum bridge_reach reach)
{
    char why[400] = "";
    bool is_read = address_read(&one->address, device->address, schemes[device->driver], why, sizeof why);
    if (is_read && device->outlet > outlet_count)
        snprintf(why, sizeof why, "outlet %u: the building has only %u", device->outlet, outlet_count);
    else if (is_read && reach == BRIDGE_LOOPBACK && !address_is_here(&one->address))
        snprintf(why, sizeof why, "%s is not this machine: --allow-network lets the bridge speak to others",
                 device->address);
    else if (is_read && reach != BRIDGE_NOWHERE && unreadable(device) != NULL)
        snprintf(why, sizeof why, "%s: %s", unreadable(device), strerror(errno));
    else if (is_read && reach != BRIDGE_NOWHERE && *device->password_file != '\0')
        (void)password_read(one->password, device->password_file, why, sizeof why);
    if (*why != '\0')
        complain("device of outlet %u: %s", device->outlet, why);
    return *why == '\0';
}

bool bridge_plan_make(struct bridge_plan *plan, const struct scenario *scenario, size_t rail, uint32_t outlet_count,
                      enum bridge_reach reach)
{
    bool is_good = true;
    memset(plan, 0, sizeof *plan);
    plan->scenario = scenario;
    plan->rail = rail;
    for (size_t i = 0; i < scenario->device_count; i++) {
        const struct scenario_device *device = &scenario->devices[i];
        if (scenario_device_rail(scenario, i) != rail)
            continue;
        struct bridge_device *one = &plan->devices[plan->count];
        *one = (struct bridge_device){.config = device, .index = plan->count};
        is_good = check(one, device, outlet_count, reach) && is_good;
        configure(plan, plan->count++, device);
    }
    return is_good;
}

static const char *number_of(const char *host)
{
    return strcasecmp(host, "localhost") == 0 ? "127.0.0.1" : host;
}

bool bridge_plan_is_same_host(const struct bridge_device *one, const struct bridge_device *other)
{
    return strcasecmp(number_of(one->address.host), number_of(other->address.host)) == 0;
}
