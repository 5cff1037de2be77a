/* sweep_run.c: the rounds of a sweep.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/sweep_run.h"

#include "cli/clock.h"
#include "cli/crew.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/sweep_round.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_ROWS        64
#define BLOCK_AGE_MIN_MS  200
#define BLOCK_AGE_MAX_MS  30000
#define LOOK_EVERY_MS     100
#define PROGRESS_EVERY_MS 5  /* among ranks: the counter's one-sided calls wait for it */
#define AHEAD_MS          50 /* units shorter than this are taken from the counter in bunches */
#define BUNCH_MAX         256

/* Rows that are finished and not yet on disk. */
struct block {
    struct results_row rows[BLOCK_ROWS];
    struct unit *units[BLOCK_ROWS];
    size_t count;
    int64_t since_ms; /* of its first row */
};

struct sweep {
    const struct sweep_order *order;
    struct sweep_outcome *outcome;
    struct crew crew;
    struct sweep_round round;
    struct block block;
    struct progress progress;
    struct tally_note *notes; /* of this round's rows, for rank 0 */
    size_t note_count, note_capacity;
    uint64_t next, bunch_end; /* numbers taken from the counter and not yet given out */
    bool dry;                 /* the counter has no more for this round */
    size_t outstanding;       /* tasks given to the crew and not finished */
    int64_t began_ms;
    double unit_ms; /* how long a unit takes */
};

struct hand_thread {
    pthread_t id;
    struct sweep *sweep;
};

/* Only the first reason counts, unless a worse one follows. */
static void end_with(struct sweep *sweep, enum sweep_end end)
{
    if (sweep->outcome->end < end)
        sweep->outcome->end = end;
}

/* ---- threads ---------------------------------------------------------------------------------------------------- */

/* Runs one task. Returns false if the thread has to go. */
static bool run_task(struct sweep *sweep, struct sweep_hand *hand, const struct crew_task *task, bool *in_memory)
{
    struct unit *unit = NULL;
    enum unit_end end;
    if (!sweep_unit(&end, &unit, hand, sweep->order->scenes, task, &sweep->crew.interrupt)) {
        crew_give_up(&sweep->crew, ""); /* told already */
        return false;
    }
    switch (end) {
    case UNIT_DONE:
        crew_put(&sweep->crew, unit);
        return true;
    case UNIT_TOO_SLOW:
        crew_give_up(&sweep->crew, unit->failure);
        unit_free(unit);
        return false;
    case UNIT_NO_MEMORY:
        *in_memory = false;
        return false;
    case UNIT_INTERRUPTED:
        return false;
    }
    return false;
}

static void *thread_main(void *argument)
{
    struct sweep *sweep = ((struct hand_thread *)argument)->sweep;
    struct sweep_hand hand = {NULL, NULL};
    struct crew_task task;
    bool in_memory = true;
    while (crew_next(&sweep->crew, &task))
        if (!run_task(sweep, &hand, &task, &in_memory))
            break;
    sweep_unit_end(&hand, sweep->order->scenes);
    crew_leave(&sweep->crew, !in_memory);
    return NULL;
}

/* Starts up to count threads; fewer do as well. Returns how many run. */
static unsigned start_threads(struct sweep *sweep, struct hand_thread *threads, unsigned count)
{
    unsigned started = 0;
    while (started < count) {
        threads[started].sweep = sweep;
        crew_join(&sweep->crew);
        if (pthread_create(&threads[started].id, NULL, thread_main, &threads[started]) != 0) {
            crew_leave(&sweep->crew, started == 0);
            break;
        }
        started++;
    }
    return started;
}

/* ---- rows to disk ----------------------------------------------------------------------------------------------- */

static void write_block(struct sweep *sweep)
{
    struct block *block = &sweep->block;
    struct sweep_outcome *outcome = sweep->outcome;
    if (block->count > 0 && outcome->end != SWEEP_NOT_WRITTEN) {
        if (results_dir_add(sweep->order->dir, &outcome->error, block->rows, block->count) == RESULTS_OK) {
            outcome->ran += block->count;
            cluster_finished(sweep->order->cluster, block->count);
        } else {
            end_with(sweep, SWEEP_NOT_WRITTEN);
            crew_abort(&sweep->crew);
        }
    }
    for (size_t i = 0; i < block->count; i++)
        unit_free(block->units[i]);
    block->count = 0;
}

static bool keep_note(struct sweep *sweep, const struct tally_note *note)
{
    if (sweep->note_count == sweep->note_capacity) {
        size_t capacity = sweep->note_capacity > 0 ? 2 * sweep->note_capacity : 256;
        struct tally_note *notes = realloc(sweep->notes, capacity * sizeof *notes);
        if (notes == NULL)
            return false;
        sweep->notes = notes;
        sweep->note_capacity = capacity;
    }
    sweep->notes[sweep->note_count++] = *note;
    return true;
}

static void collect(struct sweep *sweep, struct unit *unit)
{
    struct block *block = &sweep->block;
    struct tally_note note;
    sweep->outstanding--;
    double ms = unit->row.cpu_s * 1e3;
    sweep->unit_ms = sweep->unit_ms == 0 ? ms : 0.9 * sweep->unit_ms + 0.1 * ms;
    tally_note_of(&note, sweep->order->tally->rule, &unit->row);
    if (!keep_note(sweep, &note))
        end_with(sweep, SWEEP_NO_MEMORY);
    if (block->count == BLOCK_ROWS)
        write_block(sweep);
    if (block->count == 0)
        block->since_ms = clock_now_ms();
    block->rows[block->count] = unit->row;
    block->units[block->count++] = unit;
}

/* A long sweep writes fewer, larger shards: what a kill loses stays a small part of what is done. */
static bool block_is_old(const struct sweep *sweep)
{
    int64_t now = clock_now_ms(), age = (now - sweep->began_ms) / 200;
    age = age < BLOCK_AGE_MIN_MS ? BLOCK_AGE_MIN_MS : age > BLOCK_AGE_MAX_MS ? BLOCK_AGE_MAX_MS : age;
    return sweep->block.count > 0 && now - sweep->block.since_ms >= age;
}

/* ---- tasks ------------------------------------------------------------------------------------------------------ */

static bool is_mine(const struct sweep *sweep, uint64_t number, const struct crew_task *task)
{
    const struct sweep_order *order = sweep->order;
    uint64_t share = order->whole_points ? task->point : number;
    return share % order->shards == order->shard;
}

/* How many numbers to take at once: long units one by one, so that no rank sits on work that another could do. */
static uint64_t bunch_size(const struct sweep *sweep)
{
    double units = sweep->unit_ms > 0 ? AHEAD_MS / sweep->unit_ms : 1;
    return units < 1 ? 1 : units > BUNCH_MAX ? BUNCH_MAX : (uint64_t)units;
}

/* The next task that is not done yet; false: none is left in this round. */
static bool next_task(struct sweep *sweep, struct crew_task *task)
{
    while (!sweep->dry) {
        if (sweep->next == sweep->bunch_end) {
            uint64_t size = bunch_size(sweep);
            sweep->next = cluster_take(sweep->order->cluster, size);
            sweep->bunch_end = sweep->next + size;
        }
        uint64_t number = sweep->next++;
        sweep->dry = number >= sweep_round_length(&sweep->round);
        if (sweep->dry || sweep_round_is_done(&sweep->round, number))
            continue;
        sweep_round_task(task, &sweep->round, number);
        if (is_mine(sweep, number, task))
            return true;
    }
    return false;
}

static void feed(struct sweep *sweep)
{
    struct crew_task task;
    /* Short units are given ahead, so that no thread waits for this one. */
    size_t ahead = sweep->unit_ms > 0 && sweep->unit_ms < AHEAD_MS ? (size_t)bunch_size(sweep) : 0;
    for (size_t room = crew_room(&sweep->crew, ahead); room > 0; room--) {
        if (!next_task(sweep, &task))
            return;
        crew_give(&sweep->crew, &task);
        sweep->outstanding++;
    }
}

static void look_for_requests(struct sweep *sweep)
{
    enum stop_request request = signals_seen();
    if (request == STOP_NONE || sweep->outcome->end != SWEEP_COMPLETE)
        return;
    end_with(sweep, request == STOP_INTERRUPT ? SWEEP_INTERRUPTED : SWEEP_TERMINATED);
    cluster_stop(sweep->order->cluster);
    sweep->dry = true;
}

static void look_for_faults(struct sweep *sweep)
{
    const char *wrong = crew_wrong(&sweep->crew);
    if (crew_out_of_memory(&sweep->crew)) {
        end_with(sweep, SWEEP_NO_MEMORY);
        crew_abort(&sweep->crew);
    } else if (wrong != NULL) {
        end_with(sweep, SWEEP_TOO_SLOW);
        snprintf(sweep->outcome->error.text, sizeof sweep->outcome->error.text, "%s", wrong);
    } else if (sweep->crew.interrupt != 0) {
        end_with(sweep, SWEEP_CHANGED);
    }
    if (sweep->outcome->end > SWEEP_INTERRUPTED) {
        cluster_stop(sweep->order->cluster);
        sweep->dry = true;
    }
}

/* ---- a round ---------------------------------------------------------------------------------------------------- */

static void supervise(struct sweep *sweep)
{
    bool gone = false;
    int wait_ms = sweep->order->cluster->size > 1 ? PROGRESS_EVERY_MS : LOOK_EVERY_MS;
    while (!gone) {
        feed(sweep);
        if (sweep->dry && sweep->outstanding == 0)
            break;
        struct unit *unit = crew_take(&sweep->crew, &gone, !sweep->dry, wait_ms);
        while (unit != NULL) {
            struct unit *next = unit->next;
            collect(sweep, unit);
            unit = next;
        }
        look_for_faults(sweep);
        look_for_requests(sweep);
        cluster_progress(sweep->order->cluster);
        if (block_is_old(sweep))
            write_block(sweep);
        if (sweep->order->cluster->rank == 0)
            progress_update(&sweep->progress, sweep->progress.first + cluster_finished(sweep->order->cluster, 0));
    }
    write_block(sweep);
    look_for_faults(sweep);
}

/* Rank 0 learns what the others have done. */
static void share_notes(struct sweep *sweep)
{
    size_t length;
    struct tally_note *all =
        cluster_gather(sweep->order->cluster, &length, sweep->notes, sweep->note_count * sizeof *sweep->notes);
    bool in_memory = all != NULL || sweep->order->cluster->rank > 0;
    for (size_t i = 0; i < length / sizeof *all && in_memory; i++)
        in_memory = tally_take(sweep->order->tally, &all[i]);
    free(all);
    sweep->note_count = 0;
    if (!in_memory)
        end_with(sweep, SWEEP_NO_MEMORY);
}

/* A shard that is dealt whole points decides for those; of the others it never hears. */
static bool is_ours(const struct sweep *sweep, size_t point)
{
    return !sweep->order->whole_points || point % sweep->order->shards == sweep->order->shard;
}

/* Rank 0 decides what is wanted; all know then. Returns false if nothing more is. */
static bool begin_round(struct sweep *sweep)
{
    const struct sweep_order *order = sweep->order;
    struct tally *tally = order->tally;
    size_t points = tally->rule->point_count;
    int more = 0;
    if (order->cluster->rank == 0)
        for (size_t point = 0; point < points; point++)
            if (is_ours(sweep, point) && tally_advance(tally, point))
                more = 1;
    more = cluster_most(order->cluster, more);
    cluster_broadcast(order->cluster, tally->wanted, points * sizeof *tally->wanted);
    bool in_memory = sweep_round_begin(&sweep->round, tally->wanted);
    if (cluster_most(order->cluster, !in_memory) != 0) {
        end_with(sweep, SWEEP_NO_MEMORY);
        return false;
    }
    if (order->cluster->rank == 0)
        sweep_round_mark(&sweep->round, tally);
    cluster_broadcast(order->cluster, sweep->round.done, sweep->round.done_bytes);
    cluster_reset(order->cluster);
    sweep->next = sweep->bunch_end = 0;
    sweep->dry = false;
    sweep->progress.total = tally_wanted(tally) / (order->whole_points ? 1 : order->shards);
    return more != 0;
}

static void run_rounds(struct sweep *sweep)
{
    const struct cluster *cluster = sweep->order->cluster;
    do {
        if (!begin_round(sweep))
            break;
        supervise(sweep);
        share_notes(sweep);
        sweep->outcome->end = (enum sweep_end)cluster_most(cluster, (int)sweep->outcome->end);
    } while (sweep->outcome->end == SWEEP_COMPLETE);
}

void sweep_run(struct sweep_outcome *outcome, const struct sweep_order *order)
{
    struct sweep sweep = {.order = order, .outcome = outcome, .began_ms = clock_now_ms()};
    struct hand_thread *threads = calloc(order->jobs, sizeof *threads);
    *outcome = (struct sweep_outcome){.end = SWEEP_COMPLETE};
    bool in_memory = sweep_round_open(&sweep.round, order->tally->rule) && threads != NULL;
    crew_init(&sweep.crew);
    progress_begin(&sweep.progress, order->terminal, 0, order->tally->done);
    unsigned started = in_memory ? start_threads(&sweep, threads, order->jobs) : 0;
    if (!in_memory)
        end_with(&sweep, SWEEP_NO_MEMORY);
    if (cluster_most(order->cluster, !in_memory) == 0)
        run_rounds(&sweep);
    crew_close(&sweep.crew);
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i].id, NULL);
    progress_end(&sweep.progress);
    outcome->end = (enum sweep_end)cluster_most(order->cluster, (int)outcome->end);
    crew_destroy(&sweep.crew);
    sweep_round_close(&sweep.round);
    free(sweep.notes);
    free(threads);
}
