/* keys.c: the keys of a channel.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/keys.h"

#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/cipher.h"

static void hash_points(uint8_t tweak[32], const uint8_t first[33], const uint8_t second[33])
{
    uint8_t both[66];
    memcpy(both, first, 33);
    memcpy(both + 33, second, 33);
    btc_sha256(tweak, both, sizeof both);
}

bool ln_base_secrets_init(const struct btc_curve *curve, struct ln_base_secrets *secrets, struct ln_basepoints *points,
                          const uint8_t seed[32])
{
    static const char *const words[LN_BASE_COUNT] = {"funding", "revocation", "payment", "delayed payment", "htlc"};
    for (unsigned base = 0; base < LN_BASE_COUNT; base++) {
        ln_key_of_type(secrets->secret[base], words[base], seed);
        if (!btc_pubkey_wire_from_secret(curve, points->point[base], secrets->secret[base])) {
            return false;
        }
    }
    ln_key_of_type(secrets->commitment_seed, "commitment seed", seed);
    return true;
}

bool ln_key_public(const struct btc_curve *curve, uint8_t key[33], const uint8_t basepoint[33],
                   const uint8_t per_commitment_point[33])
{
    uint8_t tweak[32];
    struct btc_pubkey point;
    hash_points(tweak, per_commitment_point, basepoint);
    if (!btc_pubkey_read_compressed(curve, &point, basepoint) || !btc_pubkey_add(curve, &point, tweak)) {
        return false;
    }
    btc_pubkey_write(curve, key, &point);
    return true;
}

bool ln_key_secret(const struct btc_curve *curve, uint8_t key[32], const uint8_t base_secret[32],
                   const uint8_t per_commitment_point[33])
{
    uint8_t basepoint[33];
    uint8_t tweak[32];
    if (!btc_pubkey_wire_from_secret(curve, basepoint, base_secret)) {
        return false;
    }
    hash_points(tweak, per_commitment_point, basepoint);
    memmove(key, base_secret, 32);
    return btc_secret_add(curve, key, tweak);
}

bool ln_key_revocation_public(const struct btc_curve *curve, uint8_t key[33], const uint8_t revocation_basepoint[33],
                              const uint8_t per_commitment_point[33])
{
    uint8_t base_tweak[32];
    uint8_t point_tweak[32];
    struct btc_pubkey base;
    struct btc_pubkey point;
    hash_points(base_tweak, revocation_basepoint, per_commitment_point);
    hash_points(point_tweak, per_commitment_point, revocation_basepoint);
    if (!btc_pubkey_read_compressed(curve, &base, revocation_basepoint) ||
        !btc_pubkey_read_compressed(curve, &point, per_commitment_point) ||
        !btc_pubkey_multiply(curve, &base, base_tweak) || !btc_pubkey_multiply(curve, &point, point_tweak) ||
        !btc_pubkey_combine(curve, &base, &base, &point)) {
        return false;
    }
    btc_pubkey_write(curve, key, &base);
    return true;
}

bool ln_key_revocation_secret(const struct btc_curve *curve, uint8_t key[32], const uint8_t revocation_base_secret[32],
                              const uint8_t per_commitment_secret[32])
{
    uint8_t basepoint[33];
    uint8_t point[33];
    if (!btc_pubkey_wire_from_secret(curve, basepoint, revocation_base_secret) ||
        !btc_pubkey_wire_from_secret(curve, point, per_commitment_secret)) {
        return false;
    }
    uint8_t tweak[32];
    uint8_t base_part[32];
    uint8_t point_part[32];
    memcpy(base_part, revocation_base_secret, 32);
    memcpy(point_part, per_commitment_secret, 32);
    hash_points(tweak, basepoint, point);
    if (!btc_secret_multiply(curve, base_part, tweak)) {
        return false;
    }
    hash_points(tweak, point, basepoint);
    if (!btc_secret_multiply(curve, point_part, tweak) || !btc_secret_add(curve, base_part, point_part)) {
        return false;
    }
    memcpy(key, base_part, 32);
    return true;
}

bool ln_commitment_keys_derive(const struct btc_curve *curve, struct ln_commitment_keys *keys,
                               const struct ln_basepoints *owner, const struct ln_basepoints *other,
                               const uint8_t per_commitment_point[33])
{
    memcpy(keys->other_payment, other->point[LN_BASE_PAYMENT], 33);
    return ln_key_public(curve, keys->owner_delayed, owner->point[LN_BASE_DELAYED_PAYMENT], per_commitment_point) &&
           ln_key_public(curve, keys->owner_htlc, owner->point[LN_BASE_HTLC], per_commitment_point) &&
           ln_key_public(curve, keys->other_htlc, other->point[LN_BASE_HTLC], per_commitment_point) &&
           ln_key_revocation_public(curve, keys->revocation, other->point[LN_BASE_REVOCATION], per_commitment_point);
}
