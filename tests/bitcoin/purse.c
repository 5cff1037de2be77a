/* purse.c: a wallet beside a mempool and a chain, for tests.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/bitcoin/purse.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>

const struct btc_wallet_setup *purse_setup(const struct bench *bench)
{
    static struct btc_wallet_setup setup;
    static const uint8_t SEED[16] = {1, 2, 3, 4, 5, 6, 7, 8};
    setup = (struct btc_wallet_setup){.network = BTC_REGTEST,
                                      .seed = btc_bytes(SEED, sizeof SEED),
                                      .salt = {{5, 6}},
                                      .allocator = &bench->regtest->allocator.base};
    return &setup;
}

int purse_set_up(void **state)
{
    struct purse *purse = calloc(1, sizeof *purse);
    bench_set_up(state);
    purse->bench = *state;
    assert_true(btc_wallet_init(&purse->wallet, &purse->bench->regtest->curve, purse_setup(purse->bench)));
    purse->others[1] = 20;
    *state = purse;
    return 0;
}

int purse_tear_down(void **state)
{
    struct purse *purse = *state;
    void *bench = purse->bench;
    btc_wallet_close(&purse->wallet);
    free(purse);
    return bench_tear_down(&bench);
}

void receive(struct purse *purse, const int64_t *values_sat, uint32_t count)
{
    struct regtest *regtest = purse->bench->regtest;
    const struct btc_tx *txs[SPLIT];
    for (uint32_t i = 0; i < count; i++) {
        struct btc_tx *tx = spread(purse->bench, purse->bench->coins[i], EACH, BTC_SEQUENCE_FINAL, 0, 2);
        uint8_t *script = btc_arena_take(&regtest->arena, BTC_P2WPKH_BYTES, 1);
        assert_true(btc_wallet_new_script(&purse->wallet, script));
        tx->outputs[0] = (struct btc_output){values_sat[i], btc_bytes(script, BTC_P2WPKH_BYTES)};
        tx->outputs[1].value_sat = EACH - values_sat[i];
        resign(purse->bench, tx);
        txs[i] = tx;
    }
    regtest_mine(regtest, txs, count, 0);
    assert_true(
        btc_wallet_connect(&purse->wallet, &regtest->blocks[regtest->chain.height].block, regtest->chain.height));
}

struct btc_wallet_plan plan_of(const struct btc_output *payment)
{
    return (struct btc_wallet_plan){.payments = payment,
                                    .payment_count = payment == NULL ? 0 : 1,
                                    .rate_sat_per_kwu = RATE,
                                    .dust_sat_per_kwu = 750,
                                    .sequence = RBF,
                                    .sign_mode = BTC_SIGN_LOW_R};
}

struct btc_wallet_plan *plan_payment(struct purse *purse, int64_t value_sat)
{
    purse->payment = (struct btc_output){value_sat, btc_bytes(purse->others, sizeof purse->others)};
    purse->plan = plan_of(&purse->payment);
    return &purse->plan;
}

enum btc_wallet_error make(struct purse *purse, struct btc_wallet_payment *payment, const struct btc_wallet_plan *plan)
{
    struct regtest *regtest = purse->bench->regtest;
    size_t used = regtest->arena.used;
    enum btc_wallet_error error = btc_wallet_pay(payment, &purse->wallet, &regtest->arena, &regtest->scratch, plan);
    assert_int_equal(regtest->scratch.used, 0);
    assert_true(error == BTC_WALLET_OK || regtest->arena.used == used);
    return error;
}

void see(struct purse *purse, const struct btc_wallet_payment *payment)
{
    assert_true(btc_wallet_see(&purse->wallet, &payment->tx, BTC_WALLET_UNCONFIRMED));
}

void relay(struct purse *purse, struct btc_wallet_payment *payment, const struct btc_wallet_plan *plan)
{
    assert_int_equal(make(purse, payment, plan), BTC_WALLET_OK);
    assert_int_equal(offer(purse->bench, &payment->tx).error, BTC_MEMPOOL_OK);
    see(purse, payment);
}

void assert_balance(const struct purse *purse, int64_t confirmed_sat, int64_t pending_sat)
{
    struct btc_wallet_balance balance = btc_wallet_balance(&purse->wallet);
    assert_int_equal(balance.confirmed_sat, confirmed_sat);
    assert_int_equal(balance.pending_sat, pending_sat);
}
