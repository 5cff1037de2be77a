/* zigbee.c: the virtual outlet as a plug behind Zigbee2MQTT.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   T/set {"state": "ON", "on_time": 30, "off_wait_time": 0}   T/get {"state": ""}   ──►   T {"state": ..., ...}
 *   T/availability as a retained will
 *
 * Every message has all that is known of the plug in it, however old. on_time counts from the command that has it.
 */
#include "hwbridge/virtual/mqtt_outlet.h"

#include "hwbridge/virtual/json_wire.h"
#include <stdio.h>
#include <string.h>

#define MS_NS INT64_C(1000000)

static void tell(struct mqtt_outlet *outlet, int64_t now_ns)
{
    char payload[MQTT_OUTLET_PAYLOAD_MAX];
    struct plug *plug = mqtt_outlet_plug(outlet);
    int64_t counter_uj = plug_counter_uj(plug, now_ns), power_w = plug_power_w(plug, now_ns);
    snprintf(payload, sizeof payload,
             "{\"current\":%.2f,\"energy\":%.3f,\"linkquality\":120,\"power\":%lld,\"state\":\"%s\",\"voltage\":200}",
             (double)power_w / 200, (double)counter_uj / 3.6e12, (long long)power_w,
             mqtt_outlet_is_on(outlet, now_ns) ? "ON" : "OFF");
    mqtt_outlet_say(outlet, mqtt_outlet_topic(outlet), payload, now_ns);
}

static void hear(struct mqtt_outlet *outlet, const char *topic, const char *payload, int64_t now_ns)
{
    const char *verb = strrchr(topic, '/');
    struct plug *plug = mqtt_outlet_plug(outlet);
    struct json root = json_read(payload, strlen(payload)), state = json_member(root, "state");
    bool is_on = json_is(state, "ON"), is_off = json_is(state, "OFF");
    if (verb != NULL && strcmp(verb, "/set") == 0 && (is_on || is_off)) {
        int64_t for_ms = 0;
        (void)json_thousandths(&for_ms, json_member(root, "on_time"));
        plug_set_lease(plug, for_ms * MS_NS);
        plug_command(plug, is_on, now_ns);
    } else if (verb != NULL && strcmp(verb, "/get") == 0) {
        tell(outlet, now_ns);
    }
}

const struct mqtt_words zigbee_words = {.name = "zigbee",
                                        .subscription = "%s/+",
                                        .will_topic = "%s/availability",
                                        .will_up = "{\"state\":\"online\"}",
                                        .will_down = "{\"state\":\"offline\"}",
                                        .tell_start = tell,
                                        .tell_relay = tell,
                                        .tell_meter = tell,
                                        .hear = hear};
