/* test_bytes.c: views, reader, writer, arena, sorting.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/bitcoin/arena.h"
#include "protocol/bitcoin/bytes.h"
#include "protocol/bitcoin/sort.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdalign.h>
#include <string.h>

static void integers_are_little_endian(void **state)
{
    (void)state;
    uint8_t bytes[15];
    struct btc_writer writer;
    btc_writer_init(&writer, bytes, sizeof bytes);
    btc_write_u8(&writer, 0x01);
    btc_write_u16(&writer, 0x0302);
    btc_write_u32(&writer, 0x07060504);
    btc_write_u64(&writer, UINT64_C(0x0f0e0d0c0b0a0908));
    assert_false(writer.failed);
    assert_int_equal(writer.length, 15);
    for (uint8_t i = 0; i < 15; i++)
        assert_int_equal(bytes[i], i + 1);
    struct btc_reader reader;
    btc_reader_init(&reader, bytes, sizeof bytes);
    assert_int_equal(btc_read_u8(&reader), 0x01);
    assert_int_equal(btc_read_u16(&reader), 0x0302);
    assert_int_equal(btc_read_u32(&reader), 0x07060504);
    assert_true(btc_read_u64(&reader) == UINT64_C(0x0f0e0d0c0b0a0908));
    assert_int_equal(reader.error, BTC_READ_OK);
    assert_int_equal(btc_reader_left(&reader), 0);
}

static void a_reader_that_failed_yields_nothing_more(void **state)
{
    (void)state;
    const uint8_t bytes[3] = {1, 2, 3};
    uint8_t copy[2] = {9, 9};
    struct btc_reader reader;
    btc_reader_init(&reader, bytes, sizeof bytes);
    assert_int_equal(btc_read_u32(&reader), 0);
    assert_int_equal(reader.error, BTC_READ_SHORT);
    assert_int_equal(btc_read_u8(&reader), 0);
    btc_read_copy(&reader, copy, 2);
    assert_int_equal(copy[0] | copy[1], 0);
    assert_int_equal(btc_read_view(&reader, 1).length, 0);
    assert_int_equal(btc_reader_left(&reader), 3);
}

static void a_writer_that_is_full_writes_nothing_more(void **state)
{
    (void)state;
    uint8_t bytes[4] = {0};
    struct btc_writer writer;
    btc_writer_init(&writer, bytes, 3);
    btc_write_u16(&writer, 0x0101);
    btc_write_u16(&writer, 0x0202);
    assert_true(writer.failed);
    btc_write_u8(&writer, 3);
    assert_int_equal(writer.length, 2);
    assert_int_equal(bytes[2] | bytes[3], 0);
}

static void collect(void *context, size_t length, const uint8_t *bytes)
{
    struct btc_writer *all = context;
    btc_write(all, bytes, length);
}

static void counting_and_sinking_see_what_memory_sees(void **state)
{
    (void)state;
    uint8_t direct[64], sunk[64];
    struct btc_writer memory, count, sink, all;
    btc_writer_init(&memory, direct, sizeof direct);
    btc_writer_init(&count, NULL, 0);
    btc_writer_init(&all, sunk, sizeof sunk);
    btc_writer_init_sink(&sink, collect, &all);
    struct btc_writer *writers[3] = {&memory, &count, &sink};
    for (int i = 0; i < 3; i++) {
        btc_write_compact(writers[i], 300);
        btc_write_string(writers[i], btc_bytes("konsento", 8));
        btc_write_u64(writers[i], 7);
        assert_false(writers[i]->failed);
        assert_int_equal(writers[i]->length, 3 + 1 + 8 + 8);
    }
    assert_true(btc_bytes_equal(btc_writer_view(&memory), btc_writer_view(&all)));
}

static void a_compact_size_has_its_shortest_form_at_every_edge(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        size_t length;
    } edges[] = {{0, 1},       {0xfc, 1},       {0xfd, 3},        {0xffff, 3},
                 {0x10000, 5}, {0xffffffff, 5}, {0x100000000, 9}, {UINT64_MAX, 9}};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        uint8_t bytes[9];
        struct btc_writer writer;
        struct btc_reader reader;
        btc_writer_init(&writer, bytes, sizeof bytes);
        btc_write_compact(&writer, edges[i].value);
        assert_int_equal(writer.length, edges[i].length);
        assert_int_equal(btc_compact_size(edges[i].value), edges[i].length);
        btc_reader_init(&reader, bytes, writer.length);
        assert_true(btc_read_compact(&reader, UINT64_MAX) == edges[i].value);
        assert_int_equal(reader.error, BTC_READ_OK);
        btc_reader_init(&reader, bytes, writer.length - 1);
        btc_read_compact(&reader, UINT64_MAX);
        assert_int_equal(reader.error, BTC_READ_SHORT);
    }
}

static void a_compact_size_that_could_be_shorter_is_refused(void **state)
{
    (void)state;
    static const uint8_t longer[3][9] = {
        {0xfd, 0xfc, 0x00}, {0xfe, 0xff, 0xff, 0x00, 0x00}, {0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}};
    for (int i = 0; i < 3; i++) {
        struct btc_reader reader;
        btc_reader_init(&reader, longer[i], 9);
        assert_true(btc_read_compact(&reader, UINT64_MAX) == 0);
        assert_int_equal(reader.error, BTC_READ_NONMINIMAL);
    }
}

static void a_length_above_its_limit_is_refused(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {5, 'h', 'e', 'l', 'l', 'o'};
    struct btc_reader reader;
    btc_reader_init(&reader, bytes, sizeof bytes);
    assert_int_equal(btc_read_string(&reader, 4).length, 0);
    assert_int_equal(reader.error, BTC_READ_TOO_LARGE);
    btc_reader_init(&reader, bytes, sizeof bytes);
    assert_true(btc_bytes_equal(btc_read_string(&reader, 5), btc_bytes("hello", 5)));
    btc_reader_init(&reader, bytes, sizeof bytes - 1);
    assert_int_equal(btc_read_string(&reader, 5).length, 0);
    assert_int_equal(reader.error, BTC_READ_SHORT);
}

static void views_compare_by_content_and_then_by_length(void **state)
{
    (void)state;
    const struct btc_bytes empty = btc_bytes(NULL, 0), ab = btc_bytes("ab", 2), abc = btc_bytes("abc", 3),
                           b = btc_bytes("b", 1);
    assert_true(btc_bytes_equal(empty, btc_bytes("", 0)));
    assert_false(btc_bytes_equal(ab, abc));
    assert_true(btc_bytes_compare(empty, ab) < 0);
    assert_true(btc_bytes_compare(ab, abc) < 0);
    assert_true(btc_bytes_compare(b, abc) > 0);
    assert_int_equal(btc_bytes_compare(abc, abc), 0);
}

static void an_arena_gives_zeroed_aligned_memory_until_it_is_full(void **state)
{
    (void)state;
    alignas(max_align_t) uint8_t memory[128];
    memset(memory, 0xaa, sizeof memory);
    struct btc_arena arena;
    btc_arena_init(&arena, memory + 1, sizeof memory - 1);
    uint8_t *first = btc_arena_take(&arena, 3, 1);
    uint8_t *second = btc_arena_take(&arena, 2, 8);
    assert_non_null(first);
    assert_int_equal((uintptr_t)second % alignof(max_align_t), 0);
    for (int i = 0; i < 16; i++)
        assert_int_equal(second[i], 0);
    size_t used = arena.used;
    assert_null(btc_arena_take(&arena, 1, 127));
    assert_null(btc_arena_take(&arena, SIZE_MAX / 2, 16));
    assert_null(btc_arena_take(&arena, SIZE_MAX, 1));
    assert_int_equal(arena.used, used);
    assert_non_null(btc_arena_take(&arena, 0, 100));
    assert_non_null(btc_arena_take(&arena, 100, 0));
}

static int order_words(const void *context, const void *a, const void *b)
{
    (void)context;
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static void sorting_orders_and_keeps_every_element(void **state)
{
    (void)state;
    uint32_t words[257], noise = 1;
    for (size_t count = 0; count <= 257; count += count < 8 ? 1 : 83) {
        uint64_t sum = 0, sorted_sum = 0;
        for (size_t i = 0; i < count; i++) {
            noise = noise * UINT32_C(1664525) + UINT32_C(1013904223);
            words[i] = (noise >> 8) % 100;
            sum += (uint64_t)words[i] * words[i] + 1;
        }
        btc_sort(words, count, sizeof *words, order_words, NULL);
        for (size_t i = 0; i < count; i++) {
            assert_true(i == 0 || words[i - 1] <= words[i]);
            sorted_sum += (uint64_t)words[i] * words[i] + 1;
        }
        assert_true(sum == sorted_sum);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_little_endian),
        cmocka_unit_test(a_reader_that_failed_yields_nothing_more),
        cmocka_unit_test(a_writer_that_is_full_writes_nothing_more),
        cmocka_unit_test(counting_and_sinking_see_what_memory_sees),
        cmocka_unit_test(a_compact_size_has_its_shortest_form_at_every_edge),
        cmocka_unit_test(a_compact_size_that_could_be_shorter_is_refused),
        cmocka_unit_test(a_length_above_its_limit_is_refused),
        cmocka_unit_test(views_compare_by_content_and_then_by_length),
        cmocka_unit_test(an_arena_gives_zeroed_aligned_memory_until_it_is_full),
        cmocka_unit_test(sorting_orders_and_keeps_every_element),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
