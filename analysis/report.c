/* report.c: one results file as one self-contained HTML page that needs no network.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/report.h"

#include "analysis/fault.h"
#include "analysis/html.h"
#include "analysis/label.h"
#include "analysis/loadfigure.h"
#include "analysis/report_style.h"
#include "analysis/store.h"
#include "analysis/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What keeps a page below 400 kB whatever the study holds. */
#define TABLE_ROWS_MAX       600
#define FAILURES_MAX         10
#define FIRST_TEXT_BYTES_MAX ((size_t)48 << 10) /* the scenario itself */
#define TEXT_BYTES_MAX       ((size_t)4 << 10)
#define TEXTS_MAX            10
#define NAME_BYTES_MAX       ((size_t)240)
#define VALUE_BYTES_MAX      ((size_t)1000)

static void write_number(FILE *out, double value)
{
    if (isnan(value)) {
        fputs("&ndash;", out);
    } else {
        fprintf(out, "%.6g", value);
    }
}

/* "exact", or "lo &hellip; hi". */
static void write_interval(FILE *out, const struct estimate *estimate)
{
    if (estimate->n == 0 || isnan(estimate->lo) || isnan(estimate->hi)) {
        fputs("&ndash;", out);
    } else if (estimate->lo == estimate->hi && estimate->n == 1) {
        fputs("exact", out);
    } else {
        fprintf(out, "%.6g &hellip; %.6g", estimate->lo, estimate->hi);
    }
}

static void write_cell(FILE *out, const char *text)
{
    fputs("<td>", out);
    html_text(out, text);
    fputs("</td>", out);
}

static void write_head(FILE *out, const struct report_order *order)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
          out);
    html_text(out, order->title);
    fputs("</title>\n<style>\n", out);
    fputs(report_style, out);
    fputs("</style>\n</head>\n<body>\n<h1>", out);
    html_text(out, order->title);
    fputs("</h1>\n", out);
}

static void write_banner(FILE *out, const struct report_order *order)
{
    enum verdict verdict = VERDICT_PASS;
    for (size_t i = 0; i < order->threshold_count; i++) {
        verdict = verdict_worst(verdict, order->thresholds[i].verdict);
    }
    if (order->threshold_count == 0) {
        fputs("<p class=\"banner none\">This study sets no thresholds.</p>\n", out);
        return;
    }
    const char *name = verdict_name(verdict);
    fprintf(out, "<p class=\"banner %s\"><strong>%s</strong> on %zu threshold%s</p>\n", name, name,
            order->threshold_count, order->threshold_count == 1 ? "" : "s");
}

static void write_thresholds(FILE *out, const struct results *results, const struct report_order *order)
{
    if (order->threshold_count == 0) {
        return;
    }
    fputs(
        "<h2>Thresholds</h2>\n<p>A threshold passes if the whole 95 % interval lies inside the limit, fails if all of "
        "it lies outside, and is undecided in between.</p>\n<div class=\"wide\"><table>\n<thead><tr><th>verdict</th>"
        "<th>threshold</th><th>",
        out);
    html_text(out, label_arm_word(results_study(results)));
    fputs("</th><th>measured</th><th>95 % interval</th></tr></thead>\n<tbody>\n", out);
    for (size_t i = 0; i < order->threshold_count; i++) {
        const struct report_threshold *threshold = &order->thresholds[i];
        const char *name = verdict_name(threshold->verdict);
        fprintf(out, "<tr><td class=\"%s\">%s</td>", name, name);
        write_cell(out, threshold->text);
        write_cell(out, threshold->rail);
        fputs("<td class=\"n\">", out);
        write_number(out, threshold->estimate.mean);
        fputs("</td><td class=\"n\">", out);
        write_interval(out, &threshold->estimate);
        fputs("</td></tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}

/* Name and meaning of a metric, beside `rows` lines of the table. */
static void write_metric_name(FILE *out, const struct results_column *column, size_t rows)
{
    fprintf(out, "<th scope=\"rowgroup\" rowspan=\"%zu\" title=\"", rows);
    html_text_cut(out, column->definition == NULL ? "" : column->definition, NAME_BYTES_MAX);
    fputs("\">", out);
    html_text_cut(out, column->long_name == NULL ? column->name : column->long_name, NAME_BYTES_MAX);
    fputs("<br><code>", out);
    html_text(out, column->name);
    fprintf(out, "</code></th><td rowspan=\"%zu\">", rows);
    html_text_cut(out, column->unit == NULL ? "" : column->unit, NAME_BYTES_MAX);
    fputs("</td>", out);
}

/* The cells of one line: what the two tables of metrics have in common. */
static void write_estimate(FILE *out, const struct results_study *study, size_t config, const struct estimate *estimate)
{
    char label[LABEL_BYTES];
    write_cell(out, label_config(label, study, config));
    fputs("<td class=\"n\">", out);
    write_number(out, estimate->mean);
    fputs("</td><td class=\"n\">", out);
    write_interval(out, estimate);
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
    struct estimate_paired paired = summary_paired(results, (size_t[]){0, config}, column, SUMMARY_LEVEL);
    write_estimate(out, results_study(results), config, &paired.difference);
    fputs("<td class=\"n\">", out);
    write_number(out, paired.variance_gain);
    fputs("</td></tr>\n", out);
}

static void write_cut(FILE *out, size_t shown, size_t all)
{
    if (shown < all) {
        fprintf(out, "<p>The first %zu of %zu lines; all of them are in the results file.</p>\n", shown, all);
    }
}

/* A table of metrics by configurations from `first` on, cut after `limit` lines. */
struct metric_table {
    void (*row)(FILE *out, const struct results *results, size_t column, size_t config);
    size_t first, limit;
};

/* An experiment stands beside its own metrics alone; a rail beside all. */
static bool is_beside(const struct results *results, size_t column, size_t config)
{
    return label_is_comparison(results_study(results)) || summary_metric(results, config, column, SUMMARY_LEVEL).n > 0;
}

static size_t count_beside(const struct results *results, size_t column, size_t first)
{
    size_t count = 0;
    for (size_t config = first; config < results_study(results)->config_count; config++) {
        count += is_beside(results, column, config);
    }
    return count;
}

static void write_metric_table(FILE *out, const struct results *results, const struct metric_table *table)
{
    const struct results_study *study = results_study(results);
    size_t shown = 0, all = 0;
    for (size_t c = 0; c < study->column_count; c++) {
        size_t beside = count_beside(results, c, table->first), left = table->limit - shown;
        size_t rows = beside < left ? beside : left;
        all += beside;
        shown += rows;
        if (rows > 0) {
            fputs("<tr>", out);
            write_metric_name(out, &study->columns[c], rows);
        }
        for (size_t config = table->first, row = 0; row < rows; config++) {
            if (is_beside(results, c, config)) {
                fputs(row++ == 0 ? "" : "<tr>", out);
                table->row(out, results, c, config);
            }
        }
    }
    fputs("</tbody></table></div>\n", out);
    write_cut(out, shown, all);
}

static void write_metrics(FILE *out, const struct results *results)
{
    static const struct metric_table table = {write_metric_row, 0, TABLE_ROWS_MAX};
    fputs("<h2>Metrics</h2>\n<div class=\"wide\"><table>\n<thead><tr><th>metric</th><th>unit</th><th>", out);
    html_text(out, label_arm_word(results_study(results)));
    fputs("</th><th>mean</th><th>95 % interval</th><th>n</th></tr></thead>\n<tbody>\n", out);
    write_metric_table(out, results, &table);
}

/* Every configuration against the first one. */
static void write_differences(FILE *out, const struct results *results)
{
    static const struct metric_table table = {write_difference_row, 1, TABLE_ROWS_MAX / 2};
    const struct results_study *study = results_study(results);
    char label[LABEL_BYTES];
    if (study->config_count < 2 || study->column_count == 0 || !label_is_comparison(study)) {
        return;
    }
    fputs("<h2>Differences to ", out);
    html_text(out, label_config(label, study, 0));
    fputs(
        "</h2>\n<p>Paired by replication, whose random streams are the same in every configuration. The gain is how "
        "many times more "
        "replications the same interval would need without pairing.</p>\n<div class=\"wide\"><table>\n<thead><tr>"
        "<th>metric</th><th>unit</th><th>rail</th><th>difference</th><th>95 % interval</th><th>gain</th></tr></thead>\n"
        "<tbody>\n",
        out);
    write_metric_table(out, results, &table);
}

static void write_failures(FILE *out, const struct results *results)
{
    size_t failed = 0;
    for (size_t i = 0; i < results_row_count(results); i++) {
        failed += results_row(results, i)->failed;
    }
    if (failed == 0) {
        return;
    }
    fprintf(out, "<h2>Failed replications</h2>\n<p>%zu of %zu; they are left out of every mean.</p>\n<ul>\n", failed,
            results_row_count(results));
    for (size_t i = 0, shown = 0; i < results_row_count(results) && shown < FAILURES_MAX; i++) {
        const struct results_row *row = results_row(results, i);
        char label[LABEL_BYTES];
        if (row->failed) {
            fprintf(out, "<li>replication %u, ", row->replication);
            html_text(out, label_config(label, results_study(results), row->config));
            fputs(": ", out);
            html_text(out, row->failure);
            fputs("</li>\n", out);
            shown++;
        }
    }
    fputs("</ul>\n", out);
}

/* A text of at most `limit` bytes on the page; longer ones are cut and say so. */
static void write_text(FILE *out, const char *text, size_t limit)
{
    size_t taken = html_text_cut(out, text, limit);
    if (text[taken] != '\0') {
        fprintf(out, "\n[cut: %zu bytes in all, see the results file]", strlen(text));
    }
}

static void write_pair(FILE *out, const char *name, const char *value)
{
    fputs("<tr><th scope=\"row\">", out);
    html_text(out, name);
    fputs("</th><td><code>", out);
    write_text(out, value, VALUE_BYTES_MAX);
    fputs("</code></td></tr>\n", out);
}

static void write_digest(FILE *out, const struct results *results)
{
    uint8_t digest[32];
    char text[65];
    results_digest(digest, results);
    for (size_t i = 0; i < sizeof digest; i++) {
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    }
    write_pair(out, "digest", text);
}

static void write_provenance(FILE *out, const struct results *results, const struct report_order *order)
{
    const struct results_study *study = results_study(results);
    char seed[24];
    fputs("<h2>Provenance</h2>\n<p>Make these results again:</p>\n<pre>", out);
    html_text(out, order->repeat_command);
    fputs("</pre>\n<div class=\"wide\"><table>\n<tbody>\n", out);
    write_digest(out, results);
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)study->seed);
    write_pair(out, "seed", seed);
    write_pair(out, "identity", study->identity);
    for (size_t i = 0; i < study->attribute_count && i < TABLE_ROWS_MAX / 10; i++) {
        write_pair(out, study->attributes[i].name, study->attributes[i].text);
    }
    fputs("</tbody></table></div>\n", out);
    for (size_t i = 0; i < study->provenance_count && i < TEXTS_MAX; i++) {
        fputs("<details><summary>", out);
        html_text(out, study->provenance[i].name);
        fputs("</summary><pre>", out);
        write_text(out, study->provenance[i].text, i == 0 ? FIRST_TEXT_BYTES_MAX : TEXT_BYTES_MAX);
        fputs("</pre></details>\n", out);
    }
}

/* Returns false when memory is out. */
static bool write_page(FILE *out, const struct results *results, const struct report_order *order)
{
    write_head(out, order);
    write_banner(out, order);
    write_thresholds(out, results, order);
    write_metrics(out, results);
    write_differences(out, results);
    bool good = true;
    if (results_study(results)->series_name != NULL) {
        fputs("<h2>Load</h2>\n", out);
        good = loadfigure_write(out, results);
    }
    write_failures(out, results);
    write_provenance(out, results, order);
    fputs("</body>\n</html>\n", out);
    return good;
}

enum results_result report_write(const char *path, struct results_error *error, const struct results *results,
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
