/* unit.h: one replication of one configuration: run, and kept as a row until it is on disk.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_UNIT_H
#define KONSENTO_CLI_UNIT_H

#include "analysis/blob.h"
#include "analysis/results.h"
#include "cli/trace.h"
#include "models/world.h"
#include "scenarios/lang/scenario.h"

/* What all units of a study share, read-only. */
struct unit_order {
    const struct scenario *scenario;
    const struct world_input *input;
    const struct trace *trace;
    uint64_t seed, tie_fuzz;
    size_t series_length;
    const struct world_devices *(*devices)(void *self, uint32_t rail); /* NULL: none is asked for */
    void *devices_self;
    const char *repeat; /* " --only N" at its end makes the command that repeats replication N */
};

/* A finished unit: a row and the memory that it points into. */
struct unit {
    struct results_row row;
    struct unit *next; /* in the queue of finished units */
    struct world_result result;
    double figures[LAB_METRIC_COUNT]; /* of an experiment, by column */
    float *series;
    char end_reason[32];
    char failure[512];
    struct unit_table {
        int64_t *values;
        size_t row_count, capacity; /* rows */
    } tables[TRACE_TABLES_MAX];
    const int64_t *table_rows[TRACE_TABLES_MAX];
    size_t table_row_count[TRACE_TABLES_MAX];
    struct blob chain; /* length 0: none */
};

enum unit_end {
    UNIT_DONE,        /* finished, perhaps failed: the row says */
    UNIT_TOO_SLOW,    /* the watchdog stopped a callback: no result, failure says where */
    UNIT_INTERRUPTED, /* *interrupt became nonzero: nothing to keep */
    UNIT_NO_MEMORY
};

/* Runs one unit. worker: the thread's own callbacks, may be NULL. Owns: *unit with unit_free if UNIT_DONE or
 * UNIT_TOO_SLOW. */
enum unit_end unit_run(struct unit **unit, const struct unit_order *order, struct scenario_worker *worker,
                       uint32_t config, uint32_t replication, const volatile int *interrupt);
void unit_free(struct unit *unit);

/* Points of the load series of a run. */
size_t unit_series_length(const struct world_config *config);

#endif
