/* test_amount.c: satoshi amounts.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/bitcoin/amount.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on

static void amounts_end_at_21_million_coins(void **state)
{
    (void)state;
    assert_true(BTC_MAX_MONEY_SAT == INT64_C(2100000000000000));
    assert_true(btc_amount_in_range(0));
    assert_true(btc_amount_in_range(BTC_MAX_MONEY_SAT));
    assert_false(btc_amount_in_range(BTC_MAX_MONEY_SAT + 1));
    assert_false(btc_amount_in_range(-1));
    assert_false(btc_amount_in_range(INT64_MAX));
    assert_false(btc_amount_in_range(INT64_MIN));
}

static void a_sum_out_of_range_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    int64_t sum_sat = 7;
    assert_true(btc_amount_add(&sum_sat, BTC_MAX_MONEY_SAT - 1, 1));
    assert_true(sum_sat == BTC_MAX_MONEY_SAT);
    assert_false(btc_amount_add(&sum_sat, BTC_MAX_MONEY_SAT, 1));
    assert_false(btc_amount_add(&sum_sat, INT64_MAX, INT64_MAX));
    assert_false(btc_amount_add(&sum_sat, -1, 2));
    assert_false(btc_amount_add(&sum_sat, 2, -1));
    assert_true(sum_sat == BTC_MAX_MONEY_SAT);
}

static void a_difference_below_zero_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    int64_t left_sat = 7;
    assert_false(btc_amount_subtract(&left_sat, 1, 2));
    assert_false(btc_amount_subtract(&left_sat, -1, -2));
    assert_false(btc_amount_subtract(&left_sat, BTC_MAX_MONEY_SAT + 1, 1));
    assert_true(left_sat == 7);
    assert_true(btc_amount_subtract(&left_sat, 5, 5));
    assert_true(left_sat == 0);
}

static void fees_round_down_for_lightning_and_up_for_mempools(void **state)
{
    (void)state;
    /* BOLT #3's worked example: weight 1124, 5000 sat/kwu. */
    assert_true(btc_amount_fee(1124, 5000) == 5620);
    assert_true(btc_amount_fee(663, 253) == 167);
    assert_true(btc_amount_fee_up(663, 253) == 168);
    assert_true(btc_amount_fee_up(1000, 253) == 253);
    assert_true(btc_amount_fee(UINT32_MAX, UINT32_MAX) == INT64_C(18446744065119617));
    assert_true(btc_amount_fee_up(UINT32_MAX, UINT32_MAX) == INT64_C(18446744065119618));
}

static void rates_are_compared_without_rounding(void **state)
{
    (void)state;
    assert_int_equal(btc_amount_rate_compare(1, 3, 2, 6), 0);
    assert_true(btc_amount_rate_compare(BTC_MAX_MONEY_SAT, 4000000, BTC_MAX_MONEY_SAT - 1, 4000000) > 0);
    assert_true(btc_amount_rate_compare(BTC_MAX_MONEY_SAT, 4000000, BTC_MAX_MONEY_SAT, 3999999) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_end_at_21_million_coins),
        cmocka_unit_test(a_sum_out_of_range_is_refused_and_changes_nothing),
        cmocka_unit_test(a_difference_below_zero_is_refused_and_changes_nothing),
        cmocka_unit_test(fees_round_down_for_lightning_and_up_for_mempools),
        cmocka_unit_test(rates_are_compared_without_rounding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
