/* sequence.c: picks a session and draws what happened in it.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/sequence.h"

#include "analysis/codes.h"
#include "analysis/html.h"
#include "analysis/label.h"
#include "analysis/steps.h"

#include <string.h>

#define WIDTH      480
#define TOP        34
#define STEP       26
#define TEXT_BYTES 160

static const int lanes[] = {[STEP_PAYER] = 112, [STEP_RAIL] = 280, [STEP_OUTLET] = 448};

static void write_time(FILE *out, int64_t us)
{
    double s = (double)us / 1e6;
    if (s < 120) {
        fprintf(out, "+%.3g s", s);
    } else if (s < 7200) {
        fprintf(out, "+%.0f min %02.0f s", (s - (double)((long long)s % 60)) / 60, (double)((long long)s % 60));
    } else if (s < 172800) {
        fprintf(out, "+%lld h %02lld min", (long long)s / 3600, (long long)s % 3600 / 60);
    } else {
        fprintf(out, "+%.1f d", s / 86400);
    }
}

static void write_arrow(FILE *out, const struct step *step, int y)
{
    int from = lanes[step->from], to = lanes[step->to], head = to > from ? -7 : 7;
    if (from == to) {
        fprintf(out, "<path class=\"s0\" d=\"M%d %dh10\"/>", from - 5, y);
        return;
    }
    fprintf(out, "<path class=\"s0\" d=\"M%d %dH%dm%d -4L%d %dl%d 4\"/>", from, y, to, head, to, y, head);
}

static void write_step(FILE *out, const struct step *step, int64_t begin_us, int y)
{
    int from = lanes[step->from], to = lanes[step->to];
    fprintf(out, "<text x=\"4\" y=\"%d\">", y + 4);
    write_time(out, step->at_us - begin_us);
    fputs("</text>", out);
    write_arrow(out, step, y);
    fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">", (from + to) / 2, y - 5);
    html_text_cut(out, step->text, TEXT_BYTES);
    fputs("</text>\n", out);
}

static void write_lane(FILE *out, int x, const char *name, int height)
{
    fprintf(out, "<path class=\"grid\" d=\"M%d %dV%d\"/><text x=\"%d\" y=\"14\" text-anchor=\"middle\">", x, TOP - 14,
            height, x);
    html_text_cut(out, name, 60);
    fputs("</text>\n", out);
}

static void write_diagram(FILE *out, const struct results *results, size_t config, const struct steps *steps)
{
    char label[LABEL_BYTES];
    int height = TOP + (int)steps->count * STEP + 10;
    label_config(label, results_study(results), config);
    fputs("<figure>\n<figcaption>", out);
    html_text(out, label);
    fprintf(out, "</figcaption>\n<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"sequence of one session\">\n",
            WIDTH, height);
    write_lane(out, lanes[STEP_PAYER], "payer", height);
    write_lane(out, lanes[STEP_RAIL], label, height);
    write_lane(out, lanes[STEP_OUTLET], "outlet", height);
    for (size_t i = 0; i < steps->count; i++) {
        write_step(out, &steps->list[i], steps->list[0].at_us, TOP + 14 + (int)i * STEP);
    }
    fputs("</svg>\n", out);
    if (steps->left_out > 0) {
        fprintf(out, "<p>%zu steps between are left out.</p>\n", steps->left_out);
    }
    fputs("</figure>\n", out);
}

void sequence_write(FILE *out, const struct results *results)
{
    const struct results_study *study = results_study(results);
    uint32_t replication = 0;
    int64_t session = 0;
    if (!label_is_comparison(study)) {
        return;
    }
    fputs("<h2>One session</h2>\n", out);
    if (!steps_pick(&session, &replication, results)) {
        fputs(
            "<p>The steps of a session are in the event tables: run with <code>--events session,payment,message</code> "
            "to see one here.</p>\n",
            out);
        return;
    }
    fprintf(out,
            "<p>Session %lld of replication %u: what the payer, the rail and the outlet told each other, from plug-in "
            "on; of channels the messages of the first payment.</p>\n",
            (long long)session, replication);
    fputs("<div class=\"figures\">\n", out);
    size_t drawn = 0;
    for (size_t config = 0; config < study->config_count && drawn < SEQUENCE_CONFIGS_MAX; config++) {
        struct steps steps;
        bool is_first_point = label_baseline(study, config) == label_baseline(study, 0);
        if (is_first_point && steps_read(&steps, results, config, replication, session)) {
            write_diagram(out, results, config, &steps);
            drawn++;
        }
    }
    fputs("</div>\n", out);
}
