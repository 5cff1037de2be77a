/* tally.h: which replications of a sweep are done, and how many are wanted.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A sweep goes in rounds. After each one the rule says, point by point, how many replications are wanted now: one to
 * see whether anything is random, then as many as the scenario or --reps says, then more until each target is met. What
 * is wanted depends on the rows 0 .. wanted - 1 alone, so who ran them, and what else is on disk, changes nothing.
 */
#ifndef KONSENTO_CLI_TALLY_H
#define KONSENTO_CLI_TALLY_H

#include "analysis/pool.h"
#include "analysis/precision.h"
#include "analysis/results.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TALLY_TARGETS_MAX 8

struct tally_target {
    const char *metric;
    size_t column;
    struct precision_target precision;
};

/* One point of the sweep: configurations first_config .. first_config + arms - 1. */
struct tally_point {
    uint32_t first_config, arms;
    uint32_t replications; /* as its scenario says */
    const char *hash;      /* of scenario, code and data */
    const char *settings;  /* NAME=VALUE, tabs between */
};

/* How many replications a sweep wants. Stored with it as text. */
struct tally_rule {
    uint32_t replications; /* --reps; 0: as each point's scenario says, one if nothing is random */
    uint32_t most;         /* until the targets are met */
    struct tally_target targets[TALLY_TARGETS_MAX];
    size_t target_count;
    const struct tally_point *points;
    size_t point_count;
};

/* The rule as text, malloc'ed, NULL when memory is out; and back. Reading finds the columns of targets in the study;
 * false if the text is not one of ours or memory is out. */
char *tally_rule_write(const struct tally_rule *rule);
bool tally_rule_read(struct tally_rule *rule, struct pool *pool, const struct results_study *study, const char *text);

/* What is kept of a row; sent from rank to rank as it is. */
struct tally_note {
    uint32_t config, replication;
    uint8_t is_failed, is_deterministic, padding[6];
    double cpu_s;
    double values[TALLY_TARGETS_MAX]; /* of the targets' metrics */
};

struct tally {
    const struct tally_rule *rule;
    size_t config_count;
    struct tally_cells *cells; /* per configuration */
    uint32_t *wanted;          /* per point */
    size_t done, failed;
    double cpu_s; /* of all that are done */
};

/* Returns false when memory is out. Owns: tally_close. */
bool tally_open(struct tally *tally, const struct tally_rule *rule, size_t config_count);
void tally_close(struct tally *tally);

void tally_note_of(struct tally_note *note, const struct tally_rule *rule, const struct results_row *row);
/* Takes a note; one that is there already is left alone. Returns false when memory is out. */
bool tally_take(struct tally *tally, const struct tally_note *note);
bool tally_take_results(struct tally *tally, const struct results *results);
bool tally_has(const struct tally *tally, uint32_t config, uint32_t replication);
/* Processor time of one replication of this configuration, on average; of all if it has none yet; NaN if nobody has. */
double tally_cpu_s(const struct tally *tally, uint32_t config);

/* Sets wanted[point] for the next round from what is done of the last one: all that was wanted of it before. Returns
 * whether it wants more. */
bool tally_advance(struct tally *tally, size_t point);
/* Advances as far as what is done allows: until a point that wants more lacks some of it. */
void tally_advance_all(struct tally *tally);
/* Replications wanted by now, of all configurations, and how many of them are not done. */
size_t tally_wanted(const struct tally *tally);
size_t tally_missing(const struct tally *tally);

#endif
