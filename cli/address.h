/* address.h: where a device or its broker is: SCHEME://HOST[:PORT]/PATH.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_ADDRESS_H
#define KONSENTO_CLI_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADDRESS_PART_MAX 200

struct address {
    char scheme[16];             /* "mqtt" */
    char host[ADDRESS_PART_MAX]; /* [::1] without its brackets; "" in modbus-rtu:///dev/ttyUSB0/1 */
    uint16_t port;               /* of the scheme, if none is named; 0: it has none */
    char path[ADDRESS_PART_MAX]; /* behind the slash; "" */
};

/* Returns false, and why, if it is none, or its scheme none of those: names with a blank between. */
bool address_read(struct address *address, const char *text, const char *schemes, char *why, size_t why_size);
/* This machine itself, or no host at all. */
bool address_is_here(const struct address *address);

#endif
