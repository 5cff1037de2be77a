/* backend.h: who does the curve operations of channels and invoices: real, memo, or token.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     real    libsecp256k1 for everything
 *     memo    the same results, but what the other end in this process has reckoned is looked up (memo.h)
 *     token   no curve: the signature of a key is a hash of key and message, the point of a per-commitment secret is a
 *             hash, and so are the keys made from it
 *
 * State machines, amounts, lengths and order of messages are the same with each; between real and memo every byte is.
 * With token signatures differ, those of invoices too, and the points that stand for secrets, so onions as well
 * (backend_onion.h). A token proves nothing: whoever knows the public key can make it. ln_token_judge lets the
 * interpreter check scripts that have tokens. Basepoints are real always: they are made once per channel. Source:
 * BOLT 3, key derivation.
 */
#ifndef KONSENTO_LIGHTNING_BACKEND_H
#define KONSENTO_LIGHTNING_BACKEND_H

#include "protocol/bitcoin/spend.h"
#include "protocol/lightning/htlc_state.h"
#include "protocol/lightning/memo.h"

enum ln_backend_kind {
    LN_BACKEND_REAL,
    LN_BACKEND_MEMO,
    LN_BACKEND_TOKEN,
};

struct ln_backend {
    enum ln_backend_kind kind;
    const struct btc_curve *curve;
    /* Shared by both ends; needed by LN_BACKEND_MEMO, allowed with LN_BACKEND_TOKEN, where it spares building each
     * commitment twice; NULL otherwise. */
    struct ln_memo *memo;
};

#define LN_SECRETS_KEPT 4 /* newest of our own: each is needed for its point, and again when it is revealed */
#define LN_NODE_BITS    5 /* of a kept per-commitment secret: one in 32 is on the way to the others */

/* What one end knows about the keys of its channel. */
struct ln_keyring {
    struct ln_base_secrets secrets;
    struct ln_point base[2][LN_BASE_COUNT]; /* by enum ln_side */
    uint8_t fingerprint[32];                /* of all basepoints, the same at both ends */
    uint64_t obscuring_factor;
    uint64_t node_index; /* of node, LN_SECRET_FIRST + 1: none */
    uint8_t node[32];
    struct {
        uint64_t number; /* of the commitment, plus one */
        uint8_t secret[32];
    } kept[LN_SECRETS_KEPT];
};

/* ---- operations ---- */

/* The point of a secret. Returns false if the secret is out of range. */
BTC_CURVE_MUST_USE bool ln_backend_point(const struct ln_backend *backend, struct ln_point *point,
                                         const uint8_t secret[32]);
/* Reads a point that a peer sent. Returns false if it is not on the curve. */
BTC_CURVE_MUST_USE bool ln_backend_read_point(const struct ln_backend *backend, struct ln_point *point,
                                              const uint8_t wire[33]);

/* In: secret and its public key. Returns false if the secret is out of range. */
BTC_CURVE_MUST_USE bool ln_backend_sign(const struct ln_backend *backend, uint8_t signature[64], const uint8_t hash[32],
                                        const uint8_t secret[32], const uint8_t public_key[33]);
/* True if the signature is good and has a low S. */
BTC_CURVE_MUST_USE bool ln_backend_verify(const struct ln_backend *backend, const uint8_t signature[64],
                                          const uint8_t hash[32], const struct ln_point *key);

/* The keys of owner's commitment at a point. Without htlcs the HTLC keys are left out. Returns false for results that
 * nobody can find. */
BTC_CURVE_MUST_USE bool ln_backend_derive(const struct ln_backend *backend, struct ln_derived *derived,
                                          const struct ln_keyring *keyring, enum ln_side owner,
                                          const struct ln_point *point, bool htlcs);

/* A signature that tells who made it, with its recovery id in byte 64. A token has the key itself as its first half. */
BTC_CURVE_MUST_USE bool ln_backend_sign_recoverable(const struct ln_backend *backend, uint8_t signature[65],
                                                    const uint8_t hash[32], const uint8_t secret[32],
                                                    const uint8_t public_key[33]);
/* Out: key, of who signed. Returns false if nobody can have. */
BTC_CURVE_MUST_USE bool ln_backend_recover(const struct ln_backend *backend, uint8_t key[33],
                                           const uint8_t signature[65], const uint8_t hash[32]);

/* A token's point that follows from two others. */
void ln_token_point(uint8_t wire[33], const uint8_t first[33], const uint8_t second[33]);
/* Judges tokens, for struct btc_spend. Context: none. */
bool ln_token_judge(void *context, const struct btc_signature_check *check);

/* ---- keyring ---- */

/* Makes our keys from a seed. Returns false for one seed in 2^127. */
BTC_CURVE_MUST_USE bool ln_keyring_init(const struct ln_backend *backend, struct ln_keyring *keyring,
                                        const uint8_t seed[32]);
/* Takes their basepoints. Returns false if one is not on the curve; the keyring is then as before. */
BTC_CURVE_MUST_USE bool ln_keyring_meet(const struct ln_backend *backend, struct ln_keyring *keyring,
                                        const struct ln_basepoints *theirs, enum ln_side opener);
/* Our secret for a commitment number. */
void ln_keyring_secret(struct ln_keyring *keyring, uint8_t secret[32], uint64_t number);
/* Our key for HTLCs, at the point of either side's commitment. */
BTC_CURVE_MUST_USE bool ln_keyring_htlc_secret(const struct ln_backend *backend, const struct ln_keyring *keyring,
                                               uint8_t secret[32], const uint8_t point[33]);

#endif
