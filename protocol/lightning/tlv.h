/* tlv.h: tables that say how a struct lies on the wire, and the streams of records they are read from.   [real]
 * SPDX-License-Identifier: MIT
 *
 * A message, a TLV record and a failure are each a row of fields. A field names its place in a C struct and its kind on
 * the wire; one reader and one writer serve them all. A stream is known by its rules, one per record type, in order:
 *
 *     stream   type length value | type length value | ...
 *     rules    {type, bit, fields}                        a record that is known sets its bit in `present`
 *
 * Unknown odd records are passed over and kept (`stream`), so that what is decoded can be encoded again byte by byte.
 * Unknown even records fail the stream. Points are checked for their first byte only: a point must be on the curve
 * before it is used, and whoever uses it finds out; checking each twice would cost more than the codec.
 * Source: BOLT 1, type-length-value format.
 */
#ifndef KONSENTO_LIGHTNING_TLV_H
#define KONSENTO_LIGHTNING_TLV_H

#include "protocol/lightning/wire.h"

enum ln_kind {
    LN_KIND_UNSIGNED,  /* member uint8_t .. uint64_t of the wire's own width */
    LN_KIND_TRUNCATED, /* member uint64_t; size is the greatest width; the last of its record */
    LN_KIND_BIGSIZE,   /* member uint64_t */
    LN_KIND_BYTES,     /* member: array of size bytes */
    LN_KIND_POINT,     /* member: array of 33 bytes */
    LN_KIND_BLOCK,     /* member struct btc_bytes of exactly size bytes */
    LN_KIND_COUNTED,   /* member struct btc_bytes: a u16 count of elements of size bytes, then they */
    LN_KIND_REST,      /* member struct btc_bytes: all that is left, a multiple of size bytes */
};

struct ln_field {
    const char *name;
    uint16_t offset; /* of the member in its struct */
    uint16_t size;   /* see enum ln_kind */
    uint8_t kind;
};

#define LN_FIELD(kind_, type_, member_, size_)                                                                         \
    {                                                                                                                  \
        .name = #member_, .offset = offsetof(type_, member_), .size = (size_), .kind = (kind_)                         \
    }
#define LN_UNSIGNED(type_, member_) LN_FIELD(LN_KIND_UNSIGNED, type_, member_, sizeof((type_ *)0)->member_)
#define LN_BYTES(type_, member_)    LN_FIELD(LN_KIND_BYTES, type_, member_, sizeof((type_ *)0)->member_)
#define LN_POINT(type_, member_)    LN_FIELD(LN_KIND_POINT, type_, member_, 33)

struct ln_rule {
    uint64_t type;
    uint32_t bit; /* set in `present` when the record is there */
    const struct ln_field *fields;
    uint32_t field_count;
};

struct ln_rules {
    const struct ln_rule *rules; /* types strictly increasing */
    size_t count;
};

/* What a stream held: which known records, and its bytes, for the unknown ones. */
struct ln_tlvs {
    uint32_t present;
    struct btc_bytes stream;
};

struct ln_record {
    uint64_t type;
    struct btc_bytes value;
};

/* Where decoding failed: for messages to people and for invalid_onion_payload (BOLT 4). */
struct ln_fault {
    const char *field; /* NULL when it was no field */
    uint64_t type;     /* of the record, 0 outside of records */
    size_t offset;     /* in the bytes given */
};

/* Reads the members of object. The reader's fault says how it went. Spans point into the reader's bytes. */
void ln_fields_read(struct ln_reader *reader, void *object, const struct ln_field *fields, size_t count,
                    struct ln_fault *fault);
void ln_fields_write(struct ln_writer *writer, const void *object, const struct ln_field *fields, size_t count);

/* Takes one record. In: record->type of the one before; first: whether there was none. Returns false at the end of the
 * stream and on a fault, which the reader has. */
bool ln_record_next(struct ln_reader *reader, struct ln_record *record, bool first);

/* Reads a whole stream, the rest of reader, into object. Out: tlvs. */
void ln_stream_read(struct ln_reader *reader, void *object, struct ln_tlvs *tlvs, const struct ln_rules *rules,
                    struct ln_fault *fault);
/* Writes the records whose bits are present, merged in order with the unknown records of tlvs->stream, which must come
 * from ln_stream_read or be empty. */
void ln_stream_write(struct ln_writer *writer, const void *object, const struct ln_tlvs *tlvs,
                     const struct ln_rules *rules);

#endif
