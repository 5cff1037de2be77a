/* backend.c: curve operations of channels.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/backend.h"

#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/commitment.h"
#include "protocol/lightning/secrets.h"

/* ---- tokens ---- */

/* What SHA-256 takes in one step. Of a key 23 bytes tell it from all others, which is all that a token is for. */
#define ONE_STEP 55
#define KEY_PART 23

/* A point that is none: a parity and a hash. */
void ln_token_point(uint8_t wire[33], const uint8_t first[33], const uint8_t second[33])
{
    uint8_t both[2 * KEY_PART];
    memcpy(both, first, KEY_PART);
    memcpy(both + KEY_PART, second, KEY_PART);
    btc_sha256(wire + 1, both, sizeof both);
    wire[0] = (uint8_t)(2 + (wire[32] & 1));
}

/* Both halves begin with a byte from 1 to 0x7e: so they are in range, S is low and DER has one length. */
static void token_sign(uint8_t signature[64], const uint8_t hash[32], const uint8_t public_key[33])
{
    uint8_t both[ONE_STEP];
    memcpy(both, public_key, KEY_PART);
    memcpy(both + KEY_PART, hash, 32);
    btc_sha256(signature, both, sizeof both);
    memcpy(signature + 32, signature, 32);
    signature[0] = (uint8_t)(1 + signature[0] % 0x7e);
    signature[32] = signature[0];
}

bool ln_token_judge(void *context, const struct btc_signature_check *check)
{
    uint8_t expected[64];
    uint8_t found[64];
    struct btc_signature signature;
    (void)context;
    if (check->public_key.length != 33 || !btc_signature_read_der(check->curve, &signature, check->signature)) {
        return false;
    }
    btc_signature_write(check->curve, found, &signature);
    token_sign(expected, check->hash, check->public_key.data);
    return memcmp(found, expected, 64) == 0;
}

/* ---- operations ---- */

static bool real_point(const struct ln_backend *backend, struct ln_point *point, const uint8_t secret[32])
{
    if (!btc_pubkey_from_secret(backend->curve, &point->parsed, secret)) {
        return false;
    }
    btc_pubkey_write(backend->curve, point->wire, &point->parsed);
    return true;
}

bool ln_backend_point(const struct ln_backend *backend, struct ln_point *point, const uint8_t secret[32])
{
    if (backend->kind == LN_BACKEND_TOKEN) {
        memset(point, 0, sizeof *point);
        btc_sha256(point->wire + 1, secret, 32);
        point->wire[0] = (uint8_t)(2 + (point->wire[32] & 1));
        return true;
    }
    if (backend->kind == LN_BACKEND_REAL) {
        return real_point(backend, point, secret);
    }
    const struct ln_point *known = ln_memo_find_point(backend->memo, secret);
    if (known != NULL) {
        *point = *known;
        return true;
    }
    if (!real_point(backend, point, secret)) {
        return false;
    }
    ln_memo_put_point(backend->memo, secret, point);
    return true;
}

bool ln_backend_read_point(const struct ln_backend *backend, struct ln_point *point, const uint8_t wire[33])
{
    const struct ln_memo_point *known =
        backend->kind == LN_BACKEND_MEMO ? ln_memo_find_wire(backend->memo, wire) : NULL;
    if (known != NULL) {
        *point = known->point;
        return true;
    }
    struct ln_point read = {0};
    memcpy(read.wire, wire, 33);
    if (backend->kind != LN_BACKEND_TOKEN && !btc_pubkey_read_compressed(backend->curve, &read.parsed, wire)) {
        return false;
    }
    *point = read;
    return true;
}

bool ln_backend_sign(const struct ln_backend *backend, uint8_t signature[64], const uint8_t hash[32],
                     const uint8_t secret[32], const uint8_t public_key[33])
{
    if (backend->kind == LN_BACKEND_TOKEN) {
        token_sign(signature, hash, public_key);
        return true;
    }
    struct btc_signature made;
    if (!btc_ecdsa_sign(backend->curve, &made, hash, secret, BTC_SIGN_PLAIN)) {
        return false;
    }
    btc_signature_write(backend->curve, signature, &made);
    if (backend->kind == LN_BACKEND_MEMO) {
        struct ln_memo_signature entry;
        memcpy(entry.hash, hash, 32);
        memcpy(entry.key, public_key, 33);
        memcpy(entry.signature, signature, 64);
        ln_memo_put_signature(backend->memo, &entry);
    }
    return true;
}

static bool is_remembered(const struct ln_backend *backend, const uint8_t signature[64], const uint8_t hash[32],
                          const struct ln_point *key)
{
    struct ln_memo_signature entry;
    memcpy(entry.hash, hash, 32);
    memcpy(entry.key, key->wire, 33);
    memcpy(entry.signature, signature, 64);
    return ln_memo_has_signature(backend->memo, &entry);
}

bool ln_backend_verify(const struct ln_backend *backend, const uint8_t signature[64], const uint8_t hash[32],
                       const struct ln_point *key)
{
    if (backend->kind == LN_BACKEND_TOKEN) {
        uint8_t expected[64];
        token_sign(expected, hash, key->wire);
        return memcmp(expected, signature, 64) == 0;
    }
    if (backend->kind == LN_BACKEND_MEMO && is_remembered(backend, signature, hash, key)) {
        return true;
    }
    struct btc_signature read;
    return btc_signature_read(backend->curve, &read, signature) &&
           btc_ecdsa_verify(backend->curve, &read, hash, &key->parsed);
}

/* ---- who signed ---- */

/* Half a signature's worth of a key, and of what was signed. */
static void token_seal(uint8_t seal[32], const uint8_t hash[32], const uint8_t key[33])
{
    uint8_t both[64];
    token_sign(both, hash, key);
    memcpy(seal, both, 32);
}

bool ln_backend_sign_recoverable(const struct ln_backend *backend, uint8_t signature[65], const uint8_t hash[32],
                                 const uint8_t secret[32], const uint8_t public_key[33])
{
    if (backend->kind == LN_BACKEND_TOKEN) {
        memcpy(signature, public_key + 1, 32);
        token_seal(signature + 32, hash, public_key);
        signature[64] = (uint8_t)(public_key[0] - 2);
        return true;
    }
    if (!btc_ecdsa_sign_recoverable(backend->curve, signature, hash, secret)) {
        return false;
    }
    if (backend->kind == LN_BACKEND_MEMO) {
        struct ln_memo_signer signer;
        memcpy(signer.hash, hash, 32);
        memcpy(signer.signature, signature, 65);
        memcpy(signer.key, public_key, 33);
        ln_memo_put_signer(backend->memo, &signer);
    }
    return true;
}

static bool recover_token(uint8_t key[33], const uint8_t signature[65], const uint8_t hash[32])
{
    uint8_t seal[32];
    if (signature[64] > 1) {
        return false;
    }
    key[0] = (uint8_t)(2 + signature[64]);
    memcpy(key + 1, signature, 32);
    token_seal(seal, hash, key);
    return memcmp(seal, signature + 32, 32) == 0;
}

bool ln_backend_recover(const struct ln_backend *backend, uint8_t key[33], const uint8_t signature[65],
                        const uint8_t hash[32])
{
    struct btc_pubkey signer;
    if (backend->kind == LN_BACKEND_TOKEN) {
        return recover_token(key, signature, hash);
    }
    const struct ln_memo_signer *known =
        backend->kind == LN_BACKEND_MEMO ? ln_memo_find_signer(backend->memo, hash, signature) : NULL;
    if (known != NULL) {
        memcpy(key, known->key, 33);
        return true;
    }
    if (signature[64] > 3 || !btc_ecdsa_recover(backend->curve, &signer, signature, hash)) {
        return false;
    }
    btc_pubkey_write(backend->curve, key, &signer);
    return true;
}

/* ---- derivation ---- */

static void tweak_of(uint8_t tweak[32], const uint8_t first[33], const uint8_t second[33])
{
    uint8_t both[66];
    memcpy(both, first, 33);
    memcpy(both + 33, second, 33);
    btc_sha256(tweak, both, sizeof both);
}

static bool derive_key(const struct ln_backend *backend, struct ln_point *key, const struct ln_point *base,
                       const struct ln_point *point)
{
    uint8_t tweak[32];
    if (backend->kind == LN_BACKEND_TOKEN) {
        ln_token_point(key->wire, point->wire, base->wire);
        return true;
    }
    tweak_of(tweak, point->wire, base->wire);
    key->parsed = base->parsed;
    if (!btc_pubkey_add(backend->curve, &key->parsed, tweak)) {
        return false;
    }
    btc_pubkey_write(backend->curve, key->wire, &key->parsed);
    return true;
}

static bool derive_revocation(const struct ln_backend *backend, uint8_t key[33], const struct ln_point *base,
                              const struct ln_point *point)
{
    uint8_t tweak[32];
    if (backend->kind == LN_BACKEND_TOKEN) {
        ln_token_point(key, base->wire, point->wire);
        return true;
    }
    struct btc_pubkey base_part = base->parsed;
    struct btc_pubkey point_part = point->parsed;
    tweak_of(tweak, base->wire, point->wire);
    if (!btc_pubkey_multiply(backend->curve, &base_part, tweak)) {
        return false;
    }
    tweak_of(tweak, point->wire, base->wire);
    if (!btc_pubkey_multiply(backend->curve, &point_part, tweak) ||
        !btc_pubkey_combine(backend->curve, &base_part, &base_part, &point_part)) {
        return false;
    }
    btc_pubkey_write(backend->curve, key, &base_part);
    return true;
}

/* The same from both secrets, of which in this process each is known to one end: once times the generator instead of
 * twice times a point. */
static bool derive_revocation_of(const struct ln_backend *backend, uint8_t key[33], const uint8_t base_secret[32],
                                 const uint8_t base[33], const struct ln_memo_point *point)
{
    uint8_t tweak[32], part[32], secret[32];
    memcpy(secret, base_secret, 32);
    memcpy(part, point->secret, 32);
    tweak_of(tweak, base, point->point.wire);
    if (!btc_secret_multiply(backend->curve, secret, tweak)) {
        return false;
    }
    tweak_of(tweak, point->point.wire, base);
    return btc_secret_multiply(backend->curve, part, tweak) && btc_secret_add(backend->curve, secret, part) &&
           btc_pubkey_wire_from_secret(backend->curve, key, secret);
}

/* In: owner, of the commitment. */
static bool derive_revocation_by(const struct ln_backend *backend, uint8_t key[33], const struct ln_keyring *keyring,
                                 enum ln_side owner, const struct ln_point *point)
{
    const struct ln_memo_point *known =
        backend->kind == LN_BACKEND_MEMO && owner == LN_THEM ? ln_memo_find_wire(backend->memo, point->wire) : NULL;
    const struct ln_point *base = &keyring->base[owner == LN_US ? LN_THEM : LN_US][LN_BASE_REVOCATION];
    return known != NULL
               ? derive_revocation_of(backend, key, keyring->secrets.secret[LN_BASE_REVOCATION], base->wire, known)
               : derive_revocation(backend, key, base, point);
}

static bool derive_all(const struct ln_backend *backend, struct ln_derived *derived, const struct ln_keyring *keyring,
                       enum ln_side side, const struct ln_point *point, bool htlcs)
{
    const struct ln_point *owner = keyring->base[side];
    const struct ln_point *other = keyring->base[side == LN_US ? LN_THEM : LN_US];
    struct ln_point delayed = {0};
    memset(derived, 0, sizeof *derived);
    derived->has_htlc_keys = htlcs;
    memcpy(derived->keys.other_payment, other[LN_BASE_PAYMENT].wire, 33);
    if (!derive_key(backend, &delayed, &owner[LN_BASE_DELAYED_PAYMENT], point) ||
        !derive_revocation_by(backend, derived->keys.revocation, keyring, side, point)) {
        return false;
    }
    memcpy(derived->keys.owner_delayed, delayed.wire, 33);
    if (htlcs && (!derive_key(backend, &derived->owner_htlc, &owner[LN_BASE_HTLC], point) ||
                  !derive_key(backend, &derived->other_htlc, &other[LN_BASE_HTLC], point))) {
        return false;
    }
    memcpy(derived->keys.owner_htlc, derived->owner_htlc.wire, 33);
    memcpy(derived->keys.other_htlc, derived->other_htlc.wire, 33);
    return true;
}

bool ln_backend_derive(const struct ln_backend *backend, struct ln_derived *derived, const struct ln_keyring *keyring,
                       enum ln_side owner, const struct ln_point *point, bool htlcs)
{
    bool memo = backend->kind == LN_BACKEND_MEMO;
    const struct ln_derived *known = memo ? ln_memo_find_keys(backend->memo, keyring->fingerprint, point->wire) : NULL;
    if (known != NULL && (known->has_htlc_keys || !htlcs)) {
        *derived = *known;
        return true;
    }
    if (!derive_all(backend, derived, keyring, owner, point, htlcs)) {
        return false;
    }
    if (memo) {
        ln_memo_put_keys(backend->memo, keyring->fingerprint, point->wire, derived);
    }
    return true;
}

/* ---- keyring ---- */

bool ln_keyring_init(const struct ln_backend *backend, struct ln_keyring *keyring, const uint8_t seed[32])
{
    struct ln_basepoints points;
    memset(keyring, 0, sizeof *keyring);
    keyring->node_index = LN_SECRET_FIRST + 1;
    if (!ln_base_secrets_init(backend->curve, &keyring->secrets, &points, seed)) {
        return false;
    }
    for (unsigned i = 0; i < LN_BASE_COUNT; i++) {
        memcpy(keyring->base[LN_US][i].wire, points.point[i], 33);
        if (!btc_pubkey_read_compressed(backend->curve, &keyring->base[LN_US][i].parsed, points.point[i])) {
            return false;
        }
    }
    return true;
}

static void fingerprint(struct ln_keyring *keyring, enum ln_side opener)
{
    struct btc_sha256_state state;
    btc_sha256_init(&state);
    for (unsigned turn = 0; turn < 2; turn++) {
        for (unsigned i = 0; i < LN_BASE_COUNT; i++) {
            btc_sha256_update(&state, keyring->base[turn ^ opener][i].wire, 33);
        }
    }
    btc_sha256_final(&state, keyring->fingerprint);
}

bool ln_keyring_meet(const struct ln_backend *backend, struct ln_keyring *keyring, const struct ln_basepoints *theirs,
                     enum ln_side opener)
{
    struct ln_point read[LN_BASE_COUNT] = {0};
    for (unsigned i = 0; i < LN_BASE_COUNT; i++) {
        memcpy(read[i].wire, theirs->point[i], 33);
        if (!btc_pubkey_read_compressed(backend->curve, &read[i].parsed, theirs->point[i])) {
            return false;
        }
    }
    memcpy(keyring->base[LN_THEM], read, sizeof read);
    keyring->obscuring_factor = ln_obscuring_factor(keyring->base[opener][LN_BASE_PAYMENT].wire,
                                                    keyring->base[1 - opener][LN_BASE_PAYMENT].wire);
    fingerprint(keyring, opener);
    return true;
}

void ln_keyring_secret(struct ln_keyring *keyring, uint8_t secret[32], uint64_t number)
{
    assert(number <= LN_SECRET_FIRST);
    unsigned slot = (unsigned)(number % LN_SECRETS_KEPT);
    if (keyring->kept[slot].number == number + 1) {
        memcpy(secret, keyring->kept[slot].secret, 32);
        return;
    }
    uint64_t index = LN_SECRET_FIRST - number;
    uint64_t node_index = index >> LN_NODE_BITS << LN_NODE_BITS;
    if (keyring->node_index != node_index) {
        ln_secret_generate(keyring->node, keyring->secrets.commitment_seed, node_index);
        keyring->node_index = node_index;
    }
    memcpy(secret, keyring->node, 32);
    ln_secret_descend(secret, LN_NODE_BITS, index);
    memcpy(keyring->kept[slot].secret, secret, 32);
    keyring->kept[slot].number = number + 1;
}

bool ln_keyring_htlc_secret(const struct ln_backend *backend, const struct ln_keyring *keyring, uint8_t secret[32],
                            const uint8_t point[33])
{
    uint8_t tweak[32];
    memcpy(secret, keyring->secrets.secret[LN_BASE_HTLC], 32);
    if (backend->kind == LN_BACKEND_TOKEN) {
        return true; /* nothing is signed with it */
    }
    tweak_of(tweak, point, keyring->base[LN_US][LN_BASE_HTLC].wire);
    return btc_secret_add(backend->curve, secret, tweak);
}
