/* channel_commit.h: committing updates and revoking what was before.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     commitment_signed  their commitment number + 1 is signed; we then wait for one revoke_and_ack
 *     revoke_and_ack     the secret of our commitment before this one, the point for the one behind it
 *
 * commitment_signed is answered at once; what it made pending for the peer's own commitment waits for
 * ln_channel_commit, so that the owner of the channel decides about batches. Source: BOLT 2, committing updates so far,
 * completing the transition to the updated state.
 */
#ifndef KONSENTO_LIGHTNING_CHANNEL_COMMIT_H
#define KONSENTO_LIGHTNING_CHANNEL_COMMIT_H

#include "protocol/lightning/channel_state.h"

/* Whether there is something to commit, now or after the revoke_and_ack that is awaited. */
bool ln_channel_wants_commit(const struct ln_channel *channel, const struct ln_workshop *shop);
/* Whether nothing is under way: all updates are irrevocable, no revoke_and_ack is awaited. */
bool ln_channel_is_quiet(const struct ln_channel *channel, const struct ln_workshop *shop);

/* Signs all that is pending. */
LN_MUST_USE enum ln_channel_result ln_channel_commit(struct ln_channel *channel, const struct ln_workshop *shop);
LN_MUST_USE enum ln_channel_result ln_channel_receive_commit(struct ln_channel *channel, const struct ln_workshop *shop,
                                                             const struct ln_message *message);
LN_MUST_USE enum ln_channel_result ln_channel_receive_revoke(struct ln_channel *channel, const struct ln_workshop *shop,
                                                             const struct ln_message *message);

/* Sends again, byte by byte as before. */
LN_MUST_USE enum ln_channel_result ln_channel_resend_commit(const struct ln_channel *channel,
                                                            const struct ln_workshop *shop);
void ln_channel_resend_revoke(struct ln_channel *channel, const struct ln_workshop *shop);

#endif
