/* cipher.c: the symmetric cryptography of Lightning, by nettle.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/cipher.h"

#include <assert.h>
#include <nettle/chacha-poly1305.h>
#include <nettle/chacha.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <string.h>

void ln_hmac(uint8_t out[32], struct btc_bytes key, const struct btc_bytes *pieces, size_t count)
{
    struct hmac_sha256_ctx state;
    hmac_sha256_set_key(&state, key.length, key.data);
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].length > 0) {
            hmac_sha256_update(&state, pieces[i].length, pieces[i].data);
        }
    }
    hmac_sha256_digest(&state, 32, out);
}

void ln_key_of_type(uint8_t key[32], const char *word, const uint8_t secret[32])
{
    struct btc_bytes message = btc_bytes(secret, 32);
    ln_hmac(key, btc_bytes(word, strlen(word)), &message, 1);
}

void ln_hkdf_pair(uint8_t first[32], uint8_t second[32], const uint8_t salt[32], struct btc_bytes input)
{
    uint8_t extracted[32];
    uint8_t one = 1;
    uint8_t two = 2;
    ln_hmac(extracted, btc_bytes(salt, 32), &input, 1);
    struct btc_bytes key = btc_bytes(extracted, 32);
    ln_hmac(first, key, (struct btc_bytes[]){btc_bytes(&one, 1)}, 1);
    ln_hmac(second, key, (struct btc_bytes[]){btc_bytes(first, 32), btc_bytes(&two, 1)}, 2);
}

void ln_stream_xor_from(uint8_t *bytes, size_t length, const uint8_t key[32], uint32_t block)
{
    static const uint8_t zeros[CHACHA_NONCE96_SIZE];
    const uint8_t counter[4] = {(uint8_t)block, (uint8_t)(block >> 8), (uint8_t)(block >> 16), (uint8_t)(block >> 24)};
    struct chacha_ctx state;
    chacha_set_key(&state, key);
    chacha_set_nonce96(&state, zeros);
    chacha_set_counter32(&state, counter);
    chacha_crypt32(&state, length, bytes, bytes);
}

void ln_stream_xor(uint8_t *bytes, size_t length, const uint8_t key[32])
{
    ln_stream_xor_from(bytes, length, key, 0);
}

static void start(struct chacha_poly1305_ctx *state, const struct ln_seal *seal)
{
    uint8_t nonce[CHACHA_POLY1305_NONCE_SIZE] = {0};
    for (size_t i = 0; i < 8; i++) {
        nonce[4 + i] = (uint8_t)(seal->nonce >> (8 * i));
    }
    chacha_poly1305_set_key(state, seal->key);
    chacha_poly1305_set_nonce(state, nonce);
    if (seal->associated.length > 0) {
        chacha_poly1305_update(state, seal->associated.length, seal->associated.data);
    }
}

void ln_seal_close(uint8_t *out, const struct ln_seal *seal, struct btc_bytes text)
{
    struct chacha_poly1305_ctx state;
    start(&state, seal);
    if (text.length > 0) {
        chacha_poly1305_encrypt(&state, text.length, out, text.data);
    }
    chacha_poly1305_digest(&state, LN_TAG_BYTES, out + text.length);
}

bool ln_seal_open(uint8_t *out, const struct ln_seal *seal, struct btc_bytes sealed)
{
    assert(sealed.length >= LN_TAG_BYTES);
    size_t length = sealed.length - LN_TAG_BYTES;
    uint8_t given[LN_TAG_BYTES]; /* copied first: out may overlap */
    uint8_t tag[LN_TAG_BYTES];
    memcpy(given, sealed.data + length, LN_TAG_BYTES);
    struct chacha_poly1305_ctx state;
    start(&state, seal);
    if (length > 0) {
        chacha_poly1305_decrypt(&state, length, out, sealed.data);
    }
    chacha_poly1305_digest(&state, LN_TAG_BYTES, tag);
    return memeql_sec(tag, given, LN_TAG_BYTES) == 1;
}

bool ln_equal_secret(const uint8_t *a, const uint8_t *b, size_t length)
{
    return memeql_sec(a, b, length) == 1;
}
