/* mqtt_dialect.h: how one family of plugs says on MQTT what all of them say.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   command ──encode──► topics and payloads          topic (its index) and payload ──decode──► inputs, or a reason
 *
 * A dialect is a table and functions without state of their own: what is remembered about a device stands in struct
 * mqtt_device. Energy is in kWh or Wh on the wires and in uJ behind this door.
 */
#ifndef KONSENTO_HWBRIDGE_MQTT_DIALECT_H
#define KONSENTO_HWBRIDGE_MQTT_DIALECT_H

#include "hwbridge/guard.h"

#define MQTT_TOPIC_MAX    128 /* with its end */
#define MQTT_PAYLOAD_MAX  256
#define MQTT_LETTERS_MAX  6 /* for one command */
#define MQTT_INPUTS_MAX   4 /* from one message */
#define MQTT_SETTINGS_MAX 8

struct mqtt_dialect;

struct mqtt_device {
    const struct mqtt_dialect *dialect;
    uint32_t outlet;
    char topic[MQTT_TOPIC_MAX];           /* its own part of all topics */
    int64_t lease_us;                     /* what its timer was set to; 0: nobody knows */
    uint32_t settings_good, settings_bad; /* bits: what preflight has read back */
    uint64_t last_number;                 /* of the commands so far */
    bool was_seen;                        /* since the broker was reached */
};

struct mqtt_letter {
    char topic[MQTT_TOPIC_MAX + 32];
    char payload[MQTT_PAYLOAD_MAX];
};

struct mqtt_message {
    size_t topic; /* index in the dialect's subscriptions */
    const char *payload;
    size_t length;
    bool is_retained;
};

struct mqtt_findings {
    struct hw_input inputs[MQTT_INPUTS_MAX];
    size_t count;
};

struct mqtt_dialect {
    const char *name;                 /* in scenarios */
    const char *const *subscriptions; /* "%s" is the device's topic; ended by NULL */
    const char *command;              /* topic of commands: what a broker retains there is cleared */
    /* Returns how many letters. */
    size_t (*encode)(struct mqtt_letter letters[MQTT_LETTERS_MAX], struct mqtt_device *device,
                     const struct hw_command *command);
    /* Asks for the settings that must be safe, having set them. In: lease_us, that commands will ask for. */
    size_t (*preflight)(struct mqtt_letter letters[MQTT_LETTERS_MAX], struct mqtt_device *device, int64_t lease_us);
    const char *const *settings; /* names of the bits of settings_good and _bad, ended by NULL */
    /* Returns GUARD_OK or an enum hw_reject. */
    int (*decode)(struct mqtt_findings *findings, struct mqtt_device *device, const struct mqtt_message *message);
};

extern const struct mqtt_dialect mqtt_tasmota, mqtt_shelly, mqtt_zigbee;
/* Returns NULL if there is none of that name. */
const struct mqtt_dialect *mqtt_dialect_find(const char *name);

/* For dialects. */
#define MQTT_KWH_UJ INT64_C(3600000000000)
#define MQTT_WH_UJ  INT64_C(3600000000)
struct hw_input *mqtt_find(struct mqtt_findings *findings, const struct mqtt_device *device,
                           const struct mqtt_message *message, enum hw_input_kind kind);
/* A reading, of which either figure may be missing: node.item NULL. Returns GUARD_OK, or the reason why there is none.
 */
struct mqtt_reading {
    struct guard_node energy, power;
    int64_t unit_uj;
};
int mqtt_find_meter(struct mqtt_findings *findings, const struct mqtt_device *device,
                    const struct mqtt_message *message, const struct mqtt_reading *reading);
/* What preflight has read back of a setting, by its bit. */
void mqtt_judge(struct mqtt_device *device, unsigned setting, bool is_good);
/* Prints into the next letter. */
__attribute__((format(printf, 3, 4))) void mqtt_payload(struct mqtt_letter *letter, const char *topic,
                                                        const char *format, ...);

#endif
