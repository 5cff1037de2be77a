/* test_pace.c: the kernel behind a clock: virtual or paced, with lag, policies and input from outside.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bounds on real time are wide on the late side: the machine may be busy. Nothing may ever be early.
 */
#include "program.h"
#include "sim/drive.h"
#include "sim/pace.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define MS_US INT64_C(1000)

static int64_t real_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void sleep_us(int64_t duration_us)
{
    struct timespec duration = {.tv_sec = duration_us / 1000000, .tv_nsec = duration_us % 1000000 * 1000};
    nanosleep(&duration, NULL);
}

/* Notes when each event really ran; events of argument > 0 take so many real us. */
struct notes {
    size_t count;
    int64_t real_us[64], sim_us[64];
};

static void note(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct notes *notes = object;
    (void)entity;
    notes->real_us[notes->count] = real_us();
    notes->sim_us[notes->count++] = sim_now_us(sim);
    if (argument > 0)
        sleep_us((int64_t)argument);
}

struct fixture {
    struct sim *sim;
    struct pace *pace;
    struct clock_port port;
    struct notes notes;
    uint16_t note;
};

static void open_with(struct fixture *fixture, const struct pace_options *options)
{
    *fixture = (struct fixture){.sim = sim_new(&(struct sim_options){.seed = 1}), .pace = pace_open(options)};
    assert_non_null(fixture->sim);
    assert_non_null(fixture->pace);
    fixture->port = pace_port(fixture->pace);
    fixture->note = sim_kind_add(fixture->sim, "note", note);
}

static void close_all(struct fixture *fixture)
{
    pace_close(fixture->pace);
    sim_free(fixture->sim);
}

static void at(struct fixture *fixture, int64_t at_us, int64_t takes_us)
{
    struct sim_action action = {.kind = fixture->note, .object = &fixture->notes, .argument = (uint64_t)takes_us};
    sim_schedule(fixture->sim, at_us, SIM_MODEL, &action);
}

/* ---- virtual --------------------------------------------------------------------------------------------------- */

static void a_virtual_clock_gives_the_digest_of_an_unpaced_run(void **state)
{
    (void)state;
    struct program free_run, driven;
    struct virtual_clock clock = {0};
    struct clock_port port = virtual_clock_port(&clock);
    const struct sim_options options = {.seed = 8};
    program_open(&free_run, &options, 60, 20000);
    program_open(&driven, &options, 60, 20000);
    for (int64_t until_us = 1000; sim_pending_count(free_run.sim) > 0; until_us += 1000) {
        enum sim_end end = sim_run(free_run.sim, until_us, 0, NULL);
        assert_int_equal(sim_run_paced(driven.sim, &port, NULL, until_us), end);
        assert_int_equal(sim_now_us(driven.sim), sim_now_us(free_run.sim));
    }
    assert_int_equal(sim_run_paced(driven.sim, &port, NULL, SIM_TIME_MAX_US), SIM_END_EMPTY);
    assert_true(sim_event_count(driven.sim) > 10000);
    assert_true(sim_digest_chain(free_run.sim) == sim_digest_chain(driven.sim));
    program_close(&free_run);
    program_close(&driven);
}

static void stop_now(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)object;
    (void)entity;
    (void)argument;
    sim_stop(sim);
}

static void stop_ends_a_driven_run(void **state)
{
    (void)state;
    struct virtual_clock clock = {0};
    struct clock_port port = virtual_clock_port(&clock);
    struct sim *sim = sim_new(&(struct sim_options){.seed = 1});
    struct sim_action action = {.kind = sim_kind_add(sim, "stop", stop_now)};
    sim_schedule(sim, 5, SIM_MODEL, &action);
    sim_schedule(sim, 5, SIM_MODEL, &action);
    assert_int_equal(sim_run_paced(sim, &port, NULL, 100), SIM_END_STOPPED);
    assert_int_equal(sim_event_count(sim), 1);
    sim_free(sim);
}

static bool at_most_two(const void *object, char *why, size_t why_size)
{
    (void)why;
    (void)why_size;
    return ((const struct notes *)object)->count <= 2;
}

static void a_failed_audit_ends_a_driven_run(void **state)
{
    (void)state;
    struct fixture fixture;
    struct virtual_clock clock = {0};
    open_with(&fixture, &(struct pace_options){.speed = 1});
    fixture.port = virtual_clock_port(&clock);
    sim_audit_add(fixture.sim, "two", at_most_two, &fixture.notes);
    for (int64_t i = 0; i < 5; i++)
        at(&fixture, i, 0);
    assert_int_equal(sim_run_paced(fixture.sim, &fixture.port, NULL, 1), SIM_END_HORIZON);
    assert_int_equal(sim_run_paced(fixture.sim, &fixture.port, NULL, 10), SIM_END_AUDIT);
    assert_int_equal(sim_run_paced(fixture.sim, &fixture.port, NULL, 10), SIM_END_AUDIT);
    assert_int_equal(fixture.notes.count, 5);
    close_all(&fixture);
}

/* ---- paced ----------------------------------------------------------------------------------------------------- */

static void paced_events_are_never_early_and_seldom_late(void **state)
{
    (void)state;
    struct fixture fixture;
    open_with(&fixture, &(struct pace_options){.speed = 1});
    for (int64_t i = 0; i < 50; i++)
        at(&fixture, i * MS_US, 0);
    int64_t begin_us = real_us();
    assert_int_equal(sim_run_paced(fixture.sim, &fixture.port, NULL, 60 * MS_US), SIM_END_EMPTY);
    assert_int_equal(fixture.notes.count, 50);
    for (size_t i = 0; i < 50; i++)
        assert_true(fixture.notes.real_us[i] - begin_us >= fixture.notes.sim_us[i]);
    const struct histogram *lag = pace_lag(fixture.pace);
    assert_int_equal(lag->count, 50);
    assert_true(histogram_quantile(lag, 0.5) < 5 * MS_US);
    close_all(&fixture);
}

static void speed_stretches_the_axis(void **state)
{
    (void)state;
    struct fixture fixture;
    open_with(&fixture, &(struct pace_options){.speed = 1000, .start_us = 5000 * MS_US});
    at(&fixture, 5000 * MS_US, 0);
    at(&fixture, 25000 * MS_US, 0); /* 20 s later: 20 ms */
    int64_t begin_us = real_us();
    assert_int_equal(sim_run_paced(fixture.sim, &fixture.port, NULL, SIM_TIME_MAX_US), SIM_END_EMPTY);
    int64_t took_us = fixture.notes.real_us[1] - begin_us;
    assert_true(took_us >= 20 * MS_US && took_us < 2000 * MS_US);
    int64_t now_us = fixture.port.ops->now_us(fixture.port.self);
    assert_true(now_us >= 25000 * MS_US);
    close_all(&fixture);
}

static void the_horizon_is_waited_for(void **state)
{
    (void)state;
    struct fixture fixture;
    open_with(&fixture, &(struct pace_options){.speed = 1});
    at(&fixture, 3600000 * MS_US, 0);
    int64_t begin_us = real_us();
    assert_int_equal(sim_run_paced(fixture.sim, &fixture.port, NULL, 15 * MS_US), SIM_END_HORIZON);
    assert_true(real_us() - begin_us >= 15 * MS_US);
    assert_int_equal(sim_now_us(fixture.sim), 15 * MS_US);
    close_all(&fixture);
}

static void setting_up_is_not_a_backlog(void **state)
{
    (void)state;
    struct fixture fixture;
    open_with(&fixture, &(struct pace_options){.speed = 1, .policy = PACE_HARD, .limit_us = 90 * MS_US});
    at(&fixture, 0, 0);
    sleep_us(100 * MS_US);
    assert_int_equal(sim_run_paced(fixture.sim, &fixture.port, NULL, SIM_TIME_MAX_US), SIM_END_EMPTY);
    close_all(&fixture);
}

/* ---- policies -------------------------------------------------------------------------------------------------- */

/* An event that takes 45 ms of real time, then one each 10 ms; the limit is 30 ms. */
static void with_a_slow_event(struct fixture *fixture, enum pace_policy policy)
{
    open_with(fixture, &(struct pace_options){.speed = 1, .policy = policy, .limit_us = 30 * MS_US});
    at(fixture, 0, 45 * MS_US);
    for (int64_t i = 1; i <= 6; i++)
        at(fixture, i * 10 * MS_US, 0);
}

static void catchup_runs_late_events_at_once(void **state)
{
    (void)state;
    struct fixture fixture;
    int64_t begin_us = real_us();
    with_a_slow_event(&fixture, PACE_CATCHUP);
    assert_int_equal(sim_run_paced(fixture.sim, &fixture.port, NULL, SIM_TIME_MAX_US), SIM_END_EMPTY);
    assert_int_equal(fixture.notes.count, 7);
    assert_true(pace_lag(fixture.pace)->maximum >= 35 * MS_US);
    assert_int_equal(pace_slipped_us(fixture.pace), 0);
    assert_true(fixture.notes.real_us[6] - begin_us >= 60 * MS_US);
    close_all(&fixture);
}

static void slip_moves_the_axis(void **state)
{
    (void)state;
    struct fixture fixture;
    int64_t begin_us = real_us();
    with_a_slow_event(&fixture, PACE_SLIP);
    assert_int_equal(sim_run_paced(fixture.sim, &fixture.port, NULL, SIM_TIME_MAX_US), SIM_END_EMPTY);
    assert_int_equal(fixture.notes.count, 7);
    assert_true(pace_slipped_us(fixture.pace) >= 35 * MS_US);
    /* event 1 ran 45 ms after the start; the five others keep their distance from it */
    assert_true(fixture.notes.real_us[6] - begin_us >= 95 * MS_US);
    close_all(&fixture);
}

static void hard_ends_the_run(void **state)
{
    (void)state;
    struct fixture fixture;
    with_a_slow_event(&fixture, PACE_HARD);
    assert_int_equal(sim_run_paced(fixture.sim, &fixture.port, NULL, SIM_TIME_MAX_US), SIM_END_LATE);
    assert_int_equal(fixture.notes.count, 1);
    assert_true(pace_lag(fixture.pace)->maximum >= 35 * MS_US);
    assert_int_equal(sim_pending_count(fixture.sim), 6);
    close_all(&fixture);
}

/* ---- input ----------------------------------------------------------------------------------------------------- */

/* What comes through a pipe: each byte becomes an event at the time it came in. */
struct pipe_input {
    struct fixture *fixture;
    int fd, calls, stop_after;
    int64_t now_us[16];
};

static void on_input(void *self, struct sim *sim, int64_t now_us)
{
    struct pipe_input *input = self;
    int ready[PACE_READY_MAX];
    char byte;
    assert_true(now_us >= sim_now_us(sim));
    input->now_us[input->calls++] = now_us;
    if (pace_ready(input->fixture->pace, ready, PACE_READY_MAX) > 0) {
        assert_int_equal(ready[0], input->fd);
        assert_int_equal(read(input->fd, &byte, 1), 1);
        at(input->fixture, now_us, 0);
    }
    if (input->calls == input->stop_after)
        sim_stop(sim);
}

static void *write_later(void *self)
{
    const int *fd = self;
    for (int i = 0; i < 3; i++) {
        sleep_us(10 * MS_US);
        assert_int_equal(write(*fd, "x", 1), 1);
    }
    return NULL;
}

static void input_ends_the_wait_and_becomes_events(void **state)
{
    (void)state;
    struct fixture fixture;
    int ends[2];
    pthread_t writer;
    open_with(&fixture, &(struct pace_options){.speed = 1});
    assert_int_equal(pipe(ends), 0);
    struct pipe_input input = {.fixture = &fixture, .fd = ends[0]};
    assert_true(pace_watch(fixture.pace, ends[0]));
    at(&fixture, 200 * MS_US, 0);
    assert_int_equal(pthread_create(&writer, NULL, write_later, &ends[1]), 0);
    struct sim_input port = {&input, on_input};
    assert_int_equal(sim_run_paced(fixture.sim, &fixture.port, &port, 201 * MS_US), SIM_END_EMPTY);
    pthread_join(writer, NULL);
    assert_int_equal(input.calls, 3);
    assert_int_equal(fixture.notes.count, 4);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(fixture.notes.sim_us[i], input.now_us[i]);
    assert_true(fixture.notes.sim_us[0] >= 9 * MS_US && fixture.notes.sim_us[2] >= 29 * MS_US);
    assert_int_equal(fixture.notes.sim_us[3], 200 * MS_US);
    pace_unwatch(fixture.pace, ends[0]);
    close(ends[0]);
    close(ends[1]);
    close_all(&fixture);
}

static void a_late_run_still_looks_for_input(void **state)
{
    (void)state;
    struct fixture fixture;
    int ends[2];
    open_with(&fixture, &(struct pace_options){.speed = 1e6});
    assert_int_equal(pipe(ends), 0);
    struct pipe_input input = {.fixture = &fixture, .fd = ends[0]};
    assert_true(pace_watch(fixture.pace, ends[0]));
    for (int64_t i = 0; i < 20; i++)
        at(&fixture, i, MS_US); /* each takes a thousand times what it has */
    assert_int_equal(write(ends[1], "ab", 2), 2);
    struct sim_input port = {&input, on_input};
    assert_int_equal(sim_run_paced(fixture.sim, &fixture.port, &port, INT64_C(200000000000)), SIM_END_EMPTY);
    assert_int_equal(input.calls, 2);
    assert_int_equal(fixture.notes.count, 22);
    close(ends[0]);
    close(ends[1]);
    close_all(&fixture);
}

static void a_wake_ends_the_wait_even_with_nothing_pending(void **state)
{
    (void)state;
    struct fixture fixture;
    open_with(&fixture, &(struct pace_options){.speed = 1});
    struct pipe_input input = {.fixture = &fixture, .stop_after = 1};
    struct sim_input port = {&input, on_input};
    pace_wake(fixture.pace);
    assert_int_equal(sim_run_paced(fixture.sim, &fixture.port, &port, SIM_TIME_MAX_US), SIM_END_STOPPED);
    assert_int_equal(input.calls, 1);
    close_all(&fixture);
}

static void *interrupt_later(void *self)
{
    volatile int *interrupt = self;
    sleep_us(20 * MS_US);
    *interrupt = 1;
    return NULL;
}

static void an_interrupt_ends_the_wait(void **state)
{
    (void)state;
    struct fixture fixture;
    static volatile int interrupt;
    pthread_t thread;
    interrupt = 0;
    open_with(&fixture, &(struct pace_options){.speed = 1, .interrupt = &interrupt});
    at(&fixture, 3600000 * MS_US, 0);
    assert_int_equal(pthread_create(&thread, NULL, interrupt_later, (void *)(uintptr_t)&interrupt), 0);
    assert_int_equal(sim_run_paced(fixture.sim, &fixture.port, NULL, SIM_TIME_MAX_US), SIM_END_INTERRUPT);
    pthread_join(thread, NULL);
    assert_int_equal(fixture.notes.count, 0);
    close_all(&fixture);
}

static void a_descriptor_that_is_none_is_refused(void **state)
{
    (void)state;
    struct fixture fixture;
    open_with(&fixture, &(struct pace_options){.speed = 1});
    assert_false(pace_watch(fixture.pace, -1));
    pace_unwatch(fixture.pace, -1);
    close_all(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_virtual_clock_gives_the_digest_of_an_unpaced_run),
        cmocka_unit_test(stop_ends_a_driven_run),
        cmocka_unit_test(a_failed_audit_ends_a_driven_run),
        cmocka_unit_test(paced_events_are_never_early_and_seldom_late),
        cmocka_unit_test(speed_stretches_the_axis),
        cmocka_unit_test(the_horizon_is_waited_for),
        cmocka_unit_test(setting_up_is_not_a_backlog),
        cmocka_unit_test(catchup_runs_late_events_at_once),
        cmocka_unit_test(slip_moves_the_axis),
        cmocka_unit_test(hard_ends_the_run),
        cmocka_unit_test(input_ends_the_wait_and_becomes_events),
        cmocka_unit_test(a_late_run_still_looks_for_input),
        cmocka_unit_test(a_wake_ends_the_wait_even_with_nothing_pending),
        cmocka_unit_test(an_interrupt_ends_the_wait),
        cmocka_unit_test(a_descriptor_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
