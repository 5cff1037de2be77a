/* test_wallet_bump.c: a wallet raises the fee of a payment, or takes it back.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each replacement is offered to a mempool that holds what it replaces: BIP 125 is the judge.
 */
#include "tests/bitcoin/purse.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on

static void a_bump_replaces_at_the_new_rate(void **state)
{
    struct purse *purse = *state;
    RECEIVE(purse, 100000, 30000);
    struct btc_wallet_plan *plan = plan_payment(purse, 60000);
    struct btc_wallet_payment old, bumped;
    struct regtest *regtest = purse->bench->regtest;
    relay(purse, &old, plan);
    plan->incremental_sat_per_kwu = 250;
    for (unsigned round = 1; round <= 3; round++) {
        plan->rate_sat_per_kwu = RATE << round;
        assert_int_equal(btc_wallet_bump(&bumped, &purse->wallet, &regtest->arena, &regtest->scratch, &old.tx, plan),
                         BTC_WALLET_OK);
        struct btc_mempool_verdict verdict = offer(purse->bench, &bumped.tx);
        assert_int_equal(verdict.error, BTC_MEMPOOL_OK);
        assert_int_equal(verdict.replaced, 1);
        assert_int_equal(bumped.fee_sat, btc_policy_fee_sat(btc_tx_vsize(&bumped.tx), plan->rate_sat_per_kwu));
        see(purse, &bumped);
        old = bumped;
    }
    assert_balance(purse, old.tx.input_count == 1 ? 30000 : 0,
                   (old.tx.input_count == 1 ? 100000 : 130000) - 60000 - old.fee_sat);
    assert_int_equal(btc_mempool_count(&purse->bench->pool), 1);
}

static void a_bump_at_the_same_rate_still_pays_for_its_relay(void **state)
{
    struct purse *purse = *state;
    RECEIVE(purse, 100000);
    struct btc_wallet_plan *plan = plan_payment(purse, 60000);
    struct btc_wallet_payment old, bumped;
    struct regtest *regtest = purse->bench->regtest;
    assert_int_equal(make(purse, &old, plan), BTC_WALLET_OK);
    assert_int_equal(btc_wallet_bump(&bumped, &purse->wallet, &regtest->arena, &regtest->scratch, &old.tx, plan),
                     BTC_WALLET_CONFIRMED); /* the wallet has not seen it */
    assert_int_equal(offer(purse->bench, &old.tx).error, BTC_MEMPOOL_OK);
    see(purse, &old);
    plan->incremental_sat_per_kwu = 250;
    assert_int_equal(btc_wallet_bump(&bumped, &purse->wallet, &regtest->arena, &regtest->scratch, &old.tx, plan),
                     BTC_WALLET_OK);
    assert_int_equal(bumped.fee_sat, old.fee_sat + 141);
    assert_int_equal(offer(purse->bench, &bumped.tx).error, BTC_MEMPOOL_OK);
    see(purse, &bumped);
    regtest_mine(regtest, (const struct btc_tx *[]){&bumped.tx}, 1, bumped.fee_sat);
    btc_mempool_connect(&purse->bench->pool, &regtest->blocks[104].block, NOW);
    assert_true(btc_wallet_connect(&purse->wallet, &regtest->blocks[104].block, 104));
    assert_int_equal(btc_wallet_bump(&old, &purse->wallet, &regtest->arena, &regtest->scratch, &bumped.tx, plan),
                     BTC_WALLET_CONFIRMED);
}

static void a_bump_takes_no_unconfirmed_coins(void **state)
{
    struct purse *purse = *state;
    struct regtest *regtest = purse->bench->regtest;
    RECEIVE(purse, 100000, 101000);
    struct btc_wallet_plan *plan = plan_payment(purse, 97000);
    struct btc_wallet_payment old, other, bumped;
    relay(purse, &old, plan);
    purse->payment.value_sat = 1000;
    assert_int_equal(make(purse, &other, plan), BTC_WALLET_OK); /* its change could pay for the bump */
    see(purse, &other);
    plan->incremental_sat_per_kwu = 250;
    plan->rate_sat_per_kwu = 20 * RATE;
    plan->source = BTC_WALLET_ANY_COIN; /* BIP 125 rule 2 forbids it */
    assert_int_equal(btc_wallet_bump(&bumped, &purse->wallet, &regtest->arena, &regtest->scratch, &old.tx, plan),
                     BTC_WALLET_FUNDS);
}

static void a_payment_taken_back_spends_the_same_coins(void **state)
{
    struct purse *purse = *state;
    RECEIVE(purse, 100000);
    struct btc_wallet_plan *plan = plan_payment(purse, 60000);
    struct btc_wallet_payment old, back;
    relay(purse, &old, plan);
    struct btc_wallet_plan again = plan_of(NULL); /* everything back to the wallet */
    again.required = &old.tx.inputs[0].previous;
    again.required_count = 1;
    again.replaced_fee_sat = old.fee_sat;
    again.incremental_sat_per_kwu = 250;
    assert_int_equal(make(purse, &back, &again), BTC_WALLET_OK);
    assert_int_equal(offer(purse->bench, &back.tx).error, BTC_MEMPOOL_OK);
    assert_int_equal(purse->bench->events[BTC_MEMPOOL_REPLACED], 1);
    see(purse, &back);
    assert_balance(purse, 0, 100000 - back.fee_sat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, purse_set_up, purse_tear_down)
        TEST(a_bump_replaces_at_the_new_rate),
        TEST(a_bump_at_the_same_rate_still_pays_for_its_relay),
        TEST(a_bump_takes_no_unconfirmed_coins),
        TEST(a_payment_taken_back_spends_the_same_coins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
