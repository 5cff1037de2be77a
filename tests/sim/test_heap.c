/* test_heap.c: the heap by itself: its order, its shape, its back indices, with and without a hole.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/heap.h"
#include "sim/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SLOTS 5000

struct bench {
    struct heap heap;
    struct slot *slots;
    struct sim_stream stream;
    uint64_t number;
};

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    bench->slots = calloc(SLOTS, sizeof *bench->slots);
    stream_open(&bench->stream, 7, 0, "heap", 0);
    heap_init(&bench->heap);
    assert_true(heap_reserve(&bench->heap, bench->slots, SLOTS));
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    heap_free(&bench->heap);
    free(bench->slots);
    free(bench);
    return 0;
}

static uint32_t draw(struct bench *bench, uint32_t below)
{
    return (uint32_t)gsl_rng_get(stream_rng(&bench->stream)) % below;
}

static struct key draw_key(struct bench *bench, uint32_t slot, uint32_t times)
{
    return key_make(draw(bench, times), draw(bench, 16), bench->number++, slot);
}

static void fill_all(struct bench *bench, uint32_t times)
{
    for (uint32_t slot = 0; slot < SLOTS; slot++)
        heap_push(&bench->heap, draw_key(bench, slot, times));
}

/* Each key after its parent, unused places of the last group empty, each slot found at or above its back index. */
static void check_shape(const struct heap *heap)
{
    for (size_t i = HEAP_ROOT + 1; i < heap->end; i++)
        assert_true(key_before(heap->keys[heap_parent(i)], heap->keys[i]));
    for (size_t i = heap->end; i % 4 != 0; i++)
        assert_true(heap->keys[i].order == UINT64_MAX);
    for (size_t i = HEAP_ROOT; i < heap->end; i++) {
        size_t index = heap->slots[key_slot(heap->keys[i])].below;
        while (index > i)
            index = heap_parent(index);
        assert_int_equal(index, i);
    }
}

static struct key pop(struct heap *heap)
{
    struct key key = heap_take(heap);
    heap_fill(heap);
    return key;
}

static void assert_drains_in_order(struct heap *heap)
{
    struct key before = pop(heap);
    for (size_t left = SLOTS - 1; left > 0; left--) {
        assert_int_equal(heap_count(heap), left);
        struct key least = heap_least(heap);
        struct key key = pop(heap);
        assert_memory_equal(&least, &key, sizeof key);
        assert_true(key_before(before, key));
        before = key;
    }
    assert_int_equal(heap_count(heap), 0);
    assert_true(heap_least(heap).order == UINT64_MAX);
}

static void keys_come_out_in_order(void **state)
{
    struct bench *bench = *state;
    fill_all(bench, 100);
    check_shape(&bench->heap);
    assert_drains_in_order(&bench->heap);
}

static void the_hole_is_refilled_by_the_next_push(void **state)
{
    struct bench *bench = *state;
    fill_all(bench, 1000);
    for (int i = 0; i < 20000; i++) {
        struct key key = heap_take(&bench->heap);
        assert_int_equal(heap_count(&bench->heap), SLOTS - 1);
        struct key next = heap_least(&bench->heap);
        assert_true(key_before(key, next));
        struct key later = key_make(key.time_us + draw(bench, 1000), 3, bench->number++, key_slot(key));
        heap_push(&bench->heap, later);
        struct key least = heap_least(&bench->heap);
        assert_memory_equal(&least, key_before(later, next) ? &later : &next, sizeof least);
    }
    check_shape(&bench->heap);
}

static void any_key_can_be_taken_out(void **state)
{
    struct bench *bench = *state;
    fill_all(bench, 50);
    bool is_gone[SLOTS] = {false};
    for (int i = 0; i < 3000; i++) {
        uint32_t slot = draw(bench, SLOTS);
        if (is_gone[slot])
            continue;
        heap_remove(&bench->heap, slot);
        is_gone[slot] = true;
        if (i % 100 == 0)
            check_shape(&bench->heap);
    }
    check_shape(&bench->heap);
    while (heap_count(&bench->heap) > 0) {
        uint32_t slot = key_slot(pop(&bench->heap));
        assert_false(is_gone[slot]);
        is_gone[slot] = true;
    }
    for (size_t slot = 0; slot < SLOTS; slot++)
        assert_true(is_gone[slot]);
}

static void any_key_can_be_changed_to_earlier_and_later(void **state)
{
    struct bench *bench = *state;
    fill_all(bench, 1000);
    for (int i = 0; i < 20000; i++) {
        heap_change(&bench->heap, draw_key(bench, draw(bench, SLOTS), 1000));
        if (i % 1000 == 0)
            check_shape(&bench->heap);
    }
    assert_drains_in_order(&bench->heap);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(keys_come_out_in_order),
        TEST(the_hole_is_refilled_by_the_next_push),
        TEST(any_key_can_be_taken_out),
        TEST(any_key_can_be_changed_to_earlier_and_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
