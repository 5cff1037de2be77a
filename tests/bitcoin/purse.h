/* purse.h: a wallet beside a mempool and a chain, and what it is asked to pay, for tests.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_BITCOIN_PURSE_H
#define KONSENTO_TESTS_BITCOIN_PURSE_H

#include "protocol/bitcoin/wallet.h"
#include "tests/bitcoin/pool_bench.h"

#define RATE 2500u /* 10 sat/vB */

struct purse {
    struct bench *bench;
    struct btc_wallet wallet;
    uint8_t others[BTC_P2WPKH_BYTES]; /* a script that is not the wallet's */
    struct btc_output payment;        /* to it */
    struct btc_wallet_plan plan;      /* of that payment */
};

/* For cmocka; the tear-down asserts that all memory came back. */
int purse_set_up(void **state);
int purse_tear_down(void **state);

/* How its wallet was made; good until the next call. */
const struct btc_wallet_setup *purse_setup(const struct bench *bench);

/* Mines payments of these amounts to the wallet, each to a new script, in one block. */
void receive(struct purse *purse, const int64_t *values_sat, uint32_t count);
#define RECEIVE(purse, ...)                                                                                            \
    receive(purse, (const int64_t[]){__VA_ARGS__}, sizeof(const int64_t[]){__VA_ARGS__} / sizeof(int64_t))

/* Everything back to the wallet; or with one payment. */
struct btc_wallet_plan plan_of(const struct btc_output *payment);
/* Plans a payment to others: purse->payment and purse->plan, which is returned. */
struct btc_wallet_plan *plan_payment(struct purse *purse, int64_t value_sat);

/* Builds; asserts that no scratch is kept, and no memory after an error. */
enum btc_wallet_error make(struct purse *purse, struct btc_wallet_payment *payment, const struct btc_wallet_plan *plan);
/* Shows it to the wallet, unconfirmed. */
void see(struct purse *purse, const struct btc_wallet_payment *payment);
/* Builds, offers to the mempool, shows; asserts that all works. */
void relay(struct purse *purse, struct btc_wallet_payment *payment, const struct btc_wallet_plan *plan);

void assert_balance(const struct purse *purse, int64_t confirmed_sat, int64_t pending_sat);

#endif
