/* ocpp.c: the driver for chargers that speak OCPP 1.6-J.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/ocpp.h"

#include "hwbridge/ocpp_point.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS     8 /* of one service: what was heard is answered in the same */
#define TICK_NS    INT64_C(250000000)
#define CHOKED_NS  INT64_C(1000000)
#define NUMBER_MOD 1000000000 /* transactions of one start of the bridge begin at its second */

struct ocpp;

struct place {
    struct ocpp *ocpp;
    char name[OCPP_SECRET_MAX], password[OCPP_SECRET_MAX];
    bool has_password;
    struct ocpp_point point;
};

struct ocpp {
    struct hw_sink sink;
    struct ocpp_door *door;
    struct place *places;
    int64_t *due_ns; /* by place: when it has something to do next */
    size_t place_count;
    uint32_t *place_of, *connector_of; /* by outlet; UINT32_MAX: none */
    size_t outlet_count;
    int64_t transactions;
    struct ocpp_now now;
};

static int64_t clock_us(clockid_t id)
{
    struct timespec now;
    int failed = clock_gettime(id, &now);
    assert(failed == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- the door's host --------------------------------------------------------------------------------------------- */

/* Takes the same time wherever they differ. */
static bool is_same_secret(const char a[OCPP_SECRET_MAX], const char b[OCPP_SECRET_MAX])
{
    unsigned different = 0;
    for (size_t i = 0; i < OCPP_SECRET_MAX; i++)
        different |= (unsigned)(a[i] ^ b[i]);
    return different == 0;
}

static long admit(void *self, const char *name, const char *password)
{
    const struct ocpp *ocpp = self;
    char padded[OCPP_SECRET_MAX] = {0};
    if (password != NULL)
        memcpy(padded, password, strnlen(password, sizeof padded - 1));
    for (size_t i = 0; i < ocpp->place_count; i++) {
        const struct place *place = &ocpp->places[i];
        if (strcmp(place->name, name) == 0)
            return password == NULL || (place->has_password && is_same_secret(place->password, padded)) ? (long)i : -1;
    }
    return -1;
}

static void on_open(void *self, long point)
{
    struct ocpp *ocpp = self;
    ocpp->due_ns[point] = 0;
    ocpp_point_connected(&ocpp->places[point].point);
}

static void on_close(void *self, long point)
{
    struct ocpp *ocpp = self;
    ocpp_point_gone(&ocpp->places[point].point);
}

static void on_reject(void *self, long point, enum hw_reject reject)
{
    const struct ocpp *ocpp = self;
    uint32_t outlet = point < 0 ? HW_OUTLETS_MAX : ocpp->places[point].point.connectors[0].config.outlet;
    ocpp->sink.on_reject(ocpp->sink.self, outlet, reject);
}

static void on_text(void *self, long point, const void *bytes, size_t length)
{
    struct ocpp *ocpp = self;
    ocpp->due_ns[point] = 0;
    int reject = ocpp_point_hear(&ocpp->places[point].point, bytes, length, &ocpp->now);
    if (reject != GUARD_OK)
        on_reject(ocpp, point, (enum hw_reject)reject);
}

static bool send_text(void *self, const char *text, size_t length)
{
    const struct place *place = self;
    return ocpp_door_send(place->ocpp->door, place - place->ocpp->places, text, length);
}

/* ---- the bridge's driver ----------------------------------------------------------------------------------------- */

static void send_due(struct ocpp *ocpp)
{
    for (size_t i = 0; i < ocpp->place_count; i++)
        if (ocpp->now.mono_ns >= ocpp->due_ns[i])
            ocpp->due_ns[i] = ocpp_point_time(&ocpp->places[i].point, &ocpp->now);
}

static int64_t next_ns(const struct ocpp *ocpp)
{
    int64_t at_ns = ocpp->now.mono_ns + (ocpp_door_is_choked(ocpp->door) ? CHOKED_NS : TICK_NS);
    for (size_t i = 0; i < ocpp->place_count; i++)
        at_ns = ocpp->due_ns[i] < at_ns ? ocpp->due_ns[i] : at_ns;
    return at_ns;
}

static int64_t service(void *self, int64_t now_ns)
{
    struct ocpp *ocpp = self;
    bool is_busy = true;
    ocpp->now = (struct ocpp_now){.mono_ns = now_ns, .utc_us = clock_us(CLOCK_REALTIME)};
    for (int i = 0; i < ROUNDS && is_busy; i++) {
        send_due(ocpp);
        is_busy = ocpp_door_serve(ocpp->door, now_ns);
    }
    return is_busy ? now_ns : next_ns(ocpp);
}

static bool submit(void *self, const struct hw_command *command)
{
    struct ocpp *ocpp = self;
    assert(command->outlet < ocpp->outlet_count && ocpp->place_of[command->outlet] != UINT32_MAX);
    uint32_t place = ocpp->place_of[command->outlet];
    ocpp->due_ns[place] = 0;
    return ocpp_point_submit(&ocpp->places[place].point, ocpp->connector_of[command->outlet], command,
                             clock_us(CLOCK_MONOTONIC) * 1000);
}

static size_t descriptors(void *self, int *fds, size_t max)
{
    if (max == 0)
        return 0;
    fds[0] = ocpp_door_descriptor(((struct ocpp *)self)->door);
    return 1;
}

static void preflight(void *self, uint32_t outlet)
{
    struct ocpp *ocpp = self;
    assert(outlet < ocpp->outlet_count && ocpp->place_of[outlet] != UINT32_MAX);
    ocpp->due_ns[ocpp->place_of[outlet]] = 0;
    ocpp_ask_settings(&ocpp->places[ocpp->place_of[outlet]].point);
}

static bool settings(void *self, uint32_t outlet, char *text, size_t text_size)
{
    const struct ocpp *ocpp = self;
    assert(outlet < ocpp->outlet_count && ocpp->place_of[outlet] != UINT32_MAX);
    return ocpp_settings_print(&ocpp->places[ocpp->place_of[outlet]].point.settings, text, text_size);
}

static void close_ocpp(void *self)
{
    struct ocpp *ocpp = self;
    if (ocpp->door != NULL)
        ocpp_door_close(ocpp->door);
    free(ocpp->places);
    free(ocpp->due_ns);
    free(ocpp->place_of);
    free(ocpp->connector_of);
    free(ocpp);
}

static const struct hw_driver_ops ops = {.name = "ocpp",
                                         .service = service,
                                         .submit = submit,
                                         .descriptors = descriptors,
                                         .preflight = preflight,
                                         .settings = settings,
                                         .close = close_ocpp};

uint16_t ocpp_port(const struct hw_driver *driver)
{
    assert(driver->ops == &ops);
    return ocpp_door_port(((const struct ocpp *)driver->self)->door);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static struct place *place_named(struct ocpp *ocpp, const char *name)
{
    for (size_t i = 0; i < ocpp->place_count; i++)
        if (strcmp(ocpp->places[i].name, name) == 0)
            return &ocpp->places[i];
    struct place *place = &ocpp->places[ocpp->place_count++];
    place->ocpp = ocpp;
    snprintf(place->name, sizeof place->name, "%s", name);
    ocpp_point_init(&place->point, &ocpp->sink, &(struct ocpp_out){place, send_text}, &ocpp->transactions);
    return place;
}

static bool is_name(const char *name)
{
    return name != NULL && *name != 0 && strlen(name) < OCPP_SECRET_MAX && strpbrk(name, "/:?#% ") == NULL;
}

/* What is wrong with an outlet; NULL: nothing. */
static const char *fault_of(const struct ocpp_outlet *outlet, bool needs_password)
{
    if (!is_name(outlet->name))
        return "the charge point's name has 1 to 63 characters, none of / : ? # % and blanks";
    if (needs_password && (outlet->password == NULL || *outlet->password == 0))
        return "its charge point needs a password";
    if (outlet->password != NULL && strlen(outlet->password) >= OCPP_SECRET_MAX)
        return "a password has at most 63 characters";
    if (outlet->connector < 1 || outlet->connector > INT32_MAX)
        return "connectors are counted from 1";
    return outlet->voltage_v > 0 && outlet->phases >= 1 && outlet->phases <= 3 ? NULL : "voltage or phases";
}

static const char *join(struct ocpp *ocpp, const struct ocpp_outlet *outlet)
{
    struct place *place = place_named(ocpp, outlet->name);
    struct ocpp_point *point = &place->point;
    char password[OCPP_SECRET_MAX] = {0};
    if (outlet->password != NULL)
        snprintf(password, sizeof password, "%s", outlet->password);
    if (point->connector_count > 0 && strcmp(password, place->password) != 0)
        return "its charge point has another password already";
    if (point->connector_count == OCPP_CONNECTORS_MAX)
        return "a charge point has at most 8 connectors";
    for (size_t i = 0; i < point->connector_count; i++)
        if (point->connectors[i].config.number == outlet->connector)
            return "its connector is another outlet already";
    memcpy(place->password, password, sizeof password);
    place->has_password = password[0] != 0;
    ocpp->place_of[outlet->outlet] = (uint32_t)(place - ocpp->places);
    ocpp->connector_of[outlet->outlet] = (uint32_t)point->connector_count;
    ocpp_point_add(point, &(struct ocpp_connector_config){.outlet = outlet->outlet,
                                                          .number = outlet->connector,
                                                          .limit_va = outlet->voltage_v * outlet->phases});
    return NULL;
}

static bool add_outlets(struct ocpp *ocpp, const struct ocpp_options *options, char *why, size_t why_size)
{
    bool needs_password = options->security == OCPP_SECURITY_BASIC || options->security == OCPP_SECURITY_TLS;
    for (size_t i = 0; i < options->outlet_count; i++) {
        const struct ocpp_outlet *outlet = &options->outlets[i];
        const char *fault = fault_of(outlet, needs_password);
        fault = fault == NULL ? join(ocpp, outlet) : fault;
        if (fault == NULL)
            continue;
        snprintf(why, why_size, "outlet %u: %s", outlet->outlet, fault);
        return false;
    }
    return true;
}

static bool may_listen(const struct ocpp_options *options, const char *address, char *why, size_t why_size)
{
    bool is_local = strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
    if (!is_local && !options->allows_network)
        snprintf(why, why_size, "%s is not an address of loopback: chargers of other machines have to be allowed",
                 address);
    else if (!is_local && options->security == OCPP_SECURITY_NONE)
        snprintf(why, why_size, "%s: chargers of other machines need passwords or certificates", address);
    else
        return true;
    return false;
}

static bool allocate(struct ocpp *ocpp, const struct ocpp_options *options)
{
    for (size_t i = 0; i < options->outlet_count; i++)
        if (options->outlets[i].outlet >= ocpp->outlet_count)
            ocpp->outlet_count = options->outlets[i].outlet + 1;
    ocpp->places = calloc(options->outlet_count, sizeof *ocpp->places);
    ocpp->due_ns = calloc(options->outlet_count, sizeof *ocpp->due_ns);
    ocpp->place_of = malloc(ocpp->outlet_count * sizeof *ocpp->place_of);
    ocpp->connector_of = calloc(ocpp->outlet_count, sizeof *ocpp->connector_of);
    if (ocpp->place_of != NULL)
        memset(ocpp->place_of, 0xff, ocpp->outlet_count * sizeof *ocpp->place_of);
    return ocpp->places != NULL && ocpp->due_ns != NULL && ocpp->place_of != NULL && ocpp->connector_of != NULL;
}

static bool open_door(struct ocpp *ocpp, const struct ocpp_options *options, char *why, size_t why_size)
{
    const char *address = options->address == NULL ? "127.0.0.1" : options->address;
    if (!may_listen(options, address, why, why_size))
        return false;
    ocpp->door = ocpp_door_open(&(struct ocpp_door_options){.address = address,
                                                            .port = options->port,
                                                            .security = options->security,
                                                            .cert_file = options->cert_file,
                                                            .key_file = options->key_file,
                                                            .ca_file = options->ca_file,
                                                            .points = ocpp->place_count,
                                                            .host = {.self = ocpp,
                                                                     .admit = admit,
                                                                     .on_open = on_open,
                                                                     .on_text = on_text,
                                                                     .on_close = on_close,
                                                                     .on_reject = on_reject}},
                                why, why_size);
    return ocpp->door != NULL;
}

bool ocpp_open(struct hw_driver *driver, const struct ocpp_options *options, char *why, size_t why_size)
{
    assert(options->outlet_count > 0);
    struct ocpp *ocpp = calloc(1, sizeof *ocpp);
    snprintf(why, why_size, "memory is out");
    if (ocpp == NULL)
        return false;
    ocpp->sink = options->sink;
    ocpp->transactions = clock_us(CLOCK_REALTIME) / 1000000 % NUMBER_MOD;
    if (!allocate(ocpp, options) || !add_outlets(ocpp, options, why, why_size) ||
        !open_door(ocpp, options, why, why_size)) {
        close_ocpp(ocpp);
        return false;
    }
    *driver = (struct hw_driver){&ops, ocpp};
    why[0] = 0;
    return true;
}
