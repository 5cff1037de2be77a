/* test_cli_fit.c: what konsento fit reads, refuses, tells and writes.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
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

#define SESSIONS KONSENTO_SHARED "/data/sessions_norway_ASK_OSL_S_TRO_R.csv"
#define HEAD     "location;user_id;session_id;plugin_time;plugout_time;connection_time;energy_session\n"

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

/* Eight users for two years, three sessions a week each, and after every tenth row one that is none. */
static void write_sessions(const char *path, const char *fault, unsigned rows)
{
    size_t room = 200 + (size_t)rows * 200, length = 0;
    char *text = malloc(room);
    assert_non_null(text);
    length += (size_t)snprintf(text, room, "%s", HEAD);
    for (unsigned i = 0; i < rows; i++) {
        unsigned day = i / 8 * 2 % 700, hour = 14 + i * 7 % 9, hours = 3 + i * 5 % 5;
        length += (size_t)snprintf(text + length, room - length,
                                   "H;u%u;s%u;20%02u-%02u-%02u %02u:10:00;20%02u-%02u-%02u 23:%02u:00;%u,5;%u,25\n",
                                   i % 8, i, 19 + day / 336, day / 28 % 12 + 1, day % 28 + 1, hour, 19 + day / 336,
                                   day / 28 % 12 + 1, day % 28 + 1, i % 60, hours, 3 + i * 11 % 23);
        if (i % 10 == 0)
            length += (size_t)snprintf(text + length, room - length, "%s", fault);
    }
    file_write(path, text);
    free(text);
}

static void a_profile_is_written_once_and_the_table_is_shown(void **state)
{
    (void)state;
    struct said said = KONSENTO("fit", SESSIONS, "--location", "TRO_R", "-o", "p.lua");
    EXPECT_CODE(&said, 0);
    EXPECT_TEXT(said.out, "6679 sessions read; 27 rows left out: 0 with faults, 27 with missing values");
    EXPECT_TEXT(said.out, "\nsessions ");
    EXPECT_TEXT(said.out, "\nresampled ");
    EXPECT_TEXT(said.out, "\nmixture ");
    char *text = file_read("p.lua");
    EXPECT_TEXT(text, "TRO_R");
    EXPECT_TEXT(text, "return {\n    user_mean = {");
    said_free(&said);
    said = KONSENTO("fit", SESSIONS, "--location", "TRO_R", "-o", "p.lua");
    EXPECT_CODE(&said, 2);
    EXPECT_TEXT(said.err, "p.lua is there already");
    char *again = file_read("p.lua");
    assert_string_equal(text, again);
    free(text);
    free(again);
    said_free(&said);
}

static void faulty_rows_are_told_with_their_line_and_counted(void **state)
{
    (void)state;
    static const char *const faults[][2] = {
        {"H;u1;x;2019-05-01 10:00:00;2019-05-01 12:00:00;2.0;8,5\n", "'2.0' is not a decimal number with the mark ','"},
        {"H;u1;x;2019-05-01 12:00:00;2019-05-01 10:00:00;2,0;8,5\n", "plugout_time is not after plugin_time"},
        {"H;u1;x;2019-05-01 10:00:00;2019-05-01 12:00:00;-2,0;8,5\n", "connection_time: -2,0 is outside"},
        {"H;u1;x;2019-05-01 10:00:00;;2,0;8,5\n", "plugout_time: '' is not a moment"},
        {"H;u1;x;2019-05-01 10:00:00\n", "4 fields, the header has 7"},
    };
    char all[1000] = "";
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        strcat(all, faults[i][0]);
    strcat(all, "H;u1;x;2019-05-01 10:00:00;NA;2,0;8,5\n");
    write_sessions("s.csv", all, 1000);
    struct said said = KONSENTO("fit", "s.csv");
    EXPECT_CODE(&said, 0);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        char text[200];
        snprintf(text, sizeof text, "s.csv:%zu: note: ", i + 3);
        EXPECT_TEXT(said.err, text);
        EXPECT_TEXT(said.err, faults[i][1]);
    }
    EXPECT_TEXT(said.out, "1000 sessions read; 600 rows left out: 500 with faults, 100 with missing values");
    EXPECT_TEXT(said.err, "38 % of the rows are left out");
    said_free(&said);
}

static void refused(const char *complaint, const char *const *arguments)
{
    struct said said = program_run(&(struct start){0}, arguments);
    expect_code(&said, 2, complaint);
    expect_text(said.err, complaint, "complaint");
    said_free(&said);
    assert_false(file_exists("p.lua"));
}

static void what_cannot_be_fitted_is_refused_and_nothing_written(void **state)
{
    (void)state;
    write_sessions("s.csv", "", 150);
    refused("too little is left to fit", ARGUMENTS("fit", "s.csv", "-o", "p.lua"));
    char *text = file_read("s.csv");
    for (char *c = text + sizeof HEAD - 1; *c != '\0'; c++)
        *c = *c == ',' ? '.' : *c;
    file_write("dots.csv", text);
    refused("no session", ARGUMENTS("fit", "dots.csv", "-o", "p.lua"));
    text[0] = 'x';
    file_write("columns.csv", text);
    refused("column 'location' is missing", ARGUMENTS("fit", "columns.csv", "-o", "p.lua"));
    free(text);
    file_write("empty.csv", "");
    refused("the file is empty", ARGUMENTS("fit", "empty.csv", "-o", "p.lua"));
    refused("cannot be read", ARGUMENTS("fit", "nowhere.csv", "-o", "p.lua"));
    refused("it is a folder", ARGUMENTS("fit", ".", "-o", "p.lua"));
    refused("no session of location", ARGUMENTS("fit", SESSIONS, "--location", "OSL", "-o", "p.lua"));
    static char faults[2000];
    for (int i = 0; i < 12; i++)
        strcat(faults, "H;u1;x;2019-05-01 10:00:00;;2,0;8,5\n");
    write_sessions("s.csv", faults, 300);
    refused("more rows are left out than remain", ARGUMENTS("fit", "s.csv", "-o", "p.lua"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_profile_is_written_once_and_the_table_is_shown, enter, leave),
        cmocka_unit_test_setup_teardown(faulty_rows_are_told_with_their_line_and_counted, enter, leave),
        cmocka_unit_test_setup_teardown(what_cannot_be_fitted_is_refused_and_nothing_written, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
