/* test_calendar_tariff.c: civil time, prices over the week, and what energy costs to the msat.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/check.h"
#include "tests/models/fixture.h"

#include "models/calendar.h"
#include "models/money.h"
#include "models/slab.h"
#include "sim/stream.h"

#include <stdio.h>
#include <time.h>

/* The C library's calendar is the oracle. */
static void civil_time_agrees_with_the_c_library(void **state)
{
    (void)state;
    for (int64_t days = -200000; days < 200000; days += 97) {
        int64_t start_unix_s = days * 86400 + 45296; /* 12:34:56 */
        int64_t time_us = (days % 1000) * 3600 * SECOND_US;
        time_t at = (time_t)(start_unix_s + time_us / SECOND_US);
        struct tm tm;
        assert_non_null(gmtime_r(&at, &tm));
        struct civil_time civil;
        calendar_civil(&civil, start_unix_s, time_us);
        assert_int_equal(civil.year, tm.tm_year + 1900);
        assert_int_equal(civil.month, tm.tm_mon + 1);
        assert_int_equal(civil.day, tm.tm_mday);
        assert_int_equal(civil.hour, tm.tm_hour);
        assert_int_equal(civil.minute, tm.tm_min);
        assert_int_equal(civil.weekday, tm.tm_wday == 0 ? 7 : tm.tm_wday);
        assert_int_equal(calendar_is_weekend(start_unix_s, time_us), tm.tm_wday == 0 || tm.tm_wday == 6);
        int64_t of_day_us = ((tm.tm_hour * 60 + tm.tm_min) * 60 + tm.tm_sec) * SECOND_US;
        assert_int_equal(calendar_time_of_day_us(start_unix_s, time_us), of_day_us);
        assert_int_equal(calendar_days_from_date(civil.year, civil.month, civil.day) * 86400,
                         at - of_day_us / SECOND_US);
    }
}

static void dates_that_are_none_are_told(void **state)
{
    (void)state;
    assert_true(calendar_date_exists(2020, 2, 29) && calendar_date_exists(2000, 2, 29));
    assert_false(calendar_date_exists(1900, 2, 29) || calendar_date_exists(2019, 2, 29));
    assert_false(calendar_date_exists(2020, 13, 1) || calendar_date_exists(2020, 0, 1));
    assert_false(calendar_date_exists(2020, 4, 31) || calendar_date_exists(2020, 4, 0));
    assert_false(calendar_date_exists(0, 1, 1) || calendar_date_exists(10000, 1, 1));
}

/* Smart Life Plan: night 22-8, at home 8-10 and 17-22 and all weekend days, day 10-17 on weekdays. */
static const struct tariff_config smart_life = {
    .kind = TARIFF_TIME_OF_USE,
    .bands = {{DAY_ANY, 0, 8 * HOUR_US, 16520000},
              {DAY_WEEKDAY, 8 * HOUR_US, 10 * HOUR_US, 28610000},
              {DAY_WEEKDAY, 10 * HOUR_US, 17 * HOUR_US, 38800000},
              {DAY_WEEKDAY, 17 * HOUR_US, 22 * HOUR_US, 28610000},
              {DAY_WEEKEND, 8 * HOUR_US, 22 * HOUR_US, 28610000},
              {DAY_ANY, 22 * HOUR_US, 24 * HOUR_US, 16520000}},
    .band_count = 6,
};

static void a_week_of_prices_has_the_right_hours(void **state)
{
    (void)state;
    struct tariff tariff = {.config = &smart_life, .start_unix_s = INT64_C(1578268800) + 5 * 3600}; /* Monday, 5:00 */
    int64_t hours[3] = {0};
    char why[100];
    for (int64_t time_us = 0; time_us < 7 * DAY_US; time_us += HOUR_US) {
        int64_t price;
        assert_true(tariff_price(&tariff, &price, time_us, why, sizeof why));
        hours[price == 16520000 ? 0 : price == 28610000 ? 1 : 2]++;
    }
    assert_int_equal(hours[0], 70);
    assert_int_equal(hours[1], 5 * 7 + 2 * 14);
    assert_int_equal(hours[2], 5 * 7);
}

static void between_two_changes_the_price_stands_still(void **state)
{
    (void)state;
    struct tariff tariff = {.config = &smart_life, .start_unix_s = INT64_C(1578268800) + 5 * 3600 + 1234};
    char why[100];
    int changes = 0;
    for (int64_t time_us = 0; time_us < 14 * DAY_US;) {
        int64_t next_us = tariff_next_us(&tariff, time_us), here, later;
        assert_true(next_us > time_us && next_us <= time_us + DAY_US);
        assert_true(tariff_price(&tariff, &here, time_us, why, sizeof why));
        for (int64_t at_us = time_us; at_us < next_us; at_us += 7 * MINUTE_US) {
            assert_true(tariff_price(&tariff, &later, at_us, why, sizeof why));
            assert_int_equal(later, here);
        }
        assert_true(tariff_price(&tariff, &later, next_us - 1, why, sizeof why));
        assert_int_equal(later, here);
        time_us = next_us;
        changes++;
    }
    assert_true(changes < 14 * 7);
    struct tariff_config flat = {.kind = TARIFF_FLAT, .price_uyen_per_kwh = 1};
    tariff.config = &flat;
    assert_int_equal(tariff_next_us(&tariff, 5), INT64_MAX);
}

static bool ask(void *self, int64_t *price, const struct civil_time *t, char *why, size_t why_size)
{
    (void)t, (void)why, (void)why_size;
    *price = *(int64_t *)self;
    return true;
}

static void a_callback_may_not_answer_nonsense(void **state)
{
    (void)state;
    struct tariff_config config = {.kind = TARIFF_CALLBACK, .step_us = HOUR_US};
    int64_t answer = 5, price;
    struct tariff tariff = {.config = &config, .ask = ask, .ask_self = &answer};
    char why[100];
    assert_true(tariff_price(&tariff, &price, 0, why, sizeof why));
    assert_int_equal(price, 5);
    answer = -1;
    assert_false(tariff_price(&tariff, &price, 0, why, sizeof why));
    assert_string_equal(why, "tariff: price -1 micro-yen per kWh is outside 0..1000000000000");
    answer = TARIFF_PRICE_MAX_UYEN_PER_KWH + 1;
    assert_false(tariff_price(&tariff, &price, 0, why, sizeof why));
    assert_int_equal(tariff_next_us(&tariff, 0), HOUR_US);
    assert_int_equal(tariff_next_us(&tariff, HOUR_US), 2 * HOUR_US);
    assert_int_equal(tariff_next_us(&tariff, HOUR_US - 1), HOUR_US);
}

static void a_kwh_costs_what_it_should_to_the_msat(void **state)
{
    (void)state;
    struct money money;
    money_init(&money, 1000000);
    assert_int_equal(money_owed_msat(&money, money_cost_parts(KWH_UJ, 30000000)), 3000000);
    assert_int_equal(money_owed_msat(&money, money_cost_parts(1, 30000000)), 1);
    assert_int_equal(money_owed_msat(&money, 0), 0);
    assert_near(money_yen(&money, 3000000), 30, 1e-12);
    assert_int_equal(money_energy_uj(money_parts(&money, 3000000), 30000000), KWH_UJ);
    assert_int_equal(money_energy_uj(-1, 30000000), 0);
    assert_int_equal(money_energy_uj(0, 0), INT64_MAX);
}

/* What is bought is enough for what is asked, and what it buys costs no more than was paid. */
static void energy_and_money_convert_without_loss_either_way(void **state)
{
    (void)state;
    struct sim_stream stream;
    stream_open(&stream, 1, 0, "test.money", 0);
    gsl_rng *rng = stream_rng(&stream);
    for (int i = 0; i < 100000; i++) {
        struct money money;
        money_init(&money, 1 + gsl_rng_uniform(rng) * 1e8);
        int64_t price = 1 + (int64_t)(gsl_rng_uniform(rng) * 1e9);
        int64_t energy_uj = (int64_t)(gsl_rng_uniform(rng) * 200 * (double)KWH_UJ);
        int64_t msat = money_owed_msat(&money, money_cost_parts(energy_uj, price));
        int64_t bought_uj = money_energy_uj(money_parts(&money, msat), price);
        assert_true(bought_uj >= energy_uj);
        assert_true(money_cost_parts(bought_uj, price) <= money_parts(&money, msat));
        assert_int_equal(money_owed_msat(&money, money_cost_parts(bought_uj, price)), msat);
    }
}

static void a_slab_gives_zeroed_numbers_and_takes_them_back(void **state)
{
    (void)state;
    struct slab slab;
    slab_init(&slab, 24);
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(slab_take(&slab), i);
        uint64_t *item = slab_at(&slab, i);
        assert_true(item[0] == 0 && item[2] == 0);
        item[0] = item[2] = i + 1;
    }
    void *first = slab_at(&slab, 0);
    slab_return(&slab, 700);
    slab_return(&slab, 3);
    assert_int_equal(((uint64_t *)slab_at(&slab, 3))[0], 0);
    assert_int_equal(slab_take(&slab), 3);
    assert_int_equal(slab_take(&slab), 700);
    assert_int_equal(slab_take(&slab), 1000);
    assert_ptr_equal(slab_at(&slab, 0), first);
    assert_int_equal(slab.used_count, 1001);
    slab_close(&slab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(civil_time_agrees_with_the_c_library),
        cmocka_unit_test(dates_that_are_none_are_told),
        cmocka_unit_test(a_week_of_prices_has_the_right_hours),
        cmocka_unit_test(between_two_changes_the_price_stands_still),
        cmocka_unit_test(a_callback_may_not_answer_nonsense),
        cmocka_unit_test(a_kwh_costs_what_it_should_to_the_msat),
        cmocka_unit_test(energy_and_money_convert_without_loss_either_way),
        cmocka_unit_test(a_slab_gives_zeroed_numbers_and_takes_them_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
