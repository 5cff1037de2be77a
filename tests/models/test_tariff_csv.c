/* test_tariff_csv.c: tariffs from files, good ones and bad ones.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/check.h"

#include "models/calendar.h"
#include "models/site/tariff.h"
#include "models/site/tariff_csv.h"

#include <string.h>

#define HEADER "day_type,start_hour,end_hour,label,yen_per_kwh\n"

static struct tariff_config tariff;
static struct input_problem problems[INPUT_PROBLEMS_MAX];

static bool read(const char *text)
{
    struct input_report report;
    input_report_init(&report, problems);
    return tariff_csv_read(&tariff, &report, text, strlen(text), "tariff.csv");
}

static void bands_are_read_and_have_their_hours(void **state)
{
    (void)state;
    assert_true(read("# yen\n" HEADER "weekday,0,8,night,16.52\nweekday,8,24,day,28.61\n"
                     "weekend_holiday,0,12.5,all,20\nweekend_holiday,12.5,24,all,21\n"));
    assert_int_equal(tariff.band_count, 4);
    const struct tariff prices = {.config = &tariff, .start_unix_s = INT64_C(1519862400)}; /* a Thursday */
    char why[100];
    int64_t price;
    assert_true(tariff_price(&prices, &price, 0, why, sizeof why));
    assert_int_equal(price, 16520000);
    assert_int_equal(tariff_next_us(&prices, 0), 8 * HOUR_US);
    assert_true(tariff_price(&prices, &price, 8 * HOUR_US, why, sizeof why));
    assert_int_equal(price, 28610000);
    assert_true(tariff_price(&prices, &price, 2 * DAY_US + 12 * HOUR_US + 30 * MINUTE_US, why, sizeof why));
    assert_int_equal(price, 21000000);
}

static void refused(const char *text, const char *because)
{
    assert_false(read(text));
    if (strstr(problems[0].text, because) == NULL)
        fail_msg("'%s' does not say '%s'", problems[0].text, because);
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    refused("", "the first row must be");
    refused("day,from,to\n", "the first row must be");
    refused(HEADER "holiday,0,24,x,1\n", "day_type is");
    refused(HEADER "any,0,25,x,1\n", "an hour of the day");
    refused(HEADER "any,8,8,x,1\n", "ends behind its beginning");
    refused(HEADER "any,0,24,x,-1\n", "a price is");
    refused(HEADER "any,0,24,x\n", "a row has the columns");
    refused(HEADER "any,0,23,x,1\n", "no price on a: 'weekday'");
    refused(HEADER "weekday,0,24,x,1\n", "no price on a: 'weekend'");
    refused(HEADER "any,0,24,x,1\nweekend_holiday,3,4,y,2\n", "two bands have the same hours on a: 'weekend'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bands_are_read_and_have_their_hours),
        cmocka_unit_test(what_is_wrong_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
