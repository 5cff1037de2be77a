/* tally.c: which replications of a sweep are done, and how many are wanted.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is known of one replication. */
struct cell {
    bool is_done, is_failed, is_deterministic;
    double values[TALLY_TARGETS_MAX];
};

struct tally_cells {
    struct cell *list;
    uint32_t capacity, done;
    double cpu_s;
};

bool tally_open(struct tally *tally, const struct tally_rule *rule, size_t config_count)
{
    *tally = (struct tally){.rule = rule, .config_count = config_count};
    tally->cells = calloc(config_count + 1, sizeof *tally->cells);
    tally->wanted = calloc(rule->point_count + 1, sizeof *tally->wanted);
    if (tally->cells != NULL && tally->wanted != NULL)
        return true;
    tally_close(tally);
    return false;
}

void tally_close(struct tally *tally)
{
    for (size_t i = 0; tally->cells != NULL && i < tally->config_count; i++)
        free(tally->cells[i].list);
    free(tally->cells);
    free(tally->wanted);
    tally->cells = NULL;
    tally->wanted = NULL;
}

/* ---- notes ------------------------------------------------------------------------------------------------------ */

void tally_note_of(struct tally_note *note, const struct tally_rule *rule, const struct results_row *row)
{
    memset(note, 0, sizeof *note);
    note->config = row->config;
    note->replication = row->replication;
    note->is_failed = row->failed;
    note->is_deterministic = row->deterministic;
    note->cpu_s = row->cpu_s;
    for (size_t i = 0; i < rule->target_count; i++)
        note->values[i] = row->failed ? NAN : row->metrics[rule->targets[i].column];
}

static bool make_room(struct tally_cells *cells, uint32_t replication)
{
    if (replication < cells->capacity)
        return true;
    uint32_t capacity = cells->capacity > 0 ? cells->capacity : 16;
    while (capacity <= replication)
        capacity *= 2;
    struct cell *list = realloc(cells->list, capacity * sizeof *list);
    if (list == NULL)
        return false;
    memset(list + cells->capacity, 0, (capacity - cells->capacity) * sizeof *list);
    cells->list = list;
    cells->capacity = capacity;
    return true;
}

bool tally_take(struct tally *tally, const struct tally_note *note)
{
    struct tally_cells *cells = &tally->cells[note->config];
    if (!make_room(cells, note->replication))
        return false;
    struct cell *cell = &cells->list[note->replication];
    if (cell->is_done)
        return true;
    *cell = (struct cell){true, note->is_failed != 0, note->is_deterministic != 0, {0}};
    memcpy(cell->values, note->values, sizeof cell->values);
    cells->done++;
    cells->cpu_s += note->cpu_s;
    tally->done++;
    tally->failed += note->is_failed != 0;
    tally->cpu_s += note->cpu_s;
    return true;
}

bool tally_take_results(struct tally *tally, const struct results *results)
{
    struct tally_note note;
    bool taken = true;
    for (size_t i = 0; taken && i < results_row_count(results); i++) {
        tally_note_of(&note, tally->rule, results_row(results, i));
        taken = tally_take(tally, &note);
    }
    return taken;
}

static const struct cell *cell_of(const struct tally *tally, uint32_t config, uint32_t replication)
{
    const struct tally_cells *cells = &tally->cells[config];
    return replication < cells->capacity && cells->list[replication].is_done ? &cells->list[replication] : NULL;
}

bool tally_has(const struct tally *tally, uint32_t config, uint32_t replication)
{
    return cell_of(tally, config, replication) != NULL;
}

double tally_cpu_s(const struct tally *tally, uint32_t config)
{
    const struct tally_cells *cells = &tally->cells[config];
    if (cells->done > 0)
        return cells->cpu_s / cells->done;
    return tally->done > 0 ? tally->cpu_s / (double)tally->done : NAN;
}

/* ---- what is wanted --------------------------------------------------------------------------------------------- */

static bool is_point_done(const struct tally *tally, size_t point)
{
    const struct tally_point *info = &tally->rule->points[point];
    for (uint32_t arm = 0; arm < info->arms; arm++)
        for (uint32_t i = 0; i < tally->wanted[point]; i++)
            if (!tally_has(tally, info->first_config + arm, i))
                return false;
    return true;
}

static bool is_config_deterministic(const struct tally *tally, uint32_t config)
{
    const struct cell *first = cell_of(tally, config, 0);
    return first != NULL && first->is_deterministic;
}

static bool is_point_deterministic(const struct tally *tally, const struct tally_point *point)
{
    for (uint32_t arm = 0; arm < point->arms; arm++)
        if (!is_config_deterministic(tally, point->first_config + arm))
            return false;
    return true;
}

/* What one target wants of one configuration that has `count` replications. */
static uint32_t wanted_for(const struct tally *tally, uint32_t config, size_t target, uint32_t count)
{
    const struct tally_rule *rule = tally->rule;
    uint32_t most = rule->most > count ? rule->most : count;
    double *values = calloc(count + 1, sizeof *values);
    if (values == NULL || is_config_deterministic(tally, config)) {
        free(values);
        return count; /* out of memory: the interval is shown as it is */
    }
    for (uint32_t i = 0; i < count; i++)
        values[i] = cell_of(tally, config, i)->values[target];
    size_t wanted = precision_wanted(values, count, rule->targets[target].precision, most);
    free(values);
    return (uint32_t)wanted;
}

static uint32_t next_wanted(const struct tally *tally, size_t point)
{
    const struct tally_rule *rule = tally->rule;
    const struct tally_point *info = &rule->points[point];
    uint32_t now = tally->wanted[point], next = now;
    uint32_t base = rule->replications > 0 ? rule->replications : info->replications;
    if (now == 0)
        return rule->replications > 0 ? base : 1;
    if (now < base)
        return is_point_deterministic(tally, info) ? now : base;
    for (uint32_t arm = 0; arm < info->arms; arm++)
        for (size_t i = 0; i < rule->target_count; i++) {
            uint32_t wanted = wanted_for(tally, info->first_config + arm, i, now);
            next = wanted > next ? wanted : next;
        }
    return next;
}

bool tally_advance(struct tally *tally, size_t point)
{
    uint32_t next = next_wanted(tally, point);
    bool more = next > tally->wanted[point];
    tally->wanted[point] = next;
    return more;
}

void tally_advance_all(struct tally *tally)
{
    for (size_t point = 0; point < tally->rule->point_count; point++)
        while (is_point_done(tally, point) && tally_advance(tally, point))
            continue;
}

size_t tally_wanted(const struct tally *tally)
{
    size_t wanted = 0;
    for (size_t point = 0; point < tally->rule->point_count; point++)
        wanted += (size_t)tally->wanted[point] * tally->rule->points[point].arms;
    return wanted;
}

size_t tally_missing(const struct tally *tally)
{
    size_t missing = 0;
    for (size_t point = 0; point < tally->rule->point_count; point++) {
        const struct tally_point *info = &tally->rule->points[point];
        for (uint32_t arm = 0; arm < info->arms; arm++)
            for (uint32_t i = 0; i < tally->wanted[point]; i++)
                missing += !tally_has(tally, info->first_config + arm, i);
    }
    return missing;
}
