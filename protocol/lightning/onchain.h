/* onchain.h: BOLT 5: a channel on the chain, from the last view of it to the last satoshi.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     final view, preimages, blocks, records of the past, feerates, coins ──► struct ln_onchain ──► effects, in order
 *
 * Made when the channel ends (it is given up, or its funding output was spent) from all that it then knows. From there
 * on: our commitment is broadcast until something spends the funding; whatever does is recognised (our commitment, the
 * peer's newest or the one behind it, any revoked one, one that we have forgotten, an agreed closing) and each output
 * that is ours is claimed: second stages, preimages, timeouts, penalties, sweeps after their delays. Claims are batched
 * where nobody can interfere, split near their deadlines, and their fees raised (BIP 125) up to what they are worth,
 * never beyond; what costs more than it is worth waits for lower rates and is given up in the end. Second stages and
 * the commitment of an anchor channel pay nothing themselves and take coins of the wallet.
 *
 * Of what waits to be mined only one thing matters: a commitment of the peer's, which keeps ours out of mempools. With
 * anchors, and if something of ours in it cannot wait, a child pays for it by our anchor.
 *
 * No clock but blocks, no allocation; the same inputs give the same effects. Preimages and what was told stay when
 * blocks go; all else is undone by cutting what was seen at a height, so that reorganisations may be of any depth.
 * Source: BOLT 5; BOLT 3; BOLT 2, cltv_expiry_delta selection; BIP 125.
 */
#ifndef KONSENTO_LIGHTNING_ONCHAIN_H
#define KONSENTO_LIGHTNING_ONCHAIN_H

#include "protocol/lightning/onchain_state.h"

/* What comes from the caller at the beginning. */
struct ln_onchain_setup {
    struct ln_onchain_policy policy;
    struct ln_onchain_rates rates;
    struct btc_bytes sweep_script; /* where all that we get goes: at most LN_SHUTDOWN_SCRIPT_MAX bytes */
    struct btc_bytes closing;      /* the agreed closing transaction, if that is how the channel ends; may be empty */
    uint32_t height;               /* of the newest block that the caller has; blocks from there on are to come */
};

/* R 2, G 2, S 12; fail at 6 blocks, resolved at 100; security 18; again after 6; 250 sat/kwu on top. */
extern const struct ln_onchain_policy ln_onchain_policy_usual;

/* Makes the object from a channel, of which nothing is needed any more afterwards (it must not go on either). The
 * channel may be in any stage from LN_STAGE_FUNDED on: in LOST, or if it is doubtful, our commitment is not broadcast.
 * HTLCs of ours that nobody ever signed are told FAILED at once.
 * In: memory, LN_ONCHAIN_BYTES(htlcs) long, aligned, that outlives it; htlcs, the most that the channel ever had. */
LN_ONCHAIN_MUST_USE enum ln_onchain_result ln_onchain_init(struct ln_onchain *onchain, void *memory, uint32_t htlcs,
                                                           const struct ln_onchain_tools *tools,
                                                           const struct ln_onchain_setup *setup,
                                                           struct ln_channel *channel, const struct ln_workshop *shop);

/* Begins: emits PERSIST, WATCH, and what is to be broadcast. To be called once after init, and after ln_onchain_read,
 * when all that still stands is told again. */
LN_ONCHAIN_MUST_USE enum ln_onchain_result ln_onchain_start(struct ln_onchain *onchain,
                                                            const struct ln_onchain_tools *tools);

/* A block on the best chain. In: height, above all so far (asserts); its transactions in order: all, or at least those
 * that spend what is watched or the coins given. */
LN_ONCHAIN_MUST_USE enum ln_onchain_result ln_onchain_connect(struct ln_onchain *onchain,
                                                              const struct ln_onchain_tools *tools, uint32_t height,
                                                              const struct btc_tx *const *txs, uint32_t tx_count);
/* Blocks above a height are no longer on the best chain. Emits nothing but REOPENED: connects follow, or
 * ln_onchain_tick if none does. */
LN_ONCHAIN_MUST_USE enum ln_onchain_result ln_onchain_disconnect(struct ln_onchain *onchain,
                                                                 const struct ln_onchain_tools *tools, uint32_t height);

/* What waits to be mined and spends the funding, other than ours; NULL: nothing does. To be told when it changes. */
LN_ONCHAIN_MUST_USE enum ln_onchain_result
ln_onchain_waits(struct ln_onchain *onchain, const struct ln_onchain_tools *tools, const struct btc_tx *tx);

/* The preimage of an HTLC that the peer offers. Give it only if that HTLC is to be claimed: irrevocably committed, and
 * paid for by an outgoing one or for us. Returns UNKNOWN if there is no such HTLC. Giving it twice does nothing. */
LN_ONCHAIN_MUST_USE enum ln_onchain_result ln_onchain_fulfill(struct ln_onchain *onchain,
                                                              const struct ln_onchain_tools *tools, uint64_t id,
                                                              const uint8_t preimage[32]);
/* The record that NEED_PAST asked for. A record of another number is UNKNOWN; without any, to_local and the outputs of
 * second stages are still punished. */
LN_ONCHAIN_MUST_USE enum ln_onchain_result
ln_onchain_past(struct ln_onchain *onchain, const struct ln_onchain_tools *tools, struct btc_bytes record);

/* Feerates from now on; looked at with the next block or tick. */
void ln_onchain_set_rates(struct ln_onchain *onchain, const struct ln_onchain_rates *rates);
/* The wallet's confirmed coins that are free; those that our transactions under way use stay known without being in the
 * list. Limits: the first that there is room for (LN_ONCHAIN_COINS with those) are taken. */
void ln_onchain_set_coins(struct ln_onchain *onchain, const struct ln_onchain_coin *coins, uint32_t count);

/* Acts on new rates or coins, or after disconnects without a block. */
LN_ONCHAIN_MUST_USE enum ln_onchain_result ln_onchain_tick(struct ln_onchain *onchain,
                                                           const struct ln_onchain_tools *tools);

/* What came of it so far, by confirmed transactions. Change of our wallet = claimed_sat - fees_sat, exactly, as long as
 * the coins that were used are known: the last LN_ONCHAIN_COINS are. */
struct ln_onchain_tally {
    int64_t claimed_sat;   /* outputs of the commitment that we have got, second stages counted when they are swept */
    int64_t fees_sat;      /* of our transactions behind the commitment, wallet coins included */
    int64_t abandoned_sat; /* could be had, but for more than it is worth */
    int64_t pending_sat;   /* ours, or perhaps ours, not yet there */
    int64_t lost_sat;      /* outputs that the peer took where we had a claim too */
};
struct ln_onchain_tally ln_onchain_tally(const struct ln_onchain *onchain);

#endif
