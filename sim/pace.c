/* pace.c: the clocks behind the clock port.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/pace.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* A sleeping processor takes some 50 us to wake: it is woken so much earlier, and looks at the clock until it is time.
 */
#define AWAKE_NS          INT64_C(80000)
#define LOOK_FOR_INPUT_NS INT64_C(1000000) /* between two looks at the descriptors while the run is late */
#define INTERRUPT_MS      200              /* between two looks at *interrupt while asleep */
#define NEVER_NS          INT64_MAX

/* ---- virtual --------------------------------------------------------------------------------------------------- */

static int64_t virtual_now_us(void *self)
{
    return ((const struct virtual_clock *)self)->now_us;
}

static enum clock_wait virtual_wait_until_us(void *self, int64_t at_us)
{
    ((struct virtual_clock *)self)->now_us = at_us;
    return CLOCK_REACHED;
}

static const struct clock_ops virtual_ops = {.now_us = virtual_now_us, .wait_until_us = virtual_wait_until_us};

struct clock_port virtual_clock_port(struct virtual_clock *clock)
{
    return (struct clock_port){&virtual_ops, clock};
}

/* ---- paced ----------------------------------------------------------------------------------------------------- */

struct pace {
    struct pace_options options;
    bool has_started;
    int64_t base_ns;   /* real time at start_us */
    int64_t armed_ns;  /* what the timer is set to */
    int64_t looked_ns; /* real time of the latest look at the descriptors */
    int64_t slipped_ns;
    int epoll_fd, timer_fd, wake_fd;
    size_t ready_count;
    int ready[PACE_READY_MAX];
    struct histogram lag_us;
};

static int64_t real_ns(void)
{
    struct timespec now;
    int failed = clock_gettime(CLOCK_MONOTONIC, &now);
    assert(failed == 0);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool epoll_add(struct pace *pace, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(pace->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool open_descriptors(struct pace *pace)
{
    pace->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    pace->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    pace->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return pace->epoll_fd >= 0 && pace->timer_fd >= 0 && pace->wake_fd >= 0 && epoll_add(pace, pace->timer_fd) &&
           epoll_add(pace, pace->wake_fd);
}

struct pace *pace_open(const struct pace_options *options)
{
    assert(isfinite(options->speed) && options->speed > 0);
    struct pace *pace = malloc(sizeof *pace);
    if (pace == NULL)
        return NULL;
    *pace = (struct pace){.options = *options, .armed_ns = NEVER_NS};
    histogram_init(&pace->lag_us);
    if (!open_descriptors(pace)) {
        int reason = errno;
        pace_close(pace);
        errno = reason;
        return NULL;
    }
    return pace;
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

void pace_close(struct pace *pace)
{
    if (pace == NULL)
        return;
    close_if_open(pace->epoll_fd);
    close_if_open(pace->timer_fd);
    close_if_open(pace->wake_fd);
    free(pace);
}

bool pace_watch(struct pace *pace, int fd)
{
    return epoll_add(pace, fd);
}

void pace_unwatch(struct pace *pace, int fd)
{
    (void)epoll_ctl(pace->epoll_fd, EPOLL_CTL_DEL, fd, NULL); /* a descriptor closed before is gone already */
}

size_t pace_ready(const struct pace *pace, int *fds, size_t max)
{
    size_t count = pace->ready_count < max ? pace->ready_count : max;
    for (size_t i = 0; i < count; i++)
        fds[i] = pace->ready[i];
    return count;
}

void pace_wake(struct pace *pace)
{
    int before = errno;
    uint64_t one = 1;
    (void)!write(pace->wake_fd, &one, sizeof one); /* a full counter wakes as well */
    errno = before;
}

const struct histogram *pace_lag(const struct pace *pace)
{
    return &pace->lag_us;
}

int64_t pace_slipped_us(const struct pace *pace)
{
    return pace->slipped_ns / 1000;
}

/* ---- the axis -------------------------------------------------------------------------------------------------- */

static void start(struct pace *pace)
{
    if (pace->has_started)
        return;
    pace->has_started = true;
    pace->base_ns = real_ns();
}

/* Real time at which the simulated at_us is due. */
static int64_t due_ns(const struct pace *pace, int64_t at_us)
{
    double since_ns = ((double)at_us - (double)pace->options.start_us) * 1e3 / pace->options.speed;
    return since_ns >= 0x1p62 ? NEVER_NS : pace->base_ns + (int64_t)since_ns;
}

static int64_t paced_now_us(void *self)
{
    struct pace *pace = self;
    start(pace);
    double since_us = (double)(real_ns() - pace->base_ns) / 1e3 * pace->options.speed;
    return pace->options.start_us + (int64_t)since_us;
}

/* ---- waiting --------------------------------------------------------------------------------------------------- */

static void arm_timer(struct pace *pace, int64_t at_ns)
{
    if (pace->armed_ns == at_ns)
        return;
    struct itimerspec when = {0}; /* zero: disarmed */
    if (at_ns != NEVER_NS)
        when.it_value = (struct timespec){.tv_sec = at_ns / 1000000000, .tv_nsec = at_ns % 1000000000};
    int failed = timerfd_settime(pace->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
    assert(failed == 0);
    pace->armed_ns = at_ns;
}

static void drain(int fd)
{
    uint64_t ignored;
    (void)!read(fd, &ignored, sizeof ignored); /* nothing to read is as good */
}

/* Sleeps at most timeout_ms (-1: for ever). Returns whether something came in from outside; notes what. */
static bool look_for_input(struct pace *pace, int timeout_ms)
{
    struct epoll_event events[PACE_READY_MAX];
    int count = epoll_wait(pace->epoll_fd, events, PACE_READY_MAX, timeout_ms);
    bool was_woken = false;
    assert(count >= 0 || errno == EINTR);
    pace->ready_count = 0;
    for (int i = 0; i < count; i++) {
        int fd = events[i].data.fd;
        if (fd != pace->timer_fd && fd != pace->wake_fd) {
            pace->ready[pace->ready_count++] = fd;
            continue;
        }
        drain(fd);
        if (fd == pace->timer_fd)
            pace->armed_ns = NEVER_NS; /* it has gone off */
        else
            was_woken = true;
    }
    return was_woken || pace->ready_count > 0;
}

static enum clock_wait arrive(struct pace *pace, int64_t lag_ns)
{
    int64_t lag_us = lag_ns / 1000;
    histogram_add(&pace->lag_us, lag_us);
    if (pace->options.policy == PACE_CATCHUP || lag_us <= pace->options.limit_us)
        return CLOCK_REACHED;
    if (pace->options.policy == PACE_HARD)
        return CLOCK_LATE;
    pace->base_ns += lag_ns;
    pace->slipped_ns += lag_ns;
    return CLOCK_REACHED;
}

static enum clock_wait paced_wait_until_us(void *self, int64_t at_us)
{
    struct pace *pace = self;
    start(pace);
    for (;;) {
        if (pace->options.interrupt != NULL && *pace->options.interrupt != 0)
            return CLOCK_INTERRUPT;
        int64_t due = due_ns(pace, at_us), now = real_ns();
        bool is_due = now >= due, is_near = due - now <= AWAKE_NS;
        if (is_due && now - pace->looked_ns < LOOK_FOR_INPUT_NS)
            return arrive(pace, now - due);
        if (!is_near)
            arm_timer(pace, due == NEVER_NS ? NEVER_NS : due - AWAKE_NS);
        bool is_awake = is_near || pace->options.rest == PACE_AWAKE;
        bool has_input = look_for_input(pace, is_awake ? 0 : pace->options.interrupt != NULL ? INTERRUPT_MS : -1);
        pace->looked_ns = real_ns();
        if (has_input)
            return CLOCK_INPUT;
    }
}

static const struct clock_ops paced_ops = {.now_us = paced_now_us, .wait_until_us = paced_wait_until_us};

struct clock_port pace_port(struct pace *pace)
{
    return (struct clock_port){&paced_ops, pace};
}
