/* mqtt_wire.c: MQTT 3.1.1, the client's side.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/virtual/mqtt_wire.h"

#include <string.h>

#define CONNECT    0x10
#define PUBLISH    0x30
#define PUBACK     0x40
#define SUBSCRIBE  0x82
#define PINGREQ    0xc0
#define HEADER_MAX 5

/* ---- making ----------------------------------------------------------------------------------------------------- */

/* What follows the header, before its length is known. */
struct body {
    uint8_t bytes[WIRE_PACKET_MAX - HEADER_MAX];
    size_t length;
    bool is_full;
};

static void put(struct body *body, const void *bytes, size_t length)
{
    if (length > sizeof body->bytes - body->length) {
        body->is_full = true;
        return;
    }
    memcpy(body->bytes + body->length, bytes, length);
    body->length += length;
}

static void put_byte(struct body *body, unsigned value)
{
    put(body, &(uint8_t){(uint8_t)value}, 1);
}

static void put_number(struct body *body, unsigned value)
{
    put_byte(body, value >> 8 & 0xff);
    put_byte(body, value & 0xff);
}

static void put_text(struct body *body, const char *text)
{
    size_t length = strlen(text);
    put_number(body, (unsigned)length);
    put(body, text, length);
}

static void close_packet(struct wire_packet *packet, uint8_t first, const struct body *body)
{
    packet->length = 0;
    if (body->is_full)
        return;
    packet->bytes[packet->length++] = first;
    size_t left = body->length;
    do {
        packet->bytes[packet->length++] = (uint8_t)(left % 128 | (left >= 128 ? 0x80 : 0));
        left /= 128;
    } while (left > 0);
    memcpy(packet->bytes + packet->length, body->bytes, body->length);
    packet->length += body->length;
}

void wire_connect(struct wire_packet *packet, const struct wire_connect *connect)
{
    struct body body = {.length = 0};
    unsigned flags = 0x02 | (connect->will_topic != NULL ? 0x2c : 0); /* clean session; will: retained, quality 1 */
    flags |= (connect->user != NULL ? 0x80u : 0) | (connect->password != NULL ? 0x40u : 0);
    put_text(&body, "MQTT");
    put_byte(&body, 4);
    put_byte(&body, flags);
    put_number(&body, connect->keepalive_s);
    put_text(&body, connect->client_id);
    if (connect->will_topic != NULL) {
        put_text(&body, connect->will_topic);
        put_text(&body, connect->will_payload);
    }
    if (connect->user != NULL)
        put_text(&body, connect->user);
    if (connect->password != NULL)
        put_text(&body, connect->password);
    close_packet(packet, CONNECT, &body);
}

void wire_subscribe(struct wire_packet *packet, uint16_t number, const char *topic)
{
    struct body body = {.length = 0};
    put_number(&body, number);
    put_text(&body, topic);
    put_byte(&body, 1);
    close_packet(packet, SUBSCRIBE, &body);
}

void wire_publish(struct wire_packet *packet, const char *topic, const char *payload, bool is_retained)
{
    struct body body = {.length = 0};
    put_text(&body, topic);
    put(&body, payload, strlen(payload));
    close_packet(packet, (uint8_t)(PUBLISH | (is_retained ? 1 : 0)), &body);
}

void wire_puback(struct wire_packet *packet, uint16_t number)
{
    struct body body = {.length = 0};
    put_number(&body, number);
    close_packet(packet, PUBACK, &body);
}

void wire_ping(struct wire_packet *packet)
{
    struct body body = {.length = 0};
    close_packet(packet, PINGREQ, &body);
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* Header and remaining length. Returns the header's bytes, 0: more must come, -1: too long. */
static long read_header(size_t *remaining, const uint8_t *bytes, size_t length)
{
    *remaining = 0;
    for (size_t i = 1; i < length && i < HEADER_MAX; i++) {
        *remaining |= (size_t)(bytes[i] & 0x7f) << (7 * (i - 1));
        if ((bytes[i] & 0x80) == 0)
            return (long)i + 1;
    }
    return length < HEADER_MAX ? 0 : -1;
}

static bool read_publish(struct wire_heard *heard, uint8_t first, const uint8_t *body, size_t length)
{
    unsigned quality = first >> 1 & 3;
    size_t topic = length < 2 ? SIZE_MAX : (size_t)body[0] << 8 | body[1];
    if (quality > 1 || length < 2 || topic + 2 + (quality == 1 ? 2 : 0) > length)
        return false;
    heard->topic = (const char *)body + 2;
    heard->topic_length = topic;
    size_t at = 2 + topic;
    if (quality == 1) {
        heard->number = (uint16_t)(body[at] << 8 | body[at + 1]);
        at += 2;
    }
    heard->payload = (const char *)body + at;
    heard->payload_length = length - at;
    heard->is_retained = (first & 1) != 0;
    return true;
}

static bool read_body(struct wire_heard *heard, uint8_t first, const uint8_t *body, size_t length)
{
    *heard = (struct wire_heard){.kind = (enum wire_kind)(first >> 4)};
    switch (first >> 4) {
    case WIRE_CONNACK:
        heard->code = length == 2 ? body[1] : 0xff;
        return length == 2;
    case WIRE_PUBLISH:
        return read_publish(heard, first, body, length);
    case WIRE_PUBACK:
        return length == 2;
    case WIRE_SUBACK:
        return length == 3;
    case WIRE_PINGRESP:
        return length == 0;
    default:
        return false;
    }
}

long wire_read(struct wire_heard *heard, const uint8_t *bytes, size_t length)
{
    size_t remaining = 0;
    long header = read_header(&remaining, bytes, length);
    if (header <= 0)
        return header;
    if (remaining > WIRE_PACKET_MAX * 16)
        return -1;
    if (length < (size_t)header + remaining)
        return 0;
    return read_body(heard, bytes[0], bytes + header, remaining) ? header + (long)remaining : -1;
}
