/* query.c: asking a peer for gossip.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/query.h"

#include <assert.h>
#include <string.h>

#include "protocol/lightning/message_type.h"

#define PLAIN    0 /* the only encoding that is left */
#define ID_BYTES 8

const char *ln_query_text(enum ln_query_result result)
{
    switch (result) {
    case LN_QUERY_OK:
        return "ok";
    case LN_QUERY_ENCODING:
        return "array in an unknown encoding";
    case LN_QUERY_LENGTH:
        return "array of a wrong length";
    case LN_QUERY_ORDER:
        return "short channel ids not ascending";
    case LN_QUERY_FLAG:
        return "flag not in its shortest form";
    }
    return "unknown";
}

static bool is_plain(struct btc_bytes list)
{
    return list.length > 0 && list.data[0] == PLAIN;
}

/* ---- short channel ids ---- */

uint64_t ln_query_id(struct btc_bytes list, size_t i)
{
    assert(is_plain(list) && i < (list.length - 1) / ID_BYTES);
    struct ln_reader reader = ln_reader_init(list.data + 1 + ID_BYTES * i, ID_BYTES);
    return ln_read_unsigned(&reader, ID_BYTES);
}

enum ln_query_result ln_query_ids_check(struct btc_bytes list, size_t *count)
{
    if (!is_plain(list)) {
        return LN_QUERY_ENCODING;
    }
    if ((list.length - 1) % ID_BYTES != 0) {
        return LN_QUERY_LENGTH;
    }
    size_t whole = (list.length - 1) / ID_BYTES;
    for (size_t i = 1; i < whole; i++) {
        if (ln_query_id(list, i - 1) >= ln_query_id(list, i)) {
            return LN_QUERY_ORDER;
        }
    }
    *count = whole;
    return LN_QUERY_OK;
}

void ln_query_ids_write(struct ln_writer *writer, const uint64_t *ids, size_t count)
{
    ln_write_unsigned(writer, PLAIN, 1);
    for (size_t i = 0; i < count; i++) {
        assert(i == 0 || ids[i - 1] < ids[i]);
        ln_write_unsigned(writer, ids[i], ID_BYTES);
    }
}

/* ---- flags ---- */

enum ln_query_result ln_query_flags_read(uint64_t *flags, size_t count, struct btc_bytes list)
{
    if (!is_plain(list)) {
        return LN_QUERY_ENCODING;
    }
    struct ln_reader reader = ln_reader_init(list.data + 1, list.length - 1);
    for (size_t i = 0; i < count; i++) {
        flags[i] = ln_read_bigsize(&reader);
    }
    if (reader.fault == LN_WIRE_NOT_MINIMAL) {
        return LN_QUERY_FLAG;
    }
    return reader.fault == LN_WIRE_OK && ln_reader_left(&reader) == 0 ? LN_QUERY_OK : LN_QUERY_LENGTH;
}

void ln_query_flags_write(struct ln_writer *writer, const uint64_t *flags, size_t count)
{
    ln_write_unsigned(writer, PLAIN, 1);
    for (size_t i = 0; i < count; i++) {
        ln_write_bigsize(writer, flags[i]);
    }
}

/* ---- pairs ---- */

enum ln_query_result ln_query_checksums_read(struct ln_query_pair *pairs, size_t count, struct btc_bytes list)
{
    if (list.length % 8 != 0 || list.length / 8 != count) {
        return LN_QUERY_LENGTH;
    }
    struct ln_reader reader = ln_reader_init(list.data, list.length);
    for (size_t i = 0; i < count; i++) {
        pairs[i].of_node[0] = (uint32_t)ln_read_unsigned(&reader, 4);
        pairs[i].of_node[1] = (uint32_t)ln_read_unsigned(&reader, 4);
    }
    return LN_QUERY_OK;
}

void ln_query_checksums_write(struct ln_writer *writer, const struct ln_query_pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ln_write_unsigned(writer, pairs[i].of_node[0], 4);
        ln_write_unsigned(writer, pairs[i].of_node[1], 4);
    }
}

enum ln_query_result ln_query_timestamps_read(struct ln_query_pair *pairs, size_t count, struct btc_bytes list)
{
    if (!is_plain(list)) {
        return LN_QUERY_ENCODING;
    }
    return ln_query_checksums_read(pairs, count, btc_bytes(list.data + 1, list.length - 1));
}

void ln_query_timestamps_write(struct ln_writer *writer, const struct ln_query_pair *pairs, size_t count)
{
    ln_write_unsigned(writer, PLAIN, 1);
    ln_query_checksums_write(writer, pairs, count);
}

/* ---- CRC-32C (RFC 3720, B.4): polynomial 1edc6f41, reflected ---- */

static uint32_t crc_add(uint32_t crc, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
        }
    }
    return crc;
}

uint32_t ln_query_checksum(struct btc_bytes bytes)
{
    enum { SIGNATURE_END = 2 + 64, TIMESTAMP_AT = SIGNATURE_END + 32 + 8, TIMESTAMP_END = TIMESTAMP_AT + 4 };
    if (bytes.length < TIMESTAMP_END || (bytes.data[0] << 8 | bytes.data[1]) != LN_CHANNEL_UPDATE) {
        return 0;
    }
    uint32_t crc = crc_add(0xffffffffu, bytes.data + SIGNATURE_END, TIMESTAMP_AT - SIGNATURE_END);
    return ~crc_add(crc, bytes.data + TIMESTAMP_END, bytes.length - TIMESTAMP_END);
}
