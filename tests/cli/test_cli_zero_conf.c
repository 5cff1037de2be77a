/* test_cli_zero_conf.c: the scenario of double spends passes its own thresholds at both powers, and can fail. [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * With a sixth of its replications and a margin to match: the whole study takes half a minute of one core.
 */
#include "tests/cli/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SCENARIO KONSENTO_SOURCE "/scenarios/zero_conf.lua"
#define BLOCKS   KONSENTO_SHARED "/data/btc_block_times_2018-03.csv"

static int enter(void **state)
{
    static struct folder folder;
    folder_enter(&folder);
    *state = &folder;
    return 0;
}

static int leave(void **state)
{
    folder_leave(*state);
    return 0;
}

static void the_closed_forms_hold_at_an_apartments_outlet(void **state)
{
    (void)state;
    struct said said = KONSENTO("run", SCENARIO, "--reps", "10", "--set", "margin=0.35", "--no-report", "-o", "slow");
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "loss.stall.per_attack");
    said_free(&said);
}

static void the_closed_forms_hold_at_a_fast_charger(void **state)
{
    (void)state;
    struct said said = KONSENTO("run", SCENARIO, "--set", "power=50 kW", "--reps", "10", "--set", "margin=0.35",
                                "--no-report", "-o", "fast");
    EXPECT_CODE(&said, 0);
    said_free(&said);
}

/* Where nobody replaces what does not signal, replacements take nothing. */
static void another_world_fails_them(void **state)
{
    (void)state;
    struct said said =
        KONSENTO("run", SCENARIO, "--set", "chain.full_rbf=0", "--reps", "2", "--no-report", "-o", "other");
    EXPECT_CODE(&said, 3);
    said_free(&said);
}

static void digest_of(char digest[80], const char *trace, const char *out)
{
    struct said said = KONSENTO("run", SCENARIO, "--set", trace, "--reps", "1", "--json", "--no-report", "-o", out);
    if (said.code != 0)
        EXPECT_CODE(&said, 4); /* one replication decides nothing */
    json_member(digest, 80, said.out, "digest");
    said_free(&said);
}

/* The same payments on the real blocks of 2018-03: another history, the same one each time. */
static void real_block_times_are_replayed_through_the_scenario(void **state)
{
    (void)state;
    char drawn[80], real[80], again[80];
    if (!file_exists(BLOCKS))
        skip();
    EXPECT_RUN(0, "check", SCENARIO, "--set", "chain.trace=" BLOCKS);
    digest_of(drawn, "chain.trace=drawn", "drawn");
    digest_of(real, "chain.trace=" BLOCKS, "real");
    digest_of(again, "chain.trace=" BLOCKS, "again");
    assert_string_not_equal(drawn, real);
    assert_string_equal(real, again);
    EXPECT_RUN(2, "check", SCENARIO, "--set", "chain.trace=nowhere.csv");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_closed_forms_hold_at_an_apartments_outlet, enter, leave),
        cmocka_unit_test_setup_teardown(the_closed_forms_hold_at_a_fast_charger, enter, leave),
        cmocka_unit_test_setup_teardown(another_world_fails_them, enter, leave),
        cmocka_unit_test_setup_teardown(real_block_times_are_replayed_through_the_scenario, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
