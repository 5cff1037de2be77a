/* test_cli_output.c: data on stdout, chatter on stderr, and nothing lost in silence.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
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

static int enter(void **state)
{
    static struct folder folder;
    folder_enter(&folder);
    house_write();
    *state = &folder;
    return 0;
}

static int leave(void **state)
{
    folder_leave(*state);
    return 0;
}

static void a_full_stdout_is_a_failure_with_a_message(void **state)
{
    (void)state;
    const struct start full = {.stdout_path = "/dev/full"};
    const char *const *const commands[] = {ARGUMENTS("help"),
                                           ARGUMENTS("--version"),
                                           ARGUMENTS("schema", "--json"),
                                           ARGUMENTS("check", "house.lua", "--show"),
                                           ARGUMENTS("completion", "bash"),
                                           ARGUMENTS("run", "house.lua", "--reps", "2", "-o", "out", "--json"),
                                           ARGUMENTS("inspect", "out"),
                                           ARGUMENTS("export", "out")};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        struct said said = program_run(&full, commands[i]);
        expect_code(&said, 1, commands[i][0]);
        expect_text(said.err, "No space left on device", commands[i][0]);
        said_free(&said);
    }
}

static void a_closed_stdout_is_a_failure_and_never_a_results_file(void **state)
{
    (void)state;
    struct said said =
        program_run(&(struct start){.stdout_closed = true}, ARGUMENTS("run", "house.lua", "--reps", "3", "-o", "out"));
    EXPECT_CODE(&said, 1);
    EXPECT_TEXT(said.err, "cannot write to standard output");
    said_free(&said);
    struct said again = KONSENTO("run", "house.lua", "--reps", "3", "-o", "out");
    EXPECT_CODE(&again, 0);
    EXPECT_TEXT(again.err, "all 6 replications were done before");
    said_free(&again);
}

static void a_reader_that_goes_away_is_a_failure_with_a_message(void **state)
{
    (void)state;
    EXPECT_RUN(0, "run", "house.lua", "--reps", "3", "-o", "out");
    struct said said = other_run(&(struct start){0}, ARGUMENTS("bash", "-c",
                                                               KONSENTO_BUILD "/konsento schema --json | true; "
                                                                              "echo code ${PIPESTATUS[0]}"));
    /* The program may be done before the reader goes: then all was written. */
    if (strstr(said.out, "code 0") == NULL) {
        EXPECT_TEXT(said.out, "code 1");
        EXPECT_TEXT(said.err, "Broken pipe");
    }
    said_free(&said);
    said = other_run(&(struct start){0}, ARGUMENTS("bash", "-c",
                                                   "(sleep 0.3; " KONSENTO_BUILD "/konsento schema --json; "
                                                   "echo code $? >&2) | true"));
    EXPECT_TEXT(said.err, "code 1");
    EXPECT_TEXT(said.err, "Broken pipe");
    said_free(&said);
}

static void progress_is_plain_lines_where_stderr_is_no_terminal(void **state)
{
    (void)state;
    const struct start often = {
        .environment = ARGUMENTS("KONSENTO_PROGRESS_S=1"), .kill_signal = SIGINT, .kill_after_us = 2500000};
    struct said said = program_run(&often, ARGUMENTS("run", "house.lua", "--reps", "1000000", "-o", "out"));
    EXPECT_CODE(&said, 130);
    EXPECT_TEXT(said.err, "/2000000 replications");
    EXPECT_TEXT(said.err, "/s  ETA ");
    EXPECT_NO_TEXT(said.err, "\r");
    EXPECT_NO_TEXT(said.err, "\033");
    size_t lines = 0;
    for (const char *at = said.err; (at = strstr(at, "ETA")) != NULL; at++)
        lines++;
    assert_in_range(lines, 1, 3);
    said_free(&said);
}

static void a_wrong_progress_setting_is_told(void **state)
{
    (void)state;
    const struct start wrong = {.environment = ARGUMENTS("KONSENTO_PROGRESS_S=often")};
    struct said said = program_run(&wrong, ARGUMENTS("run", "house.lua", "--reps", "1", "-o", "out"));
    EXPECT_TEXT(said.err, "KONSENTO_PROGRESS_S: 'often' is not a whole number");
    said_free(&said);
}

/* The program in a pseudo-terminal; stdin closed, so that `script` needs none. */
static struct said in_terminal(const char *environment, const char *arguments)
{
    char command[1024];
    snprintf(command, sizeof command, "%s %s/konsento %s", environment, KONSENTO_BUILD, arguments);
    return other_run(&(struct start){0}, ARGUMENTS("script", "-qec", command, "/dev/null"));
}

static void a_terminal_gets_a_bar_and_colours_unless_it_wants_none(void **state)
{
    (void)state;
    if (!program_found("script"))
        skip();
    const char *study = "run house.lua --reps 2000 -o ";
    char arguments[64];
    snprintf(arguments, sizeof arguments, "%sa", study);
    struct said said = in_terminal("TERM=xterm", arguments);
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "\r\033[2K");
    EXPECT_TEXT(said.out, " %  ");
    EXPECT_TEXT(said.out, "\033[32m✓\033[0m");
    said_free(&said);
    snprintf(arguments, sizeof arguments, "%sb", study);
    said = in_terminal("TERM=xterm NO_COLOR=1", arguments);
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "\r\033[2K");
    EXPECT_NO_TEXT(said.out, "\033[32m");
    said_free(&said);
    snprintf(arguments, sizeof arguments, "%sc", study);
    said = in_terminal("TERM=dumb", arguments);
    EXPECT_CODE(&said, 0);
    EXPECT_NO_TEXT(said.out, "\033");
    said_free(&said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_full_stdout_is_a_failure_with_a_message, enter, leave),
        cmocka_unit_test_setup_teardown(a_closed_stdout_is_a_failure_and_never_a_results_file, enter, leave),
        cmocka_unit_test_setup_teardown(a_reader_that_goes_away_is_a_failure_with_a_message, enter, leave),
        cmocka_unit_test_setup_teardown(progress_is_plain_lines_where_stderr_is_no_terminal, enter, leave),
        cmocka_unit_test_setup_teardown(a_wrong_progress_setting_is_told, enter, leave),
        cmocka_unit_test_setup_teardown(a_terminal_gets_a_bar_and_colours_unless_it_wants_none, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
