/* test_wallet.c: a wallet learns, pays, and follows reorganisations.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the wallet builds is offered to a mempool under its full policy, signatures included.
 */
#include "protocol/bitcoin/selection.h"
#include "tests/bitcoin/purse.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on

/* ---- paying ---- */

static void a_payment_is_relayed_and_has_its_feerate(void **state)
{
    struct purse *purse = *state;
    RECEIVE(purse, 1000000);
    assert_balance(purse, 1000000, 0);
    struct btc_wallet_plan *plan = plan_payment(purse, 300000);
    struct btc_wallet_payment made;
    assert_int_equal(make(purse, &made, plan), BTC_WALLET_OK);
    assert_int_equal(btc_tx_vsize(&made.tx), 141);
    assert_int_equal(made.fee_sat, 1410);
    assert_int_equal(made.tx.output_count, 2);
    assert_int_equal(made.tx.outputs[made.change].value_sat, 1000000 - 300000 - 1410);
    assert_true(btc_wallet_owns(&purse->wallet, made.tx.outputs[made.change].script));
    struct btc_mempool_verdict verdict = offer(purse->bench, &made.tx);
    assert_int_equal(verdict.error, BTC_MEMPOOL_OK);
    assert_int_equal(verdict.fee_sat, made.fee_sat);
    assert_balance(purse, 1000000, 0); /* it was not shown yet */
    see(purse, &made);
    assert_balance(purse, 0, 1000000 - 300000 - 1410);
}

static void the_same_wallet_makes_the_same_payment(void **state)
{
    struct purse *purse = *state;
    RECEIVE(purse, 5000, 70000, 20000, 20000, 9000);
    struct btc_wallet other;
    struct btc_wallet_setup setup = *purse_setup(purse->bench);
    setup.salt.words[0] = 99; /* another order in the tables */
    assert_true(btc_wallet_init(&other, &purse->bench->regtest->curve, &setup));
    uint8_t script[BTC_P2WPKH_BYTES];
    for (uint32_t i = 0; i < 5; i++)
        assert_true(btc_wallet_new_script(&other, script));
    assert_true(btc_wallet_connect(&other, &purse->bench->regtest->blocks[103].block, 103));
    struct btc_wallet_plan *plan = plan_payment(purse, 30000);
    struct btc_wallet_payment a, b;
    assert_int_equal(make(purse, &a, plan), BTC_WALLET_OK);
    assert_int_equal(btc_wallet_pay(&b, &other, &purse->bench->regtest->arena, &purse->bench->regtest->scratch, plan),
                     BTC_WALLET_OK);
    uint8_t wtxid_a[32], wtxid_b[32];
    btc_wtxid(wtxid_a, &a.tx);
    btc_wtxid(wtxid_b, &b.tx);
    assert_memory_equal(wtxid_a, wtxid_b, 32);
    btc_wallet_close(&other);
}

static void coins_that_fit_need_no_change(void **state)
{
    struct purse *purse = *state;
    RECEIVE(purse, 500000, 60000, 40000, 31000);
    /* 60,000 + 40,000 less the fee of two inputs and one output: 177 vB, 1,770 sat */
    struct btc_wallet_plan *plan = plan_payment(purse, 98200);
    struct btc_wallet_payment made;
    assert_int_equal(make(purse, &made, plan), BTC_WALLET_OK);
    assert_int_equal(made.change, BTC_WALLET_NO_CHANGE);
    assert_int_equal(made.tx.input_count, 2);
    assert_int_equal(made.tx.output_count, 1);
    assert_int_equal(made.fee_sat, 1800);
    assert_int_equal(offer(purse->bench, &made.tx).error, BTC_MEMPOOL_OK);
}

/* At 1 sat/vB change of 99 satoshi or more pays for itself, but below 294 nobody would relay it. */
static void change_is_made_from_the_dust_limit_on(void **state)
{
    struct purse *purse = *state;
    RECEIVE(purse, 100000);
    struct btc_wallet_payment made;
    for (int64_t change_sat = 290; change_sat < 300; change_sat++) {
        struct btc_wallet_plan *plan = plan_payment(purse, 100000 - 141 - change_sat);
        plan->rate_sat_per_kwu = RATE / 10;
        assert_int_equal(make(purse, &made, plan), BTC_WALLET_OK);
        if (change_sat < 294) {
            assert_int_equal(made.change, BTC_WALLET_NO_CHANGE);
            assert_int_equal(made.fee_sat, 141 + change_sat);
        } else {
            assert_int_equal(made.tx.outputs[made.change].value_sat, change_sat);
            assert_int_equal(made.fee_sat, 141);
        }
    }
    assert_int_equal(offer(purse->bench, &made.tx).error, BTC_MEMPOOL_OK);
}

static void a_record_goes_with_a_payment(void **state)
{
    struct purse *purse = *state;
    RECEIVE(purse, 100000);
    static uint8_t record[81] = "outlet 7: 6.0 kWh";
    struct btc_wallet_plan plan = plan_of(NULL); /* the record alone, the rest back */
    plan.record = btc_bytes(record, 80);
    struct btc_wallet_payment made;
    assert_int_equal(make(purse, &made, &plan), BTC_WALLET_OK);
    assert_int_equal(made.tx.output_count, 2);
    const struct btc_output *output = &made.tx.outputs[1 - made.change];
    assert_int_equal(output->value_sat, 0);
    assert_int_equal(btc_script_classify(output->script).kind, BTC_SCRIPT_NULLDATA);
    assert_memory_equal(output->script.data + output->script.length - 80, record, 80);
    assert_int_equal(offer(purse->bench, &made.tx).error, BTC_MEMPOOL_OK);
    plan.record.length = 81;
    assert_int_equal(make(purse, &made, &plan), BTC_WALLET_LIMIT);
}

static void what_cannot_be_paid_is_refused_by_name(void **state)
{
    struct purse *purse = *state;
    RECEIVE(purse, 50000, 50000);
    struct btc_wallet_payment made;
    struct btc_wallet_plan *plan = plan_payment(purse, 99000);
    assert_int_equal(make(purse, &made, plan), BTC_WALLET_FUNDS);
    purse->payment.value_sat = 100000 - 1770; /* exactly what two inputs and one output leave */
    assert_int_equal(make(purse, &made, plan), BTC_WALLET_OK);
    assert_true(made.change == BTC_WALLET_NO_CHANGE && made.fee_sat == 1770);
    purse->payment.value_sat++;
    assert_int_equal(make(purse, &made, plan), BTC_WALLET_FUNDS);
    purse->payment.value_sat = 293;
    assert_int_equal(make(purse, &made, plan), BTC_WALLET_DUST);
    purse->payment.value_sat = -5;
    assert_int_equal(make(purse, &made, plan), BTC_WALLET_LIMIT);
    purse->payment.value_sat = 1000;
    const struct btc_outpoint nowhere = {{1}, 1};
    plan->required = &nowhere;
    plan->required_count = 1;
    assert_int_equal(make(purse, &made, plan), BTC_WALLET_INPUT);
    plan->required_count = 0;
    struct regtest *regtest = purse->bench->regtest;
    struct btc_arena small;
    uint8_t memory[300];
    btc_arena_init(&small, memory, sizeof memory);
    assert_int_equal(btc_wallet_pay(&made, &purse->wallet, &small, &regtest->scratch, plan), BTC_WALLET_NO_MEMORY);
    assert_int_equal(btc_wallet_pay(&made, &purse->wallet, &regtest->arena, &small, plan), BTC_WALLET_NO_MEMORY);
    assert_int_equal(small.used, 0);
}

static void unconfirmed_coins_are_spent_only_on_request(void **state)
{
    struct purse *purse = *state;
    RECEIVE(purse, 100000);
    struct btc_wallet_plan *plan = plan_payment(purse, 20000);
    struct btc_wallet_payment first, second;
    relay(purse, &first, plan);
    assert_int_equal(make(purse, &second, plan), BTC_WALLET_FUNDS);
    plan->source = BTC_WALLET_OWN_CHANGE;
    relay(purse, &second, plan);
    assert_memory_not_equal(first.tx.outputs[first.change].script.data, second.tx.outputs[second.change].script.data,
                            BTC_P2WPKH_BYTES); /* each change has a key of its own */
    assert_balance(purse, 0, 100000 - 40000 - first.fee_sat - second.fee_sat);
}

/* ---- learning ---- */

static void blocks_and_reorganisations_move_the_balance(void **state)
{
    struct purse *purse = *state;
    struct regtest *regtest = purse->bench->regtest;
    RECEIVE(purse, 100000, 50000);
    struct btc_wallet_plan *plan = plan_payment(purse, 60000);
    struct btc_wallet_payment made;
    assert_int_equal(make(purse, &made, plan), BTC_WALLET_OK);
    see(purse, &made);
    int64_t change_sat = made.tx.outputs[made.change].value_sat;
    assert_balance(purse, 50000, change_sat);
    regtest_mine(regtest, (const struct btc_tx *[]){&made.tx}, 1, made.fee_sat);
    assert_true(btc_wallet_connect(&purse->wallet, &regtest->blocks[104].block, 104));
    assert_balance(purse, 50000 + change_sat, 0);
    see(purse, &made); /* an echo from the network changes nothing */
    assert_balance(purse, 50000 + change_sat, 0);
    btc_wallet_disconnect(&purse->wallet, &regtest->blocks[104].block, 104);
    assert_balance(purse, 50000, change_sat);
    btc_wallet_disconnect(&purse->wallet, &regtest->blocks[103].block, 103);
    assert_balance(purse, 0, 50000 + change_sat);
    btc_wallet_forget(&purse->wallet, made.txid);
    assert_balance(purse, 0, 150000);
    assert_true(btc_wallet_connect(&purse->wallet, &regtest->blocks[103].block, 103));
    assert_true(btc_wallet_connect(&purse->wallet, &regtest->blocks[104].block, 104));
    assert_balance(purse, 50000 + change_sat, 0);
}

static void forgetting_a_payment_forgets_what_was_built_on_it(void **state)
{
    struct purse *purse = *state;
    RECEIVE(purse, 100000);
    struct btc_wallet_plan *plan = plan_payment(purse, 10000);
    plan->source = BTC_WALLET_OWN_CHANGE;
    struct btc_wallet_payment chain[4];
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(make(purse, &chain[i], plan), BTC_WALLET_OK);
        see(purse, &chain[i]);
    }
    btc_wallet_forget(&purse->wallet, chain[1].txid);
    assert_balance(purse, 0, 100000 - 10000 - chain[0].fee_sat);
    btc_wallet_forget(&purse->wallet, chain[0].txid);
    assert_balance(purse, 100000, 0);
}

static void a_confirmed_rival_wins(void **state)
{
    struct purse *purse = *state;
    struct regtest *regtest = purse->bench->regtest;
    RECEIVE(purse, 100000);
    struct btc_wallet_plan *plan = plan_payment(purse, 10000);
    struct btc_wallet_payment loser, winner, child;
    assert_int_equal(make(purse, &loser, plan), BTC_WALLET_OK);
    purse->payment.value_sat = 20000;
    assert_int_equal(make(purse, &winner, plan), BTC_WALLET_OK);
    see(purse, &loser);
    plan->source = BTC_WALLET_OWN_CHANGE;
    assert_int_equal(make(purse, &child, plan), BTC_WALLET_OK);
    see(purse, &child);
    regtest_mine(regtest, (const struct btc_tx *[]){&winner.tx}, 1, winner.fee_sat);
    assert_true(btc_wallet_connect(&purse->wallet, &regtest->blocks[104].block, 104));
    assert_balance(purse, 80000 - winner.fee_sat, 0);
    see(purse, &loser); /* too late */
    assert_balance(purse, 80000 - winner.fee_sat, 0);
}

static void coinbases_must_mature(void **state)
{
    struct purse *purse = *state;
    struct regtest *regtest = purse->bench->regtest;
    uint8_t script[BTC_P2WPKH_BYTES];
    assert_true(btc_wallet_new_script(&purse->wallet, script));
    struct btc_block block = regtest_draft(regtest, NULL, 0, 0);
    block.txs[0].outputs[0].script = btc_bytes(script, sizeof script);
    regtest_reseal(regtest, &block);
    assert_int_equal(regtest_connect(regtest, &block), BTC_BLOCK_OK);
    assert_true(btc_wallet_connect(&purse->wallet, &block, 103));
    struct btc_wallet_plan *plan = plan_payment(purse, 10000);
    struct btc_wallet_payment made;
    for (uint32_t height = 104; height <= 202; height++) {
        assert_int_equal(btc_wallet_balance(&purse->wallet).immature_sat, FIRST);
        assert_int_equal(make(purse, &made, plan), BTC_WALLET_FUNDS);
        regtest_mine_empty(regtest, 1);
        assert_true(btc_wallet_connect(&purse->wallet, &regtest->blocks[height].block, height));
    }
    assert_balance(purse, FIRST, 0);
    assert_int_equal(make(purse, &made, plan), BTC_WALLET_OK);
    regtest_mine(regtest, (const struct btc_tx *[]){&made.tx}, 1, made.fee_sat);
    btc_wallet_disconnect(&purse->wallet, &regtest->blocks[202].block, 202);
    assert_int_equal(btc_wallet_balance(&purse->wallet).immature_sat, FIRST);
}

static void a_coinbase_of_a_lost_block_is_gone(void **state)
{
    struct purse *purse = *state;
    struct regtest *regtest = purse->bench->regtest;
    uint8_t script[BTC_P2WPKH_BYTES];
    assert_true(btc_wallet_new_script(&purse->wallet, script));
    struct btc_block block = regtest_draft(regtest, NULL, 0, 0);
    block.txs[0].outputs[0].script = btc_bytes(script, sizeof script);
    assert_true(btc_wallet_connect(&purse->wallet, &block, 103));
    assert_int_equal(btc_wallet_balance(&purse->wallet).immature_sat, FIRST);
    btc_wallet_disconnect(&purse->wallet, &block, 103);
    assert_balance(purse, 0, 0);
    assert_int_equal(btc_wallet_balance(&purse->wallet).immature_sat, 0);
}

static void coins_spent_long_ago_make_room(void **state)
{
    struct purse *purse = *state;
    uint8_t script[BTC_P2WPKH_BYTES];
    assert_true(btc_wallet_new_script(&purse->wallet, script));
    struct btc_input input = {.sequence = BTC_SEQUENCE_FINAL};
    struct btc_output output = {1000, btc_bytes(script, sizeof script)};
    struct btc_tx tx = {.version = 2, .input_count = 1, .output_count = 1, .inputs = &input, .outputs = &output};
    for (uint32_t height = 1; height < 3000; height++) { /* each spends the one before */
        purse->wallet.height = height;
        assert_true(btc_wallet_see(&purse->wallet, &tx, height));
        btc_txid(input.previous.txid, &tx);
        input.previous.index = 0;
    }
    assert_balance(purse, 1000, 0);
    assert_true(btc_pool_limit(&purse->wallet.coins) <= 512);
}

/* ---- selection ---- */

static void selection_is_as_good_as_trying_everything(void **state)
{
    (void)state;
    uint32_t seed = 1, exact = 0;
    for (uint32_t round = 0; round < 300; round++) {
        struct btc_selectable coins[10];
        int64_t values_sat[10], least_excess_sat = INT64_MAX;
        for (uint32_t i = 0; i < 10; i++) {
            seed = seed * 1664525 + 1013904223;
            values_sat[i] = 100 + (seed >> 16) % 1000;
            coins[i] = (struct btc_selectable){
                .outpoint = {{0}, i}, .value_sat = values_sat[i], .effective_sat = values_sat[i]};
        }
        struct btc_selection_goal goal = {500 + (seed >> 8) % 3000, 15, 40};
        for (uint32_t set = 0; set < 1024; set++) {
            int64_t sum_sat = 0;
            for (uint32_t i = 0; i < 10; i++)
                sum_sat += (set >> i & 1) != 0 ? values_sat[i] : 0;
            if (sum_sat >= goal.target_sat && sum_sat - goal.target_sat < least_excess_sat)
                least_excess_sat = sum_sat - goal.target_sat;
        }
        enum btc_selection_result result = btc_select(coins, 10, &goal);
        int64_t sum_sat = 0;
        for (uint32_t i = 0; i < 10; i++)
            sum_sat += coins[i].is_chosen ? coins[i].effective_sat : 0;
        assert_int_equal(result == BTC_SELECTION_EXACT, least_excess_sat <= goal.change_cost_sat);
        if (result == BTC_SELECTION_EXACT)
            assert_int_equal(sum_sat - goal.target_sat, least_excess_sat);
        if (result == BTC_SELECTION_CHANGE)
            assert_true(sum_sat >= goal.target_sat + goal.change_reserve_sat);
        if (result == BTC_SELECTION_SHORT)
            assert_true(least_excess_sat == INT64_MAX && sum_sat == 0);
        exact += result == BTC_SELECTION_EXACT;
    }
    assert_in_range(exact, 50, 299);
}

static void a_selection_can_be_too_tight_for_change(void **state)
{
    (void)state;
    const struct btc_selection_goal goal = {1000, 15, 40};
    static const struct {
        int64_t value_sat;
        enum btc_selection_result result;
    } CASES[] = {{499, BTC_SELECTION_SHORT}, {500, BTC_SELECTION_EXACT}, {515, BTC_SELECTION_EXACT},
                 {516, BTC_SELECTION_TIGHT}, {539, BTC_SELECTION_TIGHT}, {540, BTC_SELECTION_CHANGE}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct btc_selectable coins[2] = {
            {.outpoint = {{0}, 0}, .value_sat = 500, .effective_sat = 500},
            {.outpoint = {{0}, 1}, .value_sat = CASES[i].value_sat, .effective_sat = CASES[i].value_sat}};
        assert_int_equal(btc_select(coins, 2, &goal), CASES[i].result);
        bool chosen = CASES[i].result != BTC_SELECTION_SHORT;
        assert_true(coins[0].is_chosen == chosen && coins[1].is_chosen == chosen);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, purse_set_up, purse_tear_down)
        TEST(a_payment_is_relayed_and_has_its_feerate),
        TEST(the_same_wallet_makes_the_same_payment),
        TEST(coins_that_fit_need_no_change),
        TEST(change_is_made_from_the_dust_limit_on),
        TEST(a_record_goes_with_a_payment),
        TEST(what_cannot_be_paid_is_refused_by_name),
        TEST(unconfirmed_coins_are_spent_only_on_request),
        TEST(blocks_and_reorganisations_move_the_balance),
        TEST(forgetting_a_payment_forgets_what_was_built_on_it),
        TEST(a_confirmed_rival_wins),
        TEST(coinbases_must_mature),
        TEST(a_coinbase_of_a_lost_block_is_gone),
        TEST(coins_spent_long_ago_make_room),
        cmocka_unit_test(selection_is_as_good_as_trying_everything),
        cmocka_unit_test(a_selection_can_be_too_tight_for_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
