/* onchain_spend.h: how an out is claimed: script, witness, lock, key.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     on our commitment      after the delay: signature, nothing     second stages: onchain_draft.h
 *     on theirs              preimage: signature, preimage           timeout: signature, nothing, locked until expiry
 *     on a revoked one       to_local: signature, 1                  HTLC: signature, revocation key
 *     to_remote              P2WPKH, or with anchors a key after one block
 *
 * All are signed by us alone, all of the transaction. Source: BOLT 3, commitment transaction outputs; BOLT 5.
 */
#ifndef KONSENTO_LIGHTNING_ONCHAIN_SPEND_H
#define KONSENTO_LIGHTNING_ONCHAIN_SPEND_H

#include "protocol/lightning/onchain_find.h"

/* When and for how long an out can be claimed as things stand, by blocks that could have the claim. */
struct ln_chance {
    bool is;                  /* ours to claim, now or later */
    uint8_t kind;             /* enum ln_claim_class */
    uint32_t earliest_height; /* the first block that can have it */
    uint32_t deadline_height; /* the last one before the peer can take it; UINT32_MAX: never */
    uint32_t locktime;        /* that the transaction needs; 0: none */
};

/* In: out, unspent. */
struct ln_chance ln_onchain_chance(const struct ln_onchain *onchain, const struct ln_out *out);

struct ln_spend {
    struct btc_bytes script; /* witness script; of P2WPKH the script code */
    bool p2wpkh;
    bool has_middle; /* an item behind the signature, which may be empty */
    uint32_t sequence;
    struct btc_bytes middle;
    uint8_t secret[32];
    const uint8_t *public_key;
    uint8_t bytes[LN_HTLC_SCRIPT_BYTES];
    uint8_t key[33];
};

/* Fills it for an out that is claimed by us alone (asserts). It points into itself and into the object. Returns false
 * if a key cannot be made. */
LN_ONCHAIN_MUST_USE bool ln_onchain_spend(struct ln_spend *spend, const struct ln_onchain *onchain,
                                          const struct ln_onchain_tools *tools, const struct ln_out *out);

#endif
