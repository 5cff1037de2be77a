/* tlv.c: one reader and one writer for all tables of fields and records.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/tlv.h"

#include <assert.h>
#include <string.h>

static void store_unsigned(void *member, uint64_t value, size_t width)
{
    switch (width) {
    case 1:
        *(uint8_t *)member = (uint8_t)value;
        break;
    case 2:
        *(uint16_t *)member = (uint16_t)value;
        break;
    case 4:
        *(uint32_t *)member = (uint32_t)value;
        break;
    default:
        assert(width == 8);
        *(uint64_t *)member = value;
    }
}

static uint64_t load_unsigned(const void *member, size_t width)
{
    switch (width) {
    case 1:
        return *(const uint8_t *)member;
    case 2:
        return *(const uint16_t *)member;
    case 4:
        return *(const uint32_t *)member;
    default:
        assert(width == 8);
        return *(const uint64_t *)member;
    }
}

static void read_array(struct ln_reader *reader, uint8_t *member, size_t size)
{
    const uint8_t *bytes = ln_read_bytes(reader, size);
    if (bytes != NULL) {
        memcpy(member, bytes, size);
    }
}

static void read_point(struct ln_reader *reader, uint8_t *member)
{
    read_array(reader, member, 33);
    if (reader->fault == LN_WIRE_OK && member[0] != 2 && member[0] != 3) {
        reader->fault = LN_WIRE_POINT;
    }
}

static void read_span(struct ln_reader *reader, struct btc_bytes *span, size_t length)
{
    const uint8_t *bytes = ln_read_bytes(reader, length);
    *span = (struct btc_bytes){bytes, bytes == NULL ? 0 : length};
}

static void read_rest(struct ln_reader *reader, struct btc_bytes *span, size_t size)
{
    if (ln_reader_left(reader) % size != 0) {
        ln_reader_fail(reader, LN_WIRE_LENGTH);
    }
    read_span(reader, span, ln_reader_left(reader));
}

static void read_field(struct ln_reader *reader, void *member, const struct ln_field *field)
{
    switch ((enum ln_kind)field->kind) {
    case LN_KIND_UNSIGNED:
        store_unsigned(member, ln_read_unsigned(reader, field->size), field->size);
        break;
    case LN_KIND_TRUNCATED:
        *(uint64_t *)member = ln_read_truncated(reader, field->size);
        break;
    case LN_KIND_BIGSIZE:
        *(uint64_t *)member = ln_read_bigsize(reader);
        break;
    case LN_KIND_BYTES:
        read_array(reader, member, field->size);
        break;
    case LN_KIND_POINT:
        read_point(reader, member);
        break;
    case LN_KIND_BLOCK:
        read_span(reader, member, field->size);
        break;
    case LN_KIND_COUNTED:
        read_span(reader, member, ln_read_unsigned(reader, 2) * field->size);
        break;
    case LN_KIND_REST:
        read_rest(reader, member, field->size);
        break;
    }
}

void ln_fields_read(struct ln_reader *reader, void *object, const struct ln_field *fields, size_t count,
                    struct ln_fault *fault)
{
    for (size_t i = 0; i < count && reader->fault == LN_WIRE_OK; i++) {
        size_t at = reader->at;
        read_field(reader, (uint8_t *)object + fields[i].offset, &fields[i]);
        if (reader->fault != LN_WIRE_OK) {
            fault->field = fields[i].name;
            fault->offset += at;
        }
    }
}

static void write_span(struct ln_writer *writer, const struct btc_bytes *span, const struct ln_field *field)
{
    if (field->kind == LN_KIND_BLOCK) {
        assert(span->length == field->size);
    }
    assert(span->length % field->size == 0);
    if (field->kind == LN_KIND_COUNTED) {
        size_t elements = span->length / field->size;
        if (elements > 0xffff) {
            writer->fault = LN_WIRE_SPACE;
            return;
        }
        ln_write_unsigned(writer, elements, 2);
    }
    ln_write_bytes(writer, span->data, span->length);
}

static void write_field(struct ln_writer *writer, const void *member, const struct ln_field *field)
{
    switch ((enum ln_kind)field->kind) {
    case LN_KIND_UNSIGNED:
        ln_write_unsigned(writer, load_unsigned(member, field->size), field->size);
        break;
    case LN_KIND_TRUNCATED:
        assert(ln_truncated_length(*(const uint64_t *)member) <= field->size);
        ln_write_truncated(writer, *(const uint64_t *)member);
        break;
    case LN_KIND_BIGSIZE:
        ln_write_bigsize(writer, *(const uint64_t *)member);
        break;
    case LN_KIND_BYTES:
    case LN_KIND_POINT:
        ln_write_bytes(writer, member, field->size);
        break;
    case LN_KIND_BLOCK:
    case LN_KIND_COUNTED:
    case LN_KIND_REST:
        write_span(writer, member, field);
        break;
    }
}

void ln_fields_write(struct ln_writer *writer, const void *object, const struct ln_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        write_field(writer, (const uint8_t *)object + fields[i].offset, &fields[i]);
    }
}

bool ln_record_next(struct ln_reader *reader, struct ln_record *record, bool first)
{
    if (reader->fault != LN_WIRE_OK || ln_reader_left(reader) == 0) {
        return false;
    }
    uint64_t type = ln_read_bigsize(reader);
    uint64_t length = ln_read_bigsize(reader);
    if (reader->fault == LN_WIRE_OK && !first && type <= record->type) {
        reader->fault = LN_WIRE_ORDER;
    }
    if (reader->fault == LN_WIRE_OK && length > ln_reader_left(reader)) {
        reader->fault = LN_WIRE_SHORT;
    }
    if (reader->fault != LN_WIRE_OK) {
        return false;
    }
    record->type = type;
    read_span(reader, &record->value, (size_t)length);
    return true;
}

static const struct ln_rule *find_rule(const struct ln_rules *rules, uint64_t type)
{
    for (size_t i = 0; i < rules->count; i++) {
        if (rules->rules[i].type == type) {
            return &rules->rules[i];
        }
    }
    return NULL;
}

/* A record's fields must take its value exactly. */
static enum ln_wire read_record(const struct ln_record *record, void *object, const struct ln_rule *rule,
                                struct ln_fault *fault)
{
    struct ln_reader value = ln_reader_init(record->value.data, record->value.length);
    ln_fields_read(&value, object, rule->fields, rule->field_count, fault);
    if (value.fault == LN_WIRE_OK && ln_reader_left(&value) > 0) {
        fault->offset += value.at;
        value.fault = LN_WIRE_LENGTH;
    }
    return value.fault == LN_WIRE_SHORT ? LN_WIRE_LENGTH : value.fault;
}

static void take_record(struct ln_reader *reader, const struct ln_record *record, void *object, struct ln_tlvs *tlvs,
                        const struct ln_rules *rules, struct ln_fault *fault)
{
    const struct ln_rule *rule = find_rule(rules, record->type);
    struct ln_fault inside = {.type = record->type, .offset = reader->at - record->value.length};
    enum ln_wire result = LN_WIRE_OK;
    if (rule != NULL) {
        result = read_record(record, object, rule, &inside);
        tlvs->present |= rule->bit;
    } else if (record->type % 2 == 0) {
        result = LN_WIRE_UNKNOWN_EVEN;
    }
    if (result != LN_WIRE_OK) {
        reader->fault = result;
        inside.offset += fault->offset;
        *fault = inside;
    }
}

void ln_stream_read(struct ln_reader *reader, void *object, struct ln_tlvs *tlvs, const struct ln_rules *rules,
                    struct ln_fault *fault)
{
    if (reader->fault != LN_WIRE_OK) {
        return;
    }
    *tlvs = (struct ln_tlvs){.stream = {reader->bytes + reader->at, ln_reader_left(reader)}};
    struct ln_record record = {0};
    size_t at = reader->at;
    for (bool first = true; ln_record_next(reader, &record, first); first = false) {
        take_record(reader, &record, object, tlvs, rules, fault);
        if (reader->fault != LN_WIRE_OK) {
            return;
        }
        at = reader->at;
    }
    if (reader->fault != LN_WIRE_OK) {
        fault->offset += at;
    }
}

static void write_value(struct ln_writer *writer, const void *object, const struct ln_rule *rule)
{
    /* The length stands before the value and is known after it: one byte is kept free, which is enough for most, and
     * the value moves when its length needs three. */
    ln_write_bigsize(writer, rule->type);
    size_t start = writer->at;
    ln_write_unsigned(writer, 0, 1);
    ln_fields_write(writer, object, rule->fields, rule->field_count);
    if (writer->fault != LN_WIRE_OK) {
        return;
    }
    size_t length = writer->at - start - 1;
    size_t prefix = ln_bigsize_length(length);
    if (prefix - 1 > writer->capacity - writer->at) {
        writer->fault = LN_WIRE_SPACE;
        return;
    }
    memmove(writer->bytes + start + prefix, writer->bytes + start + 1, length);
    writer->at = start;
    ln_write_bigsize(writer, length);
    writer->at += length;
}

static void write_record(struct ln_writer *writer, const struct ln_record *record)
{
    ln_write_bigsize(writer, record->type);
    ln_write_bigsize(writer, record->value.length);
    ln_write_bytes(writer, record->value.data, record->value.length);
}

/* Goes on to the next record that no rule knows. */
static bool next_unknown(struct ln_reader *stream, struct ln_record *record, bool *first, const struct ln_rules *rules)
{
    while (ln_record_next(stream, record, *first)) {
        *first = false;
        if (find_rule(rules, record->type) == NULL) {
            return true;
        }
    }
    return false;
}

void ln_stream_write(struct ln_writer *writer, const void *object, const struct ln_tlvs *tlvs,
                     const struct ln_rules *rules)
{
    struct ln_reader stream = ln_reader_init(tlvs->stream.data, tlvs->stream.length);
    struct ln_record record = {0};
    bool first = true;
    bool unknown = next_unknown(&stream, &record, &first, rules);
    for (size_t i = 0; i < rules->count; i++) {
        for (; unknown && record.type < rules->rules[i].type; unknown = next_unknown(&stream, &record, &first, rules)) {
            write_record(writer, &record);
        }
        if (tlvs->present & rules->rules[i].bit) {
            write_value(writer, object, &rules->rules[i]);
        }
    }
    for (; unknown; unknown = next_unknown(&stream, &record, &first, rules)) {
        write_record(writer, &record);
    }
    assert(stream.fault == LN_WIRE_OK);
}
