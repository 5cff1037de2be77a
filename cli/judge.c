/* judge.c: the thresholds of a study, stored with its results and judged from its rows.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Stored form, one threshold a line: RAIL TAB METRIC TAB OP TAB LIMIT TAB TEXT. An empty RAIL means every rail.
 * A laboratory's experiments stand where rails do.
 */
#include "cli/judge.h"

#include "analysis/holm.h"
#include "analysis/label.h"
#include "analysis/report.h"
#include "analysis/report_md.h"
#include "analysis/summary.h"
#include "cli/describe_names.h"
#include "cli/terminal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS 5
/* Of intervals wider than this nobody asks. */
#define CHANCE_LEAST 1e-12
/* Of a report that compares. */
#define MARGIN 0.02

static const char *const op_names[] = {
    [THRESHOLD_LT] = "<", [THRESHOLD_LE] = "<=", [THRESHOLD_GT] = ">", [THRESHOLD_GE] = ">="};

/* A tab or a line end inside a text would break the form: it becomes a space. */
static void print_field(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        fputc((unsigned char)*text < 0x20 ? ' ' : *text, out);
}

char *judge_store(const struct scenario *scenario)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    for (size_t i = 0; i < scenario->threshold_count; i++) {
        const struct scenario_threshold *threshold = &scenario->thresholds[i];
        print_field(out, threshold->arm >= 0 ? scenario_arm_name(scenario, (size_t)threshold->arm) : "");
        fprintf(out, "\t%s\t%s\t%.17g\t", scenario_metric(scenario, threshold->metric)->name, op_names[threshold->op],
                threshold->limit);
        print_field(out, threshold->text);
        fputc('\n', out);
    }
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

const char *judge_rail(const struct results *results, size_t config)
{
    const struct results_study *study = results_study(results);
    size_t arm = label_arm(study);
    return arm < study->param_count ? study->params[arm].values[config] : "";
}

static const char *stored_text(const struct results_study *study)
{
    for (size_t i = 0; i < study->provenance_count; i++)
        if (strcmp(study->provenance[i].name, DESCRIBE_THRESHOLDS) == 0)
            return study->provenance[i].text;
    return "";
}

/* Cuts a line into its fields. Returns false if it has another number of them. */
static bool split(char *fields[FIELDS], char *line)
{
    size_t count = 0;
    for (char *rest = line; rest != NULL; count++) {
        if (count == FIELDS)
            return false;
        fields[count] = strsep(&rest, "\t");
    }
    return count == FIELDS;
}

static bool op_find(size_t *op, const char *name)
{
    for (*op = 0; *op < sizeof op_names / sizeof op_names[0]; ++*op)
        if (strcmp(op_names[*op], name) == 0)
            return true;
    return false;
}

double judge_level(const struct scenario *scenario)
{
    unsigned looks = 1;
    for (uint64_t n = scenario->replications; n < scenario->replications_max; n *= 2)
        looks++;
    return 1 - (1 - SUMMARY_LEVEL) / looks;
}

static double stored_level(const struct results *results)
{
    const char *text = results_attribute(results, DESCRIBE_LEVEL);
    double level = text == NULL ? SUMMARY_LEVEL : strtod(text, NULL);
    return level >= SUMMARY_LEVEL && level < 1 ? level : SUMMARY_LEVEL;
}

/* The verdict by an interval of this level. */
static enum verdict verdict_at(const struct judgement *judgement, const struct results *results, double level)
{
    bool upper = judgement->op[0] == '<', strict = judgement->op[1] == '\0';
    size_t column = results_column_find(results, judgement->metric);
    struct estimate estimate = summary_metric(results, judgement->config, column, level);
    return threshold_check(&estimate, judgement->limit, upper, strict);
}

static void judge_one(struct judgement *judgement, const struct results *results, size_t column)
{
    judgement->estimate = summary_metric(results, judgement->config, column, SUMMARY_LEVEL);
    judgement->verdict = verdict_at(judgement, results, stored_level(results));
}

/* The least chance at which it still fails: of intervals, the widest one that is all outside the limit. */
static double chance_of_failure(const struct judgement *judgement, const struct results *results)
{
    double low = CHANCE_LEAST, high = 1 - stored_level(results);
    if (judgement->verdict != VERDICT_FAIL)
        return 1;
    if (verdict_at(judgement, results, 1 - low) == VERDICT_FAIL)
        return 0;
    while (high / low > 1.001) {
        double middle = sqrt(low * high);
        if (verdict_at(judgement, results, 1 - middle) == VERDICT_FAIL)
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* Holm over all thresholds. Returns false when memory is out. */
static bool spare(struct judgements *judgements, const struct results *results)
{
    double *chances = pool_take(&judgements->pool, judgements->count + 1, sizeof *chances);
    if (chances == NULL)
        return false;
    for (size_t i = 0; i < judgements->count; i++)
        chances[i] = chance_of_failure(&judgements->list[i], results);
    if (!holm_adjust(chances, chances, judgements->count))
        return false;
    for (size_t i = 0; i < judgements->count; i++) {
        struct judgement *one = &judgements->list[i];
        one->is_spared = one->verdict == VERDICT_FAIL && chances[i] > 1 - stored_level(results);
        one->verdict = one->is_spared ? VERDICT_UNDECIDED : one->verdict;
        judgements->verdict = verdict_worst(judgements->verdict, one->verdict);
    }
    return true;
}

/* Judges the threshold of a line on each rail it speaks of. Returns false if the line is not one of ours. */
static bool judge_line(struct judgements *judgements, const struct results *results, char *line)
{
    char *fields[FIELDS], *end;
    size_t op;
    if (!split(fields, line) || !op_find(&op, fields[2]))
        return false;
    size_t column = results_column_find(results, fields[1]);
    double limit = strtod(fields[3], &end);
    if (column == results_study(results)->column_count || *fields[3] == '\0' || *end != '\0')
        return false;
    for (size_t config = 0; config < results_study(results)->config_count; config++) {
        const char *rail = judge_rail(results, config);
        if (*fields[0] != '\0' && strcmp(fields[0], rail) != 0)
            continue;
        struct judgement *judgement = &judgements->list[judgements->count++];
        *judgement = (struct judgement){
            .text = fields[4], .rail = rail, .metric = fields[1], .op = op_names[op], .limit = limit, .config = config};
        judge_one(judgement, results, column);
    }
    return true;
}

static size_t count_lines(const char *text)
{
    size_t lines = 0;
    for (; *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

static size_t count_failed(const struct results *results)
{
    size_t failed = 0;
    for (size_t i = 0; i < results_row_count(results); i++)
        failed += results_row(results, i)->failed;
    return failed;
}

static bool judge_lines(struct judgements *judgements, const struct results *results, char *text)
{
    for (char *rest = text; *rest != '\0';) {
        char *line = strsep(&rest, "\n");
        if (rest == NULL || !judge_line(judgements, results, line))
            return false;
    }
    return true;
}

bool judge_results(struct judgements *judgements, const struct results *results)
{
    const struct results_study *study = results_study(results);
    const char *stored = stored_text(study);
    memset(judgements, 0, sizeof *judgements);
    judgements->verdict = VERDICT_PASS;
    judgements->failed_rows = count_failed(results);
    size_t size = strlen(stored) + 1;
    char *text = pool_take(&judgements->pool, size, 1);
    judgements->list =
        pool_take(&judgements->pool, count_lines(stored) * study->config_count + 1, sizeof *judgements->list);
    bool in_memory = !judgements->pool.failed, good = false;
    if (in_memory) {
        memcpy(text, stored, size);
        good = judge_lines(judgements, results, text);
        in_memory = !good || spare(judgements, results);
        good = good && in_memory;
    }
    if (!good) {
        complain("%s", in_memory ? "the thresholds stored in the results cannot be read" : "memory is out");
        judge_close(judgements);
        return false;
    }
    if (judgements->failed_rows > 0)
        judgements->verdict = verdict_worst(judgements->verdict, VERDICT_UNDECIDED);
    return true;
}

void judge_close(struct judgements *judgements)
{
    pool_close(&judgements->pool);
}

bool judge_write_report_as(const struct judge_report *report, struct judgements *judgements,
                           const struct results *results)
{
    struct results_error error;
    const char *title = results_attribute(results, DESCRIBE_TITLE),
               *command = results_attribute(results, DESCRIBE_COMMAND);
    struct report_threshold *list = pool_take(&judgements->pool, judgements->count, sizeof *list);
    if (list == NULL) {
        complain("memory is out");
        return false;
    }
    for (size_t i = 0; i < judgements->count; i++)
        list[i] = (struct report_threshold){.text = judgements->list[i].text,
                                            .rail = judgements->list[i].rail,
                                            .metric = judgements->list[i].metric,
                                            .estimate = judgements->list[i].estimate,
                                            .verdict = judgements->list[i].verdict};
    const struct report_order order = {.title = title != NULL ? title : "",
                                       .repeat_command = command != NULL ? command : "",
                                       .thresholds = list,
                                       .threshold_count = judgements->count,
                                       .other = report->other,
                                       .other_name = report->other_name,
                                       .margin = MARGIN};
    enum results_result result = report->is_markdown ? report_write_md(report->path, &error, results, &order)
                                                     : report_write(report->path, &error, results, &order);
    if (result != RESULTS_OK)
        complain("%s", error.text);
    return result == RESULTS_OK;
}

bool judge_write_report(const char *path, struct judgements *judgements, const struct results *results)
{
    return judge_write_report_as(&(const struct judge_report){.path = path}, judgements, results);
}
