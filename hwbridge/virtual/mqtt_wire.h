/* mqtt_wire.h: MQTT 3.1.1, the client's side, as much of it as a plug has.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Written apart from the bridge's own client, so that a mistake in one is not made good by the other. CONNECT with a
 * will, SUBSCRIBE, PUBLISH at quality 0 and 1, PINGREQ. Packets are made into, and read from, the caller's bytes.
 * Source: OASIS MQTT Version 3.1.1.
 */
#ifndef KONSENTO_HWBRIDGE_VIRTUAL_MQTT_WIRE_H
#define KONSENTO_HWBRIDGE_VIRTUAL_MQTT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_PACKET_MAX 2048

enum wire_kind { WIRE_CONNACK = 2, WIRE_PUBLISH = 3, WIRE_PUBACK = 4, WIRE_SUBACK = 9, WIRE_PINGRESP = 13 };

/* Bytes to be sent; length 0: it did not fit. */
struct wire_packet {
    uint8_t bytes[WIRE_PACKET_MAX];
    size_t length;
};

struct wire_connect {
    const char *client_id;
    const char *user, *password;           /* NULL: none */
    const char *will_topic, *will_payload; /* retained, quality 1 */
    uint16_t keepalive_s;
};
void wire_connect(struct wire_packet *packet, const struct wire_connect *connect);
void wire_subscribe(struct wire_packet *packet, uint16_t number, const char *topic);
void wire_publish(struct wire_packet *packet, const char *topic, const char *payload, bool is_retained);
void wire_puback(struct wire_packet *packet, uint16_t number);
void wire_ping(struct wire_packet *packet);

/* One packet as it came. Pointers into the bytes it was read from. */
struct wire_heard {
    enum wire_kind kind;
    uint8_t code;    /* CONNACK: 0 accepted */
    uint16_t number; /* PUBLISH: of quality 1, 0: needs no PUBACK */
    const char *topic;
    size_t topic_length;
    const char *payload;
    size_t payload_length;
    bool is_retained;
};
/* Returns how many bytes the first packet takes; 0: more must come; -1: these are no packets. */
long wire_read(struct wire_heard *heard, const uint8_t *bytes, size_t length);

#endif
