/* report_parts.c: fees, losses and failures by cause.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/report_sections.h"

#include "analysis/html.h"
#include "analysis/label.h"
#include "analysis/parts.h"
#include "analysis/report_cells.h"
#include "analysis/summary.h"

#define TOP         5
#define CONFIGS_MAX 16

static void write_part(FILE *out, const struct results *results, size_t config, const struct part *part, double whole)
{
    const struct results_column *column = &results_study(results)->columns[part->column];
    struct estimate estimate = summary_metric(results, config, part->column, SUMMARY_LEVEL);
    fputs("<li>", out);
    html_text_cut(out, column->long_name == NULL ? column->name : column->long_name, 240);
    fputs(": ", out);
    cell_estimate(out, &estimate);
    if (column->unit != NULL && column->unit[0] != '1') {
        fputs(" ", out);
        html_text_cut(out, column->unit, 60);
    }
    if (whole > 0) {
        fprintf(out, " (%.3g %%)", 100 * part->mean / whole);
    }
    fputs("</li>", out);
}

/* The causes that matter most, one cell per configuration. */
static void write_row(FILE *out, const struct results *results, size_t whole, size_t configs)
{
    const struct results_column *column = &results_study(results)->columns[whole];
    fputs("<tr><th scope=\"row\">", out);
    html_text_cut(out, column->long_name == NULL ? column->name : column->long_name, 240);
    fputs("<br><code>", out);
    html_text(out, column->name);
    fputs("</code></th>", out);
    for (size_t config = 0; config < configs; config++) {
        struct part parts[PARTS_MAX];
        size_t count = parts_list(parts, results, config, whole);
        double mean = summary_metric(results, config, whole, SUMMARY_LEVEL).mean;
        fputs(count > 0 ? "<td><ol>" : "<td>none", out);
        for (size_t i = 0; i < count && i < TOP; i++) {
            write_part(out, results, config, &parts[i], mean);
        }
        fputs(count > 0 ? "</ol></td>" : "</td>", out);
    }
    fputs("</tr>\n", out);
}

void report_parts(FILE *out, const struct results *results, const struct gallery *gallery)
{
    const struct results_study *study = results_study(results);
    size_t wholes[PARTS_MAX], count = parts_wholes(wholes, results);
    size_t configs = label_shown(study, CONFIGS_MAX);
    if (count == 0 || !label_is_comparison(study)) {
        return;
    }
    fprintf(out,
            "<h2>What fees, losses and failures are made of</h2>\n<p>The top %d causes each, as mean per replication "
            "and as share of the whole.</p>\n<div class=\"wide\"><table>\n<thead><tr><th>whole</th>",
            TOP);
    for (size_t config = 0; config < configs; config++) {
        char label[LABEL_BYTES];
        fputs("<th>", out);
        html_text(out, label_config(label, study, config));
        fputs("</th>", out);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
    for (size_t i = 0; i < count; i++) {
        write_row(out, results, wholes[i], configs);
    }
    fputs("</tbody></table></div>\n", out);
    if (configs < study->config_count) {
        fprintf(out, "<p>The first %zu of %zu configurations.</p>\n", configs, study->config_count);
    }
    if (gallery->is_drawn) {
        gallery_write(out, gallery, "parts-");
    }
}
