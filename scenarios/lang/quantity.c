/* quantity.c: "3.2 kW", "10 min", "250000 sat": numbers with units, read exactly.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/quantity.h"

#include "scenarios/lang/suggest.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const struct dimension_info dimension_table[DIMENSION_COUNT] = {
    [DIMENSION_TIME] = {"time", "s", 1000000, "10 min"},
    [DIMENSION_CURRENT] = {"current", "A", 1000, "16 A"},
    [DIMENSION_VOLTAGE] = {"voltage", "V", 1000, "200 V"},
    [DIMENSION_POWER] = {"power", "W", 1000, "3.2 kW"},
    [DIMENSION_ENERGY] = {"energy", "J", 1000000, "1.5 kWh"},
    [DIMENSION_BITCOIN] = {"bitcoin", "sat", 1000, "250 sat"},
    [DIMENSION_YEN] = {"yen", "JPY", 1000000, "10 JPY"},
    [DIMENSION_PRICE] = {"price", "JPY/kWh", 1000000, "28.61 JPY/kWh"},
    [DIMENSION_EXCHANGE] = {"exchange", "JPY/BTC", 1000, "1000000 JPY/BTC"},
    [DIMENSION_DISTANCE] = {"distance", "m", 1000, "16.5 km"},
    [DIMENSION_CONSUMPTION] = {"consumption", "Wh/km", 1000, "143 Wh/km"},
    [DIMENSION_SHARE] = {"share", "1", 1000000, "3.7 %"},
    [DIMENSION_FEERATE] = {"feerate", "sat/vB", 1000, "10 sat/vB"},
    [DIMENSION_ANGLE] = {"angle", "deg", 1000000, "35.17 deg"},
    [DIMENSION_FREQUENCY] = {"frequency", "/day", 1000000, "2.5 /day"},
};

/* canon: -1 never written; else the most decimals that the canonical text may have in this unit. */
struct unit {
    const char *name;
    enum dimension dimension;
    int64_t atoms;
    int canon;
};

/* Within a dimension, canonical units stand from large to small: the first that keeps it exact is written. */
static const struct unit units[] = {
    {"weeks", DIMENSION_TIME, 604800000000, -1},
    {"week", DIMENSION_TIME, 604800000000, -1},
    {"days", DIMENSION_TIME, 86400000000, 0},
    {"day", DIMENSION_TIME, 86400000000, -1},
    {"d", DIMENSION_TIME, 86400000000, -1},
    {"h", DIMENSION_TIME, 3600000000, 0},
    {"hour", DIMENSION_TIME, 3600000000, -1},
    {"hours", DIMENSION_TIME, 3600000000, -1},
    {"min", DIMENSION_TIME, 60000000, 0},
    {"minute", DIMENSION_TIME, 60000000, -1},
    {"minutes", DIMENSION_TIME, 60000000, -1},
    {"s", DIMENSION_TIME, 1000000, 3},
    {"sec", DIMENSION_TIME, 1000000, -1},
    {"second", DIMENSION_TIME, 1000000, -1},
    {"seconds", DIMENSION_TIME, 1000000, -1},
    {"ms", DIMENSION_TIME, 1000, 3},
    {"us", DIMENSION_TIME, 1, 0},
    {"\xC2\xB5s", DIMENSION_TIME, 1, -1}, /* micro sign */
    {"\xCE\xBCs", DIMENSION_TIME, 1, -1}, /* Greek mu */
    {"A", DIMENSION_CURRENT, 1000, 3},
    {"mA", DIMENSION_CURRENT, 1, 0},
    {"kV", DIMENSION_VOLTAGE, 1000000, -1},
    {"V", DIMENSION_VOLTAGE, 1000, 3},
    {"mV", DIMENSION_VOLTAGE, 1, 0},
    {"MW", DIMENSION_POWER, 1000000000, -1},
    {"kW", DIMENSION_POWER, 1000000, 6},
    {"W", DIMENSION_POWER, 1000, 3},
    {"mW", DIMENSION_POWER, 1, 0},
    {"MWh", DIMENSION_ENERGY, 3600000000000000, -1},
    {"kWh", DIMENSION_ENERGY, 3600000000000, 3},
    {"Wh", DIMENSION_ENERGY, 3600000000, 3},
    {"MJ", DIMENSION_ENERGY, 1000000000000, -1},
    {"kJ", DIMENSION_ENERGY, 1000000000, -1},
    {"J", DIMENSION_ENERGY, 1000000, 3},
    {"mJ", DIMENSION_ENERGY, 1000, -1},
    {"uJ", DIMENSION_ENERGY, 1, 0},
    {"BTC", DIMENSION_BITCOIN, 100000000000, -1},
    {"sat", DIMENSION_BITCOIN, 1000, 3},
    {"sats", DIMENSION_BITCOIN, 1000, -1},
    {"msat", DIMENSION_BITCOIN, 1, 0},
    {"JPY", DIMENSION_YEN, 1000000, 6},
    {"yen", DIMENSION_YEN, 1000000, -1},
    {"JPY/kWh", DIMENSION_PRICE, 1000000, 6},
    {"yen/kWh", DIMENSION_PRICE, 1000000, -1},
    {"JPY/MWh", DIMENSION_PRICE, 1000, -1},
    {"JPY/BTC", DIMENSION_EXCHANGE, 1000, 3},
    {"yen/BTC", DIMENSION_EXCHANGE, 1000, -1},
    {"km", DIMENSION_DISTANCE, 1000000, 6},
    {"m", DIMENSION_DISTANCE, 1000, 3},
    {"mm", DIMENSION_DISTANCE, 1, 0},
    {"kWh/100km", DIMENSION_CONSUMPTION, 10000, -1},
    {"kWh/km", DIMENSION_CONSUMPTION, 1000000, -1},
    {"Wh/km", DIMENSION_CONSUMPTION, 1000, 3},
    {"%", DIMENSION_SHARE, 10000, 4},
    {"ppm", DIMENSION_SHARE, 1, 0},
    {"sat/vB", DIMENSION_FEERATE, 1000, 3},
    {"sat/kvB", DIMENSION_FEERATE, 1, -1},
    {"deg", DIMENSION_ANGLE, 1000000, 6},
    {"degrees", DIMENSION_ANGLE, 1000000, -1},
    {"/day", DIMENSION_FREQUENCY, 1000000, 6},
};
#define UNIT_COUNT (sizeof units / sizeof units[0])

enum dimension dimension_find(const char *name)
{
    for (int d = 0; d < DIMENSION_COUNT; d++)
        if (strcmp(dimension_table[d].name, name) == 0)
            return (enum dimension)d;
    for (size_t i = 0; i < UNIT_COUNT; i++)
        if (strcmp(units[i].name, name) == 0)
            return units[i].dimension;
    return DIMENSION_COUNT;
}

int64_t quantity_unit_atoms(const char *unit, enum dimension dimension)
{
    for (size_t i = 0; i < UNIT_COUNT; i++)
        if (units[i].dimension == dimension && strcmp(units[i].name, unit) == 0)
            return units[i].atoms;
    return strcmp(dimension_table[dimension].base, unit) == 0 ? dimension_table[dimension].base_atoms : 0;
}

const char *quantity_unit_name(size_t n, enum dimension *dimension, int64_t *atoms)
{
    if (n >= UNIT_COUNT)
        return NULL;
    *dimension = units[n].dimension;
    *atoms = units[n].atoms;
    return units[n].name;
}

/* mantissa x 10^exponent, as the text has it. */
struct decimal {
    __int128 mantissa;
    int exponent;
    bool too_long; /* more digits than the mantissa holds */
};

static void decimal_digit(struct decimal *value, char digit, int exponent_step)
{
    const __int128 limit = (__int128)1 << 120;
    if (value->mantissa >= limit / 10) {
        value->too_long = true;
        return;
    }
    value->mantissa = value->mantissa * 10 + (digit - '0');
    value->exponent += exponent_step;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *parse_exponent(struct decimal *value, const char *text)
{
    const char *p = text + 1;
    int sign = 1, exponent = 0;
    if (*p == '+' || *p == '-')
        sign = *p++ == '-' ? -1 : 1;
    if (!is_digit(*p))
        return text; /* the e belongs to what follows */
    for (; is_digit(*p); p++)
        exponent = exponent < 1000 ? exponent * 10 + (*p - '0') : exponent;
    value->exponent += sign * exponent;
    return p;
}

/* Returns what follows the number, NULL: no number there. */
static const char *parse_decimal(struct decimal *value, const char *text)
{
    *value = (struct decimal){0};
    bool negative = *text == '-', any = false;
    if (*text == '-' || *text == '+')
        text++;
    for (; is_digit(*text); text++, any = true)
        decimal_digit(value, *text, 0);
    if (*text == '.')
        for (text++; is_digit(*text); text++, any = true)
            decimal_digit(value, *text, -1);
    if (!any)
        return NULL;
    if (*text == 'e' || *text == 'E')
        text = parse_exponent(value, text);
    if (negative)
        value->mantissa = -value->mantissa;
    return text;
}

/* *atoms = value x unit_atoms. */
static enum quantity_result to_atoms(int64_t *atoms, const struct decimal *value, int64_t unit_atoms)
{
    const __int128 room = ((__int128)1 << 126) / 10;
    __int128 mantissa = value->mantissa;
    if (value->too_long)
        return value->exponent < 0 ? QUANTITY_TOO_FINE : QUANTITY_OVERFLOW;
    if (mantissa == 0) {
        *atoms = 0;
        return QUANTITY_OK;
    }
    int exponent = value->exponent;
    for (; exponent < 0 && mantissa % 10 == 0; exponent++)
        mantissa /= 10;
    if (__builtin_mul_overflow(mantissa, (__int128)unit_atoms, &mantissa))
        return QUANTITY_OVERFLOW;
    for (; exponent < 0; exponent++) {
        if (mantissa % 10 != 0)
            return QUANTITY_TOO_FINE;
        mantissa /= 10;
    }
    for (; exponent > 0; exponent--) {
        if (mantissa > room || mantissa < -room)
            return QUANTITY_OVERFLOW;
        mantissa *= 10;
    }
    if (mantissa > INT64_MAX || mantissa < -INT64_MAX)
        return QUANTITY_OVERFLOW;
    *atoms = (int64_t)mantissa;
    return QUANTITY_OK;
}

/* The unit without the blanks around it and within ("kWh/100 km"); false: too long to be one. */
static bool trim_unit(char unit[32], const char *text)
{
    size_t length = 0;
    for (; *text != '\0'; text++) {
        if (*text == ' ' || *text == '\t')
            continue;
        if (length + 1 >= 32)
            return false;
        unit[length++] = *text;
    }
    unit[length] = '\0';
    return true;
}

static const struct unit *find_unit(const char *name, unsigned dimensions)
{
    for (size_t i = 0; i < UNIT_COUNT; i++)
        if ((dimensions & DIMENSION_BIT(units[i].dimension)) != 0 && strcmp(units[i].name, name) == 0)
            return &units[i];
    return NULL;
}

enum quantity_result quantity_parse(struct quantity *quantity, const char *text, unsigned dimensions)
{
    struct decimal value;
    char name[32];
    while (*text == ' ' || *text == '\t')
        text++;
    const char *rest = parse_decimal(&value, text);
    if (rest == NULL)
        return QUANTITY_NOT_A_NUMBER;
    if (!trim_unit(name, rest))
        return QUANTITY_UNKNOWN_UNIT;
    enum dimension dimension;
    int64_t atoms_of_unit;
    if (name[0] == '\0') {
        if ((dimensions & (dimensions - 1)) != 0)
            return QUANTITY_NO_UNIT;
        dimension = (enum dimension)__builtin_ctz(dimensions);
        atoms_of_unit = dimension_table[dimension].base_atoms;
    } else {
        const struct unit *unit = find_unit(name, dimensions);
        if (unit == NULL)
            return find_unit(name, UINT32_MAX) != NULL ? QUANTITY_WRONG_UNIT : QUANTITY_UNKNOWN_UNIT;
        dimension = unit->dimension;
        atoms_of_unit = unit->atoms;
    }
    int64_t atoms;
    enum quantity_result result = to_atoms(&atoms, &value, atoms_of_unit);
    if (result == QUANTITY_OK)
        *quantity = (struct quantity){dimension, atoms};
    return result;
}

enum quantity_result quantity_from_number(struct quantity *quantity, double number, enum dimension dimension)
{
    double atoms = number * (double)dimension_table[dimension].base_atoms;
    if (isnan(number))
        return QUANTITY_NOT_A_NUMBER;
    if (!(fabs(atoms) < 9.2e18))
        return QUANTITY_OVERFLOW;
    *quantity = (struct quantity){dimension, llrint(atoms)};
    return QUANTITY_OK;
}

enum quantity_result quantity_from_integer(struct quantity *quantity, int64_t number, enum dimension dimension)
{
    int64_t atoms;
    if (__builtin_mul_overflow(number, dimension_table[dimension].base_atoms, &atoms) || atoms == INT64_MIN)
        return QUANTITY_OVERFLOW;
    *quantity = (struct quantity){dimension, atoms};
    return QUANTITY_OK;
}

const char *quantity_expected(char *out, size_t size, unsigned dimensions)
{
    size_t used = 0;
    out[0] = '\0';
    for (int d = 0; d < DIMENSION_COUNT; d++) {
        if ((dimensions & DIMENSION_BIT(d)) == 0 || used >= size)
            continue;
        const struct dimension_info *info = &dimension_table[d];
        int n = snprintf(out + used, size - used, "%s%s (as in \"%s\")", used > 0 ? " or " : "",
                         d == DIMENSION_SHARE ? "%" : info->base, info->example);
        used += n > 0 ? (size_t)n : 0;
    }
    return out;
}

static const char *unit_of_text(char unit[32], const char *text)
{
    struct decimal ignored;
    while (*text == ' ' || *text == '\t')
        text++;
    const char *rest = parse_decimal(&ignored, text);
    if (rest == NULL || !trim_unit(unit, rest))
        snprintf(unit, 32, "?");
    return unit;
}

static void explain_unit(char *out, size_t size, const char *text, unsigned dimensions)
{
    char unit[32], near[96], expected[160];
    struct suggestion suggestion;
    unit_of_text(unit, text);
    suggest_begin(&suggestion, unit);
    for (size_t i = 0; i < UNIT_COUNT; i++)
        if ((dimensions & DIMENSION_BIT(units[i].dimension)) != 0)
            suggest_offer(&suggestion, units[i].name);
    snprintf(out, size, "unknown unit '%s'%s, expected %s", unit, suggest_text(near, &suggestion),
             quantity_expected(expected, sizeof expected, dimensions));
}

const char *quantity_explain(char *out, size_t size, enum quantity_result result, const char *text, unsigned dimensions)
{
    char expected[160], unit[32];
    quantity_expected(expected, sizeof expected, dimensions);
    out[0] = '\0';
    switch (result) {
    case QUANTITY_OK:
        break;
    case QUANTITY_NOT_A_NUMBER:
        snprintf(out, size, "not a number with a unit, expected %s", expected);
        break;
    case QUANTITY_NO_UNIT:
        snprintf(out, size, "a unit is needed, expected %s", expected);
        break;
    case QUANTITY_UNKNOWN_UNIT:
        explain_unit(out, size, text, dimensions);
        break;
    case QUANTITY_WRONG_UNIT: {
        unit_of_text(unit, text);
        enum dimension wrong = dimension_find(unit);
        snprintf(out, size, "unit '%s' is of %s, expected %s", unit,
                 wrong == DIMENSION_COUNT ? "something else" : dimension_table[wrong].name, expected);
        break;
    }
    case QUANTITY_TOO_FINE:
        snprintf(out, size, "finer than can be counted, expected %s", expected);
        break;
    case QUANTITY_OVERFLOW:
        snprintf(out, size, "too large to be counted, expected %s", expected);
        break;
    }
    return out;
}

static int64_t power_of_ten(int exponent)
{
    int64_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

/* True if atoms is written exactly in unit with the decimals it may have; small: "0.5" of it will do. */
static bool format_in(char out[64], int64_t atoms, const struct unit *unit, bool small)
{
    int64_t scale = power_of_ten(unit->canon), size = atoms < 0 ? -atoms : atoms;
    int64_t whole = size / unit->atoms;
    __int128 scaled = (__int128)(size % unit->atoms) * scale;
    if (scaled % unit->atoms != 0 || (whole == 0 && size != 0 && !small))
        return false;
    int fraction = (int)(scaled / unit->atoms), decimals = unit->canon;
    for (; decimals > 0 && fraction % 10 == 0; decimals--)
        fraction /= 10;
    int used = snprintf(out, 64, "%s%" PRId64, atoms < 0 ? "-" : "", whole);
    if (decimals > 0)
        used += snprintf(out + used, 64 - (size_t)used, ".%0*d", decimals % 10, fraction);
    snprintf(out + used, 64 - (size_t)used, " %s", unit->name);
    return true;
}

/* Zero is written in the base unit ("0 s" rather than "0 days"), a zero share in percent. */
static bool may_write(const struct unit *unit, const struct quantity *quantity)
{
    if (unit->dimension != quantity->dimension || unit->canon < 0)
        return false;
    return quantity->atoms != 0 || unit->dimension == DIMENSION_SHARE ||
           strcmp(unit->name, dimension_table[unit->dimension].base) == 0;
}

const char *quantity_format(char out[64], const struct quantity *quantity)
{
    bool small = quantity->dimension == DIMENSION_SHARE;
    for (int round = 0; round < 2; round++, small = true)
        for (size_t i = 0; i < UNIT_COUNT; i++)
            if (may_write(&units[i], quantity) && format_in(out, quantity->atoms, &units[i], small))
                return out;
    /* The smallest canonical unit of every dimension holds whole atoms with its decimals. */
    assert(0 && "a dimension without an exact canonical unit");
    return out;
}
