/* watchdog.c: one thread that notices when a scenario's Lua code does not come back.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/watchdog.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#define LOOKS_PER_LIMIT 8
#define LOOK_MIN_US     1000

struct watchdog {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool ending;
    int64_t limit_us;
    void (*hung)(const char *what);
    struct watch *watches;
};

static int64_t clock_us(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void look(const struct watchdog *watchdog, struct watch *watch)
{
    uint64_t epoch = atomic_load(&watch->epoch);
    int64_t used_us = epoch % 2 == 1 ? clock_us(atomic_load(&watch->clock)) : 0;
    if (epoch % 2 == 0 || epoch != watch->seen) {
        watch->seen = epoch;
        watch->since_us = used_us;
        return;
    }
    int64_t stay_us = used_us - watch->since_us;
    if (stay_us < watchdog->limit_us)
        return;
    if (atomic_load(&watch->stop) != epoch) {
        atomic_store(&watch->stop, epoch);
        return;
    }
    /* Told to stop at an earlier look, and no instruction has been executed for a quarter of the limit since. */
    if (stay_us < watchdog->limit_us + watchdog->limit_us / 4 || atomic_load(&watch->epoch) != epoch)
        return;
    if (watchdog->hung != NULL)
        watchdog->hung(watch->what);
    abort();
}

static void next_look(struct timespec *when, int64_t limit_us)
{
    int64_t step_us = limit_us / LOOKS_PER_LIMIT > LOOK_MIN_US ? limit_us / LOOKS_PER_LIMIT : LOOK_MIN_US;
    clock_gettime(CLOCK_MONOTONIC, when);
    int64_t ns = when->tv_nsec + step_us % 1000000 * 1000;
    when->tv_sec += (time_t)(step_us / 1000000 + ns / 1000000000);
    when->tv_nsec = (long)(ns % 1000000000);
}

static void *watchdog_main(void *argument)
{
    struct watchdog *watchdog = argument;
    pthread_mutex_lock(&watchdog->lock);
    while (!watchdog->ending) {
        struct timespec when;
        next_look(&when, watchdog->limit_us);
        pthread_cond_timedwait(&watchdog->wake, &watchdog->lock, &when);
        for (struct watch *watch = watchdog->watches; watch != NULL; watch = watch->next)
            look(watchdog, watch);
    }
    pthread_mutex_unlock(&watchdog->lock);
    return NULL;
}

/* Signals stay with the program's own threads. */
static bool start(struct watchdog *watchdog)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&watchdog->thread, NULL, watchdog_main, watchdog);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed == 0;
}

struct watchdog *watchdog_open(int64_t limit_us, void (*hung)(const char *what))
{
    struct watchdog *watchdog = calloc(1, sizeof *watchdog);
    if (watchdog == NULL)
        return NULL;
    watchdog->limit_us = limit_us;
    watchdog->hung = hung;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&watchdog->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&watchdog->lock, NULL);
    if (start(watchdog))
        return watchdog;
    pthread_cond_destroy(&watchdog->wake);
    pthread_mutex_destroy(&watchdog->lock);
    free(watchdog);
    return NULL;
}

void watchdog_close(struct watchdog *watchdog)
{
    if (watchdog == NULL)
        return;
    pthread_mutex_lock(&watchdog->lock);
    watchdog->ending = true;
    pthread_cond_signal(&watchdog->wake);
    pthread_mutex_unlock(&watchdog->lock);
    pthread_join(watchdog->thread, NULL);
    pthread_cond_destroy(&watchdog->wake);
    pthread_mutex_destroy(&watchdog->lock);
    free(watchdog);
}

void watch_add(struct watchdog *watchdog, struct watch *watch, const char *what)
{
    watch->what = what;
    watch->seen = 0;
    pthread_mutex_lock(&watchdog->lock);
    watch->next = watchdog->watches;
    watchdog->watches = watch;
    pthread_mutex_unlock(&watchdog->lock);
}

void watch_remove(struct watchdog *watchdog, struct watch *watch)
{
    pthread_mutex_lock(&watchdog->lock);
    struct watch **link = &watchdog->watches;
    while (*link != watch)
        link = &(*link)->next;
    *link = watch->next;
    pthread_mutex_unlock(&watchdog->lock);
}

void watch_enter(struct watch *watch)
{
    clockid_t clock = CLOCK_MONOTONIC;
    pthread_getcpuclockid(pthread_self(), &clock);
    atomic_store_explicit(&watch->clock, clock, memory_order_relaxed);
    atomic_fetch_add_explicit(&watch->epoch, 1, memory_order_release);
}

void watch_leave(struct watch *watch)
{
    atomic_fetch_add_explicit(&watch->epoch, 1, memory_order_release);
}

bool watch_stopped(struct watch *watch)
{
    uint64_t stop = atomic_load_explicit(&watch->stop, memory_order_relaxed);
    return stop != 0 && stop == atomic_load_explicit(&watch->epoch, memory_order_relaxed);
}
