/* test_ln_store.c: the stream of records: what is put is found, and what is torn, altered or moved is noticed.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/cmocka_all.h"

#include <stdlib.h>

#include "protocol/lightning/store.h"
#include "tests/lightning/dice.h"

#define STREAM_BYTES (1u << 20)

static const uint8_t owner[33] = {2, 7, 7};

static void *resize(void *context, void *memory, size_t old_bytes, size_t new_bytes)
{
    int *fail_after = context;
    if (new_bytes > old_bytes && *fail_after == 0) {
        return NULL;
    }
    *fail_after -= new_bytes > old_bytes && *fail_after > 0;
    if (new_bytes == 0) {
        free(memory);
        return NULL;
    }
    return realloc(memory, new_bytes);
}

static int fail_after = -1;
static const struct btc_allocator heap = {&fail_after, resize};

struct stream {
    uint8_t bytes[STREAM_BYTES];
    size_t length;
    size_t ends[1000];
    unsigned records;
};
static struct stream stream;

static void append(struct btc_bytes record)
{
    assert_true(record.length > 0 && stream.length + record.length <= STREAM_BYTES);
    memcpy(stream.bytes + stream.length, record.data, record.length);
    stream.length += record.length;
    stream.ends[stream.records++] = stream.length;
}

static struct ln_store_key key_of(uint8_t kind, uint64_t first, uint64_t second)
{
    return (struct ln_store_key){kind, first, second};
}

/* Fields of ten characters. */
static struct ln_fields fields_of(const char *text, unsigned place)
{
    static uint32_t ends[2][8];
    struct ln_fields fields = {.bytes = (uint8_t *)text, .length = strlen(text), .ends = ends[place]};
    while (10 * fields.count < fields.length) {
        size_t end = 10 * ((size_t)fields.count + 1);
        ends[place][fields.count++] = (uint32_t)(end < fields.length ? end : fields.length);
    }
    return fields;
}

static void put(struct ln_store_writer *writer, struct ln_store_key key, const char *text)
{
    ln_store_put_bytes(writer, &key, btc_bytes(text, strlen(text)));
}

/* Head, and three records: puts, one put anew, drops. */
static void write_four(struct ln_store_writer *writer)
{
    stream.length = stream.records = 0;
    *writer = (struct ln_store_writer){.allocator = &heap};
    append(ln_store_head(writer, owner));
    ln_store_begin(writer, LN_STORE_BATCH);
    put(writer, key_of(LN_STORE_CHANNEL, 1, 0), "first");
    put(writer, key_of(LN_STORE_CHANNEL, 2, 0), "second");
    put(writer, key_of(LN_STORE_PAST, 1, 0), "past 0");
    put(writer, key_of(LN_STORE_PAST, 1, 1), "past 1");
    put(writer, key_of(LN_STORE_PAST, 2, 0), "");
    append(ln_store_end(writer));
    ln_store_begin(writer, LN_STORE_BATCH);
    put(writer, key_of(LN_STORE_CHANNEL, 1, 0), "first again");
    ln_store_drop(writer, &(struct ln_store_key){LN_STORE_CHANNEL, 2, 0});
    append(ln_store_end(writer));
    ln_store_begin(writer, LN_STORE_BATCH);
    ln_store_drop_all(writer, LN_STORE_PAST, 1);
    append(ln_store_end(writer));
}

static void expect(const struct ln_store_index *index, struct ln_store_key key, const char *text)
{
    const struct ln_store_entry *entry = ln_store_find(index, &key);
    if (text == NULL) {
        assert_null(entry);
        return;
    }
    assert_non_null(entry);
    assert_int_equal(entry->bytes.length, strlen(text));
    assert_memory_equal(entry->bytes.data, text, strlen(text));
}

static enum ln_store_result read_length(struct ln_store_index *index, size_t length)
{
    return ln_store_read(index, &heap, btc_bytes(stream.bytes, length), owner);
}

static void the_last_that_was_put_is_found(void **state)
{
    (void)state;
    struct ln_store_writer writer;
    struct ln_store_index index;
    write_four(&writer);
    assert_int_equal(read_length(&index, stream.length), LN_STORE_OK);
    expect(&index, key_of(LN_STORE_CHANNEL, 1, 0), "first again");
    expect(&index, key_of(LN_STORE_CHANNEL, 2, 0), NULL);
    expect(&index, key_of(LN_STORE_PAST, 1, 0), NULL);
    expect(&index, key_of(LN_STORE_PAST, 1, 1), NULL);
    expect(&index, key_of(LN_STORE_PAST, 2, 0), "");
    expect(&index, key_of(LN_STORE_CHAIN, 1, 0), NULL);
    assert_int_equal(index.records, 4);
    assert_memory_equal(index.seal, writer.seal, 32);
    ln_store_index_close(&index);
    ln_store_writer_close(&writer);
}

static void a_stream_cut_off_anywhere_gives_the_records_before(void **state)
{
    (void)state;
    struct ln_store_writer writer;
    write_four(&writer);
    for (size_t length = 0; length <= stream.length; length++) {
        struct ln_store_index index;
        unsigned whole = 0;
        while (whole < stream.records && stream.ends[whole] <= length) {
            whole++;
        }
        size_t good = whole == 0 ? 0 : stream.ends[whole - 1];
        assert_int_equal(read_length(&index, length), good == length ? LN_STORE_OK : LN_STORE_TORN);
        assert_int_equal(index.good_bytes, good);
        assert_int_equal(index.records, whole);
        expect(&index, key_of(LN_STORE_CHANNEL, 1, 0), whole < 2 ? NULL : whole == 2 ? "first" : "first again");
        ln_store_index_close(&index);
    }
    ln_store_writer_close(&writer);
}

static void a_flipped_bit_is_never_taken_for_a_torn_end(void **state)
{
    (void)state;
    struct ln_store_writer writer;
    write_four(&writer);
    for (size_t bit = 0; bit < 8 * stream.length; bit++) {
        struct ln_store_index index;
        unsigned record = 0;
        stream.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        while (stream.ends[record] <= bit / 8) {
            record++;
        }
        assert_int_equal(read_length(&index, stream.length), LN_STORE_DAMAGED);
        assert_int_equal(index.records, record);
        ln_store_index_close(&index);
        stream.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    ln_store_writer_close(&writer);
}

static void records_in_another_order_or_missing_are_noticed(void **state)
{
    (void)state;
    static uint8_t other[STREAM_BYTES];
    struct ln_store_writer writer;
    struct ln_store_index index;
    write_four(&writer);
    for (unsigned gone = 0; gone + 1 < stream.records; gone++) {
        size_t begin = gone == 0 ? 0 : stream.ends[gone - 1], end = stream.ends[gone];
        memcpy(other, stream.bytes, begin);
        memcpy(other + begin, stream.bytes + end, stream.length - end);
        assert_int_equal(ln_store_read(&index, &heap, btc_bytes(other, stream.length - end + begin), owner),
                         LN_STORE_DAMAGED);
        assert_int_equal(index.records, gone);
        ln_store_index_close(&index);
    }
    memcpy(other, stream.bytes, stream.length); /* the last record twice */
    size_t last = stream.length - stream.ends[2];
    memcpy(other + stream.length, stream.bytes + stream.ends[2], last);
    assert_int_equal(ln_store_read(&index, &heap, btc_bytes(other, stream.length + last), owner), LN_STORE_DAMAGED);
    assert_int_equal(index.records, 4);
    ln_store_index_close(&index);
    ln_store_writer_close(&writer);
}

static void strangers_and_other_versions_are_refused(void **state)
{
    (void)state;
    static const uint8_t stranger[33] = {3, 7, 7};
    struct ln_store_writer writer;
    struct ln_store_index index;
    write_four(&writer);
    struct btc_bytes all = btc_bytes(stream.bytes, stream.length);
    assert_int_equal(ln_store_read(&index, &heap, all, stranger), LN_STORE_OWNER);
    ln_store_index_close(&index);
    assert_int_equal(ln_store_read(&index, &heap, all, NULL), LN_STORE_OK);
    ln_store_index_close(&index);
    assert_int_equal(ln_store_read(&index, &heap, btc_bytes(NULL, 0), owner), LN_STORE_OK);
    assert_int_equal(index.records, 0);
    ln_store_index_close(&index);
    ln_store_begin(&writer, (enum ln_store_type)9); /* sealed, and of a kind that we do not know */
    append(ln_store_end(&writer));
    assert_int_equal(read_length(&index, stream.length), LN_STORE_VERSION);
    assert_int_equal(index.records, 4);
    ln_store_index_close(&index);
    ln_store_writer_close(&writer);
    for (int result = LN_STORE_OK; result <= LN_STORE_NO_MEMORY; result++) {
        assert_string_not_equal(ln_store_text((enum ln_store_result)result), "unknown");
    }
}

static void memory_that_runs_out_breaks_nothing(void **state)
{
    (void)state;
    struct ln_store_writer writer;
    struct ln_store_index index;
    for (int allowed = 0; allowed < 4; allowed++) {
        write_four(&writer);
        fail_after = allowed;
        enum ln_store_result result = read_length(&index, stream.length);
        fail_after = -1;
        assert_true(result == LN_STORE_NO_MEMORY || (allowed > 1 && result == LN_STORE_OK));
        ln_store_index_close(&index);
        uint8_t seal[32];
        memcpy(seal, writer.seal, 32);
        fail_after = 0;
        ln_store_begin(&writer, LN_STORE_BATCH);
        struct ln_store_key key = key_of(LN_STORE_CHANNEL, 1, 0);
        assert_null(ln_store_put(&writer, &key, 1 << 16));
        assert_true(ln_store_has_entries(&writer));
        assert_int_equal(ln_store_end(&writer).length, 0);
        assert_memory_equal(seal, writer.seal, 32);
        fail_after = -1;
        ln_store_writer_close(&writer);
    }
}

/* Random puts, changes and drops against a plain list, read whole and after it was made short. */
static void random_streams_say_what_a_list_says(void **state)
{
    (void)state;
    static char texts[60][80];
    unsigned shorter_ones = 0;
    struct dice dice = {5};
    for (unsigned run = 0; run < 50; run++) {
        struct ln_store_writer writer = {.allocator = &heap};
        struct ln_store_writer shorter = {.allocator = &heap};
        struct ln_store_index index;
        uint8_t head[128];
        size_t head_length;
        struct btc_bytes checkpoint;
        memset(texts, 0, sizeof texts);
        stream.length = stream.records = 0;
        append(ln_store_head(&writer, owner));
        for (unsigned record = 0; record < 40; record++) {
            ln_store_begin(&writer, LN_STORE_BATCH);
            for (unsigned i = dice_below(&dice, 5); i > 0; i--) {
                uint32_t at = dice_below(&dice, 60);
                struct ln_store_key key = key_of(LN_STORE_LINK, at / 10, at % 10);
                if (dice_below(&dice, 3) > 0) {
                    char before[80];
                    memcpy(before, texts[at], sizeof before);
                    int width = dice_below(&dice, 2) > 0 ? 70 : (int)dice_below(&dice, 70) + 1;
                    snprintf(texts[at], sizeof texts[at], "%0*u", width, dice_below(&dice, 1000));
                    size_t length = writer.length + LN_STORE_ENTRY_BYTES + strlen(texts[at]);
                    const struct ln_fields fields[2] = {fields_of(before, 0), fields_of(texts[at], 1)};
                    ln_store_put_change(&writer, &key, &fields[0], &fields[1]);
                    assert_true(writer.length <= length);
                    shorter_ones += writer.length < length;
                } else if (dice_below(&dice, 4) > 0) {
                    texts[at][0] = '\0';
                    ln_store_drop(&writer, &key);
                } else {
                    memset(texts[at / 10 * 10], 0, 10 * sizeof texts[0]);
                    ln_store_drop_all(&writer, LN_STORE_LINK, at / 10);
                }
            }
            append(ln_store_end(&writer));
        }
        for (unsigned made_short = 0; made_short < 2; made_short++) {
            assert_int_equal(read_length(&index, stream.length), LN_STORE_OK);
            for (unsigned at = 0; at < 60; at++) {
                expect(&index, key_of(LN_STORE_LINK, at / 10, at % 10), texts[at][0] == '\0' ? NULL : texts[at]);
            }
            if (made_short == 0) {
                assert_true(ln_store_compact(&shorter, head, &head_length, &checkpoint, &index, owner));
                stream.length = stream.records = 0;
                append(btc_bytes(head, head_length));
                append(checkpoint);
            }
            ln_store_index_close(&index);
        }
        ln_store_writer_close(&writer);
        ln_store_writer_close(&shorter);
    }
    assert_true(shorter_ones > 100);
}

/* A change of what is not there, or beyond its end, is none of this version's. */
static void changes_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"1234567890123456789012345678901234", "a234567890123456789012345678901234"};
    const struct ln_store_key key = key_of(LN_STORE_CHANNEL, 1, 0);
    for (unsigned is_there = 0; is_there < 2; is_there++) {
        struct ln_store_writer writer = {.allocator = &heap};
        struct ln_store_index index;
        stream.length = stream.records = 0;
        append(ln_store_head(&writer, owner));
        ln_store_begin(&writer, LN_STORE_BATCH);
        put(&writer, key_of(LN_STORE_CHANNEL, is_there, 0), texts[0]);
        append(ln_store_end(&writer));
        ln_store_begin(&writer, LN_STORE_BATCH);
        const struct ln_fields fields[2] = {fields_of(texts[0], 0), fields_of(texts[1], 1)};
        ln_store_put_change(&writer, &key, &fields[0], &fields[1]);
        append(ln_store_end(&writer));
        assert_int_equal(read_length(&index, stream.length), is_there ? LN_STORE_OK : LN_STORE_VERSION);
        if (is_there) {
            expect(&index, key, texts[1]);
        }
        ln_store_index_close(&index);
        ln_store_writer_close(&writer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_that_was_put_is_found),
        cmocka_unit_test(a_stream_cut_off_anywhere_gives_the_records_before),
        cmocka_unit_test(a_flipped_bit_is_never_taken_for_a_torn_end),
        cmocka_unit_test(records_in_another_order_or_missing_are_noticed),
        cmocka_unit_test(strangers_and_other_versions_are_refused),
        cmocka_unit_test(memory_that_runs_out_breaks_nothing),
        cmocka_unit_test(random_streams_say_what_a_list_says),
        cmocka_unit_test(changes_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
