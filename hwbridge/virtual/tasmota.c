/* tasmota.c: the virtual outlet as a Tasmota plug.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Answers as the firmware does: POWER on both RESULT and POWER, an empty POWER of its own when it connects, no state
 * of its own after a reconnection, telemetry at its period, Online and Offline as a retained will, INFO1 at its start.
 */
#include "hwbridge/virtual/mqtt_outlet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS     INT64_C(1000000000)
#define PULSE_STEP_NS INT64_C(100000000)

enum { SETTING_PULSE, SETTING_POWER_ON, SETTING_RETAIN };

static void say(struct mqtt_outlet *outlet, const char *prefix, const char *word, const char *payload, int64_t now_ns)
{
    char topic[MQTT_OUTLET_TOPIC_MAX];
    snprintf(topic, sizeof topic, "%s/%s/%s", prefix, mqtt_outlet_topic(outlet), word);
    mqtt_outlet_say(outlet, topic, payload, now_ns);
}

static void tell_relay(struct mqtt_outlet *outlet, int64_t now_ns)
{
    bool is_on = mqtt_outlet_is_on(outlet, now_ns);
    say(outlet, "stat", "RESULT", is_on ? "{\"POWER\":\"ON\"}" : "{\"POWER\":\"OFF\"}", now_ns);
    say(outlet, "stat", "POWER", is_on ? "ON" : "OFF", now_ns);
}

static void say_energy(struct mqtt_outlet *outlet, const char *prefix, const char *word, const char *form,
                       int64_t now_ns)
{
    char energy[MQTT_OUTLET_PAYLOAD_MAX / 2], payload[MQTT_OUTLET_PAYLOAD_MAX], time[32];
    struct plug *plug = mqtt_outlet_plug(outlet);
    int64_t power_w = plug_power_w(plug, now_ns);
    mqtt_outlet_time(outlet, time, now_ns);
    snprintf(energy, sizeof energy,
             "\"ENERGY\":{\"TotalStartTime\":\"2018-03-01T00:00:00\",\"Total\":%.3f,\"Power\":%lld,\"Voltage\":200,"
             "\"Current\":%.3f}",
             (double)plug_counter_uj(plug, now_ns) / 3.6e12, (long long)power_w, (double)power_w / 200);
    snprintf(payload, sizeof payload, "%s{\"Time\":\"%s\",%s}%s", form, time, energy, *form == 0 ? "" : "}");
    say(outlet, prefix, word, payload, now_ns);
}

static void tell_meter(struct mqtt_outlet *outlet, int64_t now_ns)
{
    say_energy(outlet, "tele", "SENSOR", "", now_ns);
}

static void tell_start(struct mqtt_outlet *outlet, int64_t now_ns)
{
    say(outlet, "tele", "INFO1", "{\"Info1\":{\"Module\":\"konsento\"}}", now_ns);
}

static void greet(struct mqtt_outlet *outlet, int64_t now_ns)
{
    say(outlet, "cmnd", "POWER", "", now_ns);
}

/* ---- commands ---------------------------------------------------------------------------------------------------- */

/* A number within a range, or -1: a question. */
static long number_of(const char *text, long most)
{
    char *end = NULL;
    errno = 0;
    long value = strtol(text, &end, 10);
    return *text != 0 && *end == 0 && errno == 0 && value >= 0 && value <= most ? value : -1;
}

static void obey_pulse(struct mqtt_outlet *outlet, const char *payload, int64_t now_ns)
{
    char answer[MQTT_OUTLET_PAYLOAD_MAX];
    int64_t *settings = mqtt_outlet_settings(outlet);
    long value = number_of(payload, 64900);
    if (value >= 0) {
        settings[SETTING_PULSE] = value;
        plug_set_lease(mqtt_outlet_plug(outlet), value <= 111 ? value * PULSE_STEP_NS : (value - 100) * SECOND_NS);
    }
    snprintf(answer, sizeof answer, "{\"PulseTime1\":{\"Set\":%lld,\"Remaining\":0}}",
             (long long)settings[SETTING_PULSE]);
    say(outlet, "stat", "RESULT", answer, now_ns);
}

static void obey_power(struct mqtt_outlet *outlet, const char *payload, int64_t now_ns)
{
    struct plug *plug = mqtt_outlet_plug(outlet);
    bool is_on = strcasecmp(payload, "ON") == 0 || strcmp(payload, "1") == 0;
    bool is_off = strcasecmp(payload, "OFF") == 0 || strcmp(payload, "0") == 0;
    bool is_toggle = strcasecmp(payload, "TOGGLE") == 0;
    if (!is_on && !is_off && !is_toggle)
        tell_relay(outlet, now_ns); /* empty, or not understood */
    else
        plug_command(plug, is_toggle ? !plug->is_closed : is_on, now_ns);
}

static void obey_setting(struct mqtt_outlet *outlet, const char *word, const char *payload, int64_t now_ns)
{
    char answer[MQTT_OUTLET_PAYLOAD_MAX];
    int64_t *settings = mqtt_outlet_settings(outlet);
    long value = number_of(payload, 5);
    if (strcmp(word, "PowerOnState") == 0) {
        settings[SETTING_POWER_ON] = value >= 0 ? value : settings[SETTING_POWER_ON];
        snprintf(answer, sizeof answer, "{\"PowerOnState\":%lld}", (long long)settings[SETTING_POWER_ON]);
    } else if (strcmp(word, "PowerRetain") == 0) {
        settings[SETTING_RETAIN] = value >= 0 ? value == 1 : settings[SETTING_RETAIN];
        snprintf(answer, sizeof answer, "{\"PowerRetain\":\"%s\"}", settings[SETTING_RETAIN] ? "ON" : "OFF");
    } else {
        snprintf(answer, sizeof answer, "{\"Command\":\"Unknown\"}");
    }
    say(outlet, "stat", "RESULT", answer, now_ns);
}

static void obey(struct mqtt_outlet *outlet, const char *word, const char *payload, int64_t now_ns)
{
    bool is_sensors = strcmp(word, "STATUS") == 0 && (strcmp(payload, "10") == 0 || strcmp(payload, "8") == 0);
    if (strcmp(word, "POWER") == 0 || strcmp(word, "POWER1") == 0)
        obey_power(outlet, payload, now_ns);
    else if (strcmp(word, "PulseTime1") == 0)
        obey_pulse(outlet, payload, now_ns);
    else if (is_sensors)
        say_energy(outlet, "stat", strcmp(payload, "10") == 0 ? "STATUS10" : "STATUS8", "{\"StatusSNS\":", now_ns);
    else
        obey_setting(outlet, word, payload, now_ns);
}

static void hear(struct mqtt_outlet *outlet, const char *topic, const char *payload, int64_t now_ns)
{
    char prefix[MQTT_OUTLET_TOPIC_MAX];
    snprintf(prefix, sizeof prefix, "cmnd/%s/", mqtt_outlet_topic(outlet));
    if (strncmp(topic, prefix, strlen(prefix)) == 0)
        obey(outlet, topic + strlen(prefix), payload, now_ns);
}

const struct mqtt_words tasmota_words = {.name = "tasmota",
                                         .subscription = "cmnd/%s/+",
                                         .will_topic = "tele/%s/LWT",
                                         .will_up = "Online",
                                         .will_down = "Offline",
                                         .settings = {[SETTING_POWER_ON] = 3},
                                         .greet = greet,
                                         .tell_start = tell_start,
                                         .tell_relay = tell_relay,
                                         .tell_meter = tell_meter,
                                         .hear = hear};
