/* test_dump.c: the completed scenario reads back as itself, in every process.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/scenarios/reading.h"
#include "tests/scenarios/sample.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const scenario_files[] = {"garage_month.lua", "two_outlets.lua", "callback_tariff.lua"};
#define FILE_COUNT (sizeof scenario_files / sizeof scenario_files[0])

static void assert_reads_back(const char *completed)
{
    char *copy = strdup(completed);
    struct reading *reading = reading_text(copy, NULL, NULL);
    if (!reading->good)
        fail_msg("the dump is refused:\n%s%s", reading_told(reading), copy);
    assert_string_equal(reading->scenario.completed, copy);
    reading_close(reading);
    free(copy);
}

static void every_constructor_reads_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < schema_class_count; i++) {
        char text[SAMPLE_MAX];
        unsigned line;
        struct reading *reading = reading_text(sample_scenario(text, &line, &schema_classes[i], "", ""), NULL, NULL);
        assert_true(reading->good);
        assert_reads_back(reading->scenario.completed);
        reading_close(reading);
    }
}

/* Each field at its bounds and its word, one at a time. */
static void every_value_reads_back(void **state)
{
    (void)state;
    size_t good = 0;
    for (size_t i = 0; i < schema_class_count; i++)
        for (size_t j = 0; j < schema_classes[i].field_count; j++) {
            const struct schema_field *field = &schema_classes[i].fields[j];
            const char *const values[] = {field->min, field->max, field->word};
            for (size_t n = 0; n < 3; n++) {
                char text[SAMPLE_MAX], line[200];
                unsigned number;
                if (values[n] == NULL)
                    continue;
                snprintf(line, sizeof line, "%s = \"%s\",", field->name, values[n]);
                struct reading *reading =
                    reading_text(sample_scenario(text, &number, &schema_classes[i], field->name, line), NULL, NULL);
                if (reading->good)
                    assert_reads_back(reading->scenario.completed);
                good += reading->good;
                reading_close(reading);
            }
        }
    assert_true(good > 70);
}

static void texts_with_odd_bytes_read_back(void **state)
{
    (void)state;
    struct reading *reading = reading_text(
        "local k = require \"konsento\" return k.scenario { name = \"a\\\"b\\\\c\\0619 \xE3\x82\xB3\", "
        "duration = \"1 days\", fleet = k.fleet.cars { count = 1 }, thresholds = { \"revenue  >  5 yen\" } }",
        NULL, NULL);
    assert_true(reading->good);
    assert_reads_back(reading->scenario.completed);
    reading_close(reading);
}

/* Copies a file of scenarios/ into the test's folder, as a dump with a callback includes it. */
static void copy_scenario(char path[300], const char *name)
{
    char from[300], text[20000];
    snprintf(from, sizeof from, "%s/scenarios/%s", KONSENTO_SOURCE, name);
    FILE *file = fopen(from, "r");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text, file);
    fclose(file);
    snprintf(path, 300, "%s", reading_write(name, text, size));
}

static void the_scenario_files_read_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < FILE_COUNT; i++) {
        char path[300];
        copy_scenario(path, scenario_files[i]);
        struct reading *reading = reading_file(path, NULL);
        if (!reading->good)
            fail_msg("%s: %s", path, reading_told(reading));
        const char *completed = reading->scenario.completed;
        struct reading *again = reading_file(reading_write("dump.lua", completed, strlen(completed)), NULL);
        if (!again->good)
            fail_msg("%s: %s", path, reading_told(again));
        assert_string_equal(again->scenario.completed, completed);
        reading_close(again);
        reading_close(reading);
    }
}

static void a_dump_keeps_the_parameters_of_a_callback(void **state)
{
    (void)state;
    char path[300];
    const char *const settings[] = {"discount=7.5", NULL};
    copy_scenario(path, "callback_tariff.lua");
    struct reading *reading = reading_file(path, settings);
    assert_non_null(strstr(reading->scenario.completed,
                           "tariff = k.include(\"callback_tariff.lua\", "
                           "{ [\"chance\"] = \"0.2\", [\"discount\"] = \"7.5\" }).tariff"));
    reading_close(reading);
}

/* This program again, in a process with other addresses: prints the dump. */
static void print_dump(const char *path)
{
    struct reading *reading = reading_file(path, NULL);
    fputs(reading->good ? reading->scenario.completed : reading_told(reading), stdout);
    reading_close(reading);
}

static void two_processes_give_the_same_dump(void **state)
{
    (void)state;
    char name[400];
    ssize_t length = readlink("/proc/self/exe", name, sizeof name - 1);
    assert_true(length > 0);
    name[length] = '\0';
    for (size_t i = 0; i < FILE_COUNT; i++) {
        char command[900];
        static char dumps[2][30000];
        snprintf(command, sizeof command, "'%s' --dump '%s/scenarios/%s'", name, KONSENTO_SOURCE, scenario_files[i]);
        for (int n = 0; n < 2; n++) {
            FILE *pipe = popen(command, "r");
            size_t size = fread(dumps[n], 1, sizeof dumps[n] - 1, pipe);
            dumps[n][size] = '\0';
            assert_int_equal(pclose(pipe), 0);
            assert_true(size > 1000);
        }
        assert_string_equal(dumps[0], dumps[1]);
    }
}

/* Whatever happens to a byte of a scenario, the answer is a scenario or messages with places. */
static void damaged_files_are_survived(void **state)
{
    (void)state;
    char path[300], text[20000], damaged[20001];
    copy_scenario(path, "two_outlets.lua");
    FILE *file = fopen(path, "r");
    size_t size = fread(text, 1, sizeof text, file), refused = 0;
    fclose(file);
    uint64_t random = 1;
    const struct scenario_limits limits = {.instructions = 1000000};
    for (int i = 0; i < 1500; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        size_t at = (size_t)(random >> 33) % size;
        memcpy(damaged, text, size);
        damaged[size] = '\0';
        if (i % 3 == 0)
            damaged[at] = (char)(random >> 56 | 1);
        else if (i % 3 == 1)
            memmove(damaged + at, damaged + at + 1, size - at);
        else
            damaged[at] = '\0'; /* cut short */
        struct reading *reading = reading_text(damaged, NULL, &limits);
        refused += !reading->good;
        if (!reading->good)
            assert_true(reading->count > 0 && reading->diagnostics[0].text[0] != '\0');
        reading_close(reading);
    }
    assert_true(refused > 500);
}

int main(int argument_count, char **arguments)
{
    if (argument_count == 3 && strcmp(arguments[1], "--dump") == 0) {
        print_dump(arguments[2]);
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_constructor_reads_back),
        cmocka_unit_test(every_value_reads_back),
        cmocka_unit_test(texts_with_odd_bytes_read_back),
        cmocka_unit_test(the_scenario_files_read_back),
        cmocka_unit_test(a_dump_keeps_the_parameters_of_a_callback),
        cmocka_unit_test(two_processes_give_the_same_dump),
        cmocka_unit_test(damaged_files_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
