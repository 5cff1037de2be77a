/* plan_axis.c: one axis of a sweep out of the text NAME=VALUES.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/plan_axis.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A range under way: LOW..HIGH [step STEP], each a number and perhaps a unit. */
struct range {
    double low, high, step;
    char unit[32];
    bool has_step, is_whole;
};

#define REFUSE(...) (snprintf(why, why_size, __VA_ARGS__), false)

/* "20 A" -> 20, " A". Returns where the number ends, NULL if there is none. Only decimal numbers count. */
static const char *read_number(double *number, bool *is_whole, const char *text)
{
    size_t sign = strspn(text, "+-"), digits = strspn(text + sign, "0123456789.");
    char *end;
    if (sign > 1 || digits == 0)
        return NULL;
    /* "4..12": the dots belong to the range. */
    const char *dots = strstr(text, "..");
    char copy[64];
    size_t length = dots != NULL ? (size_t)(dots - text) : strlen(text);
    if (length >= sizeof copy)
        return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    *number = strtod(copy, &end);
    if (end == copy || !isfinite(*number))
        return NULL;
    *is_whole = strcspn(copy, ".eE") >= (size_t)(end - copy);
    return text + (end - copy);
}

/* The unit that stands between the number and end, with its blank; false if it is too long. */
static bool read_unit(char unit[32], const char *from, const char *end)
{
    while (end > from && isspace((unsigned char)end[-1]))
        end--;
    if ((size_t)(end - from) >= 32)
        return false;
    memcpy(unit, from, (size_t)(end - from));
    unit[end - from] = '\0';
    return true;
}

static bool is_same_unit(const char *a, const char *b)
{
    return strcmp(a + strspn(a, " "), b + strspn(b, " ")) == 0;
}

static bool read_step(struct range *range, const char *step)
{
    char unit[32];
    bool is_whole;
    const char *rest = read_number(&range->step, &is_whole, step + strspn(step, " "));
    if (rest == NULL || !read_unit(unit, rest, rest + strlen(rest)) || !is_same_unit(unit, range->unit))
        return false;
    range->has_step = true;
    range->is_whole = range->is_whole && is_whole;
    return true;
}

/* Is it a range at all? "a..b" is none. */
static bool read_range(struct range *range, const char *text)
{
    const char *dots = strstr(text, "..");
    char unit[32];
    bool low_whole, high_whole;
    *range = (struct range){.step = 1};
    if (dots == NULL)
        return false;
    const char *low_end = read_number(&range->low, &low_whole, text);
    const char *high = dots + 2 + strspn(dots + 2, " ");
    const char *step = strstr(high, " step ");
    const char *high_end = read_number(&range->high, &high_whole, high);
    if (low_end == NULL || high_end == NULL || !read_unit(unit, low_end, dots) ||
        !read_unit(range->unit, high_end, step != NULL ? step : high + strlen(high)))
        return false;
    if (*unit != '\0' && !is_same_unit(unit, range->unit)) /* "20..60 A" has one unit for both */
        return false;
    range->is_whole = low_whole && high_whole;
    return step == NULL || read_step(range, step + strlen(" step "));
}

static const char *number_text(struct pool *pool, double number, const char *unit)
{
    char text[80];
    snprintf(text, sizeof text, "%.12g%s", number, unit);
    return pool_text(pool, text);
}

static bool list_steps(struct plan_axis *axis, struct pool *pool, char *why, size_t why_size, const struct range *range)
{
    double count = floor((range->high - range->low) / range->step * (1 + 1e-12) + 1e-9) + 1;
    if (count > PLAN_AXIS_VALUES_MAX)
        return REFUSE("axis '%s' has more than %d values", axis->name, PLAN_AXIS_VALUES_MAX);
    const char **values = pool_take(pool, (size_t)count, sizeof *values);
    for (size_t i = 0; values != NULL && i < (size_t)count; i++)
        values[i] = number_text(pool, range->low + (double)i * range->step, range->unit);
    axis->values = values;
    axis->value_count = (size_t)count;
    return values != NULL || REFUSE("memory is out");
}

static bool take_range(struct plan_axis *axis, struct pool *pool, char *why, size_t why_size, const struct range *range)
{
    if (!(range->low < range->high))
        return REFUSE("axis '%s': a range goes from the smaller to the larger number", axis->name);
    if (!(range->step > 0))
        return REFUSE("axis '%s': a step is more than 0", axis->name);
    axis->low = range->low;
    axis->high = range->high;
    axis->is_whole = range->is_whole;
    axis->unit = pool_text(pool, range->unit);
    /* In a sample a range without steps is a continuum, or every whole number. */
    axis->is_range = !range->has_step;
    if (range->has_step || range->is_whole)
        return list_steps(axis, pool, why, why_size, range);
    return axis->unit != NULL || REFUSE("memory is out");
}

/* The next value of a list up to a comma; \, is a comma, \\ a backslash. */
static const char *next_value(struct pool *pool, const char **rest)
{
    size_t size = strlen(*rest) + 1, length = 0;
    char *value = malloc(size);
    if (value == NULL) {
        pool->failed = true;
        return NULL;
    }
    const char *from = *rest;
    for (; *from != '\0' && *from != ','; from++) {
        if (*from == '\\' && (from[1] == ',' || from[1] == '\\'))
            from++;
        value[length++] = *from;
    }
    *rest = *from == ',' ? from + 1 : NULL;
    while (length > 0 && value[length - 1] == ' ')
        length--;
    value[length] = '\0';
    const char *kept = pool_text(pool, value + strspn(value, " "));
    free(value);
    return kept;
}

static bool take_list(struct plan_axis *axis, struct pool *pool, char *why, size_t why_size, const char *text)
{
    size_t room = 1;
    for (const char *c = text; *c != '\0'; c++)
        room += *c == ',';
    if (room > PLAN_AXIS_VALUES_MAX)
        return REFUSE("axis '%s' has more than %d values", axis->name, PLAN_AXIS_VALUES_MAX);
    const char **values = pool_take(pool, room, sizeof *values);
    for (const char *rest = text; values != NULL && rest != NULL && !pool->failed;)
        values[axis->value_count++] = next_value(pool, &rest);
    if (pool->failed)
        return REFUSE("memory is out");
    for (size_t i = 0; i < axis->value_count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(values[i], values[j]) == 0)
                return REFUSE("axis '%s' has the value '%s' twice", axis->name, values[i]);
    axis->values = values;
    axis->unit = "";
    return true;
}

bool plan_axis_read(struct plan_axis *axis, struct pool *pool, char *why, size_t why_size, const char *text)
{
    const char *equals = strchr(text, '=');
    char name[128];
    struct range range;
    *axis = (struct plan_axis){.value_count = 0};
    if (equals == NULL || equals == text || equals[1] == '\0' || (size_t)(equals - text) >= sizeof name)
        return REFUSE("--axis wants NAME=VALUES, got '%s'", text);
    snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
    axis->name = pool_text(pool, name);
    if (axis->name == NULL)
        return REFUSE("memory is out");
    const char *values = equals + 1 + strspn(equals + 1, " ");
    if (read_range(&range, values))
        return take_range(axis, pool, why, why_size, &range);
    return take_list(axis, pool, why, why_size, values);
}
