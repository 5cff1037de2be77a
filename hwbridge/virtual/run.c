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

struct loop {
    const struct virtual_outlet *outlets;
    size_t count;
    struct pollfd *fds; /* of all, one outlet behind the other: poll takes no more than a process may have open */
    size_t *first;      /* by outlet: where its own begin; behind the last: how many there are */
    int64_t *due_ns;    /* by outlet */
};

static bool is_ready(const struct loop *loop, size_t outlet)
{
    for (size_t i = loop->first[outlet]; i < loop->first[outlet + 1]; i++)
        if (loop->fds[i].fd >= 0 && loop->fds[i].revents != 0)
            return true;
    return false;
}

/* Returns when the next one is due. */
static int64_t run_all(const struct loop *loop, int64_t next_ns)
{
    int64_t now_ns = virtual_now_ns();
    for (size_t i = 0; i < loop->count; i++) {
        const struct virtual_outlet *outlet = &loop->outlets[i];
        if (now_ns >= loop->due_ns[i] || is_ready(loop, i))
            loop->due_ns[i] = outlet->ops->run(outlet->self, virtual_now_ns());
        next_ns = loop->due_ns[i] < next_ns ? loop->due_ns[i] : next_ns;
    }
    return next_ns;
}

static void gather(const struct loop *loop)
{
    size_t all = 0;
    for (size_t i = 0; i < loop->count; i++) {
        loop->first[i] = all;
        size_t own = loop->outlets[i].ops->descriptors(loop->outlets[i].self, loop->fds + all);
        assert(own <= VIRTUAL_DESCRIPTORS_MAX);
        all += own;
    }
    loop->first[loop->count] = all;
}

bool virtual_run(const struct virtual_outlet *outlets, size_t count, int64_t until_ns, const volatile int *stop)
{
    const struct loop loop = {.outlets = outlets,
                              .count = count,
                              .fds = calloc(count, VIRTUAL_DESCRIPTORS_MAX * sizeof(struct pollfd)),
                              .first = calloc(count + 1, sizeof(size_t)),
                              .due_ns = calloc(count, sizeof(int64_t))}; /* all are run at first */
    bool has_memory = loop.fds != NULL && loop.first != NULL && loop.due_ns != NULL;
    while (has_memory && *stop == 0 && virtual_now_ns() < until_ns) {
        int64_t next_ns = run_all(&loop, until_ns);
        gather(&loop);
        sleep_until(loop.fds, loop.first[count], next_ns);
    }
    free(loop.fds);
    free(loop.first);
    free(loop.due_ns);
    return has_memory;
}
