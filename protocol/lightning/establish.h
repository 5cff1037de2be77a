/* establish.h: how a channel comes to be: version 1 of the establishment.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     opener                                     accepter
 *     ln_establish_open ── open_channel ───────► (its policy says whether)
 *       event: fund ◄──── accept_channel ──────
 *     ln_establish_fund ── funding_created ────►
 *       event: broadcast ◄─ funding_signed ────
 *                 ◄────── channel_ready ───────►   once the funding is deep enough, at once with zero-conf
 *
 * channel_type is always sent: static_remotekey, with or without anchors (zero-fee), scid alias, zero-conf. A channel
 * whose funding is not yet signed dies with its connection. Source: BOLT 2, channel establishment v1.
 */
#ifndef KONSENTO_LIGHTNING_ESTABLISH_H
#define KONSENTO_LIGHTNING_ESTABLISH_H

#include "protocol/lightning/establish_fund.h"

/* What the opener decides. Flags are in the policy. */
struct ln_opening {
    uint64_t funding_sat;
    uint64_t push_msat;
    uint32_t feerate_sat_per_kwu;
    uint8_t temporary_id[32]; /* that no other channel with this peer has */
};

/* The command that begins. */
LN_MUST_USE enum ln_channel_result ln_establish_open(struct ln_channel *channel, const struct ln_workshop *shop,
                                                     const struct ln_opening *opening);

/* Messages 32 to 36. */
LN_MUST_USE enum ln_channel_result ln_establish_receive(struct ln_channel *channel, const struct ln_workshop *shop,
                                                        const struct ln_message *message);
#endif
