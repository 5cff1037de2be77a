/* outlet_wires.c: the wires that konsento outlet speaks.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/outlet_wires.h"

#include "hwbridge/virtual/charger.h"
#include "hwbridge/virtual/modbus_server.h"
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
    if (!address_read(address, request->text, "ws", why, why_size))
        return false;
    if (*address->path == '\0' || strlen(address->path) + 1 >= sizeof address->path) {
        snprintf(why, why_size, "%s: the charger's name is missing behind the slash, or too long", request->text);
        return false;
    }
    memmove(address->path + 1, address->path, strlen(address->path) + 1);
    address->path[0] = '/';
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

/* ---- modbus ----------------------------------------------------------------------------------------------------- */

/* WHERE[,DEVICE[,BAUD]], taken apart in parts, which are "" where nothing was said. */
static bool split(char parts[3][ADDRESS_PART_MAX], const char *text, char *why, size_t why_size)
{
    size_t count = 0;
    for (const char *at = text;; count++) {
        size_t length = strcspn(at, ",");
        if (count == 3 || length >= ADDRESS_PART_MAX)
            break;
        memcpy(parts[count], at, length);
        parts[count][length] = '\0';
        if (at[length] == '\0')
            return true;
        at += length + 1;
    }
    snprintf(why, why_size, "%.100s: wanted is PORT[,DEVICE] or TTY[,DEVICE[,BAUD]]", text);
    return false;
}

static bool open_modbus(struct virtual_outlet *outlet, struct outlet_request *request,
                        struct modbus_server_config *config, char *why, size_t why_size)
{
    config->board.plug = request->plug;
    config->board.truth = request->truth;
    struct modbus_server *server = modbus_server_new(config, request->faults, virtual_now_ns(), why, why_size);
    if (server == NULL)
        return false;
    *outlet = modbus_server_outlet(server);
    return true;
}

static const char *device_of(const char *name)
{
    return *name == '\0' ? "sdm230" : name;
}

static bool open_modbus_tcp(struct virtual_outlet *outlet, struct outlet_request *request, char *why, size_t why_size)
{
    char parts[3][ADDRESS_PART_MAX] = {"", "", ""};
    uint64_t port = 0;
    if (!split(parts, request->text, why, why_size))
        return false;
    if (!options_number(&port, parts[0], 1, 65535) || *parts[2] != '\0') {
        snprintf(why, why_size, "%s: wanted is PORT[,DEVICE], PORT from 1 to 65535", request->text);
        return false;
    }
    snprintf(request->address.path, sizeof request->address.path, "%s", device_of(parts[1]));
    return open_modbus(outlet, request,
                       &(struct modbus_server_config){
                           .address = "127.0.0.1", .port = (uint16_t)port, .board = {.name = request->address.path}},
                       why, why_size);
}

static bool open_modbus_rtu(struct virtual_outlet *outlet, struct outlet_request *request, char *why, size_t why_size)
{
    char parts[3][ADDRESS_PART_MAX] = {"", "", ""};
    uint64_t baud = 9600;
    if (!split(parts, request->text, why, why_size))
        return false;
    if (*parts[0] == '\0' || (*parts[2] != '\0' && !options_number(&baud, parts[2], 1, 115200))) {
        snprintf(why, why_size, "%s: wanted is TTY[,DEVICE[,BAUD]]", request->text);
        return false;
    }
    snprintf(request->address.host, sizeof request->address.host, "%s", parts[0]);
    snprintf(request->address.path, sizeof request->address.path, "%s", device_of(parts[1]));
    return open_modbus(outlet, request,
                       &(struct modbus_server_config){
                           .tty = request->address.host, .baud = (int)baud, .board = {.name = request->address.path}},
                       why, why_size);
}

/* ---- all -------------------------------------------------------------------------------------------------------- */

const struct outlet_wire outlet_wires[] = {
    {OPTION_TASMOTA, "tasmota", open_tasmota},
    {OPTION_SHELLY, "shelly", open_shelly},
    {OPTION_ZIGBEE, "zigbee", open_zigbee},
    {OPTION_OCPP, "ocpp", open_ocpp},
    {OPTION_MODBUS_TCP, "modbus-tcp", open_modbus_tcp},
    {OPTION_MODBUS_RTU, "modbus-rtu", open_modbus_rtu},
};
const size_t outlet_wire_count = sizeof outlet_wires / sizeof outlet_wires[0];
