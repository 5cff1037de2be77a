/* live.c: drivers, journal and clock around a bridge.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/live.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define RETRY_NS       INT64_C(1000000) /* a command that the wire did not take is offered again */
#define NEVER_NS       INT64_MAX
#define POLL_AT_END_MS 10

/* How many messages of an outlet are taken still. */
struct bucket {
    int64_t at_us;
    int64_t level_us; /* time's worth */
};

struct live {
    struct live_options options;
    struct hw_driver drivers[LIVE_DRIVERS_MAX];
    uint32_t *driver_of;
    struct bridge *bridge;
    struct bucket *buckets;
    struct hw_command *unsent; /* by outlet; number 0: none */
    size_t unsent_count;
    int timer_fd;
    int64_t armed_ns;
    int watched[LIVE_DESCRIPTORS_MAX];
    size_t watched_count;
    int64_t now_us;    /* of the service that is going on */
    int64_t resume_us; /* before that time of the axis nothing leaves */
    uint64_t next_check;
    int64_t slipped_us; /* of the clock, written down */
    bool is_over;       /* the kernel runs no more */
    size_t open_count;  /* at the end: outlets that have confirmed OFF */
    bool *is_confirmed; /* by outlet */
    int64_t *off_ns;    /* by outlet: real time when it was confirmed, or when nobody waited any longer */
    int64_t over_ns;    /* since then */
    struct live_tally tally;
};

static int64_t real_ns(void)
{
    struct timespec now;
    int failed = clock_gettime(CLOCK_MONOTONIC, &now);
    assert(failed == 0);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- journal ---------------------------------------------------------------------------------------------------- */

static void keep(struct live *live, struct journal_record *record)
{
    struct journal *journal = live->options.journal;
    struct sim *sim = live->options.sim;
    if (journal == NULL)
        return;
    record->events = sim_event_count(sim);
    if (!journal_write(journal, record))
        sim_stop(sim);
}

int live_error(const struct live *live)
{
    return live->options.journal == NULL ? 0 : live->options.journal->error;
}

static void keep_check(struct live *live)
{
    struct sim *sim = live->options.sim;
    if (sim_event_count(sim) < live->next_check)
        return;
    live->next_check = sim_event_count(sim) + LIVE_CHECK_EVENTS;
    struct journal_record record = {.kind = JOURNAL_CHECK, .time_us = sim_now_us(sim), .chain = sim_digest_chain(sim)};
    keep(live, &record);
}

/* The axis was moved: who reads the journal can tell it from a pause. */
static void keep_slip(struct live *live)
{
    int64_t by_us = pace_slipped_us(live->options.pace) - live->slipped_us;
    if (by_us == 0)
        return;
    live->slipped_us += by_us;
    struct journal_record record = {.kind = JOURNAL_SLIP, .time_us = sim_now_us(live->options.sim), .slip_us = by_us};
    keep(live, &record);
}

/* ---- inputs ----------------------------------------------------------------------------------------------------- */

static void on_reject(void *self, uint32_t outlet, enum hw_reject reject)
{
    (void)outlet;
    ((struct live *)self)->tally.rejects[reject]++;
}

/* A leaky bucket of a second's worth. */
static bool is_flood(struct live *live, uint32_t outlet)
{
    struct bucket *bucket = &live->buckets[outlet];
    int64_t share_us = 1000000 / LIVE_INPUTS_PER_S;
    int64_t drained_us = bucket->level_us - (live->now_us - bucket->at_us);
    bucket->level_us = drained_us > 0 ? drained_us : 0;
    bucket->at_us = live->now_us;
    if (bucket->level_us + share_us > 1000000)
        return true;
    bucket->level_us += share_us;
    return false;
}

/* Whether it answers the OFF of live_end, or one that was sent before and had no ON behind it: as the core takes it. */
static bool answers_off(const struct live *live, const struct hw_input *input)
{
    const struct hw_outlet *one = bridge_outlet(live->bridge, input->outlet);
    bool was_on = one->state == HW_OUTLET_ON || one->state == HW_OUTLET_ON_PENDING;
    return input->command == 0 || input->command == one->number + 1 ||
           (!was_on && input->command == one->switch_number);
}

/* Behind the kernel's end only one thing counts. */
static void take_at_end(struct live *live, const struct hw_input *input)
{
    bool is_open = input->kind == HW_RELAY && input->value == 0;
    if (!is_open || live->is_confirmed[input->outlet] || !answers_off(live, input))
        return;
    live->is_confirmed[input->outlet] = true;
    live->off_ns[input->outlet] = real_ns();
    live->open_count++;
}

/* The present, but behind the last event executed and the input before. */
static int64_t stamp(const struct live *live)
{
    int64_t executed_us = sim_now_us(live->options.sim), taken_us = live->bridge->taken_us;
    int64_t stamp_us = live->now_us > executed_us ? live->now_us : executed_us + 1;
    return stamp_us > taken_us ? stamp_us : taken_us + 1;
}

static void on_input(void *self, const struct hw_input *input)
{
    struct live *live = self;
    assert(input->outlet < live->options.outlet_count);
    if (live->is_over) {
        take_at_end(live, input);
        return;
    }
    int64_t stamp_us = stamp(live);
    if (is_flood(live, input->outlet) || live->bridge->input_count == BRIDGE_INPUTS_MAX) {
        live->tally.rejects[HW_REJECT_FLOOD]++;
        return;
    }
    struct journal_record record = {.kind = JOURNAL_INPUT, .time_us = stamp_us, .input = *input};
    keep(live, &record);
    bool is_taken = bridge_take(live->bridge, input, stamp_us);
    assert(is_taken);
    live->tally.inputs++;
}

void live_look_at(struct live *live, uint32_t outlet)
{
    on_input(live, &(struct hw_input){.kind = HW_LOOKED_AT, .outlet = outlet});
}

bool live_settle(struct live *live, const struct journal_settlement *settlement)
{
    if (live->is_over || live_error(live) != 0 || live->bridge->settlement_count == BRIDGE_SETTLEMENTS_MAX)
        return false;
    struct journal_record record = {.kind = JOURNAL_SETTLEMENT, .time_us = stamp(live), .settlement = *settlement};
    keep(live, &record);
    if (live->options.journal != NULL && !journal_keep(live->options.journal))
        sim_stop(live->options.sim);
    return live_error(live) == 0 && bridge_settle(live->bridge, settlement, record.time_us);
}

/* ---- commands --------------------------------------------------------------------------------------------------- */

static void arm(struct live *live, int64_t at_ns)
{
    if (live->armed_ns == at_ns)
        return;
    struct itimerspec when = {0};
    if (at_ns != NEVER_NS)
        when.it_value = (struct timespec){.tv_sec = at_ns / 1000000000, .tv_nsec = at_ns % 1000000000};
    int failed = timerfd_settime(live->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
    assert(failed == 0);
    live->armed_ns = at_ns;
}

static const struct hw_driver *driver_of(const struct live *live, uint32_t outlet)
{
    return &live->drivers[live->driver_of[outlet]];
}

/* The newest command to an outlet is the one that counts; but OFF is not displaced by a probe. */
static void put_by(struct live *live, const struct hw_command *command)
{
    struct hw_command *unsent = &live->unsent[command->outlet];
    live->tally.refused++;
    if (unsent->number != 0 && command->kind == HW_COMMAND_PROBE)
        return;
    live->unsent_count += unsent->number == 0;
    *unsent = *command;
}

/* Leases are of the simulation's axis, devices live in real time. */
static struct hw_command in_real_time(const struct live *live, const struct hw_command *command)
{
    struct hw_command real = *command;
    if (live->options.rate > 0)
        real.lease_us = (int64_t)((double)command->lease_us / live->options.rate);
    return real;
}

static void submit(struct live *live, const struct hw_command *wanted)
{
    const struct hw_command real = in_real_time(live, wanted), *command = &real;
    const struct hw_driver *driver = driver_of(live, command->outlet);
    struct hw_command *unsent = &live->unsent[command->outlet];
    if (!driver->ops->submit(driver->self, command)) {
        put_by(live, command);
    } else if (unsent->number != 0 && command->kind != HW_COMMAND_PROBE) {
        unsent->number = 0;
        live->unsent_count--;
    }
    arm(live, real_ns()); /* what it has not written yet, it writes when it is served */
}

static void on_command(void *self, const struct hw_command *command)
{
    struct live *live = self;
    struct journal_record record = {
        .kind = JOURNAL_COMMAND, .time_us = sim_now_us(live->options.sim), .command = *command};
    keep(live, &record);
    live->tally.commands++;
    if (record.time_us < live->resume_us)
        return; /* long ago */
    /* A command that could not be written down leaves only if it is safe. */
    if (live_error(live) == 0 || command->kind != HW_COMMAND_ON)
        submit(live, command);
}

static void offer_again(struct live *live)
{
    for (uint32_t outlet = 0; outlet < live->options.outlet_count && live->unsent_count > 0; outlet++) {
        struct hw_command command = live->unsent[outlet];
        const struct hw_driver *driver = driver_of(live, outlet);
        if (command.number == 0 || !driver->ops->submit(driver->self, &command))
            continue;
        live->unsent[outlet].number = 0;
        live->unsent_count--;
    }
}

/* ---- service ---------------------------------------------------------------------------------------------------- */

static bool has(const int *fds, size_t count, int fd)
{
    for (size_t i = 0; i < count; i++)
        if (fds[i] == fd)
            return true;
    return false;
}

/* Drivers connect, lose their connections, and connect again. */
static void watch_descriptors(struct live *live)
{
    int fds[LIVE_DESCRIPTORS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < live->options.driver_count; i++) {
        const struct hw_driver *driver = &live->drivers[i];
        count += driver->ops->descriptors(driver->self, fds + count, LIVE_DESCRIPTORS_MAX - count);
    }
    for (size_t i = 0; i < live->watched_count; i++)
        if (!has(fds, count, live->watched[i]))
            pace_unwatch(live->options.pace, live->watched[i]);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_watched = has(live->watched, live->watched_count, fds[i]) || pace_watch(live->options.pace, fds[i]);
        if (is_watched)
            fds[kept++] = fds[i]; /* what the system refuses is served by the timer */
    }
    memcpy(live->watched, fds, kept * sizeof fds[0]);
    live->watched_count = kept;
}

static void serve(struct live *live)
{
    uint64_t ignored;
    (void)!read(live->timer_fd, &ignored, sizeof ignored);
    live->armed_ns = NEVER_NS;
    int64_t now_ns = real_ns(), next_ns = NEVER_NS;
    for (size_t i = 0; i < live->options.driver_count; i++) {
        const struct hw_driver *driver = &live->drivers[i];
        int64_t at_ns = driver->ops->service(driver->self, now_ns);
        next_ns = at_ns < next_ns ? at_ns : next_ns;
    }
    offer_again(live);
    if (live->unsent_count > 0 && now_ns + RETRY_NS < next_ns)
        next_ns = now_ns + RETRY_NS;
    watch_descriptors(live);
    arm(live, next_ns);
    if (live->options.journal != NULL && !journal_sync(live->options.journal, now_ns))
        sim_stop(live->options.sim);
}

static void take(void *self, struct sim *sim, int64_t now_us)
{
    (void)sim;
    struct live *live = self;
    int64_t before_ns = real_ns();
    uint64_t inputs = live->tally.inputs;
    live->now_us = now_us;
    keep_check(live);
    keep_slip(live);
    serve(live);
    if (live->tally.inputs > inputs)
        histogram_add(&live->tally.service_us, (real_ns() - before_ns) / 1000);
}

struct sim_input live_input(struct live *live)
{
    return (struct sim_input){live, take};
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

struct live *live_new(void)
{
    struct live *live = calloc(1, sizeof *live);
    if (live == NULL)
        return NULL;
    live->timer_fd = -1;
    live->armed_ns = NEVER_NS;
    histogram_init(&live->tally.service_us);
    return live;
}

struct hw_sink live_sink(struct live *live)
{
    return (struct hw_sink){live, on_input, on_reject};
}

bool live_open(struct live *live, const struct live_options *options)
{
    assert(options->driver_count <= LIVE_DRIVERS_MAX);
    live->options = *options;
    memcpy(live->drivers, options->drivers, options->driver_count * sizeof live->drivers[0]);
    live->driver_of = malloc(options->outlet_count * sizeof live->driver_of[0]);
    if (live->driver_of != NULL)
        memcpy(live->driver_of, options->driver_of, options->outlet_count * sizeof live->driver_of[0]);
    live->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    live->buckets = calloc(options->outlet_count, sizeof *live->buckets);
    live->unsent = calloc(options->outlet_count, sizeof *live->unsent);
    live->is_confirmed = calloc(options->outlet_count, sizeof *live->is_confirmed);
    live->off_ns = calloc(options->outlet_count, sizeof *live->off_ns);
    const struct bridge_wire wire = {live, on_command};
    live->bridge = options->bridge;
    if (live->bridge == NULL)
        live->bridge = bridge_new(&(struct bridge_options){.sim = options->sim,
                                                           .outlets = options->outlets,
                                                           .outlet_count = options->outlet_count,
                                                           .wire = wire,
                                                           .listener = options->listener,
                                                           .payee = options->payee});
    else
        bridge_rewire(live->bridge, &wire);
    if (live->timer_fd < 0 || !pace_watch(options->pace, live->timer_fd))
        return false;
    if (live->driver_of == NULL || live->buckets == NULL || live->unsent == NULL || live->is_confirmed == NULL ||
        live->off_ns == NULL || live->bridge == NULL) {
        errno = ENOMEM;
        return false;
    }
    arm(live, real_ns());
    return true;
}

bool live_resume(struct live *live, int64_t at_us)
{
    struct sim *sim = live->options.sim;
    struct journal_record record = {.kind = JOURNAL_RESTART, .time_us = at_us};
    live->resume_us = at_us;
    live->now_us = at_us + 1; /* what comes in counts behind that */
    keep(live, &record);
    bridge_restart(live->bridge, at_us);
    while (live_error(live) == 0 && sim_next_us(sim) < at_us && sim_step(sim)) {
    }
    return live_error(live) == 0;
}

struct bridge *live_bridge(struct live *live)
{
    return live->bridge;
}

const struct live_tally *live_tally(const struct live *live)
{
    return &live->tally;
}

void live_free(struct live *live)
{
    if (live == NULL)
        return;
    for (size_t i = 0; i < live->options.driver_count; i++)
        live->drivers[i].ops->close(live->drivers[i].self);
    if (live->timer_fd >= 0)
        (void)close(live->timer_fd);
    bridge_free(live->bridge);
    free(live->driver_of);
    free(live->buckets);
    free(live->unsent);
    free(live->is_confirmed);
    free(live->off_ns);
    free(live);
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

static void command_off(struct live *live)
{
    for (uint32_t outlet = 0; outlet < live->options.outlet_count; outlet++) {
        const struct hw_outlet *one = bridge_outlet(live->bridge, outlet);
        if (live->is_confirmed[outlet])
            continue;
        const struct hw_command off = {.kind = HW_COMMAND_OFF, .outlet = outlet, .number = one->number + 1};
        submit(live, &off);
    }
}

static void keep_end(struct live *live, enum sim_end end)
{
    struct journal_record record = {.kind = JOURNAL_END, .time_us = sim_now_us(live->options.sim)};
    sim_digest_final(live->options.sim, record.digest);
    snprintf(record.value, sizeof record.value, "%s", sim_end_name(end));
    keep(live, &record);
}

size_t live_end(struct live *live, enum sim_end end, int64_t for_ms)
{
    live->over_ns = real_ns();
    int64_t end_ns = live->over_ns + for_ms * 1000000, again_ns = 0;
    if (end != SIM_END_INTERRUPT) /* that one goes on, like one that was killed */
        keep_end(live, end);
    live->is_over = true;
    while (live->open_count < live->options.outlet_count && real_ns() < end_ns) {
        if (real_ns() >= again_ns) {
            command_off(live);
            again_ns = real_ns() + 1000000000;
        }
        serve(live);
        struct pollfd fds[LIVE_DESCRIPTORS_MAX];
        for (size_t i = 0; i < live->watched_count; i++)
            fds[i] = (struct pollfd){.fd = live->watched[i], .events = POLLIN};
        (void)poll(fds, live->watched_count, POLL_AT_END_MS);
    }
    for (uint32_t outlet = 0; outlet < live->options.outlet_count; outlet++)
        if (!live->is_confirmed[outlet])
            live->off_ns[outlet] = real_ns();
    return live->options.outlet_count - live->open_count;
}

bool live_is_confirmed(const struct live *live, uint32_t outlet)
{
    return live->is_confirmed[outlet];
}

/* What was wanted until the end is so no more, and a lease that ran then ends by itself. */
int64_t live_unsafe_us(const struct live *live, uint32_t outlet)
{
    const struct hw_outlet *one = bridge_outlet(live->bridge, outlet);
    int64_t end_us = sim_now_us(live->options.sim);
    double rate = live->options.rate > 0 ? live->options.rate : 1;
    int64_t more_us = (int64_t)((double)(live->off_ns[outlet] - live->over_ns) / 1000 * rate);
    if (!hw_outlet_may_deliver(one, end_us))
        more_us = 0;
    else if (live->is_confirmed[outlet] && one->lease_end_us > end_us && more_us > one->lease_end_us - end_us)
        more_us = one->lease_end_us - end_us;
    return hw_outlet_unsafe_us(one, end_us) + more_us;
}
