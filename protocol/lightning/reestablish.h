/* reestablish.h: losing the connection, and finding out together where both were.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Each end says which commitment_signed and which revoke_and_ack it expects next, and shows the last secret that it
 * got. What the other lacks is sent again, byte by byte and in the order in which it was sent first. An end that is
 * shown a secret of its own which it does not remember giving away has been restored from too old a snapshot: it must
 * not broadcast anything, and asks the peer to close. Source: BOLT 2, message retransmission.
 */
#ifndef KONSENTO_LIGHTNING_REESTABLISH_H
#define KONSENTO_LIGHTNING_REESTABLISH_H

#include "protocol/lightning/channel_state.h"

/* The connection is lost: the peer's unsigned proposals are forgotten, a channel that is not yet funded is dead. */
void ln_channel_disconnect(struct ln_channel *channel, const struct ln_workshop *shop);
/* A connection stands, init has been exchanged: sends channel_reestablish, or error if the channel has failed. */
void ln_channel_reconnect(struct ln_channel *channel, const struct ln_workshop *shop);
LN_MUST_USE enum ln_channel_result ln_channel_receive_reestablish(struct ln_channel *channel,
                                                                  const struct ln_workshop *shop,
                                                                  const struct ln_message *message);

#endif
