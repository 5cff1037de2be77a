/* test_cli_bad_input.c: bad files, full disks, closed folders: a clear message, nothing half-written.   [engine]
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
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Neither a results file nor a report nor a leftover. */
static void nothing_is_left_in(const char *folder)
{
    assert_int_equal(files_ending(folder, ".h5"), 0);
    assert_int_equal(files_ending(folder, ".html"), 0);
    assert_int_equal(files_ending(folder, ".tmp"), 0);
}

/* Both run and check refuse it, with this at the place named. */
static void refused(const char *scenario, const char *place, const char *text)
{
    struct said run = KONSENTO("run", scenario, "-o", "out"), check = KONSENTO("check", scenario);
    EXPECT_CODE(&run, 2);
    EXPECT_CODE(&check, 2);
    assert_string_equal(run.out, "");
    EXPECT_TEXT(run.err, place);
    EXPECT_TEXT(run.err, text);
    EXPECT_TEXT(run.err, "error");
    EXPECT_TEXT(check.err, place);
    nothing_is_left_in(".");
    said_free(&run);
    said_free(&check);
}

static void an_empty_scenario_is_refused(void **state)
{
    (void)state;
    file_write("empty.lua", "");
    refused("empty.lua", "empty.lua", "error");
}

static void a_truncated_scenario_is_refused_at_any_length(void **state)
{
    (void)state;
    char *whole = file_read("house.lua");
    size_t length = strlen(whole);
    for (size_t cut = 5; cut + 3 < length; cut += length / 12) {
        file_write_bytes("cut.lua", whole, cut);
        refused("cut.lua", "cut.lua", "error");
    }
    free(whole);
}

static void a_binary_scenario_is_refused(void **state)
{
    (void)state;
    char bytes[4096];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 2654435761u >> 13);
    file_write_bytes("binary.lua", bytes, sizeof bytes);
    refused("binary.lua", "binary.lua", "error");
    file_write_bytes("bytecode.lua", "\033LuaT\0\x19\x93\r\n\x1a\n", 12);
    refused("bytecode.lua", "bytecode.lua", "error");
    refused(".", ".", "error");
    refused("absent.lua", "absent.lua", "error");
}

static void bad_sessions(const char *row, const char *place, const char *text)
{
    char csv[512];
    snprintf(csv, sizeof csv, "evse,arrival_min,departure_min,energy_kwh,battery_kwh\n1,60,300,5.5,40\n%s\n", row);
    sessions_write(csv);
    refused("garage.lua", place, text);
}

static void bad_rows_of_a_session_file_are_refused_with_their_line(void **state)
{
    (void)state;
    bad_sessions("2,ninety,400,7.25,40", "sessions.csv:3:", "arrival");
    bad_sessions("2,90", "sessions.csv:3:", "");
    bad_sessions("2,90,400,nan,40", "sessions.csv:3:", "");
    bad_sessions("2,90,400,inf,40", "sessions.csv:3:", "");
    bad_sessions("2,400,90,7.25,40", "sessions.csv:3:", "departure");
    bad_sessions("1,60,300,5.5,40", "sessions.csv:3:", "");
    bad_sessions("2,90,400,-1,40", "sessions.csv:3:", "");
}

static void all_bad_rows_are_told_at_once(void **state)
{
    (void)state;
    sessions_write("evse,arrival_min,departure_min,energy_kwh,battery_kwh\n1,60,300,nan,40\n2,9,4,5,40\n3,90,400,7,"
                   "40\n3,x,400,7,40\n");
    struct said said = KONSENTO("run", "garage.lua", "-o", "out");
    EXPECT_CODE(&said, 2);
    EXPECT_TEXT(said.err, "sessions.csv:2:");
    EXPECT_TEXT(said.err, "sessions.csv:3:");
    EXPECT_TEXT(said.err, "sessions.csv:5:");
    EXPECT_NO_TEXT(said.err, "sessions.csv:4:");
    EXPECT_TEXT(said.err, "3 errors");
    said_free(&said);
    struct said github = KONSENTO("check", "garage.lua", "--github");
    EXPECT_TEXT(github.out, "::error file=sessions.csv,line=2::");
    said_free(&github);
}

static void session_files_that_are_none_are_refused(void **state)
{
    (void)state;
    sessions_write("");
    refused("garage.lua", "sessions.csv", "");
    sessions_write("\x89PNG\r\n\x1a\nabcdefg");
    refused("garage.lua", "sessions.csv", "");
    sessions_write("a,b,c\n1,2,3\n");
    refused("garage.lua", "sessions.csv", "");
    assert_int_equal(unlink("sessions.csv"), 0);
    refused("garage.lua", "sessions.csv", "");
}

static void wrong_settings_are_refused(void **state)
{
    (void)state;
    struct said said = KONSENTO("run", "house.lua", "--set", "crs=5", "-o", "out");
    EXPECT_CODE(&said, 2);
    EXPECT_TEXT(said.err, "(did you mean 'cars'?)");
    said_free(&said);
    said = KONSENTO("run", "house.lua", "--set", "cars=0", "-o", "out");
    EXPECT_CODE(&said, 2);
    said_free(&said);
    nothing_is_left_in(".");
}

/* Found in the middle of a run: whether it is too slow depends on the machine, so no row may say that it failed. */
/* One message, of the parameter that was set: not of what the scenario makes of it, and nothing that follows from it.
 */
static void a_bad_value_of_a_parameter_is_told_once_by_its_name(void **state)
{
    (void)state;
    static const struct {
        const char *scenario, *setting, *text;
    } bad[] = {
        {"chubu_2018", "days=0", "param days = 0 is below 1\n"},
        {"chubu_2018", "era=2019", "param era = 2019 is none of: 2017-12, "},
        {"chubu_2018", "crypto=fast", "param crypto = fast is none of: real, memo, token\n"},
        {"chubu_2018", "attackers=abc", "param attackers = \"abc\": not a number with a unit, expected %"},
        {"chubu_2018", "cheaters=200 %", "param cheaters = \"200 %\" is above 100 %\n"},
        {"chubu_2018", "sessions=nope.csv", "param sessions = \"nope.csv\": no such file"},
        {"chubu_2018", "graph=/nope", "param graph = \"/nope\": no such file"}, /* which it would not look at */
        {"chubu_2018", "tariff=nope", "besides a file it may be: chubu, flat, JPY/kWh (as in \"28.61 JPY/kWh\")"},
        {"fee_spike", "tariff=-5 JPY/kWh", "param tariff: tariff.price = \"-5 JPY/kWh\" is outside "},
        {"attack_channel", "outage=5 kW", "param outage = \"5 kW\": unit 'kW' is of power"},
        {"outage_router", "router_every=0 s", "param router_every = \"0 s\" is below 1 min\n"},
        {"iot_throughput", "purchase=0.01 Wh", "param purchase = \"0.01 Wh\" is below 0.1 Wh\n"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/scenarios/%s.lua", KONSENTO_SOURCE, bad[i].scenario);
        struct said said = KONSENTO("check", path, "--set", bad[i].setting);
        EXPECT_CODE(&said, 2);
        EXPECT_TEXT(said.err, "--set: error: param ");
        EXPECT_TEXT(said.err, bad[i].text);
        EXPECT_TEXT(said.err, "1 error\n");
        said_free(&said);
    }
}

static void a_callback_that_hangs_ends_the_program(void **state)
{
    (void)state;
    file_write("hang.lua", "local k = require \"konsento\"\n"
                           "return k.scenario {\n"
                           "    name = \"Hang\", duration = \"14 days\", replications = 20,\n"
                           "    fleet = k.fleet.cars { count = 3 },\n"
                           "    tariff = function(t) if t.day > 9 then while true do end end return 20 end,\n"
                           "}\n");
    struct said said = KONSENTO("run", "hang.lua", "-o", "out", "--json", "-j1");
    EXPECT_CODE(&said, 2);
    assert_string_equal(said.out, "");
    EXPECT_TEXT(said.err, "hang.lua:5: stopped: it took too long");
    EXPECT_TEXT(said.err, "--only 0");
    EXPECT_NO_TEXT(said.err, "--only 1");
    said_free(&said);
    nothing_is_left_in("out");
}

static void a_file_size_limit_leaves_nothing_half_written(void **state)
{
    (void)state;
    static const long limits[] = {1, 1000, 5000, 20000, 60000};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct said said = program_run(&(struct start){.file_bytes_max = limits[i]},
                                       ARGUMENTS("run", "house.lua", "-o", "out", "--no-report"));
        if (said.code == 0) { /* it fits: then it must be whole */
            EXPECT_RUN(0, "inspect", "out");
        } else {
            EXPECT_CODE(&said, 1);
            EXPECT_TEXT(said.err, "go on with: konsento run house.lua");
            nothing_is_left_in("out");
        }
        said_free(&said);
    }
    EXPECT_RUN(0, "run", "house.lua", "-o", "out");
}

static void a_full_disk_leaves_nothing_half_written_and_the_run_goes_on_elsewhere(void **state)
{
    (void)state;
    assert_int_equal(mkdir("disk", 0755), 0);
    if (mount("none", "disk", "tmpfs", 0, "size=64k") != 0)
        skip();
    struct said said = KONSENTO("run", "house.lua", "--reps", "600", "-o", "disk/out");
    int code = said.code;
    size_t leftovers = files_ending("disk", ".tmp");
    bool told = strstr(said.err, "No space left on device") != NULL && strstr(said.err, "go on with: ") != NULL;
    said_free(&said);
    struct said room = {0};
    if (mount("none", "disk", "tmpfs", MS_REMOUNT, "size=64m") == 0)
        room = KONSENTO("run", "house.lua", "--reps", "600", "-o", "disk/out", "--json");
    assert_int_equal(umount("disk"), 0);
    assert_int_equal(code, 1);
    assert_int_equal(leftovers, 0);
    assert_true(told);
    char there[65], here[65];
    EXPECT_CODE(&room, 0);
    json_member(there, sizeof there, room.out, "digest");
    said_free(&room);
    said = KONSENTO("run", "house.lua", "--reps", "600", "-o", "out", "--json");
    json_member(here, sizeof here, said.out, "digest");
    said_free(&said);
    assert_string_equal(there, here);
}

static void a_folder_that_cannot_be_written_is_a_failure_that_names_it(void **state)
{
    (void)state;
    file_write("taken", "a file");
    struct said said = KONSENTO("run", "house.lua", "-o", "taken/out");
    EXPECT_CODE(&said, 1);
    EXPECT_TEXT(said.err, "taken");
    said_free(&said);
    said = KONSENTO("run", "house.lua", "-o", "taken");
    EXPECT_CODE(&said, 1);
    EXPECT_TEXT(said.err, "taken");
    said_free(&said);
    if (getuid() != 0)
        skip();
    assert_int_equal(mkdir("closed", 0755), 0);
    said = program_run(&(struct start){.as_nobody = true}, ARGUMENTS("run", "house.lua", "-o", "closed/out"));
    EXPECT_CODE(&said, 1);
    EXPECT_TEXT(said.err, "closed");
    EXPECT_TEXT(said.err, "Permission denied");
    said_free(&said);
    assert_int_equal(files_ending("closed", ""), 0);
}

static void damaged_results_are_refused(void **state)
{
    (void)state;
    EXPECT_RUN(0, "run", "house.lua", "-o", "out");
    struct stat status;
    assert_int_equal(stat("out/results.h5", &status), 0);
    assert_int_equal(truncate("out/results.h5", status.st_size / 2), 0);
    static const char *const commands[] = {"inspect", "export", "report"};
    for (size_t i = 0; i < 3; i++) {
        struct said said = KONSENTO(commands[i], "out/results.h5");
        EXPECT_CODE(&said, 2);
        EXPECT_TEXT(said.err, "out/results.h5");
        assert_string_equal(said.out, "");
        said_free(&said);
        EXPECT_RUN(2, commands[i], "house.lua");
        EXPECT_RUN(2, commands[i], "absent.h5");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_scenario_is_refused, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(a_truncated_scenario_is_refused_at_any_length, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(a_binary_scenario_is_refused, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(bad_rows_of_a_session_file_are_refused_with_their_line, houses_enter,
                                        houses_leave),
        cmocka_unit_test_setup_teardown(all_bad_rows_are_told_at_once, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(session_files_that_are_none_are_refused, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(wrong_settings_are_refused, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(a_bad_value_of_a_parameter_is_told_once_by_its_name, houses_enter,
                                        houses_leave),
        cmocka_unit_test_setup_teardown(a_callback_that_hangs_ends_the_program, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(a_file_size_limit_leaves_nothing_half_written, houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(a_full_disk_leaves_nothing_half_written_and_the_run_goes_on_elsewhere,
                                        houses_enter, houses_leave),
        cmocka_unit_test_setup_teardown(a_folder_that_cannot_be_written_is_a_failure_that_names_it, houses_enter,
                                        houses_leave),
        cmocka_unit_test_setup_teardown(damaged_results_are_refused, houses_enter, houses_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
