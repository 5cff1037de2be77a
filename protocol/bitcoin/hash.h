/* hash.h: the hash functions that Bitcoin and Lightning are made of.   [real]
 * SPDX-License-Identifier: MIT
 *
 *   sha256d = SHA-256 twice: txid, block hash, checksums, sighash
 *   hash160 = RIPEMD-160 of SHA-256: key and script hashes in outputs
 *   hmac_sha512: BIP 32
 *
 * Inputs may be NULL when their length is 0. Outputs may overlap inputs: they are written last.
 */
#ifndef KONSENTO_BITCOIN_HASH_H
#define KONSENTO_BITCOIN_HASH_H

#include "protocol/bitcoin/bytes.h"
#include <nettle/sha2.h>
#include <stddef.h>
#include <stdint.h>

/* A SHA-256 that is fed in pieces. Copy it to go on from one state in two ways. */
struct btc_sha256_state {
    struct sha256_ctx nettle;
};

void btc_sha256_init(struct btc_sha256_state *state);
void btc_sha256_update(struct btc_sha256_state *state, const void *bytes, size_t length);
/* Out: the hash of all that was fed; state is as after init. */
void btc_sha256_final(struct btc_sha256_state *state, uint8_t out[32]);
/* As final, and hashed once more. */
void btc_sha256d_final(struct btc_sha256_state *state, uint8_t out[32]);

/* A writer of what is hashed. Do not copy or move it: the writer points into it. */
struct btc_hasher {
    struct btc_writer writer;
    struct btc_sha256_state state;
};

void btc_hasher_init(struct btc_hasher *hasher);
/* Out: SHA-256 of all that was written, once or twice. Init again before the next. */
void btc_hasher_final(struct btc_hasher *hasher, uint8_t out[32]);
void btc_hasher_final_twice(struct btc_hasher *hasher, uint8_t out[32]);

void btc_sha256(uint8_t out[32], const void *bytes, size_t length);
void btc_sha256d(uint8_t out[32], const void *bytes, size_t length);
/* SHA-256d of two hashes side by side: one node of a merkle tree. */
void btc_sha256d_pair(uint8_t out[32], const uint8_t left[32], const uint8_t right[32]);
void btc_hash160(uint8_t out[20], const void *bytes, size_t length);
void btc_ripemd160(uint8_t out[20], const void *bytes, size_t length);
/* For OP_SHA1 alone; SHA-1 protects nothing here. */
void btc_sha1(uint8_t out[20], const void *bytes, size_t length);
void btc_sha512(uint8_t out[64], const void *bytes, size_t length);

void btc_hmac_sha512(uint8_t out[64], struct btc_bytes key, struct btc_bytes message);
void btc_hmac_sha256(uint8_t out[32], struct btc_bytes key, struct btc_bytes message);

#endif
