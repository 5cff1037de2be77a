/* parts.c: stacked bars of what wholes are made of.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/parts.h"

#include "analysis/label.h"
#include "analysis/pool.h"
#include "analysis/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BARS_MAX 12

static bool is_part(const struct results_study *study, size_t column, size_t whole)
{
    const char *of = study->relations == NULL ? NULL : study->relations[column].part_of;
    return of != NULL && strcmp(of, study->columns[whole].name) == 0;
}

size_t parts_wholes(size_t wholes[PARTS_MAX], const struct results *results)
{
    const struct results_study *study = results_study(results);
    size_t count = 0;
    for (size_t i = 0; i < study->column_count && count < PARTS_MAX; i++) {
        bool has_part = false;
        for (size_t j = 0; j < study->column_count && !has_part; j++) {
            has_part = is_part(study, j, i);
        }
        if (has_part) {
            wholes[count++] = i;
        }
    }
    return count;
}

static int compare_parts(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    int by_mean = (x->mean < y->mean) - (x->mean > y->mean);
    return by_mean != 0 ? by_mean : (x->column > y->column) - (x->column < y->column);
}

size_t parts_list(struct part parts[PARTS_MAX], const struct results *results, size_t config, size_t whole)
{
    const struct results_study *study = results_study(results);
    size_t count = 0;
    for (size_t i = 0; i < study->column_count && count < PARTS_MAX; i++) {
        double mean = is_part(study, i, whole) ? summary_metric(results, config, i, SUMMARY_LEVEL).mean : 0;
        if (isfinite(mean) && mean > 0) {
            parts[count++] = (struct part){i, mean};
        }
    }
    qsort(parts, count, sizeof *parts, compare_parts);
    return count;
}

/* The parts that matter most in any configuration, the largest first. */
static size_t largest_parts(struct part parts[PARTS_MAX], const struct results *results, size_t configs, size_t whole)
{
    size_t count = 0;
    for (size_t config = 0; config < configs; config++) {
        struct part here[PARTS_MAX];
        size_t here_count = parts_list(here, results, config, whole);
        for (size_t i = 0; i < here_count; i++) {
            size_t j = 0;
            while (j < count && parts[j].column != here[i].column) {
                j++;
            }
            if (j == count && count < PARTS_MAX) {
                parts[count++] = here[i];
            } else if (j < count) {
                parts[j].mean += here[i].mean;
            }
        }
    }
    qsort(parts, count, sizeof *parts, compare_parts);
    return count;
}

/* One line of bars: a part in every configuration; with rest, the parts from there on together. */
static double *fill(struct pool *pool, const struct results *results, const struct part *parts, size_t count,
                    size_t configs)
{
    double *values = pool_take(pool, configs, sizeof *values);
    for (size_t config = 0; config < configs && values != NULL; config++) {
        values[config] = 0;
        for (size_t i = 0; i < count; i++) {
            double mean = summary_metric(results, config, parts[i].column, SUMMARY_LEVEL).mean;
            values[config] += isfinite(mean) && mean > 0 ? mean : 0;
        }
    }
    return values;
}

static size_t fill_lines(struct figure_line lines[FIGURE_LINES_MAX], struct pool *pool, const struct results *results,
                         const struct part *parts, size_t count, size_t configs)
{
    const struct results_study *study = results_study(results);
    size_t shown = count <= FIGURE_LINES_MAX ? count : FIGURE_LINES_MAX - 1;
    for (size_t i = 0; i < shown; i++) {
        const struct results_column *column = &study->columns[parts[i].column];
        const char *label = column->long_name == NULL ? column->name : column->long_name;
        lines[i] = (struct figure_line){label, fill(pool, results, &parts[i], 1, configs), NULL, NULL};
    }
    if (shown < count) {
        double *values = fill(pool, results, &parts[shown], count - shown, configs);
        lines[shown++] = (struct figure_line){"other", values, NULL, NULL};
    }
    return shown;
}

static void add_whole(struct gallery *gallery, struct pool *pool, const struct results *results, size_t whole)
{
    const struct results_study *study = results_study(results);
    const struct results_column *column = &study->columns[whole];
    size_t configs = label_shown(study, BARS_MAX);
    struct part parts[PARTS_MAX];
    struct figure_line lines[FIGURE_LINES_MAX];
    const char *bars[BARS_MAX];
    char name[48], title[200], y_title[200];
    size_t count = largest_parts(parts, results, configs, whole);
    for (size_t i = 0; i < configs; i++) {
        char label[LABEL_BYTES];
        bars[i] = pool_text(pool, label_config(label, study, i));
    }
    snprintf(name, sizeof name, "parts-%.40s", column->name);
    for (char *at = name; *at != '\0'; at++) {
        *at = *at == '.' || *at == '/' ? '-' : *at;
    }
    snprintf(title, sizeof title, "What %.120s is made of",
             column->long_name == NULL ? column->name : column->long_name);
    label_add_shown(title, sizeof title, study, BARS_MAX);
    snprintf(y_title, sizeof y_title, "%.100s [%.40s]", column->name, column->unit == NULL ? "1" : column->unit);
    size_t line_count = fill_lines(lines, pool, results, parts, count, configs);
    if (line_count == 0 || pool->failed) {
        return;
    }
    gallery_add(gallery, &(const struct figure){.kind = FIGURE_BARS,
                                                .name = name,
                                                .title = title,
                                                .x_title = label_arm_word(study),
                                                .y_title = y_title,
                                                .bars = bars,
                                                .point_count = configs,
                                                .lines = lines,
                                                .line_count = line_count});
}

bool parts_add(struct gallery *gallery, const struct results *results)
{
    size_t wholes[PARTS_MAX], count = parts_wholes(wholes, results);
    struct pool pool = {0};
    for (size_t i = 0; i < count; i++) {
        add_whole(gallery, &pool, results, wholes[i]);
    }
    bool good = !pool.failed;
    pool_close(&pool);
    return good;
}
