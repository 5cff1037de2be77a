/* modbus_server.h: the virtual outlet as a Modbus device, over TCP or on a serial line.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   visitors ──TCP──┐
 *                   ├─► questions (modbus_wire.h) ─► registers (modbus_board.h) ─► answers, some of which come to harm
 *   master ──tty────┘
 *
 * A serial line carries a character of 11 bits in its time: a question ends with a silence of 3.5 characters, and the
 * answer comes when it would have been sent. A pseudo terminal is as fast as memory, so that time is waited for here.
 * Faults of plug.h and fault.h: answers that are lost, late, twice, or broken; a device that is frozen or without
 * power.
 */
#ifndef KONSENTO_HWBRIDGE_VIRTUAL_MODBUS_SERVER_H
#define KONSENTO_HWBRIDGE_VIRTUAL_MODBUS_SERVER_H

#include "hwbridge/virtual/modbus_board.h"
#include "hwbridge/virtual/outlet.h"

struct modbus_server_config {
    const char *address; /* IPv4 to listen on; NULL: a serial line */
    uint16_t port;       /* 0: any that is free */
    const char *tty;     /* a serial line that is there; or where a pseudo terminal made for it is linked to */
    int baud;
    struct modbus_board_config board;
};

struct modbus_server;

/* Out: why, if NULL is returned: no such device, port taken, no such terminal, memory out. Owns: modbus_server_free. */
struct modbus_server *modbus_server_new(const struct modbus_server_config *config, const struct faults *faults,
                                        int64_t now_ns, char *why, size_t why_size);
void modbus_server_free(struct modbus_server *server);
/* That it listens on. */
uint16_t modbus_server_port(const struct modbus_server *server);
/* Reads and writes what can be without waiting. Returns when it has something to do next. */
int64_t modbus_server_run(struct modbus_server *server, int64_t now_ns);
const struct plug *modbus_server_plug(const struct modbus_server *server);

/* For virtual_run; its free is modbus_server_free. */
struct virtual_outlet modbus_server_outlet(struct modbus_server *server);

#endif
