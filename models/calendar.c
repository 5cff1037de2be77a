/* calendar.c: days counted from the first of January of year 1, and back.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/calendar.h"

#include <assert.h>

#define EPOCH_DAYS 719162 /* from 0001-01-01 to 1970-01-01 */

static const int days_before_month[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};

static int64_t floor_divide(int64_t a, int64_t b)
{
    int64_t quotient = a / b;
    return quotient * b > a ? quotient - 1 : quotient;
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t days_before_year(int64_t year)
{
    int64_t y = year - 1;
    return 365 * y + y / 4 - y / 100 + y / 400;
}

static int days_before(int64_t year, int month)
{
    return days_before_month[month - 1] + (month > 2 && is_leap(year));
}

static int days_in_month(int64_t year, int month)
{
    int next = month == 12 ? 365 + is_leap(year) : days_before(year, month + 1);
    return next - days_before(year, month);
}

bool calendar_date_exists(int64_t year, int month, int day)
{
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(year, month);
}

int64_t calendar_days_from_date(int64_t year, int month, int day)
{
    assert(calendar_date_exists(year, month, day));
    return days_before_year(year) + days_before(year, month) + day - 1 - EPOCH_DAYS;
}

int64_t calendar_time_of_day_us(int64_t start_unix_s, int64_t time_us)
{
    int64_t start_of_day_us = (start_unix_s - floor_divide(start_unix_s, 86400) * 86400) * SECOND_US;
    int64_t sum = start_of_day_us + time_us;
    return sum - floor_divide(sum, DAY_US) * DAY_US;
}

/* Whole civil days since 1970-01-01. */
static int64_t days_at(int64_t start_unix_s, int64_t time_us)
{
    int64_t start_days = floor_divide(start_unix_s, 86400);
    int64_t start_of_day_us = (start_unix_s - start_days * 86400) * SECOND_US;
    return start_days + floor_divide(start_of_day_us + time_us, DAY_US);
}

static int weekday(int64_t days)
{
    return (int)(days + 3 - floor_divide(days + 3, 7) * 7) + 1; /* 1970-01-01 was a Thursday, 4 */
}

bool calendar_is_weekend(int64_t start_unix_s, int64_t time_us)
{
    return weekday(days_at(start_unix_s, time_us)) >= 6;
}

void calendar_civil(struct civil_time *civil, int64_t start_unix_s, int64_t time_us)
{
    int64_t days = days_at(start_unix_s, time_us);
    int64_t count = days + EPOCH_DAYS;
    assert(count >= 0);
    int64_t year = count * 400 / 146097 + 1; /* at most one too late or too early */
    while (days_before_year(year) > count)
        year--;
    while (days_before_year(year + 1) <= count)
        year++;
    int day = (int)(count - days_before_year(year));
    int month = 12;
    while (days_before(year, month) > day)
        month--;
    int64_t minutes = calendar_time_of_day_us(start_unix_s, time_us) / MINUTE_US;
    *civil = (struct civil_time){.time_us = time_us,
                                 .year = (int)year,
                                 .month = month,
                                 .day = day - days_before(year, month) + 1,
                                 .hour = (int)(minutes / 60),
                                 .minute = (int)(minutes % 60),
                                 .weekday = weekday(days)};
}
