/* cipher.h: the symmetric cryptography of Lightning: HMAC, HKDF, ChaCha20 streams, ChaCha20-Poly1305.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Source: BOLT 4 (key generation, pseudo random byte stream), BOLT 8 (HKDF and AEAD), RFC 5869, RFC 8439.
 */
#ifndef KONSENTO_LIGHTNING_CIPHER_H
#define KONSENTO_LIGHTNING_CIPHER_H

#include "protocol/bitcoin/bytes.h"

#define LN_TAG_BYTES 16

/* HMAC-SHA256 of the pieces one after the other. */
void ln_hmac(uint8_t out[32], struct btc_bytes key, const struct btc_bytes *pieces, size_t count);

/* HMAC-SHA256 with a word as key and a shared secret as message: BOLT 4's keys rho, mu, um, ammag... */
void ln_key_of_type(uint8_t key[32], const char *word, const uint8_t secret[32]);

/* HKDF-SHA256 with empty info, 64 bytes in two halves. The outputs may be the inputs. */
void ln_hkdf_pair(uint8_t first[32], uint8_t second[32], const uint8_t salt[32], struct btc_bytes input);

/* XORs bytes with the ChaCha20 stream of a key and a nonce of zeros. */
void ln_stream_xor(uint8_t *bytes, size_t length, const uint8_t key[32]);

/* The same from a block of 64 bytes of the stream on. */
void ln_stream_xor_from(uint8_t *bytes, size_t length, const uint8_t key[32], uint32_t block);
#define LN_STREAM_BLOCK 64

/* A key with its number of use: the nonce is 32 zero bits and the number in 64 bits, little-endian (BOLT 8). */
struct ln_seal {
    const uint8_t *key; /* 32 bytes */
    uint64_t nonce;
    struct btc_bytes associated;
};

/* Out: text.length bytes and a tag of LN_TAG_BYTES behind them; out may be text. */
void ln_seal_close(uint8_t *out, const struct ln_seal *seal, struct btc_bytes text);
/* In: sealed, text and tag. Out: sealed.length - LN_TAG_BYTES bytes; out may be where sealed is. Returns false, and out
 * holds nothing of use, if the tag is wrong. */
__attribute__((warn_unused_result)) bool ln_seal_open(uint8_t *out, const struct ln_seal *seal,
                                                      struct btc_bytes sealed);

/* Compares without telling by its duration where the first difference is. */
bool ln_equal_secret(const uint8_t *a, const uint8_t *b, size_t length);

#endif
