/* channel_view.h: what a commitment of a channel shows: balances, HTLCs, the transaction, its signatures.   [real]
 * SPDX-License-Identifier: MIT
 *
 * A look is a commitment (ours or theirs) behind a step that may not have been made: "what they must sign next" is our
 * commitment behind LN_RECEIVE_COMMIT. Source: BOLT 2, normal operation; BOLT 3.
 */
#ifndef KONSENTO_LIGHTNING_CHANNEL_VIEW_H
#define KONSENTO_LIGHTNING_CHANNEL_VIEW_H

#include "protocol/lightning/channel_state.h"
#include "protocol/lightning/commitment.h"

struct ln_look {
    enum ln_side owner; /* whose commitment */
    enum ln_step step;
};

/* Whether the commitment has an HTLC in this state. */
bool ln_look_has(struct ln_look look, uint8_t state);
/* What decides about trimming in it. */
struct ln_fee_terms ln_look_terms(const struct ln_channel *channel, struct ln_look look);
/* The balances it shows, without its HTLCs. Out: by side. */
void ln_look_balances(const struct ln_channel *channel, const struct ln_workshop *shop, struct ln_look look,
                      uint64_t balance_msat[2]);

/* What of a commitment is signed: its own hash, and those of its HTLCs' second stages in the order of the outputs. */
struct ln_signable {
    const struct ln_point *owner_key; /* for HTLCs */
    const struct ln_point *other_key;
    const uint8_t *hash;
    const uint8_t (*hashes)[32];
    const uint32_t *places; /* in view.htlcs */
    uint32_t count;
};

/* A commitment with all it is made of. Points into itself and the scratch memory: do not move or copy it. */
struct ln_picture {
    struct ln_commitment_view view;
    struct ln_derived derived;
    struct ln_point point;
    uint32_t *records; /* of view.htlcs, one by one; NULL when rebuilt */
    struct ln_commitment commitment;
    uint8_t hash[32];
    struct ln_signable signable;
};

/* Builds it. In: point of that commitment; number. Returns NO_ROOM when the scratch memory is too small, or what
 * building found. */
LN_MUST_USE enum ln_channel_result ln_picture_build(struct ln_picture *picture, const struct ln_channel *channel,
                                                    const struct ln_workshop *shop, struct ln_look look,
                                                    const struct ln_point *point, uint64_t number);
/* What of a commitment changes from one to the next. */
struct ln_moment {
    enum ln_side owner;
    uint64_t number;
    uint32_t feerate_sat_per_kwu;
    uint64_t balance_msat[2]; /* by side, without HTLCs */
    const struct ln_htlc *htlcs;
    uint32_t htlc_count;
};

/* Builds a commitment of another time. In: moment, whose HTLCs must outlive picture; point of that commitment. */
LN_MUST_USE enum ln_channel_result ln_picture_rebuild(struct ln_picture *picture, const struct ln_channel *channel,
                                                      const struct ln_workshop *shop, const struct ln_moment *moment,
                                                      const struct ln_point *point);
/* As ln_picture_build, as far as it takes to sign and verify: view and signable. What the other end has reckoned in
 * this process is looked up. */
LN_MUST_USE enum ln_channel_result ln_picture_sketch(struct ln_picture *picture, const struct ln_channel *channel,
                                                     const struct ln_workshop *shop, struct ln_look look,
                                                     const struct ln_point *point, uint64_t number);
/* Signs a sketch for the peer, whose commitment it is. Out: commitment_signed's signature and htlc_signatures, 64 bytes
 * for each HTLC output, in the scratch memory. */
LN_MUST_USE enum ln_channel_result ln_picture_sign(const struct ln_picture *picture, const struct ln_channel *channel,
                                                   const struct ln_workshop *shop, uint8_t signature[64],
                                                   struct btc_bytes *htlc_signatures);
/* Checks the peer's signatures on our commitment. */
LN_MUST_USE enum ln_channel_result ln_picture_verify(const struct ln_picture *picture, const struct ln_channel *channel,
                                                     const struct ln_workshop *shop, const uint8_t signature[64],
                                                     struct btc_bytes htlc_signatures);
/* Keeps the signatures in the records, for the second stages. */
void ln_picture_keep(const struct ln_picture *picture, const struct ln_workshop *shop,
                     struct btc_bytes htlc_signatures);

/* Our commitment as it can be broadcast, signed by both. */
LN_MUST_USE enum ln_channel_result ln_picture_ours(struct ln_picture *picture, struct ln_channel *channel,
                                                   const struct ln_workshop *shop);
/* The second stage of one of its outputs, signed by both. In: output, of an HTLC; preimage, of one that we received. */
LN_MUST_USE bool ln_picture_second_stage(const struct ln_picture *picture, const struct ln_channel *channel,
                                         const struct ln_workshop *shop, struct ln_htlc_tx *htlc_tx, uint32_t output,
                                         const uint8_t *preimage);

#endif
