/* ws_wire.h: WebSocket, the client's side, as much of it as a charger has.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Written apart from the library that the bridge uses, so that a mistake in one is not made good by the other. Frames
 * go out whole and masked; they are read from the caller's bytes.
 * Source: RFC 6455; RFC 7617 for the password.
 */
#ifndef KONSENTO_HWBRIDGE_VIRTUAL_WS_WIRE_H
#define KONSENTO_HWBRIDGE_VIRTUAL_WS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WS_HEAD_MAX 14 /* bytes that a frame has before its payload */

enum ws_opcode { WS_CONTINUATION = 0, WS_TEXT = 1, WS_BINARY = 2, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10 };

struct ws_greeting {
    const char *host, *path; /* path begins with / */
    uint16_t port;
    const char *user, *password; /* NULL: none */
    const char *protocol;        /* NULL: none is asked for */
    uint8_t nonce[16];
};

/* Out: text, the request. Returns its length, 0: it does not fit. */
size_t ws_greet(char *text, size_t text_size, const struct ws_greeting *greeting);
/* Reads the answer. Returns how many bytes it takes; 0: more must come; -1: it is refused, or no answer to this. */
long ws_greeted(const char *bytes, size_t length, const struct ws_greeting *greeting);

struct ws_frame {
    enum ws_opcode opcode;
    bool is_last;
    const uint8_t *payload; /* within the bytes it was read from */
    size_t length;
};
/* Out: bytes, of WS_HEAD_MAX + length. In: mask. Returns how many. */
size_t ws_write(uint8_t *bytes, enum ws_opcode opcode, const void *payload, size_t length, uint32_t mask);
/* Returns how many bytes the first frame takes; 0: more must come; -1: these are no frames of a server. */
long ws_read(struct ws_frame *frame, const uint8_t *bytes, size_t length);

#endif
