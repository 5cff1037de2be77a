/* verdicts.c: a judge of signatures that remembers keys it has read and signatures it has found good.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/verdicts.h"

#include "protocol/bitcoin/hash.h"

#include <assert.h>
#include <string.h>

void btc_verdicts_init(struct btc_verdicts *verdicts, struct btc_known_key *keys, uint32_t key_count,
                       struct btc_known_signature *signatures, uint32_t signature_count)
{
    *verdicts = (struct btc_verdicts){
        .keys = keys, .signatures = signatures, .key_count = key_count, .signature_count = signature_count};
    if (key_count > 0)
        memset(keys, 0, key_count * sizeof *keys);
    if (signature_count > 0)
        memset(signatures, 0, signature_count * sizeof *signatures);
}

/* Four bytes that are as good as random, as a number below count. */
static uint32_t place_of(const uint8_t *bytes, uint32_t count)
{
    uint32_t number = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    return number % count;
}

/* Returns false if the wire bytes are no key. */
static bool find_key(struct btc_verdicts *verdicts, struct btc_pubkey *key, const struct btc_signature_check *check)
{
    if (verdicts->key_count == 0 || check->public_key.length != 33)
        return btc_pubkey_read(check->curve, key, check->public_key);
    const uint8_t *wire = check->public_key.data;
    struct btc_known_key *known = &verdicts->keys[place_of(wire + 1, verdicts->key_count)];
    if (known->wire[0] != 0 && memcmp(known->wire, wire, 33) == 0) {
        verdicts->keys_remembered++;
        *key = known->key;
        return true;
    }
    if (!btc_pubkey_read(check->curve, key, check->public_key))
        return false;
    memcpy(known->wire, wire, 33);
    known->key = *key;
    return true;
}

static bool judge_anew(struct btc_verdicts *verdicts, const struct btc_signature_check *check)
{
    struct btc_pubkey key;
    struct btc_signature signature;
    if (!btc_signature_read_der_lax(check->curve, &signature, check->signature) || !find_key(verdicts, &key, check))
        return false;
    btc_signature_lower_s(check->curve, &signature);
    return btc_ecdsa_verify(check->curve, &signature, check->hash, &key);
}

/* With the length of the key, no two checks are written alike: bytes cannot move between key and signature. */
static void digest_check(uint8_t digest[32], const struct btc_signature_check *check)
{
    struct btc_sha256_state state;
    btc_sha256_init(&state);
    const uint8_t key_length = (uint8_t)check->public_key.length;
    assert(check->public_key.length <= UINT8_MAX);
    btc_sha256_update(&state, &key_length, 1);
    btc_sha256_update(&state, check->hash, 32);
    btc_sha256_update(&state, check->public_key.data, check->public_key.length);
    btc_sha256_update(&state, check->signature.data, check->signature.length);
    btc_sha256_final(&state, digest);
}

bool btc_verdicts_judge(void *context, const struct btc_signature_check *check)
{
    struct btc_verdicts *verdicts = context;
    verdicts->judged++;
    if (verdicts->signature_count == 0)
        return judge_anew(verdicts, check);
    uint8_t digest[32];
    digest_check(digest, check);
    struct btc_known_signature *known = &verdicts->signatures[place_of(digest, verdicts->signature_count)];
    if (memcmp(known->digest, digest, 32) == 0) {
        verdicts->remembered++;
        return true;
    }
    if (!judge_anew(verdicts, check))
        return false;
    memcpy(known->digest, digest, 32);
    return true;
}
