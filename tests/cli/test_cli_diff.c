/* test_cli_diff.c: two results side by side, and the exit code of a regression.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/cli/houses.h"
#include "tests/cli/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void run_house(const char *folder, const char *setting, const char *seed)
{
    EXPECT_RUN(0, "run", "house.lua", "--reps", "20", "-o", folder, "--set", setting, "--seed", seed, "--no-report");
}

static void equal_results_are_equal_and_other_seeds_are_noise(void **state)
{
    (void)state;
    run_house("a", "cars=5", "1");
    run_house("b", "cars=5", "2");
    struct said same = KONSENTO("diff", "a", "a", "--all"), noise = KONSENTO("diff", "a", "b");
    EXPECT_CODE(&same, 0);
    EXPECT_TEXT(same.out, "the same worlds, paired");
    EXPECT_TEXT(same.out, "equal");
    EXPECT_CODE(&noise, 0);
    EXPECT_TEXT(noise.out, "different seeds, not paired");
    EXPECT_TEXT(noise.out, "0 worse, 0 changed, 0 better");
    said_free(&same);
    said_free(&noise);
}

static void a_regression_ends_with_5_and_a_margin_forgives_it(void **state)
{
    (void)state;
    run_house("a", "cars=5", "1");
    run_house("b", "rails[1].latency=9 s", "1");
    struct said said = KONSENTO("diff", "a", "b"), back = KONSENTO("diff", "b", "a", "--margin", "1%"),
                margin = KONSENTO("diff", "a", "b", "--margin", "5000 %"), json = KONSENTO("diff", "a", "b", "--json");
    EXPECT_CODE(&said, 5);
    EXPECT_TEXT(said.out, "time_to_power.p50 [s]");
    EXPECT_TEXT(said.out, "worse");
    EXPECT_NO_TEXT(said.out, "account\n"); /* the other rail is as it was */
    EXPECT_CODE(&back, 0);
    EXPECT_TEXT(back.out, "better");
    EXPECT_CODE(&margin, 0);
    EXPECT_CODE(&json, 5);
    EXPECT_TEXT(json.out, "\"verdict\": \"worse\"");
    said_free(&said);
    said_free(&back);
    said_free(&margin);
    said_free(&json);
}

static void configurations_are_matched_by_what_differs(void **state)
{
    (void)state;
    EXPECT_RUN(0, "sweep", "house.lua", "--axis", "cars=4,8", "-o", "a", "--no-report");
    EXPECT_RUN(0, "sweep", "house.lua", "--axis", "cars=8,12", "-o", "b", "--no-report");
    struct said said = KONSENTO("diff", "a", "b");
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "only in a/results.h5: card, cars 4");
    EXPECT_TEXT(said.out, "only in b/results.h5: account, cars 12");
    EXPECT_TEXT(said.out, "0 worse, 0 changed, 0 better");
    said_free(&said);
    EXPECT_RUN(0, "run", "garage.lua", "-o", "g", "--no-report");
    EXPECT_RUN(2, "diff", "a", "g");
    EXPECT_RUN(2, "diff", "a", "nothing");
    EXPECT_RUN(2, "diff", "a", "a", "--margin", "wide");
}

/* The garage: 3 sessions in 2 days, nothing random. The mean over both days of each hour, from the series itself. */
static void the_load_of_a_day_is_the_mean_over_days(void **state)
{
    (void)state;
    EXPECT_RUN(0, "run", "garage.lua", "-o", "g", "--no-report");
    struct said series = KONSENTO("export", "g", "--series"), profile = KONSENTO("export", "g", "--profile", "1h"),
                odd = KONSENTO("export", "g", "--profile", "7 min"),
                wrong = KONSENTO("export", "g", "--profile", "2 kg"), netcdf = KONSENTO("export", "g", "--netcdf");
    EXPECT_CODE(&series, 0);
    EXPECT_CODE(&profile, 0);
    double sums[24] = {0};
    int points = 0;
    for (char *line = strchr(series.out, '\n') + 1; *line != '\0'; line = strchr(line, '\n') + 1) {
        char *value = line + strcspn(line, "\n");
        while (value[-1] != ',')
            value--;
        char *time = value - 1;
        while (time[-1] != ',')
            time--;
        sums[(int)(strtod(time, NULL) / 3600) % 24] += strtod(value, NULL);
        points++;
    }
    char *line = profile.out;
    for (int hour = 0; hour < 24; hour++) {
        char begin[32];
        line = strchr(line, '\n') + 1;
        snprintf(begin, sizeof begin, ",%02d:00:00,2,", hour); /* two days */
        char *mean = strstr(line, begin);
        assert_non_null(mean);
        double expected = sums[hour] / (points / 24.0);
        double found = strtod(mean + strlen(begin), NULL);
        assert_true(found - expected < 1e-3 && expected - found < 1e-3);
    }
    assert_true(sums[1] > 0);
    EXPECT_CODE(&odd, 2);
    EXPECT_TEXT(odd.err, "must be a part of the day and a multiple of");
    EXPECT_CODE(&wrong, 2);
    EXPECT_TEXT(wrong.err, "unknown unit 'kg'");
    EXPECT_CODE(&netcdf, 2);
    EXPECT_TEXT(netcdf.err, "name a file with -o");
    said_free(&series);
    said_free(&profile);
    said_free(&odd);
    said_free(&wrong);
    said_free(&netcdf);
}

#define HOUSE_TEST(name) cmocka_unit_test_setup_teardown(name, houses_enter, houses_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(equal_results_are_equal_and_other_seeds_are_noise),
        HOUSE_TEST(a_regression_ends_with_5_and_a_margin_forgives_it),
        HOUSE_TEST(configurations_are_matched_by_what_differs),
        HOUSE_TEST(the_load_of_a_day_is_the_mean_over_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
