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

static enum btc_wallet_error bump(struct purse *purse, struct btc_wallet_payment *bumped,
                                  const struct btc_wallet_payment *old, const struct btc_wallet_plan *plan)
{
    struct regtest *regtest = purse->bench->regtest;
    return btc_wallet_bump(bumped, &purse->wallet, &regtest->arena, &regtest->scratch, &old->tx, plan);
}

/* Who is paid, how much, and where change goes stays; the rest is fee. */
static void assert_same_payment(const struct purse *purse, const struct btc_wallet_payment *bumped,
                                const struct btc_wallet_payment *old)
{
    bool has_change = bumped->change != BTC_WALLET_NO_CHANGE;
    assert_int_equal(bumped->tx.output_count, 1 + has_change);
    const struct btc_output *paid = &bumped->tx.outputs[bumped->change == 0 ? 1 : 0];
    assert_int_equal(paid->value_sat, purse->payment.value_sat);
    assert_true(btc_bytes_equal(paid->script, purse->payment.script));
    if (has_change && old->change != BTC_WALLET_NO_CHANGE)
        assert_true(btc_bytes_equal(bumped->tx.outputs[bumped->change].script, old->tx.outputs[old->change].script));
}

static void a_bump_shrinks_the_change_and_then_takes_another_coin(void **state)
{
    struct purse *purse = *state;
    RECEIVE(purse, 100000, 80000);
    struct btc_wallet_plan *plan = plan_payment(purse, 60000);
    struct btc_wallet_payment old, bumped;
    relay(purse, &old, plan);
    const struct btc_outpoint *first = &old.tx.inputs[0].previous;
    assert_int_equal(old.tx.input_count, 1);
    plan->incremental_sat_per_kwu = 250;
    plan->rate_sat_per_kwu = 10 * RATE;
    assert_int_equal(bump(purse, &bumped, &old, plan), BTC_WALLET_OK);
    assert_same_payment(purse, &bumped, &old);
    assert_int_equal(bumped.tx.input_count, 1);
    assert_int_equal(bumped.tx.outputs[bumped.change].value_sat, 100000 - 60000 - 141 * 100);
    plan->rate_sat_per_kwu = 40 * RATE; /* 44,000 for one input and no change: more than there is */
    assert_int_equal(bump(purse, &bumped, &old, plan), BTC_WALLET_OK);
    assert_same_payment(purse, &bumped, &old);
    assert_int_equal(bumped.tx.input_count, 2);
    assert_true(btc_outpoint_equal(first, &bumped.tx.inputs[0].previous) ||
                btc_outpoint_equal(first, &bumped.tx.inputs[1].previous));
    assert_int_equal(bumped.fee_sat, btc_policy_fee_sat(btc_tx_vsize(&bumped.tx), 40 * RATE));
    assert_int_equal(offer(purse->bench, &bumped.tx).error, BTC_MEMPOOL_OK);
    see(purse, &bumped);
    assert_balance(purse, 0, 180000 - 60000 - bumped.fee_sat);
    plan->rate_sat_per_kwu = 80 * RATE;
    assert_int_equal(bump(purse, &old, &bumped, plan), BTC_WALLET_FUNDS);
}

static void a_bump_swallows_change_that_becomes_dust(void **state)
{
    struct purse *purse = *state;
    RECEIVE(purse, 100000);
    struct btc_wallet_plan *plan = plan_payment(purse, 97000);
    struct btc_wallet_payment old, bumped;
    relay(purse, &old, plan);
    assert_int_equal(old.tx.outputs[old.change].value_sat, 100000 - 97000 - 1410);
    plan->incremental_sat_per_kwu = 250;
    plan->rate_sat_per_kwu = 2 * RATE; /* 2,820 with change, which would be 180 */
    assert_int_equal(bump(purse, &bumped, &old, plan), BTC_WALLET_OK);
    assert_same_payment(purse, &bumped, &old);
    assert_int_equal(bumped.change, BTC_WALLET_NO_CHANGE);
    assert_int_equal(bumped.fee_sat, 3000);
    assert_int_equal(offer(purse->bench, &bumped.tx).error, BTC_MEMPOOL_OK);
}

/* As many payments as there may be, a record among them, and change. */
static void the_largest_payment_can_be_bumped(void **state)
{
    struct purse *purse = *state;
    RECEIVE(purse, 1000000);
    struct btc_wallet_plan *plan = plan_payment(purse, 1000);
    struct btc_output payments[BTC_MAX_WALLET_PAYMENTS];
    for (uint32_t i = 0; i < BTC_MAX_WALLET_PAYMENTS; i++)
        payments[i] = purse->payment;
    plan->payments = payments;
    plan->payment_count = BTC_MAX_WALLET_PAYMENTS;
    plan->record = btc_bytes("outlet 7", 8);
    struct btc_wallet_payment old, bumped;
    assert_int_equal(make(purse, &old, plan), BTC_WALLET_LIMIT);
    plan->payment_count--;
    relay(purse, &old, plan);
    assert_int_equal(old.tx.output_count, BTC_MAX_WALLET_PAYMENTS + 1);
    plan->rate_sat_per_kwu = 2 * RATE;
    plan->incremental_sat_per_kwu = 250;
    assert_int_equal(bump(purse, &bumped, &old, plan), BTC_WALLET_OK);
    assert_int_equal(bumped.tx.output_count, BTC_MAX_WALLET_PAYMENTS + 1);
    assert_int_equal(offer(purse->bench, &bumped.tx).error, BTC_MEMPOOL_OK);
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
        TEST(a_bump_shrinks_the_change_and_then_takes_another_coin),
        TEST(a_bump_swallows_change_that_becomes_dust),
        TEST(the_largest_payment_can_be_bumped),
        TEST(a_bump_at_the_same_rate_still_pays_for_its_relay),
        TEST(a_bump_takes_no_unconfirmed_coins),
        TEST(a_payment_taken_back_spends_the_same_coins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
