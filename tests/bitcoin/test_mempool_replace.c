/* test_mempool_replace.c: who may take another's place in the mempool: BIP 125 rule by rule.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/bitcoin/pool_bench.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

/* ---- replacement ---- */

static void without_a_signal_the_first_stays(void **state)
{
    struct bench *bench = *state;
    struct btc_tx *first = pay(bench, 0, 1000), *second = pay(bench, 0, 50000);
    assert_offer(bench, first, BTC_MEMPOOL_OK);
    assert_offer(bench, second, BTC_MEMPOOL_CONFLICT);
    assert_int_equal(bench->events[BTC_MEMPOOL_REFUSED], 1); /* told, since it could be mined */
    assert_ptr_equal(bench->last_other, second);
    ((uint8_t *)(uintptr_t)second->inputs[0].witness[0].data)[10] ^= 1;
    assert_offer(bench, second, BTC_MEMPOOL_CONFLICT);
    assert_int_equal(bench->events[BTC_MEMPOOL_REFUSED], 1); /* not told: anybody can write that down */
    assert_true(is_in(bench, first));
}

static void a_signal_allows_replacement_and_ancestors_hand_it_down(void **state)
{
    struct bench *bench = *state;
    struct btc_tx *first = pay_rbf(bench, 0, 1000), *child = child_of(bench, first, 1000);
    assert_offer(bench, first, BTC_MEMPOOL_OK);
    assert_offer(bench, child, BTC_MEMPOOL_OK);
    uint8_t txid[32];
    btc_txid(txid, child);
    assert_true(btc_mempool_is_replaceable(&bench->pool, txid)); /* BIP 125: inherited */
    struct btc_tx *rival = child_of(bench, first, 5000);
    struct btc_mempool_verdict verdict = offer(bench, rival);
    assert_int_equal(verdict.error, BTC_MEMPOOL_OK);
    assert_int_equal(verdict.replaced, 1);
    assert_int_equal(bench->events[BTC_MEMPOOL_REPLACED], 1);
    verdict = offer(bench, pay(bench, 0, 7000)); /* the parent: both leave */
    assert_int_equal(verdict.error, BTC_MEMPOOL_OK);
    assert_int_equal(verdict.replaced, 2);
    assert_int_equal(btc_mempool_count(&bench->pool), 1);
}

static void full_replacement_asks_for_no_signal(void **state)
{
    struct bench *bench = *state;
    btc_mempool_close(&bench->pool);
    open_pool(bench, BTC_POLICY_2024);
    struct btc_tx *first = pay(bench, 0, 1000);
    assert_offer(bench, first, BTC_MEMPOOL_OK);
    assert_offer(bench, pay(bench, 0, 1109), BTC_MEMPOOL_REPLACE_FEE); /* rule 4: 110 more */
    assert_offer(bench, pay(bench, 0, 1110), BTC_MEMPOOL_OK);
    assert_false(is_in(bench, first));
    btc_mempool_close(&bench->pool);
    open_pool(bench, BTC_POLICY_FIRST_SEEN);
    assert_offer(bench, pay_rbf(bench, 0, 1000), BTC_MEMPOOL_OK);
    assert_offer(bench, pay_rbf(bench, 0, 90000), BTC_MEMPOOL_CONFLICT); /* a signal helps nobody there */
}

static void rule_2_no_new_unconfirmed_inputs(void **state)
{
    struct bench *bench = *state;
    struct btc_tx *old = pay_rbf(bench, 0, 1000), *other = pay(bench, 1, 1000);
    assert_offer(bench, old, BTC_MEMPOOL_OK);
    assert_offer(bench, other, BTC_MEMPOOL_OK);
    const struct btc_outpoint inputs[2] = {bench->coins[0], regtest_outpoint(other, 0)};
    const int64_t values_sat[2] = {EACH, EACH - 1000}, output_sat = EACH;
    struct regtest_spend spend = {.inputs = inputs,
                                  .values_sat = values_sat,
                                  .input_count = 2,
                                  .sequence = RBF,
                                  .outputs_sat = &output_sat,
                                  .output_count = 1};
    assert_offer(bench, regtest_spend(bench->regtest, &spend), BTC_MEMPOOL_REPLACE_UNCONFIRMED);
    const struct btc_outpoint confirmed[2] = {bench->coins[0], bench->coins[2]};
    const int64_t confirmed_sat[2] = {EACH, EACH};
    spend.inputs = confirmed;
    spend.values_sat = confirmed_sat;
    assert_offer(bench, regtest_spend(bench->regtest, &spend), BTC_MEMPOOL_OK);
}

static void rules_3_and_4_fees_above_all_that_leaves(void **state)
{
    struct bench *bench = *state;
    struct btc_tx *old = pay_rbf(bench, 0, 1000), *child = child_of(bench, old, 9000);
    assert_offer(bench, old, BTC_MEMPOOL_OK);
    assert_offer(bench, child, BTC_MEMPOOL_OK);
    assert_offer(bench, pay(bench, 0, 1000), BTC_MEMPOOL_REPLACE_FEE);  /* no better rate than the old */
    assert_offer(bench, pay(bench, 0, 9999), BTC_MEMPOOL_REPLACE_FEE);  /* less than both together */
    assert_offer(bench, pay(bench, 0, 10109), BTC_MEMPOOL_REPLACE_FEE); /* nothing for its own relay */
    assert_offer(bench, pay(bench, 0, 10110), BTC_MEMPOOL_OK);
    assert_int_equal(btc_mempool_count(&bench->pool), 1);
}

static void a_replacement_has_a_better_rate_too(void **state)
{
    struct bench *bench = *state;
    assert_offer(bench, pay_rbf(bench, 0, 1000), BTC_MEMPOOL_OK);               /* 9 sat/vB */
    struct btc_tx *large = spread(bench, bench->coins[0], EACH, RBF, 5000, 30); /* more fee, a lower rate */
    assert_offer(bench, large, BTC_MEMPOOL_REPLACE_FEE);
}

static void rule_5_no_more_than_a_hundred_leave(void **state)
{
    struct bench *bench = *state;
    bench->pool.policy.max_replaced = 3;
    struct btc_tx *old = pay_rbf(bench, 0, 1000), *last = old;
    assert_offer(bench, old, BTC_MEMPOOL_OK);
    for (uint32_t i = 0; i < 3; i++) {
        last = child_of(bench, last, 1000);
        assert_offer(bench, last, BTC_MEMPOOL_OK);
    }
    assert_offer(bench, pay(bench, 0, 100000), BTC_MEMPOOL_REPLACE_COUNT);
    bench->pool.policy.max_replaced = 4;
    assert_offer(bench, pay(bench, 0, 100000), BTC_MEMPOOL_OK);
    assert_int_equal(bench->events[BTC_MEMPOOL_REPLACED], 4);
    assert_int_equal(btc_policy_of_era(BTC_POLICY_2018)->max_replaced, 100);
}

static void nobody_replaces_his_own_parent(void **state)
{
    struct bench *bench = *state;
    struct btc_tx *parent = pay_rbf(bench, 0, 1000);
    assert_offer(bench, parent, BTC_MEMPOOL_OK);
    const struct btc_outpoint inputs[2] = {bench->coins[0], regtest_outpoint(parent, 0)};
    const int64_t values_sat[2] = {EACH, EACH - 1000}, output_sat = EACH;
    struct btc_tx *odd = regtest_spend(bench->regtest, &(struct regtest_spend){.inputs = inputs,
                                                                               .values_sat = values_sat,
                                                                               .input_count = 2,
                                                                               .sequence = RBF,
                                                                               .outputs_sat = &output_sat,
                                                                               .output_count = 1});
    assert_offer(bench, odd, BTC_MEMPOOL_SPENDS_CONFLICT);
}

static void one_replacement_may_meet_several_conflicts(void **state)
{
    struct bench *bench = *state;
    struct btc_tx *a = pay_rbf(bench, 0, 1000), *b = pay_rbf(bench, 1, 1000);
    assert_offer(bench, a, BTC_MEMPOOL_OK);
    assert_offer(bench, b, BTC_MEMPOOL_OK);
    assert_offer(bench, child_of(bench, a, 1000), BTC_MEMPOOL_OK);
    const int64_t values_sat[2] = {EACH, EACH}, output_sat = 2 * EACH - 30000;
    struct btc_tx *both = regtest_spend(bench->regtest, &(struct regtest_spend){.inputs = bench->coins,
                                                                                .values_sat = values_sat,
                                                                                .input_count = 2,
                                                                                .sequence = RBF,
                                                                                .outputs_sat = &output_sat,
                                                                                .output_count = 1});
    assert_offer(bench, both, BTC_MEMPOOL_OK);
    assert_int_equal(btc_mempool_count(&bench->pool), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
        TEST(without_a_signal_the_first_stays),           TEST(a_signal_allows_replacement_and_ancestors_hand_it_down),
        TEST(full_replacement_asks_for_no_signal),        TEST(rule_2_no_new_unconfirmed_inputs),
        TEST(rules_3_and_4_fees_above_all_that_leaves),   TEST(a_replacement_has_a_better_rate_too),
        TEST(rule_5_no_more_than_a_hundred_leave),        TEST(nobody_replaces_his_own_parent),
        TEST(one_replacement_may_meet_several_conflicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
