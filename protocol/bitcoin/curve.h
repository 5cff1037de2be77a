/* curve.h: secp256k1: keys, ECDSA, and the group operations that Lightning needs, through libsecp256k1.   [real]
 * SPDX-License-Identifier: MIT
 *
 *   secret   32 bytes, 0 < secret < n             hash     32 bytes, what is signed
 *   pubkey   a point, parsed once                 tweak    32 bytes, a scalar below n
 *   wire     02/03 x (33 bytes), 04/06/07 x y (65 bytes; 06 and 07, "hybrid", are legal in old scripts alone)
 *
 * The library's context lies inside struct btc_curve, so nothing is allocated. It is read only after init (and blind),
 * and may then be shared by threads. Where no secret goes in, curve may be NULL: reading and verifying need only the
 * library's constant tables. Signatures made here are deterministic (RFC 6979) and have a low S. Data from
 * outside that is wrong returns false, and outputs are then not to be used.
 *
 * Source: SEC 1, SEC 2, RFC 6979, BIP 62 (low S), BIP 66 (strict DER), BOLT #3, #8, #11.
 */
#ifndef KONSENTO_BITCOIN_CURVE_H
#define KONSENTO_BITCOIN_CURVE_H

#include "protocol/bitcoin/bytes.h"
#include <secp256k1.h>

#define BTC_PUBKEY_BYTES   33
#define BTC_MAX_DER_BYTES  72 /* strict DER, without the hash type byte; 71 with a low S, 70 with a low R too */
#define BTC_CURVE_MEMORY   512
#define BTC_CURVE_MUST_USE __attribute__((warn_unused_result))

struct btc_curve {
    _Alignas(16) unsigned char memory[BTC_CURVE_MEMORY];
};

struct btc_pubkey {
    secp256k1_pubkey point;
};

struct btc_signature {
    secp256k1_ecdsa_signature pair;
};

/* Do not copy or move a curve that has been initialised. Nothing need be closed. */
void btc_curve_init(struct btc_curve *curve);

/* Blinds signing against side channels. In: entropy that nobody else knows. Results do not depend on it. */
void btc_curve_blind(struct btc_curve *curve, const uint8_t entropy[32]);

/* ---- keys ---- */

BTC_CURVE_MUST_USE bool btc_secret_is_valid(const struct btc_curve *curve, const uint8_t secret[32]);

BTC_CURVE_MUST_USE bool btc_pubkey_from_secret(const struct btc_curve *curve, struct btc_pubkey *pubkey,
                                               const uint8_t secret[32]);

/* Reads any form that consensus accepts, hybrid ones too. */
BTC_CURVE_MUST_USE bool btc_pubkey_read(const struct btc_curve *curve, struct btc_pubkey *pubkey,
                                        struct btc_bytes wire);

/* Reads the compressed form alone: all that Lightning and BIP 32 know. */
BTC_CURVE_MUST_USE bool btc_pubkey_read_compressed(const struct btc_curve *curve, struct btc_pubkey *pubkey,
                                                   const uint8_t wire[33]);

void btc_pubkey_write(const struct btc_curve *curve, uint8_t wire[33], const struct btc_pubkey *pubkey);
void btc_pubkey_write_uncompressed(const struct btc_curve *curve, uint8_t wire[65], const struct btc_pubkey *pubkey);

/* Orders as the compressed forms order. Returns <0, 0, >0. */
int btc_pubkey_compare(const struct btc_curve *curve, const struct btc_pubkey *a, const struct btc_pubkey *b);

/* secret to compressed public key in one step. */
BTC_CURVE_MUST_USE bool btc_pubkey_wire_from_secret(const struct btc_curve *curve, uint8_t wire[33],
                                                    const uint8_t secret[32]);

/* ---- group operations; each false if the tweak is out of range or the result is zero or infinity ---- */

BTC_CURVE_MUST_USE bool btc_secret_add(const struct btc_curve *curve, uint8_t secret[32], const uint8_t tweak[32]);
BTC_CURVE_MUST_USE bool btc_secret_multiply(const struct btc_curve *curve, uint8_t secret[32], const uint8_t tweak[32]);

/* pubkey += tweak * G */
BTC_CURVE_MUST_USE bool btc_pubkey_add(const struct btc_curve *curve, struct btc_pubkey *pubkey,
                                       const uint8_t tweak[32]);
/* pubkey *= tweak */
BTC_CURVE_MUST_USE bool btc_pubkey_multiply(const struct btc_curve *curve, struct btc_pubkey *pubkey,
                                            const uint8_t tweak[32]);
/* sum = a + b; sum may be a or b */
BTC_CURVE_MUST_USE bool btc_pubkey_combine(const struct btc_curve *curve, struct btc_pubkey *sum,
                                           const struct btc_pubkey *a, const struct btc_pubkey *b);

/* shared = SHA-256 of the compressed point secret * pubkey (BOLT #8 "ECDH"). */
BTC_CURVE_MUST_USE bool btc_ecdh(const struct btc_curve *curve, uint8_t shared[32], const struct btc_pubkey *pubkey,
                                 const uint8_t secret[32]);

/* ---- ECDSA ---- */

enum btc_sign_mode {
    BTC_SIGN_PLAIN = 0, /* RFC 6979 as it stands */
    BTC_SIGN_LOW_R = 1  /* further nonces until R takes 32 bytes: one byte less, twice the work on average */
};

/* Fails only if the secret is invalid. */
BTC_CURVE_MUST_USE bool btc_ecdsa_sign(const struct btc_curve *curve, struct btc_signature *signature,
                                       const uint8_t hash[32], const uint8_t secret[32], enum btc_sign_mode mode);

/* True if the signature is good and has a low S. */
BTC_CURVE_MUST_USE bool btc_ecdsa_verify(const struct btc_curve *curve, const struct btc_signature *signature,
                                         const uint8_t hash[32], const struct btc_pubkey *pubkey);

/* What consensus asks before BIP 66: any public key that can be read, any signature that can be read as BER with
 * whatever lengths, either S. In: der without the hash type byte. */
BTC_CURVE_MUST_USE bool btc_ecdsa_verify_lax(const struct btc_curve *curve, struct btc_bytes der,
                                             const uint8_t hash[32], struct btc_bytes pubkey_wire);

/* Makes a high S low: the other signature of the same hash by the same key. */
void btc_signature_lower_s(const struct btc_curve *curve, struct btc_signature *signature);

/* r and s, 32 bytes each, big-endian: the form on Lightning's wire. Reading fails if one is n or more. */
BTC_CURVE_MUST_USE bool btc_signature_read(const struct btc_curve *curve, struct btc_signature *signature,
                                           const uint8_t wire[64]);
void btc_signature_write(const struct btc_curve *curve, uint8_t wire[64], const struct btc_signature *signature);

/* Strict DER. Returns the length, at most BTC_MAX_DER_BYTES. */
size_t btc_signature_write_der(const struct btc_curve *curve, uint8_t der[BTC_MAX_DER_BYTES],
                               const struct btc_signature *signature);
BTC_CURVE_MUST_USE bool btc_signature_read_der(const struct btc_curve *curve, struct btc_signature *signature,
                                               struct btc_bytes der);
BTC_CURVE_MUST_USE bool btc_signature_read_der_lax(const struct btc_curve *curve, struct btc_signature *signature,
                                                   struct btc_bytes der);

/* BIP 66: exactly one encoding for each pair of integers; says nothing about their range. In: der without the hash
 * type byte. */
bool btc_der_is_strict(struct btc_bytes der);

/* BIP 62 rule 5. False too if the signature cannot be read. */
bool btc_der_is_low_s(const struct btc_curve *curve, struct btc_bytes der);

/* r, s and the recovery id 0 .. 3 in byte 64: the form in a BOLT #11 invoice. */
BTC_CURVE_MUST_USE bool btc_ecdsa_sign_recoverable(const struct btc_curve *curve, uint8_t wire[65],
                                                   const uint8_t hash[32], const uint8_t secret[32]);
BTC_CURVE_MUST_USE bool btc_ecdsa_recover(const struct btc_curve *curve, struct btc_pubkey *pubkey,
                                          const uint8_t wire[65], const uint8_t hash[32]);

#endif
