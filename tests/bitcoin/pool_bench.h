/* pool_bench.h: a mempool over a regtest chain, and payments to put into it, for tests.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The payer begins with SPLIT confirmed coins. Everything is signed. Every offer is followed by the pool's own audit.
 */
#ifndef KONSENTO_TESTS_BITCOIN_POOL_BENCH_H
#define KONSENTO_TESTS_BITCOIN_POOL_BENCH_H

#include "protocol/bitcoin/mempool.h"
#include "tests/bitcoin/regtest.h"

#define FIRST (50 * BTC_COIN_SAT)
#define SPLIT 40
#define EACH  (FIRST / SPLIT)
#define NOW   INT64_C(1400000000)
#define RBF   (BTC_SEQUENCE_NO_RBF - 1)

struct bench {
    struct regtest *regtest;
    struct btc_mempool pool;
    struct btc_outpoint coins[SPLIT]; /* confirmed, EACH satoshi */
    unsigned events[BTC_MEMPOOL_REFUSED + 1];
    uint8_t last_txid[32];
    const struct btc_tx *last_other;
};

/* For cmocka; the tear-down audits the pool and asserts that all memory came back. */
int bench_set_up(void **state);
int bench_tear_down(void **state);

void open_pool(struct bench *bench, enum btc_policy_era era);

/* Spends one output into count equal ones. */
struct btc_tx *spread(struct bench *bench, struct btc_outpoint outpoint, int64_t value_sat, uint32_t sequence,
                      int64_t fee_sat, uint32_t count);
struct btc_tx *pay(struct bench *bench, uint32_t coin, int64_t fee_sat);
struct btc_tx *pay_rbf(struct bench *bench, uint32_t coin, int64_t fee_sat);
/* Spends the first output of another transaction, whole. */
struct btc_tx *child_of(struct bench *bench, const struct btc_tx *parent, int64_t fee_sat);
/* Signs a payment of one coin again. */
void resign(struct bench *bench, struct btc_tx *tx);

struct btc_mempool_verdict offer(struct bench *bench, const struct btc_tx *tx);
/* Offers it and asserts what the pool says; if it is refused the pool is as before. */
void assert_offer(struct bench *bench, const struct btc_tx *tx, enum btc_mempool_error error);
bool is_in(const struct bench *bench, const struct btc_tx *tx);

#endif
