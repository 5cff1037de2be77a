/* test_cli_recorded.c: the scenarios that compare rails take one set of options, recorded files among them.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each with all seven at once: days, crypto, sessions, blocks, tariff, graph, era. Skipped where there are no such
 * files.
 */
#include "tests/cli/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SESSIONS KONSENTO_SHARED "/data/arrivals_TRO_R_2020-01.csv"
#define BLOCKS   KONSENTO_SHARED "/data/btc_block_times_2018-03.csv"
#define TARIFF   KONSENTO_SHARED "/data/tariff_chubu_smartlife.csv"
#define GRAPH    KONSENTO_SHARED "/data/ln_graph_2026-02-03.cln-gossmap.gz"
#define SET(x)   "--set", x
#define FILES    SET("sessions=" SESSIONS), SET("blocks=" BLOCKS), SET("tariff=" TARIFF)

struct comparison {
    const char *name, *duration; /* duration: of one day, or what also has days behind it */
    bool has_channels, has_graph;
    const char *smaller; /* a setting with which its run is a matter of less than a second */
};

static const struct comparison comparisons[] = {
    {"chubu_2018", "1 days", true, false, "warmup=0"},
    {"rails_apartment", "1 days", true, true, "duration=11 h"},
    {"attack_zero_conf", "16 days", false, false, "duration=11 h"},
    {"attack_channel", "1 days", true, false, "duration=11 h"},
    {"outage_router", "1 days", true, true, "duration=11 h"},
    {"fee_spike", "1 days", true, true, "duration=11 h"},
    {"iot_throughput", "1 days", true, false, "purchase=2 kWh"},
};
#define COMPARISONS (sizeof comparisons / sizeof comparisons[0])

static int enter(void **state)
{
    static struct folder folder;
    folder_enter(&folder);
    *state = &folder;
    return 0;
}

static int leave(void **state)
{
    folder_leave(*state);
    return 0;
}

static void skip_without_files(void)
{
    if (!file_exists(SESSIONS) || !file_exists(BLOCKS) || !file_exists(TARIFF) || !file_exists(GRAPH))
        skip();
}

static const char *path_of(char path[512], const struct comparison *comparison)
{
    snprintf(path, 512, "%s/scenarios/%s.lua", KONSENTO_SOURCE, comparison->name);
    return path;
}

/* What is looked at stands in the completed scenario; of what is not, a note says so. */
static void expect_looked_at(const struct said *said, bool is_looked_at, const char *part, const char *note)
{
    (is_looked_at ? expect_text : expect_no_text)(said->out, part, __func__);
    (is_looked_at ? expect_no_text : expect_text)(said->err, note, __func__);
}

static void expect_completed(const struct comparison *comparison)
{
    char path[512];
    struct said said = KONSENTO("check", "--show", path_of(path, comparison), FILES, SET("graph=made"), SET("days=1"),
                                SET("crypto=memo"), SET("era=2021"));
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "sessions = \"" SESSIONS "\"");
    EXPECT_TEXT(said.out, "count = \"each\"");
    EXPECT_TEXT(said.out, "trace = \"" BLOCKS "\"");
    EXPECT_TEXT(said.out, "file = \"" TARIFF "\"");
    EXPECT_TEXT(said.out, "era = \"2021\"");
    EXPECT_TEXT(said.out, "start = \"2021-04-01\"");
    EXPECT_TEXT(said.out, "exchange = \"6000000 JPY/BTC\"");
    EXPECT_NO_TEXT(said.err, "no sessions given");
    EXPECT_NO_TEXT(said.err, "no block times given");
    expect_looked_at(&said, comparison->has_channels, "crypto = \"memo\"", "crypto: ");
    expect_looked_at(&said, comparison->has_graph, "topology = \"public\"", "graph: ");
    said_free(&said);
}

static void all_seven_reach_every_comparison(void **state)
{
    (void)state;
    skip_without_files();
    for (size_t i = 0; i < COMPARISONS; i++)
        expect_completed(&comparisons[i]);
}

static void days_are_days(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMPARISONS; i++) {
        char path[512], line[100];
        struct said said = KONSENTO("check", "--show", path_of(path, &comparisons[i]), SET("days=1"), SET("graph="));
        EXPECT_CODE(&said, 0);
        snprintf(line, sizeof line, "\n    duration = \"%s\",", comparisons[i].duration);
        EXPECT_TEXT(said.out, line);
        EXPECT_NO_TEXT(said.out, "topology = \"public\"");
        said_free(&said);
    }
}

/* The mean of a metric on the first rail. */
static double mean_of(const char *json, const char *metric)
{
    char name[100];
    snprintf(name, sizeof name, "\"name\": \"%s\"", metric);
    const char *found = strstr(json, name), *mean = found != NULL ? strstr(found, "\"mean\": ") : NULL;
    assert_non_null(mean);
    return strtod(mean + strlen("\"mean\": "), NULL);
}

static void recorded_cars_are_paid_for_on_every_comparison(void **state)
{
    (void)state;
    skip_without_files();
    for (size_t i = 0; i < COMPARISONS; i++) {
        char path[512];
        struct said said = KONSENTO("run", path_of(path, &comparisons[i]), FILES, SET("graph=" GRAPH), SET("days=1"),
                                    SET("crypto=token"), SET("era=empty"), SET("warmup=0"), SET(comparisons[i].smaller),
                                    "--reps", "1", "--no-report", "--json", "-o", comparisons[i].name);
        assert_true(said.code == 0 || said.code == 3 || said.code == 4); /* half a day has neither attack nor outage */
        EXPECT_NO_TEXT(said.err, "made up");
        assert_true(mean_of(said.out, "session.count") >= 1);
        assert_true(mean_of(said.out, "energy.delivered") > 1);
        assert_true(mean_of(said.out, "revenue") > 0);
        said_free(&said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_seven_reach_every_comparison),
        cmocka_unit_test(days_are_days),
        cmocka_unit_test(recorded_cars_are_paid_for_on_every_comparison),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
