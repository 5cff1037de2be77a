/* keys.h: the keys of a channel: basepoints, and the keys of each commitment.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     key            = basepoint + SHA256(per_commitment_point || basepoint) * G
 *     revocation key = revocation_basepoint * SHA256(revocation_basepoint || per_commitment_point)
 *                    + per_commitment_point * SHA256(per_commitment_point || revocation_basepoint)
 *
 * With static_remotekey the key of to_remote is the other side's payment_basepoint itself. Points are 33 bytes as on
 * the wire. A function returns false for a point not on the curve, and for results that nobody can find (zero,
 * infinity). Source: BOLT 3, key derivation, appendix E.
 */
#ifndef KONSENTO_LIGHTNING_KEYS_H
#define KONSENTO_LIGHTNING_KEYS_H

#include "protocol/bitcoin/curve.h"

enum ln_base {
    LN_BASE_FUNDING, /* used as it is, never derived from */
    LN_BASE_REVOCATION,
    LN_BASE_PAYMENT,
    LN_BASE_DELAYED_PAYMENT,
    LN_BASE_HTLC,
    LN_BASE_COUNT
};

/* What each side tells the other in open_channel or accept_channel. */
struct ln_basepoints {
    uint8_t point[LN_BASE_COUNT][33];
};

/* What it keeps to itself. */
struct ln_base_secrets {
    uint8_t secret[LN_BASE_COUNT][32];
    uint8_t commitment_seed[32]; /* for ln_secret_generate */
};

/* The keys of one commitment transaction. Owner is who may broadcast it, other is the peer. */
struct ln_commitment_keys {
    uint8_t owner_delayed[33];
    uint8_t owner_htlc[33];
    uint8_t other_htlc[33];
    uint8_t revocation[33];
    uint8_t other_payment[33];
};

/* Makes a channel's secrets from one seed: a tagged HMAC each, our own choice as BOLT leaves it open. Returns false for
 * one seed in 2^127. */
BTC_CURVE_MUST_USE bool ln_base_secrets_init(const struct btc_curve *curve, struct ln_base_secrets *secrets,
                                             struct ln_basepoints *points, const uint8_t seed[32]);

BTC_CURVE_MUST_USE bool ln_key_public(const struct btc_curve *curve, uint8_t key[33], const uint8_t basepoint[33],
                                      const uint8_t per_commitment_point[33]);
BTC_CURVE_MUST_USE bool ln_key_secret(const struct btc_curve *curve, uint8_t key[32], const uint8_t base_secret[32],
                                      const uint8_t per_commitment_point[33]);
BTC_CURVE_MUST_USE bool ln_key_revocation_public(const struct btc_curve *curve, uint8_t key[33],
                                                 const uint8_t revocation_basepoint[33],
                                                 const uint8_t per_commitment_point[33]);
/* In: the secrets of both sides, of which one is the base and one was revealed. */
BTC_CURVE_MUST_USE bool ln_key_revocation_secret(const struct btc_curve *curve, uint8_t key[32],
                                                 const uint8_t revocation_base_secret[32],
                                                 const uint8_t per_commitment_secret[32]);

/* All keys of the commitment of owner at its per-commitment point. */
BTC_CURVE_MUST_USE bool ln_commitment_keys_derive(const struct btc_curve *curve, struct ln_commitment_keys *keys,
                                                  const struct ln_basepoints *owner, const struct ln_basepoints *other,
                                                  const uint8_t per_commitment_point[33]);

#endif
