/* test_cli_lab.c: a laboratory is run, told, stored and resumed as any other scenario is.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/cli/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const lab = "local k = require \"konsento\"\n"
                               "local p = k.params { trials = k.param { 400 }, limit = k.param { \"100 %\" } }\n"
                               "return k.lab {\n"
                               "    name = \"Two races\",\n"
                               "    replications = 6,\n"
                               "    experiments = {\n"
                               "        k.experiment.race { name = \"weak\", share = \"10 %\", confirmations = 1,\n"
                               "            trials = p.trials },\n"
                               "        k.experiment.race { name = \"strong\", share = \"40 %\", confirmations = 1,\n"
                               "            trials = p.trials },\n"
                               "        k.experiment.size { name = \"payment\" },\n"
                               "    },\n"
                               "    thresholds = { \"race.won < \" .. p.limit .. \" where experiment=strong\" },\n"
                               "}\n";

static int enter(void **state)
{
    static struct folder folder;
    folder_enter(&folder);
    file_write("lab.lua", lab);
    *state = &folder;
    return 0;
}

static int leave(void **state)
{
    folder_leave(*state);
    return 0;
}

/* The digest that a run printed; free it. */
static char *digest_of(const struct said *said)
{
    const char *at = strstr(said->out, "digest   ");
    assert_non_null(at);
    return strndup(at + strlen("digest   "), 64);
}

static void experiments_stand_where_rails_do(void **state)
{
    (void)state;
    struct said said = KONSENTO("run", "lab.lua", "-o", "out");
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.err, "3 experiments x 6 replications");
    EXPECT_TEXT(said.out, "weak");
    EXPECT_TEXT(said.out, "race.won [%]");
    EXPECT_TEXT(said.out, "size.vsize [vB]");
    EXPECT_TEXT(said.out, "race.won < 100 % where experiment=strong");
    EXPECT_NO_TEXT(said.out, "against"); /* nothing to compare */
    EXPECT_NO_TEXT(said.out, "energy");
    said_free(&said);
    char *report = file_read("out/report.html");
    EXPECT_TEXT(report, "<th>experiment</th>");
    EXPECT_NO_TEXT(report, "<th>rail</th>");
    EXPECT_NO_TEXT(report, "Differences");
    EXPECT_NO_TEXT(report, "<td class=\"n\">&ndash;</td><td class=\"n\">&ndash;</td>"); /* no empty lines */
    free(report);
    said = KONSENTO("run", "lab.lua", "-o", "out", "--json");
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "\"name\": \"race.won\", \"experiment\": \"weak\", \"config\": 0");
    EXPECT_TEXT(said.err, "were done before");
    said_free(&said);
    said = KONSENTO("export", "out", "--csv");
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "config,experiment,");
    EXPECT_TEXT(said.out, "strong");
    said_free(&said);
    said = KONSENTO("report", "out", "-o", "again.html");
    EXPECT_CODE(&said, 0);
    said_free(&said);
}

static void the_digest_depends_on_the_seed_and_not_on_threads(void **state)
{
    (void)state;
    struct said one = KONSENTO("run", "lab.lua", "-o", "one", "-j", "1", "--no-report");
    struct said two = KONSENTO("run", "lab.lua", "-o", "two", "-j", "2", "--no-report");
    struct said other = KONSENTO("run", "lab.lua", "-o", "other", "--seed", "2", "--no-report");
    char *digests[3] = {digest_of(&one), digest_of(&two), digest_of(&other)};
    assert_string_equal(digests[0], digests[1]);
    assert_string_not_equal(digests[0], digests[2]);
    for (int i = 0; i < 3; i++)
        free(digests[i]);
    said_free(&one);
    said_free(&two);
    said_free(&other);
}

static void thresholds_decide_the_exit_code(void **state)
{
    (void)state;
    struct said said = KONSENTO("run", "lab.lua", "-o", "fail", "--set", "limit=1 %", "--no-report");
    EXPECT_CODE(&said, 3);
    said_free(&said);
    said = KONSENTO("run", "lab.lua", "-o", "unsure", "--set", "limit=80 %", "--no-report");
    EXPECT_CODE(&said, 4);
    said_free(&said);
}

static void one_replication_says_all_where_nothing_is_random(void **state)
{
    (void)state;
    struct said said = KONSENTO("run", KONSENTO_SOURCE "/scenarios/validation/chain_sizes.lua", "-o", "sizes");
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "1 replication (nothing in it is random: one says all)");
    said_free(&said);
}

static void what_a_laboratory_cannot_have_is_told(void **state)
{
    (void)state;
    struct said said = KONSENTO("run", "lab.lua", "--events", "session", "-o", "events");
    EXPECT_CODE(&said, 2);
    EXPECT_TEXT(said.err, "a laboratory has no tables of events");
    said_free(&said);
    said = KONSENTO("run", "lab.lua", "--chain", "-o", "chain");
    EXPECT_CODE(&said, 2);
    said_free(&said);
    said = KONSENTO("check", "lab.lua", "--set", "experiments.weak.trails=5");
    EXPECT_CODE(&said, 2);
    EXPECT_TEXT(said.err, "did you mean");
    said_free(&said);
    said = KONSENTO("check", "lab.lua", "--show");
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "k.experiment.race {");
    said_free(&said);
}

static void real_block_times_are_read_and_kept_in_mind(void **state)
{
    (void)state;
    static const char *const scenario = KONSENTO_SOURCE "/scenarios/validation/chain_retarget.lua";
    file_write("bad.csv", "height,unix_time\n7,1520000100\n9,1520000700\n");
    file_write("short.csv", "height,unix_time\n7,1520000100\n8,1520000700\n");
    struct said said = KONSENTO("check", scenario, "--set", "blocks=bad.csv");
    EXPECT_CODE(&said, 2);
    EXPECT_TEXT(said.err, "bad.csv:3: error: height: 9 does not follow 7");
    said_free(&said);
    said = KONSENTO("run", scenario, "--set", "blocks=short.csv", "--set", "periods=1", "--reps", "2", "-o", "short");
    EXPECT_CODE(&said, 1);
    EXPECT_TEXT(said.err, "of experiment march_2018 failed: experiment march_2018: the file of block times has less");
    said_free(&said);
    said = KONSENTO("check", scenario);
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.err, "no blocks given");
    said_free(&said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(experiments_stand_where_rails_do, enter, leave),
        cmocka_unit_test_setup_teardown(the_digest_depends_on_the_seed_and_not_on_threads, enter, leave),
        cmocka_unit_test_setup_teardown(thresholds_decide_the_exit_code, enter, leave),
        cmocka_unit_test_setup_teardown(one_replication_says_all_where_nothing_is_random, enter, leave),
        cmocka_unit_test_setup_teardown(what_a_laboratory_cannot_have_is_told, enter, leave),
        cmocka_unit_test_setup_teardown(real_block_times_are_read_and_kept_in_mind, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
