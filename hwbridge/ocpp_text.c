/* ocpp_text.c: JSON that goes out, exact decimals and times that come in.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/ocpp_text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)
#define DAY_S     INT64_C(86400)

/* ---- out --------------------------------------------------------------------------------------------------------- */

void ocpp_put(struct ocpp_text *text, const char *format, ...)
{
    size_t room = sizeof text->bytes - text->length;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text->bytes + text->length, room, format, arguments);
    va_end(arguments);
    assert(length >= 0);
    if ((size_t)length >= room)
        text->is_full = true;
    else
        text->length += (size_t)length;
}

void ocpp_put_string(struct ocpp_text *text, const char *string)
{
    ocpp_put(text, "\"");
    for (const char *at = string; *at != 0; at++) {
        unsigned char c = (unsigned char)*at;
        if (c == '"' || c == '\\')
            ocpp_put(text, "\\%c", c);
        else if (c < 0x20)
            ocpp_put(text, "\\u%04x", c);
        else
            ocpp_put(text, "%c", c);
    }
    ocpp_put(text, "\"");
}

void ocpp_put_tenths(struct ocpp_text *text, int64_t thousandths)
{
    assert(thousandths >= 0);
    ocpp_put(text, "%lld.%lld", (long long)(thousandths / 1000), (long long)(thousandths / 100 % 10));
}

/* ---- decimals ---------------------------------------------------------------------------------------------------- */

struct decimal {
    bool is_negative;
    int64_t digits; /* without the point */
    int behind;     /* how many of them stand behind it */
    int exponent;
};

#define DIGITS_MOST   (INT64_MAX / 10 - 1)
#define EXPONENT_MOST 1000

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits beyond what an integer holds only count if they stand before the point. Returns how many there were. */
static size_t read_digits(struct decimal *decimal, const char **at, bool is_fraction)
{
    const char *begin = *at;
    for (; is_digit(**at); (*at)++) {
        if (decimal->digits > DIGITS_MOST) {
            decimal->exponent += !is_fraction;
            continue;
        }
        decimal->digits = decimal->digits * 10 + (**at - '0');
        decimal->behind += is_fraction;
    }
    return (size_t)(*at - begin);
}

static bool read_exponent(struct decimal *decimal, const char **at)
{
    if (**at != 'e' && **at != 'E')
        return true;
    (*at)++;
    int sign = **at == '-' ? -1 : 1, value = 0;
    *at += **at == '-' || **at == '+';
    bool is_there = is_digit(**at);
    for (; is_digit(**at); (*at)++)
        value = value < EXPONENT_MOST ? value * 10 + (**at - '0') : EXPONENT_MOST;
    decimal->exponent += sign * value;
    return is_there;
}

static bool read_decimal(struct decimal *decimal, const char *text)
{
    const char *at = text;
    *decimal = (struct decimal){.is_negative = *at == '-'};
    at += *at == '-' || *at == '+';
    size_t count = read_digits(decimal, &at, false);
    if (*at == '.') {
        at++;
        count += read_digits(decimal, &at, true);
    }
    return count > 0 && read_exponent(decimal, &at) && *at == 0;
}

int ocpp_decimal(int64_t *value, const char *text, int scale)
{
    struct decimal decimal;
    if (strlen(text) > 64 || !read_decimal(&decimal, text))
        return HW_REJECT_TYPE;
    int shift = decimal.exponent - decimal.behind + scale;
    int64_t result = decimal.digits;
    for (; shift < 0 && result != 0; shift++)
        result /= 10;
    for (; shift > 0 && result != 0; shift--)
        if (__builtin_mul_overflow(result, 10, &result))
            return HW_REJECT_RANGE;
    *value = decimal.is_negative ? -result : result;
    return GUARD_OK;
}

/* ---- times ------------------------------------------------------------------------------------------------------- */

/* Days since 1970 of a date of the Gregorian calendar, counted in years that begin in March. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = year / 400, of_era = year % 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t number_at(const char *text, size_t count)
{
    int64_t value = 0;
    for (size_t i = 0; i < count; i++)
        value = value * 10 + (text[i] - '0');
    return value;
}

/* In: form, 'd' for a digit. */
static bool has_form(const char *text, const char *form)
{
    for (size_t i = 0; form[i] != 0; i++)
        if (form[i] == 'd' ? !is_digit(text[i]) : text[i] != form[i])
            return false;
    return true;
}

static int64_t read_fraction_us(const char **at)
{
    int64_t us = 0, unit = SECOND_US / 10;
    if (**at != '.')
        return 0;
    for ((*at)++; is_digit(**at); (*at)++, unit /= 10)
        us += unit * (**at - '0');
    return us;
}

static bool read_zone(int64_t *zone_s, const char *at)
{
    *zone_s = 0;
    if (strcmp(at, "Z") == 0 || strcmp(at, "z") == 0)
        return true;
    if ((*at != '+' && *at != '-') || !has_form(at + 1, "dd:dd") || at[6] != 0)
        return false;
    *zone_s = (number_at(at + 1, 2) * 60 + number_at(at + 4, 2)) * 60 * (*at == '-' ? -1 : 1);
    return number_at(at + 1, 2) < 24 && number_at(at + 4, 2) < 60;
}

bool ocpp_time_read(int64_t *utc_us, const char *text)
{
    int64_t zone_s;
    if (strlen(text) > 40 || !has_form(text, "dddd-dd-ddTdd:dd:dd"))
        return false;
    int64_t year = number_at(text, 4), month = number_at(text + 5, 2), day = number_at(text + 8, 2);
    int64_t hour = number_at(text + 11, 2), minute = number_at(text + 14, 2), second = number_at(text + 17, 2);
    const char *at = text + 19;
    int64_t fraction_us = read_fraction_us(&at);
    bool is_time = month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour < 24 && minute < 60 && second <= 60;
    if (!is_time || year < 1970 || !read_zone(&zone_s, at))
        return false;
    int64_t utc_s = days_of(year, month, day) * DAY_S + (hour * 60 + minute) * 60 + second - zone_s;
    *utc_us = utc_s * SECOND_US + fraction_us;
    return utc_s >= 0;
}

void ocpp_time_write(char text[OCPP_TIME_MAX], int64_t utc_us)
{
    assert(utc_us >= 0);
    int64_t utc_s = utc_us / SECOND_US, days = utc_s / DAY_S, rest = utc_s % DAY_S;
    int64_t from_march = days + 719468, era = from_march / 146097, of_era = from_march % 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * of_year + 2) / 153, month = shifted < 10 ? shifted + 3 : shifted - 9;
    int64_t year = era * 400 + year_of_era + (month <= 2), day = of_year - (153 * shifted + 2) / 5 + 1;
    assert(year < 10000);
    snprintf(text, OCPP_TIME_MAX, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)year % 10000, (unsigned)month % 100,
             (unsigned)day % 100, (unsigned)(rest / 3600) % 100, (unsigned)(rest / 60 % 60), (unsigned)(rest % 60));
}
