/* message_channel.h: the structs of messages about one channel.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Field by field as in BOLT 2, in BOLT's order. Signatures are 64 bytes (R || S), points 33 bytes compressed, txids as
 * hashed.
 */
#ifndef KONSENTO_LIGHTNING_MESSAGE_CHANNEL_H
#define KONSENTO_LIGHTNING_MESSAGE_CHANNEL_H

#include "protocol/lightning/tlv.h"

#define LN_ONION_BYTES       1366
#define LN_ATTRIBUTION_BYTES 920 /* 20 hold times and 210 truncated HMACs of 4 bytes */

/* open_channel and accept_channel; the second has no chain_hash, amounts, feerate, flags, the first no minimum_depth.
 */
struct ln_channel_offer {
    uint8_t chain_hash[32];
    uint8_t temporary_channel_id[32];
    uint64_t funding_sat;
    uint64_t push_msat;
    uint64_t dust_limit_sat;
    uint64_t max_htlc_value_in_flight_msat;
    uint64_t channel_reserve_sat;
    uint64_t htlc_minimum_msat;
    uint32_t minimum_depth_blocks;
    uint32_t feerate_sat_per_kwu;
    uint16_t to_self_delay_blocks;
    uint16_t max_accepted_htlcs;
    uint8_t funding_pubkey[33];
    uint8_t revocation_basepoint[33];
    uint8_t payment_basepoint[33];
    uint8_t delayed_payment_basepoint[33];
    uint8_t htlc_basepoint[33];
    uint8_t first_per_commitment_point[33];
    uint8_t channel_flags;
    struct btc_bytes shutdown_script;
    struct btc_bytes channel_type; /* feature bits */
};

struct ln_funding_created {
    uint8_t temporary_channel_id[32];
    uint8_t funding_txid[32];
    uint16_t funding_output_index;
    uint8_t signature[64];
};

struct ln_funding_signed {
    uint8_t channel_id[32];
    uint8_t signature[64];
};

struct ln_channel_ready {
    uint8_t channel_id[32];
    uint8_t second_per_commitment_point[33];
    uint64_t alias; /* short channel id */
};

struct ln_shutdown {
    uint8_t channel_id[32];
    struct btc_bytes script;
};

struct ln_closing_signed {
    uint8_t channel_id[32];
    uint64_t fee_sat;
    uint8_t signature[64];
    uint64_t min_fee_sat;
    uint64_t max_fee_sat;
};

struct ln_update_add_htlc {
    uint8_t channel_id[32];
    uint64_t id;
    uint64_t amount_msat;
    uint8_t payment_hash[32];
    uint32_t cltv_expiry_height;
    struct btc_bytes onion; /* LN_ONION_BYTES */
    uint8_t path_key[33];
};

struct ln_update_fulfill_htlc {
    uint8_t channel_id[32];
    uint64_t id;
    uint8_t payment_preimage[32];
    struct btc_bytes attribution; /* LN_ATTRIBUTION_BYTES */
};

struct ln_update_fail_htlc {
    uint8_t channel_id[32];
    uint64_t id;
    struct btc_bytes reason;
    struct btc_bytes attribution; /* LN_ATTRIBUTION_BYTES */
};

struct ln_commitment_signed {
    uint8_t channel_id[32];
    uint8_t signature[64];
    struct btc_bytes htlc_signatures; /* 64 bytes each */
    uint8_t funding_txid[32];
};

struct ln_revoke_and_ack {
    uint8_t channel_id[32];
    uint8_t per_commitment_secret[32];
    uint8_t next_per_commitment_point[33];
};

struct ln_update_fee {
    uint8_t channel_id[32];
    uint32_t feerate_sat_per_kwu;
};

struct ln_update_fail_malformed_htlc {
    uint8_t channel_id[32];
    uint64_t id;
    uint8_t sha256_of_onion[32];
    uint16_t failure_code;
};

struct ln_channel_reestablish {
    uint8_t channel_id[32];
    uint64_t next_commitment_number;
    uint64_t next_revocation_number;
    uint8_t your_last_per_commitment_secret[32];
    uint8_t my_current_per_commitment_point[33];
    uint8_t next_funding_txid[32];
    uint8_t next_funding_flags;
    uint8_t funding_locked_txid[32];
    uint8_t funding_locked_flags;
};

#endif
