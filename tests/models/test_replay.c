/* test_replay.c: session files: what is read, what is refused and with which line.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/check.h"
#include "tests/models/fixture.h"

#include "models/calendar.h"
#include "models/fleet/csv.h"
#include "sim/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "evse,arrival_min,departure_min,energy_kwh,battery_kwh\n"
#define NORWEGE                                                                                                        \
    "\"location\";\"user_id\";\"session_id\";\"plugin_time\";\"plugout_time\";\"connection_time\";\"energy_"           \
    "session\"\n"

struct reading {
    struct input_problem problems[INPUT_PROBLEMS_MAX];
    struct input_report report;
    struct replay replay;
    bool is_good;
};

static void read_text(struct reading *reading, const char *text, size_t length, const struct replay_config *config)
{
    struct replay_config plain = {.path = "test.csv", .from_unix_s = INT64_MIN};
    char *copy = malloc(length + 1); /* exact size: the sanitizer sees a read beyond */
    assert_non_null(copy);
    memcpy(copy, text, length);
    char *exact = realloc(copy, length == 0 ? 1 : length);
    assert_non_null(exact);
    input_report_init(&reading->report, reading->problems);
    reading->is_good = replay_read(&reading->replay, &reading->report, exact, length, config == NULL ? &plain : config);
    input_report_finish(&reading->report);
    free(exact);
}

static void read_string(struct reading *reading, const char *text)
{
    read_text(reading, text, strlen(text), NULL);
    if (!reading->is_good)
        fail_msg("line %u: %s", reading->problems[0].line, reading->problems[0].text);
}

static void the_derived_format_is_read_to_the_microsecond(void **state)
{
    (void)state;
    struct reading reading;
    read_string(&reading, HEAD "45,56,633,22.39,30.87\n7,1.5,2.25,0.000001,NA\n45,700,800,0,40\n");
    assert_int_equal(reading.replay.row_count, 3);
    assert_int_equal(reading.replay.car_count, 2);
    const struct replay_row *row = reading.replay.rows;
    assert_int_equal(row[0].arrival_us, 90 * SECOND_US);
    assert_int_equal(row[0].departure_us, 135 * SECOND_US);
    assert_int_equal(row[0].energy_uj, 3600000);
    assert_int_equal(row[0].battery_uj, 0);
    assert_int_equal(row[0].car, 0); /* first to come, whatever its line */
    assert_int_equal(row[1].car, 1);
    assert_int_equal(row[1].energy_uj, 80604000000000);
    assert_int_equal(row[1].battery_uj, 111132000000000);
    assert_int_equal(row[1].line, 2);
    assert_int_equal(row[2].car, 1);
    assert_int_equal(reading.report.problem_count, 0);
    replay_close(&reading.replay);
}

static void the_norwegian_format_is_read_with_comma_quotes_and_dates(void **state)
{
    (void)state;
    struct reading reading;
    read_string(&reading, NORWEGE "\"ASK\";\"A\"\"1\";\"s1\";2019-12-31 23:59:59;2020-01-01 00:00:01;0,000556;19,96\n"
                                  "\"TRO\";\"B\";\"s2\";2020-02-29 12:00:00;2020-03-01 12:00:00;24;\"1,5\"\n"
                                  "\"TRO\";\"B\";\"s3\";2020-02-29 12:00:00;NA;NA;1,5\n");
    assert_int_equal(reading.replay.row_count, 2);
    const struct replay_row *row = reading.replay.rows;
    assert_int_equal(row[0].arrival_us, 31 * DAY_US - SECOND_US); /* since 2019-12-01 */
    assert_int_equal(row[0].departure_us - row[0].arrival_us, 2 * SECOND_US);
    assert_int_equal(row[0].energy_uj, 71856000000000);
    assert_int_equal(row[1].arrival_us, (31 + 31 + 28) * DAY_US + 12 * HOUR_US);
    assert_int_equal(row[1].energy_uj, 5400000000000);
    assert_int_equal(reading.report.problem_count, 2);
    assert_string_equal(reading.problems[0].text, "1 rows with NA are left out");
    assert_string_equal(reading.problems[1].text, "time 0 is 2019-12-01 00:00");
    assert_int_equal(reading.problems[0].severity, INPUT_NOTE);
    replay_close(&reading.replay);
}

static void a_location_and_a_start_select_rows(void **state)
{
    (void)state;
    static const char text[] = NORWEGE "ASK;A;s1;2020-01-05 10:00:00;2020-01-05 11:00:00;1;2\n"
                                       "TRO;B;s2;2020-01-06 10:00:00;2020-01-06 11:00:00;1;2\n"
                                       "TRO;C;s3;2020-01-07 10:00:00;2020-01-07 11:00:00;1;2\n";
    struct reading reading;
    struct replay_config config = {
        .path = "test.csv", .location = "TRO", .from_unix_s = calendar_days_from_date(2020, 1, 7) * 86400};
    read_text(&reading, text, sizeof text - 1, &config);
    assert_true(reading.is_good);
    assert_int_equal(reading.replay.row_count, 1);
    assert_int_equal(reading.replay.car_count, 1);
    assert_int_equal(reading.replay.rows[0].arrival_us, 10 * HOUR_US);
    assert_string_equal(reading.problems[0].text, "1 sessions before time 0 are left out");
    replay_close(&reading.replay);
    config.location = "OSL";
    read_text(&reading, text, sizeof text - 1, &config);
    assert_false(reading.is_good);
    assert_string_equal(reading.problems[0].text, "no session of location 'OSL'");
}

static void line_ends_marks_blank_lines_and_column_order_do_not_matter(void **state)
{
    (void)state;
    static const char *const texts[] = {
        HEAD "1,0,60,2,40\n2,5,60,3,40\n",
        HEAD "1,0,60,2,40\n2,5,60,3,40",
        "\xef\xbb\xbf" HEAD "1,0,60,2,40\r\n\r\n2,5,60,3,40\r\n\n",
        "evse,arrival_min,departure_min,energy_kwh,battery_kwh\r\n\"1\",0,60,2,40\r\n\"2\",5,60,3,40",
        "battery_kwh,evse,energy_kwh,departure_min,arrival_min\n40,1,2,60,0\n40,2,3.000,+60,05\n",
        HEAD "2,5,60,3,40\n1,0,60,2,40\n",
        "evse,arrival_min,departure_min,energy_kwh,battery_kwh,colour\n1,0,60,2,40,r\xc3\xb8\xd0\xb4\n2,5,60,3,40,\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct reading reading;
        read_string(&reading, texts[i]);
        assert_int_equal(reading.replay.row_count, 2);
        assert_int_equal(reading.replay.rows[0].energy_uj, 2 * KWH_UJ);
        assert_int_equal(reading.replay.rows[1].arrival_us, 5 * MINUTE_US);
        assert_int_equal(reading.replay.rows[1].car, 1);
        replay_close(&reading.replay);
    }
}

struct bad {
    const char *text;
    unsigned line;
    const char *message; /* how it begins */
};

static void every_fault_is_told_with_its_line(void **state)
{
    (void)state;
    static const struct bad table[] = {
        {"", 0, "the file is empty"},
        {"\n\r\n\n", 0, "the file is empty"},
        {"\xef\xbb\xbf", 0, "the file is empty"},
        {"a,b,c\n1,2,3\n", 1, "not the header of a session file"},
        {"1,0,60,2,40\n", 1, "not the header of a session file"},
        {"\n\nevse,arrival_min,departure_min,energy_kwh\n1,2,3,4\n", 3, "column 'battery_kwh' is missing"},
        {"evse,evse,arrival_min,departure_min,energy_kwh,battery_kwh\n", 1, "column 'evse' is there twice"},
        {"location;user_id;session_id;plugin_time;plugout_time;connection_time\n", 1,
         "column 'energy_session' is missing"},
        {HEAD, 0, "no session"},
        {HEAD "1,0,60,2\n", 2, "4 fields, the header has 5"},
        {HEAD "1,0,60,2,40,9\n", 2, "6 fields, the header has 5"},
        {HEAD "1,0,60,2,40\n1,70,80,x,40\n", 3, "energy_kwh: 'x' is not a decimal number"},
        {HEAD "1,0,60,,40\n", 2, "energy_kwh: '' is not a decimal number"},
        {HEAD "1,0,60,nan,40\n", 2, "energy_kwh: 'nan' is not"},
        {HEAD "1,0,60,NaN,40\n", 2, "energy_kwh: 'NaN' is not"},
        {HEAD "1,0,inf,2,40\n", 2, "departure_min: 'inf' is not"},
        {HEAD "1,-inf,60,2,40\n", 2, "arrival_min: '-inf' is not"},
        {HEAD "1,0,60,1e3,40\n", 2, "energy_kwh: '1e3' is not"},
        {HEAD "1,0,60,0x10,40\n", 2, "energy_kwh: '0x10' is not"},
        {HEAD "1,0,60,1.2.3,40\n", 2, "energy_kwh: '1.2.3' is not"},
        {HEAD "1,0,60,--2,40\n", 2, "energy_kwh: '--2' is not"},
        {HEAD "1,0,60,.,40\n", 2, "energy_kwh: '.' is not"},
        {HEAD "1, 0,60,2,40\n", 2, "arrival_min: ' 0' is not"},
        {HEAD "1,0,60,-2,40\n", 2, "energy_kwh: -2 is outside 0..10000"},
        {HEAD "1,0,60,10001,40\n", 2, "energy_kwh: 10001 is outside 0..10000"},
        {HEAD "1,-1,60,2,40\n", 2, "arrival_min: -1 is outside"},
        {HEAD "1,0,60,99999999999999999999999999999999,40\n", 2, "energy_kwh: 9999999999999999999999999999999"},
        {HEAD "1,0,60,2,-40\n", 2, "battery_kwh: -40 is outside"},
        {HEAD "1,60,60,2,40\n", 2, "departure_min is not after arrival_min"},
        {HEAD "1,61,60,2,40\n", 2, "departure_min is not after arrival_min"},
        {HEAD ",0,60,2,40\n", 2, "evse: a name of 1..63 bytes is expected"},
        {HEAD "1,0,60,2,40\n2,0,60,2,40\n1,0,60,2,40\n", 4, "the same session is already in line 2"},
        {HEAD "\"1,0,60,2,40\n", 2, "quotes do not match"},
        {HEAD "\"1\"x,0,60,2,40\n", 2, "quotes do not match"},
        {HEAD "1,0,60,2,40\n1,0,\x01,2,40\n", 3, "line holds bytes that are not text"},
        {HEAD "1,0,60,2,40\r\r\n", 2, "line holds bytes that are not text"},
        {HEAD "\xc3\x28,0,60,2,40\n", 2, "line holds bytes that are not text"},
        {HEAD "\xed\xa0\x80,0,60,2,40\n", 2, "line holds bytes that are not text"},
        {NORWEGE
         "A;B;s1;2020-01-01 00:00:00;2020-01-01 01:00:00;1;2\nA;C;s1;2020-01-02 00:00:00;2020-01-02 01:00:00;1;2\n",
         3, "session_id: 's1' is already in line 2"},
        {NORWEGE "A;B;s1;2020-13-01 00:00:00;2020-01-01 01:00:00;1;2\n", 2,
         "plugin_time: '2020-13-01 00:00:00' is not"},
        {NORWEGE "A;B;s1;2019-02-29 00:00:00;2020-01-01 01:00:00;1;2\n", 2, "plugin_time: '2019-02-29"},
        {NORWEGE "A;B;s1;2020-01-01T00:00:00;2020-01-01 01:00:00;1;2\n", 2, "plugin_time: '2020-01-01T"},
        {NORWEGE "A;B;s1;2020-01-01 00:00;2020-01-01 01:00:00;1;2\n", 2, "plugin_time: '2020-01-01 00:00' is not"},
        {NORWEGE "A;B;s1;2020-01-01 24:00:00;2020-01-01 01:00:00;1;2\n", 2, "plugin_time: '2020-01-01 24"},
        {NORWEGE "A;B;s1;2020-01-01 02:00:00;2020-01-01 01:00:00;1;2\n", 2, "plugout_time is not after plugin_time"},
        {NORWEGE "A;B;s1;2020-01-01 00:00:00;2020-01-01 01:00:00;1;2.5\n", 2, "energy_session: '2.5' is not"},
        {NORWEGE "A;B;s1;2020-01-01 00:00:00;2020-01-01 01:00:00;x;2\n", 2, "connection_time: 'x' is not"},
        {NORWEGE "A;B;s1;NA;2020-01-01 01:00:00;1;2\n", 0, "no session"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct reading reading;
        read_text(&reading, table[i].text, strlen(table[i].text), NULL);
        if (reading.is_good)
            fail_msg("row %zu of the table was read without error", i);
        assert_null(reading.replay.rows);
        assert_int_equal(reading.problems[0].severity, INPUT_ERROR);
        assert_string_equal(reading.problems[0].file, "test.csv");
        if (reading.problems[0].line != table[i].line ||
            strncmp(reading.problems[0].text, table[i].message, strlen(table[i].message)) != 0)
            fail_msg("row %zu: line %u: %s", i, reading.problems[0].line, reading.problems[0].text);
    }
}

static void a_nul_byte_and_an_endless_line_are_refused(void **state)
{
    (void)state;
    static const char nul[] = HEAD "1,0,60\0,2,40\n";
    struct reading reading;
    read_text(&reading, nul, sizeof nul - 1, NULL);
    assert_false(reading.is_good);
    assert_int_equal(reading.problems[0].line, 2);
    char *text = malloc(sizeof HEAD + 100000);
    assert_non_null(text);
    memcpy(text, HEAD, sizeof HEAD - 1);
    memset(text + sizeof HEAD - 1, '1', 100000);
    read_text(&reading, text, sizeof HEAD - 1 + 100000, NULL);
    assert_false(reading.is_good);
    assert_string_equal(reading.problems[0].text, "line is longer than 4096 bytes");
    assert_int_equal(reading.problems[0].line, 2);
    free(text);
    char fields[300] = HEAD;
    for (int i = 0; i < 80; i++)
        strcat(fields, "1,");
    read_text(&reading, fields, strlen(fields), NULL);
    assert_string_equal(reading.problems[0].text, "line has more than 64 fields");
}

static void all_errors_come_at_once_and_the_rest_is_counted(void **state)
{
    (void)state;
    char text[4096] = HEAD;
    for (int i = 0; i < 50; i++)
        strcat(text, i % 2 ? "1,0,60,bad,40\n" : "1,60,0,2,40\n");
    struct reading reading;
    read_text(&reading, text, strlen(text), NULL);
    assert_int_equal(reading.report.problem_count, INPUT_PROBLEMS_MAX);
    assert_int_equal(reading.report.error_count, 50);
    for (unsigned i = 0; i < INPUT_PROBLEMS_MAX; i++)
        assert_int_equal(reading.problems[i].line, i + 2);
    assert_non_null(strstr(reading.problems[INPUT_PROBLEMS_MAX - 1].text, "(and 30 more errors)"));
}

static void numbers_round_to_the_nearest_and_know_their_range(void **state)
{
    (void)state;
    int64_t value;
    assert_int_equal(csv_number(&value, "0.1234567", '.', 1000000), NUMBER_OK);
    assert_int_equal(value, 123457);
    assert_int_equal(csv_number(&value, "-1,5", ',', 10), NUMBER_OK);
    assert_int_equal(value, -15);
    assert_int_equal(csv_number(&value, "0.33333333333333333333333333333333333333", '.', 1000000), NUMBER_OK);
    assert_int_equal(value, 333333);
    assert_int_equal(csv_number(&value, "000000000000000000000000000000000001", '.', 1), NUMBER_OK);
    assert_int_equal(value, 1);
    assert_int_equal(csv_number(&value, "4000000000000000001", '.', 1), NUMBER_RANGE);
    assert_int_equal(csv_number(&value, "-", '.', 1), NUMBER_SYNTAX);
}

/* Whatever the bytes: no crash, and either rows that hold what they promise or an error. */
static void damaged_files_are_read_or_refused_and_never_crash(void **state)
{
    (void)state;
    static const char *const seeds[] = {
        HEAD "1,0,60,2,40\n2,5,60,3,NA\n1,100,160,2.5,40\n",
        NORWEGE
        "\"A\";\"B\";\"s1\";2020-01-01 00:00:00;2020-01-01 01:00:00;1,0;2\nA;C;s2;2020-01-02 00:00:00;NA;NA;2\n",
    };
    struct sim_stream stream;
    stream_open(&stream, 5, 0, "test.replay", 0);
    gsl_rng *rng = stream_rng(&stream);
    int good = 0;
    for (int i = 0; i < 10000; i++) {
        char text[512];
        size_t length = strlen(seeds[i % 2]);
        memcpy(text, seeds[i % 2], length);
        for (unsigned long n = gsl_rng_uniform_int(rng, 4); n > 0; n--)
            text[gsl_rng_uniform_int(rng, length)] = (char)gsl_rng_uniform_int(rng, 256);
        if (gsl_rng_uniform_int(rng, 4) == 0)
            length = gsl_rng_uniform_int(rng, length);
        struct reading reading;
        read_text(&reading, text, length, NULL);
        assert_true(reading.is_good == (reading.report.error_count == 0));
        good += reading.is_good;
        for (size_t row = 0; row < reading.replay.row_count; row++) {
            const struct replay_row *r = &reading.replay.rows[row];
            assert_true(r->arrival_us >= 0 && r->departure_us > r->arrival_us && r->energy_uj >= 0);
            assert_true(r->car < reading.replay.car_count);
        }
        replay_close(&reading.replay);
    }
    assert_true(good > 1000 && good < 9000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_derived_format_is_read_to_the_microsecond),
        cmocka_unit_test(the_norwegian_format_is_read_with_comma_quotes_and_dates),
        cmocka_unit_test(a_location_and_a_start_select_rows),
        cmocka_unit_test(line_ends_marks_blank_lines_and_column_order_do_not_matter),
        cmocka_unit_test(every_fault_is_told_with_its_line),
        cmocka_unit_test(a_nul_byte_and_an_endless_line_are_refused),
        cmocka_unit_test(all_errors_come_at_once_and_the_rest_is_counted),
        cmocka_unit_test(numbers_round_to_the_nearest_and_know_their_range),
        cmocka_unit_test(damaged_files_are_read_or_refused_and_never_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
