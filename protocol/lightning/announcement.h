/* announcement.h: announcing a channel of our own: two ends, four signatures.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     both build the same channel_announcement, sign it, and send their two signatures in announcement_signatures;
 *     who has sent and received them has the whole message
 *
 * Source: BOLT 7, announcement_signatures, channel_announcement.
 */
#ifndef KONSENTO_LIGHTNING_ANNOUNCEMENT_H
#define KONSENTO_LIGHTNING_ANNOUNCEMENT_H

#include "protocol/lightning/gossip.h"

struct ln_announced_end {
    uint8_t node_id[33];
    uint8_t bitcoin_key[33];
};

/* Makes a channel_announcement without signatures: ends in BOLT's order. Returns the place of ours: LN_GOSSIP_NODE_1 or
 * LN_GOSSIP_NODE_2. In: ends that differ. */
enum ln_gossip_place ln_announcement_init(struct ln_message *message, const uint8_t chain_hash[32],
                                          uint64_t short_channel_id, const struct ln_announced_end *ours,
                                          const struct ln_announced_end *theirs);

/* Our part of announcement_signatures. In: bytes of the announcement. */
BTC_CURVE_MUST_USE enum ln_gossip_result ln_announcement_sign(const struct btc_curve *curve,
                                                              struct ln_announcement_signatures *signatures,
                                                              struct btc_bytes bytes, const uint8_t node_secret[32],
                                                              const uint8_t bitcoin_secret[32]);

/* Checks the other end's part. In: theirs, that end. */
BTC_CURVE_MUST_USE enum ln_gossip_result ln_announcement_verify(const struct btc_curve *curve,
                                                                const struct ln_announcement_signatures *signatures,
                                                                struct btc_bytes bytes,
                                                                const struct ln_announced_end *theirs);

/* Puts an end's signatures into their places. In: place, LN_GOSSIP_NODE_1 or LN_GOSSIP_NODE_2. */
void ln_announcement_put(struct ln_message *message, enum ln_gossip_place place,
                         const struct ln_announcement_signatures *signatures);

#endif
