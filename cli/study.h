/* study.h: all units of a study over threads, their rows into shards; the same rows at any number of threads. [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Threads run units (work.h); the main thread writes what they finish, a block at a time, and looks for requests to
 * stop. A unit counts as finished when its row is on disk and not before.
 *
 * The first replication goes alone unless a number of replications was asked for: if it drew nothing at random, every
 * further one would be the same, and the study is complete.
 */
#ifndef KONSENTO_CLI_STUDY_H
#define KONSENTO_CLI_STUDY_H

#include "analysis/results.h"
#include "cli/terminal.h"
#include "cli/unit.h"

/* A block is written when it has this many rows or is this old. */
#define STUDY_BLOCK_ROWS   64
#define STUDY_BLOCK_AGE_MS 200

struct study_order {
    struct unit_order unit;
    uint32_t first, replications; /* replications first .. first + replications - 1 */
    bool may_stop_early;          /* one is enough if nothing is random */
    bool stops_at_once;           /* requests to stop do not wait for units in flight */
    unsigned jobs;
    struct results_dir *dir;
    const struct terminal *terminal;
};

/* Why the study ended. */
enum study_end {
    STUDY_COMPLETE,      /* every replication that was wanted is done */
    STUDY_DETERMINISTIC, /* one replication says all */
    STUDY_INTERRUPTED,   /* Ctrl-C */
    STUDY_TERMINATED,    /* SIGTERM and the like */
    STUDY_NOT_WRITTEN,   /* results could not be written: error says why */
    STUDY_TOO_SLOW,      /* a callback of the scenario did not come back: error says where */
    STUDY_NO_MEMORY
};

struct study_outcome {
    enum study_end end;
    size_t wanted;  /* units of the whole study */
    size_t skipped; /* of them, on disk before */
    size_t done;    /* of them, finished now and on disk, or held */
    size_t held;    /* of those, in memory only until results_dir_finish */
    struct results_error error;
};

/* Runs what is missing. The rows are then in the folder; results_dir_finish is left to the caller. */
void study_run(struct study_outcome *outcome, const struct study_order *order);

#endif
