/* ws_wire.c: WebSocket, the client's side.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/virtual/ws_wire.h"

#include <nettle/base64.h>
#include <nettle/sha1.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define GUID        "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define ANSWER_MAX  4096
#define PAIR_MAX    160
#define CODED_MAX   (BASE64_ENCODE_RAW_LENGTH(PAIR_MAX) + 1)
#define PAYLOAD_MAX 65536

/* ---- greeting ---------------------------------------------------------------------------------------------------- */

static void code(char text[CODED_MAX], const uint8_t *bytes, size_t length)
{
    base64_encode_raw(text, length, bytes);
    text[BASE64_ENCODE_RAW_LENGTH(length)] = 0;
}

static int print_authorization(char *text, size_t text_size, const struct ws_greeting *greeting)
{
    char pair[PAIR_MAX], coded[CODED_MAX];
    text[0] = 0;
    if (greeting->password == NULL)
        return 0;
    int length = snprintf(pair, sizeof pair, "%s:%s", greeting->user, greeting->password);
    if (length < 0 || (size_t)length >= sizeof pair)
        return -1;
    code(coded, (const uint8_t *)pair, (size_t)length);
    return snprintf(text, text_size, "Authorization: Basic %s\r\n", coded);
}

size_t ws_greet(char *text, size_t text_size, const struct ws_greeting *greeting)
{
    char key[CODED_MAX], authorization[CODED_MAX + 32], protocol[96] = "";
    code(key, greeting->nonce, sizeof greeting->nonce);
    if (print_authorization(authorization, sizeof authorization, greeting) < 0)
        return 0;
    if (greeting->protocol != NULL)
        snprintf(protocol, sizeof protocol, "Sec-WebSocket-Protocol: %s\r\n", greeting->protocol);
    int length = snprintf(text, text_size,
                          "GET %s HTTP/1.1\r\nHost: %s:%u\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n%s%s\r\n",
                          greeting->path, greeting->host, greeting->port, key, protocol, authorization);
    return length > 0 && (size_t)length < text_size ? (size_t)length : 0;
}

/* In: answer, ended by 0. Out: value of a header, without blanks around it. */
static bool find_header(char *value, size_t value_size, const char *answer, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = strstr(answer, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n")) {
        const char *at = line + 2;
        if (strncasecmp(at, name, length) != 0 || at[length] != ':')
            continue;
        at += length + 1;
        at += strspn(at, " \t");
        snprintf(value, value_size, "%.*s", (int)strcspn(at, " \t\r\n"), at);
        return true;
    }
    return false;
}

static void expected_key(char text[CODED_MAX], const struct ws_greeting *greeting)
{
    char key[CODED_MAX];
    uint8_t digest[SHA1_DIGEST_SIZE];
    struct sha1_ctx sha1;
    code(key, greeting->nonce, sizeof greeting->nonce);
    sha1_init(&sha1);
    sha1_update(&sha1, strlen(key), (const uint8_t *)key);
    sha1_update(&sha1, strlen(GUID), (const uint8_t *)GUID);
    sha1_digest(&sha1, sizeof digest, digest);
    code(text, digest, sizeof digest);
}

long ws_greeted(const char *bytes, size_t length, const struct ws_greeting *greeting)
{
    char answer[ANSWER_MAX], value[128], key[CODED_MAX];
    const char *end = memmem(bytes, length, "\r\n\r\n", 4);
    if (end == NULL)
        return length < sizeof answer ? 0 : -1;
    size_t taken = (size_t)(end - bytes) + 4;
    if (taken >= sizeof answer)
        return -1;
    memcpy(answer, bytes, taken);
    answer[taken] = 0;
    expected_key(key, greeting);
    bool is_right = strncmp(answer, "HTTP/1.1 101", 12) == 0 &&
                    find_header(value, sizeof value, answer, "Sec-WebSocket-Accept") && strcmp(value, key) == 0;
    if (is_right && greeting->protocol != NULL)
        is_right = find_header(value, sizeof value, answer, "Sec-WebSocket-Protocol") &&
                   strcmp(value, greeting->protocol) == 0;
    return is_right ? (long)taken : -1;
}

/* ---- frames ------------------------------------------------------------------------------------------------------ */

size_t ws_write(uint8_t *bytes, enum ws_opcode opcode, const void *payload, size_t length, uint32_t mask)
{
    size_t at = 2;
    bytes[0] = (uint8_t)(0x80 | opcode);
    bytes[1] = (uint8_t)(0x80 | (length < 126 ? length : length <= 0xffff ? 126 : 127));
    for (size_t i = length < 126 ? 0 : length <= 0xffff ? 2 : 8; i > 0; i--)
        bytes[at++] = (uint8_t)((uint64_t)length >> 8 * (i - 1));
    memcpy(bytes + at, &mask, sizeof mask);
    const uint8_t *key = bytes + at, *from = payload;
    at += sizeof mask;
    for (size_t i = 0; i < length; i++)
        bytes[at + i] = (uint8_t)(from[i] ^ key[i % 4]);
    return at + length;
}

long ws_read(struct ws_frame *frame, const uint8_t *bytes, size_t length)
{
    if (length < 2)
        return 0;
    size_t at = 2, more = (bytes[1] & 0x7f) == 126 ? 2 : (bytes[1] & 0x7f) == 127 ? 8 : 0;
    uint64_t size = more == 0 ? bytes[1] & 0x7f : 0;
    if ((bytes[0] & 0x70) != 0 || (bytes[1] & 0x80) != 0)
        return -1; /* an extension that nobody asked for, or a mask */
    if (length < at + more)
        return 0;
    for (size_t i = 0; i < more; i++)
        size = size << 8 | bytes[at++];
    if (size > PAYLOAD_MAX)
        return -1;
    if (length < at + size)
        return 0;
    *frame = (struct ws_frame){.opcode = (enum ws_opcode)(bytes[0] & 0x0f),
                               .is_last = (bytes[0] & 0x80) != 0,
                               .payload = bytes + at,
                               .length = (size_t)size};
    return (long)(at + size);
}
