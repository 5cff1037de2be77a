/* test_fields.c: every field refuses a wrong name, kind, unit and range.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/scenarios/reading.h"
#include "tests/scenarios/sample.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef size_t field_test(const struct schema_class *class, const struct schema_field *field);

/* Runs a test for each row; returns the number of cases it looked at. */
static size_t for_each_field(field_test *test)
{
    size_t cases = 0;
    for (size_t i = 0; i < schema_class_count; i++)
        for (size_t j = 0; j < schema_classes[i].field_count; j++)
            cases += test(&schema_classes[i], &schema_classes[i].fields[j]);
    return cases;
}

/* The line `name = value` of the class must be refused at its place, in words that contain `part`. */
static void assert_refused(const struct schema_class *class, const char *name, const char *value, const char *part)
{
    char text[SAMPLE_MAX], line[1200];
    unsigned line_number;
    snprintf(line, sizeof line, "   %s = %s,", name, value);
    struct reading *reading = reading_text(sample_scenario(text, &line_number, class, name, line), NULL, NULL);
    if (reading->good)
        fail_msg("k.%s took %s = %s", class->name, name, value);
    bool told = false;
    for (size_t i = 0; i < reading->count; i++) {
        const struct scenario_diagnostic *item = &reading->diagnostics[i];
        told |= item->line == line_number && item->column >= 4 && item->column < 4 + strlen(line) &&
                strstr(item->text, part) != NULL;
    }
    if (!told)
        fail_msg("k.%s { %s = %s }: expected '%s' on line %u, was told:\n%s", class->name, name, value, part,
                 line_number, reading_told(reading));
    reading_close(reading);
}

static size_t refuses_wrong_name(const struct schema_class *class, const struct schema_field *field)
{
    char wrong[80], part[200], value[1000], text[SAMPLE_MAX], line[1200];
    unsigned line_number;
    snprintf(wrong, sizeof wrong, "%sx", field->name);
    snprintf(part, sizeof part, "%u:4: %s has no field '%s' (did you mean '%s'?)", 0, class->name, wrong, field->name);
    snprintf(line, sizeof line, "   %s = %s,", wrong, sample_value(value, sizeof value, field));
    sample_scenario(text, &line_number, class, field->name, line);
    snprintf(part, sizeof part, "%u:4: %s has no field '%s' (did you mean '%s'?)", line_number, class->name, wrong,
             field->name);
    struct reading *reading = reading_text(text, NULL, NULL);
    assert_false(reading->good);
    reading_assert_told(reading, part);
    reading_close(reading);
    return 1;
}

static void every_field_refuses_a_wrong_name(void **state)
{
    (void)state;
    assert_true(for_each_field(refuses_wrong_name) > 60);
}

static size_t refuses_wrong_unit(const struct schema_class *class, const struct schema_field *field)
{
    size_t cases = 0;
    if (field->kind != KIND_QUANTITY)
        return 0;
    for (int d = 0; d < DIMENSION_COUNT; d++) {
        char value[64];
        if ((schema_dimensions(field) & DIMENSION_BIT(d)) != 0 || d == DIMENSION_SHARE)
            continue;
        snprintf(value, sizeof value, "\"3 %s\"", dimension_table[d].base);
        assert_refused(class, field->name, value, "expected");
        cases++;
    }
    assert_refused(class, field->name, "\"3 parsecs\"", "unknown unit 'parsecs'");
    assert_refused(class, field->name, "\"many\"", "not a number");
    return cases + 2;
}

static void every_quantity_refuses_every_other_unit(void **state)
{
    (void)state;
    assert_true(for_each_field(refuses_wrong_unit) > 300);
}

static size_t refuses_wrong_kind(const struct schema_class *class, const struct schema_field *field)
{
    static const char *const values[] = {"true", "5", "{}", "\"many\"", "k.building", "{ 5 }", "k.outage {}"};
    size_t cases = 0;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        const char *value = values[i];
        bool number = value[0] == '5', text = value[0] == '"', empty = strcmp(value, "{}") == 0;
        bool constructor = strcmp(value, "k.outage {}") == 0, function = strcmp(value, "k.building") == 0;
        bool scalar = field->kind != KIND_CLASS && field->kind != KIND_LIST && field->kind != KIND_CHECKS &&
                      field->kind != KIND_PARAMS;
        if ((number && (field->kind == KIND_QUANTITY || field->kind == KIND_INTEGER)) ||
            (text && field->kind == KIND_STRING) || (empty && !scalar) || (constructor && !scalar) ||
            (function && field->callback != NULL))
            continue; /* may be right there, or is told in other words */
        assert_refused(class, field->name, value, field->name);
        cases++;
    }
    return cases;
}

static void every_field_refuses_values_of_another_kind(void **state)
{
    (void)state;
    assert_true(for_each_field(refuses_wrong_kind) > 250);
}

static int64_t bound(const struct schema_field *field, const char *text)
{
    struct quantity quantity = {DIMENSION_COUNT, 0};
    assert_int_equal(quantity_parse(&quantity, text, DIMENSION_BIT(field->stored)), QUANTITY_OK);
    return quantity.atoms;
}

static void refuses_atoms(const struct schema_class *class, const struct schema_field *field, int64_t atoms)
{
    char text[64], value[80];
    struct quantity quantity = {field->stored, atoms};
    snprintf(value, sizeof value, "\"%s\"", quantity_format(text, &quantity));
    assert_refused(class, field->name, value, "is outside");
}

static size_t refuses_out_of_range(const struct schema_class *class, const struct schema_field *field)
{
    char value[64];
    if (field->kind == KIND_QUANTITY) {
        refuses_atoms(class, field, bound(field, field->max) + field->atoms);
        refuses_atoms(class, field, bound(field, field->min) - field->atoms);
        return 2;
    }
    if (field->kind == KIND_INTEGER) {
        uint64_t max = strtoull(field->max, NULL, 10), min = strtoull(field->min, NULL, 10);
        if (max == UINT64_MAX)
            snprintf(value, sizeof value, "\"18446744073709551616\"");
        else
            snprintf(value, sizeof value, "%" PRIu64, max + 1);
        assert_refused(class, field->name, value, "whole number in");
        snprintf(value, sizeof value, "%" PRId64, (int64_t)min - 1);
        assert_refused(class, field->name, value, "whole number in");
        assert_refused(class, field->name, "1.5", "whole number in");
        return 3;
    }
    if (field->kind == KIND_ENUM) {
        assert_refused(class, field->name, "\"nonsense\"", "must be one of");
        return 1;
    }
    if (field->kind == KIND_DATE) {
        assert_refused(class, field->name, "\"2018-02-30\"", "must be a date");
        return 1;
    }
    return 0;
}

static void every_range_is_kept_at_both_ends(void **state)
{
    (void)state;
    assert_true(for_each_field(refuses_out_of_range) > 90);
}

static size_t takes_its_bounds(const struct schema_class *class, const struct schema_field *field)
{
    const char *const bounds[] = {field->min, field->max, field->word, field->default_text};
    size_t cases = 0;
    if (field->kind != KIND_QUANTITY && field->kind != KIND_INTEGER && field->kind != KIND_ENUM)
        return 0;
    for (size_t i = 0; i < 4; i++) {
        char text[SAMPLE_MAX], line[200], part[100];
        unsigned line_number;
        if (bounds[i] == NULL)
            continue;
        snprintf(line, sizeof line, "%s = \"%s\",", field->name, bounds[i]);
        snprintf(part, sizeof part, "%s =", field->name);
        struct reading *reading =
            reading_text(sample_scenario(text, &line_number, class, field->name, line), NULL, NULL);
        /* Rules between fields may object (a band that begins at its end); the range itself must not. */
        if (strstr(reading_told(reading), "is outside") != NULL || strstr(reading_told(reading), "must be a") != NULL)
            fail_msg("k.%s refused its own bound %s\n%s", class->name, line, reading_told(reading));
        reading_close(reading);
        cases++;
    }
    return cases;
}

static void every_field_takes_its_bounds_and_its_default(void **state)
{
    (void)state;
    assert_true(for_each_field(takes_its_bounds) > 130);
}

static size_t misses_required(const struct schema_class *class, const struct schema_field *field)
{
    char text[SAMPLE_MAX], part[100];
    unsigned line_number;
    if (field->default_text != NULL)
        return 0;
    struct reading *reading = reading_text(sample_scenario(text, &line_number, class, field->name, ""), NULL, NULL);
    assert_false(reading->good);
    snprintf(part, sizeof part, "%s is missing", field->name);
    reading_assert_told(reading, part);
    assert_int_not_equal(reading->diagnostics[0].line, 0);
    reading_close(reading);
    return 1;
}

static void every_required_field_is_missed(void **state)
{
    (void)state;
    assert_true(for_each_field(misses_required) >= 8);
}

static size_t sample_is_good(const struct schema_class *class, const struct schema_field *field)
{
    char text[SAMPLE_MAX];
    unsigned line_number;
    if (field != &class->fields[0])
        return 0;
    struct reading *reading = reading_text(sample_scenario(text, &line_number, class, "", ""), NULL, NULL);
    if (!reading->good)
        fail_msg("the sample of k.%s is refused:\n%s%s", class->name, text, reading_told(reading));
    reading_close(reading);
    return 1;
}

static void every_constructor_is_taken_with_what_is_required(void **state)
{
    (void)state;
    assert_int_equal(for_each_field(sample_is_good), schema_class_count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_constructor_is_taken_with_what_is_required),
        cmocka_unit_test(every_field_refuses_a_wrong_name),
        cmocka_unit_test(every_quantity_refuses_every_other_unit),
        cmocka_unit_test(every_field_refuses_values_of_another_kind),
        cmocka_unit_test(every_range_is_kept_at_both_ends),
        cmocka_unit_test(every_field_takes_its_bounds_and_its_default),
        cmocka_unit_test(every_required_field_is_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
