/* diff.c: konsento diff: two results files side by side.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/compare.h"
#include "analysis/label.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/json.h"
#include "cli/look.h"
#include "cli/percent.h"
#include "cli/terminal.h"
#include "models/lab/metrics.h"
#include "models/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Both files and what came out. */
struct diff {
    struct look a, b;
    struct comparison comparison;
    struct terminal terminal;
    double margin;
    bool shows_all;
    size_t better, worse, changed, quiet; /* lines by verdict */
};

/* ---- verdicts --------------------------------------------------------------------------------------------------- */

/* +1 more is better, -1 less is, 0 neither. */
static int direction_of(const char *metric)
{
    enum metric index = metric_find(metric);
    if (index < METRIC_COUNT)
        return metric_table[index].better;
    for (size_t i = 0; i < LAB_METRIC_COUNT; i++)
        if (strcmp(lab_metric_table[i].info.name, metric) == 0)
            return lab_metric_table[i].info.better;
    return 0;
}

static const struct results_column *column_of(const struct diff *diff, const struct compare_line *line)
{
    return &results_study(diff->a.results)->columns[line->column_a];
}

static const char *verdict_of(const struct diff *diff, const struct compare_line *line, enum paint *paint)
{
    int good = line->sign * direction_of(column_of(diff, line)->name);
    *paint = good > 0 ? PAINT_GOOD : good < 0 ? PAINT_BAD : PAINT_UNSURE;
    if (line->sign != 0)
        return good > 0 ? "better" : good < 0 ? "worse" : "changed";
    if (line->change.mean == 0 && line->change.lo == 0 && line->change.hi == 0)
        return "equal";
    return isnan(line->p) ? "too few replications to tell" : "within noise";
}

static void count_verdicts(struct diff *diff)
{
    for (size_t i = 0; i < diff->comparison.count; i++) {
        const struct compare_line *line = &diff->comparison.lines[i];
        int good = line->sign * direction_of(column_of(diff, line)->name);
        if (line->sign == 0)
            diff->quiet++;
        else if (good > 0)
            diff->better++;
        else if (good < 0)
            diff->worse++;
        else
            diff->changed++;
    }
}

/* ---- as text ---------------------------------------------------------------------------------------------------- */

static int decimals_for(double half)
{
    if (!(half > 0) || isinf(half))
        return 3;
    int decimals = 1 - (int)floor(log10(half));
    return decimals < 0 ? 0 : decimals > 9 ? 9 : decimals;
}

/* "[1.90 1.92 1.94]": lower end, estimate, upper end; without an interval the estimate alone. */
static void print_interval(const struct estimate *estimate, double scale, const char *sign, const char *unit)
{
    char form[64];
    double half = (estimate->hi - estimate->lo) / 2 * scale;
    if (isnan(half) || half == 0) {
        snprintf(form, sizeof form, "[%%%s.6g%s]", sign, unit);
        printf(form, estimate->mean * scale); /* NOLINT: the form is ours */
        return;
    }
    int decimals = decimals_for(half);
    snprintf(form, sizeof form, "[%%%s.%df%s %%%s.%df%s %%%s.%df%s]", sign, decimals, unit, sign, decimals, unit, sign,
             decimals, unit);
    printf(form, estimate->lo * scale, estimate->mean * scale, estimate->hi * scale);
}

static void print_line(const struct diff *diff, const struct compare_line *line)
{
    const struct results_column *column = column_of(diff, line);
    enum paint paint;
    const char *verdict = verdict_of(diff, line, &paint);
    bool has_unit = *column->unit != '\0' && strcmp(column->unit, "1") != 0;
    printf("  %s%s%s%s\n      ", column->name, has_unit ? " [" : "", has_unit ? column->unit : "", has_unit ? "]" : "");
    print_interval(&line->a, 1, "", "");
    fputs(" -> ", stdout);
    print_interval(&line->b, 1, "", "");
    fputs("  change ", stdout);
    print_interval(&line->change, line->is_relative ? 100 : 1, "+", line->is_relative ? " %%" : "");
    if (!isnan(line->adjusted))
        printf("  p = %.2g", line->adjusted);
    printf("  %s%s%s\n", line->sign != 0 ? paint_on(&diff->terminal, paint) : "", verdict,
           line->sign != 0 ? paint_off(&diff->terminal) : "");
}

static void print_lines(const struct diff *diff)
{
    size_t shown_config = SIZE_MAX;
    char label[LABEL_BYTES];
    for (size_t i = 0; i < diff->comparison.count; i++) {
        const struct compare_line *line = &diff->comparison.lines[i];
        if (line->sign == 0 && !diff->shows_all)
            continue;
        if (line->config_a != shown_config)
            printf("%s%s%s\n", paint_on(&diff->terminal, PAINT_HEADING),
                   label_config(label, results_study(diff->a.results), line->config_a), paint_off(&diff->terminal));
        shown_config = line->config_a;
        print_line(diff, line);
    }
}

static void print_lonely(const struct results *results, const size_t *configs, size_t count, const char *path)
{
    char label[LABEL_BYTES];
    for (size_t i = 0; i < count; i++)
        printf("only in %s: %s\n", path, label_config(label, results_study(results), configs[i]));
}

static void print_text(const struct diff *diff)
{
    const struct comparison *comparison = &diff->comparison;
    printf("%s -> %s  %s, margin %g %%\n", diff->a.path, diff->b.path,
           comparison->is_paired ? "the same worlds, paired" : "different seeds, not paired", diff->margin * 100);
    print_lines(diff);
    print_lonely(diff->a.results, comparison->lonely_a, comparison->lonely_a_count, diff->a.path);
    print_lonely(diff->b.results, comparison->lonely_b, comparison->lonely_b_count, diff->b.path);
    printf("%zu compared: %zu worse, %zu changed, %zu better, %zu within noise\n", comparison->count, diff->worse,
           diff->changed, diff->better, diff->quiet);
}

/* ---- as JSON ---------------------------------------------------------------------------------------------------- */

static void json_estimate(struct json *json, const char *key, const struct estimate *estimate)
{
    json_open_object(json, key);
    json_real(json, "estimate", estimate->mean);
    json_real(json, "lo", estimate->lo);
    json_real(json, "hi", estimate->hi);
    json_unsigned(json, "n", estimate->n);
    json_close_object(json);
}

static void print_json(const struct diff *diff)
{
    struct json json = {.out = stdout};
    char label[LABEL_BYTES];
    json_open_object(&json, NULL);
    json_text(&json, "a", diff->a.path);
    json_text(&json, "b", diff->b.path);
    json_real(&json, "margin", diff->margin);
    json_text(&json, "pairing", diff->comparison.is_paired ? "paired" : "independent");
    json_unsigned(&json, "worse", diff->worse);
    json_unsigned(&json, "changed", diff->changed);
    json_unsigned(&json, "better", diff->better);
    json_unsigned(&json, "within_noise", diff->quiet);
    json_open_array(&json, "metrics");
    for (size_t i = 0; i < diff->comparison.count; i++) {
        const struct compare_line *line = &diff->comparison.lines[i];
        enum paint paint;
        json_open_object(&json, NULL);
        json_text(&json, "configuration", label_config(label, results_study(diff->a.results), line->config_a));
        json_text(&json, "metric", column_of(diff, line)->name);
        json_text(&json, "unit", column_of(diff, line)->unit);
        json_estimate(&json, "a", &line->a);
        json_estimate(&json, "b", &line->b);
        json_estimate(&json, line->is_relative ? "relative_change" : "difference", &line->change);
        json_real(&json, "p", line->adjusted);
        json_text(&json, "verdict", verdict_of(diff, line, &paint));
        json_close_object(&json);
    }
    json_close_array(&json);
    json_close_object(&json);
    putchar('\n');
}

/* ---- the command ------------------------------------------------------------------------------------------------ */

static bool read_margin(double *margin, const struct arguments *arguments)
{
    *margin = 0;
    if (!arguments->given[OPTION_MARGIN] || percent_read(margin, arguments->text[OPTION_MARGIN]))
        return true;
    complain("diff: --margin wants a percentage, got '%s'", arguments->text[OPTION_MARGIN]);
    return false;
}

static int show(struct diff *diff, bool as_json)
{
    if (!compare_results(&diff->comparison, diff->a.results, diff->b.results, diff->margin)) {
        complain("memory is out");
        return CODE_FAILURE;
    }
    if (diff->comparison.count == 0) {
        complain("diff: the files have no configuration and metric in common");
        compare_close(&diff->comparison);
        return CODE_USAGE;
    }
    count_verdicts(diff);
    if (as_json)
        print_json(diff);
    else
        print_text(diff);
    compare_close(&diff->comparison);
    return diff->worse + diff->changed > 0 ? CODE_REGRESSION : CODE_OK;
}

int command_diff(const struct arguments *arguments)
{
    struct diff diff = {.shows_all = arguments->given[OPTION_ALL]};
    terminal_init(&diff.terminal, false);
    if (!read_margin(&diff.margin, arguments))
        return CODE_USAGE;
    int code = look_open(&diff.a, arguments->words[0]);
    if (code == CODE_OK) {
        code = look_open(&diff.b, arguments->words[1]);
        if (code == CODE_OK)
            code = show(&diff, arguments->given[OPTION_JSON]);
        look_close(&diff.b);
    }
    look_close(&diff.a);
    return code;
}
