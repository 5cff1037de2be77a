/* test_hw_journal.c: records written and read again; files that were changed, cut, or are something else.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/journal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PATH "journal_under_test.hwj"

static const struct journal_record samples[] = {
    {.kind = JOURNAL_HEADER, .key = "scenario", .value = "two outlets, 3 kW"},
    {.kind = JOURNAL_INPUT,
     .time_us = 1500000,
     .events = 17,
     .input = {.kind = HW_METER, .outlet = 3, .energy_uj = HW_UNKNOWN_VALUE, .power_w = 2990, .raw = UINT64_MAX}},
    {.kind = JOURNAL_COMMAND,
     .time_us = 1500001,
     .events = 18,
     .command = {.kind = HW_COMMAND_ON, .outlet = 3, .number = 9, .limit_ma = 16000, .lease_us = 30000000}},
    {.kind = JOURNAL_SLIP, .time_us = 1500001, .events = 18, .slip_us = 150000},
    {.kind = JOURNAL_SETTLEMENT,
     .time_us = 1500002,
     .events = 19,
     .settlement = {.short_channel_id = UINT64_MAX, .node_id = {2, 255}, .payment_hash = {1}, .preimage = {0, 7}}},
    {.kind = JOURNAL_CHECK, .time_us = 1500003, .events = 20, .chain = 0xdeadbeef},
    {.kind = JOURNAL_END, .time_us = 9000000, .events = 99, .digest = {9, 8, 7}, .value = "horizon"},
};
#define SAMPLES (sizeof samples / sizeof samples[0])

static void write_samples(void)
{
    struct journal journal;
    (void)unlink(PATH);
    assert_int_equal(journal_open(&journal, PATH), 0);
    for (size_t i = 0; i < SAMPLES; i++)
        assert_true(journal_write(&journal, &samples[i]));
    assert_true(journal_sync(&journal, JOURNAL_SYNC_NS));
    assert_int_equal(journal_close(&journal), 0);
}

/* Reads to the end; returns how many records came, and how it ended. */
static size_t read_all(enum journal_result *result)
{
    struct journal_reader reader;
    struct journal_record record;
    size_t count = 0;
    if (journal_reader_open(&reader, PATH) != 0) {
        *result = JOURNAL_BROKEN;
        return 0;
    }
    while ((*result = journal_read(&reader, &record)) == JOURNAL_OK)
        count++;
    journal_reader_close(&reader);
    return count;
}

static size_t slurp(char *bytes, size_t size)
{
    FILE *file = fopen(PATH, "re");
    size_t length = fread(bytes, 1, size, file);
    fclose(file);
    return length;
}

static void spill(const char *bytes, size_t length)
{
    FILE *file = fopen(PATH, "we");
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    write_samples();
    struct journal_reader reader;
    assert_int_equal(journal_reader_open(&reader, PATH), 0);
    for (size_t i = 0; i < SAMPLES; i++) {
        struct journal_record record;
        assert_int_equal(journal_read(&reader, &record), JOURNAL_OK);
        char line[JOURNAL_LINE_MAX], want[JOURNAL_LINE_MAX];
        (void)journal_format(line, &record);
        (void)journal_format(want, &samples[i]);
        assert_string_equal(line, want);
        assert_memory_equal(&record.input, &samples[i].input, sizeof record.input);
        assert_memory_equal(&record.settlement, &samples[i].settlement, sizeof record.settlement);
        assert_memory_equal(record.digest, samples[i].digest, 32);
    }
    struct journal_record record;
    assert_int_equal(journal_read(&reader, &record), JOURNAL_NO_MORE);
    journal_reader_close(&reader);
}

static void a_file_that_is_there_is_not_touched(void **state)
{
    (void)state;
    write_samples();
    struct journal journal;
    assert_int_equal(journal_open(&journal, PATH), EEXIST);
}

/* Every byte of the file, changed in one bit: nothing passes. */
static void no_changed_bit_passes(void **state)
{
    (void)state;
    write_samples();
    char bytes[4096];
    size_t length = slurp(bytes, sizeof bytes);
    for (size_t i = 0; i < length; i++) {
        bytes[i] ^= 1;
        spill(bytes, length);
        bytes[i] ^= 1;
        enum journal_result result;
        assert_true(read_all(&result) < SAMPLES);
        assert_true(result == JOURNAL_BROKEN || result == JOURNAL_TORN);
    }
}

static void a_missing_or_moved_line_is_noticed(void **state)
{
    (void)state;
    write_samples();
    char bytes[4096];
    size_t length = slurp(bytes, sizeof bytes - 1);
    bytes[length] = 0;
    char *second = strchr(bytes, '\n') + 1;
    char *third = strchr(second, '\n') + 1;
    memmove(second, third, strlen(third) + 1);
    spill(bytes, strlen(bytes));
    enum journal_result result;
    assert_int_equal(read_all(&result), 0);
    assert_int_equal(result, JOURNAL_BROKEN);
}

/* Cut anywhere: all whole lines are there, and nothing else. */
static void a_torn_end_is_dropped(void **state)
{
    (void)state;
    write_samples();
    char bytes[4096];
    size_t length = slurp(bytes, sizeof bytes);
    size_t first = (size_t)((char *)memchr(bytes, '\n', length) - bytes) + 1, lines = 0;
    for (size_t cut = first; cut <= length; cut++) {
        if (cut > first)
            lines += bytes[cut - 1] == '\n';
        spill(bytes, cut);
        enum journal_result result;
        assert_int_equal(read_all(&result), lines);
        assert_int_equal(result, bytes[cut - 1] == '\n' ? JOURNAL_NO_MORE : JOURNAL_TORN);
    }
}

static void another_file_is_no_journal(void **state)
{
    (void)state;
    struct journal_reader reader;
    spill("konsento-journal 2 0123456789abcdef\n", 36);
    assert_int_equal(journal_reader_open(&reader, PATH), EINVAL);
    spill("", 0);
    assert_int_equal(journal_reader_open(&reader, PATH), EINVAL);
    (void)unlink(PATH);
    assert_int_equal(journal_reader_open(&reader, PATH), ENOENT);
}

static void lines_that_are_no_record_are_refused(void **state)
{
    (void)state;
    static const char *const lines[] = {"",
                                        "X 1 2",
                                        "I 1 2 3",
                                        "K 1 2 zz",
                                        "K 1 2 12 13",
                                        "K  1 2 12",
                                        "S 1 -2 3",
                                        "I 1 2 99999 0 0 0 0 0 0",
                                        "I 1 2 3 77 0 0 0 0 0",
                                        "O 99999999999999999999 1 1 1 1 1 1",
                                        "E 1 2 00 horizon",
                                        "H key"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct journal_record record;
        assert_false(journal_parse(&record, lines[i]));
    }
}

static void a_full_disk_is_told(void **state)
{
    (void)state;
    struct journal journal;
    (void)unlink(PATH);
    assert_int_equal(journal_open(&journal, PATH), 0);
    int kept = journal.fd;
    FILE *full = fopen("/dev/full", "we");
    if (full == NULL) {
        (void)journal_close(&journal);
        skip();
    }
    journal.fd = fileno(full);
    assert_false(journal_write(&journal, &samples[0]));
    assert_int_equal(journal.error, ENOSPC);
    journal.fd = kept;
    assert_false(journal_write(&journal, &samples[0])); /* nothing behind it */
    assert_int_equal(journal_close(&journal), ENOSPC);
    fclose(full);
}

static bool is_disk_broken;

/* In libc's place. */
int fdatasync(int fd)
{
    if (!is_disk_broken)
        return fsync(fd);
    errno = EIO;
    return -1;
}

static void what_is_kept_is_on_the_disk_or_a_failure(void **state)
{
    (void)state;
    struct journal journal;
    (void)unlink(PATH);
    assert_int_equal(journal_open(&journal, PATH), 0);
    assert_true(journal_write(&journal, &samples[0]));
    assert_true(journal_keep(&journal));
    assert_true(journal_write(&journal, &samples[0]));
    is_disk_broken = true;
    assert_false(journal_keep(&journal));
    is_disk_broken = false;
    assert_false(journal_write(&journal, &samples[0])); /* nothing behind it */
    assert_int_equal(journal_close(&journal), EIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(a_file_that_is_there_is_not_touched),
        cmocka_unit_test(no_changed_bit_passes),
        cmocka_unit_test(a_missing_or_moved_line_is_noticed),
        cmocka_unit_test(a_torn_end_is_dropped),
        cmocka_unit_test(another_file_is_no_journal),
        cmocka_unit_test(lines_that_are_no_record_are_refused),
        cmocka_unit_test(a_full_disk_is_told),
        cmocka_unit_test(what_is_kept_is_on_the_disk_or_a_failure),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(PATH);
    return failed;
}
