/* modbus_child.c: the process that waits for devices on a Modbus line.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/modbus_line.h"

#include <assert.h>
#include <errno.h>
#include <modbus.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MS_NS         INT64_C(1000000)
#define NEVER_NS      INT64_MAX
#define REDIAL_NS     (250 * MS_NS)
#define OFF_AGAIN_NS  (500 * MS_NS) /* of one that its lease's end does not reach */
#define LAST_TRIES    3
#define SILENCES_MOST 3            /* of one that others wait for */
#define CHARS_BITS    (11 * 7 / 2) /* 3.5 characters: the silence between two frames on a serial line */
#define SILENCE_US    1750         /* at least */
#define SLEEP_MOST_MS 1000         /* between two looks whether the parent lives */

/* What is to be done with a device, and what is known of it. */
struct post {
    bool is_waiting[MODBUS_JOBS];
    struct modbus_order orders[MODBUS_JOBS];
    uint64_t switched;
    int64_t lease_end_ns; /* NEVER: not switched on from here */
    uint32_t silences;    /* in a row */
};

struct child {
    const struct modbus_line_options *options;
    modbus_t *line;
    bool is_connected;
    int64_t dial_ns;
    int fd;
    pid_t parent;
    bool is_over;
    bool was_in_vain; /* the last job: an OFF to one that says nothing */
    uint32_t turn;    /* who is looked at first */
    struct post posts[MODBUS_DEVICES_MAX];
};

static int64_t now_ns(void)
{
    struct timespec now;
    int failed = clock_gettime(CLOCK_MONOTONIC, &now);
    assert(failed == 0);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- the line --------------------------------------------------------------------------------------------------- */

static void hang_up(struct child *child)
{
    if (child->is_connected)
        modbus_close(child->line);
    child->is_connected = false;
    child->dial_ns = now_ns() + REDIAL_NS;
}

static bool dial(struct child *child)
{
    if (child->line == NULL || now_ns() < child->dial_ns)
        return false;
    child->is_connected = modbus_connect(child->line) == 0;
    if (!child->is_connected)
        child->dial_ns = now_ns() + REDIAL_NS;
    return child->is_connected;
}

/* Throws away what nobody has asked for, until nothing has come for so long; a line that is never silent is not waited
 * for beyond two answers' time. */
static void await_silence(struct child *child, int64_t for_us)
{
    int64_t most_us = 2000 * (int64_t)child->options->answer_ms;
    for (int64_t waited_us = 0; waited_us < most_us; waited_us += for_us) {
        usleep((useconds_t)for_us);
        if (modbus_flush(child->line) <= 0)
            return;
    }
}

static int64_t silence_us(const struct child *child)
{
    int64_t chars_us = CHARS_BITS * INT64_C(1000000) / child->options->baud;
    return chars_us > SILENCE_US ? chars_us : SILENCE_US;
}

static enum modbus_outcome failed(struct child *child, struct modbus_result *result)
{
    int error = errno;
    bool is_silence = error == ETIMEDOUT || error >= EMBBADCRC;
    if (error == EMBXGPATH || error == EMBXGTAR)
        return MODBUS_SILENT; /* a gateway has waited in our stead */
    if (error > MODBUS_ENOBASE && error < EMBBADCRC) {
        result->exception = (uint8_t)(error - MODBUS_ENOBASE);
        return MODBUS_REFUSED;
    }
    if (is_silence && child->options->address == NULL) {
        await_silence(child, child->options->answer_ms * INT64_C(1000)); /* the answer may only be late */
        return MODBUS_SILENT;
    }
    hang_up(child);
    child->dial_ns = is_silence ? 0 : child->dial_ns;
    return is_silence ? MODBUS_SILENT : MODBUS_NO_LINE;
}

static int transact(modbus_t *line, const struct modbus_step *step, uint16_t *words)
{
    uint8_t bit = 0;
    int done = -1;
    switch (step->function) {
    case MODBUS_READ_COILS:
        done = modbus_read_bits(line, step->address, 1, &bit);
        words[0] = bit != 0;
        return done;
    case MODBUS_READ_HOLDING:
        return modbus_read_registers(line, step->address, step->count, words);
    case MODBUS_READ_INPUTS:
        return modbus_read_input_registers(line, step->address, step->count, words);
    case MODBUS_WRITE_COIL:
        return modbus_write_bit(line, step->address, step->words[0]);
    case MODBUS_WRITE_ONE:
        return modbus_write_register(line, step->address, step->words[0]);
    case MODBUS_WRITE_MANY:
        return modbus_write_registers(line, step->address, step->count, step->words);
    }
    return done;
}

static enum modbus_outcome carry_out(struct child *child, const struct modbus_step *step, struct modbus_result *result)
{
    if (!child->is_connected && !dial(child))
        return MODBUS_NO_LINE;
    if (child->options->address == NULL)
        await_silence(child, silence_us(child));
    errno = 0;
    bool is_done =
        modbus_set_slave(child->line, step->unit) == 0 && transact(child->line, step, result->words) == step->count;
    return is_done ? MODBUS_DONE : failed(child, result);
}

/* ---- orders ----------------------------------------------------------------------------------------------------- */

/* A later order of a kind takes the place of an earlier one; OFF takes that of ON. */
static void take(struct child *child, const struct modbus_order *order)
{
    struct post *post = &child->posts[order->device];
    post->orders[order->job] = *order;
    post->is_waiting[order->job] = true;
    if (order->job == MODBUS_JOB_OFF)
        post->is_waiting[MODBUS_JOB_ON] = false;
}

static void receive(struct child *child)
{
    struct modbus_order order;
    for (;;) {
        ssize_t got = recv(child->fd, &order, sizeof order, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            child->is_over = true;
        if (got <= 0)
            return;
        assert(got == sizeof order && order.device < child->options->device_count);
        take(child, &order);
    }
}

/* What nobody has renewed. */
static void supervise(struct child *child)
{
    for (uint32_t i = 0; i < child->options->device_count; i++) {
        struct post *post = &child->posts[i];
        if (now_ns() < post->lease_end_ns)
            continue;
        post->lease_end_ns = now_ns() + OFF_AGAIN_NS;
        if (!post->is_waiting[MODBUS_JOB_OFF])
            take(child, &(struct modbus_order){.device = i,
                                               .job = MODBUS_JOB_OFF,
                                               .command = {.outlet = child->options->devices[i].outlet}});
    }
}

enum choice { CHOICE_ALL, CHOICE_TALKING };

/* Each device has its turn. */
static struct post *waiting(struct child *child, enum modbus_job job, enum choice choice)
{
    size_t count = child->options->device_count;
    for (size_t i = 0; i < count; i++) {
        struct post *post = &child->posts[(child->turn + i) % count];
        if (post->is_waiting[job] && (choice == CHOICE_ALL || post->silences < SILENCES_MOST))
            return post;
    }
    return NULL;
}

/* ---- work ------------------------------------------------------------------------------------------------------- */

static bool is_switching(enum modbus_job job)
{
    return job == MODBUS_JOB_ON || job == MODBUS_JOB_OFF;
}

/* All that switches was taken. From the first write of an ON power may flow, whatever becomes of the others. */
static void settle(struct post *post, const struct modbus_order *order, bool is_taken)
{
    if (order->job == MODBUS_JOB_ON)
        post->lease_end_ns = now_ns() + order->command.lease_us * 1000;
    if (!is_taken)
        return;
    if (order->job == MODBUS_JOB_OFF)
        post->lease_end_ns = NEVER_NS;
    if (order->command.number != 0)
        post->switched = order->command.number;
}

static void tell(const struct child *child, const struct modbus_report *report)
{
    (void)!send(child->fd, report, sizeof *report, MSG_DONTWAIT | MSG_NOSIGNAL); /* a parent that hears nothing */
}

static void work(struct child *child, struct post *post, enum modbus_job job);

/* Returns false if the work at hand is over with it. */
static bool let_off_pass(struct child *child, const struct post *at_hand, enum modbus_job job)
{
    if (job == MODBUS_JOB_OFF)
        return true;
    receive(child);
    supervise(child);
    struct post *post;
    bool goes_on = true;
    while ((post = waiting(child, MODBUS_JOB_OFF, CHOICE_TALKING)) != NULL) {
        work(child, post, MODBUS_JOB_OFF);
        goes_on = goes_on && post != at_hand;
    }
    return goes_on;
}

static void work(struct child *child, struct post *post, enum modbus_job job)
{
    struct modbus_step steps[MODBUS_STEPS_MAX];
    struct modbus_report report = {.order = post->orders[job]};
    const struct modbus_device *device = &child->options->devices[report.order.device];
    post->is_waiting[job] = false;
    report.switched = post->switched; /* what is read from here on is of a time behind that */
    report.count = (uint32_t)modbus_plan(steps, device, job, &report.order.command);
    bool goes_on = true, is_settled = !is_switching(job);
    for (uint32_t i = 0; i < report.count && goes_on; i++) {
        if (!is_settled && steps[i].field != NULL) {
            settle(post, &report.order, true);
            report.switched = post->switched;
            is_settled = true;
        }
        goes_on = let_off_pass(child, post, job);
        if (!goes_on)
            break;
        report.results[i].outcome = (uint8_t)carry_out(child, &steps[i], &report.results[i]);
        goes_on = report.results[i].outcome == MODBUS_DONE;
        post->silences = report.results[i].outcome == MODBUS_SILENT ? post->silences + 1 : 0;
    }
    child->was_in_vain = job == MODBUS_JOB_OFF && post->silences >= SILENCES_MOST;
    child->turn = (report.order.device + 1) % (uint32_t)child->options->device_count;
    if (!is_settled) {
        settle(post, &report.order, goes_on);
        report.switched = goes_on ? post->switched : report.switched;
    }
    tell(child, &report);
}

static bool work_on(struct child *child, enum modbus_job job, enum choice choice)
{
    struct post *post = waiting(child, job, choice);
    if (post == NULL)
        return false;
    work(child, post, job);
    return true;
}

/* OFF goes first; but behind one that was in vain something else has its turn, or a dead device would take the line
 * from all others on it. */
static bool work_once(struct child *child)
{
    if (work_on(child, MODBUS_JOB_OFF, CHOICE_TALKING))
        return true;
    if (!child->was_in_vain && work_on(child, MODBUS_JOB_OFF, CHOICE_ALL))
        return true;
    child->was_in_vain = false;
    for (enum modbus_job job = MODBUS_JOB_ON; job <= MODBUS_JOB_LOOK; job++)
        if (work_on(child, job, CHOICE_TALKING))
            return true;
    for (enum modbus_job job = MODBUS_JOB_OFF; job <= MODBUS_JOB_LOOK; job++)
        if (work_on(child, job, CHOICE_ALL))
            return true;
    return false;
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

static int64_t next_end_ns(const struct child *child)
{
    int64_t next_ns = NEVER_NS;
    for (size_t i = 0; i < child->options->device_count; i++)
        if (child->posts[i].lease_end_ns < next_ns)
            next_ns = child->posts[i].lease_end_ns;
    return next_ns;
}

static void sleep_well(const struct child *child)
{
    int64_t end_ns = next_end_ns(child), at_ns = now_ns();
    int64_t for_ms = end_ns == NEVER_NS || end_ns - at_ns > SLEEP_MOST_MS * MS_NS ? SLEEP_MOST_MS
                     : end_ns > at_ns                                             ? (end_ns - at_ns) / MS_NS + 1
                                                                                  : 0;
    struct pollfd ready = {.fd = child->fd, .events = POLLIN};
    (void)poll(&ready, 1, (int)for_ms);
}

/* Nobody is left who could say that power is wanted. */
static void end(struct child *child)
{
    for (int tries = 0; tries < LAST_TRIES && next_end_ns(child) != NEVER_NS; tries++)
        for (uint32_t i = 0; i < child->options->device_count; i++) {
            struct post *post = &child->posts[i];
            post->orders[MODBUS_JOB_OFF] = (struct modbus_order){.device = i, .job = MODBUS_JOB_OFF};
            child->dial_ns = 0;
            if (post->lease_end_ns != NEVER_NS)
                work(child, post, MODBUS_JOB_OFF);
        }
}

static modbus_t *line_of(const struct modbus_line_options *options)
{
    modbus_t *line = options->address != NULL ? modbus_new_tcp(options->address, options->port)
                                              : modbus_new_rtu(options->tty, options->baud, options->parity, 8, 1);
    if (line == NULL)
        return NULL;
    uint32_t for_us = (uint32_t)options->answer_ms * 1000;
    (void)modbus_set_response_timeout(line, for_us / 1000000, for_us % 1000000);
    (void)modbus_set_byte_timeout(line, for_us / 1000000, for_us % 1000000);
    return line;
}

void modbus_child_run(int fd, pid_t parent, const struct modbus_line_options *options)
{
    struct child child = {.options = options, .fd = fd, .parent = parent, .line = line_of(options)};
    for (size_t i = 0; i < MODBUS_DEVICES_MAX; i++)
        child.posts[i].lease_end_ns = NEVER_NS;
    while (!child.is_over && getppid() == parent) {
        sleep_well(&child);
        do {
            receive(&child);
            supervise(&child);
        } while (!child.is_over && getppid() == parent && work_once(&child));
    }
    end(&child);
    hang_up(&child);
    modbus_free(child.line);
}
