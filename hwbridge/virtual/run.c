/* run.c: the loop of a virtual outlet's process.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/virtual/run.h"

#include <assert.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#define SLEEP_MOST_NS INT64_C(100000000) /* between two looks at *stop */

int64_t virtual_now_ns(void)
{
    struct timespec now;
    int failed = clock_gettime(CLOCK_MONOTONIC, &now);
    assert(failed == 0);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void sleep_until(struct pollfd *fds, size_t count, int64_t at_ns)
{
    int64_t for_ns = at_ns - virtual_now_ns();
    for_ns = for_ns < 0 ? 0 : for_ns > SLEEP_MOST_NS ? SLEEP_MOST_NS : for_ns;
    const struct timespec timeout = {.tv_nsec = for_ns};
    (void)ppoll(fds, count, &timeout, NULL);
}

/* Where its descriptors stand among all; those it does not use are -1. */
static struct pollfd *place(struct pollfd *fds, size_t outlet)
{
    return fds + outlet * VIRTUAL_DESCRIPTORS_MAX;
}

static bool is_ready(const struct pollfd *fds)
{
    for (size_t i = 0; i < VIRTUAL_DESCRIPTORS_MAX; i++)
        if (fds[i].fd >= 0 && fds[i].revents != 0)
            return true;
    return false;
}

static int64_t run_one(const struct virtual_outlet *outlet, struct pollfd *fds)
{
    int64_t due_ns = outlet->ops->run(outlet->self, virtual_now_ns());
    size_t count = outlet->ops->descriptors(outlet->self, fds);
    assert(count <= VIRTUAL_DESCRIPTORS_MAX);
    for (size_t i = 0; i < VIRTUAL_DESCRIPTORS_MAX; i++)
        fds[i] = i < count ? (struct pollfd){.fd = fds[i].fd, .events = fds[i].events} : (struct pollfd){.fd = -1};
    return due_ns;
}

bool virtual_run(const struct virtual_outlet *outlets, size_t count, int64_t until_ns, const volatile int *stop)
{
    struct pollfd *fds = calloc(count, VIRTUAL_DESCRIPTORS_MAX * sizeof *fds);
    int64_t *due_ns = calloc(count, sizeof *due_ns); /* all are run at first */
    bool has_memory = fds != NULL && due_ns != NULL;
    while (has_memory && *stop == 0 && virtual_now_ns() < until_ns) {
        int64_t next_ns = until_ns, now_ns = virtual_now_ns();
        for (size_t i = 0; i < count; i++) {
            if (now_ns >= due_ns[i] || is_ready(place(fds, i)))
                due_ns[i] = run_one(&outlets[i], place(fds, i));
            next_ns = due_ns[i] < next_ns ? due_ns[i] : next_ns;
        }
        sleep_until(fds, count * VIRTUAL_DESCRIPTORS_MAX, next_ns);
    }
    free(fds);
    free(due_ns);
    return has_memory;
}
