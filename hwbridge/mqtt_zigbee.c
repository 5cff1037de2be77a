/* mqtt_zigbee.c: plugs behind Zigbee2MQTT.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   T/set {"state": "ON", "on_time": 30, "off_wait_time": 0}   T/get {"state": "", "energy": "", "power": ""}
 *   T {"state": "ON", "energy": kWh, "power": W}               T/availability {"state": "online"} or online
 *
 * The lease is on_time, of which only the switch's own firmware knows whether it keeps it: preflight cannot read it
 * back, so such a plug is used only by who says that a lease without proof is enough.
 */
#include "hwbridge/mqtt_dialect.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TOPIC_STATE, TOPIC_AVAILABILITY };
static const char *const subscriptions[] = {"%s", "%s/availability", NULL};
static const char *const settings[] = {"on_time: cannot be read back", NULL};

static void put(struct mqtt_letter *letter, const struct mqtt_device *device, const char *verb, const char *payload)
{
    char topic[MQTT_TOPIC_MAX + 32];
    snprintf(topic, sizeof topic, "%s/%s", device->topic, verb);
    mqtt_payload(letter, topic, "%s", payload);
}

static size_t encode(struct mqtt_letter letters[MQTT_LETTERS_MAX], struct mqtt_device *device,
                     const struct hw_command *command)
{
    char payload[96];
    switch (command->kind) {
    case HW_COMMAND_OFF:
        put(&letters[0], device, "set", "{\"state\":\"OFF\"}");
        break;
    case HW_COMMAND_ON:
        snprintf(payload, sizeof payload, "{\"state\":\"ON\",\"on_time\":%" PRId64 ",\"off_wait_time\":0}",
                 command->lease_us / 1000000);
        put(&letters[0], device, "set", payload);
        break;
    case HW_COMMAND_PROBE:
        put(&letters[0], device, "get", "{\"state\":\"\",\"energy\":\"\",\"power\":\"\"}");
        break;
    }
    return 1;
}

static size_t preflight(struct mqtt_letter letters[MQTT_LETTERS_MAX], struct mqtt_device *device, int64_t lease_us)
{
    (void)letters;
    device->lease_us = lease_us;
    device->settings_bad = 1;
    return 0;
}

/* ---- what it says ------------------------------------------------------------------------------------------------ */

static int find_relay(struct mqtt_findings *findings, const struct mqtt_device *device,
                      const struct mqtt_message *message, struct guard_node node)
{
    const char *state = guard_string(node);
    if (state == NULL)
        return HW_REJECT_TYPE;
    bool is_on = strcmp(state, "ON") == 0;
    if (!is_on && strcmp(state, "OFF") != 0)
        return HW_REJECT_SYNTAX;
    mqtt_find(findings, device, message, HW_RELAY)->value = is_on;
    return GUARD_OK;
}

static int find_meter(struct mqtt_findings *findings, const struct mqtt_device *device,
                      const struct mqtt_message *message, struct guard_node root)
{
    const struct mqtt_reading reading = {guard_find(root, "energy"), guard_find(root, "power"), MQTT_KWH_UJ};
    if (guard_is_there(reading.energy) || guard_is_there(reading.power))
        return mqtt_find_meter(findings, device, message, &reading);
    (void)mqtt_find(findings, device, message, HW_ALIVE);
    return GUARD_OK;
}

static int decode_state(struct mqtt_findings *findings, const struct mqtt_device *device,
                        const struct mqtt_message *message)
{
    struct guard_json json;
    int reject = guard_json(&json, message->payload, message->length);
    if (reject != GUARD_OK)
        return reject;
    struct guard_node root = guard_root(&json), state = guard_find(root, "state");
    if (guard_is_there(state))
        reject = find_relay(findings, device, message, state);
    if (reject == GUARD_OK)
        reject = find_meter(findings, device, message, root);
    guard_close(&json);
    if (reject != GUARD_OK)
        findings->count = 0;
    return reject;
}

static bool contains(const struct mqtt_message *message, const char *word)
{
    return memmem(message->payload, message->length, word, strlen(word)) != NULL;
}

static int decode(struct mqtt_findings *findings, struct mqtt_device *device, const struct mqtt_message *message)
{
    int reject = guard_text(message->payload, message->length);
    if (reject != GUARD_OK)
        return reject;
    if (message->topic == TOPIC_AVAILABILITY) {
        bool is_up = contains(message, "online");
        if (!is_up && !contains(message, "offline"))
            return HW_REJECT_SYNTAX;
        (void)mqtt_find(findings, device, message, is_up ? HW_LINK_UP : HW_LINK_DOWN);
        return GUARD_OK;
    }
    return message->is_retained ? HW_REJECT_RETAINED : decode_state(findings, device, message);
}

const struct mqtt_dialect mqtt_zigbee = {.name = "zigbee",
                                         .subscriptions = subscriptions,
                                         .command = "%s/set",
                                         .encode = encode,
                                         .preflight = preflight,
                                         .settings = settings,
                                         .decode = decode};
