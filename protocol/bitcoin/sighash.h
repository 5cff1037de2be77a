/* sighash.h: what a signature signs: the legacy hash and BIP 143.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Both stream into SHA-256, nothing is copied. The legacy hash keeps consensus' peculiarities: SIGHASH_SINGLE without
 * an output of that index signs the number one, and every OP_CODESEPARATOR is left out of the script code. Deleting the
 * signature itself from the script code is the interpreter's business. BIP 143's three hashes over the whole
 * transaction are the same for all inputs: take them once into a struct btc_sighash_cache.
 *
 * Source: Bitcoin consensus; BIP 143.
 */
#ifndef KONSENTO_BITCOIN_SIGHASH_H
#define KONSENTO_BITCOIN_SIGHASH_H

#include "protocol/bitcoin/tx.h"

#define BTC_SIGHASH_ALL          0x01u
#define BTC_SIGHASH_NONE         0x02u
#define BTC_SIGHASH_SINGLE       0x03u
#define BTC_SIGHASH_ANYONECANPAY 0x80u /* added to one of the three */

struct btc_sighash_cache {
    uint8_t prevouts[32];
    uint8_t sequences[32];
    uint8_t outputs[32];
};

/* Fills the cache. It is stale as soon as an outpoint, a sequence or an output changes. */
void btc_sighash_cache_init(struct btc_sighash_cache *cache, const struct btc_tx *tx);

/* What is signed. */
struct btc_sighash_what {
    const struct btc_tx *tx;
    uint32_t input; /* < tx->input_count */
    uint32_t type;  /* 32 bits are hashed; a signature carries the lowest 8 */
    struct btc_bytes
        script_code;   /* legacy: the script; P2WPKH: the P2PKH script of the hash; P2WSH: the witness script */
    int64_t value_sat; /* of the spent output; BIP 143 only */
    const struct btc_sighash_cache *cache; /* BIP 143 only; NULL: computed as needed */
};

/* The hash that a signature in a legacy or P2SH script signs. */
void btc_sighash_legacy(uint8_t hash[32], const struct btc_sighash_what *what);

/* The hash that a signature in a version 0 witness signs (BIP 143). */
void btc_sighash_segwit(uint8_t hash[32], const struct btc_sighash_what *what);

#endif
