/* commitment.h: commitment transactions: from a view of the channel to the bytes that both sides sign.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     funding output ──► commitment ──► to_local   (owner, delayed)    anchor of the owner  \  with anchors
 *                        of the owner   to_remote  (other)             anchor of the other  /
 *                                       one output per HTLC that is not trimmed
 *
 * A pure builder: whoever has the view builds the same transaction, the owner to broadcast it, the other to sign it.
 * Balances come without the HTLCs that are pending; fee and anchors are taken from the opener here, down to zero.
 * Outputs stand in BIP 69 order, equal ones by the HTLCs' expiry; HTLC signatures on the wire follow them.
 * Source: BOLT 3, commitment transaction construction, transaction output ordering, fees.
 */
#ifndef KONSENTO_LIGHTNING_COMMITMENT_H
#define KONSENTO_LIGHTNING_COMMITMENT_H

#include "protocol/bitcoin/arena.h"
#include "protocol/lightning/htlc.h"

#define LN_ANCHOR_SAT            330
#define LN_COMMITMENT_HTLCS_MAX  966 /* 483 each way */
#define LN_COMMITMENT_NUMBER_MAX ((UINT64_C(1) << 48) - 1)

enum ln_party {
    LN_OWNER,
    LN_OTHER,
};

struct ln_commitment_view {
    struct ln_fee_terms terms;
    struct btc_outpoint funding;
    int64_t funding_sat;
    const uint8_t *owner_funding_key; /* 33 bytes each */
    const uint8_t *other_funding_key;
    const struct ln_commitment_keys *keys;
    enum ln_party opener;
    uint16_t to_self_delay_blocks; /* that the owner must wait */
    uint64_t number;               /* of the commitment, 0 the first */
    uint64_t obscuring_factor;     /* see ln_obscuring_factor */
    uint64_t owner_msat;
    uint64_t other_msat;
    const struct ln_htlc *htlcs;
    uint32_t htlc_count;
};

enum ln_output_kind {
    LN_OUTPUT_TO_LOCAL,
    LN_OUTPUT_TO_REMOTE,
    LN_OUTPUT_OWNER_ANCHOR,
    LN_OUTPUT_OTHER_ANCHOR,
    LN_OUTPUT_HTLC,
};

/* What an output is for; as many as tx.outputs, in the same order. */
struct ln_commitment_output {
    enum ln_output_kind kind;
    const struct ln_htlc *htlc; /* of the view, NULL unless one */
    struct btc_bytes script;    /* witness script, empty for P2WPKH */
};

/* Points into itself and into the arena: do not move or copy it. */
struct ln_commitment {
    struct btc_tx tx;
    struct btc_input input;
    struct ln_commitment_output *outputs;
    uint32_t htlc_count; /* outputs that are HTLCs */
    int64_t funding_sat;
    uint8_t txid[32];
    struct btc_bytes witness[4];
    uint8_t funding_script[LN_FUNDING_SCRIPT_BYTES];
    uint8_t signatures[2][LN_DER_SIGNATURE_BYTES];
};

enum ln_commitment_result {
    LN_COMMITMENT_OK,
    LN_COMMITMENT_NO_MEMORY, /* the arena is full; it is as before */
    LN_COMMITMENT_AMOUNTS,   /* balances, HTLCs, and anchors that the opener cannot pay, exceed the funding */
    LN_COMMITMENT_NO_OUTPUT, /* everything is dust */
};

/* SHA-256 of both payment basepoints, opener's first; its lower 48 bits hide the commitment number. */
uint64_t ln_obscuring_factor(const uint8_t opener_payment_basepoint[33], const uint8_t accepter_payment_basepoint[33]);
/* The number that a commitment found on chain has. */
uint64_t ln_commitment_number(const struct btc_tx *tx, uint64_t obscuring_factor);

/* The weight that BOLT 3 reckons with. In: htlc_count, not trimmed. */
uint32_t ln_commitment_weight_wu(enum ln_channel_form form, uint32_t htlc_count);
/* The fee that the opener pays. */
uint64_t ln_commitment_fee_sat(const struct ln_fee_terms *terms, uint32_t htlc_count);

/* In: view, with at most LN_COMMITMENT_HTLCS_MAX HTLCs (asserts); what it points to must outlive commitment.
 * Limits: takes up to 300 bytes of arena for each output. */
__attribute__((warn_unused_result)) enum ln_commitment_result
ln_commitment_build(struct ln_commitment *commitment, struct btc_arena *arena, const struct ln_commitment_view *view);

/* What both sides sign. */
void ln_commitment_sighash(uint8_t hash[32], const struct ln_commitment *commitment);
/* Completes the transaction. In: signatures, by the side that made them. */
void ln_commitment_sign(const struct btc_curve *curve, struct ln_commitment *commitment,
                        const struct ln_commitment_view *view, const struct btc_signature *owner,
                        const struct btc_signature *other);

/* The second stage of an output. In: output, of an HTLC (asserts). */
void ln_commitment_htlc_tx(struct ln_htlc_tx *htlc_tx, const struct ln_commitment *commitment,
                           const struct ln_commitment_view *view, uint32_t output);

/* What spending the funding output needs: `0 signature signature script`, the signatures in the order of the keys. */
struct ln_funding_witness {
    const uint8_t *first_key; /* 33 bytes */
    const struct btc_signature *first;
    const uint8_t *second_key;
    const struct btc_signature *second;
};

/* Out: witness, four items; signatures, which they point to. */
void ln_funding_witness_write(const struct btc_curve *curve, struct btc_bytes witness[4],
                              uint8_t signatures[2][LN_DER_SIGNATURE_BYTES], const struct ln_funding_witness *from,
                              struct btc_bytes script);

#endif
