/* utxo.h: the set of unspent outputs: coins.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     outpoint ──table──► number ──pool──► coin (value, script, age)
 *
 * The set has no order that anybody sees, and its digest is a sum over the coins, so that two sets that were reached on
 * different ways can be compared. A coin never moves while it is in the set.
 *
 * A coin can be detached: out of the set, but still in memory. Attaching it again needs no memory and so cannot fail;
 * that is how a block which fails half way is taken back.
 */
#ifndef KONSENTO_BITCOIN_UTXO_H
#define KONSENTO_BITCOIN_UTXO_H

#include "protocol/bitcoin/locktime.h"
#include "protocol/bitcoin/pool.h"
#include "protocol/bitcoin/table.h"
#include "protocol/bitcoin/tx.h"

/* Scripts up to this length lie in the coin: every standard form but multisig. */
#ifdef KONSENTO_HARD
#define BTC_COIN_INLINE_BYTES 1 /* nearly every script is an allocation that can fail */
#else
#define BTC_COIN_INLINE_BYTES 40
#endif
#define BTC_UTXO_NONE         UINT32_MAX

enum btc_coin_origin { BTC_COIN_PLAIN = 0, BTC_COIN_COINBASE = 1 };

struct btc_coin {
    struct btc_outpoint outpoint;
    struct btc_coin_age age;
    enum btc_coin_origin origin;
    struct btc_output output; /* its script is a view: in the set, into the set's own memory */
};

struct btc_utxo {
    const struct btc_allocator *allocator;
    struct btc_pool coins;
    struct btc_table index;
    int64_t total_sat; /* of all coins */
};

/* Owns: everything, until close. */
void btc_utxo_init(struct btc_utxo *set, const struct btc_allocator *allocator, struct btc_salt salt);
void btc_utxo_close(struct btc_utxo *set);

uint32_t btc_utxo_count(const struct btc_utxo *set);

/* Returns the coin, NULL if it is not there. Good until the coin leaves the set. */
const struct btc_coin *btc_utxo_get(const struct btc_utxo *set, const struct btc_outpoint *outpoint);

/* Adds a copy. Limits: not in the set yet (asserts). Returns false if there is no memory; nothing has changed. */
__attribute__((warn_unused_result)) bool btc_utxo_add(struct btc_utxo *set, const struct btc_coin *coin);

/* Makes a detached copy. Returns its number, BTC_UTXO_NONE if there is no memory. */
__attribute__((warn_unused_result)) uint32_t btc_utxo_make(struct btc_utxo *set, const struct btc_coin *coin);

/* Takes a coin out of the set but not out of memory. Returns its number, BTC_UTXO_NONE if it is not there. */
__attribute__((warn_unused_result)) uint32_t btc_utxo_detach(struct btc_utxo *set, const struct btc_outpoint *outpoint);

/* Puts a detached coin into the set. Limits: room for it was there before, or is reserved. */
void btc_utxo_attach(struct btc_utxo *set, uint32_t number);

/* Makes room to attach count coins that were made detached. Returns false if there is no memory. */
__attribute__((warn_unused_result)) bool btc_utxo_reserve(struct btc_utxo *set, uint32_t count);

/* Gives back the memory of a detached coin. */
void btc_utxo_drop(struct btc_utxo *set, uint32_t number);

/* The coin of a number that make or detach returned. */
const struct btc_coin *btc_utxo_at(const struct btc_utxo *set, uint32_t number);

/* Sum modulo 2^256 of the SHA-256 of each coin: equal for equal sets. Takes time in proportion to the set. */
void btc_utxo_digest(uint8_t digest[32], const struct btc_utxo *set);

/* Calls visit with every coin, in no order that means anything. Limits: visit does not change the set. */
typedef void btc_coin_visitor(void *context, const struct btc_coin *coin);
void btc_utxo_visit(const struct btc_utxo *set, btc_coin_visitor *visit, void *context);

#endif
