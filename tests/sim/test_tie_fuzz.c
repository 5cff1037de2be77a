/* test_tie_fuzz.c: ties in a permuted order: another order, the same events, still deterministic.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define EVENTS 1000

struct order {
    size_t count;
    uint32_t entity[EVENTS];
};

static void note(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct order *order = object;
    (void)sim;
    (void)argument;
    order->entity[order->count++] = entity;
}

/* EVENTS events, ten to each time, in two phases. */
static struct order order_under(uint64_t tie_fuzz)
{
    struct order order = {0};
    struct sim *sim = sim_new(&(struct sim_options){.tie_fuzz = tie_fuzz});
    uint16_t kind = sim_kind_add(sim, "note", note);
    for (uint32_t i = 0; i < EVENTS; i++) {
        struct sim_action action = {.kind = kind, .entity = i, .object = &order};
        sim_schedule(sim, i / 10, i % 2 == 0 ? SIM_TIMER : SIM_MODEL, &action);
    }
    sim_run(sim, SIM_TIME_MAX_US, 0, NULL);
    assert_int_equal(sim_tie_count(sim), EVENTS / 10 * 8);
    sim_free(sim);
    return order;
}

static size_t places_that_differ(const struct order *a, const struct order *b)
{
    size_t count = 0;
    for (size_t i = 0; i < EVENTS; i++)
        count += a->entity[i] != b->entity[i];
    return count;
}

static void without_it_ties_run_in_order_of_insertion(void **state)
{
    (void)state;
    struct order order = order_under(0);
    for (uint32_t i = 0; i < EVENTS; i++) {
        uint32_t place = i % 10; /* five timers, then five models */
        uint32_t expected = i - place + (place < 5 ? 2 * place : 2 * (place - 5) + 1);
        assert_int_equal(order.entity[i], expected);
    }
}

static void ties_are_permuted_and_nothing_else(void **state)
{
    (void)state;
    struct order order = order_under(42);
    bool was_seen[EVENTS] = {false};
    assert_int_equal(order.count, EVENTS);
    for (size_t i = 0; i < EVENTS; i++) {
        assert_int_equal(order.entity[i] / 10, i / 10);
        assert_int_equal(order.entity[i] % 2, i % 10 / 5);
        assert_false(was_seen[order.entity[i]]);
        was_seen[order.entity[i]] = true;
    }
    struct order plain = order_under(0);
    assert_true(places_that_differ(&order, &plain) > EVENTS / 2);
}

static void each_key_gives_its_own_order_and_always_the_same(void **state)
{
    (void)state;
    struct order first = order_under(1), again = order_under(1), second = order_under(2);
    assert_int_equal(places_that_differ(&first, &again), 0);
    assert_true(places_that_differ(&first, &second) > EVENTS / 2);
}

static void every_place_among_ties_is_about_equally_likely(void **state)
{
    (void)state;
    unsigned hits[5] = {0};
    for (uint64_t key = 1; key <= 20; key++) {
        struct order order = order_under(key);
        for (size_t i = 0; i < EVENTS; i++)
            if (order.entity[i] % 10 == 0)
                hits[i % 10]++;
    }
    for (size_t place = 0; place < 5; place++)
        assert_in_range(hits[place], 400 - 90, 400 + 90); /* five standard deviations of 17.9 */
}

static void cancels_and_moves_work_under_it(void **state)
{
    (void)state;
    struct program program;
    program_open(&program, &(struct sim_options){.seed = 5, .tie_fuzz = 77}, 100, 20000);
    program_run(&program, 0);
    uint64_t chain = sim_digest_chain(program.sim);
    assert_true(sim_tie_count(program.sim) * 10 > sim_event_count(program.sim));
    program_close(&program);
    program_open(&program, &(struct sim_options){.seed = 5, .tie_fuzz = 77}, 100, 20000);
    program_run(&program, 0);
    assert_true(sim_digest_chain(program.sim) == chain);
    program_close(&program);
    program_open(&program, &(struct sim_options){.seed = 5}, 100, 20000);
    program_run(&program, 0);
    assert_true(sim_digest_chain(program.sim) != chain);
    program_close(&program);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_it_ties_run_in_order_of_insertion),
        cmocka_unit_test(ties_are_permuted_and_nothing_else),
        cmocka_unit_test(each_key_gives_its_own_order_and_always_the_same),
        cmocka_unit_test(every_place_among_ties_is_about_equally_likely),
        cmocka_unit_test(cancels_and_moves_work_under_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
