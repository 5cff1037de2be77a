/* channel_close.h: closing by agreement: shutdown, then closing_signed with fee_range.   [real]
 * SPDX-License-Identifier: MIT
 *
 * A shutdown that is wanted is sent once nothing of ours is pending; the peer's is answered likewise. When no HTLC is
 * left the opener offers a fee and a range, the other takes it if it is in its own, or answers with the nearest that is
 * in both. A peer that sends no range is met step by step, each offer strictly between the last two, ours never outside
 * our range. Negotiation begins anew with each connection; what was agreed may be agreed again. Who answers signs what
 * the other signed, unless that has an output below our dust limit, so both have one transaction. A channel may be
 * closed as soon as it is funded. Source: BOLT 2, channel close; legacy closing negotiation.
 */
#ifndef KONSENTO_LIGHTNING_CHANNEL_CLOSE_H
#define KONSENTO_LIGHTNING_CHANNEL_CLOSE_H

#include "protocol/lightning/channel_state.h"

/* The command: wants a shutdown, to the script of the policy. */
LN_MUST_USE enum ln_channel_result ln_channel_shutdown(struct ln_channel *channel, const struct ln_workshop *shop);
LN_MUST_USE enum ln_channel_result ln_channel_receive_shutdown(struct ln_channel *channel,
                                                               const struct ln_workshop *shop,
                                                               const struct ln_message *message);
LN_MUST_USE enum ln_channel_result ln_channel_receive_closing(struct ln_channel *channel,
                                                              const struct ln_workshop *shop,
                                                              const struct ln_message *message);
/* Sends what has become due: our shutdown, the first closing_signed. Changes nothing otherwise. */
void ln_channel_close_on(struct ln_channel *channel, const struct ln_workshop *shop);
/* Sends shutdown again. */
void ln_channel_resend_shutdown(const struct ln_channel *channel, const struct ln_workshop *shop);

#endif
