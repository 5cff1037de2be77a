/* test_thresholds.c: limits that make a scenario a test.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/metrics.h"
#include "tests/scenarios/reading.h"

#include <math.h>
#include <string.h>

static const char *with(const char *threshold)
{
    char inside[600];
    snprintf(
        inside, sizeof inside,
        "rails = { k.rail.cloud { name = \"card\" }, k.rail.cloud { name = \"app\" } },\nthresholds = {\n  \"%s\" }",
        threshold);
    return reading_scenario(inside);
}

static struct scenario_threshold read_one(const char *text)
{
    struct reading *reading = reading_text(with(text), NULL, NULL);
    if (!reading->good)
        fail_msg("%s: %s", text, reading_told(reading));
    assert_int_equal(reading->scenario.threshold_count, 1);
    struct scenario_threshold threshold = reading->scenario.thresholds[0];
    assert_string_equal(threshold.text, text);
    assert_int_equal(threshold.line, 5);
    assert_int_equal(threshold.column, 3);
    threshold.text = NULL;
    reading_close(reading);
    return threshold;
}

static void operators_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(read_one("revenue < 5").op, THRESHOLD_LT);
    assert_int_equal(read_one("revenue <= 5").op, THRESHOLD_LE);
    assert_int_equal(read_one("revenue > 5").op, THRESHOLD_GT);
    assert_int_equal(read_one("revenue >= 5").op, THRESHOLD_GE);
    assert_int_equal(read_one("revenue>=5").op, THRESHOLD_GE);
}

static void assert_limit(const char *text, double limit)
{
    assert_true(fabs(read_one(text).limit - limit) <= 1e-12 * fabs(limit));
}

static void limits_are_in_the_unit_of_the_metric(void **state)
{
    (void)state;
    assert_limit("energy.delivered_share > 85 %", 85);
    assert_limit("energy.delivered_share > 85", 85);
    assert_limit("energy.delivered > 1500 Wh", 1.5);
    assert_limit("energy.delivered > 1.5 MWh", 1500);
    assert_limit("site.peak_current <= 304 A", 304);
    assert_limit("time_to_power.p95 < 500 ms", 0.5);
    assert_limit("time_to_power.p95 < 2 min", 120);
    assert_limit("fee.per_kwh < 0.5 yen/kWh", 0.5);
    assert_limit("session.count > 100", 100);
    assert_limit("merchant.loss < -0.5 yen", -0.5);
}

static void every_metric_may_have_a_limit_in_its_own_unit(void **state)
{
    (void)state;
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        char text[200];
        snprintf(text, sizeof text, "%s > 1.25 %s", metric_table[i].name,
                 strcmp(metric_table[i].unit, "1") == 0 ? "" : metric_table[i].unit);
        for (size_t n = strlen(text); n > 0 && text[n - 1] == ' '; n--)
            text[n - 1] = '\0';
        struct scenario_threshold threshold = read_one(text);
        assert_int_equal(threshold.metric, i);
        assert_true(fabs(threshold.limit - 1.25) < 1e-12);
    }
}

static void a_limit_may_be_for_one_rail(void **state)
{
    (void)state;
    assert_int_equal(read_one("revenue > 5").arm, -1);
    assert_int_equal(read_one("revenue > 5 where rail=card").arm, 0);
    assert_int_equal(read_one("revenue > 5 yen where rail = app").arm, 1);
}

static void wrong_thresholds_are_told(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"revnue > 5", "unknown metric 'revnue' (did you mean 'revenue'?)"},
        {"energy.delivered_share > 85 kWh", "unit 'kWh' is of energy, expected %"},
        {"energy.delivered_share > 85 percent", "unknown unit 'percent', expected %"},
        {"energy.delivered_share > many", "not a number"},
        {"session.count > 5 s", "\"5 s\" must be a number"},
        {"revenue", "is not of the form"},
        {"", "is not of the form"},
        {"> 5", "is not of the form"},
        {"revenue >", "is not of the form"},
        {"revenue => 5", "'=>' must be one of <, <=, >, >="},
        {"revenue == 5", "'==' must be one of"},
        {"revenue > 5 where rail=crad", "no rail has the name 'crad' (did you mean 'card'?)"},
        {"revenue > 5 where mode=card", "\"where mode=card\" is not of the form \"where rail=name\""},
        {"revenue > 5 where", "is not of the form"},
        {"revenue > nan", "not a number"},
        {"revenue > inf", "not a number"},
        {"revenue > 1e999 yen", "too large"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading *reading = reading_text(with(cases[i][0]), NULL, NULL);
        if (reading->good)
            fail_msg("was taken: %s", cases[i][0]);
        assert_int_equal(reading->diagnostics[0].line, 5);
        reading_assert_told(reading, cases[i][1]);
        reading_close(reading);
    }
}

static void the_list_must_be_one_of_strings(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"thresholds = \"revenue > 5\"", "thresholds must be a list of strings, got string"},
        {"thresholds = { 5 }", "thresholds[1] must be a string, got number"},
        {"thresholds = { x = \"revenue > 5\" }", "thresholds is a list, it has no field 'x'"},
        {"thresholds = { \"revenue > 5\", x = \"revenue > 6\" }", "thresholds is a list, it has no field 'x'"},
        {"thresholds = { \"revenue > 5\", [true] = 1 }", "whose name is neither text nor a number"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading *reading = reading_text(reading_scenario(cases[i][0]), NULL, NULL);
        reading_assert_told(reading, cases[i][1]);
        reading_close(reading);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operators_are_told_apart),
        cmocka_unit_test(limits_are_in_the_unit_of_the_metric),
        cmocka_unit_test(every_metric_may_have_a_limit_in_its_own_unit),
        cmocka_unit_test(a_limit_may_be_for_one_rail),
        cmocka_unit_test(wrong_thresholds_are_told),
        cmocka_unit_test(the_list_must_be_one_of_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
