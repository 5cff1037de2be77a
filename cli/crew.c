/* crew.c: threads that work off tasks as they are given out.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/crew.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void crew_init(struct crew *crew)
{
    pthread_condattr_t attributes;
    memset(crew, 0, sizeof *crew);
    crew->last = &crew->first;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->changed, NULL);
    pthread_cond_init(&crew->arrived, &attributes);
    pthread_condattr_destroy(&attributes);
}

void crew_destroy(struct crew *crew)
{
    pthread_cond_destroy(&crew->arrived);
    pthread_cond_destroy(&crew->changed);
    pthread_mutex_destroy(&crew->lock);
}

size_t crew_room(struct crew *crew, size_t ahead)
{
    pthread_mutex_lock(&crew->lock);
    size_t wanted = crew->idle + ahead;
    wanted = wanted < CREW_TASKS_MAX ? wanted : CREW_TASKS_MAX;
    size_t room = crew->closed || wanted < crew->count ? 0 : wanted - crew->count;
    pthread_mutex_unlock(&crew->lock);
    return room;
}

void crew_give(struct crew *crew, const struct crew_task *task)
{
    pthread_mutex_lock(&crew->lock);
    assert(crew->count < CREW_TASKS_MAX);
    crew->tasks[(crew->head + crew->count++) % CREW_TASKS_MAX] = *task;
    pthread_cond_signal(&crew->changed);
    pthread_mutex_unlock(&crew->lock);
}

static void wait_for_arrival(struct crew *crew, bool hungry, int wait_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    until.tv_sec += wait_ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (crew->first == NULL && crew->threads > 0 && !(hungry && crew->idle > crew->count))
        if (pthread_cond_timedwait(&crew->arrived, &crew->lock, &until) != 0)
            return;
}

struct unit *crew_take(struct crew *crew, bool *gone, bool hungry, int wait_ms)
{
    pthread_mutex_lock(&crew->lock);
    wait_for_arrival(crew, hungry, wait_ms);
    struct unit *taken = crew->first;
    crew->first = NULL;
    crew->last = &crew->first;
    crew->waiting = 0;
    *gone = crew->threads == 0;
    pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->lock);
    return taken;
}

void crew_close(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    crew->closed = true;
    pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->lock);
}

void crew_abort(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    crew->interrupt = 1;
    crew->count = 0;
    crew->closed = true;
    pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->lock);
}

bool crew_out_of_memory(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    bool out_of_memory = crew->out_of_memory;
    pthread_mutex_unlock(&crew->lock);
    return out_of_memory;
}

const char *crew_wrong(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    const char *wrong = crew->wrong[0] != '\0' ? crew->wrong : NULL; /* once there it does not change */
    pthread_mutex_unlock(&crew->lock);
    return wrong;
}

void crew_join(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    crew->threads++;
    pthread_mutex_unlock(&crew->lock);
}

bool crew_next(struct crew *crew, struct crew_task *task)
{
    pthread_mutex_lock(&crew->lock);
    crew->idle++;
    if (crew->count == 0)
        pthread_cond_signal(&crew->arrived);
    while (crew->count == 0 && !crew->closed)
        pthread_cond_wait(&crew->changed, &crew->lock);
    crew->idle--;
    bool given = crew->count > 0;
    if (given) {
        *task = crew->tasks[crew->head];
        crew->head = (crew->head + 1) % CREW_TASKS_MAX;
        crew->count--;
    }
    pthread_mutex_unlock(&crew->lock);
    return given;
}

void crew_put(struct crew *crew, struct unit *unit)
{
    pthread_mutex_lock(&crew->lock);
    while (crew->waiting >= CREW_WAITING_MAX && crew->interrupt == 0)
        pthread_cond_wait(&crew->changed, &crew->lock);
    unit->next = NULL;
    *crew->last = unit;
    crew->last = &unit->next;
    crew->waiting++;
    pthread_cond_signal(&crew->arrived);
    pthread_mutex_unlock(&crew->lock);
}

void crew_give_up(struct crew *crew, const char *why)
{
    pthread_mutex_lock(&crew->lock);
    if (crew->wrong[0] == '\0')
        snprintf(crew->wrong, sizeof crew->wrong, "%s", why);
    pthread_mutex_unlock(&crew->lock);
    crew_abort(crew);
}

void crew_leave(struct crew *crew, bool out_of_memory)
{
    pthread_mutex_lock(&crew->lock);
    crew->threads--;
    if (out_of_memory)
        crew->out_of_memory = true;
    pthread_cond_signal(&crew->arrived);
    pthread_mutex_unlock(&crew->lock);
}
