/* message.c: messages between bytes and structs.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/message.h"

#include <assert.h>
#include <string.h>

#include "protocol/lightning/message_table.h"

/* All members of the union begin where it begins. */
static void *body(struct ln_message *message)
{
    return &message->init;
}

static const void *body_const(const struct ln_message *message)
{
    return &message->init;
}

static void read_extension(struct ln_reader *reader, struct ln_message *message, const struct ln_layout *layout,
                           struct ln_fault *fault)
{
    if (!layout->opaque) {
        ln_stream_read(reader, body(message), &message->tlvs, &layout->extension, fault);
        return;
    }
    size_t left = ln_reader_left(reader);
    message->tlvs = (struct ln_tlvs){.stream = {ln_read_bytes(reader, left), left}};
}

enum ln_wire ln_message_decode(struct ln_message *message, struct ln_fault *fault, const uint8_t *bytes, size_t length)
{
    struct ln_fault found = {0};
    struct ln_reader reader = ln_reader_init(bytes, length);
    uint16_t type = (uint16_t)ln_read_unsigned(&reader, 2);
    const struct ln_layout *layout = ln_layout_find(type);
    if (length > LN_MESSAGE_BYTES_MAX) {
        ln_reader_fail(&reader, LN_WIRE_LENGTH);
    }
    if (layout == NULL) {
        ln_reader_fail(&reader, type % 2 == 0 ? LN_WIRE_UNKNOWN_EVEN : LN_WIRE_UNKNOWN_ODD);
    }
    if (reader.fault == LN_WIRE_OK) {
        memset(message, 0, sizeof *message);
        message->type = type;
        ln_fields_read(&reader, body(message), layout->fields, layout->field_count, &found);
        if (reader.fault == LN_WIRE_OK) {
            read_extension(&reader, message, layout, &found);
        }
    }
    if (fault != NULL) {
        *fault = found;
    }
    return reader.fault;
}

enum ln_wire ln_message_encode(uint8_t *bytes, size_t capacity, size_t *length, const struct ln_message *message)
{
    const struct ln_layout *layout = ln_layout_find(message->type);
    assert(layout != NULL);
    struct ln_writer writer = ln_writer_init(bytes, capacity < LN_MESSAGE_BYTES_MAX ? capacity : LN_MESSAGE_BYTES_MAX);
    ln_write_unsigned(&writer, message->type, 2);
    ln_fields_write(&writer, body_const(message), layout->fields, layout->field_count);
    if (layout->opaque) {
        ln_write_bytes(&writer, message->tlvs.stream.data, message->tlvs.stream.length);
    } else {
        ln_stream_write(&writer, body_const(message), &message->tlvs, &layout->extension);
    }
    if (writer.fault == LN_WIRE_OK) {
        *length = writer.at;
    }
    return writer.fault;
}

const char *ln_message_name(uint16_t type)
{
    const struct ln_layout *layout = ln_layout_find(type);
    return layout == NULL ? NULL : layout->name;
}

const struct ln_field *ln_message_field(uint16_t type, size_t index)
{
    const struct ln_layout *layout = ln_layout_find(type);
    return layout == NULL || index >= layout->field_count ? NULL : &layout->fields[index];
}

const struct ln_rules *ln_message_rules(uint16_t type)
{
    const struct ln_layout *layout = ln_layout_find(type);
    return layout == NULL ? NULL : &layout->extension;
}

static const char *bad_point(const struct btc_curve *curve, const void *object, const struct ln_field *fields,
                             size_t count)
{
    struct btc_pubkey ignored;
    for (size_t i = 0; i < count; i++) {
        if (fields[i].kind == LN_KIND_POINT &&
            !btc_pubkey_read_compressed(curve, &ignored, (const uint8_t *)object + fields[i].offset)) {
            return fields[i].name;
        }
    }
    return NULL;
}

const char *ln_message_bad_point(const struct btc_curve *curve, const struct ln_message *message)
{
    const struct ln_layout *layout = ln_layout_find(message->type);
    assert(layout != NULL);
    const char *name = bad_point(curve, body_const(message), layout->fields, layout->field_count);
    for (size_t i = 0; name == NULL && i < layout->extension.count; i++) {
        const struct ln_rule *rule = &layout->extension.rules[i];
        if (message->tlvs.present & rule->bit) {
            name = bad_point(curve, body_const(message), rule->fields, rule->field_count);
        }
    }
    return name;
}
