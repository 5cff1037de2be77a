/* reading.c: what the tests of the scenario language share: reading a text and looking at what was told.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/scenarios/reading.h"

#include "scenarios/lang/load.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SETTINGS_MAX 16

static size_t split(struct scenario_setting *settings, char names[SETTINGS_MAX][200], const char *const *texts)
{
    size_t count = 0;
    for (; texts != NULL && texts[count] != NULL; count++) {
        const char *equals = strchr(texts[count], '=');
        assert_non_null(equals);
        assert_true(count < SETTINGS_MAX);
        snprintf(names[count], 200, "%.*s", (int)(equals - texts[count]), texts[count]);
        settings[count] = (struct scenario_setting){names[count], equals + 1};
    }
    return count;
}

struct reading *reading_text(const char *text, const char *const *settings, const struct scenario_limits *limits)
{
    struct reading *reading = calloc(1, sizeof *reading);
    struct scenario_setting list[SETTINGS_MAX];
    char names[SETTINGS_MAX][200];
    struct diagnostics diagnostics = {.list = reading->diagnostics};
    struct load_order order = {.path = KONSENTO_SOURCE "/test.lua",
                               .text = text,
                               .size = strlen(text),
                               .settings = list,
                               .setting_count = split(list, names, settings),
                               .limits = limits};
    reading->good = load_open(&reading->scenario, &diagnostics, &order);
    reading->count = diagnostics.count;
    return reading;
}

struct reading *reading_file(const char *path, const char *const *settings)
{
    struct reading *reading = calloc(1, sizeof *reading);
    struct scenario_setting list[SETTINGS_MAX];
    char names[SETTINGS_MAX][200];
    size_t count = split(list, names, settings);
    reading->good = scenario_open(&reading->scenario, reading->diagnostics, &reading->count, path, list, count, NULL);
    return reading;
}

void reading_close(struct reading *reading)
{
    if (reading->good)
        scenario_close(&reading->scenario);
    free(reading);
}

const char *reading_told(const struct reading *reading)
{
    static char told[SCENARIO_DIAGNOSTICS_MAX * 440];
    size_t used = 0;
    told[0] = '\0';
    for (size_t i = 0; i < reading->count; i++) {
        const struct scenario_diagnostic *item = &reading->diagnostics[i];
        used += (size_t)snprintf(told + used, sizeof told - used, "%u:%u: %s%s\n", item->line, item->column,
                                 item->is_note ? "note: " : "", item->text);
    }
    return told;
}

void reading_assert_told(const struct reading *reading, const char *part)
{
    if (strstr(reading_told(reading), part) == NULL)
        fail_msg("expected to be told '%s', was told:\n%s", part, reading_told(reading));
}

const char *reading_scenario(const char *inside)
{
    static char text[20000];
    snprintf(text, sizeof text,
             "local k = require \"konsento\"\n"
             "return k.scenario { name = \"test\", duration = \"7 days\", fleet = k.fleet.cars { count = 3 },\n"
             "%s\n}\n",
             inside);
    return text;
}

static char folder[64];

static void remove_folder(void)
{
    DIR *open = opendir(folder);
    for (struct dirent *entry; open != NULL && (entry = readdir(open)) != NULL;) {
        char path[400];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    if (open != NULL)
        closedir(open);
    rmdir(folder);
}

const char *reading_folder(void)
{
    if (folder[0] == '\0') {
        snprintf(folder, sizeof folder, "konsento-test-XXXXXX");
        assert_non_null(mkdtemp(folder));
        atexit(remove_folder);
    }
    return folder;
}

const char *reading_write(const char *name, const void *bytes, size_t size)
{
    static char path[400];
    snprintf(path, sizeof path, "%s/%s", reading_folder(), name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}
