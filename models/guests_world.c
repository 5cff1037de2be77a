/* guests_world.c: the choice of an outlet, the move of a car, and what is counted of both.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/guests.h"

#include "models/build.h"
#include "models/calendar.h"
#include "models/stays.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

#define UJ_PER_KWH       3.6e12
#define BATTERY_LEAST_UJ INT64_C(144000000000000) /* 40 kWh, if the scenario does not say more */

/* ---- full cars -------------------------------------------------------------------------------------------------- */

static void handle_move(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)sim, (void)entity;
    stays_move(object, (uint32_t)argument);
}

void guests_on_full(struct world *world, uint32_t number)
{
    const struct idle_config *config = &world->config->building.idle;
    struct session *session = session_at(&world->sessions, number);
    if (config->move_ppm == 0 || session->full_us == SESSION_NEVER_US || session->may_feed ||
        sim_is_pending(world->sim, session->moving))
        return;
    struct sim_stream stream;
    sim_stream_open(&stream, world->sim, "idle.move", session->key);
    bool moves = gsl_rng_uniform(stream_rng(&stream)) * 1e6 < (double)config->move_ppm;
    int64_t after_us = 1 + (int64_t)gsl_ran_exponential(stream_rng(&stream), (double)config->moving_us);
    if (moves && session->full_us + after_us < session->departure_us)
        session->moving = sim_schedule(
            world->sim, session->full_us + after_us, SIM_ENVIRONMENT,
            &(struct sim_action){
                .kind = world->guests.move_kind, .entity = session->car, .object = world, .argument = number});
}

/* ---- visitors --------------------------------------------------------------------------------------------------- */

static bool is_counted(const struct world *world)
{
    return sim_now_us(world->sim) >= world->config->warmup_us;
}

/* One of the lent outlets that are free; PARKING_NONE: there is none. Who lends is not at home: an outlet is free when
 * its resident's car is not there. */
static uint32_t choose(struct world *world, double choice)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < world->outlet_count; i++)
        if (lending_is_owned(&world->config->building.sharing, i) && world->parking.at[i] == NULL)
            world->guests.free[count++] = i;
    return count == 0 ? PARKING_NONE : world->guests.free[(uint32_t)(choice * count)];
}

/* Have they had a deal before? From now on they have. */
static bool meet(struct world *world, uint32_t visitor, uint32_t outlet)
{
    uint64_t pair = (uint64_t)visitor * world->outlet_count + outlet;
    uint8_t bit = (uint8_t)(1u << pair % 8), *byte = &world->guests.met[pair / 8];
    bool had_met = (*byte & bit) != 0;
    *byte |= bit;
    return had_met;
}

static void visit(struct world *world, const struct lending_visit *visit, uint32_t outlet)
{
    uint32_t number = sessions_add(&world->sessions);
    if (number == SLAB_NONE)
        return;
    struct session *session = session_at(&world->sessions, number);
    int64_t capacity_uj = world->config->fleet.car.battery_uj;
    capacity_uj = capacity_uj > BATTERY_LEAST_UJ ? capacity_uj : BATTERY_LEAST_UJ;
    capacity_uj = capacity_uj > visit->energy_uj ? capacity_uj : visit->energy_uj;
    session->key = visit->key;
    session->car = world->guests.first_payer + visit->visitor;
    session->visitor = visit->visitor;
    session->payee = RAIL_PEER(outlet);
    session->battery =
        (struct battery){.capacity_uj = capacity_uj, .missing_uj = visit->energy_uj, .wanted_uj = visit->energy_uj};
    session->demand_uj = visit->energy_uj;
    session->departure_us = visit->departure_us;
    session->is_first_deal = !meet(world, visit->visitor, outlet);
    stays_come(world, number, outlet);
}

static void on_visit(void *self, const struct lending_visit *coming)
{
    struct world *world = self;
    bool is_lent = coming->departure_us > sim_now_us(world->sim);
    uint32_t outlet = is_lent ? choose(world, coming->choice) : PARKING_NONE;
    world->guests.visits += is_counted(world);
    if (outlet != PARKING_NONE) {
        visit(world, coming, outlet);
        return;
    }
    world->guests.turned_away += is_counted(world);
    lending_leave(&world->guests.lending, coming->visitor);
}

void guests_on_wait(struct world *world, const struct session *session)
{
    if (session->stay.place != STAY_WAITING || session->stay.outlet == PARKING_NONE || !is_counted(world))
        return;
    const struct stay *other = world->parking.at[session->stay.outlet];
    bool is_by_visitor =
        other != &world->parking.gone && session_at(&world->sessions, other->session)->visitor != SESSION_NO_VISITOR;
    world->guests.blocked += is_by_visitor;
}

/* ---- results ---------------------------------------------------------------------------------------------------- */

static void count_deal(struct world *world, const struct session *session)
{
    struct guests *guests = &world->guests;
    guests->energy_uj += session->battery.taken_uj;
    guests->income_msat += session_kept_msat(session);
    if (!session->is_first_deal)
        return;
    guests->first_deals++;
    if (session->powered_us == SESSION_NEVER_US)
        return;
    guests->first_powered++;
    if (!sample_add(&guests->first_power_s, (double)(session->powered_us - session->plugged_us) / 1e6))
        trouble_memory(&world->trouble);
}

void guests_count(struct world *world, const struct session *session)
{
    struct guests *guests = &world->guests;
    if (session->arrival_us < world->config->warmup_us || !session->has_left)
        return;
    guests->full += session->full_us != SESSION_NEVER_US;
    guests->moved += session->was_moved;
    guests->idle_us += session->idle_booked_us;
    guests->fees_msat += session->idle_msat;
    if (session->visitor != SESSION_NO_VISITOR)
        count_deal(world, session);
}

void guests_metrics(struct world *world, double metrics[METRIC_COUNT])
{
    struct guests *guests = &world->guests;
    const struct building_config *config = &world->config->building;
    const struct money *money = &world->sessions.money;
    if (guests->full > 0) {
        metrics[METRIC_IDLE_TIME] = (double)guests->idle_us / (double)guests->full / (double)MINUTE_US;
        metrics[METRIC_IDLE_MOVED_SHARE] = 100 * (double)guests->moved / (double)guests->full;
    }
    if (config->idle.fee_msat > 0)
        metrics[METRIC_IDLE_FEES] = money_yen(money, (double)guests->fees_msat);
    if (config->sharing.visits_ppm == 0)
        return;
    metrics[METRIC_SHARING_VISITS] = (double)guests->visits;
    metrics[METRIC_SHARING_VISIT_ENERGY] = (double)guests->energy_uj / UJ_PER_KWH;
    metrics[METRIC_SHARING_INCOME] = money_yen(money, (double)guests->income_msat);
    metrics[METRIC_SHARING_BLOCKED] = (double)guests->blocked;
    if (guests->visits > 0)
        metrics[METRIC_SHARING_TURNED_AWAY] = 100 * (double)guests->turned_away / (double)guests->visits;
    if (guests->first_deals > 0)
        metrics[METRIC_SHARING_FIRST_POWERED] = 100 * (double)guests->first_powered / (double)guests->first_deals;
    metrics[METRIC_SHARING_FIRST_POWER] = sample_quantile(&guests->first_power_s, 0.95);
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

uint32_t guests_payers(const struct world_config *config)
{
    return config->building.sharing.visits_ppm > 0 ? config->building.sharing.visitors : 0;
}

bool guests_open(struct world *world, uint32_t first_payer)
{
    struct guests *guests = &world->guests;
    const struct sharing_config *config = &world->config->building.sharing;
    guests->first_payer = first_payer;
    sample_init(&guests->first_power_s);
    guests->move_kind = sim_kind_add(world->sim, "idle.move", handle_move);
    guests->met = calloc((size_t)guests_payers(world->config) * world->outlet_count / 8 + 1, 1);
    guests->free = calloc(world->outlet_count, sizeof guests->free[0]);
    return guests->met != NULL && guests->free != NULL &&
           lending_init(&guests->lending, world->sim, config, world->config->start_unix_s,
                        &(struct lending_listener){.self = world, .on_visit = on_visit});
}

void guests_close(struct world *world)
{
    lending_close(&world->guests.lending);
    sample_free(&world->guests.first_power_s);
    free(world->guests.met);
    free(world->guests.free);
}
