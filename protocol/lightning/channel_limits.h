/* channel_limits.h: whether an HTLC or a feerate may be offered: the same reckoning at both ends.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Who offers looks at the other's next commitment, which at that moment both ends see alike: what we would sign is what
 * they will find when the message arrives. Who offers looks further too, at its own commitment with all that is under
 * way, and leaves room for a feerate twice as high and one HTLC more (the fee spike buffer). Who receives is lenient
 * where a message that is sent again meets updates that it could not know of: HTLCs of the receiver that are
 * acknowledged but not yet signed cost the opener no fee there. Source: BOLT 2, adding an HTLC, updating fees, bounding
 * exposure to trimmed in-flight HTLCs.
 */
#ifndef KONSENTO_LIGHTNING_CHANNEL_LIMITS_H
#define KONSENTO_LIGHTNING_CHANNEL_LIMITS_H

#include "protocol/lightning/channel_view.h"

/* An HTLC that is not yet a record. */
struct ln_offer {
    enum ln_side owner;
    uint64_t amount_msat;
    uint32_t cltv_expiry_height;
};

/* What BOLT 2 asks of sender and receiver alike. */
LN_MUST_USE enum ln_channel_result ln_limits_add(const struct ln_channel *channel, const struct ln_workshop *shop,
                                                 const struct ln_offer *offer);
/* What a sender does well to ask besides: that the opener, either of us, can pay for it on both commitments, spike
 * buffer, dust exposure. */
LN_MUST_USE enum ln_channel_result ln_limits_add_prudent(const struct ln_channel *channel,
                                                         const struct ln_workshop *shop, const struct ln_offer *offer);
/* Whether the dust that a commitment of either side has, with the HTLC, is more than the policy allows. */
bool ln_limits_exposed(const struct ln_channel *channel, const struct ln_workshop *shop, const struct ln_offer *offer);

/* Whether the opener can pay a feerate. In: by, who offers it. */
LN_MUST_USE enum ln_channel_result ln_limits_fee(const struct ln_channel *channel, const struct ln_workshop *shop,
                                                 enum ln_side by, uint32_t rate_sat_per_kwu);

#endif
