/* ocpp_caller.h: a driver with nothing behind it, and who calls it by hand, for tests of the door.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_HWBRIDGE_OCPP_CALLER_H
#define KONSENTO_TESTS_HWBRIDGE_OCPP_CALLER_H

#include "hwbridge/ocpp.h"
#include "hwbridge/virtual/ws_wire.h"

#define CALLER_PASSWORD "0123456789abcdef"

struct porch {
    struct hw_driver driver;
    uint16_t port;
    uint64_t inputs[HW_INPUT_KINDS], rejects[HW_REJECTS];
};

/* Outlets 0 and 1 are connectors 1 of CP1 and CP2. In: options, of which address, security and files count. */
bool porch_open(struct porch *porch, const struct ocpp_options *options, char *why, size_t why_size);
void porch_close(struct porch *porch);
/* Serves it for so long. */
void porch_serve(struct porch *porch, int64_t for_ms);
uint64_t porch_rejects(const struct porch *porch); /* of all reasons */

/* Connects, without a word. */
int caller_connect(const struct porch *porch);
/* Calls with that greeting; host, port and nonce are filled in. Returns the connection; -1: it was not let in. */
int caller_open(struct porch *porch, const struct ws_greeting *greeting);
int caller_open_as(struct porch *porch, const char *path, const char *user, const char *password);
/* Bytes as they are; what does not go at once goes while the porch is served. Returns false if it was hung up. */
bool caller_send(struct porch *porch, int fd, const void *bytes, size_t length);
bool caller_say(struct porch *porch, int fd, enum ws_opcode opcode, const void *text, size_t length);
/* Whether it was hung up. Reads all there is. */
bool caller_is_out(int fd);

#endif
