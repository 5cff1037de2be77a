/* establish_fund.h: the second half of establishment: the funding outpoint, the first signatures, channel_ready. [real]
 * SPDX-License-Identifier: MIT
 *
 * Source: BOLT 2, funding_created, funding_signed, channel_ready.
 */
#ifndef KONSENTO_LIGHTNING_ESTABLISH_FUND_H
#define KONSENTO_LIGHTNING_ESTABLISH_FUND_H

#include "protocol/lightning/channel_state.h"

/* The command. In: outpoint, of the output that LN_EVENT_FUND asked for. */
LN_MUST_USE enum ln_channel_result ln_establish_fund(struct ln_channel *channel, const struct ln_workshop *shop,
                                                     const struct btc_outpoint *outpoint);
/* In: depth_blocks of the funding transaction, 1 in its own block, 0 unconfirmed. */
void ln_establish_depth(struct ln_channel *channel, const struct ln_workshop *shop, uint32_t depth_blocks);

LN_MUST_USE enum ln_channel_result ln_establish_receive_created(struct ln_channel *channel,
                                                                const struct ln_workshop *shop,
                                                                const struct ln_message *message);
LN_MUST_USE enum ln_channel_result ln_establish_receive_signed(struct ln_channel *channel,
                                                               const struct ln_workshop *shop,
                                                               const struct ln_message *message);
LN_MUST_USE enum ln_channel_result ln_establish_receive_ready(struct ln_channel *channel,
                                                              const struct ln_workshop *shop,
                                                              const struct ln_message *message);
/* Sends channel_ready again. */
void ln_establish_resend_ready(struct ln_channel *channel, const struct ln_workshop *shop);

#endif
