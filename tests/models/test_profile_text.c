/* test_profile_text.c: a profile is what its text says, and a damaged text is refused.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/check.h"
#include "tests/models/near.h"
#include "tests/models/sites.h"

#include "models/fleet/fit.h"
#include "models/fleet/profile_text.h"
#include "sim/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    struct input_problem problems[INPUT_PROBLEMS_MAX];
    struct input_report report;
    struct profile profile;
    bool is_good;
};

static void read_text(struct reading *reading, const char *text, size_t length)
{
    char *exact = malloc(length + 1);
    assert_non_null(exact);
    memcpy(exact, text, length);
    input_report_init(&reading->report, reading->problems);
    reading->is_good = profile_read(&reading->profile, &reading->report, exact, length, "p.lua");
    input_report_finish(&reading->report);
    assert_int_equal(reading->is_good, reading->report.error_count == 0);
    free(exact);
}

/* A shipped profile, written again under other words. */
static int take_shipped(void **state)
{
    static char text[50000];
    static struct reading reading;
    FILE *file = fopen(KONSENTO_SOURCE "/scenarios/profiles/norway_apartments.lua", "rb");
    assert_non_null(file);
    size_t length = fread(text, 1, sizeof text, file);
    fclose(file);
    read_text(&reading, text, length);
    assert_true(reading.is_good);
    *state = profile_write(&reading.profile, "first line\nsecond line\n");
    assert_non_null(*state);
    return 0;
}

static int forget(void **state)
{
    free(*state);
    return 0;
}

static void a_text_written_again_is_the_same_text(void **state)
{
    const char *text = *state;
    struct reading reading;
    assert_true(strncmp(text, "-- first line\n-- second line\nreturn {\n", 38) == 0);
    read_text(&reading, text, strlen(text));
    if (!reading.is_good)
        fail_msg("line %u: %s", reading.problems[0].line, reading.problems[0].text);
    char *again = profile_write(&reading.profile, "first line\nsecond line\n");
    assert_non_null(again);
    assert_string_equal(again, text);
    free(again);
    assert_true(reading.profile.mixture[0].count == MIXTURE_MAX);
    near(reading.profile.month_energy[5] > 0.5, 1, 0);
}

/* The profiles that are shipped are what fitting the recording gives. */
static void shipped_profiles_are_those_of_the_recording(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const struct fit_level *level;
    } shipped[] = {{KONSENTO_SOURCE "/scenarios/profiles/norway_apartments.lua", NULL},
                   {KONSENTO_SOURCE "/scenarios/profiles/apartments_elsewhere.lua", &fit_population}};
    struct history history;
    sites_history(&history, "AOT");
    for (size_t i = 0; i < sizeof shipped / sizeof shipped[0]; i++) {
        static char text[50000];
        FILE *file = fopen(shipped[i].path, "rb");
        assert_non_null(file);
        size_t length = fread(text, 1, sizeof text, file);
        fclose(file);
        struct reading reading;
        read_text(&reading, text, length);
        assert_true(reading.is_good);
        struct profile profile;
        assert_int_equal(fit_profile(&profile, &history, shipped[i].level), FIT_OK);
        char *fitted = profile_write(&profile, ""), *read = profile_write(&reading.profile, "");
        assert_non_null(fitted);
        assert_non_null(read);
        assert_string_equal(read, fitted);
        free(fitted);
        free(read);
    }
    history_close(&history);
}

/* Replaces the first occurrence of what by with, and expects the complaint. */
static void refused(const char *text, const char *what, const char *with, const char *complaint)
{
    const char *at = strstr(text, what);
    assert_non_null(at);
    size_t size = strlen(text) + strlen(with) + 1;
    char *damaged = malloc(size);
    assert_non_null(damaged);
    snprintf(damaged, size, "%.*s%s%s", (int)(at - text), text, with, at + strlen(what));
    struct reading reading;
    read_text(&reading, damaged, strlen(damaged));
    if (reading.is_good)
        fail_msg("%s -> %s is read", what, with);
    if (strstr(reading.problems[0].text, complaint) == NULL)
        fail_msg("%s -> %s: '%s'", what, with, reading.problems[0].text);
    free(damaged);
}

static void every_damage_is_told(void **state)
{
    const char *text = *state;
    refused(text, "return", "retrun", "'return' is expected");
    refused(text, "weekend_rate", "weekend_rat", "no 'weekend_rat'");
    refused(text, "weekend_rate = ", "weekend_rate = x", "a number within 1e6");
    refused(text, "weekend_rate = ", "weekend_rate = nan --", "a number within 1e6");
    refused(text, "weekend_rate = ", "weekend_rate = -", "expected weekend_rate: 0 to 100");
    refused(text, "month_rate = {", "month_rate = { 1,", "more than 12 numbers");
    refused(text, "month_energy = {", "month_rate = {", "month_rate is there twice");
    refused(text, "charger_w = {\n        ", "charger_w = {\n        --", "a number within 1e6");
    refused(text, "weekday_hours = {\n        0.", "weekday_hours = {\n        1.", "shares that add up to 1");
    refused(text, "user_covariance = {\n        ", "user_covariance = {\n        -", "positive definite");
    refused(text, "    weekend_rate", "    --weekend_rate", "weekend_rate is missing");
    refused(text, "},\n}\n", "},\n}\nx", "nothing is expected after");
    refused(text, "},\n}\n", "},\n", "expected");
}

/* Cut anywhere and with any byte changed it is read or refused, and never crashes. */
static void damaged_texts_never_crash(void **state)
{
    const char *text = *state;
    size_t length = strlen(text), good = 0;
    struct sim_stream stream;
    stream_open(&stream, 5, 0, "test.profile", 0);
    char *damaged = malloc(length + 1);
    assert_non_null(damaged);
    static const char signs[] = "0123456789.,-+e{}= \n\x80";
    struct reading reading;
    for (int i = 0; i < 2000; i++) {
        memcpy(damaged, text, length + 1);
        damaged[(size_t)(stream_uniform(&stream) * (double)length)] =
            signs[(size_t)(stream_uniform(&stream) * (sizeof signs - 1))];
        read_text(&reading, damaged, i % 2 == 0 ? length : (size_t)(stream_uniform(&stream) * (double)length));
        good += reading.is_good;
    }
    printf("%zu of 2000 damaged texts are read\n", good);
    assert_true(good > 100 && good < 1000);
    free(damaged);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_written_again_is_the_same_text),
        cmocka_unit_test(shipped_profiles_are_those_of_the_recording),
        cmocka_unit_test(every_damage_is_told),
        cmocka_unit_test(damaged_texts_never_crash),
    };
    return cmocka_run_group_tests(tests, take_shipped, forget);
}
