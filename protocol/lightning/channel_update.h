/* channel_update.h: the updates: add, fulfil, fail, change the feerate; by us and by the peer.   [real]
 * SPDX-License-Identifier: MIT
 *
 * An update is a proposal until it is committed (channel_commit.h). Ours are sent again after a reconnection if the
 * peer may not have them; the peer's are forgotten when the connection is lost before it signed them. HTLCs may be
 * removed while the peer is away: the message follows. Source: BOLT 2, adding an HTLC, removing an HTLC, updating fees.
 */
#ifndef KONSENTO_LIGHTNING_CHANNEL_UPDATE_H
#define KONSENTO_LIGHTNING_CHANNEL_UPDATE_H

#include "protocol/lightning/channel_state.h"

/* An HTLC to offer. */
struct ln_add {
    uint64_t amount_msat;
    uint32_t cltv_expiry_height;
    const uint8_t *payment_hash; /* 32 bytes */
    const uint8_t *onion;        /* LN_ONION_BYTES */
    const uint8_t *path_key;     /* 33 bytes, or NULL */
};

/* ---- commands ---- */

/* Out: id, of the new HTLC. */
LN_MUST_USE enum ln_channel_result ln_channel_add(struct ln_channel *channel, const struct ln_workshop *shop,
                                                  uint64_t *id, const struct ln_add *add);
/* In: attribution, LN_ATTRIBUTION_BYTES or none. */
LN_MUST_USE enum ln_channel_result ln_channel_fulfill(struct ln_channel *channel, const struct ln_workshop *shop,
                                                      uint64_t id, const uint8_t preimage[32],
                                                      struct btc_bytes attribution);
LN_MUST_USE enum ln_channel_result ln_channel_fail_htlc(struct ln_channel *channel, const struct ln_workshop *shop,
                                                        uint64_t id, struct btc_bytes reason,
                                                        struct btc_bytes attribution);
LN_MUST_USE enum ln_channel_result ln_channel_fail_malformed(struct ln_channel *channel, const struct ln_workshop *shop,
                                                             uint64_t id, const uint8_t onion_hash[32],
                                                             uint16_t failure_code);
LN_MUST_USE enum ln_channel_result ln_channel_update_fee(struct ln_channel *channel, const struct ln_workshop *shop,
                                                         uint32_t rate_sat_per_kwu);

/* ---- messages; of their type, for this channel ---- */

LN_MUST_USE enum ln_channel_result ln_channel_receive_add(struct ln_channel *channel, const struct ln_workshop *shop,
                                                          const struct ln_message *message);
LN_MUST_USE enum ln_channel_result ln_channel_receive_removal(struct ln_channel *channel,
                                                              const struct ln_workshop *shop,
                                                              const struct ln_message *message);
LN_MUST_USE enum ln_channel_result ln_channel_receive_fee(struct ln_channel *channel, const struct ln_workshop *shop,
                                                          const struct ln_message *message);

/* ---- for reestablishment ---- */

/* Sends our updates again that are in LN_ADD or LN_REMOVE, or (signed) in the phase behind: removals, feerate, adds. */
void ln_channel_resend_updates(const struct ln_channel *channel, const struct ln_workshop *shop, bool is_signed);
/* Before reestablishment, when the peer has forgotten what we proposed and did not sign: if such an HTLC expired so
 * long ago that it would be settled on chain, it and those behind it will not be sent again; their ids will. */
void ln_channel_withdraw(struct ln_channel *channel, const struct ln_workshop *shop, uint32_t height);
/* Forgets what the peer proposed and did not sign. */
void ln_channel_forget_proposals(struct ln_channel *channel, const struct ln_workshop *shop);

#endif
