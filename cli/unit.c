/* unit.c: one replication of one configuration.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/unit.h"

#include "cli/clock.h"
#include "models/lab/lab.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where rows of events go while a unit runs. */
struct collector {
    struct unit *unit;
    const struct trace *trace;
    bool out_of_memory;
};

static bool table_reserve(struct unit_table *table, size_t columns)
{
    if (table->row_count < table->capacity)
        return true;
    size_t capacity = table->capacity > 0 ? 2 * table->capacity : 256;
    int64_t *values = realloc(table->values, capacity * columns * sizeof *values);
    if (values == NULL)
        return false;
    table->values = values;
    table->capacity = capacity;
    return true;
}

static void collect_row(void *self, size_t table_index, const int64_t *values)
{
    struct collector *collector = self;
    size_t columns = event_tables[table_index].column_count;
    for (size_t i = 0; i < collector->trace->table_count; i++) {
        struct unit_table *table = &collector->unit->tables[i];
        if (collector->trace->tables[i] != table_index)
            continue;
        if (!table_reserve(table, columns)) {
            collector->out_of_memory = true;
            return;
        }
        memcpy(table->values + table->row_count * columns, values, columns * sizeof *values);
        table->row_count++;
    }
}

/* A failed run may have fewer points than the horizon has: the rest is not known. */
static bool make_series(struct unit *unit, size_t length)
{
    if (length == 0)
        return true;
    unit->series = malloc(length * sizeof *unit->series);
    if (unit->series == NULL)
        return false;
    for (size_t i = 0; i < length; i++)
        unit->series[i] = i < unit->result.load_count ? unit->result.load_w[i] : NAN;
    return true;
}

/* Cut to what a row can hold: what happened comes first. */
static void tell_failure(struct unit *unit, const struct unit_order *order, uint32_t replication)
{
    char *text;
    if (asprintf(&text, "%s; repeat it with: %s --only %" PRIu32, unit->result.failure, order->repeat, replication) < 0)
        return;
    snprintf(unit->failure, sizeof unit->failure, "%s", text);
    free(text);
}

static void fill_row(struct unit *unit, const struct unit_order *order, uint32_t config, uint32_t replication,
                     double cpu_s)
{
    struct results_row *row = &unit->row;
    if (unit->result.failed)
        tell_failure(unit, order, replication);
    snprintf(unit->end_reason, sizeof unit->end_reason, "%s", sim_end_name(unit->result.end));
    *row = (struct results_row){
        .config = config,
        .replication = replication,
        .events = unit->result.events,
        .ties = unit->result.ties,
        .deterministic = unit->result.deterministic,
        .failed = unit->result.failed,
        .end_reason = unit->end_reason,
        .failure = unit->failure,
        .cpu_s = cpu_s,
        .metrics = scenario_is_lab(order->scenario) ? unit->figures : unit->result.metrics,
        .series = unit->series,
    };
    memcpy(row->digest, unit->result.digest, sizeof row->digest);
    for (size_t i = 0; i < order->trace->table_count; i++) {
        unit->table_rows[i] = unit->tables[i].values;
        unit->table_row_count[i] = unit->tables[i].row_count;
    }
    if (order->trace->table_count > 0) {
        row->table_rows = unit->table_rows;
        row->table_row_count = unit->table_row_count;
    }
    row->blob = unit->chain.length > 0 ? &unit->chain : NULL;
}

static void collect_blocks(void *self, const uint8_t *bytes, size_t length)
{
    blob_write(self, bytes, length);
}

/* Runs the world, with the bytes of its chain going into a blob if they are wanted. Returns false when memory is out.
 */
static bool run_world(struct unit *unit, const struct unit_order *order, const struct world_order *world)
{
    if (!trace_has_chain(order->trace, world->replication))
        return world_run(&unit->result, &order->scenario->config, order->input, world);
    struct blob_writer writer;
    const struct world_blocks blocks = {&writer, collect_blocks};
    struct world_order with_blocks = *world;
    with_blocks.blocks = &blocks;
    blob_writer_open(&writer);
    bool ran = world_run(&unit->result, &order->scenario->config, order->input, &with_blocks);
    return blob_finish(&unit->chain, &writer) && ran;
}

/* Runs an experiment; what worlds and experiments have in common goes where a world's goes. Returns false when memory
 * is out. */
static bool run_lab(struct unit *unit, const struct unit_order *order, const struct world_order *world)
{
    const struct lab_config *lab = &order->scenario->lab;
    const struct lab_order lab_order = {.seed = world->seed,
                                        .replication = world->replication,
                                        .experiment = world->rail,
                                        .input = order->input,
                                        .interrupt = world->interrupt};
    enum lab_metric columns[LAB_METRIC_COUNT];
    struct lab_result result;
    lab_run(&result, lab, &lab_order);
    for (size_t i = lab_metrics(columns, lab); i > 0; i--)
        unit->figures[i - 1] = result.metrics[columns[i - 1]];
    unit->result = (struct world_result){.end = result.end == LAB_END_INTERRUPT ? SIM_END_INTERRUPT
                                                : result.failed                 ? SIM_END_STOPPED
                                                                                : SIM_END_EMPTY,
                                         .failed = result.failed,
                                         .deterministic = result.deterministic,
                                         .events = result.trials};
    snprintf(unit->result.failure, sizeof unit->result.failure, "%s", result.failure);
    memcpy(unit->result.digest, result.digest, sizeof result.digest);
    return result.end != LAB_END_MEMORY;
}

enum unit_end unit_run(struct unit **unit_out, const struct unit_order *order, struct scenario_worker *worker,
                       uint32_t config, uint32_t replication, const volatile int *interrupt)
{
    struct unit *unit = calloc(1, sizeof *unit);
    if (unit == NULL)
        return UNIT_NO_MEMORY;
    struct collector collector = {unit, order->trace, false};
    const struct world_events events = {&collector, collect_row};
    const struct world_order world = {
        .seed = order->seed,
        .replication = replication,
        .rail = config,
        .tie_fuzz = order->tie_fuzz,
        .interrupt = interrupt,
        .callbacks = worker != NULL ? scenario_worker_callbacks(worker) : NULL,
        .events = trace_has_events(order->trace, replication) ? &events : NULL,
        .devices = order->devices != NULL ? order->devices(order->devices_self, config) : NULL,
    };
    if (worker != NULL)
        scenario_worker_begin(worker, order->seed, replication);
    double cpu_s = clock_thread_cpu_s();
    bool ran = scenario_is_lab(order->scenario) ? run_lab(unit, order, &world) : run_world(unit, order, &world);
    cpu_s = clock_thread_cpu_s() - cpu_s;
    if (ran && unit->result.end == SIM_END_INTERRUPT) {
        unit_free(unit);
        return UNIT_INTERRUPTED;
    }
    if (!ran || unit->result.end == SIM_END_MEMORY || collector.out_of_memory ||
        !make_series(unit, order->series_length)) {
        unit_free(unit);
        return UNIT_NO_MEMORY;
    }
    fill_row(unit, order, config, replication, cpu_s);
    *unit_out = unit;
    return worker != NULL && scenario_worker_was_slow(worker) ? UNIT_TOO_SLOW : UNIT_DONE;
}

void unit_free(struct unit *unit)
{
    world_result_close(&unit->result);
    for (size_t i = 0; i < TRACE_TABLES_MAX; i++)
        free(unit->tables[i].values);
    blob_free(&unit->chain);
    free(unit->series);
    free(unit);
}

size_t unit_series_length(const struct world_config *config)
{
    if (config->series_step_us <= 0)
        return 0;
    return (size_t)((config->duration_us + config->series_step_us - 1) / config->series_step_us);
}
