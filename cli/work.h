/* work.h: units go out to the threads, finished ones come back: the one place where threads meet.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   main thread                          worker threads
 *   work_release, work_close  ------->   work_next: the next unit that is not done yet
 *   work_take                 <-------   work_put:  a finished unit
 *
 * Unit number u is replication first + u / configs of configuration u % configs: all rails of one replication run side
 * by side. Which thread runs a unit, and when, decides nothing about its result.
 */
#ifndef KONSENTO_CLI_WORK_H
#define KONSENTO_CLI_WORK_H

#include "cli/unit.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Finished units waiting to be written; beyond that threads wait for the disk. */
#define WORK_WAITING_MAX 512

struct work {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* threads: more units, or room, or the end */
    pthread_cond_t arrived; /* main thread: a finished unit, or a thread has gone */
    const uint8_t *done;    /* one bit per unit: on disk before this run began */
    uint64_t next, released, end;
    struct unit *first, **last; /* finished, in order of arrival */
    size_t waiting;
    unsigned threads;
    bool out_of_memory;
    char wrong[512];        /* "": nothing; else why the study cannot go on */
    volatile int interrupt; /* nonzero: units in flight stop at once */
};

/* In: done, bits of unit_count units. Nothing is released yet. */
void work_init(struct work *work, const uint8_t *done, uint64_t unit_count);
void work_destroy(struct work *work);

/* Lets the threads go on up to (not including) this unit. */
void work_release(struct work *work, uint64_t unit);
/* No more units are given out. */
void work_close(struct work *work);
/* Units in flight are dropped too. */
void work_abort(struct work *work);
/* Takes all finished units, waiting up to wait_ms for one. Returns the chain, NULL if there is none; *over says that no
 * thread is at work any more and nothing is left. */
struct unit *work_take(struct work *work, bool *over, int wait_ms);

/* Did a thread have to give up? */
bool work_out_of_memory(struct work *work);

/* What a thread found that ends the study: the first such text, NULL if there is none. */
const char *work_wrong(struct work *work);

/* For the threads. work_next: false if there is nothing left to do. */
void work_join(struct work *work);
bool work_next(struct work *work, uint64_t *unit);
void work_put(struct work *work, struct unit *unit);
/* The study cannot go on, says this thread: nothing more is given out, units in flight are dropped. */
void work_give_up(struct work *work, const char *why);
void work_leave(struct work *work, bool out_of_memory);

#endif
