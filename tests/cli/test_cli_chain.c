/* test_cli_chain.c: the chain of a run, stored, exported, and judged by somebody else.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The judge (judge_chain.py) knows the BIPs and Python's standard library, and shares nothing with the program.
 */
#include "tests/cli/houses.h"
#include "tests/cli/program.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define JUDGE  KONSENTO_SOURCE "/tests/cli/judge_chain.py"
#define TAMPER KONSENTO_SOURCE "/tests/cli/judge_tamper.py"
#define OURS   KONSENTO_BUILD "/tests/judge_file"

/* Three days with slow blocks, attackers and forced reorganisations: branches of every kind. */
static void branches_write(void)
{
    file_write("branches.lua", "local k = require \"konsento\"\n"
                               "return k.scenario {\n"
                               "    name = \"Branches\", duration = \"3 days\", replications = 2,\n"
                               "    building = k.building { flats = 10, outlets = k.outlets { count = 3 } },\n"
                               "    fleet = k.fleet.cars { count = 6 },\n"
                               "    chain = k.chain {\n"
                               "        block_delay = \"60 s\", attacker = \"20 %\",\n"
                               "        reorgs = {\n"
                               "            k.reorg { at = \"20 h\", depth = 3 },\n"
                               "            k.reorg { at = \"30 h\", depth = 6, content = \"empty\" },\n"
                               "            k.reorg { at = \"50 h\", depth = 1 },\n"
                               "        },\n"
                               "    },\n"
                               "    rails = {\n"
                               "        k.rail.cloud { name = \"card\" },\n"
                               "        k.rail.onchain { name = \"zero\", record = \"always\", bump = \"on\",\n"
                               "            attackers = {\n"
                               "                k.attacker.race { share = \"20 %\" },\n"
                               "                k.attacker.replacement { share = \"20 %\" },\n"
                               "                k.attacker.finney { share = \"10 %\", hash = \"20 %\" },\n"
                               "            } },\n"
                               "        k.rail.onchain { name = \"two\", confirmations = 2 },\n"
                               "    },\n"
                               "}\n");
}

static int enter(void **state)
{
    static struct folder folder;
    folder_enter(&folder);
    branches_write();
    EXPECT_RUN(0, "run", "branches.lua", "--chain", "-o", "out", "-q", "--no-report");
    *state = &folder;
    return 0;
}

static int leave(void **state)
{
    folder_leave(*state);
    return 0;
}

static bool has_python(void)
{
    if (program_found("python3"))
        return true;
    print_message("skipped: python3 is not installed\n");
    return false;
}

/* "blocks        614" */
static long counted(const char *text, const char *name)
{
    char line[64];
    snprintf(line, sizeof line, "%s ", name);
    const char *at = strstr(text, line);
    assert_non_null(at);
    return strtol(at + strlen(line), NULL, 10);
}

static struct said judged(const char *path)
{
    struct said said = other_run(&(struct start){0}, ARGUMENTS("python3", JUDGE, path));
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "\nvalid\n");
    return said;
}

/* ---- the judge -------------------------------------------------------------------------------------------------- */

static void every_chain_of_a_study_is_valid_to_an_independent_judge(void **state)
{
    (void)state;
    const char *const rails[] = {"rail=zero", "rail=two"}, *const replications[] = {"0", "1"};
    if (!has_python())
        return;
    for (size_t i = 0; i < 4; i++) {
        EXPECT_RUN(0, "export", "out", "--chain", "chain.dat", "--where", rails[i / 2], "--replication",
                   replications[i % 2]);
        struct said said = judged("chain.dat");
        print_message("%s replication %s: %ld blocks, %ld losing, %ld transactions, %ld signatures\n", rails[i / 2],
                      replications[i % 2], counted(said.out, "blocks"), counted(said.out, "losing blocks"),
                      counted(said.out, "transactions"), counted(said.out, "signatures"));
        assert_in_range(counted(said.out, "height"), 450, 700); /* 108 before time 0, then 432 or so */
        assert_in_range(counted(said.out, "losing blocks"), 3 + 6 + 1, 200);
        assert_in_range(counted(said.out, "deepest"), 6, 20);
        assert_in_range(counted(said.out, "inputs"), 30, 1000);
        assert_int_equal(counted(said.out, "signatures"), counted(said.out, "inputs"));
        said_free(&said);
    }
}

static void the_judge_and_our_own_validation_refuse_every_tampered_chain_for_its_reason(void **state)
{
    (void)state;
    if (!has_python())
        return;
    EXPECT_RUN(0, "export", "out", "--chain", "chain.dat", "--where", "rail=zero", "--replication", "0");
    struct said said = other_run(&(struct start){0}, ARGUMENTS("python3", TAMPER, "chain.dat", OURS));
    EXPECT_CODE(&said, 0);
    print_message("%s", said.out);
    EXPECT_TEXT(said.out, "253 tampered chains refused");
    said_free(&said);
    char *bytes = file_read("chain.dat");
    bytes[8 + 4] ^= 1; /* of genesis */
    file_write_bytes("bad.dat", bytes, 8 + 285);
    free(bytes);
    said = other_run(&(struct start){0}, ARGUMENTS("python3", JUDGE, "bad.dat"));
    EXPECT_CODE(&said, 1);
    EXPECT_TEXT(said.out, "invalid: block 0 at byte 0: the first block is not regtest's genesis");
    said_free(&said);
}

/* ---- storing ---------------------------------------------------------------------------------------------------- */

static void to_store_the_chain_changes_nothing_else(void **state)
{
    (void)state;
    EXPECT_RUN(0, "run", "branches.lua", "-o", "plain", "-q", "--no-report");
    struct said with = KONSENTO("export", "out"), without = KONSENTO("export", "plain");
    EXPECT_CODE(&with, 0);
    EXPECT_CODE(&without, 0);
    assert_string_equal(with.out, without.out);
    said_free(&with);
    said_free(&without);
    struct said one = KONSENTO("inspect", "out"), other = KONSENTO("inspect", "plain");
    const char *digest = strstr(one.out, "digest  ");
    assert_non_null(digest);
    assert_non_null(strstr(other.out, "digest  "));
    assert_memory_equal(digest, strstr(other.out, "digest  "), 14 + 64);
    EXPECT_TEXT(one.out, "chain: 4 of ");
    EXPECT_NO_TEXT(other.out, "chain: ");
    said_free(&one);
    said_free(&other);
}

static void a_folder_holds_studies_with_chains_or_without(void **state)
{
    (void)state;
    struct said said = KONSENTO("run", "branches.lua", "-o", "out", "-q");
    EXPECT_CODE(&said, 2);
    EXPECT_TEXT(said.err, "holds another study: options differs");
    said_free(&said);
}

static void of_some_replications_only(void **state)
{
    (void)state;
    EXPECT_RUN(0, "run", "branches.lua", "--chain", "--trace-reps", "1", "-o", "some", "-q", "--no-report");
    EXPECT_RUN(0, "export", "some", "--chain", "some.dat", "--where", "rail=two");
    EXPECT_RUN(0, "export", "out", "--chain", "all.dat", "--where", "rail=two", "--replication", "1");
    struct said same = other_run(&(struct start){0}, ARGUMENTS("cmp", "some.dat", "all.dat"));
    EXPECT_CODE(&same, 0);
    said_free(&same);
    struct said said = KONSENTO("export", "some", "--chain", "x.dat", "--replication", "0");
    EXPECT_CODE(&said, 2);
    EXPECT_TEXT(said.err, "no such chain is stored; there are: rail=zero replication 1, rail=two replication 1");
    said_free(&said);
    assert_false(file_exists("x.dat"));
}

static void killed_again_and_again_it_keeps_every_chain(void **state)
{
    (void)state;
    const char *const study[] = {"run", "branches.lua", "--chain", "--reps",      "12", "-o",
                                 "cut", "-j2",          "-q",      "--no-report", NULL};
    int kills = 0, code;
    struct said said;
    do {
        const struct start start = {
            .kill_signal = kills < 8 ? SIGKILL : 0, .kill_after_us = 30000 * kills + 1, .kill_folder = "cut/shards"};
        said = program_run(&start, study);
        code = said.code;
        kills += code == 128 + SIGKILL;
        assert_true(code == 0 || code == 128 + SIGKILL);
        said_free(&said);
    } while (code != 0);
    print_message("%d kills\n", kills);
    assert_true(kills > 0);
    const char *const rails[] = {"rail=zero", "rail=two"}, *const replications[] = {"0", "1"};
    for (size_t i = 0; i < 4; i++) {
        EXPECT_RUN(0, "export", "cut", "--chain", "cut.dat", "--where", rails[i / 2], "--replication",
                   replications[i % 2]);
        EXPECT_RUN(0, "export", "out", "--chain", "whole.dat", "--where", rails[i / 2], "--replication",
                   replications[i % 2]);
        struct said same = other_run(&(struct start){0}, ARGUMENTS("cmp", "cut.dat", "whole.dat"));
        EXPECT_CODE(&same, 0);
        said_free(&same);
    }
    said = KONSENTO("inspect", "cut");
    EXPECT_TEXT(said.out, "chain: 24 of ");
    said_free(&said);
}

/* ---- asking ----------------------------------------------------------------------------------------------------- */

static void refused(const char *words, const char *const *arguments)
{
    file_write("chain.dat", "as it was");
    struct said said = program_run(&(struct start){0}, arguments);
    expect_code(&said, 2, words);
    expect_text(said.err, words, words);
    assert_string_equal(said.out, "");
    said_free(&said);
    char *before = file_read("chain.dat");
    assert_string_equal(before, "as it was");
    free(before);
}

static void what_is_not_clear_is_refused_with_what_there_is(void **state)
{
    (void)state;
    EXPECT_RUN(0, "run", "branches.lua", "-o", "none", "-q", "--only", "1", "--no-report");
    refused("4 chains are stored, choose one with --where rail=NAME and --replication N: rail=zero replication 0, ",
            ARGUMENTS("export", "out", "--chain", "chain.dat"));
    refused("2 chains are stored", ARGUMENTS("export", "out", "--chain", "chain.dat", "--where", "rail=two"));
    refused("2 chains are stored", ARGUMENTS("export", "out", "--chain", "chain.dat", "--replication", "1"));
    refused("no such chain is stored; there are: rail=zero replication 0",
            ARGUMENTS("export", "out", "--chain", "chain.dat", "--where", "rail=card"));
    refused("no such chain is stored", ARGUMENTS("export", "out", "--chain", "chain.dat", "--replication", "2"));
    refused("rail is never 'tow' (did you mean 'two'?)",
            ARGUMENTS("export", "out", "--chain", "chain.dat", "--where", "rail=tow"));
    refused("there is no parameter 'rial' (did you mean 'rail'?)",
            ARGUMENTS("export", "out", "--chain", "chain.dat", "--where", "rial=two"));
    refused("--where wants name=value", ARGUMENTS("export", "out", "--chain", "chain.dat", "--where", "two"));
    refused("make them with: konsento run branches.lua --seed 1 --only 1 --chain",
            ARGUMENTS("export", "none", "--chain", "chain.dat"));
    refused("--chain FILE stands alone", ARGUMENTS("export", "out", "--chain", "chain.dat", "--json"));
    refused("--chain FILE stands alone", ARGUMENTS("export", "out", "--chain", "chain.dat", "-o", "x"));
    refused("go with --chain", ARGUMENTS("export", "out", "--replication", "1"));
    assert_int_equal(files_ending(".", "dat.tmp"), 0);
}

static void a_scenario_without_a_chain_cannot_store_one(void **state)
{
    (void)state;
    house_write();
    struct said said = KONSENTO("run", "house.lua", "--chain", "-o", "house");
    EXPECT_CODE(&said, 2);
    EXPECT_TEXT(said.err, "run: --chain: no rail of this scenario has a chain of blocks");
    said_free(&said);
    assert_false(file_exists("house"));
}

static void into_a_pipe_go_the_same_bytes(void **state)
{
    (void)state;
    EXPECT_RUN(0, "export", "out", "--chain", "chain.dat", "--where", "rail=two", "--replication", "1");
    struct said said =
        other_run(&(struct start){0},
                  ARGUMENTS("bash", "-c",
                            "set -o pipefail; " KONSENTO_BUILD
                            "/konsento export out --where rail=two --replication 1 --chain - | cmp - chain.dat"));
    EXPECT_CODE(&said, 0);
    said_free(&said);
}

static void a_disk_that_is_full_leaves_the_file_from_before(void **state)
{
    (void)state;
    file_write("chain.dat", "as it was");
    const char *const arguments[] = {"export",   "out",           "--chain", "chain.dat", "--where",
                                     "rail=two", "--replication", "1",       NULL};
    struct said said = program_run(&(struct start){.file_bytes_max = 100000}, arguments);
    EXPECT_CODE(&said, 1);
    EXPECT_TEXT(said.err, "cannot write");
    said_free(&said);
    char *before = file_read("chain.dat");
    assert_string_equal(before, "as it was");
    free(before);
    assert_int_equal(files_ending(".", "dat.tmp"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_chain_of_a_study_is_valid_to_an_independent_judge),
        cmocka_unit_test(the_judge_and_our_own_validation_refuse_every_tampered_chain_for_its_reason),
        cmocka_unit_test(to_store_the_chain_changes_nothing_else),
        cmocka_unit_test(a_folder_holds_studies_with_chains_or_without),
        cmocka_unit_test(of_some_replications_only),
        cmocka_unit_test(killed_again_and_again_it_keeps_every_chain),
        cmocka_unit_test(what_is_not_clear_is_refused_with_what_there_is),
        cmocka_unit_test(a_scenario_without_a_chain_cannot_store_one),
        cmocka_unit_test(into_a_pipe_go_the_same_bytes),
        cmocka_unit_test(a_disk_that_is_full_leaves_the_file_from_before),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
