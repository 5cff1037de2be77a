/* test_cli_crash.c: kill -9 at 100 moments: nothing durable is lost, nothing is wrong, the end is the same.   [engine]
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
#include <time.h>

#include <cmocka.h>

#define KILLS 100

static const char *const study[] = {"run", "house.lua", "--reps", "1200",        "-o",
                                    "out", "--json",    "-j2",    "--no-report", NULL};

struct undisturbed {
    struct folder folder;
    char *json, *rows;
    long duration_us;
};

static long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static char *exported_rows(void)
{
    struct said said = KONSENTO("export", "out", "--csv");
    EXPECT_CODE(&said, 0);
    free(said.err);
    return said.out;
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
    struct said said = program_run(&(struct start){0}, study);
    undisturbed.duration_us = now_us() - began;
    EXPECT_CODE(&said, 0);
    undisturbed.json = said.out;
    free(said.err);
    undisturbed.rows = exported_rows();
    remove_study();
    *state = &undisturbed;
    return 0;
}

static int leave(void **state)
{
    struct undisturbed *undisturbed = *state;
    free(undisturbed->json);
    free(undisturbed->rows);
    folder_leave(&undisturbed->folder);
    return 0;
}

/* Replications that a run found on disk when it began. */
static long done_before(const char *err)
{
    const char *end = strstr(err, " replications were done before");
    const char *from = end;
    while (from != NULL && from > err && from[-1] != '\n')
        from--;
    if (from == NULL)
        return 0;
    from += strlen("konsento: ");
    return strtol(strncmp(from, "all ", 4) == 0 ? from + 4 : from, NULL, 10);
}

/* What is on disk for certain: what the last run found when it began, and a row at least for each shard since then. */
struct durable {
    long rows;
    size_t shards;
};

static void look_at_disk(struct durable *durable, const struct said *said)
{
    size_t shards = files_ending("out/shards", ".h5");
    /* A run that was killed before it had looked says nothing about what it found. */
    bool looked = strstr(said->err, "were done before") != NULL || said->code == 0 || shards > durable->shards;
    if (looked) {
        long found = done_before(said->err);
        if (found < durable->rows)
            fail_msg("%ld replications were durable, %ld were found", durable->rows, found);
        durable->rows = found;
    }
    if (shards > durable->shards)
        durable->rows += (long)(shards - durable->shards);
    durable->shards = shards;
}

/* Kills one study again and again until it is complete. Returns the number of kills that it took. */
static int kill_until_complete(const struct undisturbed *undisturbed, unsigned *random, int kills_left)
{
    struct durable durable = {0, 0};
    for (int kills = 0;; kills++) {
        *random = *random * 1664525u + 1013904223u;
        /* Up to two thirds of a whole run: most studies are killed several times, in their last steps too. */
        long after_us = (long)((uint64_t)(*random >> 8) * (uint64_t)undisturbed->duration_us * 2 / 3 >> 24);
        struct start start = {.kill_signal = kills < kills_left ? SIGKILL : 0, .kill_after_us = after_us};
        struct said said = program_run(&start, study);
        look_at_disk(&durable, &said);
        if (said.code == 0) {
            assert_string_equal(said.out, undisturbed->json);
            said_free(&said);
            return kills;
        }
        EXPECT_CODE(&said, 128 + SIGKILL);
        said_free(&said);
    }
}

static void killed_at_100_moments_it_ends_with_the_same_rows(void **state)
{
    const struct undisturbed *undisturbed = *state;
    unsigned random = 20180301;
    for (int kills = 0; kills < KILLS;) {
        kills += kill_until_complete(undisturbed, &random, KILLS - kills);
        char *rows = exported_rows();
        assert_string_equal(rows, undisturbed->rows);
        free(rows);
        assert_int_equal(files_ending("out", ".tmp"), 0);
        remove_study();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(killed_at_100_moments_it_ends_with_the_same_rows, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
