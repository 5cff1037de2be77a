/* channel.h: one end of a channel, from open_channel to its close: every input there is, one list of outputs.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     message, command, block, tick, disconnect, reconnect ──► struct ln_channel ──► effects, in order
 *
 * The commands for opening are in establish.h, for HTLCs and fees in channel_update.h, for committing in
 * channel_commit.h, for closing in channel_close.h, for connections in reestablish.h. No call reads a clock or makes
 * randomness; the same inputs give the same effects. A peer's message that cannot be accepted changes nothing and is
 * answered with a result; ln_channel_verdict says what BOLT 2 makes of it. Inputs of the kind "persisted" need no call:
 * whoever holds back what stands behind an LN_EFFECT_PERSIST until it is safe has done its part (effects.h).
 */
#ifndef KONSENTO_LIGHTNING_CHANNEL_H
#define KONSENTO_LIGHTNING_CHANNEL_H

#include "protocol/lightning/channel_close.h"
#include "protocol/lightning/channel_commit.h"
#include "protocol/lightning/channel_update.h"
#include "protocol/lightning/establish.h"
#include "protocol/lightning/reestablish.h"

/* Begins the life of a channel, connected to its peer. In: seed, of its secrets, that no other channel has. Returns
 * false for one seed in 2^127. */
LN_MUST_USE bool ln_channel_init(struct ln_channel *channel, const struct ln_workshop *shop,
                                 const struct ln_channel_policy *policy, const uint8_t seed[32]);

/* A message of the peer about this channel. */
LN_MUST_USE enum ln_channel_result ln_channel_receive(struct ln_channel *channel, const struct ln_workshop *shop,
                                                      const struct ln_message *message);

/* Time to commit what has gathered and to close if that is due. Changes nothing otherwise. */
LN_MUST_USE enum ln_channel_result ln_channel_tick(struct ln_channel *channel, const struct ln_workshop *shop);

/* A new block. In: its height; funding_height, of the block with the funding transaction, 0 while unconfirmed or while
 * its output is not what LN_EVENT_FUND asked for. Fails the channel when an HTLC, or the closing of a channel that has
 * none left, can no longer be left to the peer's good will. HTLCs of ours that expire before they are signed, while the
 * peer is away, are withdrawn and told FAILED: call it before ln_channel_reconnect when there were blocks meanwhile. */
LN_MUST_USE enum ln_channel_result ln_channel_block(struct ln_channel *channel, const struct ln_workshop *shop,
                                                    uint32_t height, uint32_t funding_height);

/* Gives the channel up: error to the peer, our commitment to the chain, if there is one. In: text, for the peer's log;
 * may be empty. Returns DOUBTFUL, and does nothing, if our commitment may be revoked, STAGE if there is nothing to give
 * up. */
LN_MUST_USE enum ln_channel_result ln_channel_fail(struct ln_channel *channel, const struct ln_workshop *shop,
                                                   struct btc_bytes text);

#endif
