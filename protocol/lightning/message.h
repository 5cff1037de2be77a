/* message.h: the messages of BOLT 1, 2 and 7, between bytes and structs.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     type (2 bytes) | fields | extension (a TLV stream)
 *
 * One table of fields per message (message_table.c) serves reader and writer, so decode followed by encode gives the
 * same bytes: unknown odd records are kept in tlvs.stream. Gossip (256 to 258) is signed over all of its bytes, which
 * may hold more than we know: there the extension is kept unread, as BOLT 1 allows. Views point into the decoded bytes.
 * Source: BOLT 1, 2, 7.
 */
#ifndef KONSENTO_LIGHTNING_MESSAGE_H
#define KONSENTO_LIGHTNING_MESSAGE_H

#include "protocol/bitcoin/curve.h"
#include "protocol/lightning/message_channel.h"
#include "protocol/lightning/message_node.h"
#include "protocol/lightning/message_type.h"

#define LN_MESSAGE_BYTES_MAX 65535

struct ln_message {
    uint16_t type;
    struct ln_tlvs tlvs;
    union {
        struct ln_init init;
        struct ln_complaint complaint;
        struct ln_ping ping;
        struct ln_pong pong;
        struct ln_channel_offer channel;
        struct ln_funding_created funding_created;
        struct ln_funding_signed funding_signed;
        struct ln_channel_ready channel_ready;
        struct ln_shutdown shutdown;
        struct ln_closing_signed closing_signed;
        struct ln_update_add_htlc add;
        struct ln_update_fulfill_htlc fulfill;
        struct ln_update_fail_htlc fail;
        struct ln_commitment_signed commitment_signed;
        struct ln_revoke_and_ack revoke_and_ack;
        struct ln_update_fee fee;
        struct ln_update_fail_malformed_htlc malformed;
        struct ln_channel_reestablish reestablish;
        struct ln_channel_announcement channel_announcement;
        struct ln_node_announcement node_announcement;
        struct ln_channel_update channel_update;
        struct ln_announcement_signatures announcement_signatures;
        struct ln_query_short_channel_ids query_ids;
        struct ln_reply_short_channel_ids_end reply_ids_end;
        struct ln_query_channel_range query_range;
        struct ln_reply_channel_range reply_range;
        struct ln_gossip_timestamp_filter timestamp_filter;
    };
};

/* In: bytes of one whole message. Out: message; fault, which may be NULL, when the result is not LN_WIRE_OK: its offset
 * counts from the type's first byte. Returns LN_WIRE_UNKNOWN_ODD for a type to be ignored and LN_WIRE_UNKNOWN_EVEN,
 * with fault->field NULL, for one to disconnect over. */
__attribute__((warn_unused_result)) enum ln_wire ln_message_decode(struct ln_message *message, struct ln_fault *fault,
                                                                   const uint8_t *bytes, size_t length);

/* Out: length. Returns LN_WIRE_SPACE when capacity, or LN_MESSAGE_BYTES_MAX, do not suffice. In: message whose type is
 * known and whose blocks have their fixed lengths (asserts). */
__attribute__((warn_unused_result)) enum ln_wire ln_message_encode(uint8_t *bytes, size_t capacity, size_t *length,
                                                                   const struct ln_message *message);

/* The name that BOLT gives a type, NULL for a type that is unknown. */
const char *ln_message_name(uint16_t type);

/* The field, by its BOLT place, of a message: table access for tests and for people who read traces.
 * Returns NULL behind the last. */
const struct ln_field *ln_message_field(uint16_t type, size_t index);
/* The records that may extend a message. Returns NULL for a type that is unknown. */
const struct ln_rules *ln_message_rules(uint16_t type);

/* Checks that each point of the message, records included, is on the curve. Returns the name of the first that is not,
 * NULL if all are: for messages whose points are kept for later use. */
const char *ln_message_bad_point(const struct btc_curve *curve, const struct ln_message *message);

#endif
