/* memo.h: results of curve operations that both ends of a channel would reckon, kept for the second of them.   [real]
 * SPDX-License-Identifier: MIT
 *
 * For two ends in one process. The point of a secret, the keys of a commitment, what of it is signed, and a signature
 * are reckoned by one end and looked up by the other; a signature found here was made by its key and is not verified.
 * What an onion's sender shares with a hop, and who signed an invoice, are looked up likewise.
 *
 * Each table is a power of two of slots in the caller's memory; a newer entry takes the place of an older one, and what
 * is not found is reckoned, so results never depend on what is kept. Signatures lie in rows of LN_MEMO_WAYS, of which
 * the oldest goes: with one place for each, a batch of hundreds would push out its own.
 */
#ifndef KONSENTO_LIGHTNING_MEMO_H
#define KONSENTO_LIGHTNING_MEMO_H

#include "protocol/lightning/keys.h"

/* A point as on the wire and, unless signatures are tokens, parsed. */
struct ln_point {
    uint8_t wire[33];
    struct btc_pubkey parsed;
};

/* The keys of a commitment. Without HTLCs their keys are not reckoned. */
struct ln_derived {
    struct ln_commitment_keys keys;
    struct ln_point owner_htlc;
    struct ln_point other_htlc;
    bool has_htlc_keys;
};

struct ln_memo_point {
    uint8_t secret[32];
    struct ln_point point;
};

struct ln_memo_keys {
    uint8_t channel[32]; /* struct ln_keyring's fingerprint */
    uint8_t point[33];
    struct ln_derived derived;
};

struct ln_memo_signature {
    uint8_t hash[32];
    uint8_t key[33];
    uint8_t signature[64];
};

/* What a hop finds in an onion. */
struct ln_memo_hop {
    uint8_t key[33];  /* in its packet */
    uint8_t node[33]; /* its id */
    uint8_t secret[32];
    uint8_t next[33]; /* key of the next packet */
};

struct ln_memo_signer {
    uint8_t hash[32];
    uint8_t signature[65]; /* with the recovery id */
    uint8_t key[33];
};

#define LN_MEMO_HTLCS 128 /* commitments with more are not kept */
#define LN_MEMO_WAYS  4

/* What of a commitment is signed. Places: which HTLC of the view each HTLC output is. */
struct ln_memo_commitment {
    uint64_t digest[2]; /* of all that the commitment is made of */
    uint8_t point[33];
    struct ln_point owner_key; /* for HTLCs */
    struct ln_point other_key;
    uint8_t hash[32];
    uint32_t count;
    uint32_t places[LN_MEMO_HTLCS];
    uint8_t hashes[LN_MEMO_HTLCS][32];
};

struct ln_memo {
    struct ln_memo_commitment *commitments;
    struct ln_memo_point *points;
    struct ln_memo_point *wires; /* the same, by the points' bytes */
    struct ln_memo_keys *keys;
    struct ln_memo_hop *hops;
    struct ln_memo_signer *signers;
    struct ln_memo_signature *signatures;
    uint32_t slots_mask; /* of all tables but the last */
    uint32_t rows_mask;  /* of signatures */
};

/* The bytes that a memo of so many slots needs. In: slots of the tables of points and of keys, and of signatures, each
 * a power of two, signatures LN_MEMO_WAYS or more (asserts). For batches of n HTLCs take at least 4 n signatures. */
size_t ln_memo_bytes(uint32_t slots, uint32_t signatures);
/* Owns: the caller keeps memory, aligned for any object, ln_memo_bytes() long. */
void ln_memo_init(struct ln_memo *memo, void *memory, uint32_t slots, uint32_t signatures);

/* Each finds NULL or an entry; ..._put overwrites. */
const struct ln_point *ln_memo_find_point(const struct ln_memo *memo, const uint8_t secret[32]);
const struct ln_memo_point *ln_memo_find_wire(const struct ln_memo *memo, const uint8_t wire[33]);
void ln_memo_put_point(struct ln_memo *memo, const uint8_t secret[32], const struct ln_point *point);
const struct ln_derived *ln_memo_find_keys(const struct ln_memo *memo, const uint8_t channel[32],
                                           const uint8_t point[33]);
void ln_memo_put_keys(struct ln_memo *memo, const uint8_t channel[32], const uint8_t point[33],
                      const struct ln_derived *derived);
const struct ln_memo_commitment *ln_memo_find_commitment(const struct ln_memo *memo, const uint64_t digest[2],
                                                         const uint8_t point[33]);
/* The slot for a commitment, to be filled by the caller, digest and point last. */
struct ln_memo_commitment *ln_memo_commitment_slot(struct ln_memo *memo, const uint64_t digest[2]);
const struct ln_memo_hop *ln_memo_find_hop(const struct ln_memo *memo, const uint8_t key[33], const uint8_t node[33]);
void ln_memo_put_hop(struct ln_memo *memo, const struct ln_memo_hop *hop);
const struct ln_memo_signer *ln_memo_find_signer(const struct ln_memo *memo, const uint8_t hash[32],
                                                 const uint8_t signature[65]);
void ln_memo_put_signer(struct ln_memo *memo, const struct ln_memo_signer *signer);
bool ln_memo_has_signature(const struct ln_memo *memo, const struct ln_memo_signature *signature);
void ln_memo_put_signature(struct ln_memo *memo, const struct ln_memo_signature *signature);

#endif
