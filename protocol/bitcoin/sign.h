/* sign.h: the witness of an input that spends a P2WPKH output.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Source: BIP 141, 143.
 */
#ifndef KONSENTO_BITCOIN_SIGN_H
#define KONSENTO_BITCOIN_SIGN_H

#include "protocol/bitcoin/curve.h"
#include "protocol/bitcoin/sighash.h"

/* DER and the hash type byte. */
#define BTC_MAX_SIGNATURE_ITEM (BTC_MAX_DER_BYTES + 1)

/* What signs. */
struct btc_signer {
    const struct btc_curve *curve;
    const uint8_t *secret;     /* 32 bytes */
    const uint8_t *public_key; /* 33 bytes */
    enum btc_sign_mode mode;
};

/* Signs a hash, as a stack item. Returns its length, 0 if the secret is invalid. */
size_t btc_sign_item(uint8_t item[BTC_MAX_SIGNATURE_ITEM], const struct btc_signer *signer, const uint8_t hash[32],
                     uint8_t type);

/* Puts the witness of an input (all of the transaction is signed) into the arena and into the transaction.
 * In: value of the spent output; cache may be NULL. Returns false if the arena is full or the secret invalid. */
__attribute__((warn_unused_result)) bool btc_sign_p2wpkh(struct btc_tx *tx, struct btc_arena *arena, uint32_t input,
                                                         const struct btc_signer *signer, int64_t value_sat,
                                                         const struct btc_sighash_cache *cache);

#endif
