/* bridge_modbus.c: meters, relays and chargers on Modbus lines.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * dialect: relay, keba, abb, wallbe. options: for a relay coil=N, meter=sdm230 or sdm630, meter_unit=N; for a serial
 * line baud=N and parity=N, E or O; answer_ms=N. One driver serves all lines; devices of one address are on one line.
 */
#include "cli/bridge_modbus.h"

#include "cli/options.h"
#include "hwbridge/modbus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX     256
#define UNIT_MOST    255
#define COIL_MOST    65535
#define ANSWER_MOST  10000
#define RTU          "modbus-rtu"
#define DIALECTS     "relay, keba, abb, wallbe"
#define DEFAULT_UNIT 1 /* of a meter beside a relay */

struct opening {
    struct modbus_line_options lines[MODBUS_LINES_MAX];
    char names[MODBUS_LINES_MAX][ADDRESS_PART_MAX + 1]; /* host or tty */
    size_t line_count;
    struct modbus_outlet outlets[SCENARIO_DEVICES_MAX];
    char *why;
    size_t why_size;
};

/* All lines are one driver's. */
bool bridge_modbus_is_together(const struct bridge_device *one, const struct bridge_device *other)
{
    (void)one, (void)other;
    return true;
}

static bool fail(struct opening *opening, const struct bridge_device *device, const char *what)
{
    snprintf(opening->why, opening->why_size, "%s: %s", device->config->address, what);
    return false;
}

/* ---- options ---------------------------------------------------------------------------------------------------- */

static bool set_number(uint64_t *number, const char *text, uint64_t least, uint64_t most)
{
    return options_number(number, text, least, most);
}

static bool set_baud(struct modbus_line_options *line, const char *text)
{
    static const int speeds[] = {1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200};
    uint64_t number = 0;
    if (!set_number(&number, text, 1, 115200))
        return false;
    for (size_t i = 0; i < sizeof speeds / sizeof speeds[0]; i++)
        if (speeds[i] == (int)number) {
            line->baud = speeds[i];
            return true;
        }
    return false;
}

static bool set_option(struct modbus_outlet *outlet, struct modbus_line_options *line, const char *name,
                       const char *value)
{
    uint64_t number = 0;
    bool is_relay = outlet->device.map->is_movable;
    if (strcmp(name, "coil") == 0 && is_relay && set_number(&number, value, 0, COIL_MOST)) {
        outlet->device.relay = (uint16_t)number;
    } else if (strcmp(name, "meter") == 0 && is_relay) {
        outlet->device.meter = modbus_map_find(value);
        return outlet->device.meter != NULL && !outlet->device.meter->is_switch;
    } else if (strcmp(name, "meter_unit") == 0 && is_relay && set_number(&number, value, 1, UNIT_MOST)) {
        outlet->device.meter_unit = (uint8_t)number;
    } else if (strcmp(name, "answer_ms") == 0 && set_number(&number, value, 10, ANSWER_MOST)) {
        line->answer_ms = (int)number;
    } else if (strcmp(name, "parity") == 0 && strlen(value) == 1 && strchr("NEO", *value) != NULL) {
        line->parity = *value;
    } else {
        return strcmp(name, "baud") == 0 && set_baud(line, value);
    }
    return true;
}

static bool read_options(struct opening *opening, struct modbus_outlet *outlet, struct modbus_line_options *line,
                         const struct bridge_device *device)
{
    char text[TEXT_MAX], message[TEXT_MAX + 160], *rest = text;
    if (strlen(device->config->options) >= sizeof text)
        return fail(opening, device, "options: too long");
    snprintf(text, sizeof text, "%s", device->config->options);
    for (char *word = strsep(&rest, ","); word != NULL && *text != '\0'; word = strsep(&rest, ",")) {
        char *value = strchr(word, '=');
        if (value != NULL)
            *value++ = '\0';
        if (value != NULL && set_option(outlet, line, word, value))
            continue;
        snprintf(message, sizeof message,
                 "options: \"%s\": there are answer_ms=10..%d, baud=1200..115200, parity=N, E or O, and for a relay "
                 "coil=N, meter=sdm230 or sdm630, meter_unit=N",
                 word, ANSWER_MOST);
        return fail(opening, device, message);
    }
    return true;
}

/* ---- lines ------------------------------------------------------------------------------------------------------ */

/* Out: name, where the line is; unit, as text. */
static bool split(char name[ADDRESS_PART_MAX + 1], const char **unit, const struct bridge_device *device)
{
    const struct address *address = &device->address;
    if (strcmp(address->scheme, RTU) != 0) {
        snprintf(name, ADDRESS_PART_MAX + 1, "%s",
                 strcmp(address->host, "localhost") == 0 ? "127.0.0.1" : address->host);
        *unit = address->path;
        return *address->host != '\0';
    }
    const char *slash = strrchr(address->path, '/');
    if (slash == NULL || *address->host != '\0')
        return false;
    snprintf(name, ADDRESS_PART_MAX + 1, "/%.*s", (int)(slash - address->path), address->path);
    *unit = slash + 1;
    return true;
}

/* A serial line may have several names. */
static bool is_same_tty(const char *one, const char *other)
{
    char *real_one = realpath(one, NULL), *real_other = realpath(other, NULL);
    bool is_same = strcmp(real_one != NULL ? real_one : one, real_other != NULL ? real_other : other) == 0;
    free(real_one);
    free(real_other);
    return is_same;
}

/* What a device's relay is: unit and, of a relay board, coil. A unit that is not named is the dialect's. */
static bool is_same_switch(const struct bridge_device *const devices[2], const char *const units[2])
{
    uint64_t numbers[2] = {0}, coils[2] = {0};
    const struct modbus_map *maps[2];
    for (size_t i = 0; i < 2; i++) {
        const char *coil = strstr(devices[i]->config->options, "coil=");
        maps[i] = modbus_map_find(devices[i]->config->dialect);
        if (maps[i] == NULL || (*units[i] != '\0' && !set_number(&numbers[i], units[i], 1, UNIT_MOST)))
            return false; /* which open will tell */
        numbers[i] = *units[i] == '\0' ? maps[i]->unit : numbers[i];
        if (coil != NULL)
            coils[i] = strtoull(coil + strlen("coil="), NULL, 10);
    }
    bool are_boards = maps[0]->is_movable && maps[1]->is_movable;
    return numbers[0] == numbers[1] && (!are_boards || coils[0] == coils[1]);
}

const char *bridge_modbus_shared(const struct bridge_device *one, const struct bridge_device *other, bool is_other_rail)
{
    char names[2][ADDRESS_PART_MAX + 1];
    const char *units[2];
    const struct bridge_device *const devices[2] = {one, other};
    bool is_serial = strcmp(one->address.scheme, RTU) == 0;
    if (strcmp(one->address.scheme, other->address.scheme) != 0 || !split(names[0], &units[0], one) ||
        !split(names[1], &units[1], other))
        return NULL;
    bool is_line = is_serial ? is_same_tty(names[0], names[1])
                             : strcmp(names[0], names[1]) == 0 && one->address.port == other->address.port;
    if (is_line && is_serial && is_other_rail)
        return "the same serial line";
    return is_line && is_same_switch(devices, units) ? "the same relay" : NULL;
}

static bool is_same(const struct modbus_line_options *a, const struct modbus_line_options *b, const char *name)
{
    const char *other = a->address != NULL ? a->address : a->tty;
    return (a->address != NULL) == (b->address != NULL) && a->port == b->port && strcmp(other, name) == 0;
}

/* Returns the index of the line, which may be a new one; SIZE_MAX, and why, if there is none. */
static size_t find_line(struct opening *opening, const struct modbus_line_options *wanted, const char *name,
                        const struct bridge_device *device)
{
    size_t at = 0;
    while (at < opening->line_count && !is_same(&opening->lines[at], wanted, name))
        at++;
    struct modbus_line_options *line = &opening->lines[at];
    if (at == opening->line_count) {
        if (at == MODBUS_LINES_MAX)
            return fail(opening, device, "too many Modbus lines"), SIZE_MAX;
        *line = *wanted;
        snprintf(opening->names[at], sizeof opening->names[at], "%s", name);
        line->address = wanted->address != NULL ? opening->names[at] : NULL;
        line->tty = wanted->address != NULL ? NULL : opening->names[at];
        opening->line_count++;
    }
    bool is_alike =
        line->baud == wanted->baud && line->parity == wanted->parity && line->answer_ms == wanted->answer_ms;
    return is_alike ? at
                    : (fail(opening, device, "another device of its line has other baud, parity, answer_ms"), SIZE_MAX);
}

static bool add(struct opening *opening, struct modbus_outlet *outlet, const struct bridge_device *device)
{
    char name[ADDRESS_PART_MAX + 1];
    const char *unit = "", *dialect = device->config->dialect;
    uint64_t number = 0;
    bool is_serial = strcmp(device->address.scheme, RTU) == 0;
    struct modbus_line_options line = {.address = is_serial ? NULL : "",
                                       .port = is_serial ? 0 : device->address.port,
                                       .baud = MODBUS_BAUD,
                                       .parity = 'N',
                                       .answer_ms = MODBUS_ANSWER_MS};
    outlet->device = (struct modbus_device){.outlet = device->index,
                                            .map = modbus_map_find(dialect),
                                            .meter_unit = DEFAULT_UNIT,
                                            .lease_us = device->config->lease_us};
    if (*dialect == '\0')
        return fail(opening, device, "its dialect has to be named: " DIALECTS);
    if (outlet->device.map == NULL || !outlet->device.map->is_switch)
        return fail(opening, device, "its dialect is none of " DIALECTS);
    if (!split(name, &unit, device) || (*unit != '\0' && !set_number(&number, unit, 1, UNIT_MOST)))
        return fail(opening, device,
                    "wanted is modbus-tcp://HOST:PORT/UNIT or modbus-rtu:///dev/TTY/UNIT, UNIT from 1 to 255");
    outlet->device.unit = *unit == '\0' ? outlet->device.map->unit : (uint8_t)number;
    outlet->is_lease_waived = true; /* or preflight refuses it */
    if (!read_options(opening, outlet, &line, device))
        return false;
    outlet->line = find_line(opening, &line, name, device);
    return outlet->line != SIZE_MAX;
}

bool bridge_modbus_open(struct hw_driver *driver, const struct bridge_group *group, char *why, size_t why_size)
{
    struct opening opening = {.why = why, .why_size = why_size};
    for (size_t i = 0; i < group->count; i++)
        if (!add(&opening, &opening.outlets[i], group->devices[i]))
            return false;
    return modbus_open(driver,
                       &(struct modbus_options){.lines = opening.lines,
                                                .line_count = opening.line_count,
                                                .outlets = opening.outlets,
                                                .outlet_count = group->count,
                                                .is_network_allowed = true, /* or bridge_plan has refused it */
                                                .poll_us = MODBUS_POLL_US,
                                                .sink = group->sink},
                       why, why_size);
}
