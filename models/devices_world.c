/* devices_world.c: outlets of a world that are devices.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/devices.h"

#include "models/build.h"
#include "models/devices_stay.h"
#include "models/rails/till.h"
#include "models/session_device.h"
#include "models/stays.h"

#include <assert.h>

/* What is known of a device's load enters the books of the building at least so often. */
#define MEASURE_US INT64_C(60000000)

static const struct world_devices *devices_of(const struct world *world)
{
    return world->order->devices;
}

static struct outlet *outlet_of(struct world *world, uint32_t device)
{
    return &world->outlets[devices_of(world)->devices[device].outlet];
}

/* The session whose car is plugged in there, SLAB_NONE: no car. */
static uint32_t session_there(const struct world *world, uint32_t outlet)
{
    const struct stay *stay = world->parking.at[outlet];
    return stay != NULL && stay->place == STAY_PLUGGED ? stay->session : SLAB_NONE;
}

/* ---- what devices tell ------------------------------------------------------------------------------------------ */

static void on_closed(void *self, uint32_t device)
{
    struct world *world = self;
    struct outlet *outlet = outlet_of(world, device);
    uint32_t number = session_there(world, outlet->number);
    outlet_device_closed(outlet);
    if (number != SLAB_NONE)
        sessions_on_closed(&world->sessions, number);
}

/* The last reading is there: who waited for it goes on. */
static void on_opened(void *self, uint32_t device)
{
    struct world *world = self;
    struct outlet *outlet = outlet_of(world, device);
    uint32_t number = session_there(world, outlet->number);
    outlet_device_opened(outlet);
    if (outlet->contact != CONTACT_OPEN)
        return;
    switch (number == SLAB_NONE ? SESSION_STOP_NONE : session_at(&world->sessions, number)->stop) {
    case SESSION_STOP_NONE:
        break;
    case SESSION_STOP_FULL:
        sessions_on_idle(&world->sessions, number);
        guests_on_full(world, number);
        break;
    case SESSION_STOP_LEAVE:
        stays_leave(world, number);
        break;
    }
    stays_release(world, outlet->number);
}

static void on_energy(void *self, uint32_t device, int64_t meter_uj)
{
    (void)meter_uj;
    struct world *world = self;
    struct outlet *outlet = outlet_of(world, device);
    uint32_t number = session_there(world, outlet->number);
    outlet_measure(outlet);
    if (number != SLAB_NONE)
        sessions_on_energy(&world->sessions, number);
}

static void on_idle(void *self, uint32_t device)
{
    struct world *world = self;
    uint32_t number = session_there(world, outlet_of(world, device)->number);
    if (number != SLAB_NONE && session_at(&world->sessions, number)->stop == SESSION_STOP_NONE)
        (void)devices_hold(world, number, SESSION_STOP_FULL);
}

static void on_fault(void *self, uint32_t device, const char *cause)
{
    (void)cause;
    struct world *world = self;
    uint32_t number = session_there(world, outlet_of(world, device)->number);
    if (number != SLAB_NONE)
        sessions_on_fault(&world->sessions, number);
}

static bool on_paid(void *self, const uint8_t payment_hash[32])
{
    const struct world *world = self;
    return till_is(&world->rail) && till_settle(&world->rail, payment_hash) == TILL_SETTLED;
}

/* ---- time ------------------------------------------------------------------------------------------------------- */

static void handle_measure(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)entity, (void)argument;
    struct world *world = object;
    for (uint32_t i = 0; i < world->outlet_count; i++)
        outlet_measure(&world->outlets[i]);
    sim_schedule(sim, sim_now_us(sim) + MEASURE_US, SIM_PROBE,
                 &(struct sim_action){.kind = world->measure_kind, .object = world});
}

/* Who is at a device goes: it is read once more while somebody still listens. */
static void handle_closing(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)sim, (void)entity, (void)argument;
    struct world *world = object;
    world->is_closing = true;
    for (uint32_t i = 0; i < world->outlet_count; i++) {
        uint32_t number = session_there(world, i);
        if (number != SLAB_NONE && world->outlets[i].is_device)
            stays_move(world, number);
    }
}

bool devices_open(struct world *world)
{
    const struct world_devices *devices = devices_of(world);
    const struct world_ears ears = {.outlets = {.self = world,
                                                .on_closed = on_closed,
                                                .on_opened = on_opened,
                                                .on_energy = on_energy,
                                                .on_idle = on_idle,
                                                .on_fault = on_fault},
                                    .on_paid = on_paid};
    if (devices == NULL)
        return true;
    sessions_device_init(&world->sessions);
    if (!devices->open(devices->self, world->sim, &ears, world->order->interrupt))
        return false;
    for (uint32_t i = 0; i < devices->count; i++) {
        const struct outlet_port port = devices->port(devices->self, i);
        assert(devices->devices[i].outlet < world->outlet_count);
        outlet_attach(outlet_of(world, i), &port);
    }
    world->measure_kind = sim_kind_add(world->sim, "world.measure", handle_measure);
    world->closing_kind = sim_kind_add(world->sim, "world.closing", handle_closing);
    int64_t closing_us = world->config->duration_us - devices->closing_us;
    sim_schedule(world->sim, MEASURE_US, SIM_PROBE, &(struct sim_action){.kind = world->measure_kind, .object = world});
    sim_schedule(world->sim, closing_us > 0 ? closing_us : 0, SIM_CONTROL,
                 &(struct sim_action){.kind = world->closing_kind, .object = world});
    return true;
}
