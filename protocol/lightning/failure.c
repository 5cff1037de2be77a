/* failure.c: failure messages and their packets.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/failure.h"

#include <assert.h>
#include <string.h>

#include "protocol/lightning/cipher.h"

#define HMAC_BYTES 32

#define F      struct ln_failure
#define UPDATE LN_FIELD(LN_KIND_COUNTED, F, channel_update, 1)

static const struct ln_field onion_fields[] = {LN_BYTES(F, sha256_of_onion)};
static const struct ln_field update_fields[] = {UPDATE};
static const struct ln_field amount_update_fields[] = {LN_UNSIGNED(F, htlc_msat), UPDATE};
static const struct ln_field cltv_update_fields[] = {LN_UNSIGNED(F, cltv_expiry_height), UPDATE};
static const struct ln_field details_fields[] = {LN_UNSIGNED(F, htlc_msat), LN_UNSIGNED(F, height)};
static const struct ln_field cltv_fields[] = {LN_UNSIGNED(F, cltv_expiry_height)};
static const struct ln_field amount_fields[] = {LN_UNSIGNED(F, htlc_msat)};
static const struct ln_field disabled_fields[] = {LN_UNSIGNED(F, disabled_flags), UPDATE};
static const struct ln_field payload_fields[] = {LN_FIELD(LN_KIND_BIGSIZE, F, type, 0), LN_UNSIGNED(F, offset)};

struct code_row {
    uint16_t code;
    uint8_t field_count;
    const struct ln_field *fields;
    const char *name;
};

#define WITH(code_, fields_, name_)                                                                                    \
    {                                                                                                                  \
        (code_), sizeof(fields_) / sizeof((fields_)[0]), (fields_), (name_)                                            \
    }
#define BARE(code_, name_)                                                                                             \
    {                                                                                                                  \
        (code_), 0, NULL, (name_)                                                                                      \
    }

static const struct code_row code_rows[] = {
    BARE(LN_TEMPORARY_NODE_FAILURE, "temporary_node_failure"),
    BARE(LN_PERMANENT_NODE_FAILURE, "permanent_node_failure"),
    BARE(LN_REQUIRED_NODE_FEATURE_MISSING, "required_node_feature_missing"),
    WITH(LN_INVALID_ONION_VERSION, onion_fields, "invalid_onion_version"),
    WITH(LN_INVALID_ONION_HMAC, onion_fields, "invalid_onion_hmac"),
    WITH(LN_INVALID_ONION_KEY, onion_fields, "invalid_onion_key"),
    WITH(LN_TEMPORARY_CHANNEL_FAILURE, update_fields, "temporary_channel_failure"),
    BARE(LN_PERMANENT_CHANNEL_FAILURE, "permanent_channel_failure"),
    BARE(LN_REQUIRED_CHANNEL_FEATURE_MISSING, "required_channel_feature_missing"),
    BARE(LN_UNKNOWN_NEXT_PEER, "unknown_next_peer"),
    WITH(LN_AMOUNT_BELOW_MINIMUM, amount_update_fields, "amount_below_minimum"),
    WITH(LN_FEE_INSUFFICIENT, amount_update_fields, "fee_insufficient"),
    WITH(LN_INCORRECT_CLTV_EXPIRY, cltv_update_fields, "incorrect_cltv_expiry"),
    WITH(LN_EXPIRY_TOO_SOON, update_fields, "expiry_too_soon"),
    WITH(LN_INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS, details_fields, "incorrect_or_unknown_payment_details"),
    WITH(LN_FINAL_INCORRECT_CLTV_EXPIRY, cltv_fields, "final_incorrect_cltv_expiry"),
    WITH(LN_FINAL_INCORRECT_HTLC_AMOUNT, amount_fields, "final_incorrect_htlc_amount"),
    WITH(LN_CHANNEL_DISABLED, disabled_fields, "channel_disabled"),
    BARE(LN_EXPIRY_TOO_FAR, "expiry_too_far"),
    WITH(LN_INVALID_ONION_PAYLOAD, payload_fields, "invalid_onion_payload"),
    BARE(LN_MPP_TIMEOUT, "mpp_timeout"),
    WITH(LN_INVALID_ONION_BLINDING, onion_fields, "invalid_onion_blinding"),
};

static const struct code_row *find_code(uint16_t code)
{
    for (size_t i = 0; i < sizeof code_rows / sizeof code_rows[0]; i++) {
        if (code_rows[i].code == code) {
            return &code_rows[i];
        }
    }
    return NULL;
}

const char *ln_failure_name(uint16_t code)
{
    const struct code_row *row = find_code(code);
    return row == NULL ? NULL : row->name;
}

enum ln_failure_code ln_failure_of_onion(enum ln_onion_result result)
{
    switch (result) {
    case LN_ONION_VERSION:
        return LN_INVALID_ONION_VERSION;
    case LN_ONION_KEY:
        return LN_INVALID_ONION_KEY;
    case LN_ONION_HMAC:
        return LN_INVALID_ONION_HMAC;
    case LN_ONION_PAYLOAD:
        return LN_INVALID_ONION_PAYLOAD;
    case LN_ONION_OK:
    case LN_ONION_TOO_LONG:
        break;
    }
    assert(false && "no failure of a received onion");
    return LN_PERMANENT_NODE_FAILURE;
}

/* ---- messages ---- */

enum ln_wire ln_failure_decode(struct ln_failure *failure, struct btc_bytes bytes)
{
    struct ln_fault fault = {0};
    struct ln_reader reader = ln_reader_init(bytes.data, bytes.length);
    memset(failure, 0, sizeof *failure);
    failure->code = (uint16_t)ln_read_unsigned(&reader, 2);
    const struct code_row *row = find_code(failure->code);
    if (row != NULL) {
        ln_fields_read(&reader, failure, row->fields, row->field_count, &fault);
    }
    if (reader.fault == LN_WIRE_OK) {
        size_t left = ln_reader_left(&reader);
        failure->rest = btc_bytes(ln_read_bytes(&reader, left), left);
    }
    return reader.fault;
}

enum ln_wire ln_failure_encode(uint8_t *bytes, size_t capacity, size_t *length, const struct ln_failure *failure)
{
    const struct code_row *row = find_code(failure->code);
    struct ln_writer writer = ln_writer_init(bytes, capacity);
    ln_write_unsigned(&writer, failure->code, 2);
    if (row != NULL) {
        ln_fields_write(&writer, failure, row->fields, row->field_count);
    }
    ln_write_bytes(&writer, failure->rest.data, failure->rest.length);
    if (writer.fault == LN_WIRE_OK) {
        *length = writer.at;
    }
    return writer.fault;
}

/* ---- packets ---- */

static void packet_hmac(uint8_t hmac[HMAC_BYTES], const uint8_t *packet, size_t length, const uint8_t secret[32])
{
    uint8_t um[32];
    struct btc_bytes covered = btc_bytes(packet + HMAC_BYTES, length - HMAC_BYTES);
    ln_key_of_type(um, "um", secret);
    ln_hmac(hmac, btc_bytes(um, 32), &covered, 1);
}

size_t ln_failure_wrap_first(uint8_t *packet, struct btc_bytes message, size_t padded, const uint8_t secret[32])
{
    assert(message.length <= 65535 && padded <= 65535);
    size_t pad = message.length < padded ? padded - message.length : 0;
    size_t length = LN_FAILURE_OVERHEAD + message.length + pad;
    struct ln_writer writer = ln_writer_init(packet, length);
    writer.at = HMAC_BYTES;
    ln_write_unsigned(&writer, message.length, 2);
    ln_write_bytes(&writer, message.data, message.length);
    ln_write_unsigned(&writer, pad, 2);
    assert(writer.fault == LN_WIRE_OK && writer.at + pad == length);
    memset(packet + writer.at, 0, pad);
    packet_hmac(packet, packet, length, secret);
    return length;
}

void ln_failure_wrap(uint8_t *packet, size_t length, const uint8_t secret[32])
{
    uint8_t key[32];
    ln_key_of_type(key, "ammag", secret);
    ln_stream_xor(packet, length, key);
}

static bool is_from(const uint8_t *packet, size_t length, const uint8_t secret[32])
{
    uint8_t hmac[HMAC_BYTES];
    packet_hmac(hmac, packet, length, secret);
    return ln_equal_secret(hmac, packet, HMAC_BYTES);
}

/* The message of a packet that is plain again; empty if its lengths are nonsense. */
static struct btc_bytes message_in(const uint8_t *packet, size_t length)
{
    struct ln_reader reader = ln_reader_init(packet + HMAC_BYTES, length - HMAC_BYTES);
    size_t message_length = (size_t)ln_read_unsigned(&reader, 2);
    const uint8_t *message = ln_read_bytes(&reader, message_length);
    return btc_bytes(message, message == NULL ? 0 : message_length);
}

static void check_attribution(struct ln_failure_report *report, uint8_t *attribution, struct btc_bytes packet,
                              const struct ln_onion_path *path, uint32_t hop)
{
    uint32_t distance = path->count - 1 - hop;
    if (attribution == NULL || report->blamed >= 0 || distance >= LN_ATTRIBUTION_HOPS) {
        return;
    }
    uint32_t hold_time;
    if (!ln_attribution_remove(attribution, &hold_time, path->secrets[hop], distance, packet)) {
        report->blamed = (int)hop;
    } else if (report->hold_count < LN_ATTRIBUTION_HOPS) {
        report->hold_times[report->hold_count++] = hold_time;
    }
}

/* Goes on for as many rounds as the longest route has, so that the time it takes tells nobody how far away the failure
 * was. The rounds come in pairs, of which the second takes the first one's stream off again. */
static void spend_rounds(uint8_t *packet, size_t length, uint32_t done)
{
    static const uint8_t nobody[32];
    for (uint32_t round = done; round + 1 < LN_ONION_HOPS_MAX; round += 2) {
        for (unsigned twice = 0; twice < 2; twice++) {
            (void)is_from(packet, length, nobody);
            ln_failure_wrap(packet, length, nobody);
        }
    }
}

bool ln_failure_unwrap(struct ln_failure_report *report, uint8_t *packet, size_t length, uint8_t *attribution,
                       const struct ln_onion_path *path)
{
    memset(report, 0, sizeof *report);
    report->source = -1;
    report->blamed = -1;
    if (length < LN_FAILURE_OVERHEAD) {
        return false;
    }
    uint32_t hop = 0;
    while (hop < path->count && report->source < 0) {
        ln_failure_wrap(packet, length, path->secrets[hop]);
        check_attribution(report, attribution, btc_bytes(packet, length), path, hop);
        if (is_from(packet, length, path->secrets[hop])) {
            report->source = (int)hop;
        }
        hop++;
    }
    spend_rounds(packet, length, hop);
    if (report->source >= 0) {
        report->message = message_in(packet, length);
    }
    return report->source >= 0;
}
