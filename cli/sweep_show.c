/* sweep_show.c: a finished sweep: a line per configuration, the report, and the verdict as an exit code.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/sweep_show.h"

#include "analysis/label.h"
#include "analysis/summary.h"
#include "cli/exit_codes.h"
#include "cli/judge.h"
#include "cli/paths.h"
#include "cli/present.h"
#include "scenarios/lang/suggest.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_METRICS_MAX 6
#define SHOWN_FAILED_MAX  10
#define CELL_BYTES        64

/* What is shown when nobody said what. */
static const char *const usual_metrics[] = {"energy.delivered_share", "time_to_power.p95", "payment.success_share",
                                            "fee.share"};

struct shown {
    size_t columns[SHOWN_METRICS_MAX];
    size_t count;
};

/* ---- which metrics ---------------------------------------------------------------------------------------------- */

static void add_metric(struct shown *shown, const struct results *results, const char *name)
{
    size_t column = results_column_find(results, name);
    if (column == results_study(results)->column_count || shown->count == SHOWN_METRICS_MAX)
        return;
    for (size_t i = 0; i < shown->count; i++)
        if (shown->columns[i] == column)
            return;
    shown->columns[shown->count++] = column;
}

/* Calls for each name of a list with commas between. */
static bool each_name(const char *list, bool (*call)(void *self, const char *name), void *self)
{
    while (*list != '\0') {
        char name[128];
        size_t length = strcspn(list, ",");
        snprintf(name, sizeof name, "%.*s", (int)length, list);
        if (!call(self, name))
            return false;
        list += length + (list[length] == ',');
    }
    return true;
}

static bool check_name(void *self, const char *name)
{
    const struct results_study *study = self;
    struct suggestion suggestion;
    char near[96];
    suggest_begin(&suggestion, name);
    for (size_t i = 0; i < study->column_count; i++) {
        if (strcmp(study->columns[i].name, name) == 0)
            return true;
        suggest_offer(&suggestion, study->columns[i].name);
    }
    complain("--metrics: there is no metric '%s'%s", name, suggest_text(near, &suggestion));
    return false;
}

bool sweep_check_metrics(const struct arguments *arguments, const struct results_study *study)
{
    struct results_study copy = *study;
    return !arguments->given[OPTION_SHOW_METRICS] || each_name(arguments->text[OPTION_SHOW_METRICS], check_name, &copy);
}

struct adding {
    struct shown *shown;
    const struct results *results;
};

static bool add_name(void *self, const char *name)
{
    const struct adding *adding = self;
    add_metric(adding->shown, adding->results, name);
    return true;
}

static void choose_metrics(struct shown *shown, const struct sweep_showing *showing, const struct results *results,
                           const struct judgements *judgements)
{
    *shown = (struct shown){.count = 0};
    if (showing->arguments->given[OPTION_SHOW_METRICS]) {
        struct adding adding = {shown, results};
        each_name(showing->arguments->text[OPTION_SHOW_METRICS], add_name, &adding);
        return;
    }
    for (size_t i = 0; i < showing->rule->target_count; i++)
        add_metric(shown, results, showing->rule->targets[i].metric);
    for (size_t i = 0; i < judgements->count; i++)
        add_metric(shown, results, judgements->list[i].metric);
    for (size_t i = 0; i < sizeof usual_metrics / sizeof usual_metrics[0]; i++)
        add_metric(shown, results, usual_metrics[i]);
    for (size_t i = 0; i < results_study(results)->column_count && shown->count == 0; i++)
        shown->columns[shown->count++] = i; /* of a laboratory: the first */
}

/* ---- the table -------------------------------------------------------------------------------------------------- */

static void format_cell(char cell[CELL_BYTES], const struct estimate *estimate)
{
    double half = (estimate->hi - estimate->lo) / 2;
    if (estimate->n == 0 || isnan(estimate->mean))
        snprintf(cell, CELL_BYTES, "–");
    else if (half > 0 && isfinite(half)) {
        int decimals = 1 - (int)floor(log10(half));
        decimals = decimals < 0 ? 0 : decimals > 9 ? 9 : decimals;
        snprintf(cell, CELL_BYTES, "%.*f ± %.*f", decimals, estimate->mean, decimals, half);
    } else
        snprintf(cell, CELL_BYTES, "%.7g", estimate->mean);
}

static void format_heading(char cell[CELL_BYTES], const struct results_column *column)
{
    bool has_unit = *column->unit != '\0' && strcmp(column->unit, "1") != 0;
    snprintf(cell, CELL_BYTES, "%.40s%s%.16s%s", column->name, has_unit ? " [" : "", has_unit ? column->unit : "",
             has_unit ? "]" : "");
}

static void print_cell(const char *text, int width)
{
    int columns = text_columns(text);
    printf("%s%*s", text, width > columns ? width - columns : 0, "");
}

/* Column 0 is the name of the configuration, 1 its replications, then metrics. */
static void format_any(char cell[LABEL_BYTES], const struct results *results, const struct shown *shown, size_t config,
                       size_t column)
{
    char text[CELL_BYTES];
    if (column == 0)
        label_config(cell, results_study(results), config);
    else if (column == 1)
        snprintf(cell, LABEL_BYTES, "%zu", summary_count(results, config).done);
    else {
        struct estimate estimate = summary_metric(results, config, shown->columns[column - 2], SUMMARY_LEVEL);
        format_cell(text, &estimate);
        snprintf(cell, LABEL_BYTES, "%s", text);
    }
}

static void print_table(const struct sweep_showing *showing, const struct results *results, const struct shown *shown)
{
    const struct results_study *study = results_study(results);
    int widths[SHOWN_METRICS_MAX + 2];
    char cell[LABEL_BYTES], heading[CELL_BYTES];
    for (size_t column = 0; column < shown->count + 2; column++) {
        if (column >= 2)
            format_heading(heading, &study->columns[shown->columns[column - 2]]);
        else
            snprintf(heading, sizeof heading, "%s", column == 0 ? "configuration" : "reps");
        widths[column] = text_columns(heading);
        for (size_t config = 0; config < study->config_count; config++) {
            format_any(cell, results, shown, config, column);
            int width = text_columns(cell);
            widths[column] = width > widths[column] ? width : widths[column];
        }
    }
    fputs(paint_on(showing->terminal, PAINT_HEADING), stdout);
    print_cell("configuration", widths[0] + 2);
    print_cell("reps", widths[1] + 2);
    for (size_t i = 0; i < shown->count; i++) {
        format_heading(heading, &study->columns[shown->columns[i]]);
        print_cell(heading, i + 1 < shown->count ? widths[i + 2] + 2 : 0);
    }
    printf("%s\n", paint_off(showing->terminal));
    for (size_t config = 0; config < study->config_count; config++) {
        for (size_t column = 0; column < shown->count + 2; column++) {
            format_any(cell, results, shown, config, column);
            print_cell(cell, column < shown->count + 1 ? widths[column] + 2 : 0);
        }
        putchar('\n');
    }
}

static void print_thresholds(const struct sweep_showing *showing, const struct results *results,
                             const struct judgements *judgements)
{
    size_t counts[3] = {0, 0, 0};
    char label[LABEL_BYTES];
    for (size_t i = 0; i < judgements->count; i++) {
        const struct judgement *one = &judgements->list[i];
        counts[one->verdict]++;
        if (one->verdict == VERDICT_PASS)
            continue;
        enum paint paint = one->verdict == VERDICT_FAIL ? PAINT_BAD : PAINT_UNSURE;
        printf("%s%s%s %s  %s: %.7g [%.7g, %.7g]%s\n", paint_on(showing->terminal, paint),
               one->verdict == VERDICT_FAIL ? "✗" : "?", paint_off(showing->terminal), one->text,
               label_config(label, results_study(results), one->config), one->estimate.mean, one->estimate.lo,
               one->estimate.hi, one->verdict == VERDICT_UNDECIDED ? ", undecided" : "");
    }
    if (judgements->count > 0)
        printf("thresholds  %zu passed, %zu failed, %zu undecided\n", counts[VERDICT_PASS], counts[VERDICT_FAIL],
               counts[VERDICT_UNDECIDED]);
}

static void print_sweep(const struct sweep_showing *showing, const struct results *results,
                        const struct judgements *judgements, const struct presentation *presentation)
{
    struct shown shown;
    char digest[65];
    const char *title = results_attribute(results, "title");
    choose_metrics(&shown, showing, results, judgements);
    present_digest(digest, results);
    printf("%s%s%s  %zu configuration%s  seed %" PRIu64 "  %zu replications in all (%s)\n\n",
           paint_on(showing->terminal, PAINT_HEADING), title != NULL ? title : "", paint_off(showing->terminal),
           results_study(results)->config_count, results_study(results)->config_count == 1 ? "" : "s",
           results_study(results)->seed, results_row_count(results), showing->why_ended);
    print_table(showing, results, &shown);
    putchar('\n');
    print_thresholds(showing, results, judgements);
    printf("digest   %s\nresults  %s\n", digest, presentation->results_path);
    if (presentation->report_path != NULL)
        printf("report   %s\n", presentation->report_path);
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

static void tell_failed_rows(const struct results *results)
{
    size_t told = 0, failed = 0;
    char label[LABEL_BYTES];
    for (size_t i = 0; i < results_row_count(results); i++) {
        const struct results_row *row = results_row(results, i);
        failed += row->failed;
        if (row->failed && told++ < SHOWN_FAILED_MAX)
            complain("replication %" PRIu32 " of %s failed: %s", row->replication,
                     label_config(label, results_study(results), row->config), row->failure);
    }
    if (failed > SHOWN_FAILED_MAX)
        complain("… and %zu more", failed - SHOWN_FAILED_MAX);
}

static int code_of(const struct judgements *judgements)
{
    if (judgements->failed_rows > 0)
        return CODE_FAILURE;
    switch (judgements->verdict) {
    case VERDICT_PASS:
        return CODE_OK;
    case VERDICT_FAIL:
        return CODE_THRESHOLD;
    case VERDICT_UNDECIDED:
        return CODE_UNDECIDED;
    }
    return CODE_FAILURE;
}

static int show_judged(const struct sweep_showing *showing, const struct results *results,
                       struct judgements *judgements, struct pool *pool)
{
    int code = code_of(judgements);
    const char *results_path = path_join(pool, showing->folder, "results.h5"),
               *report_path = path_join(pool, showing->folder, "report.html");
    if (pool->failed) {
        complain("memory is out");
        return CODE_FAILURE;
    }
    bool wants_report = !showing->arguments->given[OPTION_NO_REPORT];
    bool stale = !path_exists(report_path) || path_is_newer(results_path, report_path);
    if (wants_report && stale && !judge_write_report(report_path, judgements, results)) {
        wants_report = false;
        code = CODE_FAILURE;
    }
    const struct presentation presentation = {
        .results = results,
        .judgements = judgements,
        .terminal = showing->terminal,
        .results_path = results_path,
        .report_path = wants_report ? report_path : NULL,
        .why_ended = showing->why_ended,
    };
    if (showing->arguments->given[OPTION_JSON])
        present_json(&presentation);
    else
        print_sweep(showing, results, judgements, &presentation);
    if (judgements->failed_rows > 0)
        terminal_flush();
    tell_failed_rows(results);
    return code;
}

int sweep_show(const struct sweep_showing *showing, const struct results *results)
{
    struct judgements judgements;
    struct pool pool = {.failed = false};
    if (!judge_results(&judgements, results))
        return CODE_FAILURE;
    int code = show_judged(showing, results, &judgements, &pool);
    judge_close(&judgements);
    pool_close(&pool);
    return code;
}
