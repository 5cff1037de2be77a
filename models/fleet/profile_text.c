/* profile_text.c: names, numbers and what must hold between them.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/fleet/profile_text.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMPONENT_NUMBERS (1 + MARKS + MARKS * MARKS) /* of struct mixture_component, all double */
#define COPULA_NUMBERS    (MARKS * MARKS + MARKS * COPULA_QUANTILES)
#define MAGNITUDE_MAX     1e6
#define TEXT_NUMBER_MAX   40 /* bytes of one number */

_Static_assert(sizeof(struct mixture_component) == COMPONENT_NUMBERS * sizeof(double), "only doubles");
_Static_assert(sizeof(struct copula) == COPULA_NUMBERS * sizeof(double), "only doubles");

struct field {
    const char *name;
    size_t offset, count;
};
#define FIELD(name, member)                                                                                            \
    {                                                                                                                  \
        name, offsetof(struct profile, member), (sizeof(((struct profile *)NULL)->member)) / (sizeof(double))              \
    }
static const struct field fields[] = {
    FIELD("user_mean", user_mean),
    FIELD("user_covariance", user_covariance),
    FIELD("weekend_rate", weekend_rate),
    FIELD("month_rate", month_rate),
    FIELD("month_energy", month_energy),
    FIELD("charger_w", charger_w),
    FIELD("weekday_hours", hours[0]),
    FIELD("weekend_hours", hours[1]),
    FIELD("weekday_mixture", mixture[0].components),
    FIELD("weekend_mixture", mixture[1].components),
    FIELD("weekday_copula", copula[0]),
    FIELD("weekend_copula", copula[1]),
    FIELD("free", free),
    FIELD("energy_shift", energy_shift),
};
#define FIELD_COUNT (sizeof fields / sizeof fields[0])

static double *numbers_of(struct profile *profile, const struct field *field)
{
    return (double *)(void *)((char *)profile + field->offset);
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

static void append(char *text, size_t *length, const char *what)
{
    size_t more = strlen(what);
    memcpy(text + *length, what, more + 1);
    *length += more;
}

static void append_field(char *text, size_t *length, struct profile *profile, const struct field *field)
{
    const double *numbers = numbers_of(profile, field);
    append(text, length, "    ");
    append(text, length, field->name);
    append(text, length, field->count > 1 ? " = {" : " = ");
    for (size_t i = 0; i < field->count; i++) {
        char number[TEXT_NUMBER_MAX];
        snprintf(number, sizeof number, "%s%.9g%s", field->count > 1 && i % 8 == 0 ? "\n        " : "", numbers[i],
                 field->count > 1 ? ", " : "");
        append(text, length, number);
    }
    append(text, length, field->count > 1 ? "\n    },\n" : ",\n");
}

static void append_comment(char *text, size_t *length, const char *comment)
{
    while (*comment != '\0') {
        size_t line = strcspn(comment, "\n");
        append(text, length, "-- ");
        memcpy(text + *length, comment, line);
        *length += line;
        append(text, length, "\n");
        comment += line + (comment[line] == '\n');
    }
}

char *profile_write(const struct profile *profile, const char *comment)
{
    size_t room = 4 * strlen(comment) + 100, length = 0;
    for (size_t i = 0; i < FIELD_COUNT; i++)
        room += 100 + fields[i].count * TEXT_NUMBER_MAX;
    char *text = malloc(room);
    if (text == NULL)
        return NULL;
    struct profile copy = *profile;
    append_comment(text, &length, comment);
    append(text, &length, "return {\n");
    for (size_t i = 0; i < FIELD_COUNT; i++)
        append_field(text, &length, &copy, &fields[i]);
    append(text, &length, "}\n");
    assert(length < room);
    return text;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

struct reader {
    struct profile *profile;
    struct input_report *report;
    const char *file, *next;
    unsigned line;
    bool seen[FIELD_COUNT];
};

#define FAIL(reader, ...) input_report_add((reader)->report, INPUT_ERROR, (reader)->file, __VA_ARGS__)

static void skip_space(struct reader *reader)
{
    for (;; reader->next++) {
        if (reader->next[0] == '-' && reader->next[1] == '-')
            reader->next += strcspn(reader->next, "\n");
        reader->line += *reader->next == '\n';
        if (*reader->next == '\0' || strchr(" \t\r\n", *reader->next) == NULL)
            return;
    }
}

/* Is this the next thing? Then it is behind us. */
static bool take(struct reader *reader, const char *what)
{
    skip_space(reader);
    size_t length = strlen(what);
    if (strncmp(reader->next, what, length) != 0)
        return false;
    reader->next += length;
    return true;
}

static bool expect(struct reader *reader, const char *what)
{
    if (take(reader, what))
        return true;
    FAIL(reader, reader->line, "'%s' is expected here", what);
    return false;
}

static bool read_number(struct reader *reader, double *number, const struct field *field)
{
    skip_space(reader);
    char *end;
    *number = strtod(reader->next, &end);
    if (end == reader->next || !(fabs(*number) <= MAGNITUDE_MAX)) {
        FAIL(reader, reader->line, "%s: a number within 1e6 is expected, %zu in all", field->name, field->count);
        return false;
    }
    reader->next = end;
    return true;
}

static bool read_numbers(struct reader *reader, const struct field *field)
{
    double *numbers = numbers_of(reader->profile, field);
    if (field->count == 1)
        return read_number(reader, numbers, field);
    if (!expect(reader, "{"))
        return false;
    for (size_t i = 0; i < field->count; i++) {
        bool is_last = i + 1 == field->count;
        if (!read_number(reader, &numbers[i], field) || (!is_last && !expect(reader, ",")))
            return false;
    }
    take(reader, ",");
    if (take(reader, "}"))
        return true;
    FAIL(reader, reader->line, "%s: more than %zu numbers", field->name, field->count);
    return false;
}

static bool read_field(struct reader *reader)
{
    char name[32];
    skip_space(reader);
    size_t length = strspn(reader->next, "abcdefghijklmnopqrstuvwxyz_");
    if (length == 0 || length >= sizeof name) {
        FAIL(reader, reader->line, "the name of a number of a profile is expected here");
        return false;
    }
    memcpy(name, reader->next, length);
    name[length] = '\0';
    reader->next += length;
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (strcmp(fields[i].name, name) == 0) {
            if (reader->seen[i])
                FAIL(reader, reader->line, "%s is there twice", name);
            bool is_good = !reader->seen[i] && expect(reader, "=") && read_numbers(reader, &fields[i]);
            reader->seen[i] = true;
            return is_good;
        }
    FAIL(reader, reader->line, "a profile has no '%s'", name);
    return false;
}

static bool read_all(struct reader *reader)
{
    if (!expect(reader, "return") || !expect(reader, "{"))
        return false;
    while (!take(reader, "}")) {
        if (!read_field(reader))
            return false;
        if (!take(reader, ",")) {
            if (expect(reader, "}"))
                break;
            return false;
        }
    }
    skip_space(reader);
    if (*reader->next != '\0')
        FAIL(reader, reader->line, "nothing is expected after the profile's end");
    bool is_whole = *reader->next == '\0';
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (!reader->seen[i]) {
            FAIL(reader, 0, "%s is missing", fields[i].name);
            is_whole = false;
        }
    return is_whole;
}

/* ---- what must hold -------------------------------------------------------------------------------------------- */

static bool are_between(const double *numbers, size_t count, double low, double high)
{
    for (size_t i = 0; i < count; i++)
        if (!(numbers[i] >= low && numbers[i] <= high))
            return false;
    return true;
}

static bool are_ascending(const double *numbers, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (numbers[i] < numbers[i - 1])
            return false;
    return true;
}

static bool are_shares(const double *numbers, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += numbers[i];
    return are_between(numbers, count, 0, 1) && fabs(sum - 1) < 1e-3;
}

/* Components without weight lie at the end and are none. */
static bool settle_mixture(struct mixture *mixture)
{
    double weights[MIXTURE_MAX], root[MARKS][MARKS];
    mixture->count = 0;
    for (unsigned k = 0; k < MIXTURE_MAX; k++) {
        weights[k] = mixture->components[k].weight;
        if (weights[k] > 0 && (mixture->count++ != k || !mixture_root(root, mixture->components[k].covariance)))
            return false;
    }
    return are_shares(weights, MIXTURE_MAX);
}

static bool is_copula(const struct copula *copula)
{
    double root[MARKS][MARKS];
    bool is_good = mixture_root(root, copula->correlation);
    for (int a = 0; a < MARKS; a++)
        is_good = is_good && fabs(copula->correlation[a][a] - 1) < 1e-6 &&
                  are_ascending(copula->quantiles[a], COPULA_QUANTILES);
    return is_good;
}

static bool settle(struct reader *reader)
{
    struct profile *profile = reader->profile;
    double root[MARKS][MARKS];
    const struct {
        bool is_good;
        const char *what;
    } checks[] = {
        {are_between(profile->user_mean, MARKS, -10, 4), "user_mean: logarithms from -10 to 4"},
        {mixture_root(root, profile->user_covariance), "user_covariance: symmetric and positive definite"},
        {are_between(&profile->weekend_rate, 1, 0, 100), "weekend_rate: 0 to 100"},
        {are_between(profile->month_rate, 12, 0, 100), "month_rate: 0 to 100"},
        {are_between(profile->month_energy, 12, 0, 100), "month_energy: 0 to 100"},
        {are_ascending(profile->charger_w, PROFILE_CHARGERS) && profile->charger_w[0] > 0,
         "charger_w: above 0, ascending"},
        {are_shares(profile->hours[0], 24) && are_shares(profile->hours[1], 24), "hours: shares that add up to 1"},
        {settle_mixture(&profile->mixture[0]) && settle_mixture(&profile->mixture[1]),
         "mixture: weights that add up to 1, covariances that are positive definite"},
        {is_copula(&profile->copula[0]) && is_copula(&profile->copula[1]),
         "copula: correlations that are positive definite, quantiles that ascend"},
        {are_between(profile->free, GENERATOR_COUNT, 0, 1000), "free: 0 to 1000"},
        {are_between(profile->energy_shift, GENERATOR_COUNT, -10, 10), "energy_shift: -10 to 10"},
    };
    bool is_good = true;
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (!checks[i].is_good) {
            FAIL(reader, 0, "expected %s", checks[i].what);
            is_good = false;
        }
    return is_good;
}

bool profile_read(struct profile *profile, struct input_report *report, const char *bytes, size_t length,
                  const char *file)
{
    *profile = (struct profile){0};
    struct reader reader = {.profile = profile, .report = report, .file = file, .line = 1};
    char *text = malloc(length + 1); /* ended by a zero, as strtod wants it */
    if (text == NULL) {
        FAIL(&reader, 0, "memory is out");
        return false;
    }
    memcpy(text, bytes, length);
    text[length] = '\0';
    reader.next = text;
    bool is_good = read_all(&reader) && settle(&reader);
    free(text);
    return is_good;
}
