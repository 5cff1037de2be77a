/* present.c: a study at its end, as tables.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/present.h"

#include "analysis/estimate_text.h"
#include "analysis/label.h"
#include "analysis/scoretext.h"
#include "analysis/summary.h"
#include "cli/present_causes.h"
#include "cli/present_score.h"
#include "cli/present_short.h"
#include "cli/present_text.h"
#include "models/metrics.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t present_replications(const struct results *results)
{
    size_t most = 0;
    for (size_t config = 0; config < results_study(results)->config_count; config++) {
        size_t done = summary_count(results, config).done;
        most = done > most ? done : most;
    }
    return most;
}

void present_digest(char hex[65], const struct results *results)
{
    uint8_t digest[32];
    results_digest(digest, results);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

/* ---- metrics ---------------------------------------------------------------------------------------------------- */

struct table {
    const struct presentation *presentation;
    size_t left_out; /* metrics with a value that the headline has no room for */
    size_t configs, columns;
    int name_width;
    int *widths; /* per configuration */
};

/* A metric that is nothing on every rail says nothing. */
static bool is_zero_everywhere(const struct results *results, size_t column)
{
    for (size_t config = 0; config < results_study(results)->config_count; config++) {
        struct estimate estimate = summary_metric(results, config, column, SUMMARY_LEVEL);
        if (estimate.n > 0 && estimate.mean != 0)
            return false;
    }
    return true;
}

/* A metric that no rail has a value for is left out. */
static bool has_value(const struct results *results, size_t column)
{
    for (size_t config = 0; config < results_study(results)->config_count; config++)
        if (summary_metric(results, config, column, SUMMARY_LEVEL).n > 0)
            return true;
    return false;
}

static bool is_shown(const struct presentation *presentation, size_t column)
{
    bool is_all = presentation->is_whole || !label_is_comparison(results_study(presentation->results));
    return is_all || short_has(presentation, column);
}

static void measure(struct table *table)
{
    const struct results *results = table->presentation->results;
    char text[ESTIMATE_TEXT_BYTES];
    for (size_t config = 0; config < table->configs; config++)
        table->widths[config] = text_columns(judge_rail(results, config));
    for (size_t column = 0; column < table->columns; column++) {
        if (!is_shown(table->presentation, column))
            continue;
        text_name(text, &results_study(results)->columns[column]);
        if (text_columns(text) > table->name_width)
            table->name_width = text_columns(text);
        for (size_t config = 0; config < table->configs; config++) {
            struct estimate estimate = summary_metric(results, config, column, SUMMARY_LEVEL);
            estimate_text(text, sizeof text, &estimate);
            if (text_columns(text) > table->widths[config])
                table->widths[config] = text_columns(text);
        }
    }
}

static void print_metric_table(struct table *table)
{
    const struct results *results = table->presentation->results;
    const struct terminal *terminal = table->presentation->terminal;
    char text[ESTIMATE_TEXT_BYTES];
    size_t zeros = 0;
    fputs(paint_on(terminal, PAINT_HEADING), stdout);
    text_print_padded("metric", table->name_width);
    for (size_t config = 0; config < table->configs; config++) {
        fputs("  ", stdout);
        text_print_padded(judge_rail(results, config), config + 1 < table->configs ? table->widths[config] : 0);
    }
    printf("%s\n", paint_off(terminal));
    for (size_t column = 0; column < table->columns; column++) {
        if (!has_value(results, column))
            continue;
        if (is_zero_everywhere(results, column)) {
            zeros++;
            continue;
        }
        if (!is_shown(table->presentation, column)) {
            table->left_out++;
            continue;
        }
        text_name(text, &results_study(results)->columns[column]);
        text_print_padded(text, table->name_width);
        for (size_t config = 0; config < table->configs; config++) {
            struct estimate estimate = summary_metric(results, config, column, SUMMARY_LEVEL);
            estimate_text(text, sizeof text, &estimate);
            fputs("  ", stdout);
            text_print_padded(text, config + 1 < table->configs ? table->widths[config] : 0);
        }
        putchar('\n');
    }
    if (table->left_out > 0)
        printf("%zu more metrics, and every difference: --all; what they mean: konsento help metrics\n",
               table->left_out);
    else if (zeros > 0)
        printf("%zu more metrics are 0 on every rail; --json tells them\n", zeros);
}

/* Experiments have hardly a metric in common: one under the other, each with its own. */
static void print_experiment(const struct table *table, size_t config, int label_width)
{
    const struct results *results = table->presentation->results;
    const struct terminal *terminal = table->presentation->terminal;
    const char *label = judge_rail(results, config);
    char text[ESTIMATE_TEXT_BYTES];
    for (size_t column = 0; column < table->columns; column++) {
        struct estimate estimate = summary_metric(results, config, column, SUMMARY_LEVEL);
        if (estimate.n == 0)
            continue;
        fputs(paint_on(terminal, PAINT_HEADING), stdout);
        text_print_padded(label, label_width);
        fputs(paint_off(terminal), stdout);
        fputs("  ", stdout);
        text_name(text, &results_study(results)->columns[column]);
        text_print_padded(text, table->name_width);
        estimate_text(text, sizeof text, &estimate);
        printf("  %s\n", text);
        label = "";
    }
}

static void print_experiments(const struct table *table)
{
    const struct results *results = table->presentation->results;
    int label_width = 0;
    for (size_t config = 0; config < table->configs; config++) {
        int width = text_columns(judge_rail(results, config));
        label_width = width > label_width ? width : label_width;
    }
    for (size_t config = 0; config < table->configs; config++)
        print_experiment(table, config, label_width);
}

static void print_metrics(const struct presentation *presentation)
{
    const struct results_study *study = results_study(presentation->results);
    struct table table = {.presentation = presentation, .configs = study->config_count, .columns = study->column_count};
    table.widths = calloc(table.configs + 1, sizeof *table.widths);
    if (table.widths == NULL) {
        complain("memory is out: the table of metrics is not shown");
        return;
    }
    measure(&table);
    if (label_is_comparison(study))
        print_metric_table(&table);
    else
        print_experiments(&table);
    free(table.widths);
}

/* ---- differences between rails ---------------------------------------------------------------------------------- */

/* "better" or "worse" where the whole interval is on one side of zero and the metric has a good direction. */
static const char *judge_difference(enum paint *paint, const struct estimate *difference, const char *metric)
{
    enum metric index = metric_find(metric);
    int better = index < METRIC_COUNT ? metric_table[index].better : 0;
    int sign = difference->lo > 0 ? 1 : difference->hi < 0 ? -1 : 0;
    *paint = sign * better > 0 ? PAINT_GOOD : PAINT_BAD;
    return sign * better == 0 ? "" : sign * better > 0 ? "  better" : "  worse";
}

/* Returns false if there is no difference. */
static bool print_difference(const struct presentation *presentation, size_t config, size_t column, int name_width)
{
    const struct results_column *info = &results_study(presentation->results)->columns[column];
    struct estimate_paired paired = summary_paired(
        presentation->results, (const size_t[]){label_baseline(results_study(presentation->results), config), config},
        column, SUMMARY_LEVEL);
    char name[128], text[160], gain[32] = "";
    enum paint paint;
    if (paired.difference.n == 0 || (estimate_is_exact(&paired.difference) && paired.difference.mean == 0))
        return false;
    text_name(name, info);
    estimate_interval_text(text, sizeof text, &paired.difference, "+");
    if (isfinite(paired.variance_gain))
        snprintf(gain, sizeof gain, paired.variance_gain < 100 ? "  gain %.2g×" : "  gain %.0f×", paired.variance_gain);
    const char *word = judge_difference(&paint, &paired.difference, info->name);
    text_print_padded(name, name_width);
    printf("  %s%s%s%s%s\n", text, gain, *word != '\0' ? paint_on(presentation->terminal, paint) : "", word,
           *word != '\0' ? paint_off(presentation->terminal) : "");
    return true;
}

static void print_differences(const struct presentation *presentation)
{
    const struct results_study *study = results_study(presentation->results);
    int name_width = 0;
    if (!label_is_comparison(study))
        return;
    for (size_t column = 0; column < study->column_count; column++) {
        char name[128];
        text_name(name, &study->columns[column]);
        name_width = text_columns(name) > name_width ? text_columns(name) : name_width;
    }
    for (size_t config = 0; config < study->config_count; config++) {
        size_t baseline = label_baseline(study, config);
        if (baseline == config)
            continue;
        printf("\n%s%s against %s%s, the same worlds (paired differences; gain: variance saved by pairing)\n",
               paint_on(presentation->terminal, PAINT_HEADING), judge_rail(presentation->results, config),
               judge_rail(presentation->results, baseline), paint_off(presentation->terminal));
        bool differs = false;
        for (size_t column = 0; column < study->column_count; column++)
            differs = print_difference(presentation, config, column, name_width) || differs;
        if (!differs)
            puts("no metric differs");
    }
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static void print_thresholds(const struct presentation *presentation)
{
    static const char *const marks[] = {[VERDICT_PASS] = "✓", [VERDICT_FAIL] = "✗", [VERDICT_UNDECIDED] = "?"};
    static const enum paint paints[] = {
        [VERDICT_PASS] = PAINT_GOOD, [VERDICT_FAIL] = PAINT_BAD, [VERDICT_UNDECIDED] = PAINT_UNSURE};
    const struct judgements *judgements = presentation->judgements;
    if (judgements->count > 0)
        putchar('\n');
    for (size_t i = 0; i < judgements->count; i++) {
        const struct judgement *one = &judgements->list[i];
        char text[160];
        estimate_interval_text(text, sizeof text, &one->estimate, "");
        printf("%s%s%s %s  %s: %s%s\n", paint_on(presentation->terminal, paints[one->verdict]), marks[one->verdict],
               paint_off(presentation->terminal), one->text, one->rail, text,
               one->is_spared                      ? ", undecided: fails alone, not as one of many"
               : one->verdict == VERDICT_UNDECIDED ? ", undecided"
                                                   : "");
    }
}

void present_tables(const struct presentation *presentation)
{
    const struct results *results = presentation->results;
    const char *title = results_attribute(results, "title");
    size_t replications = present_replications(results);
    char digest[65];
    present_digest(digest, results);
    printf("%s%s%s  seed %" PRIu64 "  %zu replication%s (%s)\n\n", paint_on(presentation->terminal, PAINT_HEADING),
           title != NULL ? title : "", paint_off(presentation->terminal), results_study(results)->seed, replications,
           replications == 1 ? "" : "s", presentation->why_ended);
    present_score(presentation);
    print_metrics(presentation);
    present_causes(presentation);
    (presentation->is_whole ? print_differences : short_differences)(presentation);
    print_thresholds(presentation);
    printf("\ndigest   %s\nresults  %s\n", digest, presentation->results_path);
    if (presentation->report_path != NULL)
        printf("report   %s\n", presentation->report_path);
}
