/* watchdog.h: one thread that notices when a scenario's Lua code does not come back.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each Lua state has a watch. Entering Lua makes the watch's counter odd, leaving makes it even; that is all the work
 * a callback pays for. The thread looks at all watches eight times per limit. If a counter has stayed odd and the same
 * while its thread used up the limit, the watch is told to stop, which the state's instruction hook sees. If the
 * counter still stands after that, the state is inside a C function that never looks: `hung` is called.
 *
 * The limit is counted in processor time of the watched thread, because a sandboxed callback never sleeps: a machine
 * under load, a stopped or a suspended process do not make a good scenario fail. This is the only clock below cli/
 * besides sim/pace.c, and it decides about errors alone.
 */
#ifndef KONSENTO_SCENARIOS_LANG_WATCHDOG_H
#define KONSENTO_SCENARIOS_LANG_WATCHDOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct watchdog;

struct watch {
    _Atomic uint64_t epoch;  /* odd: inside Lua */
    _Atomic uint64_t stop;   /* the epoch that has to stop, 0: none */
    _Atomic clockid_t clock; /* processor time of the thread inside */
    const char *what;        /* for the message of hung */
    /* The thread's own. */
    uint64_t seen;    /* epoch of the last look */
    int64_t since_us; /* processor time at the first look at it */
    struct watch *next;
};

/* hung: may be NULL, then abort. Returns NULL if the thread cannot be started. Owns: watchdog_close. */
struct watchdog *watchdog_open(int64_t limit_us, void (*hung)(const char *what));
void watchdog_close(struct watchdog *watchdog);

/* Any thread may add and remove; a watch is entered by one thread at a time. what: lives as long as the watch. */
void watch_add(struct watchdog *watchdog, struct watch *watch, const char *what);
void watch_remove(struct watchdog *watchdog, struct watch *watch);

void watch_enter(struct watch *watch);
void watch_leave(struct watch *watch);
/* Has this stay in Lua taken too long? */
bool watch_stopped(struct watch *watch);

#endif
