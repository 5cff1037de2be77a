/* test_arrivals.c: what the per-car model draws against the tables it was made from.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/check.h"
#include "tests/models/fixture.h"

#include "models/calendar.h"
#include "models/fleet/arrivals.h"
#include "sim/stream.h"

#include <math.h>
#include <stdio.h>

#define DAYS 200000

static void config_of(struct cars_config *config)
{
    struct world_config world;
    fixture_config(&world);
    *config = world.fleet.cars;
}

/* Pearson's statistic of plug-in hours against the table: 23 degrees of freedom, 99.9 % at 49.7. */
static double hours_statistic(bool is_weekend, int64_t shift_us)
{
    struct cars_config config;
    config_of(&config);
    config.hour_shift_us = shift_us;
    struct arrivals_car car = {.mean_distance_m = 30000};
    struct sim_stream stream;
    stream_open(&stream, 11, 0, "test.arrivals", is_weekend);
    double counts[24] = {0}, total = 0, statistic = 0;
    for (int i = 0; i < DAYS; i++) {
        struct arrivals_day day;
        arrivals_draw_day(&day, stream_rng(&stream), &config, &car, is_weekend);
        assert_true(day.home_us >= shift_us && day.home_us < shift_us + DAY_US);
        counts[(day.home_us - shift_us) / HOUR_US]++;
    }
    for (int hour = 0; hour < 24; hour++)
        total += arrivals_hours[is_weekend][hour];
    for (int hour = 0; hour < 24; hour++) {
        double expected = DAYS * arrivals_hours[is_weekend][hour] / total;
        statistic += (counts[hour] - expected) * (counts[hour] - expected) / expected;
    }
    return statistic;
}

static void plug_in_hours_follow_the_tables(void **state)
{
    (void)state;
    assert_true(hours_statistic(false, 0) < 49.7);
    assert_true(hours_statistic(true, 0) < 49.7);
    assert_true(hours_statistic(false, 2 * HOUR_US) < 49.7);
    int sums[2] = {0};
    for (int hour = 0; hour < 24; hour++) {
        sums[0] += arrivals_hours[0][hour];
        sums[1] += arrivals_hours[1][hour];
    }
    assert_true(abs(sums[0] - 10000) < 15 && abs(sums[1] - 10000) < 15); /* percents, rounded */
}

static void distances_have_the_configured_mean_and_spread(void **state)
{
    (void)state;
    struct cars_config config;
    config_of(&config);
    struct arrivals_car car = {.mean_distance_m = 30000};
    struct sim_stream stream;
    stream_open(&stream, 12, 0, "test.arrivals", 0);
    double sum = 0, log_sum = 0, log_squares = 0;
    for (int i = 0; i < DAYS; i++) {
        struct arrivals_day day;
        arrivals_draw_day(&day, stream_rng(&stream), &config, &car, false);
        double logarithm = log((double)day.distance_m + 1e-9);
        sum += (double)day.distance_m;
        log_sum += logarithm;
        log_squares += logarithm * logarithm;
    }
    double mean = log_sum / DAYS;
    assert_near(sum / DAYS / 30000, 1, 0.01);
    assert_near(sqrt(log_squares / DAYS - mean * mean), 0.6, 0.005);
}

static void cars_differ_as_configured_around_the_mean(void **state)
{
    (void)state;
    struct cars_config config;
    config_of(&config);
    double sum = 0, log_sum = 0, log_squares = 0;
    for (uint64_t i = 0; i < 50000; i++) {
        struct sim_stream stream;
        stream_open(&stream, 13, 0, "test.arrivals", i);
        struct arrivals_car car;
        arrivals_draw_car(&car, stream_rng(&stream), &config);
        double logarithm = log(car.mean_distance_m);
        sum += car.mean_distance_m;
        log_sum += logarithm;
        log_squares += logarithm * logarithm;
        assert_true(car.start_uniform >= 0 && car.start_uniform < 1);
    }
    double mean = log_sum / 50000;
    assert_near(sum / 50000 / 30000, 1, 0.015);
    assert_near(sqrt(log_squares / 50000 - mean * mean), 0.6, 0.01);
}

/* Evening arrivals stay overnight, noon arrivals mostly do not. */
static void durations_depend_on_the_hour_as_in_the_data(void **state)
{
    (void)state;
    struct cars_config config;
    config_of(&config);
    struct arrivals_car car = {.mean_distance_m = 30000};
    struct sim_stream stream;
    stream_open(&stream, 14, 0, "test.arrivals", 0);
    double count[24] = {0}, shorter[24] = {0}, hours = 0;
    for (int i = 0; i < DAYS; i++) {
        struct arrivals_day day;
        arrivals_draw_day(&day, stream_rng(&stream), &config, &car, i % 7 >= 5);
        int hour = (int)(day.home_us / HOUR_US);
        double duration_h = (double)day.duration_us / (double)HOUR_US;
        assert_true(day.duration_us >= ARRIVALS_DURATION_MIN_US && day.duration_us <= ARRIVALS_DURATION_MAX_US);
        hours += duration_h;
        count[hour]++;
        shorter[hour] += duration_h < 5;
    }
    assert_near(hours / DAYS, 10.7, 0.1); /* the data have 11.4: stays of several days are too few */
    static const double measured[24] = {[0] = 0.05, [12] = 0.67, [16] = 0.44, [18] = 0.31, [20] = 0.15, [22] = 0.07};
    for (int hour = 0; hour < 24; hour++)
        if (measured[hour] > 0)
            assert_near(shorter[hour] / count[hour], measured[hour], 0.09);
}

static void plugging_in_is_certain_when_the_next_day_would_end_below_the_reserve(void **state)
{
    (void)state;
    struct cars_config config;
    config_of(&config);
    assert_near(arrivals_plug_probability(&config, 0.6, 0.1), 0.5, 1e-12);
    assert_near(arrivals_plug_probability(&config, 0.75, 0.1), 1 / (1 + exp(1.0)), 1e-12);
    assert_true(arrivals_plug_probability(&config, 0.75, 0.56) == 1);
    assert_true(arrivals_plug_probability(&config, 0.1, 0) == 1);
    config.plug_in_width_ppm = 0; /* a threshold */
    assert_true(arrivals_plug_probability(&config, 0.61, 0) == 0);
    assert_true(arrivals_plug_probability(&config, 0.59, 0) == 1);
}

/* Every day takes the same number of draws: what comes after does not depend on the day. */
static void a_day_takes_the_same_draws_whatever_is_configured(void **state)
{
    (void)state;
    struct cars_config plain, other;
    config_of(&plain);
    config_of(&other);
    other.daily_distance_sigma_ppm = 0;
    other.hour_shift_us = 3 * HOUR_US;
    struct arrivals_car car = {.mean_distance_m = 30000};
    struct sim_stream a, b;
    stream_open(&a, 15, 0, "test.arrivals", 0);
    stream_open(&b, 15, 0, "test.arrivals", 0);
    for (int i = 0; i < 100; i++) {
        struct arrivals_day day;
        arrivals_draw_day(&day, stream_rng(&a), &plain, &car, i % 2);
        arrivals_draw_day(&day, stream_rng(&b), &other, &car, i % 3 == 0);
        assert_true(gsl_rng_get(stream_rng(&a)) == gsl_rng_get(stream_rng(&b)));
    }
}

/* The long run: what is driven is what is charged, and blocked days lose no distance. */
static void the_fleet_charges_what_it_drives(void **state)
{
    (void)state;
    struct fixture fixture = {.order = {.seed = 4}};
    fixture_config(&fixture.config);
    fixture.config.duration_us = 365 * DAY_US;
    fixture.config.warmup_us = 14 * DAY_US;
    fixture.config.fleet.cars.count = 100;
    fixture.config.fleet.cars.distance_between_sigma_ppm = 0;
    double metrics[METRIC_COUNT];
    fixture_metrics(&fixture, metrics, NULL);
    double driven_kwh = 30 * 0.150 / 0.88; /* per day, at the outlet */
    double demanded_kwh = metrics[METRIC_ENERGY_DEMANDED] / 100 / 351;
    printf("per car: %.3f sessions a week, %.2f kWh a day (driven %.2f), shortfall %.0f kWh in all\n",
           metrics[METRIC_SESSION_COUNT] / 100 / 351 * 7, demanded_kwh, driven_kwh, metrics[METRIC_CAR_SHORTFALL]);
    assert_near((demanded_kwh + metrics[METRIC_CAR_SHORTFALL] / 100 / 351) / driven_kwh, 1, 0.015);
}

/* The decision with its calibrated values against sessions a week by battery, 12 Norwegian apartment sites. */
static void plug_ins_per_week_by_battery_are_those_of_the_data(void **state)
{
    (void)state;
    static const struct {
        int64_t battery_kwh;
        double kwh_per_week, sessions_per_week;
    } table[] = {{20, 37.7, 4.1}, {32, 34.8, 2.7}, {50, 40.8, 2.6}, {80, 58.5, 2.5}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct fixture fixture = {.order = {.seed = 1}};
        fixture_config(&fixture.config);
        fixture.config.duration_us = 120 * DAY_US;
        fixture.config.warmup_us = 14 * DAY_US;
        fixture.config.fleet.unmet = UNMET_IN_BATTERY;
        fixture.config.fleet.car.battery_uj = table[i].battery_kwh * KWH_UJ;
        fixture.config.fleet.cars.count = 40;
        fixture.config.fleet.cars.daily_distance_m = (int64_t)(table[i].kwh_per_week / 7 * 0.88 / 0.15 * 1000);
        fixture.config.fleet.cars.plug_in_soc_ppm = 700000;
        fixture.config.fleet.cars.plug_in_width_ppm = 150000;
        double metrics[METRIC_COUNT];
        fixture_metrics(&fixture, metrics, NULL);
        double per_week = metrics[METRIC_SESSION_COUNT] / 40 / 106 * 7;
        printf("%lld kWh: %.2f sessions a week (data %.1f)\n", (long long)table[i].battery_kwh, per_week,
               table[i].sessions_per_week);
        assert_near(per_week / table[i].sessions_per_week, 1, 0.18);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plug_in_hours_follow_the_tables),
        cmocka_unit_test(distances_have_the_configured_mean_and_spread),
        cmocka_unit_test(cars_differ_as_configured_around_the_mean),
        cmocka_unit_test(durations_depend_on_the_hour_as_in_the_data),
        cmocka_unit_test(plugging_in_is_certain_when_the_next_day_would_end_below_the_reserve),
        cmocka_unit_test(a_day_takes_the_same_draws_whatever_is_configured),
        cmocka_unit_test(the_fleet_charges_what_it_drives),
        cmocka_unit_test(plug_ins_per_week_by_battery_are_those_of_the_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
