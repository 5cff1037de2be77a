/* report_compare.c: the results beside those of another file.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/report_sections.h"

#include "analysis/compare.h"
#include "analysis/estimate_text.h"
#include "analysis/html.h"
#include "analysis/label.h"
#include "analysis/report_cells.h"

#include <math.h>

#define LINES_MAX 120

static void write_change(FILE *out, const struct compare_line *line)
{
    char text[ESTIMATE_TEXT_BYTES];
    struct estimate change = line->change;
    if (line->is_relative) {
        change.mean *= 100;
        change.lo *= 100;
        change.hi *= 100;
    }
    estimate_interval_text(text, sizeof text, &change, "+");
    html_text(out, text);
    fputs(line->is_relative ? " %" : "", out);
}

static void write_line(FILE *out, const struct results *results, const struct compare_line *line)
{
    const struct results_study *study = results_study(results);
    const struct results_column *column = &study->columns[line->column_b];
    int better = study->relations == NULL ? 0 : study->relations[line->column_b].better;
    char label[LABEL_BYTES];
    fputs("<tr><th scope=\"row\"><code>", out);
    html_text(out, column->name);
    fputs("</code></th>", out);
    cell_text(out, column->unit == NULL ? "" : column->unit);
    cell_text(out, label_config(label, study, line->config_b));
    fputs("<td class=\"n\">", out);
    cell_estimate(out, &line->a);
    fputs("</td><td class=\"n\">", out);
    cell_estimate(out, &line->b);
    fputs("</td><td class=\"n\">", out);
    write_change(out, line);
    fputs(line->sign * better > 0   ? " <span class=\"good\">better</span>"
          : line->sign * better < 0 ? " <span class=\"bad\">worse</span>"
                                    : "",
          out);
    fputs("</td></tr>\n", out);
}

static void write_lines(FILE *out, const struct results *results, const struct comparison *comparison)
{
    size_t changed = 0, shown = 0;
    for (size_t i = 0; i < comparison->count; i++) {
        changed += comparison->lines[i].sign != 0;
    }
    fprintf(out, "<p>%zu of %zu figures differ by more than the margin and noise; %s.</p>\n", changed,
            comparison->count,
            comparison->is_paired ? "paired by replication, the same seed" : "independent, other seeds");
    if (changed == 0) {
        return;
    }
    fputs("<div class=\"wide\"><table>\n<thead><tr><th>metric</th><th>unit</th><th>", out);
    html_text(out, label_arm_word(results_study(results)));
    fputs("</th><th>there</th><th>here</th><th>change</th></tr></thead>\n<tbody>\n", out);
    for (size_t i = 0; i < comparison->count && shown < LINES_MAX; i++) {
        if (comparison->lines[i].sign != 0) {
            write_line(out, results, &comparison->lines[i]);
            shown++;
        }
    }
    fputs("</tbody></table></div>\n", out);
    if (shown < changed) {
        fprintf(out, "<p>The first %zu of %zu lines; konsento diff shows all.</p>\n", shown, changed);
    }
}

bool report_compare(FILE *out, const struct results *results, const struct report_order *order)
{
    struct comparison comparison;
    if (order->other == NULL) {
        return true;
    }
    if (!compare_results(&comparison, order->other, results, order->margin)) {
        return false;
    }
    fputs("<h2>Against another study</h2>\n<p><code>", out);
    html_text_cut(out, order->other_name == NULL ? "" : order->other_name, 300);
    fprintf(out, "</code>, margin %.3g %%. ", 100 * order->margin);
    fputs("Change: here less there, with its 95 % interval.</p>\n", out);
    write_lines(out, results, &comparison);
    compare_close(&comparison);
    return true;
}
