/* test_cli_chubu.c: the trial of 2018 in small: one digest at any number of threads and with any back end.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Three days instead of thirty, three replications instead of twenty.
 */
#include "tests/cli/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SCENARIO KONSENTO_SOURCE "/scenarios/chubu_2018.lua"
#define BLOCKS   KONSENTO_SHARED "/data/btc_block_times_2018-03.csv"
#define TARIFF   KONSENTO_SHARED "/data/tariff_chubu_smartlife.csv"
#define REPS     "--reps", "3", "--no-report", "--set", "days=3"

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

/* Of what --json says the digest and all that was measured; where it lies comes behind. */
static char *results_of(const char *json)
{
    const char *begin = strstr(json, "\"digest\""), *end = strstr(json, "\"results\"");
    assert_non_null(begin);
    assert_true(end > begin);
    char *text = strndup(begin, (size_t)(end - begin));
    assert_non_null(text);
    return text;
}

static void threads_and_back_ends_give_equal_results(void **state)
{
    (void)state;
    static const char *const variants[][2] = {
        {"crypto=real", "1"}, {"crypto=real", "2"}, {"crypto=memo", "2"}, {"crypto=token", "1"}};
    char *first = NULL;
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        char folder[] = "a";
        folder[0] = (char)('a' + i);
        struct said said =
            KONSENTO("run", SCENARIO, REPS, "--json", "--set", variants[i][0], "-j", variants[i][1], "-o", folder);
        assert_true(said.code == 0 || said.code == 4); /* three days may leave a threshold undecided */
        char *results = results_of(said.out);
        if (first == NULL)
            first = results;
        assert_string_equal(first, results);
        if (results != first)
            free(results);
        said_free(&said);
    }
    free(first);
}

static void recorded_blocks_and_tariffs_are_taken(void **state)
{
    (void)state;
    if (!file_exists(BLOCKS) || !file_exists(TARIFF))
        skip();
    struct said said = KONSENTO("run", SCENARIO, REPS, "--set", "crypto=token", "--set", "blocks=" BLOCKS, "--set",
                                "tariff=" TARIFF, "-o", "recorded");
    assert_true(said.code == 0 || said.code == 4);
    EXPECT_NO_TEXT(said.err, "no block times given");
    EXPECT_TEXT(said.err, "no sessions given");
    said_free(&said);
}

static void a_tariff_that_is_none_is_told(void **state)
{
    (void)state;
    file_write("tariff.csv", "day,price\n1,2\n");
    struct said said = KONSENTO("run", SCENARIO, REPS, "--set", "tariff=tariff.csv", "-o", "none");
    EXPECT_CODE(&said, 2);
    EXPECT_TEXT(said.err, "the first row must be");
    said_free(&said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_and_back_ends_give_equal_results),
        cmocka_unit_test(recorded_blocks_and_tariffs_are_taken),
        cmocka_unit_test(a_tariff_that_is_none_is_told),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
