/* present_score.c: the scoreboard on a terminal.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   scoreboard                                cloud           zero_conf
 *   security without a trusted third party
 *     loss.per_1000_sessions [yen]            0 [0, 12]       3.1 ± 0.4
 *     ...                    [sat]            0 [0, 1043]     270 ± 35
 */
#include "cli/present_score.h"

#include "analysis/estimate_text.h"
#include "analysis/pool.h"
#include "analysis/scoretext.h"
#include "analysis/summary.h"
#include "cli/present_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INDENT 2

/* The whole table, printed once to measure and once in earnest. */
struct score {
    const struct presentation *presentation;
    const struct scoretext_property *properties;
    size_t property_count, configs;
    double yen_per_sat;
    int name_width;
    int *widths; /* per configuration */
    bool is_measuring;
};

static struct estimate in_sat(struct estimate estimate, double yen_per_sat)
{
    estimate.mean /= yen_per_sat;
    estimate.lo /= yen_per_sat;
    estimate.hi /= yen_per_sat;
    return estimate;
}

static void put_name(struct score *score, const char *name)
{
    if (score->is_measuring && text_columns(name) + INDENT > score->name_width)
        score->name_width = text_columns(name) + INDENT;
    if (score->is_measuring)
        return;
    printf("%*s", INDENT, "");
    text_print_padded(name, score->name_width - INDENT);
}

static void put_cell(struct score *score, size_t config, const char *text)
{
    int columns = text_columns(text);
    if (score->is_measuring) {
        score->widths[config] = columns > score->widths[config] ? columns : score->widths[config];
        return;
    }
    fputs("  ", stdout);
    text_print_padded(text, config + 1 < score->configs ? score->widths[config] : 0);
}

static void end_line(const struct score *score)
{
    if (!score->is_measuring)
        putchar('\n');
}

/* A dash says that the figure is not there: block space, on a rail that uses none. */
static void put_figure(struct score *score, size_t column, double yen_per_sat)
{
    const struct results *results = score->presentation->results;
    struct results_column shown = results_study(results)->columns[column];
    char name[128], unit[64], text[ESTIMATE_TEXT_BYTES];
    if (yen_per_sat != 1) {
        snprintf(unit, sizeof unit, "sat%s", shown.unit + strlen("yen"));
        shown.unit = unit;
    }
    text_name(name, &shown);
    put_name(score, name);
    for (size_t config = 0; config < score->configs; config++) {
        struct estimate estimate = in_sat(summary_metric(results, config, column, SUMMARY_LEVEL), yen_per_sat);
        estimate_text(text, sizeof text, &estimate);
        put_cell(score, config, text);
    }
    end_line(score);
}

static void put_property(struct score *score, const struct scoretext_property *property)
{
    const struct results_study *study = results_study(score->presentation->results);
    if (!score->is_measuring)
        printf("%s\n", property->title);
    for (size_t i = 0; i < property->column_count; i++) {
        put_figure(score, property->columns[i], 1);
        if (scoretext_is_yen(&study->columns[property->columns[i]]) && score->yen_per_sat > 0)
            put_figure(score, property->columns[i], score->yen_per_sat);
    }
}

static void put_score(struct score *score, bool is_measuring)
{
    const struct results *results = score->presentation->results;
    const struct terminal *terminal = score->presentation->terminal;
    score->is_measuring = is_measuring;
    if (!is_measuring) {
        printf("%s", paint_on(terminal, PAINT_HEADING));
        text_print_padded("scoreboard", score->name_width);
    }
    for (size_t config = 0; config < score->configs; config++)
        put_cell(score, config, judge_rail(results, config));
    if (!is_measuring)
        printf("%s\n", paint_off(terminal));
    for (size_t i = 0; i < score->property_count; i++)
        put_property(score, &score->properties[i]);
    end_line(score);
}

void present_score(const struct presentation *presentation)
{
    struct scoretext_property properties[SCORETEXT_PROPERTIES_MAX];
    struct pool pool = {0};
    struct score score = {.presentation = presentation,
                          .properties = properties,
                          .configs = results_study(presentation->results)->config_count,
                          .yen_per_sat = scoretext_yen_per_sat(presentation->results)};
    score.property_count = scoretext_read(properties, &pool, presentation->results);
    score.widths = calloc(score.configs + 1, sizeof *score.widths);
    if (pool.failed || score.widths == NULL)
        complain("memory is out: the scoreboard is not shown");
    else if (score.property_count > 0) {
        put_score(&score, true);
        put_score(&score, false);
    }
    free(score.widths);
    pool_close(&pool);
}
