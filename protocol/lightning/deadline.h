/* deadline.h: by which block an HTLC must be settled, and when that takes the chain.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     R  reorganisation_blocks, the deepest that is reckoned with          expiry-(2R+G+S)   expiry   expiry+G
 *     G  grace_blocks, that a silent peer is given after an expiry    ───────────┼─────────────┼─────────┼────►
 *     S  inclusion_blocks, from broadcast until a block has it             fulfil on chain          time out on chain
 *
 * An HTLC that we offer and that has expired by G blocks, or one that we have fulfilled and that expires within
 * 2R + G + S, demands that the channel goes on chain; a forwarder needs 3R + 2G + 2S between its two HTLCs. Source:
 * BOLT 2, cltv_expiry_delta selection.
 */
#ifndef KONSENTO_LIGHTNING_DEADLINE_H
#define KONSENTO_LIGHTNING_DEADLINE_H

#include "protocol/lightning/channel_state.h"

struct ln_patience {
    uint16_t reorganisation_blocks;
    uint16_t grace_blocks;
    uint16_t inclusion_blocks;
};

/* What BOLT 2 calls reasonable if in doubt: R 2, G 2, S 12. */
extern const struct ln_patience ln_patience_usual;

/* The least difference between the expiries of an incoming HTLC and the outgoing one that it pays for. */
uint32_t ln_cltv_expiry_delta(const struct ln_patience *patience);
/* The same for who is paid, to the current height: min_final_cltv_expiry_delta. */
uint32_t ln_cltv_final_delta(const struct ln_patience *patience);

enum ln_demand {
    LN_DEMAND_NONE,
    LN_DEMAND_TIMEOUT, /* ours has expired and the peer has not failed it */
    LN_DEMAND_FULFIL,  /* theirs, whose preimage we gave, will expire before the chain is sure to have seen it */
};

/* One HTLC at a height. In: owner, who offers it; fulfilled, whether we have given, or want to give, its preimage
 * (theirs only). */
enum ln_demand ln_demand_of(const struct ln_patience *patience, enum ln_side owner, uint32_t cltv_expiry_height,
                            bool fulfilled, uint32_t height);

/* Whether any HTLC of the channel demands that it goes on chain at a height. Out: htlc, the first that does; untouched
 * if none. */
enum ln_demand ln_channel_demand(const struct ln_channel *channel, const struct ln_workshop *shop,
                                 const struct ln_patience *patience, uint32_t height, const struct ln_slot **htlc);

/* The first height at which ln_channel_demand would say so if nothing changes; UINT32_MAX: never. */
uint32_t ln_channel_demand_height(const struct ln_channel *channel, const struct ln_workshop *shop,
                                  const struct ln_patience *patience);

#endif
