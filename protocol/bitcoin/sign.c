/* sign.c: the witness of an input that spends a P2WPKH output.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/sign.h"

#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/script.h"
#include <string.h>

size_t btc_sign_item(uint8_t item[BTC_MAX_SIGNATURE_ITEM], const struct btc_signer *signer, const uint8_t hash[32],
                     uint8_t type)
{
    struct btc_signature signature;
    if (!btc_ecdsa_sign(signer->curve, &signature, hash, signer->secret, signer->mode))
        return 0;
    size_t length = btc_signature_write_der(signer->curve, item, &signature);
    item[length] = type;
    return length + 1;
}

bool btc_sign_p2wpkh(struct btc_tx *tx, struct btc_arena *arena, uint32_t input, const struct btc_signer *signer,
                     int64_t value_sat, const struct btc_sighash_cache *cache)
{
    uint8_t key_hash[20], script[BTC_P2PKH_BYTES], hash[32], item[BTC_MAX_SIGNATURE_ITEM];
    btc_hash160(key_hash, signer->public_key, BTC_PUBKEY_BYTES);
    btc_script_p2pkh(script, key_hash); /* BIP 143: the script code of P2WPKH */
    const struct btc_sighash_what what = {.tx = tx,
                                          .input = input,
                                          .type = BTC_SIGHASH_ALL,
                                          .script_code = btc_bytes(script, sizeof script),
                                          .value_sat = value_sat,
                                          .cache = cache};
    btc_sighash_segwit(hash, &what);
    size_t used = arena->used, length = btc_sign_item(item, signer, hash, BTC_SIGHASH_ALL);
    struct btc_bytes *witness = btc_arena_take(arena, 2, sizeof *witness);
    uint8_t *bytes = btc_arena_take(arena, length + BTC_PUBKEY_BYTES, 1);
    if (length == 0 || witness == NULL || bytes == NULL) {
        arena->used = used;
        return false;
    }
    memcpy(bytes, item, length);
    memcpy(bytes + length, signer->public_key, BTC_PUBKEY_BYTES);
    witness[0] = btc_bytes(bytes, length);
    witness[1] = btc_bytes(bytes + length, BTC_PUBKEY_BYTES);
    tx->inputs[input].witness = witness;
    tx->inputs[input].witness_count = 2;
    return true;
}
