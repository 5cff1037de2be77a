/* test_seasons.c: cars that drive less at weekends, on holidays and in summer.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is driven is what sessions ask for in the long run: cars plug in every day and are always full when they leave.
 */
#include "tests/models/check.h"
#include "tests/models/fixture.h"
#include "tests/models/near.h"

#include "models/calendar.h"

#define CARS   60
#define MONDAY INT64_C(1577664000) /* 30 December 2019 */
#define WEEK   (7 * DAY_US)

static struct world_config config;

static void setting(int64_t weekend_less_ppm, int64_t winter_ppm, int64_t from_day, int days)
{
    fixture_config(&config);
    config.start_unix_s = MONDAY + from_day * 86400;
    config.warmup_us = WEEK;
    config.duration_us = WEEK + days * DAY_US;
    config.fleet.unmet = UNMET_IN_BATTERY;
    config.fleet.car.charger_w = 0;
    config.fleet.cars.count = CARS;
    config.fleet.cars.plug_in_soc_ppm = 2000000; /* surely */
    config.fleet.cars.weekend_less_ppm = weekend_less_ppm;
    config.fleet.cars.winter_ppm = winter_ppm;
}

static double asked_kwh(void)
{
    struct fixture fixture = {.config = config, .order = {.seed = 3}};
    double metrics[METRIC_COUNT];
    fixture_metrics(&fixture, metrics, NULL);
    return metrics[METRIC_ENERGY_DELIVERED];
}

static void the_mean_of_a_year_stays(void **state)
{
    (void)state;
    setting(0, 0, -7, 364);
    double plain = asked_kwh();
    setting(300000, 180000, -7, 364);
    near(asked_kwh() / plain, 1, 0.01);
}

static void january_is_more_than_july(void **state)
{
    (void)state;
    setting(0, 180000, 8, 21);
    double january = asked_kwh();
    setting(0, 180000, 8 + 26 * 7, 21);
    double july = asked_kwh();
    setting(0, 0, 8, 21);
    double plain = asked_kwh();
    near(january / plain, 1.18, 0.02);
    near(july / plain, 0.82, 0.03);
}

/* A fortnight of holidays is a fortnight of weekends: 0.5 x 7 / 6 of a mean day each. */
static void holidays_are_as_weekends(void **state)
{
    (void)state;
    setting(0, 0, -7, 14);
    double plain = asked_kwh();
    setting(500000, 0, -7, 14);
    near(asked_kwh() / plain, 1, 0.05);
    for (int day = 0; day < 21; day++)
        config.fleet.cars.holidays[day].unix_s = config.start_unix_s + day * 86400 + 3600;
    config.fleet.cars.holiday_count = 21;
    near(asked_kwh() / plain, 0.5 * 7 / 6, 0.03);
    config.fleet.cars.weekend_less_ppm = 0; /* then only their hours are a weekend's */
    near(asked_kwh() / plain, 1, 0.03);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mean_of_a_year_stays),
        cmocka_unit_test(january_is_more_than_july),
        cmocka_unit_test(holidays_are_as_weekends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
