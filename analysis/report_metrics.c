/* report_metrics.c: every metric in tables: rail beside rail, or one under the other.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/report_sections.h"

#include "analysis/html.h"
#include "analysis/label.h"
#include "analysis/report_cells.h"
#include "analysis/scoretext.h"
#include "analysis/summary.h"

#include <string.h>

/* What keeps a page small whatever the study holds. */
#define TABLE_ROWS_MAX   600
#define WIDE_CELLS_MAX   2400
#define WIDE_CONFIGS_MAX 16
#define NAME_BYTES_MAX   ((size_t)240)

/* Name, unit and meaning of a metric, above its lines. */
static void write_metric_head(FILE *out, const struct results_column *column)
{
    fputs("<tr class=\"property\"><th scope=\"rowgroup\" colspan=\"4\" title=\"", out);
    html_text_cut(out, column->definition == NULL ? "" : column->definition, NAME_BYTES_MAX);
    fputs("\">", out);
    html_text_cut(out, column->long_name == NULL ? column->name : column->long_name, NAME_BYTES_MAX);
    fputs(" [", out);
    html_text_cut(out, column->unit == NULL ? "1" : column->unit, NAME_BYTES_MAX);
    fputs("] <code>", out);
    html_text(out, column->name);
    fputs("</code></th></tr>\n", out);
}

/* The same beside its line. */
static void write_metric_name(FILE *out, const struct results_column *column)
{
    fputs("<th scope=\"row\" title=\"", out);
    html_text_cut(out, column->definition == NULL ? "" : column->definition, NAME_BYTES_MAX);
    fputs("\">", out);
    html_text_cut(out, column->long_name == NULL ? column->name : column->long_name, NAME_BYTES_MAX);
    fputs("<br><code>", out);
    html_text(out, column->name);
    fputs("</code></th><td>", out);
    html_text_cut(out, column->unit == NULL ? "" : column->unit, NAME_BYTES_MAX);
    fputs("</td>", out);
}

/* The cells of one line: what the two tables of metrics have in common. */
static void write_estimate(FILE *out, const struct results_study *study, size_t config, const struct estimate *estimate)
{
    char label[LABEL_BYTES];
    fputs("<td class=\"l\">", out);
    html_text(out, label_config(label, study, config));
    fputs("</td><td class=\"n\">", out);
    cell_number(out, estimate->mean);
    fputs("</td><td class=\"n\">", out);
    cell_interval(out, estimate);
    fputs("</td>", out);
}

static void write_metric_row(FILE *out, const struct results *results, size_t column, size_t config)
{
    struct estimate estimate = summary_metric(results, config, column, SUMMARY_LEVEL);
    write_estimate(out, results_study(results), config, &estimate);
    fprintf(out, "<td class=\"n\">%zu</td></tr>\n", estimate.n);
}

static void write_difference_row(FILE *out, const struct results *results, size_t column, size_t config)
{
    size_t baseline = label_baseline(results_study(results), config);
    struct estimate_paired paired = summary_paired(results, (size_t[]){baseline, config}, column, SUMMARY_LEVEL);
    write_estimate(out, results_study(results), config, &paired.difference);
    fputs("<td class=\"n\">", out);
    cell_number(out, paired.variance_gain);
    fputs("</td></tr>\n", out);
}

static void write_cut(FILE *out, size_t shown, size_t all)
{
    if (shown < all) {
        fprintf(out, "<p>The first %zu of %zu lines; all of them are in the results file.</p>\n", shown, all);
    }
}

/* Columns that the scoreboard or a threshold speaks of. */
static bool is_headline(const struct results *results, const struct report_order *order, size_t column)
{
    struct scoretext_property properties[SCORETEXT_PROPERTIES_MAX];
    struct pool pool = {0};
    bool is_found = false;
    size_t count = scoretext_read(properties, &pool, results);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < properties[i].column_count; j++) {
            is_found = is_found || properties[i].columns[j] == column;
        }
    }
    for (size_t i = 0; i < order->threshold_count; i++) {
        const char *metric = order->thresholds[i].metric;
        is_found = is_found || (metric != NULL && strcmp(metric, results_study(results)->columns[column].name) == 0);
    }
    pool_close(&pool);
    return is_found;
}

/* A table of metrics by configurations, cut after `limit` lines. */
struct metric_table {
    void (*row)(FILE *out, const struct results *results, size_t column, size_t config);
    bool is_difference; /* of those that have a baseline */
    size_t limit;
    const struct report_order *headline; /* NULL: all metrics */
};

/* An experiment stands beside its own metrics alone; a rail beside all, but not against itself. */
static bool is_beside(const struct results *results, const struct metric_table *table, size_t column, size_t config)
{
    if (table->is_difference && label_baseline(results_study(results), config) == config) {
        return false;
    }
    return label_is_comparison(results_study(results)) || summary_metric(results, config, column, SUMMARY_LEVEL).n > 0;
}

static size_t count_beside(const struct results *results, const struct metric_table *table, size_t column)
{
    size_t count = 0;
    for (size_t config = 0; config < results_study(results)->config_count; config++) {
        count += is_beside(results, table, column, config);
    }
    return count;
}

static void write_metric_table(FILE *out, const struct results *results, const struct metric_table *table)
{
    const struct results_study *study = results_study(results);
    size_t shown = 0, all = 0;
    for (size_t c = 0; c < study->column_count; c++) {
        if (table->headline != NULL && !is_headline(results, table->headline, c)) {
            continue;
        }
        size_t beside = count_beside(results, table, c), left = table->limit - shown;
        size_t rows = beside < left ? beside : left;
        all += beside;
        shown += rows;
        if (rows > 0) {
            write_metric_head(out, &study->columns[c]);
        }
        for (size_t config = 0, row = 0; row < rows; config++) {
            if (is_beside(results, table, c, config)) {
                fputs("<tr>", out);
                table->row(out, results, c, config);
                row++;
            }
        }
    }
    fputs("</tbody></table></div>\n", out);
    write_cut(out, shown, all);
}

static void write_long_table(FILE *out, const struct results *results, const struct metric_table *table)
{
    fputs("<div class=\"wide\"><table>\n<thead><tr><th>", out);
    html_text(out, label_arm_word(results_study(results)));
    fprintf(out, "</th><th>%s</th><th>95 %% interval</th><th>%s</th></tr></thead>\n<tbody>\n",
            table->is_difference ? "difference" : "mean", table->is_difference ? "gain" : "n");
    write_metric_table(out, results, table);
}

/* Is there anything that has a baseline? */
static bool has_baselines(const struct results_study *study)
{
    for (size_t config = 0; config < study->config_count; config++) {
        if (label_baseline(study, config) != config) {
            return true;
        }
    }
    return false;
}

static void write_long_differences(FILE *out, const struct results *results, const struct report_order *order)
{
    const struct metric_table table = {write_difference_row, true, TABLE_ROWS_MAX / 2, order};
    const struct results_study *study = results_study(results);
    if (study->column_count == 0 || !label_is_comparison(study) || !has_baselines(study)) {
        return;
    }
    fputs("<h2>Differences to the baseline</h2>\n<p>Each ", out);
    html_text(out, label_arm_word(study));
    fputs(
        " against the baseline under the same parameters, paired by replication: the random streams are the same. The "
        "gain is how many times more replications the same interval would need without pairing.</p>\n",
        out);
    write_long_table(out, results, &table);
}

/* Of many configurations, or of experiments: what the study asks for is open, all metrics unfold. */
static void write_long(FILE *out, const struct results *results, const struct report_order *order)
{
    const struct metric_table headline = {write_metric_row, false, TABLE_ROWS_MAX, order};
    const struct metric_table all = {write_metric_row, false, TABLE_ROWS_MAX, NULL};
    if (!label_is_comparison(results_study(results))) {
        fputs("<h2>Metrics</h2>\n", out);
        write_long_table(out, results, &all);
        return;
    }
    fputs("<h2>Headline</h2>\n", out);
    write_long_table(out, results, &headline);
    write_long_differences(out, results, order);
    fputs("<details><summary>All metrics</summary>\n", out);
    write_long_table(out, results, &all);
    fputs("</details>\n", out);
}

/* ---- rail beside rail ------------------------------------------------------------------------------------------ */

/* Nothing to be seen: no value anywhere, or 0 everywhere. */
static bool is_silent(const struct results *results, size_t column)
{
    for (size_t config = 0; config < results_study(results)->config_count; config++) {
        struct estimate estimate = summary_metric(results, config, column, SUMMARY_LEVEL);
        if (estimate.n > 0 && estimate.mean != 0) {
            return false;
        }
    }
    return true;
}

static void write_wide_cell(FILE *out, const struct results *results, size_t column, size_t config)
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

static void write_wide_head(FILE *out, const struct results_study *study)
{
    fputs("<div class=\"wide\"><table>\n<thead><tr><th>metric</th><th>unit</th>", out);
    for (size_t config = 0; config < study->config_count; config++) {
        char label[LABEL_BYTES];
        fputs("<th>", out);
        html_text(out, label_config(label, study, config));
        fputs(label_baseline(study, config) == config && has_baselines(study) ? "<br><small>baseline</small></th>"
                                                                              : "</th>",
              out);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
}

static void write_wide_row(FILE *out, const struct results *results, size_t column)
{
    fputs("<tr>", out);
    write_metric_name(out, &results_study(results)->columns[column]);
    for (size_t config = 0; config < results_study(results)->config_count; config++) {
        write_wide_cell(out, results, column, config);
    }
    fputs("</tr>\n", out);
}

static void write_wide(FILE *out, const struct results *results, const struct report_order *order)
{
    const struct results_study *study = results_study(results);
    size_t shown = 0, silent = 0;
    fputs("<h2>Headline</h2>\n<p>Mean over replications, &plusmn; half of the 95 % interval. Below it the paired "
          "difference to the baseline in the same worlds, and what the pairing was worth: the gain is how many times "
          "more replications the same interval would need without it.</p>\n",
          out);
    write_wide_head(out, study);
    for (size_t i = 0; i < study->column_count; i++) {
        if (is_headline(results, order, i)) {
            write_wide_row(out, results, i);
        }
    }
    fputs("</tbody></table></div>\n<details><summary>All metrics</summary>\n", out);
    write_wide_head(out, study);
    for (size_t i = 0; i < study->column_count && shown < WIDE_CELLS_MAX / study->config_count; i++) {
        if (is_silent(results, i)) {
            silent++;
        } else {
            write_wide_row(out, results, i);
            shown++;
        }
    }
    fputs("</tbody></table></div>\n", out);
    write_cut(out, shown + silent, study->column_count);
    if (silent > 0) {
        fprintf(out, "<p>%zu more are 0, or have no value, on every rail.</p>\n", silent);
    }
    fputs("</details>\n", out);
}

void report_metrics(FILE *out, const struct results *results, const struct report_order *order)
{
    const struct results_study *study = results_study(results);
    if (label_is_comparison(study) && study->config_count > 1 && study->config_count <= WIDE_CONFIGS_MAX) {
        write_wide(out, results, order);
    } else {
        write_long(out, results, order);
    }
}
