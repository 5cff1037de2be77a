/* test_cli_test.c: scenarios as regression tests, in every form and with every exit code; replays.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/cli/houses.h"
#include "tests/cli/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The house with other cars, another latency, another threshold. */
static void write_house(const char *file, const char *cars, const char *latency, const char *threshold)
{
    char text[1024];
    snprintf(text, sizeof text,
             "local k = require \"konsento\"\n"
             "return k.scenario {\n"
             "    name = \"House\", duration = \"30 days\", replications = 4,\n"
             "    building = k.building { flats = 10, outlets = k.outlets { count = 3 } },\n"
             "    fleet = k.fleet.cars { count = %s },\n"
             "    rails = { k.rail.cloud { name = \"card\", latency = \"%s\" } },\n"
             "    thresholds = { \"%s\" },\n"
             "}\n",
             cars, latency, threshold);
    file_write(file, text);
}

static void easy_house(const char *latency)
{
    write_house("easy.lua", "5", latency, "energy.delivered_share > 1 %");
}

static void what_was_accepted_passes(void **state)
{
    (void)state;
    easy_house("2 s");
    struct said none = KONSENTO("test"), first = KONSENTO("test", "easy.lua");
    EXPECT_CODE(&none, 2);
    EXPECT_TEXT(none.err, "konsento test --accept FILE");
    EXPECT_CODE(&first, 0);
    EXPECT_TEXT(first.out, "skipped    digest");
    said_free(&none);
    said_free(&first);
    EXPECT_RUN(0, "test", "--accept", "easy.lua", "--reps", "3");
    struct said said = KONSENTO("test");
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "3 passed, 0 failed, 0 differ");
    said_free(&said);
    char *before = file_read("easy.expected");
    EXPECT_RUN(0, "test", "--accept", "."); /* nothing has changed: the same file, byte for byte */
    char *after = file_read("easy.expected");
    assert_string_equal(before, after);
    free(before);
    free(after);
}

/* The number in "…differs is number N;" */
static long diverging_event(const char *out)
{
    const char *at = strstr(out, "differs is number ");
    return at != NULL ? strtol(at + strlen("differs is number "), NULL, 10) : 0;
}

static void a_changed_digest_names_the_first_event_that_differs(void **state)
{
    (void)state;
    easy_house("2 s");
    EXPECT_RUN(0, "test", "--accept", "easy.lua");
    EXPECT_RUN(0, "run", "easy.lua", "-o", "before", "--no-report");
    struct said trace = KONSENTO("replay", "before", "--trace");
    EXPECT_CODE(&trace, 0);
    easy_house("2001 ms");
    struct said said = KONSENTO("test", "easy.lua");
    EXPECT_CODE(&said, 5);
    EXPECT_TEXT(said.out, "replication 0 of card");
    EXPECT_TEXT(said.out, "cloud.answer");
    EXPECT_TEXT(said.out, "passed     statistics of card"); /* a millisecond is within 2 % */
    /* All events before it are as they were; it is not. */
    EXPECT_RUN(0, "run", "easy.lua", "-o", "after", "--no-report");
    struct said now = KONSENTO("replay", "after", "--trace");
    long line = 1, differs = 0;
    for (const char *a = trace.out, *b = now.out; *a != '\0' && *b != '\0' && differs == 0; line++) {
        size_t length = strcspn(a, "\n") + 1;
        if (strncmp(a, b, length) != 0)
            differs = line;
        a += length;
        b += strcspn(b, "\n") + 1;
    }
    assert_true(differs > 0);
    assert_int_equal(diverging_event(said.out), differs);
    said_free(&trace);
    said_free(&said);
    said_free(&now);
}

static void of_many_events_a_range_is_named(void **state)
{
    (void)state;
    write_house("busy.lua", "60", "2 s", "energy.delivered_share > 1 %");
    EXPECT_RUN(0, "test", "--accept", "busy.lua", "--reps", "40"); /* so many rows leave few tags for each */
    char *text = file_read("busy.expected");
    assert_non_null(strstr(text, "\t2\t")); /* every other event */
    free(text);
    write_house("busy.lua", "60", "2001 ms", "energy.delivered_share > 1 %");
    struct said said = KONSENTO("test", "busy.lua");
    EXPECT_CODE(&said, 5);
    EXPECT_TEXT(said.out, "differs is one of ");
    said_free(&said);
}

static void a_change_of_the_means_is_told_by_metric(void **state)
{
    (void)state;
    easy_house("2 s");
    EXPECT_RUN(0, "test", "--accept", "easy.lua");
    easy_house("3 s");
    struct said said = KONSENTO("test", "easy.lua"), statistics = KONSENTO("test", "easy.lua", "--no-digest");
    EXPECT_CODE(&said, 5);
    EXPECT_CODE(&statistics, 5);
    EXPECT_TEXT(statistics.out, "skipped    digest");
    EXPECT_TEXT(statistics.out, "differs    statistics of card");
    EXPECT_TEXT(statistics.out, "time_to_power.p50");
    EXPECT_TEXT(statistics.out, "not shown to be within 2 %");
    said_free(&said);
    said_free(&statistics);
    EXPECT_RUN(0, "test", "--accept", "easy.lua", "--margin", "80 %");
    easy_house("3500 ms");
    EXPECT_RUN(0, "test", "easy.lua", "--no-digest");
}

static void each_end_has_its_code(void **state)
{
    (void)state;
    write_house("fails.lua", "5", "2 s", "energy.delivered_share > 99.9 %");
    write_house("unsure.lua", "5", "2 s", "energy.delivered_share > 80 %");
    EXPECT_RUN(3, "test", "fails.lua");
    EXPECT_RUN(4, "test", "unsure.lua", "--reps", "2");
    EXPECT_RUN(3, "test", "unsure.lua", "fails.lua", "--reps", "2"); /* the worse one counts */
    file_write("wrong.lua", "return { 1 }\n");
    EXPECT_RUN(2, "test", "wrong.lua");
    file_write("fails.expected", "konsento expected 1\nreplications\tmany\n");
    struct said said = KONSENTO("test", "fails.lua");
    EXPECT_CODE(&said, 2);
    EXPECT_TEXT(said.err, "fails.expected:2: is not as konsento test --accept writes it");
    said_free(&said);
    EXPECT_RUN(2, "test", "--accept", "fails.lua", "--margin", "wide");
}

static void junit_tap_and_annotations_say_the_same(void **state)
{
    (void)state;
    static const char *const github[] = {"GITHUB_ACTIONS=true", "GITHUB_STEP_SUMMARY=summary.md", NULL};
    easy_house("2 s");
    write_house("fails.lua", "5", "2 s", "energy.delivered_share > 99.9 %");
    EXPECT_RUN(0, "test", "--accept", "easy.lua");
    struct said said = program_run(&(struct start){.environment = github},
                                   ARGUMENTS("test", "easy.lua", "fails.lua", "--junit", "junit.xml"));
    EXPECT_CODE(&said, 3);
    EXPECT_TEXT(said.out,
                "::error file=fails.lua,line=7,title=konsento%3A energy.delivered_share > 99.9 %25%3A card::");
    said_free(&said);
    struct said junit =
        other_run(&(struct start){0}, ARGUMENTS("python3", KONSENTO_SOURCE "/tests/cli/check_junit.py", "junit.xml"));
    EXPECT_CODE(&junit, 0);
    EXPECT_TEXT(junit.out, "JUnit: 5 tests, 1 failures, 0 errors");
    said_free(&junit);
    char *summary = file_read("summary.md");
    EXPECT_TEXT(summary, "3 passed, 1 failed");
    free(summary);
    struct said tap = KONSENTO("test", "easy.lua", "fails.lua", "--tap");
    EXPECT_CODE(&tap, 3);
    EXPECT_TEXT(tap.out, "TAP version 14\n1..5\nok 1 - easy.lua: digest\n");
    EXPECT_TEXT(tap.out, "ok 4 - fails.lua: digest # SKIP nothing was accepted yet");
    EXPECT_TEXT(tap.out, "not ok 5 - fails.lua: energy.delivered_share > 99.9 %: card\n  ---\n  result: failed\n");
    said_free(&tap);
}

static void a_replay_is_the_same_bit_for_bit_or_refused(void **state)
{
    (void)state;
    EXPECT_RUN(0, "sweep", "house.lua", "--axis", "cars=4,6", "--set", "duration=5 days", "-o", "s", "--no-report");
    struct said same = KONSENTO("replay", "s", "--where", "rail=account", "--where", "cars=6", "--rep", "5"),
                many = KONSENTO("replay", "s"), none = KONSENTO("replay", "s", "--where", "cars=7"),
                part =
                    KONSENTO("replay", "s", "--where", "rail=card", "--where", "cars=4", "--until", "1 day", "--trace");
    EXPECT_CODE(&same, 0);
    EXPECT_TEXT(same.out, "the same, bit for bit");
    EXPECT_CODE(&many, 2);
    EXPECT_TEXT(many.err, "more than one configuration");
    EXPECT_CODE(&none, 2);
    EXPECT_TEXT(none.err, "cars is never '7'");
    EXPECT_CODE(&part, 0);
    EXPECT_TEXT(part.out, "       1  d0 ");
    EXPECT_NO_TEXT(part.out, "  d1 ");
    said_free(&same);
    said_free(&many);
    said_free(&none);
    said_free(&part);
    EXPECT_RUN(0, "run", "garage.lua", "-o", "g", "--no-report");
    EXPECT_RUN(0, "replay", "g");
    sessions_write("evse,arrival_min,departure_min,energy_kwh,battery_kwh\n1,60,300,5.5,40\n");
    struct said changed = KONSENTO("replay", "g");
    EXPECT_CODE(&changed, 2);
    EXPECT_TEXT(changed.err, "the data has changed");
    said_free(&changed);
}

#define HOUSE_TEST(name) cmocka_unit_test_setup_teardown(name, houses_enter, houses_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(what_was_accepted_passes),
        HOUSE_TEST(a_changed_digest_names_the_first_event_that_differs),
        HOUSE_TEST(of_many_events_a_range_is_named),
        HOUSE_TEST(a_change_of_the_means_is_told_by_metric),
        HOUSE_TEST(each_end_has_its_code),
        HOUSE_TEST(junit_tap_and_annotations_say_the_same),
        HOUSE_TEST(a_replay_is_the_same_bit_for_bit_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
