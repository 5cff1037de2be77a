/* test_quantity.c: numbers with units are read exactly or refused.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/quantity.h"
#include "tests/scenarios/reading.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int64_t atoms(const char *text, enum dimension dimension)
{
    struct quantity quantity = {DIMENSION_COUNT, -1};
    enum quantity_result result = quantity_parse(&quantity, text, DIMENSION_BIT(dimension));
    if (result != QUANTITY_OK)
        fail_msg("\"%s\" was refused with %d", text, (int)result);
    assert_int_equal(quantity.dimension, dimension);
    return quantity.atoms;
}

static enum quantity_result refused(const char *text, unsigned dimensions)
{
    struct quantity quantity = {DIMENSION_COUNT, 42};
    enum quantity_result result = quantity_parse(&quantity, text, dimensions);
    assert_int_equal(quantity.atoms, 42); /* on error nothing has changed */
    return result;
}

static void decimals_are_exact(void **state)
{
    (void)state;
    assert_int_equal(atoms("0.1 kWh", DIMENSION_ENERGY), INT64_C(360000000000));
    assert_int_equal(atoms("0.000001 J", DIMENSION_ENERGY), 1);
    assert_int_equal(atoms("28.61 JPY/kWh", DIMENSION_PRICE), 28610000);
    assert_int_equal(atoms("3.7 %", DIMENSION_SHARE), 37000);
    assert_int_equal(atoms("0.037", DIMENSION_SHARE), 37000);
    assert_int_equal(atoms("1.1 s", DIMENSION_TIME), 1100000);
    assert_int_equal(atoms("250000 sat", DIMENSION_BITCOIN), 250000000);
    assert_int_equal(atoms("0.00000001 BTC", DIMENSION_BITCOIN), 1000);
    assert_int_equal(atoms("2 weeks", DIMENSION_TIME), INT64_C(1209600000000));
    assert_int_equal(atoms("1e3 ms", DIMENSION_TIME), 1000000);
    assert_int_equal(atoms("1.500000000000000000000 s", DIMENSION_TIME), 1500000);
    assert_int_equal(atoms("-2.5 A", DIMENSION_CURRENT), -2500);
    assert_int_equal(atoms("15 kWh/100 km", DIMENSION_CONSUMPTION), 150000);
    assert_int_equal(atoms(".5 h", DIMENSION_TIME), INT64_C(1800000000));
}

static void blanks_do_not_matter(void **state)
{
    (void)state;
    assert_int_equal(atoms("10min", DIMENSION_TIME), atoms("  10   min ", DIMENSION_TIME));
    assert_int_equal(atoms("16A", DIMENSION_CURRENT), 16000);
    assert_int_equal(atoms("5 \xC2\xB5s", DIMENSION_TIME), 5);
}

static void every_unit_of_the_table_is_read(void **state)
{
    (void)state;
    enum dimension dimension;
    int64_t size;
    size_t n = 0;
    for (; quantity_unit_name(n, &dimension, &size) != NULL; n++) {
        const char *unit = quantity_unit_name(n, &dimension, &size);
        char text[64];
        snprintf(text, sizeof text, "7 %s", unit);
        assert_int_equal(atoms(text, dimension), 7 * size);
        assert_int_equal(quantity_unit_atoms(unit, dimension), size);
        assert_int_equal(dimension_find(unit), dimension);
        for (int other = 0; other < DIMENSION_COUNT; other++)
            if (other != (int)dimension)
                assert_int_equal(refused(text, DIMENSION_BIT(other)), QUANTITY_WRONG_UNIT);
    }
    assert_true(n > 40);
}

static void base_units_and_examples_are_read(void **state)
{
    (void)state;
    for (int d = 0; d < DIMENSION_COUNT; d++) {
        const struct dimension_info *info = &dimension_table[d];
        assert_int_equal(atoms("3", (enum dimension)d), 3 * info->base_atoms);
        assert_true(atoms(info->example, (enum dimension)d) > 0);
        assert_int_equal(quantity_unit_atoms(info->base, (enum dimension)d), info->base_atoms);
    }
}

static void limits_of_int64_are_kept(void **state)
{
    (void)state;
    assert_int_equal(atoms("9223372036854775807 us", DIMENSION_TIME), INT64_MAX);
    assert_int_equal(refused("9223372036854775808 us", DIMENSION_BIT(DIMENSION_TIME)), QUANTITY_OVERFLOW);
    assert_int_equal(refused("1e30 s", DIMENSION_BIT(DIMENSION_TIME)), QUANTITY_OVERFLOW);
    assert_int_equal(refused("1e999999999999 s", DIMENSION_BIT(DIMENSION_TIME)), QUANTITY_OVERFLOW);
    assert_int_equal(refused("99999999999999999999999999999999999999999999 s", DIMENSION_BIT(DIMENSION_TIME)),
                     QUANTITY_OVERFLOW);
    assert_int_equal(refused("3 MWh", DIMENSION_BIT(DIMENSION_TIME)), QUANTITY_WRONG_UNIT);
    assert_int_equal(refused("3000 MWh", DIMENSION_BIT(DIMENSION_ENERGY)), QUANTITY_OVERFLOW);
}

static void nothing_is_rounded_away(void **state)
{
    (void)state;
    assert_int_equal(refused("0.1 us", DIMENSION_BIT(DIMENSION_TIME)), QUANTITY_TOO_FINE);
    assert_int_equal(refused("1e-400 s", DIMENSION_BIT(DIMENSION_TIME)), QUANTITY_TOO_FINE);
    assert_int_equal(refused("33.333333333 %", DIMENSION_BIT(DIMENSION_SHARE)), QUANTITY_TOO_FINE);
    assert_int_equal(refused("0.1111111111111111111111111111111111111111111 s", DIMENSION_BIT(DIMENSION_TIME)),
                     QUANTITY_TOO_FINE);
    assert_int_equal(atoms("0e-400 s", DIMENSION_TIME), 0);
}

static void what_is_no_quantity_is_refused(void **state)
{
    (void)state;
    unsigned time = DIMENSION_BIT(DIMENSION_TIME);
    static const char *const texts[] = {"", " ", "s", ".", "-", "+ 3 s", "abc", "nan", "inf", "0x10 s", "1,5 s"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_not_equal(refused(texts[i], time), QUANTITY_OK);
    assert_int_equal(refused("3 parsecs", time), QUANTITY_UNKNOWN_UNIT);
    assert_int_equal(refused("3 S", time), QUANTITY_UNKNOWN_UNIT);
    assert_int_equal(refused("3 s s s s s s s s s s s s s s s s s s s s s s s s s s s s s s s s", time),
                     QUANTITY_UNKNOWN_UNIT);
    assert_int_equal(refused("3", time | DIMENSION_BIT(DIMENSION_POWER)), QUANTITY_NO_UNIT);
}

static void two_dimensions_are_told_apart(void **state)
{
    (void)state;
    struct quantity quantity;
    unsigned both = DIMENSION_BIT(DIMENSION_CURRENT) | DIMENSION_BIT(DIMENSION_POWER);
    assert_int_equal(quantity_parse(&quantity, "25 kW", both), QUANTITY_OK);
    assert_int_equal(quantity.dimension, DIMENSION_POWER);
    assert_int_equal(quantity_parse(&quantity, "125 A", both), QUANTITY_OK);
    assert_int_equal(quantity.dimension, DIMENSION_CURRENT);
}

static void messages_name_what_is_expected(void **state)
{
    (void)state;
    char why[300];
    unsigned power = DIMENSION_BIT(DIMENSION_POWER);
    assert_string_equal(quantity_explain(why, sizeof why, QUANTITY_WRONG_UNIT, "3.7 kWh", power),
                        "unit 'kWh' is of energy, expected W (as in \"3.2 kW\")");
    assert_string_equal(quantity_explain(why, sizeof why, QUANTITY_UNKNOWN_UNIT, "3.7 KW", power),
                        "unknown unit 'KW' (did you mean 'MW'?), expected W (as in \"3.2 kW\")");
    assert_string_equal(
        quantity_explain(why, sizeof why, QUANTITY_NO_UNIT, "3", power | DIMENSION_BIT(DIMENSION_CURRENT)),
        "a unit is needed, expected A (as in \"16 A\") or W (as in \"3.2 kW\")");
}

static void numbers_become_the_nearest_atom(void **state)
{
    (void)state;
    struct quantity quantity;
    assert_int_equal(quantity_from_number(&quantity, 0.1, DIMENSION_TIME), QUANTITY_OK);
    assert_int_equal(quantity.atoms, 100000);
    assert_int_equal(quantity_from_number(&quantity, 28.61, DIMENSION_PRICE), QUANTITY_OK);
    assert_int_equal(quantity.atoms, 28610000);
    assert_int_equal(quantity_from_number(&quantity, 1e300, DIMENSION_TIME), QUANTITY_OVERFLOW);
    assert_int_equal(quantity_from_number(&quantity, HUGE_VAL, DIMENSION_TIME), QUANTITY_OVERFLOW);
    assert_int_equal(quantity_from_number(&quantity, NAN, DIMENSION_TIME), QUANTITY_NOT_A_NUMBER);
    assert_int_equal(quantity_from_integer(&quantity, INT64_MAX, DIMENSION_TIME), QUANTITY_OVERFLOW);
    assert_int_equal(quantity_from_integer(&quantity, 5, DIMENSION_TIME), QUANTITY_OK);
    assert_int_equal(quantity.atoms, 5000000);
}

static void canonical_texts_read_back_the_same(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (int i = 0; i < 200000; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        int64_t value = (int64_t)(random >> (1 + i % 62)); /* of all sizes */
        struct quantity quantity = {(enum dimension)(i % DIMENSION_COUNT), i % 5 == 0 ? -value : value};
        char text[64];
        quantity_format(text, &quantity);
        assert_int_equal(atoms(text, quantity.dimension), quantity.atoms);
    }
}

static void canonical_texts_are_short(void **state)
{
    (void)state;
    static const struct {
        enum dimension dimension;
        const char *written, *canonical;
    } cases[] = {
        {DIMENSION_TIME, "744 h", "31 days"},
        {DIMENSION_TIME, "90 s", "90 s"},
        {DIMENSION_TIME, "0", "0 s"},
        {DIMENSION_TIME, "1500 ms", "1.5 s"},
        {DIMENSION_TIME, "90 min", "90 min"},
        {DIMENSION_ENERGY, "0.1 kWh", "100 Wh"},
        {DIMENSION_ENERGY, "1 uJ", "1 uJ"},
        {DIMENSION_POWER, "3700 W", "3.7 kW"},
        {DIMENSION_CURRENT, "16000 mA", "16 A"},
        {DIMENSION_SHARE, "0.005", "0.5 %"},
        {DIMENSION_SHARE, "0", "0 %"},
        {DIMENSION_SHARE, "1", "100 %"},
        {DIMENSION_PRICE, "28.610000", "28.61 JPY/kWh"},
        {DIMENSION_CURRENT, "-0.5 A", "-500 mA"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64];
        struct quantity quantity = {cases[i].dimension, atoms(cases[i].written, cases[i].dimension)};
        assert_string_equal(quantity_format(text, &quantity), cases[i].canonical);
    }
}

static void dates_are_seconds_since_1970(void **state)
{
    (void)state;
    int64_t seconds;
    char text[64];
    assert_true(date_parse(&seconds, "1970-01-01"));
    assert_int_equal(seconds, 0);
    assert_true(date_parse(&seconds, "2018-03-01 12:30:05"));
    assert_int_equal(seconds, 1519907405);
    assert_string_equal(date_format(text, seconds), "2018-03-01 12:30:05");
    assert_true(date_parse(&seconds, "2020-02-29T23:59"));
    assert_string_equal(date_format(text, seconds), "2020-02-29 23:59");
    assert_string_equal(date_format(text, 951782400), "2000-02-29");
    static const char *const wrong[] = {"2019-02-29",
                                        "2018-13-01",
                                        "2018-00-01",
                                        "2018-01-32",
                                        "18-01-01",
                                        "2018-1-1",
                                        "2018-01-01 24:00",
                                        "2018-01-01 12:60",
                                        "2018-01-01 1:00",
                                        "2018-01-01 12",
                                        "2018-01-01x",
                                        "1969-12-31",
                                        "",
                                        "2018- 3-01",
                                        "2018-01-01 12:00:",
                                        "2018-01-01 12:00:60"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (date_parse(&seconds, wrong[i]))
            fail_msg("\"%s\" was taken for a date", wrong[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimals_are_exact),
        cmocka_unit_test(blanks_do_not_matter),
        cmocka_unit_test(every_unit_of_the_table_is_read),
        cmocka_unit_test(base_units_and_examples_are_read),
        cmocka_unit_test(limits_of_int64_are_kept),
        cmocka_unit_test(nothing_is_rounded_away),
        cmocka_unit_test(what_is_no_quantity_is_refused),
        cmocka_unit_test(two_dimensions_are_told_apart),
        cmocka_unit_test(messages_name_what_is_expected),
        cmocka_unit_test(numbers_become_the_nearest_atom),
        cmocka_unit_test(canonical_texts_read_back_the_same),
        cmocka_unit_test(canonical_texts_are_short),
        cmocka_unit_test(dates_are_seconds_since_1970),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
