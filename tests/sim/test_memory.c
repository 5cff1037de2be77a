/* test_memory.c: nothing is allocated per event after warm-up, and memory that is out is never undefined.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The allocator is wrapped at link time: every allocation is counted, and the n-th can be made to fail.
 */
#include "program.h"
#include "sim/accumulator.h"
#include "sim/arena.h"
#include "sim/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct {
    unsigned long count;
    unsigned long fail_at; /* number of the allocation that fails, and all after it; 0: none */
} allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

static bool is_to_fail(void)
{
    allocations.count++;
    return allocations.fail_at != 0 && allocations.count >= allocations.fail_at;
}

void *__wrap_malloc(size_t size)
{
    return is_to_fail() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_to_fail() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    return is_to_fail() ? NULL : __real_realloc(block, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return is_to_fail() ? NULL : __real_aligned_alloc(alignment, size);
}

static void fail_from(unsigned long number)
{
    allocations.count = 0;
    allocations.fail_at = number;
}

/* ---- no allocation per event ----------------------------------------------------------------------------------- */

/* Makes room for so many events. */
static void warm_up(struct program *program, size_t count)
{
    struct sim_handle handles[2000];
    struct sim_action action = {.kind = program->kind, .object = program};
    assert_true(count <= 2000);
    for (size_t i = 0; i < count; i++)
        handles[i] = sim_schedule(program->sim, 1000, SIM_MODEL, &action);
    for (size_t i = 0; i < count; i++)
        assert_true(sim_cancel(program->sim, handles[i]));
}

static void nothing_is_allocated_per_event_after_warm_up(void **state)
{
    (void)state;
    struct program program;
    fail_from(0);
    program_open(&program, &(struct sim_options){.seed = 1}, 400, UINT64_MAX);
    assert_true(allocations.count > 0); /* the wrap is in place */
    warm_up(&program, 2000);
    fail_from(0);
    sim_run(program.sim, SIM_TIME_MAX_US, 200000, NULL);
    assert_int_equal(allocations.count, 0);
    assert_in_range(sim_pending_count(program.sim), 200, 2000);
    program_close(&program);
}

static void streams_and_most_accumulators_never_allocate(void **state)
{
    (void)state;
    struct sim_stream stream;
    struct moments moments;
    struct level level;
    struct histogram histogram;
    fail_from(1);
    stream_open(&stream, 1, 0, "a", 0);
    moments_init(&moments);
    level_init(&level, 0, 0);
    histogram_init(&histogram);
    for (int i = 0; i < 1000; i++) {
        moments_add(&moments, gsl_rng_uniform(stream_rng(&stream)));
        level_set(&level, i, i % 7);
        histogram_add(&histogram, i);
    }
    unsigned long count = allocations.count;
    fail_from(0);
    assert_int_equal(count, 0);
}

/* ---- out of memory --------------------------------------------------------------------------------------------- */

static void nothing(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)sim;
    (void)object;
    (void)entity;
    (void)argument;
}

/* Schedules without end, some cancelled and moved, until it is stopped. */
static void breed(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct sim_action action = {.kind = *(const uint16_t *)object, .entity = entity, .object = object};
    struct sim_handle handle = {0};
    for (uint64_t i = 0; i < 3; i++) {
        handle = sim_schedule(sim, sim_now_us(sim) + (int64_t)i + 1, SIM_MODEL, &action);
        if (handle.generation == 0) {
            assert_false(sim_is_pending(sim, handle));
            assert_false(sim_move(sim, handle, sim_now_us(sim)));
        }
    }
    if (argument % 5 == 0)
        sim_cancel(sim, handle);
}

/* A run whose n-th allocation fails: it must end by itself, say why, and leave nothing behind. */
static enum sim_end run_failing_at(unsigned long number, enum sim_queue queue)
{
    fail_from(number);
    struct sim *sim = sim_new(&(struct sim_options){.queue = queue});
    if (sim == NULL) {
        fail_from(0);
        return SIM_END_MEMORY;
    }
    uint16_t kind = sim_kind_add(sim, "breed", breed);
    struct sim_action action = {.kind = kind, .object = &kind};
    struct sim_handle first = sim_schedule(sim, 0, SIM_MODEL, &action);
    enum sim_end end = sim_run(sim, SIM_TIME_MAX_US, 500, NULL);
    fail_from(0);
    if (end == SIM_END_MEMORY) {
        uint64_t count = sim_event_count(sim);
        assert_true(kind != 0 || first.generation == 0);
        assert_int_equal(sim_run(sim, SIM_TIME_MAX_US, 0, NULL), SIM_END_MEMORY); /* it stays so */
        assert_false(sim_step(sim));
        assert_int_equal(sim_event_count(sim), count);
        assert_string_equal(sim_end_name(end), "memory");
    }
    sim_free(sim);
    return end;
}

static void fail_each_in_turn(enum sim_queue queue)
{
    unsigned long number = 1;
    while (run_failing_at(number, queue) == SIM_END_MEMORY)
        number++;
    assert_true(number > 6); /* the simulator, kinds, slots, keys, and both of the last two again when they grow */
}

static void each_allocation_of_a_run_may_fail(void **state)
{
    (void)state;
    fail_each_in_turn(SIM_QUEUE_HEAP);
    fail_each_in_turn(SIM_QUEUE_SORTED);
}

static void kinds_beyond_memory_end_the_run(void **state)
{
    (void)state;
    struct sim *sim = sim_new(&(struct sim_options){.seed = 1});
    uint16_t first = sim_kind_add(sim, "first", nothing), kind;
    fail_from(1);
    do
        kind = sim_kind_add(sim, "other", nothing);
    while (kind != 0);
    fail_from(0);
    assert_string_equal(sim_kind_name(sim, first), "first");
    struct sim_action action = {.kind = kind};
    assert_int_equal(sim_schedule(sim, 0, SIM_MODEL, &action).generation, 0);
    assert_int_equal(sim_run(sim, 10, 0, NULL), SIM_END_MEMORY);
    sim_free(sim);
}

static void what_was_pending_survives_a_failed_growth(void **state)
{
    (void)state;
    struct sim *sim = sim_new(&(struct sim_options){.seed = 1});
    uint16_t kind = sim_kind_add(sim, "nothing", nothing);
    struct sim_action action = {.kind = kind};
    size_t count = 0;
    fail_from(2); /* the slots may grow once, the keys not */
    while (sim_schedule(sim, (int64_t)(1000 - count), SIM_MODEL, &action).generation != 0)
        count++;
    fail_from(0);
    assert_int_equal(sim_pending_count(sim), count);
    assert_int_equal(sim_next_us(sim), 1001 - (int64_t)count);
    sim_free(sim);
}

static void a_full_set_ends_the_run(void **state)
{
    (void)state;
#ifdef KONSENTO_HARD
    skip(); /* grows in small steps: gigabytes of copies */
#endif
    struct sim *sim = sim_new(&(struct sim_options){.seed = 1});
    uint16_t kind = sim_kind_add(sim, "nothing", nothing);
    struct sim_action action = {.kind = kind};
    for (size_t i = 0; i < SIM_PENDING_MAX; i++)
        sim_schedule(sim, (int64_t)(SIM_PENDING_MAX - i), SIM_MODEL, &action);
    assert_int_equal(sim_pending_count(sim), SIM_PENDING_MAX);
    assert_int_equal(sim_next_us(sim), 1);
    assert_true(sim_step(sim));
    assert_int_not_equal(sim_schedule(sim, 7, SIM_MODEL, &action).generation, 0);
    assert_int_equal(sim_schedule(sim, 7, SIM_MODEL, &action).generation, 0);
    assert_int_equal(sim_run(sim, 10, 0, NULL), SIM_END_MEMORY);
    sim_free(sim);
}

static void a_sample_beyond_memory_keeps_what_it_has(void **state)
{
    (void)state;
    struct sample sample, other;
    sample_init(&sample);
    sample_init(&other);
    assert_true(sample_add(&sample, 0));
    size_t count = 1;
    fail_from(1);
    while (sample_add(&sample, (double)count))
        count++;
    bool was_merged = sample_merge(&other, &sample);
    fail_from(0);
    assert_false(was_merged);
    assert_int_equal(other.count, 0);
    assert_int_equal(sample.count, count);
    assert_true(sample_quantile(&sample, 1) == (double)(count - 1));
    sample_free(&sample);
    sample_free(&other);
}

static void an_arena_names_memory_that_is_out(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    fail_from(1);
    void *given = arena_get(&arena, 1, 10);
    fail_from(0);
    assert_null(given);
    assert_int_equal(arena.state, ARENA_MEMORY);
    assert_string_equal(arena_state_text(arena.state), "out of memory");
    arena_free(&arena);
}

static void a_pace_without_memory_is_not_opened(void **state)
{
    (void)state;
    fail_from(1);
    struct pace *pace = pace_open(&(struct pace_options){.speed = 1});
    fail_from(0);
    assert_null(pace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_allocated_per_event_after_warm_up),
        cmocka_unit_test(streams_and_most_accumulators_never_allocate),
        cmocka_unit_test(each_allocation_of_a_run_may_fail),
        cmocka_unit_test(kinds_beyond_memory_end_the_run),
        cmocka_unit_test(what_was_pending_survives_a_failed_growth),
        cmocka_unit_test(a_full_set_ends_the_run),
        cmocka_unit_test(a_sample_beyond_memory_keeps_what_it_has),
        cmocka_unit_test(an_arena_names_memory_that_is_out),
        cmocka_unit_test(a_pace_without_memory_is_not_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
