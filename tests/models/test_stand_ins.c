/* test_stand_ins.c: a world whose cars live on as users of a recording did.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/check.h"
#include "tests/models/fixture.h"
#include "tests/models/near.h"

#include "models/calendar.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SESSIONS  KONSENTO_SHARED "/data/sessions_norway_ASK_OSL_S_TRO_R.csv"
#define FILE_NAME KONSENTO_BUILD "/tests/stand_ins.csv"
#define CARS      200
#define DAYS      364
#define MONDAY    INT64_C(1578268800) /* 6 January 2020 */

static void need_sessions(void)
{
    if (access(SESSIONS, R_OK) != 0)
        skip();
}

static void config_of(struct world_config *config, const char *path, uint32_t cars)
{
    fixture_config(config);
    config->start_unix_s = MONDAY;
    config->fleet.source = FLEET_RESAMPLE;
    config->fleet.unmet = UNMET_PER_SESSION;
    config->fleet.replay = (struct replay_config){.path = path, .location = ""};
    config->fleet.resample = (struct resample_config){.count = cars, .energy_ppm = 1000000};
}

static double run_for(const struct world_config *config, enum metric metric)
{
    struct world_result result;
    fixture_run_file(&result, config);
    double value = result.metrics[metric];
    world_result_close(&result);
    return value;
}

static double per_day(const struct world_result *result, enum metric metric)
{
    return result->metrics[metric] / CARS / DAYS;
}

/* Sessions and energy of the recording, 0.612 and 7.30 kWh; of 3.2 kW 6.1 % is not delivered (test_generators). */
static void a_year_is_the_recording_s(void **state)
{
    (void)state;
    struct world_config config;
    struct world_result result;
    need_sessions();
    config_of(&config, SESSIONS, CARS);
    config.duration_us = DAYS * DAY_US;
    fixture_run_file(&result, &config);
    printf("per car and day: %.3f sessions, %.2f kWh asked; %.1f %% not delivered\n",
           per_day(&result, METRIC_SESSION_COUNT), per_day(&result, METRIC_ENERGY_DEMANDED),
           100 - result.metrics[METRIC_ENERGY_DELIVERED_SHARE]);
    near(per_day(&result, METRIC_SESSION_COUNT), 0.612, 0.06); /* 200 users: one standard deviation is 0.03 */
    near(per_day(&result, METRIC_ENERGY_DEMANDED), 7.3, 0.8);
    near(result.metrics[METRIC_ENERGY_DELIVERED_SHARE], 93.9, 1.5);
    world_result_close(&result);
}

static void mileage_and_hours_change_nothing_else(void **state)
{
    (void)state;
    struct world_config config;
    struct world_result plain, japan, later;
    need_sessions();
    config_of(&config, SESSIONS, CARS);
    config.duration_us = 56 * DAY_US;
    fixture_run_file(&plain, &config);
    config.fleet.resample.energy_ppm = 450000;
    fixture_run_file(&japan, &config);
    config.fleet.resample.hour_shift_us = 3 * HOUR_US;
    fixture_run_file(&later, &config);
    near(japan.metrics[METRIC_SESSION_COUNT], plain.metrics[METRIC_SESSION_COUNT], 0);
    near(japan.metrics[METRIC_ENERGY_DEMANDED] / plain.metrics[METRIC_ENERGY_DEMANDED], 0.45, 1e-6);
    near(later.metrics[METRIC_SESSION_COUNT] / japan.metrics[METRIC_SESSION_COUNT], 1, 0.01);
    assert_true(memcmp(later.digest, japan.digest, sizeof later.digest) != 0);
    world_result_close(&plain);
    world_result_close(&japan);
    world_result_close(&later);
}

/* One user for twenty weeks: Mondays from 18:00 to 06:00, 8 kWh. */
static int write_mondays(void **state)
{
    (void)state;
    FILE *file = fopen(FILE_NAME, "w");
    assert_non_null(file);
    fprintf(file, "location;user_id;session_id;plugin_time;plugout_time;connection_time;energy_session\n");
    for (int week = 0; week < 20; week++) {
        struct civil_time in, out;
        calendar_civil(&in, MONDAY - 52 * 7 * 86400, week * 7 * DAY_US + 18 * HOUR_US);
        calendar_civil(&out, MONDAY - 52 * 7 * 86400, week * 7 * DAY_US + 30 * HOUR_US);
        fprintf(file, "H;u;s%d;%04d-%02d-%02d 18:00:00;%04d-%02d-%02d 06:00:00;12,0;8,0\n", week, in.year, in.month,
                in.day, out.year, out.month, out.day);
    }
    return fclose(file);
}

static int remove_file(void **state)
{
    (void)state;
    return remove(FILE_NAME);
}

/* Whatever weekday the run begins on: its Mondays are the recording's. */
static void habits_keep_their_weekday_and_hour(void **state)
{
    (void)state;
    struct world_config config;
    config_of(&config, FILE_NAME, 3);
    config.duration_us = 70 * DAY_US;
    near(run_for(&config, METRIC_SESSION_COUNT), 30, 0);
    near(run_for(&config, METRIC_ENERGY_DEMANDED), 240, 1e-9);
    near(run_for(&config, METRIC_SESSION_DURATION_MEAN), 12, 1e-9);
    config.duration_us = 7 * DAY_US;
    for (int day = 0; day < 7; day++) {
        config.start_unix_s = MONDAY + day * 86400 + 21 * 3600; /* nobody comes until Monday, 18:00 */
        config.duration_us = (7 - day) * DAY_US - 3 * HOUR_US - SECOND_US;
        near(run_for(&config, METRIC_SESSION_COUNT), 0, 0);
        config.duration_us += 13 * HOUR_US;
        near(run_for(&config, METRIC_SESSION_COUNT), 3, 0);
        config.fleet.resample.hour_shift_us = 2 * HOUR_US;
        near(run_for(&config, METRIC_SESSION_COUNT), 0, 0); /* they are still here at the end */
        config.fleet.resample.hour_shift_us = 0;
    }
}

static void a_recording_of_nobody_is_refused(void **state)
{
    (void)state;
    struct world_config config;
    struct input_problem problems[INPUT_PROBLEMS_MAX];
    size_t count;
    FILE *file = fopen(FILE_NAME, "w");
    assert_non_null(file);
    fputs("evse,arrival_min,departure_min,energy_kwh,battery_kwh\n1,10,20,1,10\n", file);
    assert_int_equal(fclose(file), 0);
    config_of(&config, FILE_NAME, 3);
    assert_null(world_input_open(problems, &count, &config));
    assert_true(count > 0 && strstr(problems[0].text, "no user has 4 sessions") != NULL);
    config.fleet.replay.path = "nowhere.csv";
    assert_null(world_input_open(problems, &count, &config));
    assert_non_null(strstr(problems[0].text, "cannot be read"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_year_is_the_recording_s),
        cmocka_unit_test(mileage_and_hours_change_nothing_else),
        cmocka_unit_test(habits_keep_their_weekday_and_hour),
        cmocka_unit_test(a_recording_of_nobody_is_refused),
    };
    return cmocka_run_group_tests(tests, write_mondays, remove_file);
}
