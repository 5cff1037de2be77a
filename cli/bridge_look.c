/* bridge_look.c: looks at devices before they are trusted with power.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/bridge_look.h"

#include "cli/bridge_drivers.h"
#include "cli/signals.h"
#include "cli/terminal.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECOND_NS   INT64_C(1000000000)
#define PATIENCE_NS (12 * SECOND_NS)
#define LEASE_S     3
#define LEASE_NS    (LEASE_S * SECOND_NS)
#define LATE_NS     (2 * SECOND_NS) /* a lease that ends later than that does not work */

/* What one device has told. */
struct seen {
    bool is_there, is_open, is_closed, has_energy, has_power;
    bool was_told_on; /* and has not said yet that it is off again */
    int64_t energy_uj, power_w;
    int64_t closed_ns, opened_ns; /* of the last change told; 0: never */
    uint64_t fault_count;
};

struct look {
    const struct bridge_plan *plan;
    struct bridge_drivers drivers;
    struct seen seen[SCENARIO_DEVICES_MAX];
    uint64_t rejects[HW_REJECTS];
    uint64_t number; /* of commands */
};

static int64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

/* ---- what devices say ------------------------------------------------------------------------------------------- */

static void hear_relay(struct seen *seen, bool is_closed)
{
    if (is_closed && !seen->is_closed)
        seen->closed_ns = now_ns();
    if (!is_closed && !seen->is_open)
        seen->opened_ns = now_ns();
    seen->is_closed = is_closed;
    seen->is_open = !is_closed;
}

static void on_input(void *self, const struct hw_input *input)
{
    struct seen *seen = &((struct look *)self)->seen[input->outlet];
    seen->is_there = input->kind != HW_LINK_DOWN;
    if (input->kind == HW_RELAY)
        hear_relay(seen, input->value != 0);
    seen->fault_count += input->kind == HW_FAULT;
    if (input->kind != HW_METER)
        return;
    if (input->energy_uj != HW_UNKNOWN_VALUE) {
        seen->has_energy = true;
        seen->energy_uj = input->energy_uj;
    }
    if (input->power_w != HW_UNKNOWN_VALUE) {
        seen->has_power = true;
        seen->power_w = input->power_w;
    }
}

static void on_reject(void *self, uint32_t outlet, enum hw_reject reject)
{
    (void)outlet;
    ((struct look *)self)->rejects[reject]++;
}

/* ---- the loop --------------------------------------------------------------------------------------------------- */

static void serve(struct look *look)
{
    struct pollfd fds[LIVE_DESCRIPTORS_MAX];
    int ready[LIVE_DESCRIPTORS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < look->drivers.count; i++) {
        const struct hw_driver *driver = &look->drivers.drivers[i];
        (void)driver->ops->service(driver->self, now_ns());
        count += driver->ops->descriptors(driver->self, ready + count, LIVE_DESCRIPTORS_MAX - count);
    }
    for (size_t i = 0; i < count; i++)
        fds[i] = (struct pollfd){.fd = ready[i], .events = POLLIN};
    (void)poll(fds, count, 5);
}

static void command(struct look *look, enum hw_command_kind kind, uint32_t outlet)
{
    bool is_on = kind == HW_COMMAND_ON;
    const struct hw_driver *driver = &look->drivers.drivers[look->drivers.driver_of[outlet]];
    const struct hw_command one = {.kind = kind,
                                   .outlet = outlet,
                                   .number = ++look->number,
                                   .limit_ma = is_on ? look->plan->outlets[outlet].lease.limit_ma : 0,
                                   .lease_us = is_on ? LEASE_NS / 1000 : 0};
    (void)driver->ops->submit(driver->self, &one); /* what is not taken is sent again */
}

static void command_all(struct look *look, enum hw_command_kind kind)
{
    for (uint32_t i = 0; i < look->plan->count; i++)
        command(look, kind, i);
}

static bool settings(const struct look *look, uint32_t outlet, char *text, size_t text_size)
{
    const struct hw_driver *driver = &look->drivers.drivers[look->drivers.driver_of[outlet]];
    *text = '\0';
    return driver->ops->settings == NULL || driver->ops->settings(driver->self, outlet, text, text_size);
}

static bool is_ready(const struct look *look, uint32_t outlet)
{
    char text[1024];
    const struct seen *seen = &look->seen[outlet];
    bool has_answers = settings(look, outlet, text, sizeof text) || strstr(text, "no answer") == NULL;
    return seen->is_there && seen->is_open && has_answers;
}

static bool is_off_again(const struct look *look, uint32_t outlet)
{
    const struct seen *seen = &look->seen[outlet];
    return !seen->was_told_on || (seen->is_there && seen->is_open);
}

/* Commands OFF until all are what is wanted of them, or nobody waits any longer. */
static void await(struct look *look, bool (*is_wanted)(const struct look *look, uint32_t outlet), bool may_stop)
{
    int64_t end_ns = now_ns() + PATIENCE_NS, again_ns = 0;
    bool is_done = false;
    while (!is_done && now_ns() < end_ns && !(may_stop && signals_seen() != STOP_NONE)) {
        if (now_ns() >= again_ns) {
            command_all(look, HW_COMMAND_OFF);
            command_all(look, HW_COMMAND_PROBE);
            again_ns = now_ns() + SECOND_NS;
        }
        serve(look);
        is_done = true;
        for (uint32_t i = 0; i < look->plan->count; i++)
            is_done = is_done && is_wanted(look, i);
    }
}

static bool open_look(struct look *look, const struct bridge_plan *plan)
{
    char why[400];
    *look = (struct look){.plan = plan};
    const struct hw_sink sink = {look, on_input, on_reject};
    if (bridge_drivers_open(&look->drivers, plan, &sink, why, sizeof why))
        return true;
    complain("bridge: %s", why);
    return false;
}

static void close_look(struct look *look)
{
    for (size_t i = 0; i < look->drivers.count; i++)
        look->drivers.drivers[i].ops->close(look->drivers.drivers[i].self);
}

/* ---- preflight -------------------------------------------------------------------------------------------------- */

static const char *state(const struct seen *seen)
{
    return !seen->is_there   ? "not reached"
           : seen->is_open   ? "there, and off"
           : seen->is_closed ? "there, and does NOT switch off"
                             : "there, but does not say whether it is off";
}

/* Lines of settings that are not "yes". */
static void tell_bad_settings(char *text)
{
    for (char *line = strsep(&text, "\n"); line != NULL && *line != '\0'; line = strsep(&text, "\n")) {
        size_t length = strlen(line);
        if (length < 5 || strcmp(line + length - 5, ": yes") != 0)
            complain("    %s", line);
    }
}

static bool judge(const struct look *look, uint32_t outlet, bool is_unsafe_allowed, bool is_quiet)
{
    char text[1024];
    const struct bridge_device *device = &look->plan->devices[outlet];
    const struct seen *seen = &look->seen[outlet];
    bool has_settings = settings(look, outlet, text, sizeof text), is_off = seen->is_there && seen->is_open;
    if (!is_off)
        complain("outlet %" PRIu32 ", %s: %s", device->config->outlet, device->config->address, state(seen));
    else if (!has_settings) {
        complain("outlet %" PRIu32 ", %s: its own settings are not safe%s", device->config->outlet,
                 device->config->address, is_unsafe_allowed ? "" : "; --unsafe-settings bears it");
        tell_bad_settings(text);
    } else if (!is_quiet)
        fprintf(stderr, "outlet %" PRIu32 ", %s: there, off, settings safe\n", device->config->outlet,
                device->config->address);
    return is_off && (has_settings || is_unsafe_allowed);
}

bool bridge_look_preflight(const struct bridge_plan *plan, bool is_unsafe_allowed, bool is_quiet)
{
    struct look look;
    bool is_good = true;
    if (!open_look(&look, plan))
        return false;
    await(&look, is_ready, true);
    for (uint32_t i = 0; i < plan->count; i++)
        is_good = judge(&look, i, is_unsafe_allowed, is_quiet) && is_good;
    close_look(&look);
    return is_good;
}

/* ---- doctor ----------------------------------------------------------------------------------------------------- */

static void try_lease(struct look *look, int64_t *begun_ns)
{
    int64_t again_ns = 0, end_ns;
    for (uint32_t i = 0; i < look->plan->count; i++)
        look->seen[i].closed_ns = look->seen[i].opened_ns = 0;
    *begun_ns = now_ns();
    end_ns = *begun_ns + LEASE_NS + 2 * LATE_NS;
    for (uint32_t i = 0; i < look->plan->count; i++)
        if (look->seen[i].is_there && look->seen[i].is_open && signals_seen() == STOP_NONE) {
            look->seen[i].was_told_on = true;
            command(look, HW_COMMAND_ON, i);
        }
    while (now_ns() < end_ns && signals_seen() == STOP_NONE) {
        if (now_ns() >= again_ns) {
            command_all(look, HW_COMMAND_PROBE);
            again_ns = now_ns() + SECOND_NS / 2;
        }
        serve(look);
    }
}

static const char *verdict(bool is_good)
{
    return is_good ? "ok  " : "BAD ";
}

static bool tell_meter(const struct seen *seen)
{
    if (seen->has_energy)
        printf("  %s meter reads %.3f kWh", verdict(true), (double)seen->energy_uj / 3.6e12);
    else
        printf("  %s no counter of energy", verdict(false));
    if (seen->has_power)
        printf(", %" PRId64 " W", seen->power_w);
    putchar('\n');
    return seen->has_energy;
}

static bool tell_lease(const struct bridge_device *device, const struct seen *seen, int64_t begun_ns)
{
    double closed_s = (double)(seen->closed_ns - begun_ns) / 1e9, opened_s = (double)(seen->opened_ns - begun_ns) / 1e9;
    if (seen->closed_ns == 0) {
        printf("  %s it did not switch on\n", verdict(false));
        return false;
    }
    if (seen->opened_ns < seen->closed_ns) {
        printf("  %s a lease of %d s: on after %.2f s, and did NOT go off by itself: do not use it\n", verdict(false),
               LEASE_S, closed_s);
        return false;
    }
    bool is_good = seen->opened_ns - begun_ns <= LEASE_NS + LATE_NS;
    bool is_ours = device->config->driver == SCENARIO_DRIVER_MODBUS; /* whose watchdogs need 10 s at least */
    printf("  %s a lease of %d s: on after %.2f s, off%s after %.2f s%s\n", verdict(is_good), LEASE_S, closed_s,
           is_ours ? "" : " by itself", opened_s,
           is_ours ? ", by the line's process on this machine; of its own watchdog that shows nothing" : "");
    return is_good;
}

static bool tell_settings(const struct look *look, uint32_t outlet)
{
    char text[1024], *rest = text;
    bool is_good = settings(look, outlet, text, sizeof text);
    for (char *line = strsep(&rest, "\n"); line != NULL && *line != '\0'; line = strsep(&rest, "\n")) {
        size_t length = strlen(line);
        printf("  %s setting %s\n", verdict(length > 5 && strcmp(line + length - 5, ": yes") == 0), line);
    }
    return is_good;
}

static bool tell_device(const struct look *look, uint32_t outlet, int64_t begun_ns)
{
    const struct bridge_device *device = &look->plan->devices[outlet];
    const struct seen *seen = &look->seen[outlet];
    bool was_there = seen->is_there || seen->opened_ns != 0;
    printf("outlet %" PRIu32 ", %s, %s\n  %s %s\n", device->config->outlet, bridge_driver_name(device->config),
           device->config->address, verdict(was_there && seen->is_open), state(seen));
    if (!was_there)
        return false;
    bool has_meter = tell_meter(seen), has_settings = tell_settings(look, outlet);
    bool has_lease = tell_lease(device, seen, begun_ns);
    return has_meter && has_settings && has_lease && seen->is_open;
}

/* Off again, whatever was found and whoever cannot wait: what was said before the OFF does not count. */
static bool leave_off(struct look *look)
{
    bool is_good = true;
    for (uint32_t i = 0; i < look->plan->count; i++)
        look->seen[i].is_open = look->seen[i].is_open && !look->seen[i].was_told_on;
    await(look, is_off_again, false);
    for (uint32_t i = 0; i < look->plan->count; i++) {
        const struct bridge_device *device = &look->plan->devices[i];
        if (is_off_again(look, i))
            continue;
        complain("outlet %" PRIu32 ", %s: does not say that it is off: it may be ON: look at it",
                 device->config->outlet, device->config->address);
        is_good = false;
    }
    return is_good;
}

bool bridge_look_doctor(const struct bridge_plan *plan)
{
    struct look look;
    int64_t begun_ns;
    bool is_good = true;
    if (!open_look(&look, plan))
        return false;
    await(&look, is_ready, true);
    try_lease(&look, &begun_ns);
    bool is_stopped = signals_seen() != STOP_NONE;
    for (uint32_t i = 0; i < plan->count && !is_stopped; i++)
        is_good = tell_device(&look, i, begun_ns) && is_good;
    bool is_off = leave_off(&look);
    is_good = is_off && is_good && !is_stopped;
    if (is_stopped)
        complain("bridge doctor: stopped before it had seen all%s", is_off ? "; outlets are off" : "");
    for (int i = 0; i < HW_REJECTS; i++)
        if (look.rejects[i] > 0)
            printf("%" PRIu64 " messages rejected as %s\n", look.rejects[i], hw_reject_name((enum hw_reject)i));
    close_look(&look);
    return is_good;
}
