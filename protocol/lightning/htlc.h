/* htlc.h: HTLCs in a commitment: what they weigh and cost, which are trimmed, their second-stage transactions.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     commitment output ──► HTLC-timeout (offered, locked until cltv_expiry)   ──► output that only the owner gets,
 *                       └─► HTLC-success (received, shows the preimage)            after to_self_delay
 *
 * Both sides sign the second stage when they sign the commitment: the other's signature goes over the wire. With
 * anchors it pays no fee, and the other signs with SINGLE|ANYONECANPAY so that inputs for a fee can be added. Source:
 * BOLT 3, HTLC-timeout and HTLC-success transactions, trimmed outputs, fees.
 */
#ifndef KONSENTO_LIGHTNING_HTLC_H
#define KONSENTO_LIGHTNING_HTLC_H

#include "protocol/bitcoin/tx.h"
#include "protocol/lightning/keys.h"
#include "protocol/lightning/scripts.h"

/* One HTLC as the owner of a commitment sees it. */
struct ln_htlc {
    uint64_t id;
    uint64_t amount_msat;
    uint8_t payment_hash[32];
    uint32_t cltv_expiry_height;
    enum ln_htlc_side side;
};

/* What decides about trimming and fees. */
struct ln_fee_terms {
    enum ln_channel_form form;
    uint32_t feerate_sat_per_kwu;
    uint64_t dust_limit_sat; /* the owner's */
};

/* The weight that BOLT 3 reckons with, whatever the signatures' real lengths. */
uint32_t ln_htlc_weight_wu(enum ln_channel_form form, enum ln_htlc_side side);
/* The second stage's fee: 0 with anchors. */
uint64_t ln_htlc_fee_sat(const struct ln_fee_terms *terms, enum ln_htlc_side side);
/* Whether an HTLC is too small to have an output. */
bool ln_htlc_is_trimmed(const struct ln_fee_terms *terms, enum ln_htlc_side side, uint64_t amount_msat);

/* Which output of which commitment is spent. */
struct ln_htlc_spend {
    struct ln_fee_terms terms;
    struct btc_outpoint outpoint;
    struct btc_bytes script; /* the output's witness script */
    const struct ln_htlc *htlc;
    const struct ln_commitment_keys *keys;
    uint16_t to_self_delay_blocks;
};

#define LN_DER_SIGNATURE_BYTES 73 /* with the hash type's byte */

/* A second-stage transaction with all that it points to: do not move or copy it. */
struct ln_htlc_tx {
    struct btc_tx tx;
    struct btc_input input;
    struct btc_output output;
    struct btc_bytes script; /* of the output that is spent; the caller's */
    int64_t value_sat;       /* of that output */
    uint32_t other_sighash;  /* what the other signs with */
    struct btc_bytes witness[5];
    uint8_t output_script[34];
    uint8_t redeem_script[LN_TO_LOCAL_SCRIPT_BYTES]; /* of its own output */
    uint8_t redeem_length;
    uint8_t signatures[2][LN_DER_SIGNATURE_BYTES];
};

/* In: spend, of an HTLC that is not trimmed (asserts). */
void ln_htlc_tx_init(struct ln_htlc_tx *htlc_tx, const struct ln_htlc_spend *spend);

enum ln_signer {
    LN_SIGNER_OWNER,
    LN_SIGNER_OTHER,
};

/* What one side signs. */
void ln_htlc_tx_sighash(uint8_t hash[32], const struct ln_htlc_tx *htlc_tx, enum ln_signer signer);
/* Completes the transaction. In: preimage of a received HTLC, NULL for a timeout. */
void ln_htlc_tx_sign(const struct btc_curve *curve, struct ln_htlc_tx *htlc_tx, const struct btc_signature *owner,
                     const struct btc_signature *other, const uint8_t *preimage);

/* A signature as a witness has it: DER and the hash type. Returns its length. */
size_t ln_signature_der(const struct btc_curve *curve, uint8_t der[LN_DER_SIGNATURE_BYTES],
                        const struct btc_signature *signature, uint32_t sighash);

#endif
