/* bytes.h: views of bytes, a bounded reader, a bounded writer, Bitcoin's CompactSize.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Reader and writer are sticky: after the first failure every further call does nothing and yields zero, so that a
 * parser or a builder checks once, at the end. A writer has one of three ends: memory (with its capacity), nothing (it
 * counts only; how sizes are measured), or a sink that is called with every piece (how hashes are taken without a
 * buffer).
 *
 *     struct btc_writer out;
 *     btc_writer_init(&out, buffer, sizeof buffer);
 *     btc_write_u32(&out, 2);
 *     btc_write_compact(&out, 1);
 *     if (out.failed) ...
 *
 * Source: Bitcoin's serialisation; integers are little-endian.
 */
#ifndef KONSENTO_BITCOIN_BYTES_H
#define KONSENTO_BITCOIN_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that somebody else keeps. data may be NULL if length is 0. */
struct btc_bytes {
    const uint8_t *data;
    size_t length;
};

static inline struct btc_bytes btc_bytes(const void *data, size_t length)
{
    return (struct btc_bytes){data, length};
}

/* True if both have the same bytes. */
bool btc_bytes_equal(struct btc_bytes a, struct btc_bytes b);

/* Orders by content, byte by byte, a shorter prefix first. Returns <0, 0, >0. */
int btc_bytes_compare(struct btc_bytes a, struct btc_bytes b);

enum btc_read_error {
    BTC_READ_OK = 0,
    BTC_READ_SHORT = 1,      /* the bytes ended too early */
    BTC_READ_NONMINIMAL = 2, /* a CompactSize longer than needed */
    BTC_READ_TOO_LARGE = 3   /* a CompactSize above its limit */
};

struct btc_reader {
    const uint8_t *data;
    size_t length;
    size_t at;
    enum btc_read_error error; /* the first failure; OK until then */
};

void btc_reader_init(struct btc_reader *reader, const void *data, size_t length);
size_t btc_reader_left(const struct btc_reader *reader);
uint8_t btc_read_u8(struct btc_reader *reader);
uint16_t btc_read_u16(struct btc_reader *reader);
uint32_t btc_read_u32(struct btc_reader *reader);
uint64_t btc_read_u64(struct btc_reader *reader);

/* A CompactSize in its shortest form. In: the largest value allowed. */
uint64_t btc_read_compact(struct btc_reader *reader, uint64_t limit);

/* The next length bytes as a view into the reader's data; an empty view on failure. */
struct btc_bytes btc_read_view(struct btc_reader *reader, size_t length);

/* A CompactSize length of at most limit, then that many bytes. */
struct btc_bytes btc_read_string(struct btc_reader *reader, uint64_t limit);

/* Copies the next length bytes; zeroes on failure. */
void btc_read_copy(struct btc_reader *reader, void *out, size_t length);

typedef void btc_sink(void *context, size_t length, const uint8_t *bytes);

struct btc_writer {
    uint8_t *data;   /* NULL: count only, or call the sink */
    size_t capacity; /* of data */
    size_t length;   /* written so far */
    btc_sink *sink;
    void *context;
    bool failed; /* something did not fit */
};

/* Writes into memory of the caller; with data NULL it counts only and never fails. */
void btc_writer_init(struct btc_writer *writer, void *data, size_t capacity);

/* Hands every piece to a sink; never fails. */
void btc_writer_init_sink(struct btc_writer *writer, btc_sink *sink, void *context);

/* What was written into memory, as a view. */
struct btc_bytes btc_writer_view(const struct btc_writer *writer);

void btc_write_u8(struct btc_writer *writer, uint8_t value);
void btc_write_u16(struct btc_writer *writer, uint16_t value);
void btc_write_u32(struct btc_writer *writer, uint32_t value);
void btc_write_u64(struct btc_writer *writer, uint64_t value);
void btc_write_compact(struct btc_writer *writer, uint64_t value);
void btc_write(struct btc_writer *writer, const void *bytes, size_t length);

/* A CompactSize length, then the bytes. */
void btc_write_string(struct btc_writer *writer, struct btc_bytes bytes);

/* Bytes a CompactSize takes: 1, 3, 5 or 9. */
size_t btc_compact_size(uint64_t value);

#endif
