/* test_hw_meter.c: counters that are kept, zeroed, moved, rolled over, and that lie.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/meter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define WH  INT64_C(3600000000)
#define SEC INT64_C(1000000)

static struct meter fresh(int64_t modulus_uj)
{
    struct meter meter;
    meter_init(&meter, &(struct meter_config){.power_w = 3000, .resolution_uj = WH, .modulus_uj = modulus_uj});
    return meter;
}

/* Tells power and counter; 3,000 W are 50 Wh a minute. */
static enum meter_verdict tell(struct meter *meter, int64_t at_s, int64_t power_w, int64_t counter_wh)
{
    meter_power(meter, power_w, at_s * SEC);
    return meter_read(meter, counter_wh * WH, at_s * SEC);
}

static void a_counter_is_counted_from_its_first_reading(void **state)
{
    (void)state;
    struct meter meter = fresh(0);
    assert_int_equal(tell(&meter, 0, 3000, 6294), METER_FIRST);
    assert_int_equal(tell(&meter, 60, 3000, 6344), METER_TAKEN);
    assert_int_equal(tell(&meter, 61, 0, 6344), METER_SAME);
    assert_int_equal(meter.total_uj, 50 * WH);
    assert_int_equal(meter.gap_uj, 0);
}

static void more_than_can_flow_is_not_counted(void **state)
{
    (void)state;
    struct meter meter = fresh(0);
    (void)tell(&meter, 0, 3000, 1000);
    assert_int_equal(tell(&meter, 60, 3000, 21050), METER_JUMPED);
    assert_int_equal(meter.total_uj, 0);
    /* It was a slip: the next one goes on from the one before. */
    assert_int_equal(tell(&meter, 120, 3000, 1100), METER_TAKEN);
    assert_int_equal(meter.total_uj, 100 * WH);
}

static void a_counter_that_was_moved_goes_on_from_there(void **state)
{
    (void)state;
    struct meter meter = fresh(0);
    (void)tell(&meter, 0, 3000, 1000);
    (void)tell(&meter, 60, 3000, 1050);
    assert_int_equal(tell(&meter, 120, 3000, 21100), METER_JUMPED);
    assert_int_equal(tell(&meter, 180, 3000, 21150), METER_MOVED);
    assert_int_equal(meter.total_uj, 150 * WH);
    assert_int_equal(meter.gap_uj, 50 * WH); /* one minute of 3,000 W that only the power tells of */
    assert_int_equal(tell(&meter, 240, 3000, 21200), METER_TAKEN);
    assert_int_equal(meter.total_uj, 200 * WH);
}

static void a_counter_that_was_zeroed_is_counted_from_zero(void **state)
{
    (void)state;
    struct meter meter = fresh(0);
    (void)tell(&meter, 0, 3000, 100000);
    (void)tell(&meter, 60, 3000, 100050);
    /* Off for a minute, on again with 0, ten seconds of power: 8 Wh. */
    (void)meter_power(&meter, 0, 60 * SEC);
    assert_int_equal(tell(&meter, 130, 3000, 8), METER_RESET);
    assert_int_equal(meter.total_uj, 58 * WH);
    assert_int_equal(tell(&meter, 190, 3000, 58), METER_TAKEN);
    assert_int_equal(meter.total_uj, 108 * WH);
}

static void energy_before_a_reset_is_reckoned_from_power(void **state)
{
    (void)state;
    struct meter meter = fresh(0);
    (void)tell(&meter, 0, 3000, 5000);
    /* A minute of 3,000 W, of which the last ten seconds are in the new counter. */
    assert_int_equal(tell(&meter, 60, 3000, 8), METER_RESET);
    assert_int_equal(meter.total_uj, 50 * WH);
    assert_int_equal(meter.gap_uj, 42 * WH);
}

static void a_counter_with_a_modulus_rolls_over_exactly(void **state)
{
    (void)state;
    struct meter meter = fresh(100000 * WH);
    (void)tell(&meter, 0, 3000, 99980);
    assert_int_equal(tell(&meter, 60, 3000, 30), METER_ROLLED_OVER);
    assert_int_equal(meter.total_uj, 50 * WH);
    assert_int_equal(meter.gap_uj, 0);
}

/* Near nothing a late message looks like a new beginning; it is counted neither once nor twice. */
static void late_messages_mean_nothing(void **state)
{
    (void)state;
    static const int64_t shown_wh[] = {0, 1, 2, 5, 3, 4, 6, 6, 5, 8, 7, 9, 10};
    for (int64_t begin_wh = 0; begin_wh <= 5000; begin_wh += 5000) {
        struct meter meter = fresh(0);
        for (size_t i = 0; i < sizeof shown_wh / sizeof shown_wh[0]; i++)
            (void)tell(&meter, 2 * (int64_t)i, 3000, begin_wh + shown_wh[i]);
        assert_int_equal(meter.total_uj, 10 * WH);
        assert_int_equal(meter.gap_uj, 0);
        assert_int_equal(meter.count[METER_WENT_BACK], 4);
    }
}

/* One that was set back a little is believed when it stays there; what it did not tell is reckoned by power. */
static void a_counter_that_was_set_back_a_little_is_believed_later(void **state)
{
    (void)state;
    struct meter meter = fresh(0);
    for (int64_t s = 0; s <= 60; s++) /* 3,600 W: 1 Wh a second */
        (void)tell(&meter, s, 3600, s < 20 ? 5000 + s : 4998 + s);
    assert_in_range(meter.total_uj, 58 * WH, 62 * WH);
    assert_int_equal(meter.count[METER_MOVED] + meter.count[METER_RESET] <= 1, 1);
}

/* Six digits of kWh with three behind the point, and 32 bits of tenths of Wh. */
static void wide_counters_begin_anew(void **state)
{
    (void)state;
    const int64_t steps_uj[] = {WH, WH / 10}, moduli_uj[] = {100000000 * WH, (INT64_C(1) << 32) * (WH / 10)};
    for (int i = 0; i < 2; i++) {
        struct meter meter;
        meter_init(&meter,
                   &(struct meter_config){.power_w = 3000, .resolution_uj = steps_uj[i], .modulus_uj = moduli_uj[i]});
        int64_t counter_uj = moduli_uj[i] - 20 * WH;
        for (int64_t s = 0; s <= 60; s++) {
            int64_t true_uj = counter_uj + s * 3000000000;
            (void)meter_read(&meter, true_uj % moduli_uj[i] / steps_uj[i] * steps_uj[i], s * SEC);
        }
        assert_int_equal(meter.count[METER_ROLLED_OVER], 1);
        assert_int_equal(meter.total_uj, 50 * WH);
        assert_int_equal(meter.gap_uj, 0);
    }
}

/* A counter of kWh as a float has steps that grow: near 100,000 kWh they are of 1/128 kWh, and it rounds to both sides.
 */
static void floats_are_counted_to_their_step(void **state)
{
    (void)state;
    const double begin_kwh = 99990.123;
    struct meter meter;
    meter_init(&meter, &(struct meter_config){.power_w = 3000, .resolution_uj = 1000 * WH / 128});
    for (int64_t s = 0; s <= 3600; s++) {
        float shown_kwh = (float)(begin_kwh + 3.0 * (double)s / 3600);
        meter_power(&meter, 3000, s * SEC);
        (void)meter_read(&meter, (int64_t)((double)shown_kwh * 3.6e12), s * SEC);
        assert_false(meter_is_frozen(&meter, s * SEC));
    }
    int64_t less_uj = 3000 * WH - meter.total_uj;
    assert_true(less_uj > -1000 * WH / 128 && less_uj < 1000 * WH / 128);
    assert_int_equal(meter.gap_uj, 0);
    assert_int_equal(meter.count[METER_JUMPED] + meter.count[METER_WENT_BACK], 0);
}

static void a_counter_that_goes_back_a_little_is_not_believed(void **state)
{
    (void)state;
    struct meter meter = fresh(0);
    (void)tell(&meter, 0, 3000, 5000);
    (void)tell(&meter, 60, 3000, 5050);
    assert_int_equal(tell(&meter, 61, 3000, 5000), METER_WENT_BACK); /* an old message */
    assert_int_equal(tell(&meter, 120, 3000, 5100), METER_TAKEN);
    assert_int_equal(meter.total_uj, 100 * WH);
}

static void impossible_counters_leave_no_trace(void **state)
{
    (void)state;
    struct meter meter = fresh(0);
    assert_int_equal(meter_read(&meter, -1, 0), METER_OUT_OF_RANGE);
    assert_int_equal(meter_read(&meter, METER_COUNTER_MAX_UJ + 1, 0), METER_OUT_OF_RANGE);
    assert_false(meter.has_counter);
    (void)tell(&meter, 0, 3000, 10);
    assert_int_equal(meter_read(&meter, INT64_MIN, SEC), METER_OUT_OF_RANGE);
    assert_int_equal(tell(&meter, 60, 3000, 60), METER_TAKEN);
    assert_int_equal(meter.total_uj, 50 * WH);
}

static void a_counter_that_stands_still_under_power_is_frozen(void **state)
{
    (void)state;
    struct meter meter = fresh(0);
    (void)tell(&meter, 0, 3000, 10);
    assert_false(meter_is_frozen(&meter, 3 * SEC));
    for (int64_t s = 1; s <= 3; s++)
        (void)tell(&meter, s, 3000, 10);
    assert_false(meter_is_frozen(&meter, 3 * SEC)); /* 2.5 steps */
    (void)tell(&meter, 4, 3000, 10);
    assert_true(meter_is_frozen(&meter, 4 * SEC));
    meter_look_at(&meter, 4 * SEC);
    assert_false(meter_is_frozen(&meter, 4 * SEC + 1)); /* somebody says that it is in order: it has its time again */
    (void)tell(&meter, 5, 3000, 14);
    assert_false(meter_is_frozen(&meter, 5 * SEC));
}

/* A true flow behind a counter that is zeroed, moved and misread at random: the total never is off by more than what
 * nobody could know. */
static void totals_stay_near_the_truth_whatever_the_counter_does(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 200; seed++) {
        uint32_t random = seed;
        struct meter meter = fresh(0);
        int64_t true_uj = 0, base_uj = 5000 * WH, slack_uj = 2 * WH;
        for (int64_t s = 0; s < 600; s++) {
            random = random * 1664525 + 1013904223;
            int64_t power_w = (random >> 16) % 4 == 0 ? 0 : 3000;
            if (s > 0)
                true_uj += power_w * SEC;
            uint32_t chance = random >> 24;
            int64_t counter_uj = (true_uj + base_uj) / WH * WH;
            meter_power(&meter, power_w, s * SEC);
            if (chance == 0) { /* zeroed */
                base_uj = -true_uj;
                counter_uj = 0;
                slack_uj += 3 * WH;
            } else if (chance == 1) { /* moved for good */
                base_uj += 20000 * WH;
                counter_uj += 20000 * WH;
                slack_uj += 3 * WH;
            } else if (chance == 2) {
                counter_uj += 777000 * WH; /* misread once */
            } else if (chance == 3) {
                continue; /* not heard */
            }
            int64_t before_uj = meter.total_uj;
            (void)meter_read(&meter, counter_uj, s * SEC);
            assert_true(meter.total_uj >= before_uj);
            assert_true(meter.gap_uj <= meter.total_uj);
        }
        int64_t off_uj = meter.total_uj - true_uj;
        assert_true(off_uj <= slack_uj && -off_uj <= slack_uj + 2 * 3000 * SEC);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_counter_is_counted_from_its_first_reading),
        cmocka_unit_test(more_than_can_flow_is_not_counted),
        cmocka_unit_test(a_counter_that_was_moved_goes_on_from_there),
        cmocka_unit_test(a_counter_that_was_zeroed_is_counted_from_zero),
        cmocka_unit_test(energy_before_a_reset_is_reckoned_from_power),
        cmocka_unit_test(a_counter_with_a_modulus_rolls_over_exactly),
        cmocka_unit_test(late_messages_mean_nothing),
        cmocka_unit_test(a_counter_that_was_set_back_a_little_is_believed_later),
        cmocka_unit_test(wide_counters_begin_anew),
        cmocka_unit_test(floats_are_counted_to_their_step),
        cmocka_unit_test(a_counter_that_goes_back_a_little_is_not_believed),
        cmocka_unit_test(impossible_counters_leave_no_trace),
        cmocka_unit_test(a_counter_that_stands_still_under_power_is_frozen),
        cmocka_unit_test(totals_stay_near_the_truth_whatever_the_counter_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
