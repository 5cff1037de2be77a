/* loaded.c: a scenario and its data files loaded, with every error and note told.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/loaded.h"

#include "cli/exit_codes.h"
#include "cli/github.h"
#include "cli/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One thing to tell. */
struct remark {
    const char *file, *text;
    unsigned line, column;
    bool is_note;
};

static void tell_github(const struct remark *remark)
{
    const struct github_annotation annotation = {.kind = remark->is_note ? "notice" : "error",
                                                 .file = remark->file,
                                                 .line = remark->line,
                                                 .column = remark->column,
                                                 .text = remark->text};
    github_annotate(&annotation);
}

static void tell_plain(const struct remark *remark)
{
    if (*remark->file != '\0')
        fprintf(stderr, "%s:", remark->file);
    if (remark->line > 0)
        fprintf(stderr, "%u:", remark->line);
    if (remark->column > 0)
        fprintf(stderr, "%u:", remark->column);
    fprintf(stderr, "%s%s: %s\n", *remark->file != '\0' ? " " : "", remark->is_note ? "note" : "error", remark->text);
}

static void tell(const struct remark *remark, enum loaded_form form)
{
    if (form == LOADED_GITHUB)
        tell_github(remark);
    else if (form == LOADED_PLAIN || !remark->is_note)
        tell_plain(remark);
}

/* Called when Lua cannot be stopped from inside. What is on disk is safe; nothing else can be done in this process. */
static void scenario_hung(const char *what)
{
    static const char *const pieces[] = {"konsento: error: ", NULL, " does not come to an end; stopped\n"};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        const char *piece = pieces[i] != NULL ? pieces[i] : what;
        (void)!write(STDERR_FILENO, piece, strlen(piece));
    }
    _exit(CODE_USAGE);
}

/* The names of --set NAME=VALUE, cut off; the values stay where they are. */
struct settings {
    struct scenario_setting list[ARGUMENTS_SETTINGS_MAX];
    char *names[ARGUMENTS_SETTINGS_MAX];
    size_t count;
};

static bool cut_settings(struct settings *settings, const struct arguments *arguments)
{
    for (settings->count = 0; settings->count < arguments->setting_count; settings->count++) {
        const char *text = arguments->settings[settings->count];
        size_t length = strcspn(text, "=");
        char *name = strndup(text, length);
        if (name == NULL)
            return false;
        settings->names[settings->count] = name;
        settings->list[settings->count] = (struct scenario_setting){name, text + length + 1};
    }
    return true;
}

static size_t load_scenario(struct loaded *loaded, const struct arguments *arguments, const char *path,
                            enum loaded_form form)
{
    struct scenario_diagnostic *list = calloc(SCENARIO_DIAGNOSTICS_MAX, sizeof *list);
    struct settings settings;
    const struct scenario_limits limits = {.hung = scenario_hung};
    size_t count = 0, errors = 0;
    bool opened = false;
    if (cut_settings(&settings, arguments) && list != NULL)
        opened = scenario_open(&loaded->scenario, list, &count, path, settings.list, settings.count, &limits);
    else
        complain("memory is out");
    for (size_t i = 0; i < count; i++) {
        const struct remark remark = {list[i].file, list[i].text, list[i].line, list[i].column, list[i].is_note};
        tell(&remark, form);
        errors += !list[i].is_note;
    }
    for (size_t i = 0; i < settings.count; i++)
        free(settings.names[i]);
    free(list);
    return opened ? 0 : errors > 0 ? errors : 1;
}

static size_t load_input(struct loaded *loaded, enum loaded_form form)
{
    struct input_problem problems[INPUT_PROBLEMS_MAX];
    size_t count = 0, errors = 0;
    const struct scenario *scenario = &loaded->scenario;
    loaded->input = scenario_is_lab(scenario) ? world_input_open_trace(problems, &count, scenario->lab.trace_path)
                                              : world_input_open(problems, &count, &scenario->config);
    for (size_t i = 0; i < count; i++) {
        const struct remark remark = {.file = problems[i].file,
                                      .text = problems[i].text,
                                      .line = problems[i].line,
                                      .is_note = problems[i].severity == INPUT_NOTE};
        tell(&remark, form);
        errors += !remark.is_note;
    }
    return loaded->input != NULL ? 0 : errors > 0 ? errors : 1;
}

size_t loaded_open_scenario(struct loaded *loaded, const struct arguments *arguments, const char *path,
                            enum loaded_form form)
{
    memset(loaded, 0, sizeof *loaded);
    return load_scenario(loaded, arguments, path, form);
}

size_t loaded_open(struct loaded *loaded, const struct arguments *arguments, const char *path, enum loaded_form form)
{
    size_t errors = loaded_open_scenario(loaded, arguments, path, form);
    if (errors > 0)
        return errors;
    errors = load_input(loaded, form);
    if (errors > 0)
        scenario_close(&loaded->scenario);
    return errors;
}

bool loaded_runs_without_devices(const struct loaded *loaded, const char *path)
{
    if (loaded->scenario.device_count > 0)
        complain("%s has outlets that are devices: konsento bridge run %s; its journals: konsento replay DIR/RAIL.hwj",
                 path, path);
    bool has_node = false;
    for (size_t i = 0; i < loaded->scenario.config.rail_count; i++)
        has_node = has_node || loaded->scenario.config.rails[i].kind == RAIL_NODE;
    if (has_node && loaded->scenario.device_count == 0)
        complain("%s has a k.rail.node, but no device: nobody would tell of its payments (docs/bridge.md)", path);
    return loaded->scenario.device_count == 0 && !has_node;
}

void loaded_close(struct loaded *loaded)
{
    if (loaded->input != NULL)
        world_input_close(loaded->input);
    scenario_close(&loaded->scenario);
}
