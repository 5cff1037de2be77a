/* gossip.h: what nodes tell everybody: signed, and checked.   [real]
 * SPDX-License-Identifier: MIT
 *
 * A message of gossip is signed over the double SHA-256 of all of its bytes behind its signatures, bytes that we do not
 * know included. So it is checked as it came: keep the bytes beside the decoded message (message.h), send on the bytes.
 *
 *     channel_announcement   four signatures: both nodes', and both funding keys'
 *     node_announcement      the node's
 *     channel_update         that of the node that channel_flags' lowest bit names: 0 for node_id_1
 *
 * Whether the funding output exists is for who has a chain to say. Source: BOLT 7.
 */
#ifndef KONSENTO_LIGHTNING_GOSSIP_H
#define KONSENTO_LIGHTNING_GOSSIP_H

#include "protocol/lightning/message.h"

/* channel_update's message_flags and channel_flags. */
#define LN_UPDATE_MUST_BE_ONE  1
#define LN_UPDATE_DONT_FORWARD 2
#define LN_UPDATE_DIRECTION    1
#define LN_UPDATE_DISABLE      2

enum ln_gossip_result {
    LN_GOSSIP_OK,
    LN_GOSSIP_SHORT,     /* too few bytes, or no gossip */
    LN_GOSSIP_ORDER,     /* channel_announcement: node_id_1 is not the lesser, or is node_id_2 */
    LN_GOSSIP_ADDRESSES, /* node_announcement: cut off within an address */
    LN_GOSSIP_KEY,       /* a key is no point */
    LN_GOSSIP_SIGNATURE, /* wrong, or with a high S */
};

/* Which signature of a message. */
enum ln_gossip_place {
    LN_GOSSIP_NODE_1, /* of node_announcement and channel_update: the only one */
    LN_GOSSIP_NODE_2,
    LN_GOSSIP_BITCOIN_1,
    LN_GOSSIP_BITCOIN_2,
};

/* What is signed. In: bytes of one whole message. Returns LN_GOSSIP_OK or LN_GOSSIP_SHORT. */
__attribute__((warn_unused_result)) enum ln_gossip_result ln_gossip_hash(uint8_t hash[32], struct btc_bytes bytes);

/* Signs: puts the signature into its place among the bytes, which are otherwise complete. Returns LN_GOSSIP_OK,
 * LN_GOSSIP_SHORT, or LN_GOSSIP_KEY for a bad secret. */
BTC_CURVE_MUST_USE enum ln_gossip_result ln_gossip_sign(const struct btc_curve *curve, uint8_t *bytes, size_t length,
                                                        enum ln_gossip_place place, const uint8_t secret[32]);

/* Checks form and signatures, cheapest first. In: message, decoded from bytes; node_id, 33 bytes, for channel_update:
 * who must have signed it; NULL otherwise. curve may be NULL. */
BTC_CURVE_MUST_USE enum ln_gossip_result ln_gossip_verify(const struct btc_curve *curve,
                                                          const struct ln_message *message, struct btc_bytes bytes,
                                                          const uint8_t *node_id);
/* One signature of one key. */
BTC_CURVE_MUST_USE enum ln_gossip_result ln_gossip_check_signature(const struct btc_curve *curve,
                                                                   const uint8_t signature[64], const uint8_t hash[32],
                                                                   const uint8_t key[33]);
/* Form alone: for gossip that somebody we trust has checked, a file of our own say. */
__attribute__((warn_unused_result)) enum ln_gossip_result ln_gossip_check_form(const struct ln_message *message);

/* Whether BOLT allows to send it on: not a node_announcement with two DNS names, nor a channel_update whose
 * message_flags forbid it. In: a message that passed ln_gossip_check_form. */
bool ln_gossip_may_forward(const struct ln_message *message);
/* Whether a node's alias is what its owner had to set: UTF-8 and then zeros. Many are not; nobody fails for it. */
bool ln_gossip_alias_is_text(const uint8_t alias[32]);

const char *ln_gossip_text(enum ln_gossip_result result);

#endif
