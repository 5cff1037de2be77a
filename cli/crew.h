/* crew.h: threads that work off tasks as they are given out, one by one.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   main thread                                worker threads
 *   crew_room, crew_give      ------->   crew_next: the next task
 *   crew_take                 <-------   crew_put:  a finished unit
 *
 * Unlike work.h, which hands out the numbers 0, 1, 2, …, nobody here knows which tasks come next: the main thread asks
 * a counter that other processes share. It gives out no more than the threads want soon.
 */
#ifndef KONSENTO_CLI_CREW_H
#define KONSENTO_CLI_CREW_H

#include "cli/unit.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Tasks given out and not begun; finished units waiting for the disk. */
#define CREW_TASKS_MAX   4096
#define CREW_WAITING_MAX 512

/* One replication of one configuration: an arm of a point. */
struct crew_task {
    uint32_t point, arm, config, replication;
};

struct crew {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* threads: a task, or room, or the end */
    pthread_cond_t arrived; /* main thread: a finished unit, an idle thread, or a thread has gone */
    struct crew_task tasks[CREW_TASKS_MAX];
    size_t head, count;         /* of the ring of tasks */
    size_t idle;                /* threads waiting for a task */
    struct unit *first, **last; /* finished, in order of arrival */
    size_t waiting;
    unsigned threads;
    bool closed, out_of_memory;
    char wrong[512];        /* "": nothing; else why the study cannot go on */
    volatile int interrupt; /* nonzero: units in flight stop at once */
};

void crew_init(struct crew *crew);
void crew_destroy(struct crew *crew);

/* How many tasks it wants: one for each idle thread, and `ahead` more. */
size_t crew_room(struct crew *crew, size_t ahead);
/* No more than crew_room said. */
void crew_give(struct crew *crew, const struct crew_task *task);
/* Takes all finished units, waiting up to wait_ms for one, or (hungry) for a thread that wants a task. Returns the
 * chain, NULL if there is none; *gone says that no thread is at work any more. */
struct unit *crew_take(struct crew *crew, bool *gone, bool hungry, int wait_ms);
/* Threads leave when no task is left. */
void crew_close(struct crew *crew);
/* Units in flight and tasks not begun are dropped. */
void crew_abort(struct crew *crew);

bool crew_out_of_memory(struct crew *crew);
/* What a thread found that ends the study, NULL if nothing. */
const char *crew_wrong(struct crew *crew);

/* For the threads. crew_next: false if there is nothing left to do. */
void crew_join(struct crew *crew);
bool crew_next(struct crew *crew, struct crew_task *task);
void crew_put(struct crew *crew, struct unit *unit);
/* The study cannot go on, says this thread. */
void crew_give_up(struct crew *crew, const char *why);
void crew_leave(struct crew *crew, bool out_of_memory);

#endif
