/* report_score.c: the scoreboard of a report.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/report_sections.h"

#include "analysis/html.h"
#include "analysis/label.h"
#include "analysis/report_cells.h"
#include "analysis/scoretext.h"
#include "analysis/summary.h"

#include <string.h>

#define CONFIGS_MAX 16

static void write_head(FILE *out, const struct results_study *study, size_t configs)
{
    fputs(
        "<h2>Scoreboard</h2>\n<p>The case for channels: a blockchain cannot have all five of these, channels can. "
        "Each figure is measured, with its 95 % interval.</p>\n<div class=\"wide\"><table class=\"score\">\n<thead><tr>"
        "<th>figure</th>",
        out);
    for (size_t config = 0; config < configs; config++) {
        char label[LABEL_BYTES];
        fputs("<th>", out);
        html_text(out, label_config(label, study, config));
        fputs("</th>", out);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
}

static void write_figure_name(FILE *out, const struct results_column *column)
{
    fputs("<th scope=\"row\">", out);
    html_text_cut(out, column->long_name == NULL ? column->name : column->long_name, 240);
    if (column->unit != NULL && column->unit[0] != '\0' && strcmp(column->unit, "1") != 0) {
        fputs(" [", out);
        html_text_cut(out, column->unit, 60);
        fputs("]", out);
    }
    fputs("<br><code>", out);
    html_text(out, column->name);
    fputs("</code></th>", out);
}

static void write_cell(FILE *out, const struct results *results, size_t column, size_t config)
{
    const struct results_study *study = results_study(results);
    struct estimate estimate = summary_metric(results, config, column, SUMMARY_LEVEL);
    size_t baseline = label_baseline(study, config);
    fputs("<td class=\"n\">", out);
    cell_estimate(out, &estimate);
    if (scoretext_is_yen(&study->columns[column])) {
        cell_sat(out, &estimate, scoretext_yen_per_sat(results));
    }
    if (baseline != config) {
        struct estimate_paired paired = summary_paired(results, (size_t[]){baseline, config}, column, SUMMARY_LEVEL);
        cell_difference(out, &paired, study->relations == NULL ? 0 : study->relations[column].better);
    }
    fputs("</td>", out);
}

static void write_property(FILE *out, const struct results *results, const struct scoretext_property *property,
                           size_t configs)
{
    const struct results_study *study = results_study(results);
    fprintf(out, "<tr class=\"property\"><th scope=\"colgroup\" colspan=\"%zu\"><strong>", configs + 1);
    html_text(out, property->title);
    fputs("</strong> <small>", out);
    html_text(out, property->question);
    fputs("</small></th></tr>\n", out);
    for (size_t i = 0; i < property->column_count; i++) {
        fputs("<tr>", out);
        write_figure_name(out, &study->columns[property->columns[i]]);
        for (size_t config = 0; config < configs; config++) {
            write_cell(out, results, property->columns[i], config);
        }
        fputs("</tr>\n", out);
    }
}

void report_score(FILE *out, const struct results *results)
{
    const struct results_study *study = results_study(results);
    struct scoretext_property properties[SCORETEXT_PROPERTIES_MAX];
    struct pool pool = {0};
    size_t configs = label_shown(study, CONFIGS_MAX);
    size_t count = scoretext_read(properties, &pool, results);
    if (count > 0) {
        write_head(out, study, configs);
        for (size_t i = 0; i < count; i++) {
            write_property(out, results, &properties[i], configs);
        }
        fputs("</tbody></table></div>\n", out);
        if (configs < study->config_count) {
            fprintf(out, "<p>The first %zu of %zu configurations.</p>\n", configs, study->config_count);
        }
    }
    pool_close(&pool);
}
