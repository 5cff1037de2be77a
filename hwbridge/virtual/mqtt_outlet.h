/* mqtt_outlet.h: a virtual outlet behind an MQTT broker; its family's words are a table.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   words (tasmota.c, shelly.c, zigbee.c) ──say──► what may go wrong with it ──► socket ──► broker
 *                                         ◄─hear──────────────────────────────── socket
 *
 * One connection, dialled again twice a second; a will; telemetry at its period; and what the fault script does to what
 * it says and hears. A retained command counts as any other: that is what makes it dangerous.
 */
#ifndef KONSENTO_HWBRIDGE_VIRTUAL_MQTT_OUTLET_H
#define KONSENTO_HWBRIDGE_VIRTUAL_MQTT_OUTLET_H

#include "hwbridge/virtual/outlet.h"

#define MQTT_OUTLET_TOPIC_MAX   192
#define MQTT_OUTLET_PAYLOAD_MAX 512
#define MQTT_OUTLET_SETTINGS    4

struct mqtt_outlet_config {
    const char *host; /* address, numbers only */
    uint16_t port;
    const char *topic;
    const char *user, *password; /* NULL: none */
    int64_t telemetry_ns;
    struct plug_config plug;
    struct plug_truth truth;
};

struct mqtt_outlet;

struct mqtt_words {
    const char *name;
    /* In: "%s" is the outlet's topic. */
    const char *subscription, *will_topic, *will_up, *will_down;
    int64_t settings[MQTT_OUTLET_SETTINGS];                         /* as it comes from the shop */
    void (*greet)(struct mqtt_outlet *outlet, int64_t now_ns);      /* behind each connection, may be NULL */
    void (*tell_start)(struct mqtt_outlet *outlet, int64_t now_ns); /* it has booted, may be NULL */
    void (*tell_relay)(struct mqtt_outlet *outlet, int64_t now_ns); /* it has moved, or was told to */
    void (*tell_meter)(struct mqtt_outlet *outlet, int64_t now_ns);
    /* In: payload ends with 0. */
    void (*hear)(struct mqtt_outlet *outlet, const char *topic, const char *payload, int64_t now_ns);
};
extern const struct mqtt_words tasmota_words, shelly_words, zigbee_words;
/* "tasmota", "shelly", "zigbee". Returns NULL if there is none of that name. */
const struct mqtt_words *mqtt_words_find(const char *name);

/* Returns NULL when memory is out. Owns: mqtt_outlet_free, or the ops of mqtt_outlet. */
struct mqtt_outlet *mqtt_outlet_new(const struct mqtt_words *words, const struct mqtt_outlet_config *config,
                                    const struct faults *faults, int64_t now_ns);
void mqtt_outlet_free(struct mqtt_outlet *outlet);
/* For virtual_run. */
struct virtual_outlet mqtt_outlet(struct mqtt_outlet *outlet);

/* ---- for words -------------------------------------------------------------------------------------------------- */

/* Everything that it says about itself passes here and may come to harm. */
void mqtt_outlet_say(struct mqtt_outlet *outlet, const char *topic, const char *payload, int64_t now_ns);
struct plug *mqtt_outlet_plug(struct mqtt_outlet *outlet);
const char *mqtt_outlet_topic(const struct mqtt_outlet *outlet);
int64_t *mqtt_outlet_settings(struct mqtt_outlet *outlet);
/* Whether it says that it is on; one whose relay does not move does not know. */
bool mqtt_outlet_is_on(struct mqtt_outlet *outlet, int64_t now_ns);
/* What it takes for the time, as "2018-03-01T00:00:00". */
void mqtt_outlet_time(struct mqtt_outlet *outlet, char text[32], int64_t now_ns);

#endif
