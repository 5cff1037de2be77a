/* compare.c: two results files side by side.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/compare.h"

#include "analysis/holm.h"
#include "analysis/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct results_param *find_param(const struct results_study *study, const char *name)
{
    for (size_t i = 0; i < study->param_count; i++) {
        if (strcmp(study->params[i].name, name) == 0) {
            return &study->params[i];
        }
    }
    return NULL;
}

static bool varies(const struct results_study *study, const struct results_param *param)
{
    for (size_t i = 1; param != NULL && i < study->config_count; i++) {
        if (strcmp(param->values[i], param->values[0]) != 0) {
            return true;
        }
    }
    return false;
}

/* Do these two answer the same question? Only parameters that tell configurations of one file apart count, and the arm,
 * which is always the first parameter. */
static bool is_match(const struct results_study *a, size_t config_a, const struct results_study *b, size_t config_b)
{
    for (size_t i = 0; i < a->param_count; i++) {
        const struct results_param *here = &a->params[i], *there = find_param(b, here->name);
        if (there == NULL) {
            if (varies(a, here)) {
                return false;
            }
            continue;
        }
        bool counts = i == 0 || varies(a, here) || varies(b, there);
        if (counts && strcmp(here->values[config_a], there->values[config_b]) != 0) {
            return false;
        }
    }
    for (size_t i = 0; i < b->param_count; i++) {
        if (find_param(a, b->params[i].name) == NULL && varies(b, &b->params[i])) {
            return false;
        }
    }
    return true;
}

/* b->config_count: none. */
static size_t find_partner(const struct results_study *a, size_t config_a, const struct results_study *b)
{
    size_t config_b = 0;
    while (config_b < b->config_count && !is_match(a, config_a, b, config_b)) {
        config_b++;
    }
    return config_b;
}

/* ---- one line --------------------------------------------------------------------------------------------------- */

/* Values by replication, up to the last one of either file. */
struct values {
    double *list;
    size_t count;
    bool is_exact;
};

static size_t last_replication(const struct results *results, size_t config)
{
    size_t end = rows_lower_bound(results, (uint32_t)config + 1, 0),
           first = rows_lower_bound(results, (uint32_t)config, 0);
    return end > first ? (size_t)results_row(results, end - 1)->replication + 1 : 0;
}

static void fill(struct values *values, const struct results *results, size_t config, size_t column)
{
    size_t first = rows_lower_bound(results, (uint32_t)config, 0),
           end = rows_lower_bound(results, (uint32_t)config + 1, 0);
    values->is_exact = end > first;
    for (size_t i = 0; i < values->count; i++) {
        values->list[i] = NAN;
    }
    for (size_t i = first; i < end; i++) {
        const struct results_row *row = results_row(results, i);
        if (!row->failed) {
            values->list[row->replication] = row->metrics[column];
        }
        values->is_exact = values->is_exact && row->deterministic && !row->failed;
    }
}

/* Both files and room for their values. */
struct sides {
    const struct results *a, *b;
    struct values va, vb;
    double margin;
};

static bool make_room(struct sides *sides, size_t config_a, size_t config_b)
{
    size_t a = last_replication(sides->a, config_a), b = last_replication(sides->b, config_b), most = a > b ? a : b;
    double *list_a = realloc(sides->va.list, (most + 1) * sizeof *list_a);
    if (list_a != NULL) {
        sides->va.list = list_a;
    }
    double *list_b = realloc(sides->vb.list, (most + 1) * sizeof *list_b);
    if (list_b != NULL) {
        sides->vb.list = list_b;
    }
    sides->va.count = sides->vb.count = most;
    return list_a != NULL && list_b != NULL;
}

static void compare_metric(struct compare_line *line, struct sides *sides)
{
    fill(&sides->va, sides->a, line->config_a, line->column_a);
    fill(&sides->vb, sides->b, line->config_b, line->column_b);
    const struct compare_sample a = {sides->va.list, sides->va.count, sides->va.is_exact};
    const struct compare_sample b = {sides->vb.list, sides->vb.count, sides->vb.is_exact};
    compare_samples(line, &a, &b, sides->margin);
}

static bool compare_configs(struct comparison *comparison, struct sides *sides, size_t config_a, size_t config_b)
{
    const struct results_study *a = results_study(sides->a), *b = results_study(sides->b);
    if (!make_room(sides, config_a, config_b)) {
        return false;
    }
    for (size_t i = 0; i < a->column_count; i++) {
        size_t column_b = results_column_find(sides->b, a->columns[i].name);
        if (column_b == b->column_count || strcmp(a->columns[i].unit, b->columns[column_b].unit) != 0) {
            continue;
        }
        struct compare_line *line = &comparison->lines[comparison->count];
        *line = (struct compare_line){.config_a = config_a,
                                      .config_b = config_b,
                                      .column_a = i,
                                      .column_b = column_b,
                                      .is_paired = comparison->is_paired};
        compare_metric(line, sides);
        comparison->count += line->change.n > 0;
    }
    return true;
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

static bool raise_alarms(struct comparison *comparison)
{
    double *p = calloc(comparison->count + 1, sizeof *p);
    if (p == NULL) {
        return false;
    }
    for (size_t i = 0; i < comparison->count; i++) {
        p[i] = comparison->lines[i].p;
    }
    bool adjusted = holm_adjust(p, p, comparison->count);
    for (size_t i = 0; i < comparison->count && adjusted; i++) {
        struct compare_line *line = &comparison->lines[i];
        line->adjusted = p[i];
        line->sign = !(p[i] < COMPARE_ALARM) ? 0 : line->change.mean < 0 ? -1 : 1;
    }
    free(p);
    return adjusted;
}

static bool compare_all(struct comparison *comparison, struct sides *sides)
{
    const struct results_study *a = results_study(sides->a), *b = results_study(sides->b);
    bool *taken = calloc(b->config_count, sizeof *taken);
    bool good = taken != NULL;
    for (size_t config = 0; config < a->config_count && good; config++) {
        size_t partner = find_partner(a, config, b);
        if (partner == b->config_count || taken[partner]) {
            comparison->lonely_a[comparison->lonely_a_count++] = config;
            continue;
        }
        taken[partner] = true;
        good = compare_configs(comparison, sides, config, partner);
    }
    for (size_t config = 0; config < b->config_count && good; config++) {
        if (!taken[config]) {
            comparison->lonely_b[comparison->lonely_b_count++] = config;
        }
    }
    free(taken);
    return good && raise_alarms(comparison);
}

bool compare_results(struct comparison *comparison, const struct results *a, const struct results *b, double margin)
{
    const struct results_study *study_a = results_study(a), *study_b = results_study(b);
    struct sides sides = {.a = a, .b = b, .margin = margin};
    *comparison = (struct comparison){.is_paired = study_a->seed == study_b->seed};
    comparison->lines = calloc(study_a->config_count * study_a->column_count + 1, sizeof *comparison->lines);
    comparison->lonely_a = calloc(study_a->config_count, sizeof *comparison->lonely_a);
    comparison->lonely_b = calloc(study_b->config_count, sizeof *comparison->lonely_b);
    bool good = comparison->lines != NULL && comparison->lonely_a != NULL && comparison->lonely_b != NULL &&
                compare_all(comparison, &sides);
    free(sides.va.list);
    free(sides.vb.list);
    if (!good) {
        compare_close(comparison);
    }
    return good;
}

void compare_close(struct comparison *comparison)
{
    free(comparison->lines);
    free(comparison->lonely_a);
    free(comparison->lonely_b);
    *comparison = (struct comparison){.lines = NULL};
}
