/* trace.c: block times line by line, and what must hold between them.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/trace.h"

#include "models/calendar.h"
#include "models/fleet/csv.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MEDIAN_SPAN   11
#define TIME_MIN_S    INT64_C(1231006505) /* the genesis block */
#define TIME_MAX_S    INT64_C(4294967295) /* a header has 32 bits for it */
#define HEIGHT_MAX    INT64_C(100000000)
#define COLUMN_ABSENT SIZE_MAX

enum column { COLUMN_HEIGHT, COLUMN_TIME, COLUMN_COUNT };
static const char *const column_names[COLUMN_COUNT] = {"height", "unix_time"};

struct reader {
    struct trace *trace;
    struct input_report *report;
    const char *file;
    struct csv csv;
    size_t place[COLUMN_COUNT], width;
    size_t capacity;
    size_t errors_before;
    bool is_memory_out;
};

#define FAIL(reader, ...) input_report_add((reader)->report, INPUT_ERROR, (reader)->file, __VA_ARGS__)
#define NOTE(reader, ...) input_report_add((reader)->report, INPUT_NOTE, (reader)->file, __VA_ARGS__)

static bool has_failed(const struct reader *reader)
{
    return reader->report->error_count > reader->errors_before;
}

/* ---- lines ----------------------------------------------------------------------------------------------------- */

/* The next record that is no comment. A comment may hold anything. */
static enum csv_result next_record(struct reader *reader)
{
    struct csv *csv = &reader->csv;
    while (csv->next != csv->end && *csv->next == '#') {
        const char *stop = memchr(csv->next, '\n', (size_t)(csv->end - csv->next));
        csv->next = stop == NULL ? csv->end : stop + 1;
        csv->line++;
    }
    return csv_next(csv);
}

static bool read_header(struct reader *reader)
{
    unsigned line = reader->csv.line;
    bool is_good = true;
    reader->width = reader->csv.field_count;
    for (size_t column = 0; column < COLUMN_COUNT; column++) {
        reader->place[column] = COLUMN_ABSENT;
        for (size_t i = 0; i < reader->width; i++) {
            if (strcmp(reader->csv.fields[i], column_names[column]) != 0)
                continue;
            if (reader->place[column] != COLUMN_ABSENT) {
                FAIL(reader, line, "column '%s' is there twice", column_names[column]);
                is_good = false;
            }
            reader->place[column] = i;
        }
        if (reader->place[column] == COLUMN_ABSENT) {
            FAIL(reader, line, "column '%s' is missing; the header of block times is height,unix_time",
                 column_names[column]);
            is_good = false;
        }
    }
    for (size_t i = 0; is_good && i < reader->width; i++)
        if (i != reader->place[COLUMN_HEIGHT] && i != reader->place[COLUMN_TIME])
            NOTE(reader, line, "column '%.60s' is not read", reader->csv.fields[i]);
    return is_good;
}

static bool read_integer(struct reader *reader, int64_t *value, enum column column, int64_t least, int64_t most)
{
    const char *text = reader->csv.fields[reader->place[column]];
    enum number_result result =
        strspn(text, "0123456789") == strlen(text) ? csv_number(value, text, '.', 1) : NUMBER_SYNTAX;
    if (result == NUMBER_SYNTAX) {
        FAIL(reader, reader->csv.line, "%s: '%.40s' is not a whole number", column_names[column], text);
        return false;
    }
    if (result == NUMBER_RANGE || *value < least || *value > most) {
        FAIL(reader, reader->csv.line, "%s: %.40s is outside %" PRId64 "..%" PRId64, column_names[column], text, least,
             most);
        return false;
    }
    return true;
}

static bool keep(struct reader *reader, int64_t time_s)
{
    struct trace *trace = reader->trace;
    if (trace->block_count == reader->capacity) {
        size_t capacity = reader->capacity == 0 ? 4096 : reader->capacity * 2;
        int64_t *times = realloc(trace->header_s, capacity * sizeof times[0]);
        reader->is_memory_out = times == NULL;
        if (times == NULL)
            return false;
        trace->header_s = times;
        reader->capacity = capacity;
    }
    trace->header_s[trace->block_count++] = time_s;
    return true;
}

/* ---- between blocks -------------------------------------------------------------------------------------------- */

static int compare_times(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return a < b ? -1 : a > b;
}

static int64_t median_of(const int64_t *times)
{
    int64_t sorted[MEDIAN_SPAN];
    memcpy(sorted, times, sizeof sorted);
    qsort(sorted, MEDIAN_SPAN, sizeof sorted[0], compare_times);
    return sorted[MEDIAN_SPAN / 2];
}

static void take_record(struct reader *reader)
{
    struct trace *trace = reader->trace;
    unsigned line = reader->csv.line;
    if (reader->csv.field_count != reader->width) {
        FAIL(reader, line, "%zu fields, the header has %zu", reader->csv.field_count, reader->width);
        return;
    }
    int64_t height, time_s;
    bool is_good = read_integer(reader, &height, COLUMN_HEIGHT, 0, HEIGHT_MAX);
    is_good = read_integer(reader, &time_s, COLUMN_TIME, TIME_MIN_S, TIME_MAX_S) && is_good;
    if (!is_good)
        return;
    size_t count = trace->block_count;
    /* After an error the heights that follow would all be wrong: compare while the file was right so far. */
    if (count > 0 && !has_failed(reader) && height != trace->first_height + (int64_t)count)
        FAIL(reader, line, "height: %" PRId64 " does not follow %" PRId64, height,
             trace->first_height + (int64_t)count - 1);
    if (count >= MEDIAN_SPAN && time_s <= median_of(trace->header_s + count - MEDIAN_SPAN))
        FAIL(reader, line, "unix_time: %" PRId64 " is not after the median of the 11 blocks before", time_s);
    if (count == 0)
        trace->first_height = (uint32_t)height;
    keep(reader, time_s);
}

static void read_records(struct reader *reader)
{
    for (;;) {
        enum csv_result result = next_record(reader);
        if (result == CSV_END || reader->is_memory_out)
            return;
        if (reader->trace->block_count == TRACE_BLOCKS_MAX) {
            FAIL(reader, reader->csv.line, "more than %d blocks", TRACE_BLOCKS_MAX);
            return;
        }
        if (result == CSV_RECORD)
            take_record(reader);
        else
            FAIL(reader, reader->csv.line, "%s", csv_result_text(result));
    }
}

static void set_arrivals(struct reader *reader)
{
    struct trace *trace = reader->trace;
    trace->arrival_s = malloc(trace->block_count * sizeof trace->arrival_s[0]);
    reader->is_memory_out = trace->arrival_s == NULL;
    int64_t latest_s = 0;
    for (size_t i = 0; i < trace->block_count && !reader->is_memory_out; i++) {
        latest_s = trace->header_s[i] > latest_s ? trace->header_s[i] : latest_s;
        trace->arrival_s[i] = latest_s;
    }
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

static void read_file(struct reader *reader)
{
    enum csv_result result = next_record(reader);
    if (result == CSV_END) {
        FAIL(reader, 0, "the file is empty");
        return;
    }
    if (result != CSV_RECORD) {
        FAIL(reader, reader->csv.line, "%s", csv_result_text(result));
        return;
    }
    if (!read_header(reader))
        return;
    read_records(reader);
    if (!reader->is_memory_out && !has_failed(reader)) {
        if (reader->trace->block_count < 2)
            FAIL(reader, 0, "fewer than 2 blocks");
        else
            set_arrivals(reader);
    }
}

bool trace_read(struct trace *trace, struct input_report *report, const char *bytes, size_t length, const char *path)
{
    *trace = (struct trace){0};
    struct reader reader = {.trace = trace, .report = report, .file = path, .errors_before = report->error_count};
    csv_init(&reader.csv, bytes, length, ',');
    read_file(&reader);
    if (reader.is_memory_out)
        FAIL(&reader, 0, "memory is out");
    if (!has_failed(&reader)) {
        size_t negative = trace_negative_gaps(trace);
        if (negative > 0)
            NOTE(&reader, 0, "%zu blocks have a header time before that of the block before", negative);
        return true;
    }
    trace_close(trace);
    return false;
}

void trace_close(struct trace *trace)
{
    free(trace->header_s);
    free(trace->arrival_s);
    *trace = (struct trace){0};
}

/* ---- replay ---------------------------------------------------------------------------------------------------- */

int64_t trace_arrival_us(const struct trace *trace, size_t block)
{
    assert(block < trace->block_count);
    return (trace->arrival_s[block] - trace->arrival_s[0]) * SECOND_US;
}

size_t trace_next(const struct trace *trace, int64_t now_us)
{
    size_t low = 0, high = trace->block_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (trace_arrival_us(trace, middle) > now_us)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

int64_t trace_wait_us(const struct trace *trace, int64_t now_us, unsigned confirmations)
{
    assert(confirmations >= 1);
    size_t last = trace_next(trace, now_us) + confirmations - 1;
    return last >= trace->block_count ? TRACE_NEVER_US : trace_arrival_us(trace, last) - now_us;
}

int64_t trace_header_span_s(const struct trace *trace, size_t first, size_t last)
{
    assert(first <= last && last < trace->block_count);
    return trace->header_s[last] - trace->header_s[first];
}

size_t trace_negative_gaps(const struct trace *trace)
{
    size_t count = 0;
    for (size_t i = 1; i < trace->block_count; i++)
        count += trace->header_s[i] < trace->header_s[i - 1];
    return count;
}
