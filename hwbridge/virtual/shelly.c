/* shelly.c: the virtual outlet as a Shelly plug of the second generation.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   T/rpc {"id": n, "src": S, "method": "Switch.Set", "params": {...}}   ──►   S/rpc {"id": n, "src": T, "result":
 * {...}} T/events/rpc NotifyStatus when something changes, T/online as a retained will
 *
 * A command is answered at once, with what was; the relay follows, and only its change is told. A renewal changes
 * nothing and is not told. toggle_after counts from the command that has it; without it auto_off does.
 */
#include "hwbridge/virtual/mqtt_outlet.h"

#include "hwbridge/virtual/json_wire.h"
#include <stdio.h>
#include <string.h>

enum { SETTING_INITIAL_OFF, SETTING_AUTO_OFF, SETTING_DELAY_MS, SETTING_TOLD };
enum { TOLD_NOTHING, TOLD_OFF, TOLD_ON };

#define MS_NS INT64_C(1000000)

/* ---- what it says ------------------------------------------------------------------------------------------------ */

static void put_status(char *text, size_t size, struct mqtt_outlet *outlet, int64_t now_ns)
{
    struct plug *plug = mqtt_outlet_plug(outlet);
    int64_t counter_uj = plug_counter_uj(plug, now_ns), power_w = plug_power_w(plug, now_ns);
    snprintf(text, size,
             "{\"id\":0,\"source\":\"MQTT\",\"output\":%s,\"apower\":%.1f,\"voltage\":200.0,\"current\":%.3f,"
             "\"aenergy\":{\"total\":%.3f}}",
             mqtt_outlet_is_on(outlet, now_ns) ? "true" : "false", (double)power_w, (double)power_w / 200,
             (double)counter_uj / 3.6e9);
}

static void notify(struct mqtt_outlet *outlet, int64_t now_ns)
{
    char topic[MQTT_OUTLET_TOPIC_MAX], status[MQTT_OUTLET_PAYLOAD_MAX / 2], payload[MQTT_OUTLET_PAYLOAD_MAX];
    put_status(status, sizeof status, outlet, now_ns);
    snprintf(topic, sizeof topic, "%s/events/rpc", mqtt_outlet_topic(outlet));
    snprintf(payload, sizeof payload,
             "{\"src\":\"%.64s\",\"method\":\"NotifyStatus\",\"params\":{\"ts\":1519862400.00,\"switch:0\":%s}}",
             mqtt_outlet_topic(outlet), status);
    mqtt_outlet_say(outlet, topic, payload, now_ns);
}

static void tell_relay(struct mqtt_outlet *outlet, int64_t now_ns)
{
    int64_t *told = &mqtt_outlet_settings(outlet)[SETTING_TOLD];
    int64_t is = mqtt_outlet_is_on(outlet, now_ns) ? TOLD_ON : TOLD_OFF;
    if (*told != is)
        notify(outlet, now_ns);
    *told = is;
}

/* Somebody who has just come, or come back, knows nothing. */
static void greet(struct mqtt_outlet *outlet, int64_t now_ns)
{
    mqtt_outlet_settings(outlet)[SETTING_TOLD] = TOLD_NOTHING;
    tell_relay(outlet, now_ns);
}

/* ---- what it is told --------------------------------------------------------------------------------------------- */

/* Topics have nothing in them that JSON would write otherwise. */
static void answer(struct mqtt_outlet *outlet, struct json request, const char *what, int64_t now_ns)
{
    char source[96], topic[MQTT_OUTLET_TOPIC_MAX], payload[MQTT_OUTLET_PAYLOAD_MAX];
    struct json id = json_member(request, "id");
    if (id.at == NULL || !json_take_text(source, sizeof source, json_member(request, "src")))
        return; /* nobody to answer to */
    snprintf(topic, sizeof topic, "%s/rpc", source);
    snprintf(payload, sizeof payload, "{\"id\":%.*s,\"src\":\"%.64s\",\"dst\":\"%s\",%s}", (int)(id.end - id.at), id.at,
             mqtt_outlet_topic(outlet), source, what);
    mqtt_outlet_say(outlet, topic, payload, now_ns);
}

static bool is_true(struct json value)
{
    return value.at != NULL && *value.at == 't';
}

static void set_switch(struct mqtt_outlet *outlet, struct json request, int64_t now_ns)
{
    char what[64];
    struct plug *plug = mqtt_outlet_plug(outlet);
    const int64_t *settings = mqtt_outlet_settings(outlet);
    struct json params = json_member(request, "params");
    bool is_on = is_true(json_member(params, "on")), was_on = mqtt_outlet_is_on(outlet, now_ns);
    if (is_on && faults_now(&plug->faults, FAULT_REFUSE, now_ns) != NULL) {
        answer(outlet, request, "\"error\":{\"code\":-109,\"message\":\"Overpower\"}", now_ns);
        return;
    }
    int64_t lease_ms = settings[SETTING_AUTO_OFF] ? settings[SETTING_DELAY_MS] : 0;
    (void)json_thousandths(&lease_ms, json_member(params, "toggle_after"));
    plug_set_lease(plug, lease_ms * MS_NS);
    plug_command(plug, is_on, now_ns);
    snprintf(what, sizeof what, "\"result\":{\"was_on\":%s}", was_on ? "true" : "false");
    answer(outlet, request, what, now_ns);
}

static void set_config(struct mqtt_outlet *outlet, struct json request, int64_t now_ns)
{
    int64_t *settings = mqtt_outlet_settings(outlet);
    struct json config = json_member(json_member(request, "params"), "config");
    struct json initial = json_member(config, "initial_state"), automatic = json_member(config, "auto_off");
    if (initial.at != NULL)
        settings[SETTING_INITIAL_OFF] = json_is(initial, "off");
    if (automatic.at != NULL)
        settings[SETTING_AUTO_OFF] = is_true(automatic);
    (void)json_thousandths(&settings[SETTING_DELAY_MS], json_member(config, "auto_off_delay"));
    answer(outlet, request, "\"result\":{\"restart_required\":false}", now_ns);
}

static void get_config(struct mqtt_outlet *outlet, struct json request, int64_t now_ns)
{
    char what[160];
    const int64_t *settings = mqtt_outlet_settings(outlet);
    snprintf(what, sizeof what,
             "\"result\":{\"id\":0,\"name\":null,\"initial_state\":\"%s\",\"auto_off\":%s,\"auto_off_delay\":%.2f}",
             settings[SETTING_INITIAL_OFF] ? "off" : "restore_last", settings[SETTING_AUTO_OFF] ? "true" : "false",
             (double)settings[SETTING_DELAY_MS] / 1000);
    answer(outlet, request, what, now_ns);
}

static void get_status(struct mqtt_outlet *outlet, struct json request, int64_t now_ns)
{
    char status[MQTT_OUTLET_PAYLOAD_MAX / 2], what[MQTT_OUTLET_PAYLOAD_MAX / 2 + 16];
    put_status(status, sizeof status, outlet, now_ns);
    snprintf(what, sizeof what, "\"result\":%s", status);
    answer(outlet, request, what, now_ns);
}

static void hear(struct mqtt_outlet *outlet, const char *topic, const char *payload, int64_t now_ns)
{
    (void)topic; /* it has subscribed to one */
    static const struct {
        const char *method;
        void (*obey)(struct mqtt_outlet *outlet, struct json request, int64_t now_ns);
    } methods[] = {{"Switch.Set", set_switch},
                   {"Switch.SetConfig", set_config},
                   {"Switch.GetConfig", get_config},
                   {"Switch.GetStatus", get_status}};
    struct json request = json_read(payload, strlen(payload)), method = json_member(request, "method");
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (json_is(method, methods[i].method)) {
            methods[i].obey(outlet, request, now_ns);
            return;
        }
    answer(outlet, request, "\"error\":{\"code\":404,\"message\":\"No handler\"}", now_ns);
}

const struct mqtt_words shelly_words = {.name = "shelly",
                                        .subscription = "%s/rpc",
                                        .will_topic = "%s/online",
                                        .will_up = "true",
                                        .will_down = "false",
                                        .greet = greet,
                                        .tell_relay = tell_relay,
                                        .tell_meter = notify,
                                        .hear = hear};
