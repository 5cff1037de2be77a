/* study.c: all units of a study over threads, their rows into shards.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/study.h"

#include "cli/clock.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/work.h"

#include <stdio.h>
#include <stdlib.h>

/* A study that takes less than this writes no shards: killed, it may as well begin again. */
#define SHORT_STUDY_MS 1000
#define LOOK_EVERY_MS  100

/* Rows that are finished and not yet on disk. */
struct block {
    struct results_row rows[STUDY_BLOCK_ROWS];
    struct unit *units[STUDY_BLOCK_ROWS];
    size_t count;
    int64_t since_ms; /* of its first row */
};

struct study {
    const struct study_order *order;
    struct study_outcome *outcome;
    struct work work;
    struct block block;
    struct progress progress;
    uint8_t *done;       /* one bit per unit */
    uint64_t first_left; /* units of the first replication that are not finished */
    bool gate_open;      /* whether there is more than the first replication has been decided */
    bool wrote_shard;
    int64_t began_ms;
};

struct thread {
    pthread_t id;
    struct study *study;
};

static size_t config_count(const struct study *study)
{
    return scenario_arm_count(study->order->unit.scenario);
}

/* ---- threads ---------------------------------------------------------------------------------------------------- */

/* Scenarios without callbacks need no Lua while they run. */
static bool needs_worker(const struct scenario *scenario)
{
    return scenario_has_callbacks(scenario);
}

static bool run_units(struct study *study, struct scenario_worker *worker)
{
    const struct study_order *order = study->order;
    size_t configs = config_count(study);
    uint64_t number;
    while (work_next(&study->work, &number)) {
        struct unit *unit;
        enum unit_end end = unit_run(&unit, &order->unit, worker, (uint32_t)(number % configs),
                                     order->first + (uint32_t)(number / configs), &study->work.interrupt);
        if (end == UNIT_NO_MEMORY)
            return false;
        if (end == UNIT_INTERRUPTED)
            break;
        if (end == UNIT_TOO_SLOW) {
            work_give_up(&study->work, unit->failure);
            unit_free(unit);
            break;
        }
        work_put(&study->work, unit);
    }
    return true;
}

static void *thread_main(void *argument)
{
    struct study *study = ((struct thread *)argument)->study;
    const struct scenario *scenario = study->order->unit.scenario;
    struct scenario_worker *worker = NULL;
    bool in_memory = true;
    if (needs_worker(scenario)) {
        worker = scenario_worker_open(scenario);
        in_memory = worker != NULL;
    }
    if (in_memory)
        in_memory = run_units(study, worker);
    if (worker != NULL)
        scenario_worker_close(worker);
    work_leave(&study->work, !in_memory);
    return NULL;
}

/* Starts up to count threads; fewer do as well. Returns how many run. */
static unsigned start_threads(struct study *study, struct thread *threads, unsigned count)
{
    unsigned started = 0;
    while (started < count) {
        threads[started].study = study;
        work_join(&study->work);
        if (pthread_create(&threads[started].id, NULL, thread_main, &threads[started]) != 0) {
            work_leave(&study->work, started == 0);
            break;
        }
        started++;
    }
    return started;
}

/* ---- the main thread -------------------------------------------------------------------------------------------- */

static void block_clear(struct block *block)
{
    for (size_t i = 0; i < block->count; i++)
        unit_free(block->units[i]);
    block->count = 0;
}

static void write_block(struct study *study, bool last)
{
    struct block *block = &study->block;
    struct study_outcome *outcome = study->outcome;
    if (block->count == 0 || outcome->end == STUDY_NOT_WRITTEN) {
        block_clear(block);
        return;
    }
    bool hold = last && !study->wrote_shard && clock_now_ms() - study->began_ms < SHORT_STUDY_MS;
    enum results_result result = hold ? results_dir_hold(study->order->dir, &outcome->error, block->rows, block->count)
                                      : results_dir_add(study->order->dir, &outcome->error, block->rows, block->count);
    if (result == RESULTS_OK) {
        outcome->done += block->count;
        outcome->held += hold ? block->count : 0;
        study->wrote_shard = study->wrote_shard || !hold;
    } else {
        outcome->end = STUDY_NOT_WRITTEN;
        work_abort(&study->work);
    }
    block_clear(block);
}

static void collect(struct study *study, struct unit *unit)
{
    struct block *block = &study->block;
    if (unit->row.replication == study->order->first)
        study->first_left--;
    if (block->count == STUDY_BLOCK_ROWS)
        write_block(study, false);
    if (block->count == 0)
        block->since_ms = clock_now_ms();
    block->rows[block->count] = unit->row;
    block->units[block->count++] = unit;
}

/* Is the first replication of every configuration free of chance? Its rows are in the block or in the folder. */
static bool first_is_deterministic(const struct study *study)
{
    const struct results *there = results_dir_results(study->order->dir);
    for (uint32_t config = 0; config < config_count(study); config++) {
        const struct results_row *row = results_find(there, config, study->order->first);
        for (size_t i = 0; i < study->block.count && row == NULL; i++)
            if (study->block.rows[i].config == config && study->block.rows[i].replication == study->order->first)
                row = &study->block.rows[i];
        if (row == NULL || !row->deterministic)
            return false;
    }
    return true;
}

static void decide_gate(struct study *study)
{
    if (study->gate_open || study->first_left > 0 || study->outcome->end == STUDY_NOT_WRITTEN)
        return;
    study->gate_open = true;
    if (study->order->may_stop_early && first_is_deterministic(study)) {
        study->outcome->end = STUDY_DETERMINISTIC;
        study->outcome->wanted = config_count(study);
        study->progress.total = config_count(study);
        work_close(&study->work);
        return;
    }
    work_release(&study->work, UINT64_MAX);
}

static void look_for_requests(struct study *study)
{
    enum stop_request request = signals_seen();
    if (request == STOP_NONE || study->outcome->end != STUDY_COMPLETE)
        return;
    study->outcome->end = request == STOP_INTERRUPT ? STUDY_INTERRUPTED : STUDY_TERMINATED;
    if (study->order->stops_at_once)
        work_abort(&study->work);
    else
        work_close(&study->work);
}

static void supervise(struct study *study)
{
    bool over = false;
    while (!over) {
        struct unit *unit = work_take(&study->work, &over, LOOK_EVERY_MS);
        while (unit != NULL) {
            struct unit *next = unit->next;
            collect(study, unit);
            unit = next;
        }
        decide_gate(study);
        look_for_requests(study);
        if (work_out_of_memory(&study->work))
            work_abort(&study->work);
        if (study->block.count > 0 && clock_now_ms() - study->block.since_ms >= STUDY_BLOCK_AGE_MS)
            write_block(study, false);
        progress_update(&study->progress, study->outcome->skipped + study->outcome->done);
    }
    struct study_outcome *outcome = study->outcome;
    /* A request to stop that came after the last unit had been given out stops nothing. */
    if ((outcome->end == STUDY_INTERRUPTED || outcome->end == STUDY_TERMINATED) &&
        outcome->skipped + outcome->done + study->block.count == outcome->wanted)
        outcome->end = STUDY_COMPLETE;
    bool complete = outcome->end == STUDY_COMPLETE || outcome->end == STUDY_DETERMINISTIC;
    write_block(study, complete && !work_out_of_memory(&study->work) && work_wrong(&study->work) == NULL);
}

/* Marks what is on disk already. */
static void find_done(struct study *study, uint64_t units)
{
    size_t configs = config_count(study);
    for (uint64_t unit = 0; unit < units; unit++) {
        if (!results_dir_has(study->order->dir, (uint32_t)(unit % configs),
                             study->order->first + (uint32_t)(unit / configs)))
            continue;
        study->done[unit / 8] |= (uint8_t)(1u << unit % 8);
        study->outcome->skipped++;
        study->first_left -= unit < configs;
    }
}

static void tell_skipped(const struct study *study)
{
    const struct study_outcome *outcome = study->outcome;
    size_t there = results_dir_count(study->order->dir);
    if (study->order->terminal->quiet || outcome->skipped == 0)
        return;
    if (outcome->skipped >= outcome->wanted)
        fprintf(stderr, "konsento: all %zu replications were done before\n", outcome->wanted);
    else
        fprintf(stderr, "konsento: %zu of %zu replications were done before\n", outcome->skipped, outcome->wanted);
    if (there > outcome->wanted)
        fprintf(stderr, "konsento: the folder holds %zu replications; all of them are used\n", there);
}

static void run_threads(struct study *study)
{
    size_t left = study->outcome->wanted - study->outcome->skipped;
    unsigned count = left < study->order->jobs ? (unsigned)left : study->order->jobs;
    struct thread *threads = calloc(count, sizeof *threads);
    if (threads == NULL) {
        study->outcome->end = STUDY_NO_MEMORY;
        return;
    }
    unsigned started = start_threads(study, threads, count);
    supervise(study);
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i].id, NULL);
    free(threads);
    const char *wrong = work_wrong(&study->work);
    if (wrong != NULL) {
        study->outcome->end = STUDY_TOO_SLOW;
        snprintf(study->outcome->error.text, sizeof study->outcome->error.text, "%s", wrong);
    }
    if (work_out_of_memory(&study->work))
        study->outcome->end = STUDY_NO_MEMORY;
}

void study_run(struct study_outcome *outcome, const struct study_order *order)
{
    struct study study = {.order = order, .outcome = outcome, .began_ms = clock_now_ms()};
    uint64_t units = (uint64_t)config_count(&study) * order->replications;
    *outcome = (struct study_outcome){.end = STUDY_COMPLETE, .wanted = units};
    study.first_left = config_count(&study);
    study.done = calloc(units / 8 + 1, 1);
    if (study.done == NULL) {
        outcome->end = STUDY_NO_MEMORY;
        return;
    }
    find_done(&study, units);
    work_init(&study.work, study.done, units);
    work_release(&study.work, order->may_stop_early ? config_count(&study) : units);
    progress_begin(&study.progress, order->terminal, units, outcome->skipped);
    decide_gate(&study);
    tell_skipped(&study);
    if (outcome->end == STUDY_COMPLETE && outcome->skipped < units)
        run_threads(&study);
    progress_end(&study.progress);
    work_destroy(&study.work);
    free(study.done);
}
