/* test_oracle.c: the heap against the naive queue: equal digests over random programs full of ties.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct outcome {
    uint64_t chain, events, ties, order_sum, operations;
    uint8_t digest[32];
};

static struct outcome outcome_of(const struct sim_options *options, size_t aim, uint64_t target, int by_steps)
{
    struct program program;
    struct outcome outcome = {0};
    program_open(&program, options, aim, target);
    program_run(&program, by_steps);
    outcome.chain = sim_digest_chain(program.sim);
    outcome.events = sim_event_count(program.sim);
    outcome.ties = sim_tie_count(program.sim);
    outcome.order_sum = program.order_sum;
    outcome.operations = program.operations;
    sim_digest_final(program.sim, outcome.digest);
    program_close(&program);
    return outcome;
}

static void assert_same(const struct outcome *a, const struct outcome *b)
{
    assert_true(a->chain == b->chain);
    assert_true(a->order_sum == b->order_sum);
    assert_int_equal(a->events, b->events);
    assert_int_equal(a->ties, b->ties);
    assert_int_equal(a->operations, b->operations);
    assert_memory_equal(a->digest, b->digest, 32);
}

static void compare(size_t aim, uint64_t target, uint64_t tie_fuzz)
{
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct sim_options options = {.seed = seed, .tie_fuzz = tie_fuzz * seed};
        struct outcome heap = outcome_of(&options, aim, target, 0);
        options.queue = SIM_QUEUE_SORTED;
        struct outcome naive = outcome_of(&options, aim, target, 0);
        assert_same(&heap, &naive);
        assert_true(heap.operations >= target);
        assert_true(heap.ties * 10 > heap.events);
    }
}

static void both_queues_agree_with_few_events_pending(void **state)
{
    (void)state;
    compare(6, 100000, 0);
}

static void both_queues_agree_with_hundreds_pending(void **state)
{
    (void)state;
    compare(300, 100000, 0);
}

static void both_queues_agree_with_thousands_pending(void **state)
{
    (void)state;
    compare(3000, 20000, 0);
}

static void both_queues_agree_under_tie_fuzz(void **state)
{
    (void)state;
    compare(300, 100000, 0x9e3779b97f4a7c15);
}

static void steps_and_runs_agree(void **state)
{
    (void)state;
    struct sim_options options = {.seed = 3};
    struct outcome run = outcome_of(&options, 50, 20000, 0);
    struct outcome steps = outcome_of(&options, 50, 20000, 1);
    assert_same(&run, &steps);
}

static void different_seeds_differ(void **state)
{
    (void)state;
    struct outcome one = outcome_of(&(struct sim_options){.seed = 1}, 50, 5000, 0);
    struct outcome two = outcome_of(&(struct sim_options){.seed = 2}, 50, 5000, 0);
    struct outcome second = outcome_of(&(struct sim_options){.seed = 1, .replication = 1}, 50, 5000, 0);
    assert_true(one.chain != two.chain && one.chain != second.chain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_queues_agree_with_few_events_pending),
        cmocka_unit_test(both_queues_agree_with_hundreds_pending),
        cmocka_unit_test(both_queues_agree_with_thousands_pending),
        cmocka_unit_test(both_queues_agree_under_tie_fuzz),
        cmocka_unit_test(steps_and_runs_agree),
        cmocka_unit_test(different_seeds_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
