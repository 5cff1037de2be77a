/* test_chain_trace.c: files of block times, read or refused; the real blocks of 2018-03 and the sampler.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/near.h"

#include "models/calendar.h"
#include "models/chain/blocks.h"
#include "models/chain/trace.h"
#include "sim/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REAL KONSENTO_SHARED "/data/btc_block_times_2018-03.csv"
#define HEAD "height,unix_time\n"

struct reading {
    struct input_problem problems[INPUT_PROBLEMS_MAX];
    struct input_report report;
    struct trace trace;
    bool is_good;
};

static void read_text(struct reading *reading, const char *text, size_t length)
{
    char *exact = malloc(length == 0 ? 1 : length); /* exact size: the sanitizer sees a read beyond */
    assert_non_null(exact);
    memcpy(exact, text, length);
    input_report_init(&reading->report, reading->problems);
    reading->is_good = trace_read(&reading->trace, &reading->report, exact, length, "blocks.csv");
    input_report_finish(&reading->report);
    free(exact);
}

/* Returns false if there is no such file. */
static bool read_real(struct reading *reading)
{
    FILE *file = fopen(REAL, "rb");
    if (file == NULL)
        return false;
    static char text[200000];
    size_t length = fread(text, 1, sizeof text, file);
    fclose(file);
    assert_true(length > 0 && length < sizeof text);
    read_text(reading, text, length);
    if (!reading->is_good)
        fail_msg("line %u: %s", reading->problems[0].line, reading->problems[0].text);
    return true;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

static void heights_and_times_are_read_and_arrivals_never_fall(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "# a comment, with \"quotes\n" HEAD "7,1520000100\n# another\n8,1520000700\n9,1520000600\n10,1520001300\n",
        "\xef\xbb\xbf#\r\nunix_time,height\r\n1520000100,7\r\n1520000700,8\r\n1520000600,9\r\n1520001300,10",
        "height,unix_time,pool\n7,1520000100,a\n8,1520000700,\n9,1520000600,b\n10,1520001300,c\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct reading reading;
        read_text(&reading, texts[i], strlen(texts[i]));
        assert_true(reading.is_good);
        const struct trace *trace = &reading.trace;
        assert_int_equal(trace->block_count, 4);
        assert_int_equal(trace->first_height, 7);
        assert_int_equal(trace_negative_gaps(trace), 1);
        assert_int_equal(trace_arrival_us(trace, 0), 0);
        assert_int_equal(trace_arrival_us(trace, 1), 600 * SECOND_US);
        assert_int_equal(trace_arrival_us(trace, 2), 600 * SECOND_US);
        assert_int_equal(trace_arrival_us(trace, 3), 1200 * SECOND_US);
        assert_int_equal(trace_header_span_s(trace, 1, 2), -100);
        assert_int_equal(reading.problems[0].severity, INPUT_NOTE);
        trace_close(&reading.trace);
    }
}

static void a_payer_waits_for_the_next_blocks(void **state)
{
    (void)state;
    static const char text[] = HEAD "7,1520000100\n8,1520000700\n9,1520000600\n10,1520001300\n";
    struct reading reading;
    read_text(&reading, text, sizeof text - 1);
    assert_true(reading.is_good);
    const struct trace *trace = &reading.trace;
    assert_int_equal(trace_next(trace, -1), 0);
    assert_int_equal(trace_next(trace, 0), 1);
    assert_int_equal(trace_next(trace, 600 * SECOND_US - 1), 1);
    assert_int_equal(trace_next(trace, 600 * SECOND_US), 3);
    assert_int_equal(trace_next(trace, 1200 * SECOND_US), 4);
    assert_int_equal(trace_wait_us(trace, 100 * SECOND_US, 1), 500 * SECOND_US);
    assert_int_equal(trace_wait_us(trace, 100 * SECOND_US, 2), 500 * SECOND_US);
    assert_int_equal(trace_wait_us(trace, 100 * SECOND_US, 3), 1100 * SECOND_US);
    assert_true(trace_wait_us(trace, 100 * SECOND_US, 4) == TRACE_NEVER_US);
    assert_true(trace_wait_us(trace, 1200 * SECOND_US, 1) == TRACE_NEVER_US);
    trace_close(&reading.trace);
}

static void every_fault_is_told_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line;
        const char *message; /* how it begins */
    } table[] = {
        {"", 0, "the file is empty"},
        {"# only a comment", 0, "the file is empty"},
        {"#\n#\n\n", 0, "the file is empty"},
        {HEAD, 0, "fewer than 2 blocks"},
        {HEAD "7,1520000100\n", 0, "fewer than 2 blocks"},
        {"7,1520000100\n8,1520000700\n", 1, "column 'height' is missing"},
        {"#\n\nheight,time\n", 3, "column 'unix_time' is missing"},
        {"height,height,unix_time\n", 1, "column 'height' is there twice"},
        {HEAD "7,1520000100\n8\n", 3, "1 fields, the header has 2"},
        {HEAD "7,1520000100\n8,1520000700,1\n", 3, "3 fields, the header has 2"},
        {HEAD "7,1520000100\n#\n9,1520000700\n", 4, "height: 9 does not follow 7"},
        {HEAD "7,1520000100\n7,1520000700\n", 3, "height: 7 does not follow 7"},
        {HEAD "8,1520000100\n7,1520000700\n", 3, "height: 7 does not follow 8"},
        {HEAD "x,1520000100\n", 2, "height: 'x' is not a whole number"},
        {HEAD ",1520000100\n", 2, "height: '' is not a whole number"},
        {HEAD "-7,1520000100\n", 2, "height: '-7' is not a whole number"},
        {HEAD "7,1520000100.5\n", 2, "unix_time: '1520000100.5' is not"},
        {HEAD "7,2018-03-05\n", 2, "unix_time: '2018-03-05' is not"},
        {HEAD "7,1e9\n", 2, "unix_time: '1e9' is not"},
        {HEAD "7,nan\n", 2, "unix_time: 'nan' is not"},
        {HEAD "7,1231006504\n", 2, "unix_time: 1231006504 is outside"},
        {HEAD "7,4294967296\n", 2, "unix_time: 4294967296 is outside"},
        {HEAD "7,99999999999999999999999\n", 2, "unix_time: 99999999999999999999999 is outside"},
        {HEAD "999999999,1520000100\n", 2, "height: 999999999 is outside"},
        {HEAD "7,\"1520000100\n", 2, "quotes do not match"},
        {HEAD "7,152000\x01\n", 2, "line holds bytes that are not text"},
        {HEAD "7,\xc3\x28\n", 2, "line holds bytes that are not text"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct reading reading;
        read_text(&reading, table[i].text, strlen(table[i].text));
        if (reading.is_good)
            fail_msg("row %zu of the table was read without error", i);
        assert_null(reading.trace.header_s);
        assert_null(reading.trace.arrival_s);
        assert_string_equal(reading.problems[0].file, "blocks.csv");
        if (reading.problems[0].line != table[i].line ||
            strncmp(reading.problems[0].text, table[i].message, strlen(table[i].message)) != 0)
            fail_msg("row %zu: line %u: %s", i, reading.problems[0].line, reading.problems[0].text);
    }
}

static void a_header_before_the_median_of_eleven_is_refused(void **state)
{
    (void)state;
    char text[1000] = HEAD;
    size_t length = strlen(text);
    for (int i = 0; i < 11; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%d,%d\n", i, 1520000000 + 600 * i);
    struct reading reading;
    snprintf(text + length, sizeof text - length, "11,%d\n", 1520000000 + 600 * 5 + 1);
    read_text(&reading, text, strlen(text));
    assert_true(reading.is_good);
    trace_close(&reading.trace);
    snprintf(text + length, sizeof text - length, "11,%d\n", 1520000000 + 600 * 5);
    read_text(&reading, text, strlen(text));
    assert_false(reading.is_good);
    assert_int_equal(reading.problems[0].line, 13);
    assert_string_equal(reading.problems[0].text,
                        "unix_time: 1520003000 is not after the median of the 11 blocks before");
}

static void errors_of_other_files_do_not_hide_ours(void **state)
{
    (void)state;
    static const char text[] = HEAD "7,1520000100\n9,1520000700\n";
    struct reading reading;
    input_report_init(&reading.report, reading.problems);
    input_report_add(&reading.report, INPUT_ERROR, "other.csv", 1, "something");
    assert_false(trace_read(&reading.trace, &reading.report, text, sizeof text - 1, "blocks.csv"));
    assert_int_equal(reading.report.error_count, 2);
    static const char good[] = HEAD "7,1520000100\n8,1520000700\n";
    assert_true(trace_read(&reading.trace, &reading.report, good, sizeof good - 1, "blocks.csv"));
    assert_non_null(reading.trace.arrival_s);
    trace_close(&reading.trace);
}

/* Whatever the bytes: no crash, and either a trace that holds what it promises or an error. */
static void damaged_files_are_read_or_refused_and_never_crash(void **state)
{
    (void)state;
    static const char seed[] = "# c\n" HEAD "7,1520000100\n8,1520000700\n9,1520000600\n10,1520001300\n";
    struct sim_stream stream;
    stream_open(&stream, 5, 0, "test.trace", 0);
    gsl_rng *rng = stream_rng(&stream);
    int good = 0;
    for (int i = 0; i < 10000; i++) {
        char text[sizeof seed];
        size_t length = sizeof seed - 1;
        memcpy(text, seed, length);
        for (unsigned long n = gsl_rng_uniform_int(rng, 3); n > 0; n--)
            text[gsl_rng_uniform_int(rng, length)] = (char)gsl_rng_uniform_int(rng, 256);
        if (gsl_rng_uniform_int(rng, 4) == 0)
            length = gsl_rng_uniform_int(rng, length);
        struct reading reading;
        read_text(&reading, text, length);
        assert_true(reading.is_good == (reading.report.error_count == 0));
        good += reading.is_good;
        for (size_t k = 0; k < reading.trace.block_count; k++) {
            assert_true(trace_arrival_us(&reading.trace, k) >= 0);
            assert_true(k == 0 || reading.trace.arrival_s[k] >= reading.trace.arrival_s[k - 1]);
        }
        trace_close(&reading.trace);
    }
    assert_true(good > 1000 && good < 9000);
}

/* ---- the real month -------------------------------------------------------------------------------------------- */

#define GAPS (BLOCKS_PER_PERIOD)

static const unsigned depths[4] = {1, 2, 3, 6};
static const double shares[3] = {0.50, 0.90, 0.99};

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

/* Waits of payers who arrive evenly over the time in which n blocks still follow. Returns their mean. */
static double waits(double quantiles_s[3], const double *arrival_s, size_t count, unsigned n)
{
    enum { PAYERS = 20000 };
    static double waited[PAYERS];
    double end_s = arrival_s[count - n], sum = 0.0;
    size_t next = 0;
    for (int i = 0; i < PAYERS; i++) {
        double now_s = arrival_s[0] + (end_s - arrival_s[0]) * (i + 0.5) / PAYERS;
        while (arrival_s[next] <= now_s)
            next++;
        waited[i] = arrival_s[next + n - 1] - now_s;
        sum += waited[i];
    }
    qsort(waited, PAYERS, sizeof waited[0], compare_doubles);
    for (int i = 0; i < 3; i++)
        quantiles_s[i] = waited[(int)(shares[i] * PAYERS)];
    return sum / PAYERS;
}

static void real_waits(double quantiles_s[3], double *mean_s, const struct trace *trace, unsigned n)
{
    static double arrival_s[GAPS + 1];
    assert_int_equal(trace->block_count, GAPS + 1);
    for (size_t i = 0; i < trace->block_count; i++)
        arrival_s[i] = (double)trace_arrival_us(trace, i) / 1e6;
    *mean_s = waits(quantiles_s, arrival_s, trace->block_count, n);
}

static void the_real_period_has_its_published_figures(void **state)
{
    (void)state;
    struct reading reading;
    if (!read_real(&reading))
        skip();
    const struct trace *trace = &reading.trace;
    assert_int_equal(trace->block_count, 2017);
    assert_int_equal(trace->first_height, 512064);
    assert_int_equal(trace_negative_gaps(trace), 9);
    assert_string_equal(reading.problems[0].text, "9 blocks have a header time before that of the block before");
    /* 2015 gaps decide the retarget. */
    assert_int_equal(trace_header_span_s(trace, 0, 2015), 1149536);
    near(blocks_retarget_factor((double)trace_header_span_s(trace, 0, 2015), 600.0), 1.05225, 5e-6);
    double gaps[GAPS], sum = 0.0, squares = 0.0;
    int long_gaps = 0;
    for (size_t i = 0; i < GAPS; i++) {
        gaps[i] = (double)trace_header_span_s(trace, i, i + 1);
        sum += gaps[i];
        squares += gaps[i] * gaps[i];
        long_gaps += gaps[i] > 3600.0;
    }
    qsort(gaps, GAPS, sizeof gaps[0], compare_doubles);
    double mean = sum / GAPS;
    near(mean, 570.2, 0.1);
    near(sqrt(squares / GAPS - mean * mean), 544.0, 1.0);
    near((gaps[GAPS / 2 - 1] + gaps[GAPS / 2]) / 2.0, 412.0, 1.0);
    assert_int_equal(long_gaps, 2);
    trace_close(&reading.trace);
}

static void payers_of_2018_03_wait_as_measured(void **state)
{
    (void)state;
    static const double measured[4][3] = {{384, 1249, 2361}, {952, 2101, 3531}, {1513, 2879, 4356}, {3227, 5019, 6726}};
    struct reading reading;
    if (!read_real(&reading))
        skip();
    for (int i = 0; i < 4; i++) {
        double quantiles_s[3], mean_s;
        real_waits(quantiles_s, &mean_s, &reading.trace, depths[i]);
        print_message("real blocks, n = %u: p50 %.0f, p90 %.0f, p99 %.0f, mean %.0f s\n", depths[i], quantiles_s[0],
                      quantiles_s[1], quantiles_s[2], mean_s);
        for (int k = 0; k < 3; k++)
            near(quantiles_s[k] / measured[i][k], 1.0, 0.01);
        if (i == 0)
            near(mean_s, 544.0, 3.0);
        if (i == 3)
            near(mean_s, 3345.0, 20.0);
    }
    trace_close(&reading.trace);
}

/* One steady period as blocks.h draws it. */
static void draw_period(double arrival_s[GAPS + 1], uint64_t seed)
{
    struct sim_stream stream;
    stream_open(&stream, seed, 0, "test.period", 0);
    struct blocks blocks;
    blocks_init(&blocks, BLOCKS_TARGET_US, log(1.05225)); /* the growth that its retarget undid */
    int64_t now_us = 0;
    arrival_s[0] = 0.0;
    for (int i = 1; i <= GAPS; i++) {
        now_us = blocks_next_us(&blocks, stream_rng(&stream), now_us, 1.0);
        arrival_s[i] = (double)now_us / 1e6;
    }
}

/* The sampler's quantiles over 200 periods and their range over single ones. The real period must lie in it; its median
 * waits are within 5 % of the sampler's mean and its p90 within 6 %. Its tails are shorter than the mean's (sd of gaps
 * 544 s at a mean of 570 s), which is the luck of one period, as the range says. */
static void the_sampler_could_have_drawn_the_real_period(void **state)
{
    (void)state;
    enum { PERIODS = 200 };
    struct reading reading;
    if (!read_real(&reading))
        skip();
    for (int i = 0; i < 4; i++) {
        static double drawn[3][PERIODS], arrival_s[GAPS + 1];
        double mean[3] = {0.0}, quantiles_s[3], real_s[3], real_mean_s;
        for (int period = 0; period < PERIODS; period++) {
            draw_period(arrival_s, (uint64_t)period + 1);
            waits(quantiles_s, arrival_s, GAPS + 1, depths[i]);
            for (int k = 0; k < 3; k++) {
                drawn[k][period] = quantiles_s[k];
                mean[k] += quantiles_s[k] / PERIODS;
            }
        }
        real_waits(real_s, &real_mean_s, &reading.trace, depths[i]);
        for (int k = 0; k < 3; k++) {
            qsort(drawn[k], PERIODS, sizeof drawn[k][0], compare_doubles);
            print_message("n = %u, p%.0f: real %.0f s, sampler %.0f (%+.1f %%), single periods %.0f .. %.0f\n",
                          depths[i], 100.0 * shares[k], real_s[k], mean[k], 100.0 * (mean[k] / real_s[k] - 1.0),
                          drawn[k][0], drawn[k][PERIODS - 1]);
            within(real_s[k], drawn[k][0], drawn[k][PERIODS - 1]);
        }
        near(mean[0] / real_s[0], 1.0, 0.05);
        near(mean[1] / real_s[1], 1.0, 0.06);
    }
    trace_close(&reading.trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heights_and_times_are_read_and_arrivals_never_fall),
        cmocka_unit_test(a_payer_waits_for_the_next_blocks),
        cmocka_unit_test(every_fault_is_told_with_its_line),
        cmocka_unit_test(a_header_before_the_median_of_eleven_is_refused),
        cmocka_unit_test(errors_of_other_files_do_not_hide_ours),
        cmocka_unit_test(damaged_files_are_read_or_refused_and_never_crash),
        cmocka_unit_test(the_real_period_has_its_published_figures),
        cmocka_unit_test(payers_of_2018_03_wait_as_measured),
        cmocka_unit_test(the_sampler_could_have_drawn_the_real_period),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
