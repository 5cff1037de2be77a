/* report_stress.c: the STRESS-DES checklist, what the file knows filled in.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Source: Monks et al., Strengthening the reporting of empirical simulation studies: introducing the STRESS guidelines,
 * Journal of Simulation 13 (2019), appendix for discrete-event simulation.
 */
#include "analysis/report_sections.h"

#include "analysis/html.h"
#include "analysis/label.h"
#include "analysis/summary.h"

#include <string.h>

/* Where the answer to an item comes from. */
enum answer {
    ANSWER_TEXT,      /* it is the same for every study */
    ANSWER_ATTRIBUTE, /* an attribute of the file */
    ANSWER_LINES,     /* lines of the completed scenario that begin with a word */
    ANSWER_RUNS,      /* replications */
    ANSWER_PARAMS,
    ANSWER_OUTPUTS,
    ANSWER_SYSTEM
};

static const struct {
    const char *item, *question;
    enum answer answer;
    const char *text;
} items[] = {
    {"1.1", "Purpose of the model", ANSWER_ATTRIBUTE, "title"},
    {"1.2", "Model outputs", ANSWER_OUTPUTS, ""},
    {"1.3", "Experimentation aims", ANSWER_TEXT,
     "The scenario's opening comment and its thresholds, under Provenance; what is compared is the rails, on the same "
     "arrivals."},
    {"2.1", "Base model overview", ANSWER_TEXT, "docs/house.md and docs/models.md"},
    {"2.2", "Base model logic", ANSWER_TEXT, "docs/models.md, one section for each model"},
    {"2.3", "Scenario logic", ANSWER_TEXT, "The completed scenario, under Provenance: every value, defaults included."},
    {"2.4", "Algorithms", ANSWER_TEXT,
     "docs/models.md; protocols are the real code of protocol/, as BIPs and BOLTs demand."},
    {"2.5.1", "Entities", ANSWER_TEXT, "cars, outlets, payments, transactions, blocks, channels"},
    {"2.5.2", "Activities", ANSWER_TEXT, "parking, charging, paying, mining, relaying"},
    {"2.5.3", "Resources", ANSWER_LINES, "outlets"},
    {"2.5.4", "Queues", ANSWER_TEXT, "cars that wait for an outlet, first come first served; mempools by feerate"},
    {"2.5.5", "Entry and exit points", ANSWER_TEXT, "arrival and departure of cars, as the fleet says"},
    {"3.1", "Data sources", ANSWER_TEXT,
     "Data files and their SHA-256, under Provenance; parameters in docs/models.md."},
    {"3.2", "Pre-processing", ANSWER_TEXT, "docs/models.md: what is read, what is left out, what is counted"},
    {"3.3", "Input parameters", ANSWER_PARAMS, ""},
    {"3.4", "Assumptions", ANSWER_TEXT, "docs/models.md: measured, guessed and real are told apart there."},
    {"4.1", "Initialisation", ANSWER_LINES, "warmup"},
    {"4.2", "Run length", ANSWER_LINES, "duration"},
    {"4.3", "Estimation approach", ANSWER_RUNS, ""},
    {"5.1", "Software and language", ANSWER_ATTRIBUTE, "creator_version"},
    {"5.2", "Random sampling", ANSWER_TEXT,
     "Philox 4x32-10; a stream for each purpose and entity, keyed by seed and replication but not by rail, so that "
     "rails meet the same world (common random numbers)."},
    {"5.3", "Model execution", ANSWER_TEXT,
     "next event by (time, phase, order of planning); integers for time and money"},
    {"5.4", "System specification", ANSWER_SYSTEM, ""},
    {"6.1", "Sharing of the model", ANSWER_ATTRIBUTE, "git_commit"},
};

/* Lines of the completed scenario whose first word is this one. */
static void write_lines(FILE *out, const struct results_study *study, const char *word)
{
    const char *text = NULL;
    for (size_t i = 0; i < study->provenance_count; i++) {
        text = strcmp(study->provenance[i].name, "completed.lua") == 0 ? study->provenance[i].text : text;
    }
    size_t written = 0;
    for (const char *at = text; at != NULL && *at != '\0'; at += strcspn(at, "\n"), at += *at == '\n') {
        const char *from = at + strspn(at, " \t");
        size_t length = strcspn(from, "\n");
        if (strncmp(from, word, strlen(word)) == 0 && from[strlen(word)] == ' ' && length < 200) {
            char line[200];
            snprintf(line, sizeof line, "%.*s", (int)length, from);
            fputs(written++ > 0 ? "<br><code>" : "<code>", out);
            html_text(out, line);
            fputs("</code>", out);
        }
    }
    if (written == 0) {
        fputs("not told in the scenario", out);
    }
}

#define VALUES_MAX 8

/* Every value of a parameter, each once; of many the first ones. */
static void write_values(FILE *out, const struct results_study *study, const struct results_param *param)
{
    size_t shown = 0;
    for (size_t i = 0; i < study->config_count && shown <= VALUES_MAX; i++) {
        size_t before = 0;
        while (before < i && strcmp(param->values[before], param->values[i]) != 0) {
            before++;
        }
        if (before < i) {
            continue;
        }
        if (shown++ < VALUES_MAX) {
            fputs(shown > 1 ? ", " : "", out);
            html_text_cut(out, param->values[i], 80);
        } else {
            fputs(", &hellip;", out);
        }
    }
}

static void write_params(FILE *out, const struct results_study *study)
{
    for (size_t i = 0; i < study->param_count && i < 40; i++) {
        if (i == label_arm(study)) {
            continue;
        }
        fputs("<code>", out);
        html_text_cut(out, study->params[i].name, 80);
        fputs(" = ", out);
        write_values(out, study, &study->params[i]);
        fputs("</code> ", out);
    }
    fputs("and the completed scenario, under Provenance", out);
}

static void write_runs(FILE *out, const struct results *results)
{
    struct summary_count count = summary_count(results, 0);
    fprintf(
        out,
        "%zu independent replications (%zu failed); means with 95 %% intervals by Student's t, Wilson's and Poisson's "
        "where nothing varied; differences paired by replication",
        count.done, count.failed);
}

static void write_attribute(FILE *out, const struct results *results, const char *name)
{
    const char *text = results_attribute(results, name);
    html_text_cut(out, text == NULL ? "not told" : text, 300);
}

static void write_answer(FILE *out, const struct results *results, size_t item)
{
    const struct results_study *study = results_study(results);
    switch (items[item].answer) {
    case ANSWER_TEXT:
        html_text(out, items[item].text);
        break;
    case ANSWER_ATTRIBUTE:
        fprintf(out, "%s", strcmp(items[item].text, "git_commit") == 0 ? "GPL-3.0-or-later; commit " : "");
        fprintf(out, "%s", strcmp(items[item].text, "creator_version") == 0 ? "konsento " : "");
        write_attribute(out, results, items[item].text);
        break;
    case ANSWER_LINES:
        write_lines(out, study, items[item].text);
        break;
    case ANSWER_RUNS:
        write_runs(out, results);
        break;
    case ANSWER_PARAMS:
        write_params(out, study);
        break;
    case ANSWER_OUTPUTS:
        fprintf(out, "%zu metrics, defined in docs/metrics.md and in the results file", study->column_count);
        break;
    case ANSWER_SYSTEM:
        write_attribute(out, results, "processor");
        fputs("; ", out);
        write_attribute(out, results, "compiler");
        fputs("; ", out);
        write_attribute(out, results, "libraries");
        break;
    }
}

void report_stress(FILE *out, const struct results *results)
{
    fputs("<details><summary>STRESS-DES checklist</summary>\n<div class=\"wide\"><table>\n<tbody>\n", out);
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        fprintf(out, "<tr><th scope=\"row\">%s %s</th><td>", items[i].item, items[i].question);
        write_answer(out, results, i);
        fputs("</td></tr>\n", out);
    }
    fputs("</tbody></table></div>\n</details>\n", out);
}
