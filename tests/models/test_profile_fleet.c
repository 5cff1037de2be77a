/* test_profile_fleet.c: a world whose cars come as a profile says.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/check.h"
#include "tests/models/fixture.h"
#include "tests/models/near.h"
#include "tests/models/sites.h"

#include "models/fleet/fit.h"
#include "models/fleet/profile_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME KONSENTO_BUILD "/tests/profile_fleet.lua"
#define CARS      200
#define DAYS      364

static struct profile profile;

static int fit_sites(void **state)
{
    (void)state;
    if (access(KONSENTO_SHARED "/data/sessions_norway_ASK_OSL_S_TRO_R.csv", R_OK) != 0)
        return 0; /* tests are skipped then */
    struct history history;
    sites_history(&history, "AOT");
    assert_int_equal(fit_profile(&profile, &history, NULL), FIT_OK);
    history_close(&history);
    char *text = profile_write(&profile, "for a test\n");
    FILE *file = fopen(FILE_NAME, "w");
    assert_non_null(text);
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
    free(text);
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    return access(FILE_NAME, F_OK) == 0 ? remove(FILE_NAME) : 0;
}

static void config_of(struct world_config *config)
{
    if (access(FILE_NAME, R_OK) != 0)
        skip();
    fixture_config(config);
    config->duration_us = DAYS * DAY_US;
    config->fleet.source = FLEET_PROFILE;
    config->fleet.unmet = UNMET_PER_SESSION;
    config->fleet.profile = (struct profile_config){
        .path = FILE_NAME, .count = CARS, .generator = GENERATOR_MIXTURE, .energy_ppm = 1000000};
}

static double per_day(const struct world_result *result, enum metric metric)
{
    return result->metrics[metric] / CARS / DAYS;
}

/* Sessions and energy are those of the recording, 0.612 and 7.30 kWh; what an outlet of 3.2 kW cannot deliver is the
 * generator's 7.5 % (test_generators). */
static void a_year_has_the_sessions_of_the_recording(void **state)
{
    (void)state;
    struct world_config config;
    struct world_result result;
    config_of(&config);
    fixture_run_file(&result, &config);
    printf("per car and day: %.3f sessions, %.2f kWh asked; %.1f %% not delivered\n",
           per_day(&result, METRIC_SESSION_COUNT), per_day(&result, METRIC_ENERGY_DEMANDED),
           100 - result.metrics[METRIC_ENERGY_DELIVERED_SHARE]);
    near(per_day(&result, METRIC_SESSION_COUNT), 0.612, 0.05); /* 200 users: one standard deviation is 0.03 */
    near(per_day(&result, METRIC_ENERGY_DEMANDED), 7.3, 0.8);
    near(result.metrics[METRIC_ENERGY_DELIVERED_SHARE], 92.5, 2);
    assert_true(result.metrics[METRIC_ENERGY_UNSERVED] > 0);
    world_result_close(&result);
}

/* The same comers, whatever is done to their energy; the day only moves. */
static void mileage_and_hours_change_nothing_else(void **state)
{
    (void)state;
    struct world_config config;
    struct world_result plain, japan, later;
    config_of(&config);
    fixture_run_file(&plain, &config);
    config.fleet.profile.energy_ppm = 450000;
    fixture_run_file(&japan, &config);
    config.fleet.profile.hour_shift_us = 3 * HOUR_US;
    fixture_run_file(&later, &config);
    near(japan.metrics[METRIC_SESSION_COUNT], plain.metrics[METRIC_SESSION_COUNT], 0);
    near(japan.metrics[METRIC_ENERGY_DEMANDED] / plain.metrics[METRIC_ENERGY_DEMANDED], 0.45, 1e-6);
    assert_true(japan.metrics[METRIC_ENERGY_DELIVERED_SHARE] > plain.metrics[METRIC_ENERGY_DELIVERED_SHARE] + 2);
    near(later.metrics[METRIC_SESSION_COUNT] / japan.metrics[METRIC_SESSION_COUNT], 1, 0.005);
    near(later.metrics[METRIC_SESSION_DURATION_MEAN], japan.metrics[METRIC_SESSION_DURATION_MEAN], 0.05);
    assert_true(memcmp(later.digest, japan.digest, sizeof later.digest) != 0);
    world_result_close(&plain);
    world_result_close(&japan);
    world_result_close(&later);
}

static void generators_and_holidays_are_heard(void **state)
{
    (void)state;
    struct world_config config;
    struct world_result results[GENERATOR_COUNT], holiday;
    config_of(&config);
    for (int i = 0; i < GENERATOR_COUNT; i++) {
        config.fleet.profile.generator = (enum generator)i;
        fixture_run_file(&results[i], &config);
        near(per_day(&results[i], METRIC_SESSION_COUNT), 0.612, 0.06);
        for (int k = 0; k < i; k++)
            assert_true(memcmp(results[i].digest, results[k].digest, sizeof results[i].digest) != 0);
    }
    config.fleet.profile.holidays[0].unix_s = config.start_unix_s + 30 * 86400 + 3600; /* a Wednesday */
    config.fleet.profile.holiday_count = 1;
    fixture_run_file(&holiday, &config);
    assert_true(memcmp(holiday.digest, results[GENERATOR_COUNT - 1].digest, sizeof holiday.digest) != 0);
    config.fleet.profile.holidays[0].unix_s = config.start_unix_s + 33 * 86400; /* a Saturday: nothing changes */
    struct world_result weekend;
    fixture_run_file(&weekend, &config);
    assert_memory_equal(weekend.digest, results[GENERATOR_COUNT - 1].digest, sizeof weekend.digest);
    for (int i = 0; i < GENERATOR_COUNT; i++)
        world_result_close(&results[i]);
    world_result_close(&holiday);
    world_result_close(&weekend);
}

static void a_profile_that_is_none_is_refused(void **state)
{
    (void)state;
    struct world_config config;
    config_of(&config);
    struct input_problem problems[INPUT_PROBLEMS_MAX];
    size_t count;
    config.fleet.profile.path = KONSENTO_SOURCE "/README.md";
    assert_null(world_input_open(problems, &count, &config));
    assert_true(count > 0 && problems[0].severity == INPUT_ERROR);
    config.fleet.profile.path = "nowhere.lua";
    assert_null(world_input_open(problems, &count, &config));
    assert_non_null(strstr(problems[0].text, "cannot be read"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_year_has_the_sessions_of_the_recording),
        cmocka_unit_test(mileage_and_hours_change_nothing_else),
        cmocka_unit_test(generators_and_holidays_are_heard),
        cmocka_unit_test(a_profile_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, fit_sites, remove_file);
}
