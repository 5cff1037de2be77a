/* test_kernel.c: order, handles, ends and counts of the kernel.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/core.h"
#include "sim/kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LOG_MAX 64

/* What was executed, in order, by argument. */
struct log {
    size_t count;
    uint64_t argument[LOG_MAX];
    int64_t time_us[LOG_MAX];
};

static void write_log(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct log *log = object;
    (void)entity;
    assert_true(log->count < LOG_MAX);
    log->time_us[log->count] = sim_now_us(sim);
    log->argument[log->count++] = argument;
}

struct world {
    struct sim *sim;
    struct log log;
    uint16_t write;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->sim = sim_new(&(struct sim_options){.seed = 1, .replication = 2});
    assert_non_null(world->sim);
    world->write = sim_kind_add(world->sim, "write", write_log);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    sim_free(world->sim);
    free(world);
    return 0;
}

static struct sim_handle at(struct world *world, int64_t at_us, enum sim_phase phase, uint64_t argument)
{
    struct sim_action action = {.kind = world->write, .object = &world->log, .argument = argument};
    return sim_schedule(world->sim, at_us, phase, &action);
}

static enum sim_end run_all(struct world *world)
{
    return sim_run(world->sim, SIM_TIME_MAX_US, 0, NULL);
}

static void assert_log(const struct world *world, size_t count, const uint64_t *expected)
{
    assert_int_equal(world->log.count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(world->log.argument[i], expected[i]);
}

static void events_run_by_time_then_phase_then_insertion(void **state)
{
    struct world *world = *state;
    at(world, 20, SIM_ENVIRONMENT, 7);
    at(world, 10, SIM_CONTROL, 6);
    at(world, 10, SIM_TIMER, 3);
    at(world, 10, SIM_PROBE, 5);
    at(world, 10, SIM_MODEL, 4);
    at(world, 10, SIM_ENVIRONMENT, 1);
    at(world, 10, SIM_MESSAGE, 2);
    at(world, 10, SIM_MODEL, 41);
    at(world, 10, SIM_MODEL, 42);
    assert_int_equal(run_all(world), SIM_END_EMPTY);
    assert_log(world, 9, (uint64_t[]){1, 2, 3, 4, 41, 42, 5, 6, 7});
    assert_int_equal(world->log.time_us[8], 20);
}

static void the_last_instant_there_is_can_be_used(void **state)
{
    struct world *world = *state;
    at(world, SIM_TIME_MAX_US, SIM_CONTROL, 2);
    at(world, SIM_TIME_MAX_US, SIM_ENVIRONMENT, 1);
    assert_int_equal(sim_next_us(world->sim), SIM_TIME_MAX_US);
    assert_int_equal(run_all(world), SIM_END_EMPTY);
    assert_log(world, 2, (uint64_t[]){1, 2});
    assert_int_equal(sim_now_us(world->sim), SIM_TIME_MAX_US);
}

struct echo {
    struct world *world;
    int64_t delay_us[2];
    enum sim_phase phase[2];
};

static void echo_twice(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct echo *echo = object;
    (void)entity;
    for (int i = 0; i < 2; i++)
        at(echo->world, sim_now_us(sim) + echo->delay_us[i], echo->phase[i], argument + (uint64_t)i);
}

static void an_event_scheduled_for_now_runs_now_even_in_an_earlier_phase(void **state)
{
    struct world *world = *state;
    struct echo echo = {world, {0, 0}, {SIM_MODEL, SIM_ENVIRONMENT}};
    struct sim_action action = {.kind = sim_kind_add(world->sim, "echo", echo_twice), .object = &echo, .argument = 1};
    sim_schedule(world->sim, 5, SIM_MODEL, &action);
    at(world, 5, SIM_MODEL, 9);
    at(world, 6, SIM_MODEL, 10);
    run_all(world);
    assert_log(world, 4, (uint64_t[]){2, 9, 1, 10});
}

static void a_cancelled_event_never_runs(void **state)
{
    struct world *world = *state;
    struct sim_handle handle = at(world, 10, SIM_MODEL, 1);
    at(world, 11, SIM_MODEL, 2);
    assert_true(sim_is_pending(world->sim, handle));
    assert_true(sim_cancel(world->sim, handle));
    assert_false(sim_is_pending(world->sim, handle));
    assert_false(sim_cancel(world->sim, handle));
    assert_int_equal(sim_pending_count(world->sim), 1);
    run_all(world);
    assert_log(world, 1, (uint64_t[]){2});
}

static void a_moved_event_queues_up_behind_those_that_are_there(void **state)
{
    struct world *world = *state;
    struct sim_handle first = at(world, 10, SIM_MODEL, 1);
    at(world, 10, SIM_MODEL, 2);
    struct sim_handle third = at(world, 30, SIM_MODEL, 3);
    assert_true(sim_move(world->sim, first, 10));
    assert_true(sim_move(world->sim, third, 10));
    assert_true(sim_is_pending(world->sim, first));
    run_all(world);
    assert_log(world, 3, (uint64_t[]){2, 1, 3});
    assert_false(sim_move(world->sim, first, 50));
}

static void a_move_keeps_the_phase(void **state)
{
    struct world *world = *state;
    struct sim_handle control = at(world, 10, SIM_CONTROL, 2);
    at(world, 20, SIM_MODEL, 1);
    assert_true(sim_move(world->sim, control, 20));
    run_all(world);
    assert_log(world, 2, (uint64_t[]){1, 2});
}

static void a_stale_handle_is_recognised_when_its_slot_has_a_new_tenant(void **state)
{
    struct world *world = *state;
    struct sim_handle old = at(world, 10, SIM_MODEL, 1);
    assert_true(sim_cancel(world->sim, old));
    struct sim_handle tenant = at(world, 10, SIM_MODEL, 2);
    assert_int_equal(tenant.slot, old.slot);
    assert_false(sim_cancel(world->sim, old));
    assert_false(sim_move(world->sim, old, 20));
    assert_true(sim_is_pending(world->sim, tenant));
}

static void the_handle_none_is_never_pending(void **state)
{
    struct world *world = *state;
    assert_false(sim_is_pending(world->sim, (struct sim_handle){0}));
    at(world, 10, SIM_MODEL, 1);
    assert_false(sim_is_pending(world->sim, (struct sim_handle){0}));
    assert_false(sim_cancel(world->sim, (struct sim_handle){0}));
    assert_false(sim_move(world->sim, (struct sim_handle){0}, 10));
    assert_false(sim_cancel(world->sim, (struct sim_handle){.slot = 1000000, .generation = 1}));
}

static void a_slot_that_has_had_all_its_generations_is_retired(void **state)
{
    struct world *world = *state;
    struct sim_handle first = at(world, 10, SIM_MODEL, 1);
    world->sim->slots[first.slot].generation = UINT32_MAX - 1; /* as after four billion tenants */
    struct sim_handle last = {first.slot, UINT32_MAX - 1};
    assert_true(sim_cancel(world->sim, last));
    assert_false(sim_is_pending(world->sim, last));
    struct sim_handle next = at(world, 10, SIM_MODEL, 2);
    assert_int_not_equal(next.slot, first.slot);
    assert_true(sim_is_pending(world->sim, next));
}

struct self_test {
    struct sim_handle handle;
    bool was_pending;
    size_t pending_count;
    int64_t next_us;
};

static void look_at_self(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct self_test *test = object;
    (void)entity;
    (void)argument;
    test->was_pending = sim_is_pending(sim, test->handle) || sim_cancel(sim, test->handle);
    test->pending_count = sim_pending_count(sim);
    test->next_us = sim_next_us(sim);
}

static void the_event_that_runs_is_not_pending_any_more(void **state)
{
    struct world *world = *state;
    struct self_test test = {.was_pending = true};
    struct sim_action action = {.kind = sim_kind_add(world->sim, "look", look_at_self), .object = &test};
    at(world, 30, SIM_MODEL, 3);
    test.handle = sim_schedule(world->sim, 10, SIM_MODEL, &action);
    at(world, 20, SIM_MODEL, 2);
    assert_true(sim_step(world->sim));
    assert_false(test.was_pending);
    assert_int_equal(test.pending_count, 2);
    assert_int_equal(test.next_us, 20);
    run_all(world);
    test.handle = sim_schedule(world->sim, 40, SIM_MODEL, &action);
    run_all(world);
    assert_int_equal(test.pending_count, 0);
    assert_int_equal(test.next_us, SIM_TIME_MAX_US);
}

struct swap {
    struct world *world;
    struct sim_handle victim, mover;
};

static void cancel_move_and_schedule(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct swap *swap = object;
    (void)entity;
    assert_true(sim_cancel(sim, swap->victim));
    assert_true(sim_move(sim, swap->mover, sim_now_us(sim) + 1));
    at(swap->world, sim_now_us(sim), SIM_MODEL, argument);
    at(swap->world, sim_now_us(sim) + 2, SIM_MODEL, argument + 1);
}

static void a_handler_may_cancel_and_move_before_it_schedules(void **state)
{
    struct world *world = *state;
    struct swap swap = {.world = world};
    struct sim_action action = {
        .kind = sim_kind_add(world->sim, "swap", cancel_move_and_schedule), .object = &swap, .argument = 100};
    sim_schedule(world->sim, 10, SIM_MODEL, &action);
    swap.victim = at(world, 11, SIM_MODEL, 1);
    swap.mover = at(world, 90, SIM_MODEL, 2);
    at(world, 50, SIM_MODEL, 3);
    run_all(world);
    assert_log(world, 4, (uint64_t[]){100, 2, 101, 3});
}

static void the_horizon_is_inclusive_and_sets_the_clock(void **state)
{
    struct world *world = *state;
    at(world, 10, SIM_MODEL, 1);
    at(world, 20, SIM_MODEL, 2);
    at(world, 21, SIM_MODEL, 3);
    assert_int_equal(sim_run(world->sim, 20, 0, NULL), SIM_END_HORIZON);
    assert_log(world, 2, (uint64_t[]){1, 2});
    assert_int_equal(sim_now_us(world->sim), 20);
    assert_int_equal(sim_next_us(world->sim), 21);
    assert_int_equal(sim_run(world->sim, 30, 0, NULL), SIM_END_EMPTY);
    assert_int_equal(sim_now_us(world->sim), 30);
    assert_int_equal(run_all(world), SIM_END_EMPTY);
    assert_int_equal(sim_now_us(world->sim), 30);
}

static void a_limit_of_events_ends_the_run_and_it_goes_on_later(void **state)
{
    struct world *world = *state;
    for (uint64_t i = 1; i <= 5; i++)
        at(world, (int64_t)i, SIM_MODEL, i);
    assert_int_equal(sim_run(world->sim, SIM_TIME_MAX_US, 2, NULL), SIM_END_LIMIT);
    assert_int_equal(sim_now_us(world->sim), 2);
    assert_int_equal(sim_run(world->sim, SIM_TIME_MAX_US, 3, NULL), SIM_END_LIMIT);
    assert_int_equal(run_all(world), SIM_END_EMPTY);
    assert_log(world, 5, (uint64_t[]){1, 2, 3, 4, 5});
}

static void stop_now(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)object;
    (void)entity;
    (void)argument;
    sim_stop(sim);
}

static void stop_ends_the_run_after_the_present_event(void **state)
{
    struct world *world = *state;
    struct sim_action action = {.kind = sim_kind_add(world->sim, "stop", stop_now)};
    at(world, 1, SIM_MODEL, 1);
    sim_schedule(world->sim, 1, SIM_MODEL, &action);
    at(world, 1, SIM_MODEL, 2);
    assert_int_equal(run_all(world), SIM_END_STOPPED);
    assert_log(world, 1, (uint64_t[]){1});
    assert_int_equal(sim_now_us(world->sim), 1);
    assert_int_equal(run_all(world), SIM_END_EMPTY);
    assert_log(world, 2, (uint64_t[]){1, 2});
}

static void interrupt_later(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct sim_action action = {.kind = (uint16_t)entity, .entity = entity, .object = object, .argument = argument + 1};
    if (argument == 10000)
        *(int *)object = 1;
    sim_schedule(sim, sim_now_us(sim) + 1, SIM_MODEL, &action);
}

static void an_interrupt_is_seen_within_a_few_thousand_events(void **state)
{
    struct world *world = *state;
    int interrupt = 0;
    uint16_t kind = sim_kind_add(world->sim, "interrupt", interrupt_later);
    struct sim_action action = {.kind = kind, .entity = kind, .object = &interrupt};
    sim_schedule(world->sim, 0, SIM_MODEL, &action);
    assert_int_equal(sim_run(world->sim, SIM_TIME_MAX_US, 0, &interrupt), SIM_END_INTERRUPT);
    assert_in_range(sim_event_count(world->sim), 10000, 10000 + 5000);
    uint64_t before = sim_event_count(world->sim);
    assert_int_equal(sim_run(world->sim, SIM_TIME_MAX_US, 0, &interrupt), SIM_END_INTERRUPT);
    assert_int_equal(sim_event_count(world->sim), before);
}

static void step_executes_one_event(void **state)
{
    struct world *world = *state;
    at(world, 3, SIM_MODEL, 1);
    at(world, 4, SIM_MODEL, 2);
    assert_true(sim_step(world->sim));
    assert_log(world, 1, (uint64_t[]){1});
    assert_true(sim_step(world->sim));
    assert_false(sim_step(world->sim));
    assert_int_equal(sim_now_us(world->sim), 4);
}

static void counts_are_kept_by_kind_and_ties_are_counted(void **state)
{
    struct world *world = *state;
    struct sim_action stop = {.kind = sim_kind_add(world->sim, "stop", stop_now)};
    at(world, 1, SIM_MODEL, 1);
    at(world, 1, SIM_MODEL, 2);
    at(world, 1, SIM_PROBE, 3);
    at(world, 2, SIM_PROBE, 4);
    at(world, 2, SIM_PROBE, 5);
    sim_schedule(world->sim, 2, SIM_PROBE, &stop);
    run_all(world);
    assert_int_equal(sim_event_count(world->sim), 6);
    assert_int_equal(sim_event_count_of(world->sim, world->write), 5);
    assert_int_equal(sim_event_count_of(world->sim, stop.kind), 1);
    assert_int_equal(sim_tie_count(world->sim), 3);
    assert_string_equal(sim_kind_name(world->sim, world->write), "write");
    assert_string_equal(sim_kind_name(world->sim, stop.kind), "stop");
}

struct watch {
    size_t count;
    struct sim_executed seen[4];
};

static void observe(void *self, const struct sim_executed *event)
{
    struct watch *watch = self;
    watch->seen[watch->count++ % 4] = *event;
}

static void an_observer_sees_each_event_after_it_ran(void **state)
{
    struct world *world = *state;
    struct watch watch = {0};
    at(world, 5, SIM_TIMER, 77);
    at(world, 6, SIM_MODEL, 78);
    at(world, 7, SIM_MODEL, 79);
    sim_observe(world->sim, observe, &watch);
    assert_true(sim_step(world->sim));
    assert_int_equal(watch.count, 1);
    assert_int_equal(watch.seen[0].time_us, 5);
    assert_int_equal(watch.seen[0].number, 1);
    assert_int_equal(watch.seen[0].phase, SIM_TIMER);
    assert_int_equal(watch.seen[0].kind, world->write);
    assert_int_equal(watch.seen[0].argument, 77);
    assert_true(watch.seen[0].chain == sim_digest_chain(world->sim));
    assert_true(sim_step(world->sim));
    sim_observe(world->sim, NULL, NULL);
    assert_true(sim_step(world->sim));
    assert_int_equal(watch.count, 2);
}

static void options_are_kept(void **state)
{
    struct world *world = *state;
    assert_int_equal(sim_seed(world->sim), 1);
    assert_int_equal(sim_replication(world->sim), 2);
    assert_int_equal(sim_now_us(world->sim), 0);
}

static void ends_have_names(void **state)
{
    (void)state;
    const char *names[] = {"horizon", "empty", "stopped", "limit", "interrupt", "audit", "memory", "late"};
    for (int end = SIM_END_HORIZON; end <= SIM_END_LATE; end++)
        assert_string_equal(sim_end_name((enum sim_end)end), names[end]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(events_run_by_time_then_phase_then_insertion),
        TEST(the_last_instant_there_is_can_be_used),
        TEST(an_event_scheduled_for_now_runs_now_even_in_an_earlier_phase),
        TEST(a_cancelled_event_never_runs),
        TEST(a_moved_event_queues_up_behind_those_that_are_there),
        TEST(a_move_keeps_the_phase),
        TEST(a_stale_handle_is_recognised_when_its_slot_has_a_new_tenant),
        TEST(a_slot_that_has_had_all_its_generations_is_retired),
        TEST(the_handle_none_is_never_pending),
        TEST(the_event_that_runs_is_not_pending_any_more),
        TEST(a_handler_may_cancel_and_move_before_it_schedules),
        TEST(the_horizon_is_inclusive_and_sets_the_clock),
        TEST(a_limit_of_events_ends_the_run_and_it_goes_on_later),
        TEST(stop_ends_the_run_after_the_present_event),
        TEST(an_interrupt_is_seen_within_a_few_thousand_events),
        TEST(step_executes_one_event),
        TEST(counts_are_kept_by_kind_and_ties_are_counted),
        TEST(an_observer_sees_each_event_after_it_ran),
        TEST(options_are_kept),
        TEST(ends_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
