/* test_roof.c: sun, clear sky, clouds, homes, and files of irradiance.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/check.h"
#include "tests/models/near.h"

#include "models/calendar.h"
#include "models/site/household.h"
#include "models/site/roof.h"
#include "models/site/sky.h"

#include <string.h>

#define KWH_UJ INT64_C(3600000000000)
#define DEGREE (M_PI / 180)

static const struct sky_place nagoya = {
    .latitude_rad = 35.17 * DEGREE, .longitude_deg = 136.97, .zone_us = 9 * HOUR_US, .start_unix_s = 0};

/* Time since 1970 of a civil day and hour. */
static int64_t at(int month, int day, double hour)
{
    return calendar_days_from_date(2018, month, day) * DAY_US + (int64_t)(hour * (double)HOUR_US);
}

static double highest(int month, int day, double *hour)
{
    double most = -1;
    for (int minute = 0; minute < 24 * 60; minute++) {
        double now = sky_cos_zenith(&nagoya, at(month, day, minute / 60.0));
        if (now > most) {
            most = now;
            *hour = minute / 60.0;
        }
    }
    return most;
}

/* Noon heights: 90 - latitude + declination; the sun is highest at 12 h + zone, longitude, equation of time. */
static void the_sun_stands_where_an_almanac_has_it(void **state)
{
    (void)state;
    static const struct {
        int month, day;
        double declination, equation_min;
    } days[] = {{3, 20, -0.22, -7.5}, {6, 21, 23.44, -1.8}, {9, 23, 0, 7.4}, {12, 22, -23.44, 1.7}, {11, 3, -15.0, 16.4}};
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        double hour = 0, height = 90 - acos(highest(days[i].month, days[i].day, &hour)) / DEGREE;
        near(height, 90 - 35.17 + days[i].declination, 0.35);
        near(60 * hour, 720 - 4 * (136.97 - 135) - days[i].equation_min, 1.5);
    }
    assert_true(sky_cos_zenith(&nagoya, at(6, 21, 0)) < 0);
    near(sky_clear_w(1), 1098 * exp(-0.059), 1e-9);
    assert_true(sky_clear_w(-0.1) == 0 && sky_clear_w(0) == 0);
    near(sky_season(0, at(1, 15, 0)), -1, 0.01);
    near(sky_season(0, at(7, 16, 0)), 1, 0.01);
}

static void default_roof(struct roof_config *config)
{
    *config = (struct roof_config){.peak_w = 1000,
                                   .ratio_ppm = 1000000,
                                   .latitude_udeg = 35170000,
                                   .longitude_udeg = 136970000,
                                   .zone_us = 9 * HOUR_US,
                                   .clearness_ppm = ROOF_NAGOYA,
                                   .day_ppm = 450000,
                                   .flicker_ppm = 350000,
                                   .cloud_us = 30 * MINUTE_US,
                                   .step_us = 10 * MINUTE_US};
}

/* kWh/m2 of each month of a year, by a roof of 1 kW that loses nothing. */
static void year_of(double months[12], const struct roof_config *config, uint64_t seed)
{
    struct sim *sim = sim_new(&(struct sim_options){.seed = seed});
    assert_non_null(sim);
    struct roof roof;
    int64_t start_unix_s = calendar_days_from_date(2018, 1, 1) * 86400;
    roof_init(&roof, sim, config, NULL, start_unix_s);
    memset(months, 0, 12 * sizeof months[0]);
    for (int64_t time_us = 0; time_us < 365 * DAY_US; time_us += config->step_us) {
        struct civil_time civil;
        calendar_civil(&civil, start_unix_s, time_us);
        months[civil.month - 1] += (double)roof_power_w(&roof, time_us) * (double)config->step_us / 3.6e12;
    }
    sim_free(sim);
}

/* METPV-20 on the horizontal; clouds scatter a month by some 7 % of a year by 2 %. */
static void nagoya_has_its_sun(void **state)
{
    (void)state;
    static const double metpv[12] = {87, 96, 135, 144, 174, 142, 157, 153, 124, 103, 83, 76};
    struct roof_config config;
    double months[12], means[12] = {0}, year = 0;
    default_roof(&config);
    config.day_ppm = config.flicker_ppm = 0;
    year_of(months, &config, 1);
    for (int i = 0; i < 12; i++)
        near(months[i], metpv[i], 0.01 * metpv[i]);
    default_roof(&config);
    for (uint64_t seed = 0; seed < 8; seed++) {
        year_of(months, &config, seed);
        for (int i = 0; i < 12; i++)
            means[i] += months[i] / 8;
    }
    for (int i = 0; i < 12; i++) {
        near(means[i], metpv[i], 0.09 * metpv[i]);
        year += means[i];
    }
    near(year, 1474, 0.03 * 1474);
}

/* Days differ as they are told to: nothing, or all. */
static void days_are_as_different_as_they_are_told_to_be(void **state)
{
    (void)state;
    struct sim_stream stream;
    stream_open(&stream, 1, 0, "test.sky", 0);
    for (int spread = 0; spread <= 10; spread += 5) {
        struct sky_clouds clouds = {.day = -1};
        struct sky_weather weather = {.mean = 0.6, .day_spread = spread / 10.0, .keep = 0};
        double sum = 0, squares = 0;
        for (int day = 0; day < 4000; day++) {
            double clearness = sky_clouds_next(&clouds, &weather, stream_rng(&stream), day);
            assert_true(clearness >= 0 && clearness <= 1.05);
            sum += clearness / 4000;
            squares += clearness * clearness / 4000;
        }
        near(sum, 0.6, 0.03);
        near(sqrt(fmax(0, squares - sum * sum)), weather.day_spread * sqrt(0.24), 0.02);
    }
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

static bool read_text(struct roof_series *series, struct input_problem *problems, size_t *count, const char *text)
{
    struct input_report report;
    input_report_init(&report, problems);
    bool good = roof_series_read(series, &report, text, strlen(text), "sun.csv");
    input_report_finish(&report);
    *count = report.problem_count;
    return good;
}

static void a_file_holds_from_row_to_row_and_round_the_year(void **state)
{
    (void)state;
    struct input_problem problems[INPUT_PROBLEMS_MAX];
    struct roof_series series;
    size_t count;
    assert_true(
        read_text(&series, problems, &count, "minute,irradiance_w_per_m2\n600,500.5\n660,0\n1440,250\n525599,100\n"));
    struct roof_config config;
    default_roof(&config);
    config.path = "sun.csv";
    config.step_us = MINUTE_US;
    struct sim *sim = sim_new(&(struct sim_options){.seed = 1});
    struct roof roof;
    roof_init(&roof, sim, &config, &series, calendar_days_from_date(2018, 1, 1) * 86400);
    assert_int_equal(sim_stream_count(sim), 0);
    assert_int_equal(roof_power_w(&roof, 0), 100); /* the last row of the year before */
    assert_int_equal(roof_power_w(&roof, 599 * MINUTE_US), 100);
    assert_int_equal(roof_power_w(&roof, 600 * MINUTE_US), 501); /* 500.5 W, rounded */
    assert_int_equal(roof_power_w(&roof, 660 * MINUTE_US), 0);
    assert_int_equal(roof_power_w(&roof, 2 * DAY_US), 250);
    assert_int_equal(roof_power_w(&roof, 365 * DAY_US), 100);
    sim_free(sim);
    roof_series_close(&series);
}

static void a_broken_file_is_told_line_by_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
        unsigned line;
    } rows[] = {
        {"", "header", 0},
        {"minute;irradiance_w_per_m2\n0;1\n", "header", 1},
        {"minute,irradiance_w_per_m2\n", "no rows", 0},
        {"minute,irradiance_w_per_m2\n0,1\n0,2\n", "must rise", 3},
        {"minute,irradiance_w_per_m2\n0,1\n527040,2\n", "0 .. 527039", 3},
        {"minute,irradiance_w_per_m2\n0,1,2\n", "two fields", 2},
        {"minute,irradiance_w_per_m2\n0,2500\n", "0 .. 2000", 2},
        {"minute,irradiance_w_per_m2\n0,\"1,5\"\n", "0 .. 2000", 2},
        {"minute,irradiance_w_per_m2\n0,nan\n", "0 .. 2000", 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct input_problem problems[INPUT_PROBLEMS_MAX];
        struct roof_series series;
        size_t count;
        assert_false(read_text(&series, problems, &count, rows[i].text));
        assert_true(count == 1 && strstr(problems[0].text, rows[i].why) != NULL);
        if (rows[i].line > 0)
            assert_int_equal(problems[0].line, rows[i].line);
    }
}

/* ---- homes ------------------------------------------------------------------------------------------------------ */

static void homes_use_what_they_are_told_to_most_in_winter_evenings(void **state)
{
    (void)state;
    struct building_config config = {
        .flats = 200,
        .base_load_w_per_flat = 50,
        .household = {.daily_uj = 9 * KWH_UJ, .spread_ppm = 500000, .flicker_ppm = 600000, .winter_ppm = 250000}};
    struct sim *sim = sim_new(&(struct sim_options){.seed = 3});
    struct household household;
    assert_true(household_init(&household, sim, &config, calendar_days_from_date(2018, 1, 1) * 86400));
    double year_uj = 0, january_uj = 0, july_uj = 0, evening = 0, night = 0;
    for (int64_t time_us = 0; time_us < 364 * DAY_US; time_us += HOUSEHOLD_STEP_US) {
        int64_t sum_w = 0, told_w = household_next_w(&household, time_us), day = time_us / DAY_US;
        for (uint32_t i = 0; i < config.flats; i++) {
            assert_true(household.flat_w[i] >= 50);
            sum_w += household.flat_w[i];
        }
        assert_int_equal(sum_w, told_w);
        double energy_uj = (double)(told_w - 50 * 200) * (double)HOUSEHOLD_STEP_US;
        year_uj += energy_uj;
        january_uj += day < 28 ? energy_uj / 28 : 0;
        july_uj += day >= 182 && day < 210 ? energy_uj / 28 : 0;
        evening += time_us % DAY_US / HOUR_US == 21 ? (double)told_w : 0;
        night += time_us % DAY_US / HOUR_US == 3 ? (double)told_w : 0;
    }
    near(year_uj / 364 / 200 / (double)KWH_UJ, 9, 0.8); /* 200 flats scatter by 0.04 of their spread */
    near(january_uj / july_uj, 1.25 / 0.75, 0.05);
    assert_true(evening > 2.5 * night);
    household_close(&household);
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sun_stands_where_an_almanac_has_it),
        cmocka_unit_test(nagoya_has_its_sun),
        cmocka_unit_test(days_are_as_different_as_they_are_told_to_be),
        cmocka_unit_test(a_file_holds_from_row_to_row_and_round_the_year),
        cmocka_unit_test(a_broken_file_is_told_line_by_line),
        cmocka_unit_test(homes_use_what_they_are_told_to_most_in_winter_evenings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
