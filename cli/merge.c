/* merge.c: konsento merge and konsento status: a sweep's folder, without the scenario.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/label.h"
#include "analysis/study_file.h"
#include "cli/commands.h"
#include "cli/describe_names.h"
#include "cli/exit_codes.h"
#include "cli/json.h"
#include "cli/paths.h"
#include "cli/span_text.h"
#include "cli/sweep_end.h"
#include "cli/sweep_pace.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MISSING_MAX 20

/* A folder, what it holds, and what it should hold. */
struct looked {
    struct pool pool;
    struct results *results;
    struct tally_rule rule;
    struct tally tally;
};

static const char *rule_text(const struct results_study *study)
{
    for (size_t i = 0; i < study->provenance_count; i++)
        if (strcmp(study->provenance[i].name, DESCRIBE_SWEEP) == 0)
            return study->provenance[i].text;
    return NULL;
}

static void looked_close(struct looked *looked)
{
    tally_close(&looked->tally);
    if (looked->results != NULL)
        results_close(looked->results);
    pool_close(&looked->pool);
}

/* Returns an exit code; look_close in any case. */
static int looked_open(struct looked *looked, const char *path)
{
    struct results_error error = {""};
    memset(looked, 0, sizeof *looked);
    enum results_result result = study_file_peek(&looked->results, &error, path);
    if (result != RESULTS_OK) {
        complain("%s", error.text);
        return result == RESULTS_MEMORY ? CODE_FAILURE : CODE_USAGE;
    }
    const struct results_study *study = results_study(looked->results);
    const char *text = rule_text(study);
    if (text == NULL) {
        complain("%s: holds a study that konsento run made, not a sweep", path);
        return CODE_USAGE;
    }
    if (!tally_rule_read(&looked->rule, &looked->pool, study, text)) {
        complain("%s: what the sweep wants cannot be read", path);
        return CODE_USAGE;
    }
    if (!tally_open(&looked->tally, &looked->rule, study->config_count) ||
        !tally_take_results(&looked->tally, looked->results)) {
        complain("memory is out");
        return CODE_FAILURE;
    }
    tally_advance_all(&looked->tally);
    return CODE_OK;
}

/* ---- merge ------------------------------------------------------------------------------------------------------ */

static int merge(const struct arguments *arguments, struct looked *looked)
{
    const char *path = arguments->words[0];
    struct results_error error = {""};
    struct terminal terminal;
    struct sweep_end_order order = {
        .tally = &looked->tally,
        .showing = {.arguments = arguments,
                    .terminal = &terminal,
                    .rule = &looked->rule,
                    .folder = path,
                    .why_ended = "merged"},
        .partial = arguments->given[OPTION_PARTIAL],
    };
    terminal_init(&terminal, arguments->given[OPTION_QUIET]);
    if (!sweep_check_metrics(arguments, results_study(looked->results)))
        return CODE_USAGE;
    enum results_result result = results_dir_open(&order.dir, &error, path, results_study(looked->results));
    if (result == RESULTS_OK)
        result = results_dir_adopt_parts(order.dir, &error);
    if (result != RESULTS_OK) {
        complain("%s", error.text);
        results_dir_close(order.dir);
        return result == RESULTS_MISMATCH || result == RESULTS_FORMAT ? CODE_USAGE : CODE_FAILURE;
    }
    int code = sweep_end(&order);
    results_dir_close(order.dir);
    return code;
}

int command_merge(const struct arguments *arguments)
{
    struct looked looked;
    int code = looked_open(&looked, arguments->words[0]);
    if (code == CODE_OK)
        code = merge(arguments, &looked);
    looked_close(&looked);
    return code;
}

/* ---- status ----------------------------------------------------------------------------------------------------- */

static const char *config_name(char label[LABEL_BYTES], const struct looked *looked, uint32_t config)
{
    return label_config(label, results_study(looked->results), config);
}

/* "outlets=4 cloud: replications 3-7, 9": one line per configuration. */
static void print_missing(const struct looked *looked, const struct tally_point *point, uint32_t arm, uint32_t wanted)
{
    uint32_t config = point->first_config + arm;
    char label[LABEL_BYTES];
    const char *before = "";
    printf("  missing  %s: ", config_name(label, looked, config));
    for (uint32_t i = 0; i < wanted;) {
        uint32_t end = i;
        while (end < wanted && !tally_has(&looked->tally, config, end))
            end++;
        if (end == i + 1)
            printf("%s%" PRIu32, before, i);
        else if (end > i)
            printf("%s%" PRIu32 "-%" PRIu32, before, i, end - 1);
        before = end > i ? ", " : before;
        i = end + 1;
    }
    putchar('\n');
}

static bool lacks_some(const struct looked *looked, uint32_t config, uint32_t wanted)
{
    for (uint32_t i = 0; i < wanted; i++)
        if (!tally_has(&looked->tally, config, i))
            return true;
    return false;
}

static void print_all_missing(const struct looked *looked)
{
    size_t shown = 0;
    for (size_t i = 0; i < looked->rule.point_count; i++)
        for (uint32_t arm = 0; arm < looked->rule.points[i].arms; arm++) {
            const struct tally_point *point = &looked->rule.points[i];
            uint32_t wanted = looked->tally.wanted[i];
            if (!lacks_some(looked, point->first_config + arm, wanted))
                continue;
            if (shown++ < SHOWN_MISSING_MAX)
                print_missing(looked, point, arm, wanted);
        }
    if (shown > SHOWN_MISSING_MAX)
        printf("  … and %zu more configurations\n", shown - SHOWN_MISSING_MAX);
}

static void print_failed(const struct looked *looked)
{
    char label[LABEL_BYTES];
    size_t shown = 0;
    for (size_t i = 0; i < results_row_count(looked->results); i++) {
        const struct results_row *row = results_row(looked->results, i);
        if (row->failed && shown++ < SHOWN_MISSING_MAX)
            printf("  failed   %s, replication %" PRIu32 ": %s\n", config_name(label, looked, row->config),
                   row->replication, row->failure);
    }
    if (shown > SHOWN_MISSING_MAX)
        printf("  … and %zu more\n", shown - SHOWN_MISSING_MAX);
}

/* Processor seconds that are still to be spent; NaN if nothing is known. */
static double cpu_left(const struct looked *looked)
{
    double left = 0;
    for (size_t i = 0; i < looked->rule.point_count; i++)
        for (uint32_t arm = 0; arm < looked->rule.points[i].arms; arm++) {
            uint32_t config = looked->rule.points[i].first_config + arm;
            for (uint32_t rep = 0; rep < looked->tally.wanted[i]; rep++)
                if (!tally_has(&looked->tally, config, rep))
                    left += tally_cpu_s(&looked->tally, config);
        }
    return left;
}

/* All that a status says in numbers. */
struct status {
    size_t wanted, missing;
    bool busy, is_whole; /* somebody is at work; results.h5 is there and nothing is missing */
    double cpu_left_s, time_left_s;
};

static void print_status(const struct looked *looked, const struct status *status)
{
    char text[SPAN_TEXT_BYTES];
    const char *title = results_attribute(looked->results, DESCRIBE_TITLE);
    printf("%s  %zu points, %zu configurations\n", title != NULL ? title : "", looked->rule.point_count,
           results_study(looked->results)->config_count);
    printf("done     %zu of %zu%s\n", status->wanted - status->missing, status->wanted,
           looked->rule.target_count > 0 ? " (so far: more may be wanted until the targets are met)" : "");
    printf("missing  %zu\nfailed   %zu\n", status->missing, looked->tally.failed);
    if (status->missing > 0 && isfinite(status->cpu_left_s))
        printf("left     about %s of processor time\n", span_text(text, status->cpu_left_s));
    if (status->missing > 0 && isfinite(status->time_left_s))
        printf("         about %s at the present pace\n", span_text(text, status->time_left_s));
    printf("now      %s\n", status->busy       ? "somebody is at work"
                            : status->is_whole ? "finished"
                            : status->missing > 0
                                ? "nobody is at work; the same konsento sweep goes on"
                                : "all is done, in several pieces: konsento merge puts them together");
    print_all_missing(looked);
    print_failed(looked);
}

static void print_status_json(const struct looked *looked, const struct status *status)
{
    struct json json = {.out = stdout};
    json_open_object(&json, NULL);
    json_unsigned(&json, "points", looked->rule.point_count);
    json_unsigned(&json, "configurations", results_study(looked->results)->config_count);
    json_unsigned(&json, "wanted", status->wanted);
    json_unsigned(&json, "done", status->wanted - status->missing);
    json_unsigned(&json, "missing", status->missing);
    json_unsigned(&json, "failed", looked->tally.failed);
    json_real(&json, "cpu_left_s", status->missing > 0 ? status->cpu_left_s : 0);
    json_real(&json, "time_left_s", status->missing > 0 ? status->time_left_s : 0);
    json_text(&json, "now", status->busy ? "running" : status->is_whole ? "finished" : "stopped");
    json_close_object(&json);
    putchar('\n');
}

int command_status(const struct arguments *arguments)
{
    struct looked looked;
    const char *path = arguments->words[0];
    int code = looked_open(&looked, path);
    if (code == CODE_OK) {
        const char *results_path = path_join(&looked.pool, path, "results.h5");
        struct status status = {.wanted = tally_wanted(&looked.tally), .missing = tally_missing(&looked.tally)};
        status.busy = study_file_is_busy(path);
        status.is_whole = status.missing == 0 && results_path != NULL && path_exists(results_path);
        status.cpu_left_s = cpu_left(&looked);
        status.time_left_s = status.busy ? sweep_time_left(path, &looked.tally, status.missing) : NAN;
        if (arguments->given[OPTION_JSON])
            print_status_json(&looked, &status);
        else
            print_status(&looked, &status);
        code = status.missing > 0 ? CODE_INCOMPLETE : looked.tally.failed > 0 ? CODE_FAILURE : CODE_OK;
    }
    looked_close(&looked);
    return code;
}
