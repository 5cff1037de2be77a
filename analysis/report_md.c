/* report_md.c: the report in short, as Markdown, for a pull request or a wiki.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/report_md.h"

#include "analysis/estimate_text.h"
#include "analysis/fault.h"
#include "analysis/label.h"
#include "analysis/parts.h"
#include "analysis/scoretext.h"
#include "analysis/store.h"
#include "analysis/summary.h"

#include <stdlib.h>
#include <string.h>

#define CONFIGS_MAX 12
#define CAUSES      3

/* Text that stays one cell: no pipe, no line end, and nothing that is markup. */
static void write_text(FILE *out, const char *text)
{
    for (const char *at = text == NULL ? "" : text; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        if (c < ' ' || c == 0x7f) {
            fputc(' ', out);
        } else if (c == '<' || c == '&') {
            fputs(c == '<' ? "&lt;" : "&amp;", out);
        } else {
            fputs(strchr("|*`[]\\", c) != NULL ? "\\" : "", out);
            fputc(c, out);
        }
    }
}

static void write_estimate(FILE *out, const struct estimate *estimate)
{
    char text[ESTIMATE_TEXT_BYTES];
    estimate_text(text, sizeof text, estimate);
    write_text(out, text);
}

static void write_head(FILE *out, const char *first, const struct results_study *study, size_t configs)
{
    fprintf(out, "\n| %s |", first);
    for (size_t config = 0; config < configs; config++) {
        char label[LABEL_BYTES];
        fputc(' ', out);
        write_text(out, label_config(label, study, config));
        fputs(" |", out);
    }
    fputs("\n|---|", out);
    for (size_t config = 0; config < configs; config++) {
        fputs("---|", out);
    }
    fputc('\n', out);
}

/* The difference to the baseline, where there is one and the interval is on one side of zero. */
static void write_difference(FILE *out, const struct results *results, size_t config, size_t column)
{
    const struct results_study *study = results_study(results);
    size_t baseline = label_baseline(study, config);
    char text[ESTIMATE_TEXT_BYTES];
    if (baseline == config) {
        return;
    }
    struct estimate_paired paired = summary_paired(results, (size_t[]){baseline, config}, column, SUMMARY_LEVEL);
    if (paired.difference.n == 0 || !(paired.difference.lo > 0 || paired.difference.hi < 0)) {
        return;
    }
    estimate_interval_text(text, sizeof text, &paired.difference, "+");
    fputs(" (", out);
    write_text(out, text);
    fputc(')', out);
}

static void write_row(FILE *out, const struct results *results, size_t column, size_t configs)
{
    const struct results_column *info = &results_study(results)->columns[column];
    fputs("| ", out);
    write_text(out, info->name);
    if (info->unit != NULL && strcmp(info->unit, "1") != 0 && info->unit[0] != '\0') {
        fputs(" \\[", out);
        write_text(out, info->unit);
        fputs("\\]", out);
    }
    fputs(" |", out);
    for (size_t config = 0; config < configs; config++) {
        struct estimate estimate = summary_metric(results, config, column, SUMMARY_LEVEL);
        fputc(' ', out);
        write_estimate(out, &estimate);
        write_difference(out, results, config, column);
        fputs(" |", out);
    }
    fputc('\n', out);
}

/* Returns false when memory is out. */
static bool write_scoreboard(FILE *out, const struct results *results, size_t configs)
{
    struct scoretext_property properties[SCORETEXT_PROPERTIES_MAX];
    struct pool pool = {0};
    size_t count = scoretext_read(properties, &pool, results);
    for (size_t i = 0; i < count; i++) {
        if (i == 0) {
            fputs("\n## Scoreboard\n", out);
            write_head(out, "figure", results_study(results), configs);
        }
        fputs("| **", out);
        write_text(out, properties[i].title);
        fputs("** |", out);
        for (size_t config = 0; config < configs; config++) {
            fputs(" |", out);
        }
        fputc('\n', out);
        for (size_t j = 0; j < properties[i].column_count; j++) {
            write_row(out, results, properties[i].columns[j], configs);
        }
    }
    bool good = !pool.failed;
    pool_close(&pool);
    return good;
}

static void write_thresholds(FILE *out, const struct report_order *order)
{
    enum verdict verdict = VERDICT_PASS;
    for (size_t i = 0; i < order->threshold_count; i++) {
        verdict = verdict_worst(verdict, order->thresholds[i].verdict);
    }
    if (order->threshold_count == 0) {
        fputs("This study sets no thresholds.\n", out);
        return;
    }
    fprintf(out, "**%s** on %zu threshold%s.\n\n| verdict | threshold | rail | measured |\n|---|---|---|---|\n",
            verdict_name(verdict), order->threshold_count, order->threshold_count == 1 ? "" : "s");
    for (size_t i = 0; i < order->threshold_count; i++) {
        const struct report_threshold *one = &order->thresholds[i];
        fprintf(out, "| %s | ", verdict_name(one->verdict));
        write_text(out, one->text);
        fputs(" | ", out);
        write_text(out, one->rail);
        fputs(" | ", out);
        write_estimate(out, &one->estimate);
        fputs(" |\n", out);
    }
}

static void write_causes(FILE *out, const struct results *results, size_t configs)
{
    const struct results_study *study = results_study(results);
    size_t wholes[PARTS_MAX], count = parts_wholes(wholes, results);
    if (count == 0) {
        return;
    }
    fputs("\n## Top causes\n", out);
    write_head(out, "whole", study, configs);
    for (size_t i = 0; i < count; i++) {
        fputs("| ", out);
        write_text(out, study->columns[wholes[i]].name);
        fputs(" |", out);
        for (size_t config = 0; config < configs; config++) {
            struct part parts[PARTS_MAX];
            size_t found = parts_list(parts, results, config, wholes[i]);
            for (size_t j = 0; j < found && j < CAUSES; j++) {
                fputs(j > 0 ? ", " : " ", out);
                write_text(out, study->columns[parts[j].column].name);
                fprintf(out, " %.3g", parts[j].mean);
            }
            fputs(found == 0 ? " none |" : " |", out);
        }
        fputc('\n', out);
    }
}

static void write_all(FILE *out, const struct results *results, size_t configs)
{
    const struct results_study *study = results_study(results);
    fputs("\n<details><summary>All metrics</summary>\n", out);
    write_head(out, "metric", study, configs);
    for (size_t column = 0; column < study->column_count; column++) {
        bool has_value = false;
        for (size_t config = 0; config < configs; config++) {
            struct estimate estimate = summary_metric(results, config, column, SUMMARY_LEVEL);
            has_value = has_value || (estimate.n > 0 && estimate.mean != 0);
        }
        if (has_value) {
            write_row(out, results, column, configs);
        }
    }
    fputs("\n</details>\n", out);
}

static bool write_page(FILE *out, const struct results *results, const struct report_order *order)
{
    const struct results_study *study = results_study(results);
    size_t configs = label_shown(study, CONFIGS_MAX);
    fputs("# ", out);
    write_text(out, order->title);
    fputs("\n\n", out);
    write_thresholds(out, order);
    bool good = write_scoreboard(out, results, configs);
    fputs(
        "\nMean with 95 % interval; in brackets the paired difference to the baseline where it is on one side of 0.\n",
        out);
    write_causes(out, results, configs);
    write_all(out, results, configs);
    fputs("\nMake it again: `", out);
    for (const char *at = order->repeat_command; *at != '\0'; at++) {
        fputc(*at == '`' || (unsigned char)*at < ' ' ? '_' : *at, out);
    }
    fputs("`\n", out);
    if (configs < study->config_count) {
        fprintf(out, "\nThe first %zu of %zu configurations.\n", configs, study->config_count);
    }
    return good;
}

enum results_result report_write_md(const char *path, struct results_error *error, const struct results *results,
                                    const struct report_order *order)
{
    char *bytes = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&bytes, &length);
    if (out == NULL) {
        return fault_memory(error, path);
    }
    bool good = write_page(out, results, order) && ferror(out) == 0;
    good = fclose(out) == 0 && good;
    enum results_result result =
        good ? store_write_path(error, path, (const uint8_t *)bytes, length) : fault_memory(error, path);
    free(bytes);
    return result;
}
