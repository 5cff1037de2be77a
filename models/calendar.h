/* calendar.h: civil time as a view of the simulation's clock: no zones, no leap seconds, no summer time.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A scenario says which civil second is time 0; from there on every day has 24 hours. Dates are proleptic Gregorian.
 */
#ifndef KONSENTO_MODELS_CALENDAR_H
#define KONSENTO_MODELS_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US   (60 * MINUTE_US)
#define DAY_US    (24 * HOUR_US)

/* Civil time handed to callbacks. */
struct civil_time {
    int64_t time_us;      /* since time 0 */
    int year, month, day; /* 1..12, 1..31 */
    int hour, minute;     /* 0..23, 0..59 */
    int weekday;          /* 1 Monday .. 7 Sunday */
};

/* Civil time at time_us after a time 0 that is start_unix_s. */
void calendar_civil(struct civil_time *civil, int64_t start_unix_s, int64_t time_us);
/* Microseconds since the last civil midnight, 0 .. DAY_US - 1. */
int64_t calendar_time_of_day_us(int64_t start_unix_s, int64_t time_us);
/* Is it Saturday or Sunday? */
bool calendar_is_weekend(int64_t start_unix_s, int64_t time_us);
/* Days since 1970-01-01 of a date; month 1..12, day 1..31. */
int64_t calendar_days_from_date(int64_t year, int month, int day);
/* Is there such a day? Years 1..9999. */
bool calendar_date_exists(int64_t year, int month, int day);

#endif
