/* stays_world.c: cars come to outlets and go from them; the price that they meet.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/stays.h"

#include "models/build.h"
#include "models/devices_stay.h"
#include "models/least.h"

/* ---- price ------------------------------------------------------------------------------------------------------ */

bool stays_price(struct world *world, int64_t *price, int64_t time_us)
{
    char why[400];
    if (tariff_price(&world->tariff, price, time_us, why, sizeof why))
        return true;
    trouble_fail(&world->trouble, why);
    return false;
}

void stays_plan_price(struct world *world)
{
    world->next_price_us = tariff_next_us(&world->tariff, sim_now_us(world->sim));
    if (world->next_price_us <= world->config->duration_us)
        sim_schedule(world->sim, world->next_price_us, SIM_ENVIRONMENT,
                     &(struct sim_action){.kind = world->price_kind, .object = world});
}

/* A price holds from its moment on, also for who plugs in at that moment before the event of the change. */
static void update_price(struct world *world)
{
    int64_t price, now_us = sim_now_us(world->sim);
    if (now_us < world->next_price_us || !stays_price(world, &price, now_us))
        return;
    sim_trace(world->sim, (uint64_t)price);
    sessions_set_price(&world->sessions, price);
    if (world->is_managed)
        manage_wake(&world->manage);
    stays_plan_price(world);
}

static void handle_price(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)sim, (void)entity, (void)argument;
    update_price(object);
}

/* ---- cars come and go ------------------------------------------------------------------------------------------ */

static void plug_in(struct world *world, uint32_t number)
{
    struct session *session = session_at(&world->sessions, number);
    struct outlet *outlet = &world->outlets[session->stay.outlet];
    update_price(world);
    outlet_plug(outlet, &session->battery);
    if (world->is_managed)
        manage_come(&world->manage, session->stay.outlet,
                    &(struct manage_terms){session->key, session->arrival_us, session->departure_us});
    struct outlet_port port = outlet_port(outlet);
    devices_come(world, session);
    sessions_plug(&world->sessions, number, &port);
}

/* The next car may come to an outlet that is empty and whose contactor has opened. */
void stays_release(struct world *world, uint32_t outlet)
{
    if (world->parking.at[outlet] != &world->parking.gone || !outlet_is_free(&world->outlets[outlet]))
        return;
    struct stay *next = parking_release(&world->parking, outlet, sim_now_us(world->sim));
    if (next != NULL)
        plug_in(world, next->session);
}

/* Who of the cars can give, evenly spread. */
static bool may_feed(const struct car_config *config, uint32_t car)
{
    if (config->feed_w == 0)
        return false;
    int64_t before = (int64_t)car * config->feed_share_ppm / 1000000;
    return ((int64_t)car + 1) * config->feed_share_ppm / 1000000 > before;
}

void stays_come(struct world *world, uint32_t number, uint32_t outlet)
{
    struct session *session = session_at(&world->sessions, number);
    session->arrival_us = sim_now_us(world->sim);
    session->departure =
        sim_schedule(world->sim, session->departure_us, SIM_ENVIRONMENT,
                     &(struct sim_action){
                         .kind = world->departure_kind, .entity = session->car, .object = world, .argument = number});
    if (parking_arrive(&world->parking, &session->stay, outlet, session->arrival_us))
        plug_in(world, number);
}

uint32_t stays_arrive(struct world *world, const struct fleet_arrival *arrival)
{
    uint32_t number = sessions_add(&world->sessions);
    if (number == SLAB_NONE)
        return number;
    struct session *session = session_at(&world->sessions, number);
    session->key = arrival->key;
    session->car = arrival->car;
    session->battery = arrival->battery;
    session->demand_uj = arrival->battery.wanted_uj;
    session->departure_us = arrival->departure_us;
    session->may_feed = may_feed(&world->config->fleet.car, arrival->car);
    stays_come(world, number, arrival->car);
    return number;
}

/* Who leaves: a car of the fleet drives away, now or later; a visitor may come again. */
static void drive_off(struct world *world, const struct session *session)
{
    int64_t unserved_uj = max64(session_demand_uj(session) - session->battery.taken_uj, 0); /* a device may give more */
    if (session->visitor != SESSION_NO_VISITOR)
        lending_leave(&world->guests.lending, session->visitor);
    else if (!session->was_moved)
        fleet_leave(&world->fleet, session->car, unserved_uj);
    else
        sim_schedule(
            world->sim, max64(session->departure_us, sim_now_us(world->sim)), SIM_ENVIRONMENT, /* a device takes time */
            &(struct sim_action){
                .kind = world->drive_kind, .entity = session->car, .object = world, .argument = (uint64_t)unserved_uj});
}

void stays_leave(struct world *world, uint32_t number)
{
    struct session *session = session_at(&world->sessions, number);
    int64_t now_us = sim_now_us(world->sim);
    bool was_plugged = session->stay.place == STAY_PLUGGED;
    uint32_t outlet = session->stay.outlet;
    sim_cancel(world->sim, session->moving);
    sim_cancel(world->sim, session->departure);
    if (was_plugged)
        outlet_unplug(&world->outlets[outlet]);
    if (was_plugged && world->is_managed)
        manage_leave(&world->manage, outlet);
    parking_leave(&world->parking, &session->stay, now_us);
    sim_trace(world->sim, (uint64_t)session->battery.taken_uj);
    drive_off(world, session);
    session->departure_us = now_us;
    sessions_leave(&world->sessions, number);
    if (was_plugged)
        stays_release(world, outlet);
}

/* A device is read once more before its car goes. */
static void depart(struct world *world, uint32_t number)
{
    if (!devices_hold(world, number, SESSION_STOP_LEAVE))
        stays_leave(world, number);
}

static void handle_departure(struct sim *sim, void *object, uint32_t car, uint64_t argument)
{
    (void)sim, (void)car;
    depart(object, (uint32_t)argument);
}

static void handle_drive(struct sim *sim, void *object, uint32_t car, uint64_t argument)
{
    (void)sim;
    struct world *world = object;
    fleet_leave(&world->fleet, car, (int64_t)argument);
}

void stays_move(struct world *world, uint32_t number)
{
    session_at(&world->sessions, number)->was_moved = true;
    depart(world, number);
}

void stays_init(struct world *world)
{
    world->departure_kind = sim_kind_add(world->sim, "world.departure", handle_departure);
    world->price_kind = sim_kind_add(world->sim, "world.price", handle_price);
    world->drive_kind = sim_kind_add(world->sim, "world.drive", handle_drive);
}
