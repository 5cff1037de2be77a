/* test_arena.c: the arena gives, stays within its limit, says why it does not give.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/arena.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void what_it_gives_is_zero_aligned_and_apart(void **state)
{
    (void)state;
    struct arena arena;
    unsigned char *given[2000];
    arena_init(&arena, 100 << 20);
    for (size_t i = 0; i < 2000; i++) {
        size_t size = 1 + i * 7 % 300;
        given[i] = arena_get(&arena, 1, size);
        assert_non_null(given[i]);
        assert_int_equal((uintptr_t)given[i] % alignof(max_align_t), 0);
        for (size_t j = 0; j < size; j++)
            assert_int_equal(given[i][j], 0);
        memset(given[i], (int)(i % 255) + 1, size);
    }
    for (size_t i = 0; i < 2000; i++)
        for (size_t j = 0; j < 1 + i * 7 % 300; j++)
            assert_int_equal(given[i][j], i % 255 + 1);
    assert_int_equal(arena.state, ARENA_OK);
    arena_free(&arena);
}

static void a_large_request_is_given_whole(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 100 << 20);
    unsigned char *large = arena_get(&arena, 20 << 20, 1);
    assert_non_null(large);
    large[(20 << 20) - 1] = 1;
    assert_non_null(arena_get(&arena, 1, 8));
    arena_free(&arena);
}

static void the_limit_is_kept_and_named(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1024);
    assert_non_null(arena_get(&arena, 1, 1000));
    assert_null(arena_get(&arena, 1, 100));
    assert_int_equal(arena.state, ARENA_LIMIT);
    assert_string_equal(arena_state_text(arena.state), "memory limit reached");
    assert_non_null(arena_get(&arena, 1, 10)); /* what fits is still given; state remembers */
    assert_int_equal(arena.state, ARENA_LIMIT);
    arena_free(&arena);
}

static void the_last_byte_within_the_limit_is_given(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 4096);
    assert_non_null(arena_get(&arena, 4096, 1));
    assert_int_equal(arena.used, 4096);
    assert_null(arena_get(&arena, 1, 1));
    arena_free(&arena);
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    assert_null(arena_get(&arena, SIZE_MAX / 2, 3));
    assert_int_equal(arena.state, ARENA_LIMIT);
    assert_null(arena_get(&arena, 1, SIZE_MAX));
    assert_null(arena_get(&arena, 1, SIZE_MAX - 40));
    arena_free(&arena);
}

static void a_reset_arena_starts_over(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1024);
    memset(arena_get(&arena, 1, 1000), 0xff, 1000);
    assert_null(arena_get(&arena, 1, 1000));
    arena_reset(&arena);
    assert_int_equal(arena.state, ARENA_OK);
    assert_int_equal(arena.used, 0);
    unsigned char *fresh = arena_get(&arena, 1, 1000);
    assert_non_null(fresh);
    assert_int_equal(fresh[999], 0);
    arena_free(&arena);
}

static void text_is_copied(void **state)
{
    (void)state;
    struct arena arena;
    char text[] = "outlet 7";
    arena_init(&arena, 64);
    char *copy = arena_copy_text(&arena, text);
    text[0] = 'x';
    assert_string_equal(copy, "outlet 7");
    assert_null(arena_copy_text(&arena, "a text that is longer than the sixty-four bytes that the arena may give"));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_gives_is_zero_aligned_and_apart),
        cmocka_unit_test(a_large_request_is_given_whole),
        cmocka_unit_test(the_limit_is_kept_and_named),
        cmocka_unit_test(the_last_byte_within_the_limit_is_given),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(a_reset_arena_starts_over),
        cmocka_unit_test(text_is_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
