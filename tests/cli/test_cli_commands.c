/* test_cli_commands.c: every command says what it does, refuses what it cannot, and is documented as it is.   [engine]
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
#include <unistd.h>

#include <cmocka.h>

static const char *const commands[] = {"run",    "check",      "new",    "schema", "inspect", "export",
                                       "report", "completion", "doctor", "fit",    "help"};
static const char *const topics[] = {"scenarios", "results", "exit-codes", "environment"};
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

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

static void every_command_explains_itself_in_two_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(commands); i++) {
        struct said option = KONSENTO(commands[i], "--help"), topic = KONSENTO("help", commands[i]);
        char usage[64];
        snprintf(usage, sizeof usage, "Usage: konsento %s", commands[i]);
        EXPECT_CODE(&option, 0);
        EXPECT_CODE(&topic, 0);
        EXPECT_TEXT(option.out, usage);
        EXPECT_TEXT(option.out, "--help");
        assert_string_equal(option.out, topic.out);
        assert_string_equal(option.err, "");
        said_free(&option);
        said_free(&topic);
    }
}

static void the_overview_names_every_command_and_topic(void **state)
{
    (void)state;
    struct said said = KONSENTO("--help");
    EXPECT_CODE(&said, 0);
    for (size_t i = 0; i < COUNT(commands); i++)
        EXPECT_TEXT(said.out, commands[i]);
    for (size_t i = 0; i < COUNT(topics); i++) {
        EXPECT_TEXT(said.out, topics[i]);
        EXPECT_RUN(0, "help", topics[i]);
    }
    said_free(&said);
}

static void nothing_asked_is_wrong_usage_with_the_overview_on_stderr(void **state)
{
    (void)state;
    struct said said = KONSENTO(NULL);
    EXPECT_CODE(&said, 2);
    assert_string_equal(said.out, "");
    EXPECT_TEXT(said.err, "Usage: konsento");
    said_free(&said);
}

static void refused(const char *expected, const char *const *arguments)
{
    struct said said = program_run(&(struct start){0}, arguments);
    expect_code(&said, 2, arguments[0]);
    assert_string_equal(said.out, "");
    expect_text(said.err, expected, arguments[0]);
    said_free(&said);
}

static void metrics_are_told_all_together_and_one_by_one(void **state)
{
    (void)state;
    struct said all = KONSENTO("help", "metrics"), one = KONSENTO("help", "fee.share");
    EXPECT_CODE(&all, 0);
    EXPECT_CODE(&one, 0);
    EXPECT_TEXT(all.out, "  energy.delivered                   kWh       energy delivered\n");
    EXPECT_TEXT(all.out, "\n\n  fee.per_session ");
    EXPECT_TEXT(one.out, "fee.share [%]: fee as share of energy value.");
    EXPECT_TEXT(one.out, "Less is better.");
    said_free(&all);
    said_free(&one);
    refused("(did you mean 'fee.share'?)", ARGUMENTS("help", "fee.shar"));
}

static void degrees_are_shown_as_degrees(void **state)
{
    (void)state;
    struct said said = KONSENTO("check", "--show", KONSENTO_SOURCE "/scenarios/shared_outlet.lua");
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "latitude = \"35.17 deg\"");
    EXPECT_NO_TEXT(said.out, "visits = \"0 /day\"");
    EXPECT_TEXT(said.out, " /day\"");
    said_free(&said);
}

static void what_is_mistyped_is_refused_with_the_nearest_name(void **state)
{
    (void)state;
    refused("unknown command 'rnu' (did you mean 'run'?)", ARGUMENTS("rnu", "x.lua"));
    refused("unknown command 'frobnicate'", ARGUMENTS("frobnicate"));
    refused("unknown option '--rps' (did you mean '--reps'?)", ARGUMENTS("run", "x.lua", "--rps", "3"));
    refused("unknown option '-x'", ARGUMENTS("run", "-x"));
    refused("(did you mean 'exit-codes'?)", ARGUMENTS("help", "exit-code"));
    refused("(did you mean 'bash'?)", ARGUMENTS("completion", "bsh"));
    refused("unknown option '--verison' (did you mean '--version'?)", ARGUMENTS("--verison"));
}

static void wrong_values_and_words_are_refused(void **state)
{
    (void)state;
    refused("--reps wants a whole number from 1 to", ARGUMENTS("run", "x.lua", "--reps", "0"));
    refused("got '3x'", ARGUMENTS("run", "x.lua", "--reps=3x"));
    refused("got ''", ARGUMENTS("run", "x.lua", "--reps="));
    refused("got '-3'", ARGUMENTS("run", "x.lua", "-r-3"));
    refused("got '18446744073709551616'", ARGUMENTS("run", "x.lua", "-s", "18446744073709551616"));
    refused("--reps wants a value", ARGUMENTS("run", "x.lua", "--reps"));
    refused("--json takes no value", ARGUMENTS("run", "x.lua", "--json=yes"));
    refused("--set wants name=value", ARGUMENTS("run", "x.lua", "--set", "cars"));
    refused("--output wants a value", ARGUMENTS("run", "x.lua", "-o", ""));
    refused("missing argument", ARGUMENTS("run"));
    refused("unexpected argument 'b.lua'", ARGUMENTS("run", "a.lua", "b.lua"));
    refused("--only and --reps exclude each other", ARGUMENTS("run", "x.lua", "--only", "1", "--reps", "2"));
    refused("--trace-reps needs --events", ARGUMENTS("run", "x.lua", "--trace-reps", "1"));
    refused("no event table 'sesion' (did you mean 'session'?)", ARGUMENTS("run", "x.lua", "--events", "sesion"));
    refused("is no list of replications", ARGUMENTS("run", "x.lua", "--events", "all", "--trace-reps", "5-2"));
    refused("one of --json", ARGUMENTS("schema", "--json", "--luals"));
}

static void words_after_two_dashes_are_no_options(void **state)
{
    (void)state;
    struct said said = KONSENTO("check", "--", "--json");
    EXPECT_CODE(&said, 2);
    EXPECT_TEXT(said.err, "--json");
    EXPECT_NO_TEXT(said.err, "unknown option");
    said_free(&said);
}

static void the_committed_page_of_commands_is_the_generated_one(void **state)
{
    (void)state;
    struct said said = KONSENTO("help", "--markdown");
    char *page = file_read(KONSENTO_SOURCE "/docs/commands.md");
    EXPECT_CODE(&said, 0);
    if (strcmp(page, said.out) != 0)
        fail_msg("docs/commands.md is not what `konsento help --markdown` prints");
    free(page);
    said_free(&said);
}

static void the_version_tells_where_the_program_came_from(void **state)
{
    (void)state;
    struct said brief = KONSENTO("--version"), verbose = KONSENTO("--version", "--verbose");
    char *number = file_read(KONSENTO_SOURCE "/VERSION"), expected[64];
    snprintf(expected, sizeof expected, "konsento %.*s\n", (int)strcspn(number, "\n"), number);
    EXPECT_CODE(&brief, 0);
    EXPECT_CODE(&verbose, 0);
    assert_string_equal(brief.out, expected);
    static const char *const parts[] = {"commit ", "compiler ", "flags ", "GSL ", "HDF5 ", "Lua ", "nettle ", "serial"};
    for (size_t i = 0; i < COUNT(parts); i++)
        EXPECT_TEXT(verbose.out, parts[i]);
    EXPECT_NO_TEXT(verbose.out, "unknown,");
    EXPECT_NO_TEXT(verbose.out, "running unknown");
    free(number);
    said_free(&brief);
    said_free(&verbose);
}

static void the_schema_is_printed_in_four_forms(void **state)
{
    (void)state;
    struct said help = KONSENTO("schema"), json = KONSENTO("schema", "--json"), luals = KONSENTO("schema", "--luals"),
                page = KONSENTO("schema", "--markdown");
    EXPECT_TEXT(help.out, "service_limit");
    EXPECT_TEXT(luals.out, "---@");
    EXPECT_TEXT(page.out, "# ");
    file_write("schema.json", json.out);
    struct said parsed = other_run(&(struct start){0}, ARGUMENTS("python3", "-m", "json.tool", "schema.json"));
    EXPECT_CODE(&parsed, 0);
    EXPECT_CODE(&help, 0);
    EXPECT_CODE(&luals, 0);
    EXPECT_CODE(&page, 0);
    said_free(&parsed);
    said_free(&help);
    said_free(&json);
    said_free(&luals);
    said_free(&page);
}

static void completion_scripts_parse(const char *shell)
{
    struct said said = KONSENTO("completion", shell);
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "trace-reps");
    if (program_found(shell)) {
        file_write("script", said.out);
        struct said parsed = other_run(&(struct start){0}, ARGUMENTS(shell, "-n", "script"));
        EXPECT_CODE(&parsed, 0);
        said_free(&parsed);
    }
    said_free(&said);
}

static void completion_scripts_of_all_shells_parse(void **state)
{
    (void)state;
    completion_scripts_parse("bash");
    completion_scripts_parse("zsh");
    completion_scripts_parse("fish");
}

/* What bash would offer after these words. */
static char *offered(const char *words, int index)
{
    char script[1024];
    snprintf(script, sizeof script,
             ". ./script; COMP_WORDS=(%s); COMP_CWORD=%d; _konsento; printf '%%s\\n' \"${COMPREPLY[@]}\"", words,
             index);
    struct said said = other_run(&(struct start){0}, ARGUMENTS("bash", "-c", script));
    EXPECT_CODE(&said, 0);
    free(said.err);
    return said.out;
}

static void bash_completes_commands_options_files_and_topics(void **state)
{
    (void)state;
    struct said said = KONSENTO("completion", "bash");
    file_write("script", said.out);
    said_free(&said);
    house_write();
    file_write("notes.txt", "");
    const struct {
        const char *words, *offer;
        int index;
    } table[] = {{"konsento ins", "inspect\n", 1},
                 {"konsento run --trace", "--trace-reps\n", 2},
                 {"konsento run ho", "house.lua\n", 2},
                 {"konsento help exit", "exit-codes\n", 2},
                 {"konsento completion fi", "fish\n", 2},
                 {"konsento run --seed h", "\n", 3},
                 {"konsento run house.lua -o no", "notes.txt\n", 4},
                 {"konsento run no", "\n", 2}};
    for (size_t i = 0; i < COUNT(table); i++) {
        char *offer = offered(table[i].words, table[i].index);
        assert_string_equal(offer, table[i].offer);
        free(offer);
    }
}

static void the_doctor_finds_this_machine_fit(void **state)
{
    (void)state;
    struct said said = KONSENTO("doctor");
    EXPECT_CODE(&said, 0);
    static const char *const parts[] = {"cores",       "HDF5 variant", "timer",  "this folder",
                                        "first event", "speed",        "gnuplot"};
    for (size_t i = 0; i < COUNT(parts); i++)
        EXPECT_TEXT(said.out, parts[i]);
    said_free(&said);
    assert_int_equal(files_ending(".", ""), 0);
}

static void the_doctor_says_where_it_cannot_write(void **state)
{
    (void)state;
    if (getuid() != 0)
        skip();
    assert_int_equal(mkdir("closed", 0755), 0);
    assert_int_equal(chdir("closed"), 0);
    struct said said = program_run(&(struct start){.as_nobody = true}, ARGUMENTS("doctor"));
    EXPECT_CODE(&said, 1);
    EXPECT_TEXT(said.out, "cannot be written to");
    said_free(&said);
    assert_int_equal(chdir(".."), 0);
}

static void a_new_scenario_checks_and_runs(void **state)
{
    (void)state;
    EXPECT_RUN(0, "new", "my_house");
    assert_true(file_exists("my_house.lua") && file_exists(".luarc.json") && file_exists(".konsento/konsento.d.lua"));
    EXPECT_RUN(0, "check", "my_house.lua");
    struct said said = KONSENTO("run", "my_house.lua", "--reps", "3", "-o", "out", "--set", "cars=8");
    if (said.code != 4) /* three replications may leave a threshold undecided */
        EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "my house");
    EXPECT_TEXT(said.out, "against card, the same worlds");
    said_free(&said);
    struct said json = other_run(&(struct start){0}, ARGUMENTS("python3", "-m", "json.tool", ".luarc.json"));
    EXPECT_CODE(&json, 0);
    said_free(&json);
    assert_int_equal(files_ending(".", ".tmp"), 0);
}

static void new_never_overwrites(void **state)
{
    (void)state;
    file_write("a.lua", "mine");
    file_write(".luarc.json", "mine");
    EXPECT_RUN(2, "new", "a.lua");
    EXPECT_RUN(2, "new", "a");
    EXPECT_RUN(0, "new", "b.lua");
    char *scenario = file_read("a.lua"), *settings = file_read(".luarc.json");
    assert_string_equal(scenario, "mine");
    assert_string_equal(settings, "mine");
    free(scenario);
    free(settings);
    EXPECT_RUN(1, "new", "nowhere/c");
    EXPECT_RUN(2, "new", "");
    EXPECT_RUN(2, "new", "a\"b");
}

static void check_shows_the_completed_scenario_which_is_a_scenario(void **state)
{
    (void)state;
    house_write();
    struct said said = KONSENTO("check", "house.lua", "--show", "--set", "cars=7");
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "Small house");
    EXPECT_TEXT(said.out, "7");
    file_write("completed.lua", said.out);
    said_free(&said);
    said = KONSENTO("check", "completed.lua");
    EXPECT_CODE(&said, 0);
    said_free(&said);
}

static void check_finds_all_errors_of_all_files(void **state)
{
    (void)state;
    house_write();
    file_write("wrong.lua", "local k = require \"konsento\"\n"
                            "return k.scenario {\n"
                            "    name = \"Wrong\", duration = \"2 kW\",\n"
                            "    fleet = k.fleet.cars { count = 5, dayly_distance = \"5 km\" },\n"
                            "}\n");
    struct said said = KONSENTO("check", "house.lua", "wrong.lua", "absent.lua");
    EXPECT_CODE(&said, 2);
    EXPECT_TEXT(said.out, "house.lua: no errors");
    EXPECT_TEXT(said.err, "wrong.lua:3:");
    EXPECT_TEXT(said.err, "wrong.lua:4:");
    EXPECT_TEXT(said.err, "(did you mean 'daily_distance'?)");
    EXPECT_TEXT(said.err, "absent.lua");
    EXPECT_TEXT(said.err, "3 errors\n");
    said_free(&said);
    said = KONSENTO("check", "wrong.lua", "--github");
    EXPECT_CODE(&said, 2);
    EXPECT_TEXT(said.out, "::error file=wrong.lua,line=3,col=");
    EXPECT_TEXT(said.out, "::error file=wrong.lua,line=4,col=");
    said_free(&said);
}

static void recorded_times_on_another_weekday_are_noted(void **state)
{
    (void)state;
    file_write("dated.csv", "location;user_id;session_id;plugin_time;plugout_time;connection_time;energy_session\n"
                            "A;u;s;2020-01-02 19:00:00;2020-01-03 08:00:00;13;5,5\n");
    file_write("dated.lua", "local k = require \"konsento\"\n"
                            "local p = k.params { start = k.param { \"2018-03-01\" }, flat = k.param { false } }\n"
                            "return k.scenario {\n"
                            "    name = \"Dated\", duration = \"5 days\", start = p.start,\n"
                            "    fleet = k.fleet.replay { sessions = \"dated.csv\" },\n"
                            "    tariff = not p.flat and function(t) return t.hour end or nil,\n"
                            "}\n");
    struct said other = KONSENTO("check", "dated.lua"),
                same = KONSENTO("check", "dated.lua", "--set", "start=2020-01-01"),
                hour = KONSENTO("check", "dated.lua", "--set", "start=2020-01-01 06:00"),
                flat = KONSENTO("check", "dated.lua", "--set", "flat=true");
    EXPECT_CODE(&other, 0);
    EXPECT_CODE(&same, 0);
    EXPECT_TEXT(other.err, "dated.csv: note: time 0 is a Wednesday 00:00 in the recording (fleet.from) and a Thursday");
    EXPECT_TEXT(hour.err, "a Wednesday 06:00 in the run (start)");
    EXPECT_NO_TEXT(same.err, "in the recording");
    EXPECT_NO_TEXT(flat.err, "in the recording");
    said_free(&other);
    said_free(&same);
    said_free(&hour);
    said_free(&flat);
}

/* Words of the help are not glued together, neither behind a long name nor where a line is just full. */
static void help_keeps_words_apart(void **state)
{
    (void)state;
    struct said said = KONSENTO("help", "bridge");
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "--settlements SOCKET\n");
    EXPECT_NO_TEXT(said.out, "off,the");
    EXPECT_NO_TEXT(said.out, "SOCKETlisten");
    said_free(&said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_keeps_words_apart),
        cmocka_unit_test_setup_teardown(recorded_times_on_another_weekday_are_noted, enter, leave),
        cmocka_unit_test_setup_teardown(every_command_explains_itself_in_two_ways, enter, leave),
        cmocka_unit_test_setup_teardown(the_overview_names_every_command_and_topic, enter, leave),
        cmocka_unit_test_setup_teardown(metrics_are_told_all_together_and_one_by_one, enter, leave),
        cmocka_unit_test_setup_teardown(degrees_are_shown_as_degrees, enter, leave),
        cmocka_unit_test_setup_teardown(nothing_asked_is_wrong_usage_with_the_overview_on_stderr, enter, leave),
        cmocka_unit_test_setup_teardown(what_is_mistyped_is_refused_with_the_nearest_name, enter, leave),
        cmocka_unit_test_setup_teardown(wrong_values_and_words_are_refused, enter, leave),
        cmocka_unit_test_setup_teardown(words_after_two_dashes_are_no_options, enter, leave),
        cmocka_unit_test_setup_teardown(the_committed_page_of_commands_is_the_generated_one, enter, leave),
        cmocka_unit_test_setup_teardown(the_version_tells_where_the_program_came_from, enter, leave),
        cmocka_unit_test_setup_teardown(the_schema_is_printed_in_four_forms, enter, leave),
        cmocka_unit_test_setup_teardown(completion_scripts_of_all_shells_parse, enter, leave),
        cmocka_unit_test_setup_teardown(bash_completes_commands_options_files_and_topics, enter, leave),
        cmocka_unit_test_setup_teardown(the_doctor_finds_this_machine_fit, enter, leave),
        cmocka_unit_test_setup_teardown(the_doctor_says_where_it_cannot_write, enter, leave),
        cmocka_unit_test_setup_teardown(a_new_scenario_checks_and_runs, enter, leave),
        cmocka_unit_test_setup_teardown(new_never_overwrites, enter, leave),
        cmocka_unit_test_setup_teardown(check_shows_the_completed_scenario_which_is_a_scenario, enter, leave),
        cmocka_unit_test_setup_teardown(check_finds_all_errors_of_all_files, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
