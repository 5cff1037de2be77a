/* outlet_wires.c: the wires that konsento outlet speaks.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/outlet_wires.h"

#include "hwbridge/virtual/charger.h"
#include "hwbridge/virtual/mqtt_outlet.h"
#include "hwbridge/virtual/run.h"

#include <stdio.h>
#include <string.h>

#define SECOND_NS INT64_C(1000000000)
#define VOLTAGE_V 200 /* between the amperes of a profile and watts */

/* The codec knows addresses by their numbers alone. */
static const char *number_of(const char *host)
{
    return strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
}

static bool open_mqtt(struct virtual_outlet *outlet, struct outlet_request *request, const struct mqtt_words *words,
                      char *why, size_t why_size)
{
    struct address *address = &request->address;
    if (!address_read(address, request->text, "mqtt", why, why_size))
        return false;
    if (*address->path == '\0') {
        snprintf(why, why_size, "%s: the plug's topic is missing behind the slash", request->text);
        return false;
    }
    const struct mqtt_outlet_config config = {.host = number_of(address->host),
                                              .port = address->port,
                                              .topic = address->path,
                                              .user = request->user,
                                              .password = request->password,
                                              .telemetry_ns = request->period_ns,
                                              .plug = request->plug,
                                              .truth = request->truth};
    struct mqtt_outlet *plug = mqtt_outlet_new(words, &config, request->faults, virtual_now_ns());
    if (plug == NULL) {
        snprintf(why, why_size, "memory is out");
        return false;
    }
    *outlet = mqtt_outlet(plug);
    return true;
}

static bool open_tasmota(struct virtual_outlet *outlet, struct outlet_request *request, char *why, size_t why_size)
{
    return open_mqtt(outlet, request, &tasmota_words, why, why_size);
}

static bool open_shelly(struct virtual_outlet *outlet, struct outlet_request *request, char *why, size_t why_size)
{
    return open_mqtt(outlet, request, &shelly_words, why, why_size);
}

static bool open_zigbee(struct virtual_outlet *outlet, struct outlet_request *request, char *why, size_t why_size)
{
    return open_mqtt(outlet, request, &zigbee_words, why, why_size);
}

static bool open_ocpp(struct virtual_outlet *outlet, struct outlet_request *request, char *why, size_t why_size)
{
    struct address *address = &request->address;
    char path[ADDRESS_PART_MAX];
    if (!address_read(address, request->text, "ws", why, why_size))
        return false;
    if (*address->path == '\0' || strlen(address->path) + 1 >= sizeof path) {
        snprintf(why, why_size, "%s: the charger's name is missing behind the slash, or too long", request->text);
        return false;
    }
    snprintf(path, sizeof path, "/%s", address->path);
    memcpy(address->path, path, sizeof path);
    const struct charger_config config = {.host = number_of(address->host),
                                          .port = address->port,
                                          .path = address->path,
                                          .password = request->password,
                                          .meter_s =
                                              request->period_ns > SECOND_NS ? request->period_ns / SECOND_NS : 1,
                                          .voltage_v = VOLTAGE_V,
                                          .plug = request->plug,
                                          .truth = request->truth};
    struct charger *charger = charger_new(&config, request->faults, virtual_now_ns());
    if (charger == NULL) {
        snprintf(why, why_size, "memory is out");
        return false;
    }
    *outlet = charger_outlet(charger);
    return true;
}

const struct outlet_wire outlet_wires[] = {
    {OPTION_TASMOTA, "tasmota", open_tasmota},
    {OPTION_SHELLY, "shelly", open_shelly},
    {OPTION_ZIGBEE, "zigbee", open_zigbee},
    {OPTION_OCPP, "ocpp", open_ocpp},
};
const size_t outlet_wire_count = sizeof outlet_wires / sizeof outlet_wires[0];
