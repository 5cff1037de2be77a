/* report.c: one results file as one self-contained HTML page that needs no network.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/report.h"

#include "analysis/fault.h"
#include "analysis/html.h"
#include "analysis/label.h"
#include "analysis/report_cells.h"
#include "analysis/report_sections.h"
#include "analysis/report_style.h"
#include "analysis/sequence.h"
#include "analysis/store.h"
#include "analysis/studyfigures.h"
#include "analysis/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What keeps a page below 400 kB whatever the study holds. */
#define ATTRIBUTES_MAX       60
#define FAILURES_MAX         10
#define FIRST_TEXT_BYTES_MAX ((size_t)48 << 10) /* the scenario itself */
#define TEXT_BYTES_MAX       ((size_t)4 << 10)
#define TEXTS_MAX            10
#define VALUE_BYTES_MAX      ((size_t)1000)

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

/* ": 31 pass, 5 undecided", if there is more than one verdict. */
static void write_counts(FILE *out, const struct report_order *order)
{
    static const enum verdict verdicts[] = {VERDICT_PASS, VERDICT_FAIL, VERDICT_UNDECIDED};
    size_t written = 0;
    for (size_t v = 0; v < sizeof verdicts / sizeof verdicts[0]; v++) {
        size_t count = 0;
        for (size_t i = 0; i < order->threshold_count; i++) {
            count += order->thresholds[i].verdict == verdicts[v];
        }
        if (count > 0 && count < order->threshold_count) {
            fprintf(out, "%s%zu %s", written++ == 0 ? ": " : ", ", count, verdict_name(verdicts[v]));
        }
    }
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
    fprintf(out, "<p class=\"banner %s\"><strong>%s</strong> on %zu threshold%s", name, name, order->threshold_count,
            order->threshold_count == 1 ? "" : "s");
    write_counts(out, order);
    fputs("</p>\n", out);
}

static void write_thresholds(FILE *out, const struct results *results, const struct report_order *order)
{
    if (order->threshold_count == 0) {
        return;
    }
    fputs(
        "<h2>Thresholds</h2>\n<p>A threshold passes if the whole 95 % interval lies inside the limit, fails if all of "
        "it lies outside and it would do so as one of all thresholds (Holm), and is undecided otherwise.</p>\n<div "
        "class=\"wide\"><table>\n<thead><tr><th>verdict</th>"
        "<th>threshold</th><th>",
        out);
    html_text(out, label_arm_word(results_study(results)));
    fputs("</th><th>measured</th><th>95 % interval</th></tr></thead>\n<tbody>\n", out);
    for (size_t i = 0; i < order->threshold_count; i++) {
        const struct report_threshold *threshold = &order->thresholds[i];
        const char *name = verdict_name(threshold->verdict);
        fprintf(out, "<tr><td class=\"%s\">%s</td>", name, name);
        cell_text(out, threshold->text);
        cell_text(out, threshold->rail);
        fputs("<td class=\"n\">", out);
        cell_number(out, threshold->estimate.mean);
        fputs("</td><td class=\"n\">", out);
        cell_interval(out, &threshold->estimate);
        fputs("</td></tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
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
    for (size_t i = 0; i < study->attribute_count && i < ATTRIBUTES_MAX; i++) {
        write_pair(out, study->attributes[i].name, study->attributes[i].text);
    }
    fputs("</tbody></table></div>\n", out);
    for (size_t i = 0; i < study->provenance_count && i < TEXTS_MAX; i++) {
        fputs("<details><summary>", out);
        html_text(out, study->provenance[i].name);
        fputs("</summary><pre>", out);
        fputs(study->provenance[i].text[0] == '\0' ? "(empty)" : "", out);
        write_text(out, study->provenance[i].text, i == 0 ? FIRST_TEXT_BYTES_MAX : TEXT_BYTES_MAX);
        fputs("</pre></details>\n", out);
    }
}

static void write_figures(FILE *out, const struct gallery *gallery, const char *name, const char *title)
{
    bool has_one = false;
    for (size_t i = 0; i < gallery->count; i++) {
        has_one = has_one || strncmp(gallery->figures[i].name, name, strlen(name)) == 0;
    }
    if (has_one) {
        fprintf(out, "<h2>%s</h2>\n", title);
        gallery_write(out, gallery, name);
    }
}

/* Returns false when memory is out. */
static bool write_page(FILE *out, const struct results *results, const struct report_order *order,
                       const struct gallery *gallery)
{
    write_head(out, order);
    write_banner(out, order);
    report_score(out, results);
    write_thresholds(out, results, order);
    report_metrics(out, results, order);
    bool good = report_compare(out, results, order);
    write_figures(out, gallery, "times-", "Time to power, time to finality");
    write_figures(out, gallery, "load-", "Load");
    write_figures(out, gallery, "sweep-", "What the swept parameters do");
    if (gallery->is_drawn) {
        write_figures(out, gallery, "effect-", "How much each parameter moves");
    }
    report_parts(out, results, gallery);
    write_figures(out, gallery, "converge-", "Convergence");
    sequence_write(out, results);
    write_failures(out, results);
    write_provenance(out, results, order);
    report_stress(out, results);
    fprintf(
        out,
        "<p class=\"foot\">%s; their numbers and scripts: <code>konsento export RESULTS --gnuplot FOLDER</code></p>\n",
        gallery->is_drawn ? "Figures by gnuplot"
                          : "Lines drawn without gnuplot, which was not there; bars are in tables alone");
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
    struct gallery gallery = {.count = 0};
    bool good = studyfigures_add(&gallery, results) && !gallery.is_memory_out;
    if (good) {
        gallery_draw(&gallery);
        good = write_page(out, results, order, &gallery);
    }
    gallery_close(&gallery);
    good = good && ferror(out) == 0;
    good = fclose(out) == 0 && good;
    enum results_result result =
        good ? store_write_path(error, path, (const uint8_t *)bytes, length) : fault_memory(error, path);
    free(bytes);
    return result;
}
