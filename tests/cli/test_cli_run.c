/* test_cli_run.c: a study from the command line: what it prints, leaves behind, and does the second time.   [engine]
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
#include <sys/stat.h>

#include <cmocka.h>

/* Runs with --json, expects success, and gives the digest. */
static void digest_of(char digest[65], const char *const *arguments)
{
    struct said said = program_run(&(struct start){0}, arguments);
    expect_code(&said, 0, arguments[0]);
    json_member(digest, 65, said.out, "digest");
    said_free(&said);
}

static void json_has_exactly_the_promised_shape(const char *json, const char *summary)
{
    file_write("study.json", json);
    struct said said =
        other_run(&(struct start){0}, ARGUMENTS("python3", KONSENTO_SOURCE "/tests/cli/check_json.py", "study.json"));
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, summary);
    said_free(&said);
}

static void json_is_one_object_of_the_promised_shape(void **state)
{
    (void)state;
    struct said random = KONSENTO("run", "house.lua", "--json", "-o", "r"),
                one = KONSENTO("run", "house.lua", "--json", "-o", "one", "--only", "2"),
                exact = KONSENTO("run", "garage.lua", "--json", "-o", "e");
    EXPECT_CODE(&random, 0);
    EXPECT_CODE(&one, 4); /* a single value of chance has no interval: undecided */
    EXPECT_CODE(&exact, 0);
    json_has_exactly_the_promised_shape(random.out, "replications=8 ");
    json_has_exactly_the_promised_shape(one.out, "replications=1 ");
    json_has_exactly_the_promised_shape(exact.out, "thresholds=0 verdict=pass");
    EXPECT_TEXT(random.out, "\"scenario\": \"Small house\"");
    EXPECT_TEXT(random.out, "\"results\": \"r/results.h5\"");
    EXPECT_TEXT(random.out, "\"rail\": \"account\", \"config\": 1");
    said_free(&random);
    said_free(&one);
    said_free(&exact);
}

static void threads_and_processes_do_not_change_the_digest(void **state)
{
    (void)state;
    char one[65], two[65], many[65], again[65], other[65];
    digest_of(one, ARGUMENTS("run", "house.lua", "--json", "-j1", "-o", "a"));
    digest_of(two, ARGUMENTS("run", "house.lua", "--json", "-j2", "-o", "b"));
    digest_of(many, ARGUMENTS("run", "house.lua", "--json", "-j7", "-o", "c"));
    digest_of(again, ARGUMENTS("run", "house.lua", "--json", "-j2", "-o", "d"));
    digest_of(other, ARGUMENTS("run", "house.lua", "--json", "-j2", "-o", "e", "--seed", "2"));
    assert_string_equal(one, two);
    assert_string_equal(one, many);
    assert_string_equal(one, again);
    assert_string_not_equal(one, other);
}

static void a_study_without_chance_needs_one_replication_and_says_so(void **state)
{
    (void)state;
    struct said said = KONSENTO("run", "garage.lua", "-o", "g");
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "1 replication (nothing in it is random");
    EXPECT_NO_TEXT(said.out, "±");
    said_free(&said);
    struct said asked = KONSENTO("run", "garage.lua", "-o", "h", "--reps", "3");
    EXPECT_CODE(&asked, 0);
    EXPECT_TEXT(asked.out, "3 replications");
    said_free(&asked);
}

static void the_summary_shows_intervals_differences_thresholds_and_files(void **state)
{
    (void)state;
    struct said said = KONSENTO("run", "house.lua", "-o", "out", "--all");
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "Small house  seed 1  8 replications");
    EXPECT_TEXT(said.out, "energy.delivered_share [%]");
    EXPECT_TEXT(said.out, " ± ");
    EXPECT_TEXT(said.out, "security without a trusted third party\n  attack.share [%]");
    EXPECT_TEXT(said.out, "  loss.per_1000_sessions [yen]");
    EXPECT_TEXT(said.out, "  loss.per_1000_sessions [sat]");
    EXPECT_TEXT(said.out, "more metrics are 0 on every rail");
    EXPECT_TEXT(said.out, "top causes\nenergy.unserved  card: ");
    EXPECT_TEXT(said.out, "fee.total  card: sessions 100 %  account: sessions 100 %\n");
    EXPECT_TEXT(said.out, "account against card, the same worlds");
    EXPECT_TEXT(said.out, "gain ");
    EXPECT_TEXT(said.out, "✓ energy.delivered_share > 1 %  card:");
    EXPECT_TEXT(said.out, "results  out/results.h5");
    EXPECT_TEXT(said.out, "report   out/report.html");
    EXPECT_NO_TEXT(said.out, "\033");
    EXPECT_NO_TEXT(said.out, "nan");
    said_free(&said);
    assert_true(file_exists("out/results.h5") && file_exists("out/report.html"));
    assert_int_equal(files_ending("out/shards", ".h5"), 0);
    assert_int_equal(files_ending("out", ".tmp"), 0);
}

static size_t lines_of(const char *text)
{
    size_t lines = 0;
    for (; *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

/* Scoreboard, headline, one table of differences, thresholds: a screen or two. */
static void the_summary_is_short_and_says_how_to_see_the_rest(void **state)
{
    (void)state;
    struct said said = KONSENTO("run", "house.lua", "-o", "out");
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "security without a trusted third party");
    EXPECT_TEXT(said.out, "\nenergy.delivered [kWh] ");
    EXPECT_NO_TEXT(said.out, "\ntime_to_power.p25");
    EXPECT_TEXT(said.out, "more metrics, and every difference: --all");
    EXPECT_TEXT(said.out, "\nagainst card, the same worlds ");
    EXPECT_TEXT(said.out, "  better\n");
    EXPECT_TEXT(said.out, "variance saved by pairing (median)");
    EXPECT_TEXT(said.out, "✓ energy.delivered_share > 1 %  card:");
    assert_true(lines_of(said.out) < 80);
    struct said again = KONSENTO("run", "house.lua", "-o", "out", "--all");
    assert_true(lines_of(again.out) > lines_of(said.out) + 30);
    said_free(&again);
    said_free(&said);
}

static void the_baseline_is_the_rail_that_the_scenario_names(void **state)
{
    (void)state;
    struct said said = KONSENTO("run", "house.lua", "-o", "out", "--set", "baseline=account");
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "\nagainst account, the same worlds ");
    EXPECT_NO_TEXT(said.out, "against card");
    said_free(&said);
    said = KONSENTO("check", "house.lua", "--set", "baseline=acount");
    EXPECT_CODE(&said, 2);
    EXPECT_TEXT(said.err, "baseline = \"acount\" is the name of no rail (did you mean 'account'?)");
    said_free(&said);
}

static void verdicts_set_the_exit_code(void **state)
{
    (void)state;
    EXPECT_RUN(0, "run", "house.lua", "-o", "p", "--set", "limit=energy.delivered_share >= 0 %");
    EXPECT_RUN(3, "run", "house.lua", "-o", "f", "--set", "limit=energy.delivered_share < 1 %");
    struct said said = KONSENTO("run", "house.lua", "--json", "-o", "q");
    const char *mean = strstr(said.out, "\"name\": \"energy.demanded\"");
    assert_non_null(mean);
    mean = strstr(mean, "\"mean\": ");
    assert_non_null(mean);
    char limit[128];
    snprintf(limit, sizeof limit, "limit=energy.demanded < %.12g kWh where rail=card", strtod(mean + 8, NULL));
    EXPECT_RUN(4, "run", "house.lua", "-o", "u", "--set", limit);
    said_free(&said);
}

/* A number behind a name behind a metric, in what --json printed. */
static double number_of(const char *json, const char *metric, const char *member)
{
    char name[80];
    snprintf(name, sizeof name, "\"name\": \"%s\"", metric);
    const char *at = strstr(json, name);
    assert_non_null(at);
    at = strstr(at, member);
    assert_non_null(at);
    return strtod(at + strlen(member), NULL);
}

static void an_undecided_threshold_gets_more_replications(void **state)
{
    (void)state;
    struct said said = KONSENTO("run", "house.lua", "--json", "-o", "q");
    char limit[128];
    snprintf(limit, sizeof limit, "limit=energy.demanded < %.12g kWh where rail=card",
             number_of(said.out, "energy.demanded", "\"mean\": "));
    said_free(&said);
    said = KONSENTO("run", "house.lua", "-o", "u", "--set", limit, "--set", "replications_max=30");
    EXPECT_TEXT(said.err, "a threshold is undecided after 8 replications: going on to 16");
    assert_true(said.code == 0 || said.code == 3 || said.code == 4);
    said_free(&said);
    said = KONSENTO("run", "house.lua", "-o", "v", "--set", limit, "--set", "replications_max=30", "--reps", "8");
    EXPECT_CODE(&said, 4); /* who asks for 8 gets 8 */
    EXPECT_NO_TEXT(said.err, "going on to");
    said_free(&said);
    said = KONSENTO("check", "house.lua", "--set", "replications_max=7");
    EXPECT_CODE(&said, 2);
    EXPECT_TEXT(said.err, "replications_max = 7 is less than replications = 8");
    said_free(&said);
}

/* The limit lies just outside of the interval: alone that fails, among four it may be chance. */
static void a_failure_among_many_thresholds_must_be_a_clear_one(void **state)
{
    (void)state;
    struct said said = KONSENTO("run", "house.lua", "--json", "-o", "q");
    double hi = number_of(said.out, "energy.demanded", "\"hi\": ");
    char limit[128];
    said_free(&said);
    snprintf(limit, sizeof limit, "limit=energy.demanded > %.12g kWh where rail=card", hi * 1.0001);
    EXPECT_RUN(3, "run", "house.lua", "-o", "one", "--set", limit);
    char *text = file_read("house.lua");
    char *at = strstr(text, "p.limit");
    assert_non_null(at);
    *at = '\0';
    char many[4096];
    snprintf(many, sizeof many, "%sp.limit, \"session.count > 0\", \"energy.demanded > 0 kWh\"%s", text, at + 7);
    free(text);
    file_write("many.lua", many);
    said = KONSENTO("run", "many.lua", "-o", "many", "--set", limit);
    EXPECT_CODE(&said, 4);
    EXPECT_TEXT(said.out, "undecided: fails alone, not as one of many");
    said_free(&said);
    snprintf(limit, sizeof limit, "limit=energy.demanded > %.12g kWh where rail=card", hi * 10);
    EXPECT_RUN(3, "run", "many.lua", "-o", "clear", "--set", limit);
}

static void a_finished_study_is_shown_again_without_running(void **state)
{
    (void)state;
    struct said first = KONSENTO("run", "house.lua", "-o", "out");
    char *before = file_read("out/report.html");
    struct said second = KONSENTO("run", "house.lua", "-o", "out");
    char *after = file_read("out/report.html");
    EXPECT_CODE(&second, 0);
    assert_string_equal(first.out, second.out);
    assert_string_equal(before, after);
    EXPECT_NO_TEXT(first.err, "were done before");
    EXPECT_TEXT(second.err, "all 16 replications were done before");
    free(before);
    free(after);
    said_free(&first);
    said_free(&second);
}

static void more_replications_extend_a_study_to_the_same_rows(void **state)
{
    (void)state;
    char extended[65], direct[65];
    EXPECT_RUN(0, "run", "house.lua", "-o", "out", "--reps", "4");
    struct said said = KONSENTO("run", "house.lua", "-o", "out", "--reps", "10", "--json");
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.err, "8 of 20 replications were done before");
    json_member(extended, sizeof extended, said.out, "digest");
    said_free(&said);
    digest_of(direct, ARGUMENTS("run", "house.lua", "-o", "direct", "--reps", "10", "--json"));
    assert_string_equal(extended, direct);
    said = KONSENTO("run", "house.lua", "-o", "out", "--reps", "4");
    EXPECT_TEXT(said.err, "the folder holds 20 replications; all of them are used");
    EXPECT_TEXT(said.out, "10 replications");
    said_free(&said);
}

static void another_study_in_the_folder_is_refused_unless_forced(void **state)
{
    (void)state;
    char forced[65], fresh[65];
    EXPECT_RUN(0, "run", "house.lua", "-o", "out");
    file_write("out/mine.txt", "mine");
    struct said said = KONSENTO("run", "house.lua", "-o", "out", "--seed", "5");
    EXPECT_CODE(&said, 2);
    EXPECT_TEXT(said.err, "seed");
    EXPECT_TEXT(said.err, "--force");
    assert_string_equal(said.out, "");
    said_free(&said);
    EXPECT_RUN(2, "run", "house.lua", "-o", "out", "--set", "cars=6");
    EXPECT_RUN(2, "run", "house.lua", "-o", "out", "--tie-fuzz", "3");
    digest_of(forced, ARGUMENTS("run", "house.lua", "-o", "out", "--seed", "5", "--force", "--json"));
    digest_of(fresh, ARGUMENTS("run", "house.lua", "-o", "fresh", "--seed", "5", "--json"));
    assert_string_equal(forced, fresh);
    assert_true(file_exists("out/mine.txt"));
}

/* The completed scenario is the same in both: the price stands in a file that the tariff function looks into. */
static void a_changed_file_that_a_function_calls_makes_another_study(void **state)
{
    (void)state;
    file_write("prices.lua", "return { low = 10, high = 20 }\n");
    file_write("called.lua", "local k = require \"konsento\"\n"
                             "local prices = k.include \"prices.lua\"\n"
                             "return k.scenario {\n"
                             "    name = \"Called\", duration = \"2 days\", replications = 2,\n"
                             "    fleet = k.fleet.cars { count = 3 },\n"
                             "    tariff = function(t) return t.hour < 12 and prices.low or prices.high end,\n"
                             "}\n");
    EXPECT_RUN(0, "run", "called.lua", "-o", "out");
    EXPECT_RUN(0, "run", "called.lua", "-o", "out");
    file_write("prices.lua", "return { low = 10, high = 90 }\n");
    struct said said = KONSENTO("run", "called.lua", "-o", "out");
    EXPECT_CODE(&said, 2);
    EXPECT_TEXT(said.err, "code differs");
    said_free(&said);
}

static void the_default_folder_names_scenario_and_identity(void **state)
{
    (void)state;
    char results[128], again[128];
    struct said said = KONSENTO("run", "house.lua", "--json"), twice = KONSENTO("run", "house.lua", "--json");
    json_member(results, sizeof results, said.out, "results");
    json_member(again, sizeof again, twice.out, "results");
    assert_string_equal(results, again);
    assert_int_equal(strncmp(results, "runs/small-house-", 17), 0);
    assert_int_equal(strlen(results), strlen("runs/small-house-12345678/results.h5"));
    assert_true(file_exists(results));
    said_free(&said);
    said_free(&twice);
}

/* One replication alone is the same replication as among others: each of its values stands in both exports. */
static void one_replication_can_be_run_alone(void **state)
{
    (void)state;
    EXPECT_RUN(0, "run", "house.lua", "-o", "all");
    EXPECT_RUN(4, "run", "house.lua", "-o", "one", "--only", "3");
    struct said all = KONSENTO("export", "all", "--csv"), one = KONSENTO("export", "one/results.h5", "--csv");
    size_t lines = 0;
    for (char *rest = one.out; *rest != '\0'; lines++) {
        char *line = strsep(&rest, "\n"), whole[512];
        snprintf(whole, sizeof whole, "%s\n", line);
        EXPECT_TEXT(all.out, whole);
    }
    assert_in_range(lines, 2 * 20 + 1, 2 * 400 + 1);
    said_free(&all);
    said_free(&one);
}

static void events_are_stored_of_the_replications_asked_for(void **state)
{
    (void)state;
    EXPECT_RUN(0, "run", "house.lua", "-o", "out", "--events", "session", "--trace-reps", "1-2,5");
    struct said events = KONSENTO("export", "out", "--events", "session"),
                none = KONSENTO("export", "out", "--events", "payment"), series = KONSENTO("export", "out", "--series");
    EXPECT_CODE(&events, 0);
    EXPECT_CODE(&none, 2);
    EXPECT_CODE(&series, 0);
    EXPECT_TEXT(series.out, "load");
    /* config,rail,cars,limit,replication,... */
    for (int replication = 0; replication < 8; replication++) {
        char row[64];
        snprintf(row, sizeof row, "1,account,5,energy.delivered_share > 1 %%,%d,", replication);
        if (replication == 1 || replication == 2 || replication == 5)
            EXPECT_TEXT(events.out, row);
        else
            EXPECT_NO_TEXT(events.out, row);
        EXPECT_TEXT(series.out, row);
    }
    said_free(&events);
    said_free(&none);
    said_free(&series);
}

static void codes_in_event_tables_are_explained_in_the_file(void **state)
{
    (void)state;
    EXPECT_RUN(0, "run", "house.lua", "-o", "out", "--events", "session,payment", "--reps", "3");
    EXPECT_RUN(0, "run", "house.lua", "-o", "none", "--reps", "3");
    struct said some = KONSENTO("inspect", "out"), none = KONSENTO("inspect", "none");
    EXPECT_TEXT(some.out, "codes.session.end");
    EXPECT_TEXT(some.out, "0 none, 1 complete, 2 departed, 3 unpowered, 4 unplugged");
    EXPECT_TEXT(some.out, "codes.payment.kind");
    EXPECT_TEXT(some.out, "0 credited, 1 final, 2 reversed, 3 failed, 4 refunded");
    EXPECT_TEXT(some.out, "0 none, 1 declined, 2 outage, 3 chargeback");
    EXPECT_NO_TEXT(some.out, "(null)"); /* a code without a name */
    EXPECT_NO_TEXT(none.out, "codes.");
    said_free(&some);
    said_free(&none);
}

static void exports_go_to_a_file_and_never_replace_a_device(void **state)
{
    (void)state;
    EXPECT_RUN(0, "run", "house.lua", "-o", "out");
    struct said direct = KONSENTO("export", "out", "--json");
    EXPECT_RUN(0, "export", "out", "--json", "-o", "all.json");
    char *file = file_read("all.json");
    assert_string_equal(file, direct.out);
    free(file);
    said_free(&direct);
    struct said parsed = other_run(&(struct start){0}, ARGUMENTS("python3", "-m", "json.tool", "all.json"));
    EXPECT_CODE(&parsed, 0);
    said_free(&parsed);
    EXPECT_RUN(0, "export", "out", "-o", "/dev/null");
    EXPECT_RUN(1, "export", "out", "-o", "/dev/full");
    EXPECT_RUN(1, "export", "out", "-o", "nowhere/all.csv");
    EXPECT_RUN(1, "report", "out", "-o", "/dev/null");
    struct stat status;
    assert_int_equal(stat("/dev/null", &status), 0);
    assert_true(S_ISCHR(status.st_mode));
    assert_int_equal(files_ending(".", ".tmp"), 0);
}

/* A tariff that fails in some replications, decided by chance. */
static void failing_write(void)
{
    file_write("failing.lua",
               "local k = require \"konsento\"\n"
               "local lot = k.rng \"lot\"\n"
               "return k.scenario {\n"
               "    name = \"Failing\", duration = \"30 days\", replications = 12,\n"
               "    fleet = k.fleet.cars { count = 2 },\n"
               "    tariff = function(t)\n"
               "        if t.day == 27 and t.hour == 5 and lot:uniform() < 0.2 then error(\"boom\") end\n"
               "        return 20\n"
               "    end,\n"
               "}\n");
}

static void a_failed_replication_is_recorded_with_the_command_that_repeats_it(void **state)
{
    (void)state;
    failing_write();
    struct said said = KONSENTO("run", "failing.lua", "-o", "out"), again = KONSENTO("run", "failing.lua", "-o", "out"),
                inspected = KONSENTO("inspect", "out");
    EXPECT_CODE(&said, 1);
    EXPECT_CODE(&again, 1);
    EXPECT_CODE(&inspected, 0);
    EXPECT_TEXT(said.out, "12 replications");
    EXPECT_TEXT(said.err, "boom");
    EXPECT_TEXT(said.err, "seed 1");
    EXPECT_TEXT(said.err, "event ");
    EXPECT_TEXT(again.err, "all 12 replications were done before");
    assert_string_equal(said.out, again.out);
    EXPECT_NO_TEXT(inspected.out, " 0 failed");
    const char *command = strstr(again.err, "repeat it with: konsento ");
    assert_non_null(command);
    command += strlen("repeat it with: konsento ");
    char repeat[512];
    snprintf(repeat, sizeof repeat, "%s/konsento %.*s", KONSENTO_BUILD, (int)strcspn(command, "\n"), command);
    struct said repeated = other_run(&(struct start){0}, ARGUMENTS("sh", "-c", repeat));
    EXPECT_CODE(&repeated, 1);
    EXPECT_TEXT(repeated.out, "1 replication (the one asked for)");
    EXPECT_TEXT(repeated.err, "boom");
    said_free(&repeated);
    said_free(&said);
    said_free(&again);
    said_free(&inspected);
}

static void a_folder_at_work_lets_no_second_run_in(void **state)
{
    (void)state;
    struct said said = other_run(
        &(struct start){0}, ARGUMENTS("sh", "-c",
                                      KONSENTO_BUILD "/konsento run house.lua --reps 100000 -o out 2>/dev/null & "
                                                     "while [ ! -e out/shards ]; do sleep 0.02; done; sleep 0.1; " //
                                      KONSENTO_BUILD "/konsento run house.lua --reps 100000 -o out; "
                                                     "echo code $?; kill $!; wait $!; echo first $?"));
    EXPECT_TEXT(said.out, "code 1\n");
    EXPECT_TEXT(said.out, "first 6\n");
    EXPECT_TEXT(said.err, "out");
    said_free(&said);
}

static void tie_fuzz_is_a_study_of_its_own_and_repeatable(void **state)
{
    (void)state;
    char a[65], b[65];
    digest_of(a, ARGUMENTS("run", "house.lua", "--tie-fuzz", "7", "--json", "-o", "a"));
    digest_of(b, ARGUMENTS("run", "house.lua", "--tie-fuzz", "7", "--json", "-o", "b", "-j1"));
    assert_string_equal(a, b);
}

static void notes_and_progress_go_to_stderr_and_quiet_silences_them(void **state)
{
    (void)state;
    struct said loud = KONSENTO("run", "house.lua", "-o", "a"), quiet = KONSENTO("run", "house.lua", "-o", "b", "-q");
    EXPECT_TEXT(loud.err, "house.lua  2 rails x 8 replications  seed 1");
    EXPECT_CODE(&quiet, 0);
    assert_string_equal(quiet.err, "");
    said_free(&loud);
    said_free(&quiet);
}

static void a_report_older_than_its_results_is_written_anew(void **state)
{
    (void)state;
    EXPECT_RUN(0, "run", "house.lua", "-o", "a", "--reps", "3");
    char *few = file_read("a/report.html");
    EXPECT_RUN(0, "run", "house.lua", "-o", "a", "--reps", "6", "--no-report");
    EXPECT_RUN(0, "run", "house.lua", "-o", "a", "--reps", "6");
    char *many = file_read("a/report.html");
    assert_string_not_equal(few, many);
    free(few);
    free(many);
}

static void a_report_comes_as_markdown_or_beside_another_study(void **state)
{
    (void)state;
    EXPECT_RUN(0, "run", "house.lua", "-o", "a", "--no-report");
    EXPECT_RUN(0, "run", "house.lua", "-o", "b", "--seed", "2", "--set", "cars=8", "--no-report");
    struct said said = KONSENTO("report", "a", "--md");
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "a/report.md");
    said_free(&said);
    char *page = file_read("a/report.md");
    EXPECT_TEXT(page, "# Small house\n\n**pass** on 2 thresholds.");
    EXPECT_TEXT(page, "## Scoreboard\n\n| figure | card | account |\n|---|---|---|\n");
    EXPECT_NO_TEXT(page, "nan");
    free(page);
    EXPECT_RUN(0, "report", "a", "--compare", "a", "-o", "same.html");
    page = file_read("same.html");
    EXPECT_TEXT(page, "<p>0 of ");
    free(page);
    EXPECT_RUN(0, "report", "b", "--compare", "a", "-o", "other.html");
    page = file_read("other.html");
    EXPECT_TEXT(page, "<code>a</code>, margin 2 %");
    EXPECT_NO_TEXT(page, "<p>0 of ");
    free(page);
    EXPECT_RUN(2, "report", "a", "--compare", "b", "--md");
    EXPECT_RUN(2, "report", "a", "--compare", "nowhere");
}

static void figures_are_exported_with_their_numbers(void **state)
{
    (void)state;
    EXPECT_RUN(0, "run", "house.lua", "-o", "a", "--no-report");
    struct said said = KONSENTO("export", "a", "--gnuplot", "figures");
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "figures/load-day.gp\n");
    EXPECT_TEXT(said.out, "figures/times-power.gp\n");
    said_free(&said);
    char *csv = file_read("figures/times-power.csv");
    EXPECT_TEXT(csv, "sessions [%],card,card lo,card hi,account,account lo,account hi\n5,");
    free(csv);
    EXPECT_RUN(2, "export", "a", "--gnuplot", "figures", "--csv");
}

static void no_report_writes_none(void **state)
{
    (void)state;
    struct said said = KONSENTO("run", "house.lua", "-o", "a", "--no-report");
    EXPECT_CODE(&said, 0);
    EXPECT_NO_TEXT(said.out, "report ");
    assert_false(file_exists("a/report.html"));
    said_free(&said);
    EXPECT_RUN(0, "report", "a");
    assert_true(file_exists("a/report.html"));
    EXPECT_RUN(0, "report", "a/results.h5", "-o", "b.html");
    assert_true(file_exists("b.html"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(json_is_one_object_of_the_promised_shape, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(threads_and_processes_do_not_change_the_digest, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(a_study_without_chance_needs_one_replication_and_says_so, houses_enter,
                                        houses_leave),
        cmocka_unit_test_setup_teardown(the_summary_shows_intervals_differences_thresholds_and_files, houses_enter,
                                        houses_leave),
        cmocka_unit_test_setup_teardown(the_summary_is_short_and_says_how_to_see_the_rest, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(the_baseline_is_the_rail_that_the_scenario_names, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(verdicts_set_the_exit_code, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(an_undecided_threshold_gets_more_replications, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(a_failure_among_many_thresholds_must_be_a_clear_one, houses_enter,
                                        houses_leave),
        cmocka_unit_test_setup_teardown(a_finished_study_is_shown_again_without_running, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(more_replications_extend_a_study_to_the_same_rows, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(another_study_in_the_folder_is_refused_unless_forced, houses_enter,
                                        houses_leave),
        cmocka_unit_test_setup_teardown(a_changed_file_that_a_function_calls_makes_another_study, houses_enter,
                                        houses_leave),
        cmocka_unit_test_setup_teardown(the_default_folder_names_scenario_and_identity, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(one_replication_can_be_run_alone, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(events_are_stored_of_the_replications_asked_for, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(codes_in_event_tables_are_explained_in_the_file, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(exports_go_to_a_file_and_never_replace_a_device, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(a_failed_replication_is_recorded_with_the_command_that_repeats_it, houses_enter,
                                        houses_leave),
        cmocka_unit_test_setup_teardown(a_folder_at_work_lets_no_second_run_in, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(tie_fuzz_is_a_study_of_its_own_and_repeatable, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(notes_and_progress_go_to_stderr_and_quiet_silences_them, houses_enter,
                                        houses_leave),
        cmocka_unit_test_setup_teardown(a_report_older_than_its_results_is_written_anew, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(a_report_comes_as_markdown_or_beside_another_study, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(figures_are_exported_with_their_numbers, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(no_report_writes_none, houses_enter, houses_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
