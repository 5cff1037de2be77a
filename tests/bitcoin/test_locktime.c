/* test_locktime.c: nLockTime and relative locks, at their edges.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/bitcoin/locktime.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on

static struct btc_input inputs[2];
static struct btc_tx tx;

static void reset(uint32_t locktime, uint32_t first_sequence, uint32_t second_sequence)
{
    inputs[0] = (struct btc_input){.sequence = first_sequence};
    inputs[1] = (struct btc_input){.sequence = second_sequence};
    tx = (struct btc_tx){.version = 2, .locktime = locktime, .input_count = 2, .inputs = inputs};
}

static void a_height_lock_holds_through_its_own_height(void **state)
{
    (void)state;
    reset(100, 0, BTC_SEQUENCE_FINAL);
    assert_false(btc_tx_is_final(&tx, 100, 2000000000));
    assert_true(btc_tx_is_final(&tx, 101, 0));
    reset(100, BTC_SEQUENCE_FINAL, BTC_SEQUENCE_FINAL);
    assert_true(btc_tx_is_final(&tx, 1, 0));
    reset(0, 0, 0);
    assert_true(btc_tx_is_final(&tx, 0, 0));
}

static void a_time_lock_looks_at_the_median_time(void **state)
{
    (void)state;
    reset(BTC_LOCKTIME_IS_TIME, 0, 0);
    assert_false(btc_tx_is_final(&tx, 1000000000, BTC_LOCKTIME_IS_TIME));
    assert_true(btc_tx_is_final(&tx, 0, BTC_LOCKTIME_IS_TIME + 1));
    reset(BTC_LOCKTIME_IS_TIME - 1, 0, 0);
    assert_false(btc_tx_is_final(&tx, 0, BTC_LOCKTIME_IS_TIME + 1));
}

static void relative_locks_count_from_each_input_s_own_coin(void **state)
{
    (void)state;
    const struct btc_coin_age ages[2] = {{1000, 600000}, {1005, 700000}};
    reset(0, 10, 3);
    struct btc_earliest earliest = btc_tx_earliest(&tx, ages);
    assert_int_equal(earliest.min_height, 1010);
    assert_int_equal(earliest.min_time, 0);
    reset(0, BTC_SEQUENCE_LOCK_TIME | 2, BTC_SEQUENCE_LOCK_OFF | 50);
    earliest = btc_tx_earliest(&tx, ages);
    assert_int_equal(earliest.min_height, 0);
    assert_int_equal(earliest.min_time, 600000 + 1024);
    reset(0, 0, 0x00a00000 | 7); /* bits without a meaning are passed over */
    earliest = btc_tx_earliest(&tx, ages);
    assert_int_equal(earliest.min_height, 1012);
    tx.version = 1;
    earliest = btc_tx_earliest(&tx, ages);
    assert_int_equal(earliest.min_height, 0);
}

static void checklocktimeverify_compares_like_with_like(void **state)
{
    (void)state;
    reset(500, 0, BTC_SEQUENCE_FINAL);
    assert_true(btc_tx_meets_locktime(&tx, 0, 500));
    assert_false(btc_tx_meets_locktime(&tx, 0, 501));
    assert_false(btc_tx_meets_locktime(&tx, 1, 500));
    assert_false(btc_tx_meets_locktime(&tx, 0, BTC_LOCKTIME_IS_TIME));
    reset(BTC_LOCKTIME_IS_TIME + 5, 0, 0);
    assert_true(btc_tx_meets_locktime(&tx, 0, BTC_LOCKTIME_IS_TIME + 5));
    assert_false(btc_tx_meets_locktime(&tx, 0, BTC_LOCKTIME_IS_TIME + 6));
    assert_false(btc_tx_meets_locktime(&tx, 0, 5));
}

static void checksequenceverify_compares_like_with_like(void **state)
{
    (void)state;
    reset(0, 144, BTC_SEQUENCE_LOCK_TIME | 10);
    assert_true(btc_tx_meets_sequence(&tx, 0, 144));
    assert_false(btc_tx_meets_sequence(&tx, 0, 145));
    assert_false(btc_tx_meets_sequence(&tx, 0, BTC_SEQUENCE_LOCK_TIME | 1));
    assert_true(btc_tx_meets_sequence(&tx, 1, BTC_SEQUENCE_LOCK_TIME | 10));
    assert_false(btc_tx_meets_sequence(&tx, 1, BTC_SEQUENCE_LOCK_TIME | 11));
    assert_false(btc_tx_meets_sequence(&tx, 1, 1));
    inputs[0].sequence |= BTC_SEQUENCE_LOCK_OFF;
    assert_false(btc_tx_meets_sequence(&tx, 0, 1));
    inputs[0].sequence = 144;
    tx.version = 1;
    assert_false(btc_tx_meets_sequence(&tx, 0, 144));
    tx.version = UINT32_MAX; /* as Core reads it: unsigned */
    assert_true(btc_tx_meets_sequence(&tx, 0, 144));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_height_lock_holds_through_its_own_height),
        cmocka_unit_test(a_time_lock_looks_at_the_median_time),
        cmocka_unit_test(relative_locks_count_from_each_input_s_own_coin),
        cmocka_unit_test(checklocktimeverify_compares_like_with_like),
        cmocka_unit_test(checksequenceverify_compares_like_with_like),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
