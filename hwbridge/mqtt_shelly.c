/* mqtt_shelly.c: Shelly's JSON-RPC on MQTT, second generation and later.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   T/rpc {"id": n, "src": "konsento/T", "method": "Switch.Set", "params": {"id": 0, "on": true, "toggle_after": 30}}
 *   konsento/T/rpc {"id": n, "result": {...}} or {"id": n, "error": {...}}      its answers, by number
 *   T/events/rpc {"method": "NotifyStatus", "params": {"switch:0": {...}}}      what it says unasked
 *   T/online true, false                                                        its will
 *
 * The lease is toggle_after: the relay changes by itself after so many seconds. Numbers tell which command an answer
 * belongs to; an answer to a number that was never sent is refused.
 */
#include "hwbridge/mqtt_dialect.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TOPIC_ANSWER, TOPIC_EVENT, TOPIC_ONLINE };
static const char *const subscriptions[] = {"konsento/%s/rpc", "%s/events/rpc", "%s/online", NULL};

enum { SETTING_INITIAL, SETTING_AUTO_OFF };
static const char *const settings[] = {"initial_state off: off after a power cut",
                                       "auto_off true: switches off by itself", NULL};

#define NUMBER_MAX     9007199254740992.0 /* 2^53: numbers in JSON are exact up to here */
#define NUMBER_CONFIG  1                  /* ids of questions about settings; commands have even ones */
#define NUMBER_SETTING 3

static void put(struct mqtt_letter *letter, const struct mqtt_device *device, uint64_t number, const char *call)
{
    char topic[MQTT_TOPIC_MAX + 32];
    snprintf(topic, sizeof topic, "%s/rpc", device->topic);
    mqtt_payload(letter, topic, "{\"id\":%" PRIu64 ",\"src\":\"konsento/%s\",%s}", number, device->topic, call);
}

static size_t encode(struct mqtt_letter letters[MQTT_LETTERS_MAX], struct mqtt_device *device,
                     const struct hw_command *command)
{
    char call[128];
    device->last_number = command->number > device->last_number ? command->number : device->last_number;
    if (command->kind == HW_COMMAND_PROBE) {
        put(&letters[0], device, 2 * command->number, "\"method\":\"Switch.GetStatus\",\"params\":{\"id\":0}");
        return 1;
    }
    if (command->kind == HW_COMMAND_ON)
        snprintf(call, sizeof call,
                 "\"method\":\"Switch.Set\",\"params\":{\"id\":0,\"on\":true,\"toggle_after\":%" PRId64 ".%" PRId64 "}",
                 command->lease_us / 1000000, command->lease_us / 100000 % 10);
    else
        snprintf(call, sizeof call, "\"method\":\"Switch.Set\",\"params\":{\"id\":0,\"on\":false}");
    put(&letters[0], device, 2 * command->number, call);
    if (command->kind == HW_COMMAND_OFF) /* its answer tells what was, not what is */
        put(&letters[1], device, 2 * command->number, "\"method\":\"Switch.GetStatus\",\"params\":{\"id\":0}");
    return command->kind == HW_COMMAND_OFF ? 2 : 1;
}

static size_t preflight(struct mqtt_letter letters[MQTT_LETTERS_MAX], struct mqtt_device *device, int64_t lease_us)
{
    char call[128];
    device->lease_us = lease_us;
    snprintf(call, sizeof call,
             "\"method\":\"Switch.SetConfig\",\"params\":{\"id\":0,\"config\":{\"initial_state\":\"off\","
             "\"auto_off\":true,\"auto_off_delay\":%" PRId64 "}}",
             lease_us / 1000000);
    put(&letters[0], device, NUMBER_SETTING, call);
    put(&letters[1], device, NUMBER_CONFIG, "\"method\":\"Switch.GetConfig\",\"params\":{\"id\":0}");
    return 2;
}

/* ---- what it says ------------------------------------------------------------------------------------------------ */

static int find_meter(struct mqtt_findings *findings, const struct mqtt_device *device,
                      const struct mqtt_message *message, struct guard_node status)
{
    const struct mqtt_reading reading = {guard_find(status, "aenergy/total"), guard_find(status, "apower"), MQTT_WH_UJ};
    bool tells = guard_is_there(reading.energy) || guard_is_there(reading.power);
    return tells ? mqtt_find_meter(findings, device, message, &reading) : GUARD_OK;
}

/* A status is of now, whatever it answers. */
static int find_status(struct mqtt_findings *findings, const struct mqtt_device *device,
                       const struct mqtt_message *message, struct guard_node status)
{
    bool is_on = false;
    struct guard_node output = guard_find(status, "output");
    if (guard_is_there(output)) {
        int reject = guard_bool(&is_on, output);
        if (reject != GUARD_OK)
            return reject;
        mqtt_find(findings, device, message, HW_RELAY)->value = is_on;
    }
    return find_meter(findings, device, message, status);
}

static void judge_settings(struct mqtt_device *device, struct guard_node config)
{
    double delay_s = 0;
    bool is_auto = false;
    const char *initial = guard_string(guard_find(config, "initial_state"));
    mqtt_judge(device, SETTING_INITIAL, initial != NULL && strcmp(initial, "off") == 0);
    bool is_good = guard_bool(&is_auto, guard_find(config, "auto_off")) == GUARD_OK && is_auto &&
                   guard_number(&delay_s, guard_find(config, "auto_off_delay"), 0, 86400) == GUARD_OK &&
                   delay_s <= (double)device->lease_us / 1e6;
    mqtt_judge(device, SETTING_AUTO_OFF, is_good);
}

static int decode_answer(struct mqtt_findings *findings, struct mqtt_device *device, const struct mqtt_message *message,
                         struct guard_node root)
{
    double number;
    int reject = guard_number(&number, guard_find(root, "id"), 1, NUMBER_MAX);
    if (reject != GUARD_OK)
        return reject;
    if (number != floor(number))
        return HW_REJECT_RANGE;
    if ((uint64_t)number / 2 > device->last_number && (uint64_t)number % 2 == 0)
        return HW_REJECT_UNASKED;
    struct guard_node result = guard_find(root, "result");
    bool is_refused = guard_is_there(guard_find(root, "error"));
    if ((uint64_t)number == NUMBER_CONFIG && !is_refused)
        judge_settings(device, result);
    if ((uint64_t)number % 2 != 0) {
        (void)mqtt_find(findings, device, message, HW_ALIVE);
        return GUARD_OK;
    }
    if (is_refused || guard_is_there(guard_find(result, "was_on"))) {
        mqtt_find(findings, device, message, is_refused ? HW_NACK : HW_ACK)->command = (uint64_t)number / 2;
        return GUARD_OK;
    }
    return find_status(findings, device, message, result);
}

static int decode_event(struct mqtt_findings *findings, struct mqtt_device *device, const struct mqtt_message *message,
                        struct guard_node root)
{
    struct guard_node status = guard_find(root, "params/switch:0");
    if (guard_is_there(status))
        return find_status(findings, device, message, status);
    (void)mqtt_find(findings, device, message, HW_ALIVE);
    return GUARD_OK;
}

static int decode_online(struct mqtt_findings *findings, const struct mqtt_device *device,
                         const struct mqtt_message *message)
{
    bool is_up = message->length == 4 && memcmp(message->payload, "true", 4) == 0;
    bool is_down = message->length == 5 && memcmp(message->payload, "false", 5) == 0;
    if (!is_up && !is_down)
        return HW_REJECT_SYNTAX;
    (void)mqtt_find(findings, device, message, is_up ? HW_LINK_UP : HW_LINK_DOWN);
    return GUARD_OK;
}

static int decode(struct mqtt_findings *findings, struct mqtt_device *device, const struct mqtt_message *message)
{
    if (message->topic == TOPIC_ONLINE)
        return decode_online(findings, device, message);
    if (message->is_retained)
        return HW_REJECT_RETAINED;
    struct guard_json json;
    int reject = guard_json(&json, message->payload, message->length);
    if (reject != GUARD_OK)
        return reject;
    struct guard_node root = guard_root(&json);
    reject = message->topic == TOPIC_ANSWER ? decode_answer(findings, device, message, root)
                                            : decode_event(findings, device, message, root);
    guard_close(&json);
    if (reject != GUARD_OK)
        findings->count = 0;
    return reject;
}

const struct mqtt_dialect mqtt_shelly = {.name = "shelly",
                                         .subscriptions = subscriptions,
                                         .command = "%s/rpc",
                                         .encode = encode,
                                         .preflight = preflight,
                                         .settings = settings,
                                         .decode = decode};
