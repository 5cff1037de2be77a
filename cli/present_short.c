/* present_short.c: the metrics that a reader needs first, and one table of differences.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   against zero_conf, the same worlds     lightning
 *   fee.share [%]                          -3.1 ± 0.4  better
 *   energy.delivered [kWh]                 ~
 *   variance saved by pairing              gain 24×
 *
 * A wave: the interval of the difference holds zero.
 */
#include "cli/present_short.h"

#include "analysis/estimate_text.h"
#include "analysis/label.h"
#include "analysis/summary.h"
#include "cli/present_text.h"
#include "models/scoreboard.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const enum metric headline[] = {
    METRIC_SESSION_COUNT,
    METRIC_ENERGY_DELIVERED,
    METRIC_ENERGY_DELIVERED_SHARE,
    METRIC_ENERGY_UNPAID,
    METRIC_SESSION_INTERRUPTED_SHARE,
    METRIC_TIME_TO_POWER_P50,
    METRIC_TIME_TO_FINALITY_P50,
    METRIC_PAYMENT_COUNT,
    METRIC_PAYMENT_SUCCESS_SHARE,
    METRIC_FEE_PER_SESSION,
    METRIC_REVENUE,
    METRIC_MERCHANT_LOSS,
    METRIC_EXPOSURE_MAX,
    METRIC_CAPITAL_LOCKED_PER_SESSION,
    METRIC_CHANNEL_CLOSED_BY_FORCE,
    METRIC_OUTLET_WAIT_P95,
    METRIC_SITE_PEAK_POWER,
    METRIC_SITE_SELF_CONSUMPTION,
    METRIC_TRANSFORMER_LOAD,
    METRIC_SHARING_INCOME,
    METRIC_INVESTMENT_PAYBACK,
    METRIC_CHARGING_CURTAILED_SHARE,
    METRIC_CHARGING_PRICE_MEAN,
    METRIC_MARKET_VOLUME,
    METRIC_MARKET_SAVINGS_NET,
    METRIC_DISPATCH_DELIVERED_SHARE,
};

static bool is_headline(const char *name)
{
    for (size_t i = 0; i < sizeof headline / sizeof headline[0]; i++)
        if (strcmp(metric_table[headline[i]].name, name) == 0)
            return true;
    return false;
}

static bool is_on_scoreboard(const char *name)
{
    for (size_t i = 0; i < SCOREBOARD_PROPERTIES; i++)
        for (size_t k = 0; k < scoreboard[i].figure_count; k++)
            if (strcmp(metric_table[scoreboard[i].figures[k]].name, name) == 0)
                return true;
    return false;
}

bool short_has(const struct presentation *presentation, size_t column)
{
    const struct results_study *study = results_study(presentation->results);
    const char *name = study->columns[column].name;
    bool is_asked = is_headline(name);
    if (is_on_scoreboard(name)) /* above */
        return false;
    for (size_t i = 0; i < presentation->judgements->count; i++)
        is_asked = is_asked || strcmp(presentation->judgements->list[i].metric, name) == 0;
    return is_asked;
}

/* ---- differences ------------------------------------------------------------------------------------------------ */

/* The whole table, printed once to measure and once in earnest. */
struct matrix {
    const struct presentation *presentation;
    const struct results_study *study;
    size_t last; /* configuration with a baseline */
    int name_width;
    int *widths; /* per configuration */
    bool is_measuring, has_wave;
};

static bool has_baseline(const struct matrix *matrix, size_t config)
{
    return label_baseline(matrix->study, config) != config;
}

static struct estimate_paired pair(const struct matrix *matrix, size_t config, size_t column)
{
    const size_t configs[] = {label_baseline(matrix->study, config), config};
    return summary_paired(matrix->presentation->results, configs, column, SUMMARY_LEVEL);
}

/* -1: below, +1: above, 0: it may be zero, or there is no difference to speak of. */
static int side(const struct estimate *difference)
{
    return difference->n == 0 ? 0 : difference->lo > 0 ? 1 : difference->hi < 0 ? -1 : 0;
}

static void put_name(struct matrix *matrix, const char *name)
{
    int columns = text_columns(name);
    if (matrix->is_measuring)
        matrix->name_width = columns > matrix->name_width ? columns : matrix->name_width;
    else
        text_print_padded(name, matrix->name_width);
}

static void put_cell(struct matrix *matrix, size_t config, const char *text, enum paint paint)
{
    const struct terminal *terminal = matrix->presentation->terminal;
    bool is_painted = paint != PAINT_HEADING;
    int columns = text_columns(text);
    if (matrix->is_measuring) {
        matrix->widths[config] = columns > matrix->widths[config] ? columns : matrix->widths[config];
        return;
    }
    printf("  %s", is_painted ? paint_on(terminal, paint) : "");
    text_print_padded(text, config < matrix->last ? matrix->widths[config] : 0);
    fputs(is_painted ? paint_off(terminal) : "", stdout);
}

static void put_difference(struct matrix *matrix, size_t config, size_t column)
{
    struct estimate difference = pair(matrix, config, column).difference;
    enum metric metric = metric_find(matrix->study->columns[column].name);
    int good = side(&difference) * (metric < METRIC_COUNT ? metric_table[metric].better : 0);
    char number[ESTIMATE_TEXT_BYTES], text[ESTIMATE_TEXT_BYTES + 16];
    if (side(&difference) == 0) {
        matrix->has_wave = matrix->has_wave || difference.n > 0;
        put_cell(matrix, config, difference.n == 0 ? "–" : "~", PAINT_HEADING);
        return;
    }
    estimate_text(number, sizeof number, &difference);
    snprintf(text, sizeof text, "%s%s%s", difference.mean > 0 ? "+" : "", number,
             good > 0   ? "  better"
             : good < 0 ? "  worse"
                        : "");
    put_cell(matrix, config, text, good > 0 ? PAINT_GOOD : good < 0 ? PAINT_BAD : PAINT_HEADING);
}

/* A metric in which no rail differs clearly is left out. */
static bool differs(const struct matrix *matrix, size_t column)
{
    bool is_clear = false;
    const char *name = matrix->study->columns[column].name;
    if ((!is_headline(name) && !is_on_scoreboard(name)) || strcmp(name, metric_table[METRIC_ATTACK_SHARE].name) == 0)
        return false;
    for (size_t config = 0; config < matrix->study->config_count && !is_clear; config++) {
        struct estimate difference = pair(matrix, config, column).difference;
        is_clear = has_baseline(matrix, config) && side(&difference) != 0;
    }
    return is_clear;
}

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* The median of what pairing saved, over the metrics that are compared and vary; 0: there is none. */
static double gain(const struct matrix *matrix, size_t config)
{
    size_t count = 0;
    double *gains = calloc(matrix->study->column_count + 1, sizeof *gains);
    for (size_t column = 0; gains != NULL && column < matrix->study->column_count; column++) {
        double one = differs(matrix, column) ? pair(matrix, config, column).variance_gain : NAN;
        if (isfinite(one))
            gains[count++] = one;
    }
    if (count > 0)
        qsort(gains, count, sizeof *gains, by_size);
    double median = count > 0 ? gains[count / 2] : 0;
    free(gains);
    return median;
}

static void put_gains(struct matrix *matrix)
{
    put_name(matrix, "variance saved by pairing (median)");
    for (size_t config = 0; config < matrix->study->config_count; config++) {
        char text[32] = "–";
        double median = has_baseline(matrix, config) ? gain(matrix, config) : 0;
        if (median > 0)
            snprintf(text, sizeof text, median < 100 ? "gain %.2g×" : "gain %.0f×", median);
        if (has_baseline(matrix, config))
            put_cell(matrix, config, text, PAINT_HEADING);
    }
}

static void put_matrix(struct matrix *matrix, const char *head)
{
    const struct terminal *terminal = matrix->presentation->terminal;
    fputs(matrix->is_measuring ? "" : paint_on(terminal, PAINT_HEADING), stdout);
    put_name(matrix, head);
    for (size_t config = 0; config < matrix->study->config_count; config++)
        if (has_baseline(matrix, config))
            put_cell(matrix, config, judge_rail(matrix->presentation->results, config), PAINT_HEADING);
    fputs(matrix->is_measuring ? "" : paint_off(terminal), stdout);
    for (size_t column = 0; column < matrix->study->column_count; column++) {
        char name[128];
        if (!differs(matrix, column))
            continue;
        text_name(name, &matrix->study->columns[column]);
        fputs(matrix->is_measuring ? "" : "\n", stdout);
        put_name(matrix, name);
        for (size_t config = 0; config < matrix->study->config_count; config++)
            if (has_baseline(matrix, config))
                put_difference(matrix, config, column);
    }
    fputs(matrix->is_measuring ? "" : "\n", stdout);
    put_gains(matrix);
    fputs(matrix->is_measuring ? "" : "\n", stdout);
}

void short_differences(const struct presentation *presentation)
{
    struct matrix matrix = {.presentation = presentation, .study = results_study(presentation->results)};
    size_t baseline = 0;
    char head[160];
    matrix.last = SIZE_MAX;
    for (size_t config = 0; config < matrix.study->config_count; config++) {
        if (has_baseline(&matrix, config)) {
            matrix.last = config;
            baseline = label_baseline(matrix.study, config);
        }
    }
    if (!label_is_comparison(matrix.study) || matrix.last == SIZE_MAX)
        return;
    matrix.widths = calloc(matrix.study->config_count, sizeof *matrix.widths);
    if (matrix.widths == NULL) {
        complain("memory is out: the differences are not shown");
        return;
    }
    snprintf(head, sizeof head, "against %s, the same worlds", judge_rail(presentation->results, baseline));
    putchar('\n');
    matrix.is_measuring = true;
    put_matrix(&matrix, head);
    matrix.is_measuring = false;
    put_matrix(&matrix, head);
    if (matrix.has_wave)
        puts("~ no clear difference: its 95 % interval holds 0");
    free(matrix.widths);
}
