/* payload.h: what an onion tells a hop: the TLV payloads.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Blinded paths are not supported: a payload that belongs to one is read and named, its meaning is not. Keysend carries
 * its preimage in record 5482373484 (bLIP 3). Source: BOLT 4, payload format, basic multi-part payments.
 */
#ifndef KONSENTO_LIGHTNING_PAYLOAD_H
#define KONSENTO_LIGHTNING_PAYLOAD_H

#include "protocol/lightning/msat.h"
#include "protocol/lightning/tlv.h"

#define LN_KEYSEND_TYPE UINT64_C(5482373484)

/* Bits of tlvs.present. */
enum ln_payload_record {
    LN_PAYLOAD_AMOUNT = 1,     /* 2 amt_to_forward */
    LN_PAYLOAD_CLTV = 2,       /* 4 outgoing_cltv_value */
    LN_PAYLOAD_CHANNEL = 4,    /* 6 short_channel_id */
    LN_PAYLOAD_PAYMENT = 8,    /* 8 payment_data */
    LN_PAYLOAD_ENCRYPTED = 16, /* 10 encrypted_recipient_data */
    LN_PAYLOAD_PATH_KEY = 32,  /* 12 current_path_key */
    LN_PAYLOAD_METADATA = 64,  /* 16 payment_metadata */
    LN_PAYLOAD_TOTAL = 128,    /* 18 total_amount_msat */
    LN_PAYLOAD_KEYSEND = 256,  /* 5482373484 */
};

struct ln_payload {
    struct ln_tlvs tlvs;
    uint64_t amount_msat;
    uint64_t cltv_height;
    uint64_t short_channel_id;
    uint8_t payment_secret[32];
    uint64_t total_msat;
    struct btc_bytes encrypted;
    uint8_t path_key[33];
    struct btc_bytes metadata;
    uint64_t blinded_total_msat;
    uint8_t keysend_preimage[32];
};

enum ln_payload_place {
    LN_PAYLOAD_FORWARD, /* a hop on the way */
    LN_PAYLOAD_FINAL,   /* the payee */
};

/* Reads a payload and checks that it has what its place needs: amount and expiry, and a channel to forward over; no
 * path key without encrypted data; amounts up to 21 million bitcoin. A payload with encrypted data is of a blinded path
 * and passes without these checks. Out: fault, which names the record for invalid_onion_payload; views point into
 * bytes.
 */
__attribute__((warn_unused_result)) enum ln_wire ln_payload_decode(struct ln_payload *payload, struct ln_fault *fault,
                                                                   enum ln_payload_place place, struct btc_bytes bytes);
/* In: tlvs.present says which records. Out: length. Returns LN_WIRE_SPACE if capacity does not suffice. */
__attribute__((warn_unused_result)) enum ln_wire ln_payload_encode(uint8_t *bytes, size_t capacity, size_t *length,
                                                                   const struct ln_payload *payload);

#endif
