/* test_ln_channel_exhaustive.c: two ends, two HTLCs each way, a fee update, closings: every order.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     test_ln_channel_exhaustive         what ctest runs
 *     test_ln_channel_exhaustive long    larger plans too: minutes, and a gigabyte
 *
 * A state is both channels, both queues, what each end has still to do, and how many connections may yet be lost. From
 * each state every possible action is tried; states that were seen before are not gone through again, but their paths
 * count. All paths must end in one state, and in each state the sums must be exact. Two states are one if they differ
 * only in how many commitments there have been before (what counts is how far each end is ahead of what the other
 * knows), in the order in which HTLCs of different owners arrived, or in a mark that is not looked at before it is set
 * again; that this changes no number of paths is tested. Signatures are tokens; some walks are gone with real ones.
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/dice.h"
#include "tests/lightning/maze.h"

#define DEPTH_MAX 400

#if defined(__SANITIZE_ADDRESS__)
#define LEVEL 0
#else
#define LEVEL 1
#endif

struct seen {
    uint64_t hash[2];
    double paths;
};

static struct maze maze;
static struct maze_saved *stack[DEPTH_MAX];
static struct seen *table;
static size_t table_mask;
static uint64_t state_count;
static uint64_t transition_count;
static uint64_t end_name;
static uint64_t end_count;

/* ---- exploring ---- */

static struct seen *find_seen(const uint64_t hash[2])
{
    size_t slot = hash[0] & table_mask;
    while (table[slot].paths != 0 && (table[slot].hash[0] != hash[0] || table[slot].hash[1] != hash[1])) {
        slot = (slot + 1) & table_mask;
    }
    return &table[slot];
}

static double explore(unsigned depth, bool one_end)
{
    uint64_t hash[2];
    maze_hash(&maze, hash);
    struct seen *seen = find_seen(hash);
    if (seen->paths != 0) {
        return seen->paths;
    }
    assert_true(depth < DEPTH_MAX);
    if (stack[depth] == NULL) {
        stack[depth] = maze_saved_new();
    }
    maze_save(stack[depth], &maze);
    double paths = 0;
    bool only_cut = true;
    for (unsigned action = 0; action < MAZE_ACTIONS; action++) {
        if (maze_is_possible(&maze, (enum maze_action)action)) {
            only_cut &= action == MAZE_CUT;
            maze_act(&maze, (enum maze_action)action);
            transition_count++;
            paths += explore(depth + 1, one_end);
            maze_load(&maze, stack[depth]);
        }
    }
    if (only_cut) {
        uint64_t name = maze_check_end(&maze);
        assert_true(end_count == 0 || name == end_name || !one_end);
        end_name = name;
        end_count++;
        paths += 1;
    }
    state_count++;
    assert_true(state_count < table_mask / 2);
    seen = find_seen(hash);
    memcpy(seen->hash, hash, sizeof seen->hash);
    seen->paths = paths;
    return paths;
}

static const struct duo_setup setup = {.backend = LN_BACKEND_TOKEN,
                                       .flags = LN_CHANNEL_ANCHORS,
                                       .slots = MAZE_SLOTS,
                                       .feerate_sat_per_kwu = 1000,
                                       .funding_sat = 1000000,
                                       .push_msat = 400000000};

/* Returns the number of paths. All end alike, unless HTLCs come at any time and a shutdown may be before them. */
static double explore_plan(const char *name, const struct maze_plan *plan, bool at_once, unsigned table_bits)
{
    table_mask = ((size_t)1 << table_bits) - 1;
    table = calloc(table_mask + 1, sizeof *table);
    assert_non_null(table);
    state_count = transition_count = end_count = 0;
    maze_begin(&maze, &setup, plan, at_once);
    double paths = explore(0, at_once || plan->shutdowns == 0);
    printf("%s: %llu states, %llu transitions, %.3g interleavings\n", name, (unsigned long long)state_count,
           (unsigned long long)transition_count, paths);
    fflush(stdout);
    assert_true(end_count > 0);
    free(table);
    return paths;
}

/* Random walks through the same world with real signatures, losses and closings. */
static void some_orders_with_real_signatures_pass_the_interpreter(void **state)
{
    struct dice dice = {77};
    struct duo_setup real = setup;
    uint64_t interpreted = 0;
    (void)state;
    for (unsigned walk = 0; walk < 16; walk++) {
        bool closes = walk % 8 >= 4;
        real.backend = walk % 2 ? LN_BACKEND_MEMO : LN_BACKEND_REAL;
        real.flags = walk % 4 < 2 ? LN_CHANNEL_ANCHORS : 0;
        maze_begin(&maze, &real, &(struct maze_plan){{2, 2}, 1, walk % 3, closes}, false);
        for (bool moved = true; moved;) {
            unsigned first = dice_below(&dice, MAZE_ACTIONS);
            moved = false;
            for (unsigned i = 0; i < MAZE_ACTIONS && !moved; i++) {
                enum maze_action action = (enum maze_action)((first + i) % MAZE_ACTIONS);
                moved = maze_is_possible(&maze, action);
                if (moved) {
                    maze_act(&maze, action);
                }
            }
        }
        (void)maze_check_end(&maze);
        interpreted += maze.duo.interpreted;
    }
    printf("%llu transactions went through the interpreter\n", (unsigned long long)interpreted);
    assert_true(interpreted > 150);
}

/* ---- plans ---- */

static const struct job {
    const char *name;
    struct maze_plan plan; /* adds, fees, cuts (at most), shutdowns */
    bool at_once;          /* all commands stand at the beginning; else they come at any time */
    unsigned level;        /* 0: always; 1: not under sanitizers; 2: when asked for */
    unsigned table_bits;
} jobs[] = {
    {"two each way and a fee", {{2, 2}, 1, 0, 0}, true, 0, 16},
    {"two each way and a fee, two losses", {{2, 2}, 1, 2, 0}, true, 0, 18},
    {"two each way and a fee, at any time", {{2, 2}, 1, 0, 0}, false, 0, 20},
    {"two each way and a fee, a shutdown at any time", {{2, 2}, 1, 0, 1}, true, 0, 18},
    {"one each way and a fee, all at any time, two shutdowns, one loss", {{1, 1}, 1, 1, 2}, false, 0, 20},
    {"two each way and a fee, a shutdown at any time, one loss", {{2, 2}, 1, 1, 1}, true, 1, 20},
    {"two each way and a fee, at any time, two losses", {{2, 2}, 1, 2, 0}, false, 1, 22},
    {"one each way and a fee, all at any time, two shutdowns, two losses", {{1, 1}, 1, 2, 2}, false, 2, 20},
    {"two each way and a fee, all at any time, two shutdowns, one loss", {{2, 2}, 1, 1, 2}, false, 2, 24},
};
#define JOBS (sizeof jobs / sizeof *jobs)

static const struct job *chosen;

static void every_order_ends_alike(void **state)
{
    (void)state;
    explore_plan(chosen->name, &chosen->plan, chosen->at_once, chosen->table_bits);
}

/* The numbers of paths are those of a search in which no two states are one. */
static void states_that_are_one_have_the_same_future(void **state)
{
    static const struct maze_plan plans[2] = {{{1, 1}, 1, 1, 0}, {{1, 1}, 0, 1, 1}};
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        maze.one_by_one = true;
        double paths = explore_plan("one by one", &plans[i], false, 20);
        uint64_t states = state_count;
        maze.one_by_one = false;
        assert_true(explore_plan("together", &plans[i], false, 20) == paths && state_count < states);
    }
}

static int run_job(const char *program, unsigned number)
{
    char argument[12];
    snprintf(argument, sizeof argument, "%u", number);
    execl(program, program, "plan", argument, (char *)NULL);
    return 127;
}

/* Plans run two at a time, each as a program of its own. */
static void all_plans_end_alike(const char *program, unsigned level, unsigned *failed)
{
    unsigned running = 0;
    fflush(stdout);
    for (unsigned i = 0; i < JOBS || running > 0;) {
        if (i < JOBS && running < 2) {
            bool skipped = jobs[i].level > level;
            if (!skipped && fork() == 0) {
                _exit(run_job(program, i));
            }
            running += !skipped;
            i++;
            continue;
        }
        int status = 1;
        *failed += wait(&status) < 0 || status != 0;
        running--;
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest one[] = {cmocka_unit_test(every_order_ends_alike)};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_that_are_one_have_the_same_future),
        cmocka_unit_test(some_orders_with_real_signatures_pass_the_interpreter),
    };
    if (argc > 2 && strcmp(argv[1], "plan") == 0) {
        unsigned number = (unsigned)strtoul(argv[2], NULL, 10);
        chosen = &jobs[number < JOBS ? number : 0];
        return cmocka_run_group_tests_name("plan", one, NULL, NULL);
    }
    unsigned failed = 0;
    all_plans_end_alike(argv[0], argc > 1 && strcmp(argv[1], "long") == 0 ? 2 : LEVEL, &failed);
    return cmocka_run_group_tests(tests, NULL, NULL) + (int)failed;
}
