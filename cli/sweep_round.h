/* sweep_round.h: the tasks of one round, by number.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tasks go point by point, in a point replication by replication, in a replication arm by arm: neighbours share a
 * loaded scenario.
 */
#ifndef KONSENTO_CLI_SWEEP_ROUND_H
#define KONSENTO_CLI_SWEEP_ROUND_H

#include "cli/crew.h"
#include "cli/tally.h"

struct sweep_round {
    const struct tally_rule *rule;
    uint32_t *before, *wanted; /* per point: replications before .. wanted - 1 */
    uint64_t *first;           /* per point, and one more: number of its first task */
    uint8_t *done;             /* one bit per task */
    size_t done_bytes;
};

/* For all points nothing is wanted yet. Returns false when memory is out. Owns: sweep_round_close. */
bool sweep_round_open(struct sweep_round *round, const struct tally_rule *rule);
void sweep_round_close(struct sweep_round *round);

/* The next round: replications up to wanted. None is marked as done. Returns false when memory is out. */
bool sweep_round_begin(struct sweep_round *round, const uint32_t *wanted);
uint64_t sweep_round_length(const struct sweep_round *round);
void sweep_round_task(struct crew_task *task, const struct sweep_round *round, uint64_t number);
bool sweep_round_is_done(const struct sweep_round *round, uint64_t number);
/* Marks what the tally has. */
void sweep_round_mark(struct sweep_round *round, const struct tally *tally);

#endif
