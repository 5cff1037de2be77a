/* message_table.c: the fields and records of each message, as BOLT 1, 2 and 7 list them.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/message_table.h"

#include "protocol/lightning/message_channel.h"
#include "protocol/lightning/message_node.h"
#include "protocol/lightning/message_type.h"

#define COUNTED(type_, member_, size_) LN_FIELD(LN_KIND_COUNTED, type_, member_, size_)
#define BLOCK(type_, member_, size_)   LN_FIELD(LN_KIND_BLOCK, type_, member_, size_)
#define REST(type_, member_, size_)    LN_FIELD(LN_KIND_REST, type_, member_, size_)
#define U(member_)                     LN_UNSIGNED(struct T, member_)
#define B(member_)                     LN_BYTES(struct T, member_)
#define P(member_)                     LN_POINT(struct T, member_)
#define COUNT(array_)                  (sizeof(array_) / sizeof((array_)[0]))
#define RULE(type_, bit_, fields_)                                                                                     \
    {                                                                                                                  \
        .type = (type_), .bit = (bit_), .fields = (fields_), .field_count = COUNT(fields_)                             \
    }

/* ---- BOLT 1 ---- */

#define T ln_init
static const struct ln_field init_fields[] = {COUNTED(struct T, global_features, 1), COUNTED(struct T, features, 1)};
static const struct ln_field init_networks[] = {REST(struct T, networks, 32)};
static const struct ln_field init_remote_addr[] = {REST(struct T, remote_addr, 1)};
static const struct ln_rule init_rules[] = {RULE(1, LN_HAS_NETWORKS, init_networks),
                                            RULE(3, LN_HAS_REMOTE_ADDR, init_remote_addr)};
#undef T

#define T ln_complaint
static const struct ln_field complaint_fields[] = {B(channel_id), COUNTED(struct T, data, 1)};
#undef T

#define T ln_ping
static const struct ln_field ping_fields[] = {U(num_pong_bytes), COUNTED(struct T, ignored, 1)};
#undef T

#define T ln_pong
static const struct ln_field pong_fields[] = {COUNTED(struct T, ignored, 1)};
#undef T

/* ---- BOLT 2, establishment ---- */

#define T ln_channel_offer
#define SIX_POINTS                                                                                                     \
    P(funding_pubkey), P(revocation_basepoint), P(payment_basepoint), P(delayed_payment_basepoint), P(htlc_basepoint), \
        P(first_per_commitment_point)
static const struct ln_field open_fields[] = {
    B(chain_hash),          B(temporary_channel_id),          U(funding_sat),         U(push_msat),
    U(dust_limit_sat),      U(max_htlc_value_in_flight_msat), U(channel_reserve_sat), U(htlc_minimum_msat),
    U(feerate_sat_per_kwu), U(to_self_delay_blocks),          U(max_accepted_htlcs),  SIX_POINTS,
    U(channel_flags),
};
static const struct ln_field accept_fields[] = {
    B(temporary_channel_id), U(dust_limit_sat),     U(max_htlc_value_in_flight_msat),
    U(channel_reserve_sat),  U(htlc_minimum_msat),  U(minimum_depth_blocks),
    U(to_self_delay_blocks), U(max_accepted_htlcs), SIX_POINTS,
};
static const struct ln_field offer_shutdown[] = {REST(struct T, shutdown_script, 1)};
static const struct ln_field offer_type[] = {REST(struct T, channel_type, 1)};
static const struct ln_rule offer_rules[] = {RULE(0, LN_HAS_SHUTDOWN_SCRIPT, offer_shutdown),
                                             RULE(1, LN_HAS_CHANNEL_TYPE, offer_type)};
#undef T

#define T ln_funding_created
static const struct ln_field funding_created_fields[] = {B(temporary_channel_id), B(funding_txid),
                                                         U(funding_output_index), B(signature)};
#undef T

#define T ln_funding_signed
static const struct ln_field funding_signed_fields[] = {B(channel_id), B(signature)};
#undef T

#define T ln_channel_ready
static const struct ln_field ready_fields[] = {B(channel_id), P(second_per_commitment_point)};
static const struct ln_field ready_alias[] = {U(alias)};
static const struct ln_rule ready_rules[] = {RULE(1, LN_HAS_ALIAS, ready_alias)};
#undef T

/* ---- BOLT 2, closing ---- */

#define T ln_shutdown
static const struct ln_field shutdown_fields[] = {B(channel_id), COUNTED(struct T, script, 1)};
#undef T

#define T ln_closing_signed
static const struct ln_field closing_fields[] = {B(channel_id), U(fee_sat), B(signature)};
static const struct ln_field closing_range[] = {U(min_fee_sat), U(max_fee_sat)};
static const struct ln_rule closing_rules[] = {RULE(1, LN_HAS_FEE_RANGE, closing_range)};
#undef T

/* ---- BOLT 2, normal operation ---- */

#define T ln_update_add_htlc
static const struct ln_field add_fields[] = {B(channel_id),         U(id),
                                             U(amount_msat),        B(payment_hash),
                                             U(cltv_expiry_height), BLOCK(struct T, onion, LN_ONION_BYTES)};
static const struct ln_field add_path_key[] = {P(path_key)};
static const struct ln_rule add_rules[] = {RULE(0, LN_HAS_PATH_KEY, add_path_key)};
#undef T

#define T ln_update_fulfill_htlc
static const struct ln_field fulfill_fields[] = {B(channel_id), U(id), B(payment_preimage)};
static const struct ln_field fulfill_attribution[] = {BLOCK(struct T, attribution, LN_ATTRIBUTION_BYTES)};
static const struct ln_rule fulfill_rules[] = {RULE(1, LN_HAS_ATTRIBUTION, fulfill_attribution)};
#undef T

#define T ln_update_fail_htlc
static const struct ln_field fail_fields[] = {B(channel_id), U(id), COUNTED(struct T, reason, 1)};
static const struct ln_field fail_attribution[] = {BLOCK(struct T, attribution, LN_ATTRIBUTION_BYTES)};
static const struct ln_rule fail_rules[] = {RULE(1, LN_HAS_ATTRIBUTION, fail_attribution)};
#undef T

#define T ln_commitment_signed
static const struct ln_field commitment_fields[] = {B(channel_id), B(signature),
                                                    COUNTED(struct T, htlc_signatures, 64)};
static const struct ln_field commitment_txid[] = {B(funding_txid)};
static const struct ln_rule commitment_rules[] = {RULE(1, LN_HAS_FUNDING_TXID, commitment_txid)};
#undef T

#define T ln_revoke_and_ack
static const struct ln_field revoke_fields[] = {B(channel_id), B(per_commitment_secret), P(next_per_commitment_point)};
#undef T

#define T ln_update_fee
static const struct ln_field fee_fields[] = {B(channel_id), U(feerate_sat_per_kwu)};
#undef T

#define T ln_update_fail_malformed_htlc
static const struct ln_field malformed_fields[] = {B(channel_id), U(id), B(sha256_of_onion), U(failure_code)};
#undef T

#define T ln_channel_reestablish
static const struct ln_field reestablish_fields[] = {B(channel_id), U(next_commitment_number),
                                                     U(next_revocation_number), B(your_last_per_commitment_secret),
                                                     P(my_current_per_commitment_point)};
static const struct ln_field next_funding[] = {B(next_funding_txid), U(next_funding_flags)};
static const struct ln_field funding_locked[] = {B(funding_locked_txid), U(funding_locked_flags)};
static const struct ln_rule reestablish_rules[] = {RULE(1, LN_HAS_NEXT_FUNDING, next_funding),
                                                   RULE(5, LN_HAS_FUNDING_LOCKED, funding_locked)};
#undef T

/* ---- BOLT 7 ---- */

#define T ln_channel_announcement
static const struct ln_field channel_announcement_fields[] = {
    B(node_signature_1),
    B(node_signature_2),
    B(bitcoin_signature_1),
    B(bitcoin_signature_2),
    COUNTED(struct T, features, 1),
    B(chain_hash),
    U(short_channel_id),
    P(node_id_1),
    P(node_id_2),
    P(bitcoin_key_1),
    P(bitcoin_key_2),
};
#undef T

#define T ln_node_announcement
static const struct ln_field node_announcement_fields[] = {
    B(signature), COUNTED(struct T, features, 1), U(timestamp), P(node_id), B(rgb_color),
    B(alias),     COUNTED(struct T, addresses, 1)};
#undef T

#define T ln_channel_update
static const struct ln_field channel_update_fields[] = {
    B(signature),     B(chain_hash),           U(short_channel_id),         U(timestamp),
    U(message_flags), U(channel_flags),        U(cltv_expiry_delta_blocks), U(htlc_minimum_msat),
    U(fee_base_msat), U(fee_proportional_ppm), U(htlc_maximum_msat),
};
#undef T

#define T ln_announcement_signatures
static const struct ln_field signatures_fields[] = {B(channel_id), U(short_channel_id), B(node_signature),
                                                    B(bitcoin_signature)};
#undef T

#define T ln_query_short_channel_ids
static const struct ln_field query_ids_fields[] = {B(chain_hash), COUNTED(struct T, short_ids, 1)};
static const struct ln_field query_ids_flags[] = {REST(struct T, flags, 1)};
static const struct ln_rule query_ids_rules[] = {RULE(1, LN_HAS_QUERY_FLAGS, query_ids_flags)};
#undef T

#define T ln_reply_short_channel_ids_end
static const struct ln_field reply_ids_fields[] = {B(chain_hash), U(full_information)};
#undef T

#define T ln_query_channel_range
static const struct ln_field query_range_fields[] = {B(chain_hash), U(first_height), U(count_blocks)};
static const struct ln_field query_range_options[] = {LN_FIELD(LN_KIND_BIGSIZE, struct T, options, 0)};
static const struct ln_rule query_range_rules[] = {RULE(1, LN_HAS_QUERY_OPTION, query_range_options)};
#undef T

#define T ln_reply_channel_range
static const struct ln_field reply_range_fields[] = {B(chain_hash), U(first_height), U(count_blocks), U(sync_complete),
                                                     COUNTED(struct T, short_ids, 1)};
static const struct ln_field reply_range_timestamps[] = {REST(struct T, timestamps, 1)};
static const struct ln_field reply_range_checksums[] = {REST(struct T, checksums, 8)};
static const struct ln_rule reply_range_rules[] = {RULE(1, LN_HAS_TIMESTAMPS, reply_range_timestamps),
                                                   RULE(3, LN_HAS_CHECKSUMS, reply_range_checksums)};
#undef T

#define T ln_gossip_timestamp_filter
static const struct ln_field filter_fields[] = {B(chain_hash), U(first_timestamp), U(timestamp_range)};
#undef T

/* ---- all ---- */

#define PLAIN(type_, name_, fields_)                                                                                   \
    {                                                                                                                  \
        .type = (type_), .name = (name_), .fields = (fields_), .field_count = COUNT(fields_)                           \
    }
#define WITH(type_, name_, fields_, rules_)                                                                            \
    {                                                                                                                  \
        .type = (type_), .name = (name_), .fields = (fields_), .field_count = COUNT(fields_), .extension = {           \
            (rules_),                                                                                                  \
            COUNT(rules_)                                                                                              \
        }                                                                                                              \
    }
#define GOSSIP(type_, name_, fields_)                                                                                  \
    {                                                                                                                  \
        .type = (type_), .name = (name_), .fields = (fields_), .field_count = COUNT(fields_), .opaque = true           \
    }

static const struct ln_layout layouts[] = {
    PLAIN(LN_WARNING, "warning", complaint_fields),
    WITH(LN_INIT, "init", init_fields, init_rules),
    PLAIN(LN_ERROR, "error", complaint_fields),
    PLAIN(LN_PING, "ping", ping_fields),
    PLAIN(LN_PONG, "pong", pong_fields),
    WITH(LN_OPEN_CHANNEL, "open_channel", open_fields, offer_rules),
    WITH(LN_ACCEPT_CHANNEL, "accept_channel", accept_fields, offer_rules),
    PLAIN(LN_FUNDING_CREATED, "funding_created", funding_created_fields),
    PLAIN(LN_FUNDING_SIGNED, "funding_signed", funding_signed_fields),
    WITH(LN_CHANNEL_READY, "channel_ready", ready_fields, ready_rules),
    PLAIN(LN_SHUTDOWN, "shutdown", shutdown_fields),
    WITH(LN_CLOSING_SIGNED, "closing_signed", closing_fields, closing_rules),
    WITH(LN_UPDATE_ADD_HTLC, "update_add_htlc", add_fields, add_rules),
    WITH(LN_UPDATE_FULFILL_HTLC, "update_fulfill_htlc", fulfill_fields, fulfill_rules),
    WITH(LN_UPDATE_FAIL_HTLC, "update_fail_htlc", fail_fields, fail_rules),
    WITH(LN_COMMITMENT_SIGNED, "commitment_signed", commitment_fields, commitment_rules),
    PLAIN(LN_REVOKE_AND_ACK, "revoke_and_ack", revoke_fields),
    PLAIN(LN_UPDATE_FEE, "update_fee", fee_fields),
    PLAIN(LN_UPDATE_FAIL_MALFORMED_HTLC, "update_fail_malformed_htlc", malformed_fields),
    WITH(LN_CHANNEL_REESTABLISH, "channel_reestablish", reestablish_fields, reestablish_rules),
    GOSSIP(LN_CHANNEL_ANNOUNCEMENT, "channel_announcement", channel_announcement_fields),
    GOSSIP(LN_NODE_ANNOUNCEMENT, "node_announcement", node_announcement_fields),
    GOSSIP(LN_CHANNEL_UPDATE, "channel_update", channel_update_fields),
    PLAIN(LN_ANNOUNCEMENT_SIGNATURES, "announcement_signatures", signatures_fields),
    WITH(LN_QUERY_SHORT_CHANNEL_IDS, "query_short_channel_ids", query_ids_fields, query_ids_rules),
    PLAIN(LN_REPLY_SHORT_CHANNEL_IDS_END, "reply_short_channel_ids_end", reply_ids_fields),
    WITH(LN_QUERY_CHANNEL_RANGE, "query_channel_range", query_range_fields, query_range_rules),
    WITH(LN_REPLY_CHANNEL_RANGE, "reply_channel_range", reply_range_fields, reply_range_rules),
    PLAIN(LN_GOSSIP_TIMESTAMP_FILTER, "gossip_timestamp_filter", filter_fields),
};

const struct ln_layout *ln_layout_find(uint16_t type)
{
    size_t low = 0;
    size_t high = COUNT(layouts);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (layouts[middle].type < type) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < COUNT(layouts) && layouts[low].type == type ? &layouts[low] : NULL;
}
