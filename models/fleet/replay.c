/* replay.c: the two session formats, row by row, and what must hold between rows.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/fleet/replay.h"

#include "models/calendar.h"
#include "models/fleet/csv.h"
#include "models/fleet/names.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define UJ_PER_KWH    INT64_C(3600000000000)
#define TIME_MAX_US   (INT64_C(36525) * DAY_US) /* a hundred years */
#define ENERGY_MAX_UJ (INT64_C(10000) * UJ_PER_KWH)

enum column {
    COLUMN_CAR,
    COLUMN_ARRIVAL,
    COLUMN_DEPARTURE,
    COLUMN_ENERGY,
    COLUMN_BATTERY,
    COLUMN_LOCATION,
    COLUMN_SESSION,
    COLUMN_DURATION,
    COLUMN_COUNT
};

struct format {
    char separator, mark;
    bool has_dates;
    const char *columns[COLUMN_COUNT]; /* NULL: not in this format */
};

static const struct format derived = {
    .separator = ',',
    .mark = '.',
    .columns = {[COLUMN_CAR] = "evse",
                [COLUMN_ARRIVAL] = "arrival_min",
                [COLUMN_DEPARTURE] = "departure_min",
                [COLUMN_ENERGY] = "energy_kwh",
                [COLUMN_BATTERY] = "battery_kwh"},
};
static const struct format norwegian = {
    .separator = ';',
    .mark = ',',
    .has_dates = true,
    .columns = {[COLUMN_CAR] = "user_id",
                [COLUMN_ARRIVAL] = "plugin_time",
                [COLUMN_DEPARTURE] = "plugout_time",
                [COLUMN_ENERGY] = "energy_session",
                [COLUMN_LOCATION] = "location",
                [COLUMN_SESSION] = "session_id",
                [COLUMN_DURATION] = "connection_time"},
};

struct reader {
    struct replay *replay;
    struct input_report *report;
    const char *file;
    const struct format *format;
    const char *location;
    struct csv csv;
    size_t place[COLUMN_COUNT]; /* field of each column */
    size_t width;               /* fields per line */
    size_t capacity;
    size_t not_available_count;
    enum input_severity fault_severity;
    unsigned *session_lines; /* line of each session name */
    struct names cars, sessions;
    bool is_memory_out;
};

#define FAIL(reader, ...) input_report_add((reader)->report, INPUT_ERROR, (reader)->file, __VA_ARGS__)
#define FAULT(reader, ...)                                                                                             \
    input_report_add((reader)->report, (reader)->fault_severity, (reader)->file, __VA_ARGS__) /* of one row */
#define NOTE(reader, ...) input_report_add((reader)->report, INPUT_NOTE, (reader)->file, __VA_ARGS__)

static bool is_missing(const char *field)
{
    return strcmp(field, "NA") == 0;
}

/* ---- header ---------------------------------------------------------------------------------------------------- */

static enum column column_of(const struct format *format, const char *name)
{
    for (int i = 0; i < COLUMN_COUNT; i++)
        if (format->columns[i] != NULL && strcmp(format->columns[i], name) == 0)
            return (enum column)i;
    return COLUMN_COUNT;
}

static bool check_columns(struct reader *reader, size_t known_count)
{
    unsigned line = reader->csv.line;
    if (known_count == 0) {
        FAIL(reader, line,
             "not the header of a session file; expected evse,arrival_min,departure_min,energy_kwh,battery_kwh or "
             "location;user_id;session_id;plugin_time;plugout_time;connection_time;energy_session");
        return false;
    }
    bool is_complete = true;
    for (int i = 0; i < COLUMN_COUNT; i++)
        if (reader->format->columns[i] != NULL && reader->place[i] == SIZE_MAX) {
            FAIL(reader, line, "column '%s' is missing", reader->format->columns[i]);
            is_complete = false;
        }
    return is_complete;
}

static bool read_header(struct reader *reader)
{
    size_t known_count = 0;
    for (int i = 0; i < COLUMN_COUNT; i++)
        reader->place[i] = SIZE_MAX;
    reader->width = reader->csv.field_count;
    for (size_t i = 0; i < reader->width; i++) {
        const char *name = reader->csv.fields[i];
        enum column column = column_of(reader->format, name);
        if (column == COLUMN_COUNT)
            continue;
        if (reader->place[column] != SIZE_MAX) {
            FAIL(reader, reader->csv.line, "column '%s' is there twice", name);
            return false;
        }
        reader->place[column] = i;
        known_count++;
    }
    if (!check_columns(reader, known_count))
        return false;
    for (size_t i = 0; i < reader->width; i++)
        if (column_of(reader->format, reader->csv.fields[i]) == COLUMN_COUNT)
            NOTE(reader, reader->csv.line, "column '%.60s' is not read", reader->csv.fields[i]);
    return true;
}

/* ---- fields ---------------------------------------------------------------------------------------------------- */

static const char *field_of(const struct reader *reader, enum column column)
{
    return reader->csv.fields[reader->place[column]];
}

static bool read_number(struct reader *reader, int64_t *value, enum column column, int64_t scale, int64_t maximum)
{
    const char *text = field_of(reader, column);
    const char *name = reader->format->columns[column];
    switch (csv_number(value, text, reader->format->mark, scale)) {
    case NUMBER_SYNTAX:
        FAULT(reader, reader->csv.line, "%s: '%.40s' is not a decimal number with the mark '%c'", name, text,
              reader->format->mark);
        return false;
    case NUMBER_RANGE:
        FAULT(reader, reader->csv.line, "%s: %.40s is too large", name, text);
        return false;
    case NUMBER_OK:
        break;
    }
    if (*value < 0 || *value > maximum) {
        FAULT(reader, reader->csv.line, "%s: %.40s is outside 0..%" PRId64, name, text, maximum / scale);
        return false;
    }
    return true;
}

/* Exactly count digits. Returns -1 if there are none such. */
static int digits(const char *text, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + text[i] - '0';
    }
    return value;
}

/* "2019-11-28 19:08:00" as seconds since 1970-01-01 of a civil clock without zone. */
static bool read_date(struct reader *reader, int64_t *unix_s, enum column column)
{
    const char *text = field_of(reader, column);
    static const char pattern[] = "dddd-dd-dd dd:dd:dd";
    bool has_form = strlen(text) == sizeof pattern - 1;
    for (size_t i = 0; has_form && i < sizeof pattern - 1; i++)
        has_form = pattern[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == pattern[i];
    if (has_form) {
        int year = digits(text, 4), month = digits(text + 5, 2), day = digits(text + 8, 2);
        int hour = digits(text + 11, 2), minute = digits(text + 14, 2), second = digits(text + 17, 2);
        if (calendar_date_exists(year, month, day) && hour < 24 && minute < 60 && second < 60) {
            *unix_s = calendar_days_from_date(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
            return true;
        }
    }
    FAULT(reader, reader->csv.line, "%s: '%.40s' is not a moment like 2019-11-28 19:08:00",
          reader->format->columns[column], text);
    return false;
}

static bool read_name(struct reader *reader, uint32_t *number, struct names *names, enum column column)
{
    const char *text = field_of(reader, column);
    size_t length = strlen(text);
    if (length == 0 || length > REPLAY_NAME_MAX) {
        FAULT(reader, reader->csv.line, "%s: a name of 1..%d bytes is expected", reader->format->columns[column],
              REPLAY_NAME_MAX);
        return false;
    }
    *number = names_add(names, text);
    reader->is_memory_out |= *number == NAMES_NONE;
    return *number != NAMES_NONE;
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */

static bool read_times(struct reader *reader, struct replay_row *row)
{
    if (!reader->format->has_dates)
        return read_number(reader, &row->arrival_us, COLUMN_ARRIVAL, MINUTE_US, TIME_MAX_US) &&
               read_number(reader, &row->departure_us, COLUMN_DEPARTURE, MINUTE_US, TIME_MAX_US);
    int64_t arrival_s, departure_s, connected_us;
    if (!read_date(reader, &arrival_s, COLUMN_ARRIVAL) || !read_date(reader, &departure_s, COLUMN_DEPARTURE) ||
        !read_number(reader, &connected_us, COLUMN_DURATION, HOUR_US, TIME_MAX_US))
        return false;
    row->arrival_us = arrival_s * SECOND_US; /* moved to time 0 when all rows are known */
    row->departure_us = departure_s * SECOND_US;
    return true;
}

static bool has_missing(const struct reader *reader)
{
    for (int i = 0; i < COLUMN_COUNT; i++)
        if (reader->format->columns[i] != NULL && i != COLUMN_BATTERY && is_missing(field_of(reader, (enum column)i)))
            return true;
    return false;
}

static bool remember_session(struct reader *reader)
{
    uint32_t known_count = reader->sessions.count, number;
    if (!read_name(reader, &number, &reader->sessions, COLUMN_SESSION))
        return false;
    if (number < known_count) {
        FAULT(reader, reader->csv.line, "session_id: '%s' is already in line %u", field_of(reader, COLUMN_SESSION),
              reader->session_lines[number]);
        return false;
    }
    if ((number & (number + 1)) == 0) { /* grows to the next power of two */
        unsigned *lines = realloc(reader->session_lines, ((size_t)number + 1) * 2 * sizeof lines[0]);
        if (lines == NULL) {
            reader->is_memory_out = true;
            return false;
        }
        reader->session_lines = lines;
    }
    reader->session_lines[number] = reader->csv.line;
    return true;
}

static bool read_row(struct reader *reader, struct replay_row *row)
{
    *row = (struct replay_row){.line = reader->csv.line};
    if (!read_times(reader, row))
        return false;
    if (row->departure_us <= row->arrival_us) {
        FAULT(reader, row->line, "%s is not after %s", reader->format->columns[COLUMN_DEPARTURE],
              reader->format->columns[COLUMN_ARRIVAL]);
        return false;
    }
    if (!read_number(reader, &row->energy_uj, COLUMN_ENERGY, UJ_PER_KWH, ENERGY_MAX_UJ))
        return false;
    if (reader->format->columns[COLUMN_BATTERY] != NULL && !is_missing(field_of(reader, COLUMN_BATTERY)) &&
        !read_number(reader, &row->battery_uj, COLUMN_BATTERY, UJ_PER_KWH, ENERGY_MAX_UJ))
        return false;
    return true;
}

static bool keep_row(struct reader *reader, const struct replay_row *row)
{
    struct replay *replay = reader->replay;
    if (replay->row_count == reader->capacity) {
        size_t capacity = reader->capacity == 0 ? 1024 : reader->capacity * 2;
        struct replay_row *rows = realloc(replay->rows, capacity * sizeof rows[0]);
        if (rows == NULL) {
            reader->is_memory_out = true;
            return false;
        }
        replay->rows = rows;
        reader->capacity = capacity;
    }
    replay->rows[replay->row_count++] = *row;
    return true;
}

static void take_record(struct reader *reader)
{
    if (reader->csv.field_count != reader->width) {
        FAULT(reader, reader->csv.line, "%zu fields, the header has %zu", reader->csv.field_count, reader->width);
        reader->replay->faulty_count++;
        return;
    }
    bool is_here = reader->format->columns[COLUMN_LOCATION] == NULL || reader->location[0] == '\0' ||
                   strcmp(field_of(reader, COLUMN_LOCATION), reader->location) == 0;
    if (has_missing(reader)) {
        reader->not_available_count += is_here;
        return;
    }
    struct replay_row row;
    bool is_session = read_row(reader, &row) &&
                      (reader->format->columns[COLUMN_SESSION] == NULL || remember_session(reader)) &&
                      (!is_here || read_name(reader, &row.car, &reader->cars, COLUMN_CAR));
    if (is_session && is_here)
        keep_row(reader, &row);
    reader->replay->faulty_count += !is_session;
}

static void read_records(struct reader *reader)
{
    for (;;) {
        enum csv_result result = csv_next(&reader->csv);
        if (result == CSV_END || reader->is_memory_out)
            return;
        if (reader->replay->row_count == REPLAY_ROWS_MAX) {
            FAIL(reader, reader->csv.line, "more than %d sessions", REPLAY_ROWS_MAX);
            return;
        }
        if (result == CSV_RECORD) {
            take_record(reader);
        } else {
            FAULT(reader, reader->csv.line, "%s", csv_result_text(result));
            reader->replay->faulty_count++;
        }
    }
}

/* ---- between rows ---------------------------------------------------------------------------------------------- */

static int order_of(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_rows(const void *left, const void *right)
{
    const struct replay_row *a = left, *b = right;
    int order = order_of(a->arrival_us, b->arrival_us);
    return order != 0 ? order : order_of(a->line, b->line);
}

static int compare_contents(const void *left, const void *right)
{
    const struct replay_row *a = left, *b = right;
    int64_t differences[][2] = {{a->arrival_us, b->arrival_us}, {a->departure_us, b->departure_us}, {a->car, b->car},
                                {a->energy_uj, b->energy_uj},   {a->battery_uj, b->battery_uj},     {a->line, b->line}};
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        int order = order_of(differences[i][0], differences[i][1]);
        if (order != 0)
            return order;
    }
    return 0;
}

/* Without session names, equal rows are one session written twice. */
static void check_duplicates(struct reader *reader)
{
    struct replay *replay = reader->replay;
    if (reader->format->columns[COLUMN_SESSION] != NULL || replay->row_count == 0)
        return;
    qsort(replay->rows, replay->row_count, sizeof replay->rows[0], compare_contents);
    for (size_t i = 1; i < replay->row_count; i++) {
        struct replay_row earlier = replay->rows[i - 1];
        unsigned line = earlier.line;
        earlier.line = replay->rows[i].line;
        if (compare_contents(&earlier, &replay->rows[i]) == 0)
            FAIL(reader, replay->rows[i].line, "the same session is already in line %u", line);
    }
}

/* Civil seconds become microseconds since time 0; what lies before it is left out. */
static void move_to_start(struct reader *reader, int64_t from_unix_s)
{
    struct replay *replay = reader->replay;
    if (from_unix_s == INT64_MIN && replay->row_count > 0) {
        struct civil_time civil;
        calendar_civil(&civil, 0, replay->rows[0].arrival_us);
        from_unix_s = calendar_days_from_date(civil.year, civil.month, 1) * 86400;
        NOTE(reader, 0, "time 0 is %04d-%02d-01 00:00", civil.year, civil.month);
    }
    size_t kept = 0;
    for (size_t i = 0; i < replay->row_count; i++) {
        struct replay_row row = replay->rows[i];
        row.arrival_us -= from_unix_s * SECOND_US;
        row.departure_us -= from_unix_s * SECOND_US;
        if (row.arrival_us >= 0)
            replay->rows[kept++] = row;
    }
    if (kept < replay->row_count)
        NOTE(reader, 0, "%zu sessions before time 0 are left out", replay->row_count - kept);
    replay->row_count = kept;
    replay->start_unix_s = from_unix_s;
}

/* Cars by first arrival, so that a file in another order of lines is the same world. */
static bool number_cars(struct reader *reader)
{
    struct replay *replay = reader->replay;
    uint32_t *numbers = malloc(((size_t)reader->cars.count + 1) * sizeof numbers[0]);
    if (numbers == NULL) {
        reader->is_memory_out = true;
        return false;
    }
    memset(numbers, 0xff, ((size_t)reader->cars.count + 1) * sizeof numbers[0]);
    replay->car_count = 0;
    for (size_t i = 0; i < replay->row_count; i++) {
        uint32_t *number = &numbers[replay->rows[i].car];
        if (*number == UINT32_MAX)
            *number = replay->car_count++;
        replay->rows[i].car = *number;
    }
    free(numbers);
    return true;
}

static void finish_rows(struct reader *reader, const struct replay_config *config)
{
    struct replay *replay = reader->replay;
    check_duplicates(reader);
    if (replay->row_count > 0)
        qsort(replay->rows, replay->row_count, sizeof replay->rows[0], compare_rows);
    replay->missing_count = reader->not_available_count;
    if (reader->not_available_count > 0)
        NOTE(reader, 0, "%zu rows with NA are left out", reader->not_available_count);
    if (reader->format->has_dates)
        move_to_start(reader, config->from_unix_s);
    if (replay->row_count == 0 && reader->report->error_count == 0) {
        if (reader->location[0] != '\0')
            FAIL(reader, 0, "no session of location '%.60s'", reader->location);
        else
            FAIL(reader, 0, "no session");
    }
    number_cars(reader);
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

static const struct format *format_of(const char *bytes, size_t length)
{
    const char *stop = length == 0 ? NULL : memchr(bytes, '\n', length);
    size_t first_length = stop == NULL ? length : (size_t)(stop - bytes);
    return first_length > 0 && memchr(bytes, ';', first_length) != NULL ? &norwegian : &derived;
}

static void read_file(struct reader *reader, const struct replay_config *config)
{
    enum csv_result result = csv_next(&reader->csv);
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
    if (!reader->is_memory_out)
        finish_rows(reader, config);
    if (reader->is_memory_out)
        FAIL(reader, 0, "memory is out");
}

bool replay_read(struct replay *replay, struct input_report *report, const char *bytes, size_t length,
                 const struct replay_config *config)
{
    *replay = (struct replay){.start_unix_s = INT64_MIN};
    size_t errors_before = report->error_count;
    struct reader reader = {.replay = replay,
                            .report = report,
                            .file = config->path,
                            .format = format_of(bytes, length),
                            .location = config->location == NULL ? "" : config->location,
                            .fault_severity = config->faults == REPLAY_LEAVE_OUT ? INPUT_NOTE : INPUT_ERROR};
    names_init(&reader.cars);
    names_init(&reader.sessions);
    csv_init(&reader.csv, bytes, length, reader.format->separator);
    read_file(&reader, config);
    names_close(&reader.cars);
    names_close(&reader.sessions);
    free(reader.session_lines);
    if (report->error_count == errors_before)
        return true;
    replay_close(replay);
    return false;
}

void replay_close(struct replay *replay)
{
    free(replay->rows);
    *replay = (struct replay){.start_unix_s = INT64_MIN};
}
