/* verdicts.h: a judge of signatures that remembers keys it has read and signatures it has found good.   [real]
 * SPDX-License-Identifier: MIT
 *
 * A node judges most signatures twice, when a transaction arrives and when its block does, and meets the same keys
 * again and again; reading a compressed key costs a square root, an eighth of judging a signature. The memory is the
 * caller's; without a place for keys or for signatures that half is switched off. What is remembered changes nothing
 * but time.
 *
 *     struct btc_verdicts verdicts;
 *     btc_verdicts_init(&verdicts, keys, 256, signatures, 1024);
 *     spend.judge = btc_verdicts_judge;
 *     spend.judge_context = &verdicts;
 *
 * One thread at a time. Places are found by bytes of keys and of SHA-256, a newer entry takes an older one's place.
 */
#ifndef KONSENTO_BITCOIN_VERDICTS_H
#define KONSENTO_BITCOIN_VERDICTS_H

#include "protocol/bitcoin/spend.h"

struct btc_known_key {
    uint8_t wire[33]; /* compressed; wire[0] is 0 where there is none */
    struct btc_pubkey key;
};

struct btc_known_signature {
    uint8_t digest[32]; /* SHA-256 of key, hash and signature; zero where there is none */
};

struct btc_verdicts {
    struct btc_known_key *keys;
    struct btc_known_signature *signatures;
    uint32_t key_count;
    uint32_t signature_count;
    uint64_t judged;          /* signatures asked for */
    uint64_t remembered;      /* of these, answered from memory */
    uint64_t keys_remembered; /* of the others, with a key from memory */
};

/* Clears the memory. Owns: the caller keeps it. Limits: counts may be 0. */
void btc_verdicts_init(struct btc_verdicts *verdicts, struct btc_known_key *keys, uint32_t key_count,
                       struct btc_known_signature *signatures, uint32_t signature_count);

/* A btc_signature_judge whose context is a struct btc_verdicts: the same answers as real ECDSA. */
bool btc_verdicts_judge(void *verdicts, const struct btc_signature_check *check);

#endif
