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

void virtual_run(struct tasmota *const *plugs, size_t count, int64_t until_ns, const volatile int *stop)
{
    struct pollfd *fds = calloc(count, sizeof *fds);
    while (fds != NULL && *stop == 0 && virtual_now_ns() < until_ns) {
        int64_t next_ns = until_ns;
        for (size_t i = 0; i < count; i++) {
            int64_t due_ns = tasmota_run(plugs[i], virtual_now_ns());
            next_ns = due_ns < next_ns ? due_ns : next_ns;
            fds[i].fd = tasmota_descriptor(plugs[i], &fds[i].events);
        }
        sleep_until(fds, count, next_ns);
    }
    free(fds);
}
