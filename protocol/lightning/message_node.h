/* message_node.h: the structs of messages between nodes: setup, control, gossip.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Field by field as in BOLT 1 and 7, in BOLT's order. Signatures are 64 bytes (R || S), points 33 bytes compressed.
 */
#ifndef KONSENTO_LIGHTNING_MESSAGE_NODE_H
#define KONSENTO_LIGHTNING_MESSAGE_NODE_H

#include "protocol/lightning/tlv.h"

struct ln_init {
    struct btc_bytes global_features;
    struct btc_bytes features;
    struct btc_bytes networks; /* chain hashes of 32 bytes */
    struct btc_bytes remote_addr;
};

/* error and warning */
struct ln_complaint {
    uint8_t channel_id[32];
    struct btc_bytes data;
};

struct ln_ping {
    uint16_t num_pong_bytes;
    struct btc_bytes ignored;
};

struct ln_pong {
    struct btc_bytes ignored;
};

struct ln_channel_announcement {
    uint8_t node_signature_1[64];
    uint8_t node_signature_2[64];
    uint8_t bitcoin_signature_1[64];
    uint8_t bitcoin_signature_2[64];
    struct btc_bytes features;
    uint8_t chain_hash[32];
    uint64_t short_channel_id;
    uint8_t node_id_1[33];
    uint8_t node_id_2[33];
    uint8_t bitcoin_key_1[33];
    uint8_t bitcoin_key_2[33];
};

struct ln_node_announcement {
    uint8_t signature[64];
    struct btc_bytes features;
    uint32_t timestamp;
    uint8_t node_id[33];
    uint8_t rgb_color[3];
    uint8_t alias[32];
    struct btc_bytes addresses;
};

struct ln_channel_update {
    uint8_t signature[64];
    uint8_t chain_hash[32];
    uint64_t short_channel_id;
    uint32_t timestamp;
    uint8_t message_flags;
    uint8_t channel_flags;
    uint16_t cltv_expiry_delta_blocks;
    uint64_t htlc_minimum_msat;
    uint32_t fee_base_msat;
    uint32_t fee_proportional_ppm;
    uint64_t htlc_maximum_msat;
};

struct ln_announcement_signatures {
    uint8_t channel_id[32];
    uint64_t short_channel_id;
    uint8_t node_signature[64];
    uint8_t bitcoin_signature[64];
};

/* Arrays in the messages that follow begin with a byte that says how they are encoded: see query.h. */
struct ln_query_short_channel_ids {
    uint8_t chain_hash[32];
    struct btc_bytes short_ids;
    struct btc_bytes flags;
};

struct ln_reply_short_channel_ids_end {
    uint8_t chain_hash[32];
    uint8_t full_information;
};

struct ln_query_channel_range {
    uint8_t chain_hash[32];
    uint32_t first_height;
    uint32_t count_blocks;
    uint64_t options; /* LN_QUERY_TIMESTAMPS, LN_QUERY_CHECKSUMS */
};

struct ln_reply_channel_range {
    uint8_t chain_hash[32];
    uint32_t first_height;
    uint32_t count_blocks;
    uint8_t sync_complete;
    struct btc_bytes short_ids;
    struct btc_bytes timestamps;
    struct btc_bytes checksums; /* two of 4 bytes per channel, without a byte for their encoding */
};

struct ln_gossip_timestamp_filter {
    uint8_t chain_hash[32];
    uint32_t first_timestamp;
    uint32_t timestamp_range;
};

#endif
