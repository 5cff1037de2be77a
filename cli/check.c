/* check.c: konsento check and konsento schema: what a scenario may say, and whether it does.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/github.h"
#include "cli/loaded.h"
#include "cli/sweep_asked.h"
#include "cli/terminal.h"

#include <stdio.h>

static void tell_good(const struct arguments *arguments, const struct loaded *loaded, const char *path)
{
    if (arguments->given[OPTION_SHOW])
        fputs(loaded->scenario.completed, stdout);
    else if (!arguments->given[OPTION_GITHUB])
        printf("%s: no errors\n", path);
}

/* Returns whether the points of its sweep are right; tells what is not. */
static bool check_sweep(const struct loaded *loaded, const char *path, enum loaded_form form)
{
    char why[512], text[600];
    if (sweep_asked_check(why, sizeof why, &loaded->scenario.sweep))
        return true;
    snprintf(text, sizeof text, "sweep: %s", why);
    if (form == LOADED_GITHUB)
        github_annotate(&(const struct github_annotation){.kind = "error", .file = path, .line = 1, .text = text});
    else
        fprintf(stderr, "%s: error: %s\n", path, text);
    return false;
}

int command_check(const struct arguments *arguments)
{
    enum loaded_form form = arguments->given[OPTION_GITHUB] ? LOADED_GITHUB : LOADED_PLAIN;
    size_t errors = 0;
    for (size_t i = 0; i < arguments->word_count; i++) {
        struct loaded loaded;
        size_t found = loaded_open(&loaded, arguments, arguments->words[i], form);
        errors += found;
        if (found > 0)
            continue;
        if (check_sweep(&loaded, arguments->words[i], form))
            tell_good(arguments, &loaded, arguments->words[i]);
        else
            errors++;
        loaded_close(&loaded);
    }
    if (errors > 0)
        fprintf(stderr, "%zu error%s\n", errors, errors == 1 ? "" : "s");
    return errors > 0 ? CODE_USAGE : CODE_OK;
}

int command_schema(const struct arguments *arguments)
{
    static const struct {
        enum option_id option;
        enum schema_form form;
    } forms[] = {{OPTION_JSON, SCHEMA_JSON},
                 {OPTION_LUALS, SCHEMA_LUALS},
                 {OPTION_MARKDOWN, SCHEMA_MARKDOWN},
                 {OPTION_METRICS, SCHEMA_METRICS}};
    enum schema_form form = SCHEMA_HELP;
    int asked = 0;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (arguments->given[forms[i].option]) {
            form = forms[i].form;
            asked++;
        }
    if (asked > 1) {
        complain("schema: one of --json, --luals, --markdown and --metrics at a time");
        return CODE_USAGE;
    }
    schema_write(stdout, form);
    return CODE_OK;
}
