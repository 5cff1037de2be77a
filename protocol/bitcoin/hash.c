/* hash.c: the hash functions that Bitcoin and Lightning are made of, through nettle.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/hash.h"

#include <nettle/hmac.h>
#include <nettle/ripemd160.h>
#include <nettle/sha1.h>

void btc_sha256_init(struct btc_sha256_state *state)
{
    sha256_init(&state->nettle);
}

void btc_sha256_update(struct btc_sha256_state *state, const void *bytes, size_t length)
{
    if (length > 0)
        sha256_update(&state->nettle, length, bytes);
}

void btc_sha256_final(struct btc_sha256_state *state, uint8_t out[32])
{
    sha256_digest(&state->nettle, 32, out);
}

void btc_sha256d_final(struct btc_sha256_state *state, uint8_t out[32])
{
    uint8_t once[32];
    sha256_digest(&state->nettle, 32, once);
    sha256_update(&state->nettle, 32, once);
    sha256_digest(&state->nettle, 32, out);
}

static void hash_piece(void *context, size_t length, const uint8_t *bytes)
{
    btc_sha256_update(context, bytes, length);
}

void btc_hasher_init(struct btc_hasher *hasher)
{
    btc_sha256_init(&hasher->state);
    btc_writer_init_sink(&hasher->writer, hash_piece, &hasher->state);
}

void btc_hasher_final(struct btc_hasher *hasher, uint8_t out[32])
{
    btc_sha256_final(&hasher->state, out);
}

void btc_hasher_final_twice(struct btc_hasher *hasher, uint8_t out[32])
{
    btc_sha256d_final(&hasher->state, out);
}

void btc_sha256(uint8_t out[32], const void *bytes, size_t length)
{
    struct btc_sha256_state state;
    btc_sha256_init(&state);
    btc_sha256_update(&state, bytes, length);
    btc_sha256_final(&state, out);
}

void btc_sha256d(uint8_t out[32], const void *bytes, size_t length)
{
    struct btc_sha256_state state;
    btc_sha256_init(&state);
    btc_sha256_update(&state, bytes, length);
    btc_sha256d_final(&state, out);
}

void btc_sha256d_pair(uint8_t out[32], const uint8_t left[32], const uint8_t right[32])
{
    struct btc_sha256_state state;
    btc_sha256_init(&state);
    btc_sha256_update(&state, left, 32);
    btc_sha256_update(&state, right, 32);
    btc_sha256d_final(&state, out);
}

void btc_ripemd160(uint8_t out[20], const void *bytes, size_t length)
{
    struct ripemd160_ctx state;
    ripemd160_init(&state);
    if (length > 0)
        ripemd160_update(&state, length, bytes);
    ripemd160_digest(&state, 20, out);
}

void btc_hash160(uint8_t out[20], const void *bytes, size_t length)
{
    uint8_t inner[32];
    btc_sha256(inner, bytes, length);
    btc_ripemd160(out, inner, 32);
}

void btc_sha1(uint8_t out[20], const void *bytes, size_t length)
{
    struct sha1_ctx state;
    sha1_init(&state);
    if (length > 0)
        sha1_update(&state, length, bytes);
    sha1_digest(&state, 20, out);
}

void btc_sha512(uint8_t out[64], const void *bytes, size_t length)
{
    struct sha512_ctx state;
    sha512_init(&state);
    if (length > 0)
        sha512_update(&state, length, bytes);
    sha512_digest(&state, 64, out);
}

void btc_hmac_sha512(uint8_t out[64], struct btc_bytes key, struct btc_bytes message)
{
    struct hmac_sha512_ctx state;
    hmac_sha512_set_key(&state, key.length, key.data);
    if (message.length > 0)
        hmac_sha512_update(&state, message.length, message.data);
    hmac_sha512_digest(&state, 64, out);
}

void btc_hmac_sha256(uint8_t out[32], struct btc_bytes key, struct btc_bytes message)
{
    struct hmac_sha256_ctx state;
    hmac_sha256_set_key(&state, key.length, key.data);
    if (message.length > 0)
        hmac_sha256_update(&state, message.length, message.data);
    hmac_sha256_digest(&state, 32, out);
}
