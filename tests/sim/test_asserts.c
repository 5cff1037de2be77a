/* test_asserts.c: wrong use trips an assertion, in every build.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/accumulator.h"
#include "sim/core.h"
#include "sim/drive.h"
#include "sim/kernel.h"
#include "sim/pace.h"

#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Runs misuse in a child. Returns whether it ended by SIGABRT. */
static bool aborts(void (*misuse)(void))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        signal(SIGABRT, SIG_DFL); /* a handler of the test framework would take it for its own */
        dup2(nowhere, STDERR_FILENO);
        misuse();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void do_nothing(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)sim;
    (void)object;
    (void)entity;
    (void)argument;
}

static void run_inside(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)object;
    (void)entity;
    (void)argument;
    sim_run(sim, SIM_TIME_MAX_US, 0, NULL);
}

static struct sim *new_sim(sim_handler *handler)
{
    struct sim *sim = sim_new(&(struct sim_options){.seed = 1});
    sim_kind_add(sim, "kind", handler);
    return sim;
}

static const struct sim_action kind_1 = {.kind = 1}, kind_0 = {.kind = 0}, kind_2 = {.kind = 2};

static void control(void)
{
    struct sim *sim = new_sim(do_nothing);
    sim_run(sim, 100, 0, NULL);
    struct sim_handle handle = sim_schedule(sim, 100, SIM_MODEL, &kind_1);
    sim_move(sim, handle, 100);
    sim_run(sim, 100, 0, NULL);
    sim_free(sim);
}

static void schedule_in_the_past(void)
{
    struct sim *sim = new_sim(do_nothing);
    sim_run(sim, 100, 0, NULL);
    sim_schedule(sim, 99, SIM_MODEL, &kind_1);
}

static void schedule_before_the_epoch(void)
{
    sim_schedule(new_sim(do_nothing), -1, SIM_MODEL, &kind_1);
}

static void move_into_the_past(void)
{
    struct sim *sim = new_sim(do_nothing);
    struct sim_handle handle = sim_schedule(sim, 200, SIM_MODEL, &kind_1);
    sim_run(sim, 100, 0, NULL);
    sim_move(sim, handle, 99);
}

static void schedule_in_no_phase(void)
{
    sim_schedule(new_sim(do_nothing), 0, (enum sim_phase)16, &kind_1);
}

static void schedule_no_kind(void)
{
    sim_schedule(new_sim(do_nothing), 0, SIM_MODEL, &kind_0);
}

static void schedule_an_unknown_kind(void)
{
    sim_schedule(new_sim(do_nothing), 0, SIM_MODEL, &kind_2);
}

static void ask_for_an_unknown_kind(void)
{
    sim_kind_name(new_sim(do_nothing), 2);
}

static void add_a_kind_without_handler(void)
{
    sim_kind_add(new_sim(do_nothing), "none", NULL);
}

static void add_too_many_kinds(void)
{
    struct sim *sim = new_sim(do_nothing);
    for (int i = 0; i < SIM_KINDS_MAX; i++)
        sim_kind_add(sim, "kind", do_nothing);
}

static void use_up_the_insertion_numbers(void)
{
    struct sim *sim = new_sim(do_nothing);
    sim->next_number = KEY_NUMBER_MAX - 1;
    sim_schedule(sim, 0, SIM_MODEL, &kind_1); /* the last one */
    sim_schedule(sim, 0, SIM_MODEL, &kind_1);
}

static void use_the_last_insertion_number(void)
{
    struct sim *sim = new_sim(do_nothing);
    sim->next_number = KEY_NUMBER_MAX - 1;
    sim_schedule(sim, 0, SIM_MODEL, &kind_1);
    sim_free(sim);
}

static void run_backwards(void)
{
    struct sim *sim = new_sim(do_nothing);
    sim_run(sim, 100, 0, NULL);
    sim_run(sim, 99, 0, NULL);
}

static void run_within_a_run(void)
{
    struct sim *sim = new_sim(run_inside);
    sim_schedule(sim, 0, SIM_MODEL, &kind_1);
    sim_run(sim, 100, 0, NULL);
}

static void run_within_a_paced_run(void)
{
    struct sim *sim = new_sim(run_inside);
    struct virtual_clock clock = {0};
    struct clock_port port = virtual_clock_port(&clock);
    sim_schedule(sim, 0, SIM_MODEL, &kind_1);
    sim_run_paced(sim, &port, NULL, 100);
}

static bool always_true(const void *object, char *why, size_t why_size)
{
    (void)object;
    (void)why;
    (void)why_size;
    return true;
}

static void add_too_many_auditors(void)
{
    struct sim *sim = new_sim(do_nothing);
    for (int i = 0; i <= SIM_AUDITORS_MAX; i++)
        sim_audit_add(sim, "audit", always_true, NULL);
}

static void add_a_nan(void)
{
    struct moments moments;
    moments_init(&moments);
    moments_add(&moments, NAN);
}

static void set_a_level_back_in_time(void)
{
    struct level level;
    level_init(&level, 100, 1);
    level_set(&level, 99, 2);
}

static void overflow_a_level(void)
{
    struct level level;
    level_init(&level, 0, INT64_MAX);
    level_add(&level, 1, 1);
}

static void read_a_level_that_is_not_finished(void)
{
    struct level level;
    level_init(&level, 0, 1);
    level_finish(&level, 10);
    level_set(&level, 20, 2);
    level_mean(&level);
}

static void add_a_negative_lag(void)
{
    struct histogram histogram;
    histogram_init(&histogram);
    histogram_add(&histogram, -1);
}

static void ask_for_a_quantile_beyond_one(void)
{
    struct sample sample;
    sample_init(&sample);
    sample_quantile(&sample, 1.1);
}

static void pace_at_no_speed(void)
{
    pace_open(&(struct pace_options){.speed = 0});
}

static void right_use_does_not_abort(void **state)
{
    (void)state;
    assert_false(aborts(control));
    assert_false(aborts(use_the_last_insertion_number));
}

static void wrong_use_of_the_kernel_aborts(void **state)
{
    (void)state;
    assert_true(aborts(schedule_in_the_past));
    assert_true(aborts(schedule_before_the_epoch));
    assert_true(aborts(move_into_the_past));
    assert_true(aborts(schedule_in_no_phase));
    assert_true(aborts(schedule_no_kind));
    assert_true(aborts(schedule_an_unknown_kind));
    assert_true(aborts(ask_for_an_unknown_kind));
    assert_true(aborts(add_a_kind_without_handler));
    assert_true(aborts(add_too_many_kinds));
    assert_true(aborts(use_up_the_insertion_numbers));
    assert_true(aborts(run_backwards));
    assert_true(aborts(run_within_a_run));
    assert_true(aborts(run_within_a_paced_run));
    assert_true(aborts(add_too_many_auditors));
}

static void wrong_use_of_accumulators_aborts(void **state)
{
    (void)state;
    assert_true(aborts(add_a_nan));
    assert_true(aborts(set_a_level_back_in_time));
    assert_true(aborts(overflow_a_level));
    assert_true(aborts(read_a_level_that_is_not_finished));
    assert_true(aborts(add_a_negative_lag));
    assert_true(aborts(ask_for_a_quantile_beyond_one));
}

static void a_pace_without_speed_aborts(void **state)
{
    (void)state;
    assert_true(aborts(pace_at_no_speed));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_use_does_not_abort),
        cmocka_unit_test(wrong_use_of_the_kernel_aborts),
        cmocka_unit_test(wrong_use_of_accumulators_aborts),
        cmocka_unit_test(a_pace_without_speed_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
