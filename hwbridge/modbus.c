/* modbus.c: the driver for devices on Modbus lines.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/modbus.h"

#include "hwbridge/guard.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEVER_NS       INT64_MAX
#define LOOK_FIRST_NS  INT64_C(15000000) /* behind a switching: relays take so long */
#define LOOK_MOST_NS   INT64_C(1000000000)
#define RESTART_NS     INT64_C(500000000)
#define READS_AT_ONCE  256
#define CLOSE_MS       2000
#define TEXT_MAX       128
#define OUTLETS_A_LINE MODBUS_DEVICES_MAX

struct outlet {
    struct modbus_device device;
    size_t line;
    uint32_t index; /* on it */
    bool is_lease_waived, was_seen;
    uint64_t switched; /* number of the last ON or OFF that was ordered */
    bool is_wanted_closed;
    uint64_t too_small; /* number of an ON that no device could carry out; 0: none */
    int64_t look_ns, look_gap_ns, poll_ns;
    uint32_t settings_good, settings_bad;
};

struct line {
    struct modbus_line_options options;
    char address[TEXT_MAX];
    struct modbus_device devices[OUTLETS_A_LINE];
    uint32_t outlet_of[OUTLETS_A_LINE]; /* index in struct modbus */
    struct modbus_line child;
    int64_t start_ns;
    bool is_up, is_known; /* known: up or down was told */
};

struct modbus {
    struct hw_sink sink;
    int64_t poll_ns, now_ns;
    struct line *lines;
    size_t line_count;
    struct outlet *outlets;
    size_t outlet_count;
    uint32_t *outlet_of; /* by the bridge's number, UINT32_MAX: none */
    size_t number_count;
};

static struct outlet *find(const struct modbus *modbus, uint32_t outlet)
{
    assert(outlet < modbus->number_count && modbus->outlet_of[outlet] != UINT32_MAX);
    return &modbus->outlets[modbus->outlet_of[outlet]];
}

/* ---- orders ----------------------------------------------------------------------------------------------------- */

static bool order(struct modbus *modbus, const struct outlet *outlet, enum modbus_job job,
                  const struct hw_command *command)
{
    struct modbus_order one = {.device = outlet->index, .job = job};
    if (command != NULL)
        one.command = *command;
    return modbus_line_order(&modbus->lines[outlet->line].child, &one);
}

static bool submit(void *self, const struct hw_command *command)
{
    struct modbus *modbus = self;
    struct outlet *outlet = find(modbus, command->outlet);
    struct modbus_step steps[MODBUS_STEPS_MAX];
    if (command->kind == HW_COMMAND_PROBE)
        return order(modbus, outlet, MODBUS_JOB_LOOK, NULL);
    bool is_on = command->kind == HW_COMMAND_ON;
    if (is_on && modbus_plan(steps, &outlet->device, MODBUS_JOB_ON, command) == 0) {
        outlet->too_small = command->number;
        return true;
    }
    if (!order(modbus, outlet, is_on ? MODBUS_JOB_ON : MODBUS_JOB_OFF, command))
        return false;
    outlet->switched = command->number;
    outlet->is_wanted_closed = is_on;
    outlet->look_ns = NEVER_NS;
    outlet->look_gap_ns = LOOK_FIRST_NS;
    return true;
}

static void preflight(void *self, uint32_t number)
{
    struct modbus *modbus = self;
    struct outlet *outlet = find(modbus, number);
    outlet->settings_good = outlet->settings_bad = 0;
    if (outlet->device.map->setting_count > 0)
        (void)order(modbus, outlet, MODBUS_JOB_PREFLIGHT, NULL);
}

/* ---- what is told ----------------------------------------------------------------------------------------------- */

static void tell(const struct modbus *modbus, const struct hw_input *input)
{
    modbus->sink.on_input(modbus->sink.self, input);
}

static void set_line(struct modbus *modbus, struct line *line, bool is_up)
{
    if (line->is_known && line->is_up == is_up)
        return;
    bool was_known = line->is_known;
    line->is_up = is_up;
    line->is_known = true;
    for (size_t i = 0; i < line->options.device_count; i++) {
        struct outlet *outlet = &modbus->outlets[line->outlet_of[i]];
        outlet->was_seen = false;
        if (is_up && was_known)
            tell(modbus, &(struct hw_input){.kind = HW_LINK_UP, .outlet = outlet->device.outlet});
        else if (!is_up)
            tell(modbus, &(struct hw_input){.kind = HW_LINK_DOWN, .outlet = outlet->device.outlet});
    }
}

/* The relay is looked at until it is where it was told to go. */
static void plan_look(struct modbus *modbus, struct outlet *outlet, const struct modbus_findings *findings)
{
    bool is_there = findings->has_relay && findings->is_closed == outlet->is_wanted_closed;
    if (is_there || outlet->look_gap_ns > LOOK_MOST_NS) {
        outlet->look_ns = NEVER_NS;
        return;
    }
    outlet->look_ns = modbus->now_ns + outlet->look_gap_ns;
    outlet->look_gap_ns *= 2;
}

static void tell_findings(const struct modbus *modbus, struct modbus_findings *findings,
                          const struct modbus_report *report, bool is_current)
{
    for (size_t i = 0; i < findings->count; i++) {
        struct hw_input *input = &findings->inputs[i];
        bool is_relay = input->kind == HW_RELAY;
        if (is_relay && !(is_current && (report->switched != 0 || input->value != 0)))
            continue; /* of a time before the last switching */
        input->command = is_relay ? report->switched : 0;
        tell(modbus, input);
    }
}

static bool was(const struct modbus_report *report, enum modbus_outcome outcome)
{
    for (uint32_t i = 0; i < report->count; i++)
        if (report->results[i].outcome == outcome)
            return true;
    return false;
}

static void tell_answer(const struct modbus *modbus, const struct outlet *outlet, const struct modbus_report *report)
{
    uint64_t number = report->order.command.number;
    bool is_switching = report->order.job == MODBUS_JOB_ON || report->order.job == MODBUS_JOB_OFF;
    if (!is_switching || number == 0)
        return;
    if (report->switched == number)
        tell(modbus, &(struct hw_input){.kind = HW_ACK, .outlet = outlet->device.outlet, .command = number});
    else if (was(report, MODBUS_REFUSED))
        tell(modbus, &(struct hw_input){.kind = HW_NACK, .outlet = outlet->device.outlet, .command = number});
}

static void hear_known(struct modbus *modbus, struct outlet *outlet, const struct modbus_report *report)
{
    struct modbus_step steps[MODBUS_STEPS_MAX];
    struct modbus_findings findings;
    (void)modbus_plan(steps, &outlet->device, report->order.job, &report->order.command);
    int reject = modbus_decode(&findings, &outlet->device, steps, report->results, report->count);
    if (reject != GUARD_OK)
        modbus->sink.on_reject(modbus->sink.self, outlet->device.outlet, (enum hw_reject)reject);
    if (report->order.job == MODBUS_JOB_PREFLIGHT) {
        outlet->settings_good = findings.settings_good;
        outlet->settings_bad = findings.settings_bad;
    }
    bool is_current = report->switched == outlet->switched;
    tell_findings(modbus, &findings, report, is_current);
    tell_answer(modbus, outlet, report);
    if (is_current && (outlet->look_ns == NEVER_NS || findings.has_relay))
        plan_look(modbus, outlet, &findings);
}

static void hear(struct modbus *modbus, struct line *line, const struct modbus_report *report)
{
    struct outlet *outlet = &modbus->outlets[line->outlet_of[report->order.device]];
    bool is_alive = was(report, MODBUS_DONE) || was(report, MODBUS_REFUSED);
    if (was(report, MODBUS_NO_LINE))
        set_line(modbus, line, false);
    else if (is_alive)
        set_line(modbus, line, true);
    if (!is_alive)
        return;
    hear_known(modbus, outlet, report);
    if (!outlet->was_seen && line->is_up) {
        outlet->was_seen = true;
        preflight(modbus, outlet->device.outlet);
    }
}

/* ---- service ---------------------------------------------------------------------------------------------------- */

/* Its child is gone, and with it all that was asked. */
static void start_again(struct modbus *modbus, struct line *line)
{
    if (line->child.child != 0) {
        modbus_line_stop(&line->child, CLOSE_MS);
        line->start_ns = modbus->now_ns + RESTART_NS;
        set_line(modbus, line, false);
    }
    if (modbus->now_ns < line->start_ns)
        return;
    line->start_ns = modbus->now_ns + RESTART_NS;
    (void)!modbus_line_start(&line->child, &line->options);
}

static void read_line(struct modbus *modbus, struct line *line)
{
    struct modbus_report report;
    for (int i = 0; i < READS_AT_ONCE && line->options.device_count > 0; i++) {
        int got = modbus_line_read(&line->child, &report);
        if (got < 0)
            start_again(modbus, line);
        if (got <= 0)
            return;
        hear(modbus, line, &report);
    }
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Looks that are due. Returns when the next is. */
static int64_t look(struct modbus *modbus, struct outlet *outlet)
{
    if (outlet->too_small != 0) {
        tell(modbus,
             &(struct hw_input){.kind = HW_NACK, .outlet = outlet->device.outlet, .command = outlet->too_small});
        outlet->too_small = 0;
    }
    bool is_polled = modbus->poll_ns > 0 && modbus->now_ns >= outlet->poll_ns;
    if (is_polled || modbus->now_ns >= outlet->look_ns) {
        (void)order(modbus, outlet, MODBUS_JOB_LOOK, NULL);
        outlet->look_ns = NEVER_NS;
        outlet->poll_ns = modbus->now_ns + modbus->poll_ns;
    }
    return sooner(outlet->look_ns, modbus->poll_ns > 0 ? outlet->poll_ns : NEVER_NS);
}

static int64_t service(void *self, int64_t now_ns)
{
    struct modbus *modbus = self;
    int64_t next_ns = NEVER_NS;
    modbus->now_ns = now_ns;
    for (size_t i = 0; i < modbus->line_count; i++) {
        read_line(modbus, &modbus->lines[i]);
        if (modbus->lines[i].child.child == 0 && modbus->lines[i].options.device_count > 0)
            next_ns = sooner(next_ns, modbus->lines[i].start_ns);
    }
    for (size_t i = 0; i < modbus->outlet_count; i++)
        next_ns = sooner(next_ns, look(modbus, &modbus->outlets[i]));
    return next_ns;
}

static size_t descriptors(void *self, int *fds, size_t max)
{
    struct modbus *modbus = self;
    size_t count = 0;
    for (size_t i = 0; i < modbus->line_count && count < max; i++)
        if (modbus->lines[i].child.child != 0)
            fds[count++] = modbus->lines[i].child.fd;
    return count;
}

/* ---- settings --------------------------------------------------------------------------------------------------- */

static void add_text(char *text, size_t size, const char *what, const char *answer)
{
    size_t at = strlen(text);
    (void)snprintf(text + at, size - at, "%s: %s\n", what, answer);
}

static bool settings(void *self, uint32_t outlet, char *text, size_t text_size)
{
    const struct outlet *one = find(self, outlet);
    const struct modbus_map *map = one->device.map;
    bool is_good = map->watchdog_most_s != 0;
    text[0] = 0;
    add_text(text, text_size, "it has a watchdog", is_good ? "yes" : "no");
    for (size_t i = 0; i < map->setting_count; i++) {
        bool bad = (one->settings_bad >> i & 1) != 0, good = (one->settings_good >> i & 1) != 0;
        add_text(text, text_size, map->settings[i].name, bad ? "no" : good ? "yes" : "no answer");
        is_good = is_good && good;
    }
    if (map->advice != NULL)
        add_text(text, text_size, "to see to", map->advice);
    return is_good;
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

static void close_modbus(void *self)
{
    struct modbus *modbus = self;
    for (size_t i = 0; i < modbus->line_count; i++)
        modbus_line_stop(&modbus->lines[i].child, CLOSE_MS);
    free(modbus->lines);
    free(modbus->outlets);
    free(modbus->outlet_of);
    free(modbus);
}

static const struct hw_driver_ops ops = {.name = "modbus",
                                         .service = service,
                                         .submit = submit,
                                         .descriptors = descriptors,
                                         .preflight = preflight,
                                         .settings = settings,
                                         .close = close_modbus};

static bool is_dialled(const struct modbus_line_options *line, bool is_network_allowed, char *why, size_t why_size)
{
    struct in_addr address;
    if (line->address == NULL)
        return true;
    if (strlen(line->address) >= TEXT_MAX || inet_pton(AF_INET, line->address, &address) != 1) {
        snprintf(why, why_size, "Modbus address \"%.60s\": four numbers with points, as 127.0.0.1", line->address);
        return false;
    }
    if (is_network_allowed || ntohl(address.s_addr) >> 24 == 127)
        return true;
    snprintf(why, why_size,
             "Modbus address %s is not on this machine, and Modbus knows no passwords: --allow-network if the line is "
             "yours alone",
             line->address);
    return false;
}

static bool is_leased(const struct modbus_outlet *outlet, char *why, size_t why_size)
{
    const struct modbus_map *map = outlet->device.map;
    int64_t lease_s = outlet->device.lease_us / 1000000;
    if (map->watchdog_most_s == 0 && !outlet->is_lease_waived)
        snprintf(why, why_size,
                 "outlet %u: a %s has no timer of its own and stays on when its line is cut: --unsafe-settings to "
                 "use it all the same",
                 outlet->device.outlet, map->name);
    else if (map->watchdog_most_s != 0 && (lease_s < map->watchdog_least_s || lease_s > map->watchdog_most_s))
        snprintf(why, why_size, "outlet %u: the watchdog of a %s takes %u to %u s, not %lld s", outlet->device.outlet,
                 map->name, map->watchdog_least_s, map->watchdog_most_s, (long long)lease_s);
    else
        return true;
    return false;
}

/* 0 is everybody, 248 to 254 nobody; 255 is what stands behind a TCP address. */
static bool has_unit(const struct line *line, const struct modbus_outlet *outlet, char *why, size_t why_size)
{
    const uint8_t units[2] = {outlet->device.unit, outlet->device.meter != NULL ? outlet->device.meter_unit : 1};
    for (int i = 0; i < 2; i++) {
        bool is_single = units[i] == 255 && line->options.address != NULL;
        if (is_single || (units[i] >= 1 && units[i] <= 247))
            continue;
        snprintf(why, why_size, "outlet %u: Modbus unit %u: there are 1 to 247%s", outlet->device.outlet, units[i],
                 line->options.address != NULL ? ", and 255" : " on a serial line");
        return false;
    }
    return true;
}

static bool add_outlet(struct modbus *modbus, const struct modbus_outlet *from, char *why, size_t why_size)
{
    struct line *line = &modbus->lines[from->line];
    uint32_t number = from->device.outlet;
    assert(from->line < modbus->line_count && from->device.map->is_switch);
    assert(from->device.meter == NULL || from->device.meter->is_meter);
    if (!is_leased(from, why, why_size) || !has_unit(line, from, why, why_size))
        return false;
    if (modbus->outlet_of[number] != UINT32_MAX || line->options.device_count == OUTLETS_A_LINE) {
        bool is_twice = modbus->outlet_of[number] != UINT32_MAX;
        snprintf(why, why_size, is_twice ? "outlet %u: has two devices" : "outlet %u: more than %d devices on a line",
                 number, OUTLETS_A_LINE);
        return false;
    }
    modbus->outlet_of[number] = (uint32_t)modbus->outlet_count;
    uint32_t index = (uint32_t)line->options.device_count++;
    line->devices[index] = from->device;
    line->outlet_of[index] = (uint32_t)modbus->outlet_count;
    modbus->outlets[modbus->outlet_count++] = (struct outlet){.device = from->device,
                                                              .line = from->line,
                                                              .index = index,
                                                              .is_lease_waived = from->is_lease_waived,
                                                              .look_ns = NEVER_NS};
    return true;
}

static bool add_line(struct modbus *modbus, const struct modbus_line_options *from, bool is_network_allowed, char *why,
                     size_t why_size)
{
    struct line *line = &modbus->lines[modbus->line_count];
    const char *name = from->address != NULL ? from->address : from->tty;
    if (!is_dialled(from, is_network_allowed, why, why_size))
        return false;
    if (strlen(name) >= TEXT_MAX) {
        snprintf(why, why_size, "serial line \"%.60s...\": %d characters at most", name, TEXT_MAX - 1);
        return false;
    }
    modbus->line_count++;
    line->child.fd = -1;
    snprintf(line->address, sizeof line->address, "%s", name);
    line->options = *from;
    line->options.address = from->address != NULL ? line->address : NULL;
    line->options.tty = from->address != NULL ? NULL : line->address;
    line->options.devices = line->devices;
    line->options.device_count = 0;
    return true;
}

static bool fill(struct modbus *modbus, const struct modbus_options *options, char *why, size_t why_size)
{
    for (size_t i = 0; i < options->line_count; i++)
        if (!add_line(modbus, &options->lines[i], options->is_network_allowed, why, why_size))
            return false;
    for (size_t i = 0; i < options->outlet_count; i++)
        if (!add_outlet(modbus, &options->outlets[i], why, why_size))
            return false;
    for (size_t i = 0; i < modbus->line_count; i++)
        if (modbus->lines[i].options.device_count > 0 &&
            !modbus_line_start(&modbus->lines[i].child, &modbus->lines[i].options)) {
            snprintf(why, why_size, "no process for a Modbus line: %s", strerror(errno));
            return false;
        }
    return true;
}

static bool allocate(struct modbus *modbus, const struct modbus_options *options)
{
    for (size_t i = 0; i < options->outlet_count; i++)
        if (options->outlets[i].device.outlet >= modbus->number_count)
            modbus->number_count = options->outlets[i].device.outlet + 1;
    modbus->lines = calloc(options->line_count, sizeof *modbus->lines);
    modbus->outlets = calloc(options->outlet_count, sizeof *modbus->outlets);
    modbus->outlet_of = malloc(modbus->number_count * sizeof *modbus->outlet_of);
    if (modbus->outlet_of != NULL)
        memset(modbus->outlet_of, 0xff, modbus->number_count * sizeof *modbus->outlet_of);
    return modbus->lines != NULL && modbus->outlets != NULL && modbus->outlet_of != NULL;
}

bool modbus_open(struct hw_driver *driver, const struct modbus_options *options, char *why, size_t why_size)
{
    assert(options->outlet_count > 0 && options->line_count > 0 && options->line_count <= MODBUS_LINES_MAX);
    struct modbus *modbus = calloc(1, sizeof *modbus);
    snprintf(why, why_size, "memory is out");
    if (modbus == NULL)
        return false;
    modbus->sink = options->sink;
    modbus->poll_ns = options->poll_us * 1000;
    if (!allocate(modbus, options) || !fill(modbus, options, why, why_size)) {
        close_modbus(modbus);
        return false;
    }
    *driver = (struct hw_driver){&ops, modbus};
    why[0] = 0;
    return true;
}

/* ---- questions -------------------------------------------------------------------------------------------------- */

bool modbus_settings(const struct hw_driver *driver, uint32_t outlet, char *text, size_t text_size)
{
    assert(driver->ops == &ops && text_size > 0);
    return settings(driver->self, outlet, text, text_size);
}

pid_t modbus_line_process(const struct hw_driver *driver, size_t line)
{
    const struct modbus *modbus = driver->self;
    assert(driver->ops == &ops && line < modbus->line_count);
    return modbus->lines[line].child.child;
}

size_t modbus_unsafe_count(const struct hw_driver *driver)
{
    assert(driver->ops == &ops);
    const struct modbus *modbus = driver->self;
    size_t count = 0;
    for (size_t i = 0; i < modbus->outlet_count; i++)
        count += modbus->outlets[i].device.map->watchdog_most_s == 0;
    return count;
}
