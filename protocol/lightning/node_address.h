/* node_address.h: where a node can be reached: address descriptors in gossip and in init.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     type | host | port      hosts of 4 (IPv4), 16 (IPv6), 10 (Tor 2, of old), 35 (Tor 3) bytes, or length and name
 * (DNS)
 *
 * Descriptors stand in ascending order of type; a reader stops at the first type that it does not know.
 * Source: BOLT 7, node_announcement; BOLT 1, init (remote_addr).
 */
#ifndef KONSENTO_LIGHTNING_NODE_ADDRESS_H
#define KONSENTO_LIGHTNING_NODE_ADDRESS_H

#include "protocol/lightning/wire.h"

#define LN_ADDRESS_HOST_MAX 255

enum ln_address_type {
    LN_ADDRESS_IPV4 = 1,
    LN_ADDRESS_IPV6 = 2,
    LN_ADDRESS_TOR_2 = 3, /* no longer in use */
    LN_ADDRESS_TOR_3 = 4,
    LN_ADDRESS_DNS = 5,
};

struct ln_address {
    uint8_t type;
    uint8_t length; /* of host */
    uint8_t host[LN_ADDRESS_HOST_MAX];
    uint16_t port;
};

/* Takes the next descriptor. Returns false at the end, at an unknown type, which ends the list too, and on a fault,
 * which the reader has: LN_WIRE_SHORT within a descriptor. */
bool ln_address_next(struct ln_reader *reader, struct ln_address *address);
/* Whether it can be connected to: of a type in use, with a port, a DNS name of printable ASCII. */
bool ln_address_is_usable(const struct ln_address *address);
/* In: a type that is known and, but for DNS, its length (asserts). */
void ln_address_write(struct ln_writer *writer, const struct ln_address *address);

/* What a whole list is. Returns LN_WIRE_OK, LN_WIRE_SHORT, or LN_WIRE_FORBIDDEN for more than one DNS name. */
__attribute__((warn_unused_result)) enum ln_wire ln_addresses_check(struct btc_bytes list);

#endif
