/* cluster.c: the processes of one sweep under mpiexec.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cluster.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STOPPED (UINT64_C(1) << 62)

/* Variables that tell a process how many there are: Open MPI; MPICH and Slurm's PMI. PMIx tells the rank alone. */
static bool is_started_by_mpiexec(void)
{
    static const char *const sizes[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (getenv(sizes[i]) != NULL)
            return strtol(getenv(sizes[i]), NULL, 10) > 1;
    return getenv("PMIX_RANK") != NULL;
}

void cluster_be_alone(struct cluster *cluster)
{
    *cluster = (struct cluster){.rank = 0, .size = 1};
}

bool cluster_is_possible(void)
{
    return is_started_by_mpiexec();
}

#ifdef KONSENTO_MPI

#include <mpi.h>

#define PIECE_BYTES ((size_t)1 << 30)

/* The counter and the number of finished units, in the memory of rank 0. */
struct shared {
    MPI_Win window;
    uint64_t *memory;
};
enum { SHARED_NEXT, SHARED_FINISHED, SHARED_COUNT };

const char *cluster_library(void)
{
    static char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int length;
    MPI_Get_library_version(text, &length);
    text[strcspn(text, ",\n")] = '\0';
    return text;
}

bool cluster_open(struct cluster *cluster, char *why, size_t why_size)
{
    int given;
    cluster_be_alone(cluster);
    if (!is_started_by_mpiexec())
        return true;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &given) != MPI_SUCCESS || given < MPI_THREAD_FUNNELED) {
        snprintf(why, why_size, "MPI cannot be started with threads");
        return false;
    }
    struct shared *shared = malloc(sizeof *shared);
    if (shared == NULL) {
        snprintf(why, why_size, "memory is out");
        return false;
    }
    MPI_Comm_rank(MPI_COMM_WORLD, &cluster->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &cluster->size);
    MPI_Win_allocate(cluster->rank == 0 ? SHARED_COUNT * sizeof(uint64_t) : 0, sizeof(uint64_t), MPI_INFO_NULL,
                     MPI_COMM_WORLD, &shared->memory, &shared->window);
    MPI_Win_lock_all(MPI_MODE_NOCHECK, shared->window);
    if (cluster->rank == 0)
        memset(shared->memory, 0, SHARED_COUNT * sizeof(uint64_t));
    MPI_Win_sync(shared->window);
    cluster->window = shared;
    cluster_meet(cluster);
    return true;
}

void cluster_close(struct cluster *cluster)
{
    struct shared *shared = cluster->window;
    if (shared == NULL)
        return;
    cluster_meet(cluster);
    MPI_Win_unlock_all(shared->window);
    MPI_Win_free(&shared->window);
    MPI_Finalize();
    free(shared);
    cluster->window = NULL;
}

static uint64_t fetch_and_add(const struct cluster *cluster, int which, uint64_t more)
{
    const struct shared *shared = cluster->window;
    uint64_t before = 0;
    MPI_Fetch_and_op(&more, &before, MPI_UINT64_T, 0, which, MPI_SUM, shared->window);
    MPI_Win_flush(0, shared->window);
    return before;
}

uint64_t cluster_take(struct cluster *cluster, uint64_t count)
{
    if (cluster->window != NULL)
        return fetch_and_add(cluster, SHARED_NEXT, count);
    cluster->next += count;
    return cluster->next - count;
}

void cluster_stop(struct cluster *cluster)
{
    if (cluster->window != NULL)
        fetch_and_add(cluster, SHARED_NEXT, STOPPED);
    else
        cluster->next = STOPPED;
}

uint64_t cluster_finished(struct cluster *cluster, uint64_t more)
{
    if (cluster->window != NULL)
        return fetch_and_add(cluster, SHARED_FINISHED, more) + more;
    return cluster->finished += more;
}

void cluster_progress(const struct cluster *cluster)
{
    int there;
    if (cluster->window != NULL)
        MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &there, MPI_STATUS_IGNORE);
}

/* Open MPI waits by spinning: a rank that waits for the last unit of another would burn a core. */
static void sleep_until_done(MPI_Request *request)
{
    int done = 0;
    long wait_ns = 20000;
    for (MPI_Test(request, &done, MPI_STATUS_IGNORE); !done; MPI_Test(request, &done, MPI_STATUS_IGNORE)) {
        nanosleep(&(struct timespec){0, wait_ns}, NULL);
        wait_ns = wait_ns < 2000000 ? 2 * wait_ns : wait_ns;
    }
}

void cluster_meet(const struct cluster *cluster)
{
    MPI_Request request;
    if (cluster->window == NULL)
        return;
    MPI_Ibarrier(MPI_COMM_WORLD, &request);
    sleep_until_done(&request);
}

void cluster_reset(struct cluster *cluster)
{
    const struct shared *shared = cluster->window;
    cluster->next = 0;
    if (shared == NULL)
        return;
    cluster_meet(cluster);
    if (cluster->rank == 0) {
        uint64_t zero = 0, before;
        MPI_Fetch_and_op(&zero, &before, MPI_UINT64_T, 0, SHARED_NEXT, MPI_REPLACE, shared->window);
        MPI_Win_flush(0, shared->window);
    }
    cluster_meet(cluster);
}

void cluster_broadcast(const struct cluster *cluster, void *bytes, size_t length)
{
    MPI_Request request;
    for (size_t at = 0; cluster->window != NULL && at < length; at += PIECE_BYTES) {
        size_t piece = length - at < PIECE_BYTES ? length - at : PIECE_BYTES;
        MPI_Ibcast((char *)bytes + at, (int)piece, MPI_BYTE, 0, MPI_COMM_WORLD, &request);
        sleep_until_done(&request);
    }
}

int cluster_most(const struct cluster *cluster, int number)
{
    MPI_Request request;
    int most = number;
    if (cluster->window == NULL)
        return number;
    MPI_Iallreduce(&number, &most, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD, &request);
    sleep_until_done(&request);
    return most;
}

/* Where the bytes of each rank begin. Returns false when memory is out or it is too much for one call. */
static bool add_up(int *offsets, size_t *total, const int *lengths, int size)
{
    *total = 0;
    for (int i = 0; i < size; i++) {
        offsets[i] = (int)*total;
        *total += (size_t)lengths[i];
        if (*total > INT_MAX)
            return false;
    }
    return true;
}

void *cluster_gather(const struct cluster *cluster, size_t *length, const void *mine, size_t mine_length)
{
    MPI_Request request;
    int own = (int)mine_length, *lengths = calloc((size_t)cluster->size, sizeof(int)),
        *offsets = calloc((size_t)cluster->size, sizeof(int));
    char *all = NULL;
    *length = 0;
    if (cluster->window == NULL) {
        all = malloc(mine_length + 1);
        *length = all != NULL ? mine_length : 0;
        if (*length > 0)
            memcpy(all, mine, mine_length);
    } else {
        bool fits = mine_length <= INT_MAX && lengths != NULL && offsets != NULL;
        assert(fits);
        MPI_Igather(&own, 1, MPI_INT, lengths, 1, MPI_INT, 0, MPI_COMM_WORLD, &request);
        sleep_until_done(&request);
        if (cluster->rank == 0) {
            fits = add_up(offsets, length, lengths, cluster->size);
            all = malloc(*length + 1);
            assert(fits && all != NULL);
        }
        MPI_Igatherv(mine, own, MPI_BYTE, all, lengths, offsets, MPI_BYTE, 0, MPI_COMM_WORLD, &request);
        sleep_until_done(&request);
    }
    free(lengths);
    free(offsets);
    return all;
}

#else

const char *cluster_library(void)
{
    return "none";
}

bool cluster_open(struct cluster *cluster, char *why, size_t why_size)
{
    cluster_be_alone(cluster);
    if (!is_started_by_mpiexec())
        return true;
    snprintf(why, why_size,
             "started under mpiexec, but this program was built without MPI: install libopenmpi-dev and build it "
             "again, or give each process its --shard i/N");
    return false;
}

void cluster_close(struct cluster *cluster)
{
    (void)cluster;
}

uint64_t cluster_take(struct cluster *cluster, uint64_t count)
{
    cluster->next += count;
    return cluster->next - count;
}

void cluster_stop(struct cluster *cluster)
{
    cluster->next = STOPPED;
}

uint64_t cluster_finished(struct cluster *cluster, uint64_t more)
{
    return cluster->finished += more;
}

void cluster_progress(const struct cluster *cluster)
{
    (void)cluster;
}

void cluster_meet(const struct cluster *cluster)
{
    (void)cluster;
}

void cluster_reset(struct cluster *cluster)
{
    cluster->next = 0;
}

void cluster_broadcast(const struct cluster *cluster, void *bytes, size_t length)
{
    (void)cluster;
    (void)bytes;
    (void)length;
}

int cluster_most(const struct cluster *cluster, int number)
{
    (void)cluster;
    return number;
}

void *cluster_gather(const struct cluster *cluster, size_t *length, const void *mine, size_t mine_length)
{
    (void)cluster;
    char *all = malloc(mine_length + 1);
    *length = all != NULL ? mine_length : 0;
    if (*length > 0)
        memcpy(all, mine, mine_length);
    return all;
}

#endif
