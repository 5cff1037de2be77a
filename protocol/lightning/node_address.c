/* node_address.c: where a node can be reached.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/node_address.h"

#include <assert.h>
#include <string.h>

/* The length of a host by its type; DNS says its own. */
static const uint8_t host_bytes[] = {
    [LN_ADDRESS_IPV4] = 4, [LN_ADDRESS_IPV6] = 16, [LN_ADDRESS_TOR_2] = 10, [LN_ADDRESS_TOR_3] = 35};

static bool is_known(uint8_t type)
{
    return type >= LN_ADDRESS_IPV4 && type <= LN_ADDRESS_DNS;
}

bool ln_address_next(struct ln_reader *reader, struct ln_address *address)
{
    if (reader->fault != LN_WIRE_OK || ln_reader_left(reader) == 0 || !is_known(reader->bytes[reader->at])) {
        return false;
    }
    uint8_t type = (uint8_t)ln_read_unsigned(reader, 1);
    size_t length = type == LN_ADDRESS_DNS ? ln_read_unsigned(reader, 1) : host_bytes[type];
    const uint8_t *host = ln_read_bytes(reader, length);
    uint16_t port = (uint16_t)ln_read_unsigned(reader, 2);
    if (reader->fault != LN_WIRE_OK) {
        return false;
    }
    *address = (struct ln_address){.type = type, .length = (uint8_t)length, .port = port};
    memcpy(address->host, host, length);
    return true;
}

static bool is_name(const struct ln_address *address)
{
    for (size_t i = 0; i < address->length; i++) {
        if (address->host[i] <= ' ' || address->host[i] > '~') {
            return false;
        }
    }
    return address->length > 0;
}

bool ln_address_is_usable(const struct ln_address *address)
{
    if (!is_known(address->type) || address->type == LN_ADDRESS_TOR_2 || address->port == 0) {
        return false;
    }
    return address->type != LN_ADDRESS_DNS || is_name(address);
}

void ln_address_write(struct ln_writer *writer, const struct ln_address *address)
{
    assert(is_known(address->type));
    ln_write_unsigned(writer, address->type, 1);
    if (address->type == LN_ADDRESS_DNS) {
        ln_write_unsigned(writer, address->length, 1);
    } else {
        assert(address->length == host_bytes[address->type]);
    }
    ln_write_bytes(writer, address->host, address->length);
    ln_write_unsigned(writer, address->port, 2);
}

enum ln_wire ln_addresses_check(struct btc_bytes list)
{
    struct ln_address address;
    struct ln_reader reader = ln_reader_init(list.data, list.length);
    unsigned names = 0;
    while (ln_address_next(&reader, &address)) {
        names += address.type == LN_ADDRESS_DNS;
    }
    return reader.fault == LN_WIRE_OK && names > 1 ? LN_WIRE_FORBIDDEN : reader.fault;
}
