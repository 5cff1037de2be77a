/* bytes.c: views, a bounded reader, a bounded writer, Bitcoin's CompactSize.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/bytes.h"

#include <string.h>

bool btc_bytes_equal(struct btc_bytes a, struct btc_bytes b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

int btc_bytes_compare(struct btc_bytes a, struct btc_bytes b)
{
    size_t common = a.length < b.length ? a.length : b.length;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);
    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

void btc_reader_init(struct btc_reader *reader, const void *data, size_t length)
{
    *reader = (struct btc_reader){data, length, 0, BTC_READ_OK};
}

size_t btc_reader_left(const struct btc_reader *reader)
{
    return reader->length - reader->at;
}

/* The address of the next length bytes, which it steps over; NULL after a failure. */
static const uint8_t *advance(struct btc_reader *reader, size_t length)
{
    if (reader->error == BTC_READ_OK && length > btc_reader_left(reader))
        reader->error = BTC_READ_SHORT;
    if (reader->error != BTC_READ_OK)
        return NULL;
    const uint8_t *here = reader->data + reader->at;
    reader->at += length;
    return here;
}

static uint64_t read_little_endian(struct btc_reader *reader, size_t length)
{
    const uint8_t *bytes = advance(reader, length);
    uint64_t value = 0;
    for (size_t i = 0; bytes != NULL && i < length; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

uint8_t btc_read_u8(struct btc_reader *reader)
{
    return (uint8_t)read_little_endian(reader, 1);
}

uint16_t btc_read_u16(struct btc_reader *reader)
{
    return (uint16_t)read_little_endian(reader, 2);
}

uint32_t btc_read_u32(struct btc_reader *reader)
{
    return (uint32_t)read_little_endian(reader, 4);
}

uint64_t btc_read_u64(struct btc_reader *reader)
{
    return read_little_endian(reader, 8);
}

uint64_t btc_read_compact(struct btc_reader *reader, uint64_t limit)
{
    uint64_t value = btc_read_u8(reader);
    if (value >= 0xfd) {
        size_t length = (size_t)2 << (value - 0xfd);
        value = read_little_endian(reader, length);
        if (reader->error == BTC_READ_OK && btc_compact_size(value) != length + 1)
            reader->error = BTC_READ_NONMINIMAL;
    }
    if (reader->error == BTC_READ_OK && value > limit)
        reader->error = BTC_READ_TOO_LARGE;
    return reader->error == BTC_READ_OK ? value : 0;
}

struct btc_bytes btc_read_view(struct btc_reader *reader, size_t length)
{
    const uint8_t *bytes = advance(reader, length);
    return bytes == NULL ? btc_bytes(NULL, 0) : btc_bytes(bytes, length);
}

struct btc_bytes btc_read_string(struct btc_reader *reader, uint64_t limit)
{
    return btc_read_view(reader, (size_t)btc_read_compact(reader, limit < SIZE_MAX ? limit : SIZE_MAX));
}

void btc_read_copy(struct btc_reader *reader, void *out, size_t length)
{
    const uint8_t *bytes = advance(reader, length);
    if (length == 0)
        return;
    if (bytes == NULL)
        memset(out, 0, length);
    else
        memcpy(out, bytes, length);
}

void btc_writer_init(struct btc_writer *writer, void *data, size_t capacity)
{
    *writer = (struct btc_writer){.data = data, .capacity = capacity};
}

void btc_writer_init_sink(struct btc_writer *writer, btc_sink *sink, void *context)
{
    *writer = (struct btc_writer){.sink = sink, .context = context};
}

struct btc_bytes btc_writer_view(const struct btc_writer *writer)
{
    return btc_bytes(writer->data, writer->length);
}

void btc_write(struct btc_writer *writer, const void *bytes, size_t length)
{
    if (writer->failed || length == 0)
        return;
    if (writer->data != NULL) {
        if (length > writer->capacity - writer->length) {
            writer->failed = true;
            return;
        }
        memcpy(writer->data + writer->length, bytes, length);
    } else if (writer->sink != NULL) {
        writer->sink(writer->context, length, bytes);
    }
    writer->length += length;
}

static void write_little_endian(struct btc_writer *writer, uint64_t value, size_t length)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    btc_write(writer, bytes, length);
}

void btc_write_u8(struct btc_writer *writer, uint8_t value)
{
    btc_write(writer, &value, 1);
}

void btc_write_u16(struct btc_writer *writer, uint16_t value)
{
    write_little_endian(writer, value, 2);
}

void btc_write_u32(struct btc_writer *writer, uint32_t value)
{
    write_little_endian(writer, value, 4);
}

void btc_write_u64(struct btc_writer *writer, uint64_t value)
{
    write_little_endian(writer, value, 8);
}

size_t btc_compact_size(uint64_t value)
{
    return value < 0xfd ? 1 : value <= 0xffff ? 3 : value <= 0xffffffff ? 5 : 9;
}

void btc_write_compact(struct btc_writer *writer, uint64_t value)
{
    /* One piece: a sink sees the mark and the number together. */
    size_t length = btc_compact_size(value);
    uint8_t bytes[9] = {length == 1 ? (uint8_t)value : length == 3 ? 0xfd : length == 5 ? 0xfe : 0xff};
    for (size_t i = 1; i < length; i++)
        bytes[i] = (uint8_t)(value >> (8 * (i - 1)));
    btc_write(writer, bytes, length);
}

void btc_write_string(struct btc_writer *writer, struct btc_bytes bytes)
{
    btc_write_compact(writer, bytes.length);
    btc_write(writer, bytes.data, bytes.length);
}
