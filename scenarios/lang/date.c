/* date.c: civil dates as text; the calendar itself is models/calendar.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/quantity.h"

#include "models/calendar.h"

#include <stdio.h>

#define DAY_S 86400

/* Reads exactly `digits` digits at *text and moves past them; -1: they are not there. */
static int digits_read(const char **text, int digits)
{
    int value = 0;
    for (int i = 0; i < digits; i++) {
        char c = (*text)[i];
        if (c < '0' || c > '9')
            return -1;
        value = value * 10 + (c - '0');
    }
    *text += digits;
    return value;
}

static bool sign_read(const char **text, char sign)
{
    if (**text != sign)
        return false;
    (*text)++;
    return true;
}

/* "12:30" or "12:30:05" to the end of the text. */
static bool clock_parse(int *second_of_day, const char *text)
{
    int second = 0, minute = 0, hour = digits_read(&text, 2);
    if (hour < 0 || hour > 23 || !sign_read(&text, ':'))
        return false;
    minute = digits_read(&text, 2);
    if (minute >= 0 && sign_read(&text, ':'))
        second = digits_read(&text, 2);
    *second_of_day = hour * 3600 + minute * 60 + second;
    return minute >= 0 && minute <= 59 && second >= 0 && second <= 59 && *text == '\0';
}

bool date_parse(int64_t *unix_s, const char *text)
{
    int month, day, second_of_day = 0, year = digits_read(&text, 4);
    if (year < 1970 || !sign_read(&text, '-') || (month = digits_read(&text, 2)) < 0)
        return false;
    if (!sign_read(&text, '-') || (day = digits_read(&text, 2)) < 0 || !calendar_date_exists(year, month, day))
        return false;
    if (*text != '\0' && ((*text != ' ' && *text != 'T') || !clock_parse(&second_of_day, text + 1)))
        return false;
    *unix_s = calendar_days_from_date(year, month, day) * DAY_S + second_of_day;
    return true;
}

const char *date_format(char out[64], int64_t unix_s)
{
    struct civil_time civil;
    calendar_civil(&civil, unix_s, 0);
    int second = (int)(unix_s % 60);
    int used = snprintf(out, 64, "%04d-%02d-%02d", civil.year, civil.month, civil.day);
    if (civil.hour != 0 || civil.minute != 0 || second != 0)
        used += snprintf(out + used, 64 - (size_t)used, " %02d:%02d", civil.hour, civil.minute);
    if (second != 0)
        snprintf(out + used, 64 - (size_t)used, ":%02d", second);
    return out;
}
