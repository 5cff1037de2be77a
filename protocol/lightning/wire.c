/* wire.c: cursors over Lightning bytes.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/wire.h"

#include <assert.h>
#include <string.h>

const char *ln_wire_text(enum ln_wire wire)
{
    switch (wire) {
    case LN_WIRE_OK:
        return "well formed";
    case LN_WIRE_SHORT:
        return "ends inside a value";
    case LN_WIRE_NOT_MINIMAL:
        return "integer not in its shortest form";
    case LN_WIRE_ORDER:
        return "types not strictly increasing";
    case LN_WIRE_UNKNOWN_EVEN:
        return "unknown even type";
    case LN_WIRE_UNKNOWN_ODD:
        return "unknown odd type";
    case LN_WIRE_LENGTH:
        return "value of a wrong length";
    case LN_WIRE_POINT:
        return "no compressed public key";
    case LN_WIRE_MISSING:
        return "required record missing";
    case LN_WIRE_FORBIDDEN:
        return "record not allowed here";
    case LN_WIRE_RANGE:
        return "amount above 21 million bitcoin";
    case LN_WIRE_SPACE:
        return "no room";
    }
    return "unknown";
}

struct ln_reader ln_reader_init(const uint8_t *bytes, size_t length)
{
    return (struct ln_reader){.bytes = bytes, .length = length};
}

size_t ln_reader_left(const struct ln_reader *reader)
{
    return reader->length - reader->at;
}

enum ln_wire ln_reader_fail(struct ln_reader *reader, enum ln_wire fault)
{
    if (reader->fault == LN_WIRE_OK) {
        reader->fault = fault;
    }
    return reader->fault;
}

const uint8_t *ln_read_bytes(struct ln_reader *reader, size_t length)
{
    if (reader->fault == LN_WIRE_OK && length > ln_reader_left(reader)) {
        reader->fault = LN_WIRE_SHORT;
    }
    if (reader->fault != LN_WIRE_OK) {
        return NULL;
    }
    const uint8_t *bytes = reader->bytes + reader->at;
    reader->at += length;
    return bytes;
}

static uint64_t big_endian(const uint8_t *bytes, size_t width)
{
    uint64_t value = 0;
    for (size_t i = 0; i < width; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

uint64_t ln_read_unsigned(struct ln_reader *reader, size_t width)
{
    assert(width >= 1 && width <= 8);
    const uint8_t *bytes = ln_read_bytes(reader, width);
    return bytes == NULL ? 0 : big_endian(bytes, width);
}

uint64_t ln_read_bigsize(struct ln_reader *reader)
{
    uint64_t first = ln_read_unsigned(reader, 1);
    if (reader->fault != LN_WIRE_OK || first < 0xfd) {
        return first;
    }
    size_t width = (size_t)1 << (first - 0xfc); /* fd, fe, ff: 2, 4, 8 bytes */
    uint64_t value = ln_read_unsigned(reader, width);
    if (reader->fault == LN_WIRE_OK && ln_bigsize_length(value) != width + 1) {
        reader->fault = LN_WIRE_NOT_MINIMAL;
    }
    return reader->fault == LN_WIRE_OK ? value : 0;
}

uint64_t ln_read_truncated(struct ln_reader *reader, size_t width)
{
    size_t length = ln_reader_left(reader);
    if (length > width) {
        ln_reader_fail(reader, LN_WIRE_LENGTH);
    }
    const uint8_t *bytes = ln_read_bytes(reader, length);
    if (bytes != NULL && length > 0 && bytes[0] == 0) {
        reader->fault = LN_WIRE_NOT_MINIMAL;
    }
    return reader->fault == LN_WIRE_OK && length > 0 ? big_endian(bytes, length) : 0;
}

struct ln_writer ln_writer_init(uint8_t *bytes, size_t capacity)
{
    return (struct ln_writer){.bytes = bytes, .capacity = capacity};
}

static void advance(struct ln_writer *writer, size_t length)
{
    writer->at += length;
    if (writer->ends != NULL) {
        assert(writer->end_count < writer->end_capacity);
        writer->ends[writer->end_count++] = (uint32_t)writer->at;
    }
}

void ln_write_bytes(struct ln_writer *writer, const uint8_t *bytes, size_t length)
{
    if (length > writer->capacity - writer->at) {
        writer->fault = LN_WIRE_SPACE;
    }
    if (writer->fault != LN_WIRE_OK || length == 0) {
        return;
    }
    memcpy(writer->bytes + writer->at, bytes, length);
    advance(writer, length);
}

void ln_write_unsigned(struct ln_writer *writer, uint64_t value, size_t width)
{
    assert(width <= 8 && (width == 8 || value >> (8 * width) == 0));
    if (width > writer->capacity - writer->at) {
        writer->fault = LN_WIRE_SPACE;
    }
    if (writer->fault != LN_WIRE_OK) {
        return;
    }
    uint8_t *end = writer->bytes + writer->at + width;
    for (size_t i = 1; i <= width; i++, value >>= 8) {
        end[-(ptrdiff_t)i] = (uint8_t)value;
    }
    advance(writer, width);
}

void ln_write_bigsize(struct ln_writer *writer, uint64_t value)
{
    size_t length = ln_bigsize_length(value);
    switch (length) {
    case 3:
        ln_write_unsigned(writer, 0xfd, 1);
        break;
    case 5:
        ln_write_unsigned(writer, 0xfe, 1);
        break;
    case 9:
        ln_write_unsigned(writer, 0xff, 1);
        break;
    }
    ln_write_unsigned(writer, value, length == 1 ? 1 : length - 1);
}

void ln_write_truncated(struct ln_writer *writer, uint64_t value)
{
    ln_write_unsigned(writer, value, ln_truncated_length(value));
}

size_t ln_bigsize_length(uint64_t value)
{
    return value < 0xfd ? 1 : value <= 0xffff ? 3 : value <= 0xffffffff ? 5 : 9;
}

size_t ln_truncated_length(uint64_t value)
{
    size_t length = 0;
    for (; value != 0; value >>= 8) {
        length++;
    }
    return length;
}

static size_t signed_length(int64_t value)
{
    if (value == (int8_t)value) {
        return 1;
    }
    if (value == (int16_t)value) {
        return 2;
    }
    return value == (int32_t)value ? 4 : 8;
}

size_t ln_signed_encode(uint8_t bytes[8], int64_t value)
{
    size_t length = signed_length(value);
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (uint8_t)((uint64_t)value >> (8 * (length - 1 - i)));
    }
    return length;
}

enum ln_wire ln_signed_decode(int64_t *value, const uint8_t *bytes, size_t length)
{
    if (length != 1 && length != 2 && length != 4 && length != 8) {
        return LN_WIRE_LENGTH;
    }
    uint64_t sign = bytes[0] & 0x80 && length < 8 ? ~(uint64_t)0 << (8 * length) : 0;
    int64_t result = (int64_t)(sign | big_endian(bytes, length));
    if (signed_length(result) != length) {
        return LN_WIRE_NOT_MINIMAL;
    }
    *value = result;
    return LN_WIRE_OK;
}
