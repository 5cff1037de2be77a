/* cluster.h: the processes of one sweep under mpiexec: a shared counter, and few words between them.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every rank works; nobody manages. Who wants work takes numbers from a counter in the memory of rank 0 by one-sided
 * fetch-and-add. Only the main thread of a process talks to the others. Without MPI in the build, or outside mpiexec, a
 * cluster is one process and every call is a plain one.
 */
#ifndef KONSENTO_CLI_CLUSTER_H
#define KONSENTO_CLI_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cluster {
    int rank, size;
    uint64_t next, finished; /* of a cluster of one */
    void *window;            /* MPI's, NULL without */
};

/* Joins the others if the process was started under mpiexec. Returns false with the reason in why. */
bool cluster_open(struct cluster *cluster, char *why, size_t why_size);
/* Whatever the environment says. */
void cluster_be_alone(struct cluster *cluster);
/* Were several processes started together? */
bool cluster_is_possible(void);
void cluster_close(struct cluster *cluster);
/* "Open MPI v4.1.4", or "none" where the build has no MPI. */
const char *cluster_library(void);

/* Takes `count` numbers; returns the first. Beyond cluster_stop all are out of range. */
uint64_t cluster_take(struct cluster *cluster, uint64_t count);
/* Nobody gets a number below 2^62 any more. */
void cluster_stop(struct cluster *cluster);
/* Adds to the number of finished units, and tells it. */
uint64_t cluster_finished(struct cluster *cluster, uint64_t more);
/* Lets one-sided calls of others proceed; to be called now and then while this process does something else. */
void cluster_progress(const struct cluster *cluster);

/* For all ranks together. Waiting ones sleep instead of spinning. */
void cluster_meet(const struct cluster *cluster);
void cluster_reset(struct cluster *cluster); /* the counter is 0 again */
void cluster_broadcast(const struct cluster *cluster, void *bytes, size_t length);
int cluster_most(const struct cluster *cluster, int number); /* the largest number of all */
/* Rank 0 gets the bytes of all, one after the other, its own first; malloc'ed. Others get NULL and length 0. */
void *cluster_gather(const struct cluster *cluster, size_t *length, const void *mine, size_t mine_length);

#endif
