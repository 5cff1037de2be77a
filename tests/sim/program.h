/* program.h: random programs of schedules, cancels and moves, full of ties.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_SIM_PROGRAM_H
#define KONSENTO_TESTS_SIM_PROGRAM_H

#include "sim/kernel.h"
#include "sim/stream.h"

#define PROGRAM_HANDLES 512

/* Each event draws what to do: schedule up to two others soon (coarse times: most are tied), cancel or move one that it
 * knows of, perhaps a stale one. What happens depends on the order of events, so a wrong order shows in the digest. */
struct program {
    struct sim *sim;
    struct sim_stream stream;
    uint16_t kind;
    uint64_t operations; /* done */
    uint64_t target;     /* operations at which no more events are scheduled */
    size_t aim;          /* pending events it tries to keep */
    uint64_t order_sum;  /* depends on the order of events, but not on the kernel's digest */
    struct sim_handle known[PROGRAM_HANDLES];
};

/* In: options with seed, queue, tie_fuzz; aim; target. Owns: the caller calls program_close. */
void program_open(struct program *program, const struct sim_options *options, size_t aim, uint64_t target);
void program_close(struct program *program);
/* Runs to the end, by steps if by_steps is not 0. */
void program_run(struct program *program, int by_steps);

#endif
