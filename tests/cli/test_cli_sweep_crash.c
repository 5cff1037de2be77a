/* test_cli_sweep_crash.c: kill -9 of sweeps on threads, in shards and under mpiexec: the end is the same.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * KONSENTO_KILLS says how many kills (default: 3, so that the whole of the tests stays short).
 */
#include "tests/cli/houses.h"
#include "tests/cli/sweeps.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define USUAL_KILLS 3

#define SWEEP_WORDS(...)                                                                                               \
    "sweep", "house.lua", "--axis", "cars=10..40 step 10", "--set", "duration=20 days", "--reps", "12", "--target",    \
        "energy.delivered_share=1.5%", "--max-reps", "24", "--no-report", "--quiet", "-o", "out", __VA_ARGS__

struct undisturbed {
    struct folder folder;
    char *rows;
    long duration_us;
};

static long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void remove_study(void)
{
    struct said said = other_run(&(struct start){0}, ARGUMENTS("rm", "-rf", "out"));
    EXPECT_CODE(&said, 0);
    said_free(&said);
}

static int enter(void **state)
{
    static struct undisturbed undisturbed;
    folder_enter(&undisturbed.folder);
    house_write();
    long began = now_us();
    EXPECT_RUN(0, SWEEP_WORDS("-j2"));
    undisturbed.duration_us = now_us() - began;
    undisturbed.rows = sweep_rows("out");
    remove_study();
    *state = &undisturbed;
    return 0;
}

static int leave(void **state)
{
    struct undisturbed *undisturbed = *state;
    free(undisturbed->rows);
    folder_leave(&undisturbed->folder);
    return 0;
}

/* How the sweep is made, once it is not killed. */
static struct said run_threads(const struct start *start)
{
    return program_run(start, ARGUMENTS(SWEEP_WORDS("-j2")));
}

static struct said run_shards(const struct start *start)
{
    struct said said = program_run(start, ARGUMENTS(SWEEP_WORDS("-j1", "--shard", "0/2")));
    if (said.code != 0)
        return said;
    said_free(&said);
    said = program_run(start, ARGUMENTS(SWEEP_WORDS("-j1", "--shard", "1/2")));
    if (said.code != 0)
        return said;
    said_free(&said);
    return program_run(start, ARGUMENTS("merge", "out", "--no-report", "--quiet"));
}

static struct said run_ranks(const struct start *start)
{
    return sweep_under_mpi(start, "2", ARGUMENTS(SWEEP_WORDS("-j1")));
}

static long missing(void)
{
    struct said said = KONSENTO("status", "out", "--json");
    const char *at = strstr(said.out, "\"missing\": ");
    long count = at != NULL ? strtol(at + strlen("\"missing\": "), NULL, 10) : -1;
    said_free(&said);
    return count;
}

/* Nobody holds the study's folder any more: ranks whose mpiexec was killed notice a little later. */
static void wait_for_lock(void)
{
    for (int i = 0; i < 200; i++) {
        struct said look = other_run(&(struct start){0}, ARGUMENTS("flock", "-n", "out/.lock", "true"));
        bool is_free = look.code == 0 || !file_exists("out/.lock");
        said_free(&look);
        if (is_free)
            return;
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
}

/* Kills it at random moments until it is whole. Returns the number of kills that it took. */
static int kill_until_whole(const struct undisturbed *undisturbed, unsigned *random, int kills_left,
                            struct said (*run)(const struct start *start))
{
    for (int kills = 0;; kills++) {
        *random = *random * 1664525u + 1013904223u;
        long after_us = (long)((uint64_t)(*random >> 8) * (uint64_t)undisturbed->duration_us * 3 / 4 >> 24);
        const struct start start = {.kill_signal = kills < kills_left ? SIGKILL : 0, .kill_after_us = after_us};
        struct said said = run(&start);
        int code = said.code;
        if (code != 0 && code != 128 + SIGKILL)
            expect_code(&said, 0, __func__);
        said_free(&said);
        if (code == 0)
            return kills;
        if (run == run_ranks)
            wait_for_lock();
    }
}

static void kill_and_compare(const struct undisturbed *undisturbed, unsigned seed,
                             struct said (*run)(const struct start *start))
{
    const char *asked = getenv("KONSENTO_KILLS");
    int kills = asked != NULL ? (int)strtol(asked, NULL, 10) : USUAL_KILLS;
    unsigned random = seed;
    for (int done = 0; done < kills / 3;) {
        done += kill_until_whole(undisturbed, &random, kills / 3 - done, run);
        assert_int_equal(missing(), 0);
        char *rows = sweep_rows("out");
        assert_string_equal(rows, undisturbed->rows);
        free(rows);
        assert_int_equal(files_ending("out", ".tmp"), 0);
        assert_int_equal(files_ending("out", ".h5"), 2); /* results.h5 and study.h5 */
        remove_study();
    }
}

static void threads_that_were_killed_end_with_the_same_rows(void **state)
{
    kill_and_compare(*state, 20180301, run_threads);
}

static void shards_that_were_killed_end_with_the_same_rows(void **state)
{
    kill_and_compare(*state, 20180302, run_shards);
}

static void ranks_that_were_killed_end_with_the_same_rows(void **state)
{
    if (!sweep_has_mpi())
        skip();
    kill_and_compare(*state, 20180303, run_ranks);
}

/* The second of two ranks is killed once something is done; mpiexec ends the other one. */
static void a_rank_that_was_killed_costs_what_it_had_in_hand(void **state)
{
    static const char script[] =
        "export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 ASAN_OPTIONS=detect_leaks=0\n"
        "mpiexec --oversubscribe -n 2 \"$@\" & job=$!\n"
        "for i in 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0; do\n"
        "  [ -n \"$(find out -name '*.h5' -path '*shards*' 2>/dev/null)\" ] && break; sleep 0.05\n"
        "done\n"
        "for stat in /proc/[0-9]*/stat; do\n"
        "  read -r process name state parent rest <$stat || continue\n"
        "  [ \"$parent\" = $job ] && rank=$process\n"
        "done 2>/dev/null\n"
        "kill -9 $rank; wait $job\n";
    const struct undisturbed *undisturbed = *state;
    if (!sweep_has_mpi())
        skip();
    struct said said = other_run(&(struct start){0},
                                 ARGUMENTS("sh", "-c", script, "sh", KONSENTO_BUILD "/konsento", SWEEP_WORDS("-j1")));
    assert_int_not_equal(said.code, 0);
    assert_false(file_exists("out/results.h5"));
    said_free(&said);
    wait_for_lock();
    said = program_run(&(struct start){0}, ARGUMENTS(SWEEP_WORDS("-j2")));
    EXPECT_CODE(&said, 0);
    said_free(&said);
    char *rows = sweep_rows("out");
    assert_string_equal(rows, undisturbed->rows);
    free(rows);
    remove_study();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(threads_that_were_killed_end_with_the_same_rows, enter, leave),
        cmocka_unit_test_setup_teardown(shards_that_were_killed_end_with_the_same_rows, enter, leave),
        cmocka_unit_test_setup_teardown(ranks_that_were_killed_end_with_the_same_rows, enter, leave),
        cmocka_unit_test_setup_teardown(a_rank_that_was_killed_costs_what_it_had_in_hand, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
