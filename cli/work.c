/* work.c: units go out to the threads, finished ones come back.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/work.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void work_init(struct work *work, const uint8_t *done, uint64_t unit_count)
{
    pthread_condattr_t attributes;
    memset(work, 0, sizeof *work);
    work->done = done;
    work->end = unit_count;
    work->last = &work->first;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&work->lock, NULL);
    pthread_cond_init(&work->changed, NULL);
    pthread_cond_init(&work->arrived, &attributes);
    pthread_condattr_destroy(&attributes);
}

void work_destroy(struct work *work)
{
    pthread_cond_destroy(&work->arrived);
    pthread_cond_destroy(&work->changed);
    pthread_mutex_destroy(&work->lock);
}

void work_release(struct work *work, uint64_t unit)
{
    pthread_mutex_lock(&work->lock);
    work->released = unit;
    pthread_cond_broadcast(&work->changed);
    pthread_mutex_unlock(&work->lock);
}

void work_close(struct work *work)
{
    pthread_mutex_lock(&work->lock);
    work->end = work->next;
    pthread_cond_broadcast(&work->changed);
    pthread_mutex_unlock(&work->lock);
}

void work_abort(struct work *work)
{
    work->interrupt = 1;
    work_close(work);
}

static void wait_for_arrival(struct work *work, int wait_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    until.tv_sec += wait_ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (work->first == NULL && work->threads > 0)
        if (pthread_cond_timedwait(&work->arrived, &work->lock, &until) != 0)
            return;
}

struct unit *work_take(struct work *work, bool *over, int wait_ms)
{
    pthread_mutex_lock(&work->lock);
    wait_for_arrival(work, wait_ms);
    struct unit *taken = work->first;
    work->first = NULL;
    work->last = &work->first;
    work->waiting = 0;
    *over = work->threads == 0;
    pthread_cond_broadcast(&work->changed);
    pthread_mutex_unlock(&work->lock);
    return taken;
}

bool work_out_of_memory(struct work *work)
{
    pthread_mutex_lock(&work->lock);
    bool out_of_memory = work->out_of_memory;
    pthread_mutex_unlock(&work->lock);
    return out_of_memory;
}

const char *work_wrong(struct work *work)
{
    pthread_mutex_lock(&work->lock);
    const char *wrong = work->wrong[0] != '\0' ? work->wrong : NULL; /* once there it does not change */
    pthread_mutex_unlock(&work->lock);
    return wrong;
}

void work_give_up(struct work *work, const char *why)
{
    pthread_mutex_lock(&work->lock);
    if (work->wrong[0] == '\0')
        snprintf(work->wrong, sizeof work->wrong, "%s", why);
    pthread_mutex_unlock(&work->lock);
    work_abort(work);
}

void work_join(struct work *work)
{
    pthread_mutex_lock(&work->lock);
    work->threads++;
    pthread_mutex_unlock(&work->lock);
}

static bool is_done(const struct work *work, uint64_t unit)
{
    return (work->done[unit / 8] >> (unit % 8) & 1) != 0;
}

bool work_next(struct work *work, uint64_t *unit)
{
    pthread_mutex_lock(&work->lock);
    for (;;) {
        while (work->next < work->end && is_done(work, work->next))
            work->next++;
        if (work->next >= work->end || work->next < work->released)
            break;
        pthread_cond_wait(&work->changed, &work->lock);
    }
    bool given = work->next < work->end;
    if (given)
        *unit = work->next++;
    pthread_mutex_unlock(&work->lock);
    return given;
}

void work_put(struct work *work, struct unit *unit)
{
    pthread_mutex_lock(&work->lock);
    while (work->waiting >= WORK_WAITING_MAX && work->interrupt == 0)
        pthread_cond_wait(&work->changed, &work->lock);
    unit->next = NULL;
    *work->last = unit;
    work->last = &unit->next;
    work->waiting++;
    pthread_cond_signal(&work->arrived);
    pthread_mutex_unlock(&work->lock);
}

void work_leave(struct work *work, bool out_of_memory)
{
    pthread_mutex_lock(&work->lock);
    work->threads--;
    if (out_of_memory)
        work->out_of_memory = true;
    pthread_cond_signal(&work->arrived);
    pthread_mutex_unlock(&work->lock);
}
