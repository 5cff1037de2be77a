/* test_cli_sweep.c: a scenario at many points: the same rows however they were made.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
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

#include <cmocka.h>

#define EXPECT_SWEEP(code_, ...)                                                                                       \
    do {                                                                                                               \
        struct said said_ = HOUSE_SWEEP(__VA_ARGS__);                                                                  \
        EXPECT_CODE(&said_, code_);                                                                                    \
        said_free(&said_);                                                                                             \
    } while (0)

static void refused(const char *why, const char *const *arguments)
{
    struct said said = program_run(&(struct start){0}, arguments);
    EXPECT_CODE(&said, 2);
    EXPECT_TEXT(said.err, why);
    said_free(&said);
}

static void a_grid_is_one_study_with_every_point_in_it(void **state)
{
    (void)state;
    struct said said = HOUSE_SWEEP("-o", "a", "-j1");
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "12 configurations");
    EXPECT_TEXT(said.out, "card, cars 12, building.outlets.count 3");
    EXPECT_TEXT(said.out, "96 replications in all");
    said_free(&said);
    /* A point of the sweep is what `run` makes of it. */
    EXPECT_RUN(0, "run", "house.lua", "--set", "cars=12", "--set", "building.outlets.count=3", "-o", "r",
               "--no-report");
    struct said sweep = KONSENTO("export", "a", "--csv"), run = KONSENTO("export", "r", "--csv");
    char *line = strstr(run.out, ",card,");
    line = line != NULL ? strstr(line, ",0,energy.demanded,") : NULL;
    assert_non_null(line);
    line[strcspn(line, "\n")] = '\0';
    char *point = strstr(sweep.out, ",card,12,");
    assert_non_null(point);
    EXPECT_TEXT(point, line);
    said_free(&sweep);
    said_free(&run);
}

static void threads_and_shards_give_the_same_rows(void **state)
{
    (void)state;
    EXPECT_SWEEP(0, "-o", "one", "-j1");
    EXPECT_SWEEP(0, "-o", "two", "-j2");
    sweep_expect_same("one", "two");
    EXPECT_SWEEP(0, "-o", "parts", "--shard", "0/2");
    struct said early = KONSENTO("merge", "parts", "--no-report");
    EXPECT_CODE(&early, 6);
    EXPECT_TEXT(early.err, "are missing");
    said_free(&early);
    assert_false(file_exists("parts/results.h5"));
    EXPECT_SWEEP(0, "-o", "parts", "--shard", "1/2");
    EXPECT_RUN(0, "merge", "parts", "--no-report");
    sweep_expect_same("one", "parts");
    sweep_expect_same_load("one", "parts");
    assert_int_equal(files_ending("parts", ".h5"), 2); /* results.h5 and study.h5 */
    /* With --reps replications are dealt, not points; and what one shard left, a whole sweep takes over. */
    EXPECT_SWEEP(0, "-o", "more", "--reps", "8", "--shard", "1/3");
    EXPECT_SWEEP(0, "-o", "more", "--reps", "8");
    sweep_expect_same("one", "more");
}

static void processes_under_mpiexec_give_the_same_rows(void **state)
{
    (void)state;
    if (!sweep_has_mpi())
        skip();
    EXPECT_SWEEP(0, "-o", "one", "-j1");
    static const char *const ranks[][2] = {{"2", "2 processes"}, {"3", "3 processes"}};
    for (size_t i = 0; i < 2; i++) {
        struct said said = sweep_under_mpi(&(struct start){0}, ranks[i][0],
                                           ARGUMENTS("sweep", "house.lua", "--axis", "cars=4,8,12", "--axis",
                                                     "building.outlets.count=2..3", "--no-report", "-o", ranks[i][0]));
        EXPECT_CODE(&said, 0);
        EXPECT_TEXT(said.err, ranks[i][1]);
        said_free(&said);
        sweep_expect_same("one", ranks[i][0]);
    }
}

static void the_same_command_goes_on_and_more_replications_are_added(void **state)
{
    (void)state;
    EXPECT_SWEEP(0, "-o", "a", "--reps", "3");
    struct said again = HOUSE_SWEEP("-o", "a", "--reps", "3"), more = HOUSE_SWEEP("-o", "a", "--reps", "8");
    EXPECT_CODE(&again, 0);
    EXPECT_TEXT(again.err, "36 replications were done before");
    EXPECT_CODE(&more, 0);
    EXPECT_TEXT(more.err, "36 replications were done before");
    EXPECT_TEXT(more.out, "96 replications in all");
    said_free(&again);
    said_free(&more);
    EXPECT_SWEEP(0, "-o", "b", "--reps", "8");
    sweep_expect_same("a", "b");
}

static void what_has_changed_is_refused_by_name(void **state)
{
    (void)state;
    EXPECT_SWEEP(0, "-o", "a");
    struct said seed = HOUSE_SWEEP("-o", "a", "--seed", "2"),
                scenario = HOUSE_SWEEP("-o", "a", "--set", "duration=6 days");
    EXPECT_CODE(&seed, 2);
    EXPECT_TEXT(seed.err, "seed is 1 there, 2 here");
    EXPECT_CODE(&scenario, 2);
    EXPECT_TEXT(scenario.err, "scenario differs (house.lua has changed");
    said_free(&seed);
    said_free(&scenario);
    EXPECT_RUN(0, "sweep", "garage.lua", "--axis", "duration=2 days,3 days", "-o", "g", "--no-report");
    sessions_write("evse,arrival_min,departure_min,energy_kwh,battery_kwh\n1,60,300,5.5,40\n");
    refused("data differs (sessions.csv has changed)",
            ARGUMENTS("sweep", "garage.lua", "--axis", "duration=2 days,3 days", "-o", "g"));
    EXPECT_RUN(0, "sweep", "garage.lua", "--axis", "duration=2 days,3 days", "-o", "g", "--no-report", "--force");
}

/* The same program but for the commit that it says it was built from. */
static void another_program_is_refused_by_name(void **state)
{
    static const char script[] =
        "sed \"s/$1/000000000000/g\" \"$2\" >other && chmod +x other && shift 2 && exec ./other \"$@\"";
    (void)state;
    char commit[13] = "";
    struct said version = KONSENTO("--version", "--verbose");
    const char *at = strstr(version.out, "commit ");
    snprintf(commit, sizeof commit, "%.12s",
             at != NULL ? at + strlen("commit ") + strspn(at + strlen("commit "), " ") : "");
    said_free(&version);
    if (strspn(commit, "0123456789abcdef") != 12)
        skip(); /* built outside a checkout */
    EXPECT_SWEEP(0, "-o", "a");
    struct said said =
        other_run(&(struct start){0},
                  ARGUMENTS("sh", "-c", script, "sh", commit, KONSENTO_BUILD "/konsento", "sweep", "house.lua",
                            "--axis", "cars=4,8,12", "--axis", "building.outlets.count=2..3", "-o", "a"));
    EXPECT_CODE(&said, 2);
    EXPECT_TEXT(said.err, "holds another study: program "); /* differs, or both by name where they are short */
    said_free(&said);
}

static void status_tells_what_is_missing(void **state)
{
    (void)state;
    EXPECT_SWEEP(0, "-o", "a", "--reps", "2", "--shard", "0/2");
    struct said said = KONSENTO("status", "a"), json = KONSENTO("status", "a", "--json");
    EXPECT_CODE(&said, 6);
    EXPECT_TEXT(said.out, "done     12 of 24");
    EXPECT_TEXT(said.out, "missing  account, cars 4, building.outlets.count 2: 0-1");
    EXPECT_TEXT(said.out, "left     about ");
    EXPECT_CODE(&json, 6);
    EXPECT_TEXT(json.out, "\"missing\": 12");
    said_free(&said);
    said_free(&json);
    EXPECT_SWEEP(4, "-o", "a", "--reps", "2"); /* so few leave a threshold undecided */
    struct said done = KONSENTO("status", "a");
    EXPECT_CODE(&done, 0);
    EXPECT_TEXT(done.out, "finished");
    said_free(&done);
    EXPECT_RUN(0, "run", "house.lua", "-o", "r", "--no-report");
    refused("not a sweep", ARGUMENTS("status", "r"));
    refused("holds neither study.h5 nor results.h5", ARGUMENTS("status", "nowhere"));
}

static void a_target_runs_more_replications_where_they_are_needed(void **state)
{
    (void)state;
    const char *const target = "energy.delivered_share=3%";
    struct said said = KONSENTO("sweep", "house.lua", "--axis", "cars=3,40", "--target", target, "--max-reps", "60",
                                "-o", "t", "--no-report", "-j1");
    EXPECT_CODE(&said, 0);
    said_free(&said);
    EXPECT_RUN(0, "sweep", "house.lua", "--axis", "cars=3,40", "--target", target, "--max-reps", "60", "-o", "u",
               "--no-report", "--shard", "0/2");
    EXPECT_RUN(0, "sweep", "house.lua", "--axis", "cars=3,40", "--target", target, "--max-reps", "60", "-o", "u",
               "--no-report", "--shard", "1/2");
    EXPECT_RUN(0, "merge", "u", "--no-report");
    sweep_expect_same("t", "u");
    char *rows = sweep_rows("t");
    assert_non_null(strstr(rows, ",card,3,energy.delivered_share > 1 %,59,")); /* few cars: wide intervals */
    free(rows);
}

static void points_come_from_samples_and_filters(void **state)
{
    (void)state;
    struct said said = KONSENTO("sweep", "house.lua", "--axis", "cars=1..100", "--axis", "duration=5 days..9 days",
                                "--sample", "sobol:8", "--dry-run");
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "8 points, 16 configurations");
    EXPECT_TEXT(said.out, "cars=51  duration=7 days"); /* the middle comes first */
    EXPECT_TEXT(said.out, "of processor time");
    said_free(&said);
    struct said filtered =
        KONSENTO("sweep", "house.lua", "--axis", "cars=4..12 step 4", "--axis", "building.outlets.count=1..12",
                 "--where", "p['building.outlets.count'] * 4 == cars", "--dry-run");
    EXPECT_CODE(&filtered, 0);
    EXPECT_TEXT(filtered.out, "3 points");
    EXPECT_TEXT(filtered.out, "cars=12  building.outlets.count=3");
    said_free(&filtered);
    struct said latin = KONSENTO("sweep", "house.lua", "--axis", "cars=1..10", "--sample", "latin:10", "--dry-run");
    EXPECT_CODE(&latin, 0);
    for (int cars = 1; cars <= 10; cars++) {
        char line[32];
        snprintf(line, sizeof line, "cars=%d\n", cars);
        EXPECT_TEXT(latin.out, line); /* one in each slice */
    }
    said_free(&latin);
}

static void wrong_axes_are_told(void **state)
{
    (void)state;
    refused("(did you mean 'cars'?)", ARGUMENTS("sweep", "house.lua", "--axis", "carz=1,2"));
    refused("at the point cars=2000", ARGUMENTS("sweep", "house.lua", "--axis", "cars=10,2000"));
    refused("from the smaller to the larger", ARGUMENTS("sweep", "house.lua", "--axis", "cars=9..3"));
    refused("has no step", ARGUMENTS("sweep", "house.lua", "--axis", "duration=1.5 days..2 days"));
    refused("has the value '4' twice", ARGUMENTS("sweep", "house.lua", "--axis", "cars=4,4"));
    refused("is given twice", ARGUMENTS("sweep", "house.lua", "--axis", "cars=4", "--axis", "cars=5"));
    refused("'car' is no axis of this sweep (did you mean 'cars'?)",
            ARGUMENTS("sweep", "house.lua", "--axis", "cars=4,5", "--where", "car > 4"));
    refused("not true or false", ARGUMENTS("sweep", "house.lua", "--axis", "cars=4,5", "--where", "cars"));
    refused("leaves no point", ARGUMENTS("sweep", "house.lua", "--axis", "cars=4,5", "--where", "cars > 5"));
    refused("takes too long",
            ARGUMENTS("sweep", "house.lua", "--axis", "cars=4", "--where", "(function() while true do end end)()"));
    refused("wants latin:N or sobol:N", ARGUMENTS("sweep", "house.lua", "--axis", "cars=4", "--sample", "grid:3"));
    refused("there is no such metric (did you mean 'fee.share'?)",
            ARGUMENTS("sweep", "house.lua", "--axis", "cars=4", "--target", "fee.shar=2%"));
    refused("wants I/N", ARGUMENTS("sweep", "house.lua", "--axis", "cars=4", "--shard", "2/2"));
    refused("4 shards share 1 point", ARGUMENTS("sweep", "house.lua", "--axis", "cars=4", "--shard", "0/4"));
}

static void scripts_for_clusters_are_shell(void **state)
{
    (void)state;
    static const char *const forms[] = {"slurm", "parallel"};
    for (size_t i = 0; i < 2; i++) {
        struct said said = HOUSE_SWEEP("-o", "it's here", "--emit", forms[i], "--shards", "4");
        EXPECT_CODE(&said, 0);
        EXPECT_TEXT(said.out, "--shard");
        EXPECT_TEXT(said.out, "konsento merge");
        file_write("script.sh", said.out);
        said_free(&said);
        struct said shell = other_run(&(struct start){0}, ARGUMENTS("sh", "-n", "script.sh"));
        EXPECT_CODE(&shell, 0);
        said_free(&shell);
    }
    refused("wants slurm or parallel",
            ARGUMENTS("sweep", "house.lua", "--axis", "cars=4", "--emit", "condor", "--shards", "4"));
}

static void a_stopped_sweep_says_how_to_go_on(void **state)
{
    (void)state;
    static const struct {
        int signal, code;
        const char *folder, *shards;
    } stops[] = {{SIGINT, 130, "i", "i/shards"}, {SIGTERM, 6, "t", "t/shards"}};
    for (size_t i = 0; i < 2; i++) {
        struct start start = {.kill_signal = stops[i].signal, .kill_folder = stops[i].shards};
        struct said said =
            program_run(&start, ARGUMENTS("sweep", "house.lua", "--axis", "cars=50..90 step 20", "--set",
                                          "duration=200 days", "--reps", "60", "-o", stops[i].folder, "--no-report"));
        EXPECT_CODE(&said, stops[i].code);
        EXPECT_TEXT(said.err, "go on with: konsento sweep house.lua --set 'duration=200 days' --axis");
        assert_true(files_ending(stops[i].shards, ".h5") > 0);
        said_free(&said);
    }
}

#define HOUSE_TEST(name) cmocka_unit_test_setup_teardown(name, houses_enter, houses_leave)

static const char asking[] = "local k = require 'konsento'\n"
                             "local base = k.include 'house.lua'\n"
                             "return k.extend(base) { sweep = k.sweep {\n"
                             "    axes = { k.axis { over = 'cars', values = '%s' },\n"
                             "             k.axis { over = 'building.outlets.count', values = '2..3' } },\n"
                             "    where = 'cars > 4',\n"
                             "    targets = { k.target { metric = 'energy.demanded', within = '40%%' } },\n"
                             "    replications_max = 12 } }\n";

static void write_asking(const char *values)
{
    char text[1000];
    snprintf(text, sizeof text, asking, values);
    file_write("asking.lua", text);
}

static void a_scenario_says_its_own_sweep_and_options_take_its_place(void **state)
{
    (void)state;
    write_asking("4, 8, 12");
    EXPECT_RUN(0, "sweep", "asking.lua", "--no-report", "-o", "file");
    EXPECT_RUN(0, "sweep", "asking.lua", "--axis", "cars=8,12", "--axis", "building.outlets.count=2..3", "--target",
               "energy.demanded=40%", "--max-reps", "12", "--no-report", "-o", "options");
    sweep_expect_same("file", "options");
    struct said fixed =
        KONSENTO("sweep", "asking.lua", "--where", "cars == 12", "--reps", "4", "--no-report", "-o", "few");
    EXPECT_CODE(&fixed, 0);
    EXPECT_TEXT(fixed.out, "16 replications in all");
    EXPECT_NO_TEXT(fixed.out, "cars 8");
    said_free(&fixed);
    struct said other =
        KONSENTO("sweep", "asking.lua", "--axis", "cars=12", "--reps", "4", "--no-report", "-o", "axis");
    EXPECT_CODE(&other, 0);
    EXPECT_TEXT(other.out, "2 configurations");
    said_free(&other);
    write_asking("12..4");
    refused("a range goes from the smaller to the larger number", ARGUMENTS("sweep", "asking.lua", "-o", "bad"));
    refused("a range goes from the smaller to the larger number", ARGUMENTS("check", "asking.lua"));
    assert_false(file_exists("bad"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(a_grid_is_one_study_with_every_point_in_it),
        HOUSE_TEST(threads_and_shards_give_the_same_rows),
        HOUSE_TEST(processes_under_mpiexec_give_the_same_rows),
        HOUSE_TEST(a_scenario_says_its_own_sweep_and_options_take_its_place),
        HOUSE_TEST(the_same_command_goes_on_and_more_replications_are_added),
        HOUSE_TEST(what_has_changed_is_refused_by_name),
        HOUSE_TEST(another_program_is_refused_by_name),
        HOUSE_TEST(status_tells_what_is_missing),
        HOUSE_TEST(a_target_runs_more_replications_where_they_are_needed),
        HOUSE_TEST(points_come_from_samples_and_filters),
        HOUSE_TEST(wrong_axes_are_told),
        HOUSE_TEST(scripts_for_clusters_are_shell),
        HOUSE_TEST(a_stopped_sweep_says_how_to_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
