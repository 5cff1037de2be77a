/* results_commands.c: konsento inspect, export and report: a results file looked at again.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/export.h"
#include "analysis/inspect.h"
#include "analysis/studyfigures.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/export_chain.h"
#include "cli/judge.h"
#include "cli/look.h"
#include "cli/paths.h"
#include "cli/terminal.h"
#include "scenarios/lang/quantity.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Output to stdout was lost, and the reason is known here: it is not told a second time. */
static int tell_lost(const struct results_error *error)
{
    complain("%s", error->text);
    clearerr(stdout);
    return CODE_FAILURE;
}

int command_inspect(const struct arguments *arguments)
{
    struct look look;
    struct results_error error = {""};
    int code = look_open(&look, arguments->words[0]);
    if (code == CODE_OK && inspect_write(stdout, &error, look.results) != RESULTS_OK)
        code = tell_lost(&error);
    look_close(&look);
    return code;
}

/* ---- export ----------------------------------------------------------------------------------------------------- */

/* What to write of which results. */
struct export
{
    const struct arguments *arguments;
    const struct results *results;
    const struct results_row *chain; /* NULL: not asked for */
    const char *path;                /* NULL: standard output */
    double profile_step_s;
};

static enum results_result export_to(FILE *out, struct results_error *error, const struct export *export)
{
    const struct arguments *arguments = export->arguments;
    if (export->chain != NULL)
        return export_chain(out, error, export->chain);
    if (arguments->given[OPTION_NETCDF])
        return export_netcdf(out, error, export->results);
    if (arguments->given[OPTION_PROFILE])
        return export_profile_csv(out, error, export->results, export->profile_step_s);
    if (arguments->given[OPTION_JSON])
        return export_json(out, error, export->results);
    if (arguments->given[OPTION_EVENTS])
        return export_events_csv(out, error, export->results, arguments->text[OPTION_EVENTS]);
    if (arguments->given[OPTION_SERIES])
        return export_series_csv(out, error, export->results);
    return export_csv(out, error, export->results);
}

/* A device or a pipe is written to, not replaced. */
static enum results_result export_device(struct results_error *error, const struct export *export)
{
    const char *path = export->path;
    FILE *out = fopen(path, "w");
    enum results_result result = out != NULL ? export_to(out, error, export) : RESULTS_IO;
    if (out == NULL || (fclose(out) != 0 && result == RESULTS_OK)) {
        snprintf(error->text, sizeof error->text, "cannot write %s: %s", path, strerror(errno));
        result = RESULTS_IO;
    }
    return result;
}

/* Through PATH.tmp: under the final name there is a whole file or the one from before. */
static enum results_result export_file(struct results_error *error, const struct export *export)
{
    const char *path = export->path;
    char *temporary;
    if (path_exists(path) && !path_is_file(path))
        return export_device(error, export);
    if (asprintf(&temporary, "%s.tmp", path) < 0) {
        snprintf(error->text, sizeof error->text, "memory is out");
        return RESULTS_MEMORY;
    }
    FILE *out = fopen(temporary, "w");
    enum results_result result = RESULTS_IO;
    if (out != NULL)
        result = export_to(out, error, export);
    if (out == NULL || (fclose(out) != 0 && result == RESULTS_OK) ||
        (result == RESULTS_OK && rename(temporary, path) != 0)) {
        snprintf(error->text, sizeof error->text, "cannot write %s: %s", path, strerror(errno));
        result = RESULTS_IO;
    }
    if (result != RESULTS_OK)
        unlink(temporary);
    free(temporary);
    return result;
}

static bool export_makes_sense(const struct arguments *arguments)
{
    if (arguments->given[OPTION_GNUPLOT]) {
        static const enum option_id others[] = {OPTION_CSV,         OPTION_JSON,    OPTION_EVENTS, OPTION_SERIES,
                                                OPTION_NETCDF,      OPTION_PROFILE, OPTION_CHAIN,  OPTION_OUTPUT,
                                                OPTION_REPLICATION, OPTION_WHERE};
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
            if (arguments->given[others[i]]) {
                complain("export: --gnuplot FOLDER stands alone");
                return false;
            }
        return true;
    }
    int whole = arguments->given[OPTION_JSON] + arguments->given[OPTION_NETCDF];
    int forms = arguments->given[OPTION_CSV] + whole;
    int parts = arguments->given[OPTION_EVENTS] + arguments->given[OPTION_SERIES] + arguments->given[OPTION_PROFILE];
    bool chain = arguments->given[OPTION_CHAIN];
    if (chain && (forms + parts > 0 || arguments->given[OPTION_OUTPUT]))
        complain("export: --chain FILE stands alone, without --csv, --json, --events, --series and -o");
    else if (!chain && (arguments->given[OPTION_WHERE] || arguments->given[OPTION_REPLICATION]))
        complain("export: --where and --replication go with --chain");
    else if (forms > 1)
        complain("export: one of --csv, --json and --netcdf at a time");
    else if (parts > 1)
        complain("export: one of --events, --series and --profile at a time");
    else if (parts > 0 && whole > 0)
        complain("export: --events, --series and --profile go with --csv; --json holds everything");
    else if (arguments->given[OPTION_NETCDF] && !arguments->given[OPTION_OUTPUT])
        complain("export: --netcdf is no text: name a file with -o");
    else
        return true;
    return false;
}

/* "15min", "15 min", "1 h" */
static bool read_step(double *step_s, const char *text)
{
    struct quantity quantity;
    char why[200];
    enum quantity_result result = quantity_parse(&quantity, text, DIMENSION_BIT(DIMENSION_TIME));
    if (result == QUANTITY_OK && quantity.atoms > 0) {
        *step_s = (double)quantity.atoms * 1e-6;
        return true;
    }
    complain("export: --profile %s: %s", text,
             result == QUANTITY_OK ? "must be more than zero"
                                   : quantity_explain(why, sizeof why, result, text, DIMENSION_BIT(DIMENSION_TIME)));
    return false;
}

/* Where it goes, and which chain if one is asked for. Returns false with the reason told. */
static bool export_prepare(struct export *export)
{
    const struct arguments *arguments = export->arguments;
    if (arguments->given[OPTION_OUTPUT])
        export->path = arguments->text[OPTION_OUTPUT];
    if (arguments->given[OPTION_PROFILE] && !read_step(&export->profile_step_s, arguments->text[OPTION_PROFILE]))
        return false;
    if (!arguments->given[OPTION_CHAIN])
        return true;
    if (strcmp(arguments->text[OPTION_CHAIN], "-") != 0)
        export->path = arguments->text[OPTION_CHAIN];
    else if (isatty(STDOUT_FILENO)) {
        complain("export: blocks are no text for a terminal: send them into a pipe, or name a file");
        return false;
    }
    export->chain = export_chain_pick(arguments, export->results);
    return export->chain != NULL;
}

static int export_results(const struct export *export)
{
    struct results_error error = {""};
    enum results_result result = export->path != NULL ? export_file(&error, export) : export_to(stdout, &error, export);
    if (result == RESULTS_OK)
        return CODE_OK;
    if (export->path != NULL)
        complain("%s", error.text);
    else
        tell_lost(&error);
    return result == RESULTS_FORMAT ? CODE_USAGE : CODE_FAILURE;
}

/* The figures of the report, to be drawn again or otherwise. */
static int export_figures(const char *folder, const struct results *results)
{
    struct gallery gallery = {.count = 0};
    struct results_error error = {"memory is out"};
    enum results_result result = RESULTS_MEMORY;
    if (studyfigures_add(&gallery, results))
        result = gallery_export(&gallery, &error, folder);
    if (result != RESULTS_OK)
        complain("%s", error.text);
    for (size_t i = 0; i < gallery.count && result == RESULTS_OK; i++)
        printf("%s/%s.gp\n", folder, gallery.figures[i].name);
    gallery_close(&gallery);
    return result == RESULTS_OK ? CODE_OK : CODE_FAILURE;
}

int command_export(const struct arguments *arguments)
{
    struct look look;
    if (!export_makes_sense(arguments))
        return CODE_USAGE;
    int code = look_open(&look, arguments->words[0]);
    if (code == CODE_OK && arguments->given[OPTION_GNUPLOT])
        code = export_figures(arguments->text[OPTION_GNUPLOT], look.results);
    else if (code == CODE_OK) {
        struct export export = {.arguments = arguments, .results = look.results};
        code = export_prepare(&export) ? export_results(&export) : CODE_USAGE;
    }
    look_close(&look);
    return code;
}

/* ---- report ----------------------------------------------------------------------------------------------------- */

/* The path asked for, or report.html or report.md beside the results file; NULL with the reason told. */
static const char *report_path(struct look *look, const struct arguments *arguments)
{
    const char *asked = arguments->text[OPTION_OUTPUT];
    if (arguments->given[OPTION_OUTPUT] && path_exists(asked) && !path_is_file(asked)) {
        complain("%s is not a file", asked);
        return NULL;
    }
    if (arguments->given[OPTION_OUTPUT])
        return asked;
    char *folder = strdup(look->path);
    char *slash = folder != NULL ? strrchr(folder, '/') : NULL;
    if (slash != NULL)
        slash[slash == folder] = '\0';
    const char *path = folder == NULL ? NULL
                                      : path_join(&look->pool, slash != NULL ? folder : ".",
                                                  arguments->given[OPTION_MD] ? "report.md" : "report.html");
    free(folder);
    if (path == NULL)
        complain("memory is out");
    return path;
}

static int write_report(const struct arguments *arguments, const char *path, const struct results *results,
                        const struct results *other)
{
    struct judgements judgements;
    if (!judge_results(&judgements, results))
        return CODE_FAILURE;
    const struct judge_report report = {.path = path,
                                        .is_markdown = arguments->given[OPTION_MD],
                                        .other = other,
                                        .other_name = arguments->text[OPTION_COMPARE]};
    bool good = judge_write_report_as(&report, &judgements, results);
    judge_close(&judgements);
    if (good)
        printf("%s\n", path);
    return good ? CODE_OK : CODE_FAILURE;
}

int command_report(const struct arguments *arguments)
{
    struct look look, other = {.path = NULL};
    if (arguments->given[OPTION_MD] && arguments->given[OPTION_COMPARE]) {
        complain("report: one of --md and --compare at a time; konsento diff compares in words");
        return CODE_USAGE;
    }
    int code = look_open(&look, arguments->words[0]);
    if (code == CODE_OK && arguments->given[OPTION_COMPARE])
        code = look_open(&other, arguments->text[OPTION_COMPARE]);
    const char *path = code == CODE_OK ? report_path(&look, arguments) : NULL;
    if (code == CODE_OK)
        code = path == NULL ? CODE_FAILURE : write_report(arguments, path, look.results, other.results);
    look_close(&look);
    look_close(&other);
    return code;
}
