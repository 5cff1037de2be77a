/* wire.h: cursors over Lightning bytes: big-endian integers, BigSize, truncated integers.   [real]
 * SPDX-License-Identifier: MIT
 *
 * A reader walks over bytes that somebody else owns, a writer fills bytes that the caller gave. Both remember their
 * first fault and then do nothing more, so that a row of calls needs one look at the end: reader.fault, writer.fault.
 * Source: BOLT 1 (type-length-value format, fundamental types, appendices A and D).
 */
#ifndef KONSENTO_LIGHTNING_WIRE_H
#define KONSENTO_LIGHTNING_WIRE_H

#include "protocol/bitcoin/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why bytes are no message, no TLV stream, no payload. On any fault the caller's object is to be thrown away. */
enum ln_wire {
    LN_WIRE_OK,
    LN_WIRE_SHORT,        /* the bytes end inside a value */
    LN_WIRE_NOT_MINIMAL,  /* a BigSize or truncated integer has a shorter form */
    LN_WIRE_ORDER,        /* a TLV type does not exceed the one before it */
    LN_WIRE_UNKNOWN_EVEN, /* a type that must be understood and is not */
    LN_WIRE_UNKNOWN_ODD,  /* a message type that is to be ignored */
    LN_WIRE_LENGTH,       /* a value is longer or shorter than its kind allows */
    LN_WIRE_POINT,        /* 33 bytes that do not begin with 02 or 03 */
    LN_WIRE_MISSING,      /* a required record is absent */
    LN_WIRE_FORBIDDEN,    /* a record stands where it must not */
    LN_WIRE_RANGE,        /* an amount above 21 million bitcoin */
    LN_WIRE_SPACE,        /* the writer's memory, or 65535 bytes, are full */
};

struct ln_reader {
    const uint8_t *bytes;
    size_t length;
    size_t at;
    enum ln_wire fault;
};

struct ln_writer {
    uint8_t *bytes;
    size_t capacity;
    size_t at;
    enum ln_wire fault;
    uint32_t *ends; /* of what was written, one by one; NULL: nobody asks */
    uint32_t end_count;
    uint32_t end_capacity; /* must do (asserts) */
};

/* The word for it in a message. */
const char *ln_wire_text(enum ln_wire wire);

struct ln_reader ln_reader_init(const uint8_t *bytes, size_t length);
size_t ln_reader_left(const struct ln_reader *reader);
/* Remembers the first fault. Returns the fault that stands. */
enum ln_wire ln_reader_fail(struct ln_reader *reader, enum ln_wire fault);
/* Takes the next length bytes. Returns their address, NULL when fewer are left. */
const uint8_t *ln_read_bytes(struct ln_reader *reader, size_t length);
/* In: width, 1 to 8 bytes. Returns the integer, 0 after a fault. */
uint64_t ln_read_unsigned(struct ln_reader *reader, size_t width);
uint64_t ln_read_bigsize(struct ln_reader *reader);
/* Reads all that is left as a truncated integer of at most width bytes. */
uint64_t ln_read_truncated(struct ln_reader *reader, size_t width);

struct ln_writer ln_writer_init(uint8_t *bytes, size_t capacity);
void ln_write_bytes(struct ln_writer *writer, const uint8_t *bytes, size_t length);
void ln_write_unsigned(struct ln_writer *writer, uint64_t value, size_t width);
void ln_write_bigsize(struct ln_writer *writer, uint64_t value);
void ln_write_truncated(struct ln_writer *writer, uint64_t value);

/* Bytes that a BigSize takes: 1, 3, 5 or 9. */
size_t ln_bigsize_length(uint64_t value);
/* Bytes that a truncated integer takes: 0 to 8. */
size_t ln_truncated_length(uint64_t value);
/* Two's complement in the least of 1, 2, 4 or 8 bytes that holds the value (BOLT 1, appendix D). Out: bytes, 8 of room.
 * Returns how many. */
size_t ln_signed_encode(uint8_t bytes[8], int64_t value);
/* In: length 1, 2, 4 or 8. Returns LN_WIRE_LENGTH for another, LN_WIRE_NOT_MINIMAL when fewer bytes would hold it. */
__attribute__((warn_unused_result)) enum ln_wire ln_signed_decode(int64_t *value, const uint8_t *bytes, size_t length);

#endif
