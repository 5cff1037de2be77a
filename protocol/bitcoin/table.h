/* table.h: a hash table from keys that others keep to numbers.   [real]
 * SPDX-License-Identifier: MIT
 *
 * The table holds (hash, number) pairs by open addressing; keys lie with the things the numbers name, and the caller
 * compares them. Hashes are SipHash-2-4 under a salt: with a salt that nobody else knows, nobody can fill one bucket on
 * purpose (outpoints are other people's choice). Order in the table shows nowhere, so results do not depend on the
 * salt.
 *
 * Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; Knuth, TAOCP 3, 6.4 (removal without
 * tombstones).
 */
#ifndef KONSENTO_BITCOIN_TABLE_H
#define KONSENTO_BITCOIN_TABLE_H

#include "protocol/bitcoin/allocator.h"

#define BTC_TABLE_NONE UINT32_MAX

struct btc_table_slot {
    uint32_t hash;
    uint32_t number; /* BTC_TABLE_NONE: empty */
};

struct btc_salt {
    uint64_t words[2];
};

struct btc_table {
    const struct btc_allocator *allocator;
    struct btc_salt salt;
    struct btc_table_slot *slots;
    uint32_t capacity; /* a power of two, or 0 */
    uint32_t used;
};

/* Is this the thing that has the key? */
typedef bool btc_table_match(const void *context, uint32_t number, const void *key);

/* Owns: slots, until close. */
void btc_table_init(struct btc_table *table, const struct btc_allocator *allocator, struct btc_salt salt);
void btc_table_close(struct btc_table *table);

/* Makes sure that count more pairs find room. Returns false if there is no memory; nothing has changed. */
__attribute__((warn_unused_result)) bool btc_table_reserve(struct btc_table *table, uint32_t count);

uint32_t btc_table_hash(const struct btc_table *table, const void *key, size_t length);

/* Returns the number of the thing that matches, BTC_TABLE_NONE if there is none. */
uint32_t btc_table_find(const struct btc_table *table, uint32_t hash, btc_table_match *match, const void *context,
                        const void *key);

/* Limits: room was reserved, and no thing with an equal key is in the table. */
void btc_table_put(struct btc_table *table, uint32_t hash, uint32_t number);

/* Takes out a pair. Limits: it is in the table (asserts). */
void btc_table_take(struct btc_table *table, uint32_t hash, uint32_t number);

/* SipHash-2-4. */
uint64_t btc_siphash(struct btc_salt salt, const void *bytes, size_t length);

#endif
