/* sweep_run.h: the rounds of a sweep: what is missing runs on threads, ranks or a share of both.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   round:  the tally says what is wanted  -->  tasks, numbered 0, 1, 2, …  -->  counter  -->  crews of all ranks
 *           rows go to disk, notes of them to rank 0  -->  next round, until nothing more is wanted
 *
 * Every process writes into a folder of its own; all folders together are the study. What a unit gives depends on its
 * point, arm and replication alone.
 */
#ifndef KONSENTO_CLI_SWEEP_RUN_H
#define KONSENTO_CLI_SWEEP_RUN_H

#include "analysis/results.h"
#include "cli/cluster.h"
#include "cli/scene.h"
#include "cli/tally.h"
#include "cli/terminal.h"

struct sweep_order {
    struct scenes *scenes;
    struct cluster *cluster;
    struct tally *tally; /* rank 0 knows what is on disk */
    struct results_dir *dir;
    const struct terminal *terminal;
    unsigned jobs;
    uint64_t shard, shards; /* this process does task number t of a round if t % shards == shard; shards 1: all */
    bool whole_points;      /* shards are dealt whole points: each can decide alone what is wanted next */
};

/* Why it ended; a later one overrules an earlier one among ranks. */
enum sweep_end {
    SWEEP_COMPLETE,
    SWEEP_TERMINATED,
    SWEEP_INTERRUPTED,
    SWEEP_CHANGED,  /* a scenario is not what it was, or cannot be loaded; told */
    SWEEP_TOO_SLOW, /* error says where */
    SWEEP_NOT_WRITTEN,
    SWEEP_NO_MEMORY
};
struct sweep_outcome {
    enum sweep_end end; /* the same on every rank */
    size_t ran;         /* units of this process */
    struct results_error error;
};

/* Runs what is missing; the rows are then in the folders. */
void sweep_run(struct sweep_outcome *outcome, const struct sweep_order *order);

/* One unit for a task, on this thread. *scene, *worker: what the last one used, NULL at first; the last ones are given
 * back by sweep_unit_end. Returns false with the reason told if the scenario cannot be loaded. */
struct sweep_hand {
    struct scene *scene;
    struct scenario_worker *worker;
};
struct crew_task;
bool sweep_unit(enum unit_end *end, struct unit **unit, struct sweep_hand *hand, struct scenes *scenes,
                const struct crew_task *task, const volatile int *interrupt);
void sweep_unit_end(struct sweep_hand *hand, struct scenes *scenes);

#endif
