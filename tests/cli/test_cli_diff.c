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
    struct said said = KONSENTO("diff", "a", "b"), back = KONSENTO("diff", "b", "a"),
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

#define HOUSE_TEST(name) cmocka_unit_test_setup_teardown(name, houses_enter, houses_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(equal_results_are_equal_and_other_seeds_are_noise),
        HOUSE_TEST(a_regression_ends_with_5_and_a_margin_forgives_it),
        HOUSE_TEST(configurations_are_matched_by_what_differs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
