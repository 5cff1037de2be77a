/* disk.c: makes a file safe on its disk without waiting for it.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/disk.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

struct disk {
    int fd;
    pthread_t thread;
    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t asked;
    bool is_asked, is_closing;
    int error;
};

/* A pipe keeps nothing: EINVAL is no failure. */
static int make_safe(int fd)
{
    return fdatasync(fd) != 0 && errno != EINVAL ? errno : 0;
}

static void *work(void *argument)
{
    struct disk *disk = argument;
    (void)pthread_mutex_lock(&disk->mutex);
    while (disk->is_asked || !disk->is_closing) {
        if (!disk->is_asked) {
            (void)pthread_cond_wait(&disk->asked, &disk->mutex);
            continue;
        }
        disk->is_asked = false;
        (void)pthread_mutex_unlock(&disk->mutex);
        int error = make_safe(disk->fd);
        (void)pthread_mutex_lock(&disk->mutex);
        if (disk->error == 0)
            disk->error = error;
    }
    (void)pthread_mutex_unlock(&disk->mutex);
    return NULL;
}

/* Signals are for who runs the simulation. */
static bool start(struct disk *disk)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    bool is_started = pthread_create(&disk->thread, NULL, work, disk) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return is_started;
}

struct disk *disk_open(int fd)
{
    struct disk *disk = calloc(1, sizeof *disk);
    if (disk == NULL)
        return NULL;
    disk->fd = fd;
    (void)pthread_mutex_init(&disk->mutex, NULL);
    (void)pthread_cond_init(&disk->asked, NULL);
    if (start(disk))
        return disk;
    free(disk);
    return NULL;
}

static void tell(struct disk *disk, bool is_closing)
{
    (void)pthread_mutex_lock(&disk->mutex);
    disk->is_asked = true;
    disk->is_closing = is_closing;
    (void)pthread_cond_signal(&disk->asked);
    (void)pthread_mutex_unlock(&disk->mutex);
}

void disk_ask(struct disk *disk)
{
    tell(disk, false);
}

int disk_error(struct disk *disk)
{
    (void)pthread_mutex_lock(&disk->mutex);
    int error = disk->error;
    (void)pthread_mutex_unlock(&disk->mutex);
    return error;
}

int disk_close(struct disk *disk)
{
    if (disk == NULL)
        return 0;
    tell(disk, true);
    (void)pthread_join(disk->thread, NULL);
    (void)pthread_cond_destroy(&disk->asked);
    (void)pthread_mutex_destroy(&disk->mutex);
    int error = disk->error;
    free(disk);
    return error;
}
