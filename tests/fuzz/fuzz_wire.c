/* fuzz_wire.c: any bytes before the readers of virtual outlets: MQTT packets, websocket frames, JSON.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first byte chooses the reader. Whatever is read lies within what came, and takes some of it.
 */
#include "hwbridge/virtual/json_wire.h"
#include "hwbridge/virtual/mqtt_wire.h"
#include "hwbridge/virtual/ws_wire.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static bool is_within(const void *at, size_t part, const uint8_t *bytes, size_t length)
{
    const uint8_t *from = at;
    return from >= bytes && part <= length && (size_t)(from - bytes) <= length - part;
}

static void read_packets(const uint8_t *bytes, size_t length)
{
    struct wire_heard heard;
    for (long at = 0, took; (took = wire_read(&heard, bytes + at, length - (size_t)at)) > 0; at += took) {
        assert((size_t)took <= length - (size_t)at);
        if (heard.kind != WIRE_PUBLISH)
            continue;
        assert(is_within(heard.topic, heard.topic_length, bytes, length));
        assert(is_within(heard.payload, heard.payload_length, bytes, length));
    }
}

static void read_frames(const uint8_t *bytes, size_t length)
{
    struct ws_frame frame;
    for (long at = 0, took; (took = ws_read(&frame, bytes + at, length - (size_t)at)) > 0; at += took)
        assert((size_t)took <= length - (size_t)at);
}

static void read_json(const uint8_t *bytes, size_t length)
{
    static const char *const names[] = {"id", "method", "params", "state", "on_time"};
    char text[32];
    int64_t thousandths;
    struct json root = json_read((const char *)bytes, length);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct json member = json_member(root, names[i]);
        assert(member.at == NULL || is_within(member.at, (size_t)(member.end - member.at), bytes, length));
        assert(!json_take_text(text, sizeof text, member) || strlen(text) < sizeof text);
        (void)json_thousandths(&thousandths, member);
        (void)json_element(member, i);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static void (*const readers[])(const uint8_t *bytes, size_t length) = {read_packets, read_frames, read_json};
    if (length == 0)
        return 0;
    uint8_t *exact = malloc(length - 1 + (length == 1)); /* a byte beyond is found out */
    assert(exact != NULL);
    memcpy(exact, bytes + 1, length - 1);
    readers[bytes[0] % 3](exact, length - 1);
    free(exact);
    return 0;
}
