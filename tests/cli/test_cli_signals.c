/* test_cli_signals.c: a run that is asked to stop finishes its block, says how to go on, and goes on.   [engine]
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

#define REPS "1200"

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

/* The command after "go on with: " is the one that was given, and it works. */
static void resume_gives_the_digest_of_an_undisturbed_run(const char *message)
{
    char resumed[65], direct[65], command[1024];
    const char *from = strstr(message, "go on with: konsento ");
    assert_non_null(from);
    from += strlen("go on with: konsento ");
    snprintf(command, sizeof command, "%s/konsento %.*s --json", KONSENTO_BUILD, (int)strcspn(from, "\n"), from);
    struct said said = other_run(&(struct start){0}, ARGUMENTS("sh", "-c", command));
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.err, "replications were done before");
    json_member(resumed, sizeof resumed, said.out, "digest");
    said_free(&said);
    said = KONSENTO("run", "house.lua", "--reps", REPS, "-o", "direct", "--json");
    EXPECT_CODE(&said, 0);
    json_member(direct, sizeof direct, said.out, "digest");
    said_free(&said);
    assert_string_equal(resumed, direct);
}

static void stopped_by(int number, int code)
{
    const struct start start = {.kill_signal = number, .kill_folder = "my out/shards"};
    struct said said = program_run(&start, ARGUMENTS("run", "house.lua", "--reps", REPS, "-o", "my out", "-j2"));
    EXPECT_CODE(&said, code);
    EXPECT_TEXT(said.err, "stopped with ");
    EXPECT_TEXT(said.err, "-o 'my out'");
    assert_string_equal(said.out, "");
    assert_false(file_exists("my out/results.h5"));
    assert_true(files_ending("my out/shards", ".h5") > 0);
    assert_int_equal(files_ending("my out", ".tmp"), 0);
    resume_gives_the_digest_of_an_undisturbed_run(said.err);
    said_free(&said);
}

static void ctrl_c_finishes_what_is_in_flight_and_the_run_goes_on_later(void **state)
{
    (void)state;
    stopped_by(SIGINT, 130);
}

static void sigterm_leaves_an_incomplete_study_that_goes_on(void **state)
{
    (void)state;
    stopped_by(SIGTERM, 6);
}

static void the_second_ctrl_c_stops_at_once_and_nothing_durable_is_lost(void **state)
{
    (void)state;
    const struct start start = {
        .kill_signal = SIGINT, .kill_after_us = 500000, .second_signal = SIGINT, .second_after_us = 500000};
    /* One long replication: the first request alone would wait for it. */
    struct said said = program_run(&start, ARGUMENTS("run", "house.lua", "--reps", "3", "-o", "out", "--set",
                                                     "duration=3660 days", "--set", "cars=1000"));
    EXPECT_CODE(&said, 130);
    EXPECT_TEXT(said.err, "stopped at once; go on with: konsento run house.lua");
    EXPECT_NO_TEXT(said.err, "stopped with ");
    assert_int_equal(files_ending("out", "results.h5"), 0);
    said_free(&said);
}

/* As `timeout` does: to the process, and at once to its group. */
static void a_signal_sent_twice_at_once_is_one_request(void **state)
{
    (void)state;
    const struct start start = {
        .kill_signal = SIGTERM, .kill_folder = "out/shards", .second_signal = SIGTERM, .second_after_us = 20000};
    struct said said = program_run(
        &start, ARGUMENTS("run", "house.lua", "--reps", "400", "-o", "out", "-j1", "--set", "duration=600 days"));
    EXPECT_CODE(&said, 6);
    EXPECT_TEXT(said.err, "stopped with ");
    EXPECT_NO_TEXT(said.err, "stopped at once");
    said_free(&said);
}

static void a_signal_that_was_ignored_stays_ignored(void **state)
{
    (void)state;
    struct said said = other_run(&(struct start){0},
                                 ARGUMENTS("sh", "-c",
                                           "trap '' INT; " KONSENTO_BUILD "/konsento run house.lua --reps 600 -o out & "
                                           "sleep 0.1; kill -INT $!; wait $!"));
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "600 replications");
    said_free(&said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ctrl_c_finishes_what_is_in_flight_and_the_run_goes_on_later, enter, leave),
        cmocka_unit_test_setup_teardown(sigterm_leaves_an_incomplete_study_that_goes_on, enter, leave),
        cmocka_unit_test_setup_teardown(the_second_ctrl_c_stops_at_once_and_nothing_durable_is_lost, enter, leave),
        cmocka_unit_test_setup_teardown(a_signal_sent_twice_at_once_is_one_request, enter, leave),
        cmocka_unit_test_setup_teardown(a_signal_that_was_ignored_stays_ignored, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
