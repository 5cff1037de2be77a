/* mqtt_tasmota.c: Tasmota's words on MQTT.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   cmnd/T/POWER ON, OFF, "" (a question)   cmnd/T/PulseTime1 n   cmnd/T/STATUS 10
 *   stat/T/POWER ON, OFF    stat/T/RESULT {...}   stat/T/STATUS10 {"StatusSNS": {...}}
 *   tele/T/SENSOR {"ENERGY": {"Total": kWh, "Power": W}}   tele/T/LWT Online, Offline   tele/T/INFO1 at its start
 *
 * The lease is PulseTime: the relay opens by itself so long after POWER ON, and each further ON starts it anew. Its
 * steps are 0.1 s up to 11.1 s, and whole seconds plus 100 above 12. The relay's state is taken from stat/T/POWER
 * alone: RESULT says the same once more. Nothing is ever published as retained.
 */
#include "hwbridge/mqtt_dialect.h"

#include <stdio.h>
#include <string.h>

enum { TOPIC_POWER, TOPIC_RESULT, TOPIC_STATUS, TOPIC_SENSOR, TOPIC_STATE, TOPIC_LWT, TOPIC_INFO };
static const char *const subscriptions[] = {"stat/%s/POWER", "stat/%s/RESULT", "stat/%s/STATUS10", "tele/%s/SENSOR",
                                            "tele/%s/STATE", "tele/%s/LWT",    "tele/%s/INFO1",    NULL};

enum { SETTING_POWER_ON, SETTING_RETAIN, SETTING_PULSE };
static const char *const settings[] = {"PowerOnState 0: off after a power cut", "PowerRetain 0: no retained state",
                                       "PulseTime1: switches off by itself", NULL};

#define SECOND_US     INT64_C(1000000)
#define STEP_US       INT64_C(100000)
#define SHORT_MOST_US (111 * STEP_US)

/* Never longer than asked for. */
static int64_t pulse_steps(int64_t lease_us)
{
    if (lease_us <= SHORT_MOST_US)
        return lease_us / STEP_US;
    return lease_us < 12 * SECOND_US ? 111 : lease_us / SECOND_US + 100;
}

static void put(struct mqtt_letter *letter, const struct mqtt_device *device, const char *command, const char *payload)
{
    char topic[MQTT_TOPIC_MAX + 32];
    snprintf(topic, sizeof topic, "cmnd/%s/%s", device->topic, command);
    mqtt_payload(letter, topic, "%s", payload);
}

static void put_pulse(struct mqtt_letter *letter, const struct mqtt_device *device, int64_t lease_us)
{
    char steps[24];
    snprintf(steps, sizeof steps, "%lld", (long long)pulse_steps(lease_us));
    put(letter, device, "PulseTime1", steps);
}

/* It has said so itself: a letter may be lost. */
static bool has_lease(struct mqtt_device *device, int64_t lease_us)
{
    if (device->lease_us != lease_us)
        device->settings_good &= ~(UINT32_C(1) << SETTING_PULSE);
    return (device->settings_good >> SETTING_PULSE & 1) != 0;
}

static size_t encode(struct mqtt_letter letters[MQTT_LETTERS_MAX], struct mqtt_device *device,
                     const struct hw_command *command)
{
    size_t count = 0;
    switch (command->kind) {
    case HW_COMMAND_OFF:
        put(&letters[count++], device, "POWER", "OFF");
        break;
    case HW_COMMAND_ON:
        if (!has_lease(device, command->lease_us))
            put_pulse(&letters[count++], device, command->lease_us);
        device->lease_us = command->lease_us;
        put(&letters[count++], device, "POWER", "ON");
        break;
    case HW_COMMAND_PROBE:
        put(&letters[count++], device, "POWER", "");
        put(&letters[count++], device, "STATUS", "10");
        break;
    }
    return count;
}

static size_t preflight(struct mqtt_letter letters[MQTT_LETTERS_MAX], struct mqtt_device *device, int64_t lease_us)
{
    device->lease_us = lease_us;
    put(&letters[0], device, "PowerOnState", "0");
    put(&letters[1], device, "PowerRetain", "0");
    put_pulse(&letters[2], device, lease_us);
    return 3;
}

/* ---- what it says ------------------------------------------------------------------------------------------------ */

static bool is_word(const struct mqtt_message *message, const char *word)
{
    return message->length == strlen(word) && memcmp(message->payload, word, message->length) == 0;
}

static int decode_power(struct mqtt_findings *findings, const struct mqtt_device *device,
                        const struct mqtt_message *message)
{
    if (!is_word(message, "ON") && !is_word(message, "OFF"))
        return HW_REJECT_SYNTAX;
    mqtt_find(findings, device, message, HW_RELAY)->value = is_word(message, "ON");
    return GUARD_OK;
}

static int decode_will(struct mqtt_findings *findings, const struct mqtt_device *device,
                       const struct mqtt_message *message)
{
    if (!is_word(message, "Online") && !is_word(message, "Offline"))
        return HW_REJECT_SYNTAX;
    (void)mqtt_find(findings, device, message, is_word(message, "Online") ? HW_LINK_UP : HW_LINK_DOWN);
    return GUARD_OK;
}

static int decode_energy(struct mqtt_findings *findings, const struct mqtt_device *device,
                         const struct mqtt_message *message, struct guard_node energy)
{
    if (!guard_is_there(energy)) {
        (void)mqtt_find(findings, device, message, HW_ALIVE); /* a sensor of another kind */
        return GUARD_OK;
    }
    const struct mqtt_reading reading = {guard_find(energy, "Total"), guard_find(energy, "Power"), MQTT_KWH_UJ};
    return mqtt_find_meter(findings, device, message, &reading);
}

/* Settings that were asked for come one by one. A PulseTime is {"Set": n, ...}, plain n in older versions. */
static int decode_result(struct mqtt_findings *findings, struct mqtt_device *device, const struct mqtt_message *message,
                         struct guard_node root)
{
    double value;
    struct guard_node state = guard_find(root, "PowerOnState"), pulse = guard_find(root, "PulseTime1");
    const char *retain = guard_string(guard_find(root, "PowerRetain"));
    if (guard_is_there(state))
        mqtt_judge(device, SETTING_POWER_ON, guard_number(&value, state, 0, 0) == GUARD_OK);
    if (retain != NULL)
        mqtt_judge(device, SETTING_RETAIN, strcmp(retain, "OFF") == 0);
    if (guard_is_there(pulse)) {
        struct guard_node set = guard_find(pulse, "Set");
        bool is_number = guard_number(&value, guard_is_there(set) ? set : pulse, 0, 64900) == GUARD_OK;
        mqtt_judge(device, SETTING_PULSE, is_number && (int64_t)value == pulse_steps(device->lease_us));
    }
    (void)mqtt_find(findings, device, message, HW_ALIVE);
    return GUARD_OK;
}

static int decode_document(struct mqtt_findings *findings, struct mqtt_device *device,
                           const struct mqtt_message *message)
{
    struct guard_json json;
    int reject = guard_json(&json, message->payload, message->length);
    if (reject != GUARD_OK)
        return reject;
    struct guard_node root = guard_root(&json);
    if (message->topic == TOPIC_INFO)
        device->settings_good = 0; /* nobody knows what settings it woke up with */
    if (message->topic == TOPIC_RESULT)
        reject = decode_result(findings, device, message, root);
    else if (message->topic == TOPIC_STATE || message->topic == TOPIC_INFO)
        (void)mqtt_find(findings, device, message, message->topic == TOPIC_INFO ? HW_BOOT : HW_ALIVE);
    else
        reject = decode_energy(findings, device, message,
                               guard_find(root, message->topic == TOPIC_STATUS ? "StatusSNS/ENERGY" : "ENERGY"));
    guard_close(&json);
    return reject;
}

static int decode(struct mqtt_findings *findings, struct mqtt_device *device, const struct mqtt_message *message)
{
    int reject = guard_text(message->payload, message->length);
    if (reject != GUARD_OK)
        return reject;
    if (message->topic == TOPIC_LWT) /* the one thing that is meant to be retained */
        return decode_will(findings, device, message);
    if (message->is_retained)
        return HW_REJECT_RETAINED;
    return message->topic == TOPIC_POWER ? decode_power(findings, device, message)
                                         : decode_document(findings, device, message);
}

const struct mqtt_dialect mqtt_tasmota = {.name = "tasmota",
                                          .subscriptions = subscriptions,
                                          .command = "cmnd/%s/POWER",
                                          .encode = encode,
                                          .preflight = preflight,
                                          .settings = settings,
                                          .decode = decode};
