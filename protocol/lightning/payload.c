/* payload.c: the TLV payloads of an onion.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/payload.h"

#define P struct ln_payload
#define RULE(type_, bit_, fields_)                                                                                     \
    {                                                                                                                  \
        .type = (type_), .bit = (bit_), .fields = (fields_), .field_count = sizeof(fields_) / sizeof((fields_)[0])     \
    }

static const struct ln_field amount_fields[] = {LN_FIELD(LN_KIND_TRUNCATED, P, amount_msat, 8)};
static const struct ln_field cltv_fields[] = {LN_FIELD(LN_KIND_TRUNCATED, P, cltv_height, 4)};
static const struct ln_field channel_fields[] = {LN_UNSIGNED(P, short_channel_id)};
static const struct ln_field payment_fields[] = {LN_BYTES(P, payment_secret),
                                                 LN_FIELD(LN_KIND_TRUNCATED, P, total_msat, 8)};
static const struct ln_field encrypted_fields[] = {LN_FIELD(LN_KIND_REST, P, encrypted, 1)};
static const struct ln_field path_key_fields[] = {LN_POINT(P, path_key)};
static const struct ln_field metadata_fields[] = {LN_FIELD(LN_KIND_REST, P, metadata, 1)};
static const struct ln_field total_fields[] = {LN_FIELD(LN_KIND_TRUNCATED, P, blinded_total_msat, 8)};
static const struct ln_field keysend_fields[] = {LN_BYTES(P, keysend_preimage)};

static const struct ln_rule rules[] = {
    RULE(2, LN_PAYLOAD_AMOUNT, amount_fields),
    RULE(4, LN_PAYLOAD_CLTV, cltv_fields),
    RULE(6, LN_PAYLOAD_CHANNEL, channel_fields),
    RULE(8, LN_PAYLOAD_PAYMENT, payment_fields),
    RULE(10, LN_PAYLOAD_ENCRYPTED, encrypted_fields),
    RULE(12, LN_PAYLOAD_PATH_KEY, path_key_fields),
    RULE(16, LN_PAYLOAD_METADATA, metadata_fields),
    RULE(18, LN_PAYLOAD_TOTAL, total_fields),
    RULE(LN_KEYSEND_TYPE, LN_PAYLOAD_KEYSEND, keysend_fields),
};
static const struct ln_rules stream = {rules, sizeof rules / sizeof rules[0]};

static enum ln_wire refuse(struct ln_fault *fault, uint64_t type, enum ln_wire reason)
{
    *fault = (struct ln_fault){.type = type};
    return reason;
}

static enum ln_wire check_amounts(const struct ln_payload *payload, struct ln_fault *fault)
{
    if (payload->amount_msat > LN_MSAT_MAX) {
        return refuse(fault, 2, LN_WIRE_RANGE);
    }
    if (payload->total_msat > LN_MSAT_MAX) {
        return refuse(fault, 8, LN_WIRE_RANGE);
    }
    if (payload->blinded_total_msat > LN_MSAT_MAX) {
        return refuse(fault, 18, LN_WIRE_RANGE);
    }
    return LN_WIRE_OK;
}

/* BOLT 4, payload format, the reader's list. */
static enum ln_wire check_place(const struct ln_payload *payload, struct ln_fault *fault, enum ln_payload_place place)
{
    uint32_t present = payload->tlvs.present;
    if (present & LN_PAYLOAD_ENCRYPTED) {
        return LN_WIRE_OK;
    }
    if (present & LN_PAYLOAD_PATH_KEY) {
        return refuse(fault, 12, LN_WIRE_FORBIDDEN);
    }
    if (!(present & LN_PAYLOAD_AMOUNT)) {
        return refuse(fault, 2, LN_WIRE_MISSING);
    }
    if (!(present & LN_PAYLOAD_CLTV)) {
        return refuse(fault, 4, LN_WIRE_MISSING);
    }
    if (place == LN_PAYLOAD_FORWARD && !(present & LN_PAYLOAD_CHANNEL)) {
        return refuse(fault, 6, LN_WIRE_MISSING);
    }
    return LN_WIRE_OK;
}

enum ln_wire ln_payload_decode(struct ln_payload *payload, struct ln_fault *fault, enum ln_payload_place place,
                               struct btc_bytes bytes)
{
    *payload = (struct ln_payload){0};
    *fault = (struct ln_fault){0};
    struct ln_reader reader = ln_reader_init(bytes.data, bytes.length);
    ln_stream_read(&reader, payload, &payload->tlvs, &stream, fault);
    if (reader.fault != LN_WIRE_OK) {
        return reader.fault;
    }
    enum ln_wire result = check_amounts(payload, fault);
    if (!(payload->tlvs.present & LN_PAYLOAD_PAYMENT)) {
        payload->total_msat = payload->amount_msat; /* BOLT 4: absent means that this part is all */
    }
    return result == LN_WIRE_OK ? check_place(payload, fault, place) : result;
}

enum ln_wire ln_payload_encode(uint8_t *bytes, size_t capacity, size_t *length, const struct ln_payload *payload)
{
    struct ln_writer writer = ln_writer_init(bytes, capacity);
    ln_stream_write(&writer, payload, &payload->tlvs, &stream);
    if (writer.fault == LN_WIRE_OK) {
        *length = writer.at;
    }
    return writer.fault;
}
