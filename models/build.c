/* build.c: the parts of a world joined: who tells whom what.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/build.h"

#include "models/devices.h"
#include "models/event_tables.h"
#include "models/guests.h"
#include "models/rails/cloud.h"
#include "models/rails/lightning.h"
#include "models/rails/till.h"
#include "models/rails/onchain.h"
#include "models/stays.h"
#include "protocol/lightning/backend.h"

#include <assert.h>
#include <stdlib.h>

static void on_arrival(void *self, const struct fleet_arrival *arrival)
{
    struct world *world = self;
    uint32_t number = stays_arrive(world, arrival);
    if (number != SLAB_NONE)
        guests_on_wait(world, session_at(&world->sessions, number));
}

/* ---- outlets, rail and sessions report ------------------------------------------------------------------------- */

/* The session whose car is plugged into the outlet, SLAB_NONE: no car. */
static uint32_t session_plugged(const struct world *world, uint32_t outlet)
{
    const struct stay *stay = world->parking.at[outlet];
    return stay != NULL && stay->place == STAY_PLUGGED ? stay->session : SLAB_NONE;
}

static void on_closed(void *self, uint32_t outlet)
{
    struct world *world = self;
    uint32_t number = session_plugged(world, outlet);
    if (number != SLAB_NONE)
        sessions_on_closed(&world->sessions, number);
    if (number != SLAB_NONE && world->is_managed)
        manage_enter(&world->manage, outlet);
}

static void on_opened(void *self, uint32_t outlet)
{
    struct world *world = self;
    if (world->is_managed)
        manage_leave(&world->manage, outlet);
    stays_release(world, outlet);
}

static void on_energy(void *self, uint32_t outlet, int64_t meter_uj)
{
    (void)meter_uj;
    struct world *world = self;
    uint32_t number = session_plugged(world, outlet);
    if (number != SLAB_NONE)
        sessions_on_energy(&world->sessions, number);
}

static void on_idle(void *self, uint32_t outlet)
{
    struct world *world = self;
    uint32_t number = session_plugged(world, outlet);
    if (number != SLAB_NONE) {
        sessions_on_idle(&world->sessions, number);
        guests_on_full(world, number);
    }
    if (world->is_managed)
        manage_wake(&world->manage);
}

static void on_fed(void *self, uint32_t outlet)
{
    struct world *world = self;
    uint32_t number = session_plugged(world, outlet);
    if (number != SLAB_NONE)
        sessions_on_fed(&world->sessions, number);
    if (world->is_managed)
        manage_wake(&world->manage);
}

static void on_event(void *self, uint32_t number, const struct rail_event *event)
{
    struct world *world = self;
    const struct measure_held held = {.exposure_msat = world->rail.ops->exposure_msat(world->rail.self),
                                      .balance_msat = ledger_balance_msat(&world->ledger, LEDGER_OWED) -
                                                      world->sessions.refunds_msat};
    const struct session *session = number == SLAB_NONE ? NULL : session_at(&world->sessions, number);
    measure_event(&world->measure, session, event, &held);
    bool is_paying = session != NULL && session->stay.place == STAY_PLUGGED && session->credited_count > 0;
    if (is_paying && world->is_managed)
        manage_pay(&world->manage, session->stay.outlet, session->final_msat >= session_kept_msat(session));
}

static void on_over(void *self, uint32_t number)
{
    struct world *world = self;
    const struct session *session = session_at(&world->sessions, number);
    world->past_taken_uj += session->battery.taken_uj;
    world->past_given_uj += session->battery.given_uj;
    world->past_lost_uj += session->battery.refill_uj - session->battery.given_uj;
    measure_session(&world->measure, &world->sessions, session);
    guests_count(world, session);
}

/* ---- warm-up ---------------------------------------------------------------------------------------------------- */

static void handle_warmup(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)entity, (void)argument;
    struct world *world = object;
    int64_t now_us = sim_now_us(sim);
    building_restart(&world->building, now_us);
    level_restart(&world->parking.plugged, now_us);
    sessions_restart(&world->sessions);
    if (world->is_managed)
        manage_restart(&world->manage, now_us);
    measure_restart(&world->measure, now_us);
    trading_restart(world);
    outcome_rail_look(&world->warmup_look, &world->rail, world->chain);
}

/* ---- building -------------------------------------------------------------------------------------------------- */

static void on_outside(void *self)
{
    struct world *world = self;
    trading_on_outside(world);
    if (world->is_managed)
        manage_wake(&world->manage);
}

static bool open_site(struct world *world, const struct world_data *data, uint32_t cars)
{
    const struct building_config *config = &world->config->building;
    bool is_shared = config->outlets.count > 0;
    world->outlet_count = is_shared ? config->outlets.count : cars;
    world->outlets = calloc(world->outlet_count, sizeof world->outlets[0]);
    if (world->outlets == NULL || !parking_init(&world->parking, world->outlet_count, is_shared) ||
        !building_init(&world->building, config, world->config->start_unix_s, world->config->duration_us,
                       world->config->series_step_us))
        return false;
    outlet_site_init(&world->site, world->sim, &world->building, config, &world->config->fleet.car);
    world->site.is_managed = world->is_managed = config->strategy != STRATEGY_NONE;
    world->site.listener = (struct outlet_listener){.self = world,
                                                    .on_closed = on_closed,
                                                    .on_opened = on_opened,
                                                    .on_energy = on_energy,
                                                    .on_idle = on_idle,
                                                    .on_fed = on_fed};
    for (uint32_t i = 0; i < world->outlet_count; i++)
        outlet_init(&world->outlets[i], &world->site, i);
    const struct manage_options options = {.trouble = &world->trouble,
                                           .config = config,
                                           .tariff = &world->tariff,
                                           .outlets = world->outlets,
                                           .outlet_count = world->outlet_count};
    if (world->is_managed && !manage_init(&world->manage, &options))
        return false;
    return outside_init(&world->outside, &(struct outside_options){
                                             .sim = world->sim,
                                             .building = &world->building,
                                             .config = config,
                                             .series = data->roof,
                                             .start_unix_s = world->config->start_unix_s,
                                             .listener = {.self = world, .on_change = on_outside},
                                         });
}

/* Returns false if the tariff has no price at time 0 (told to trouble). */
static bool open_sessions(struct world *world, const struct world_data *data)
{
    const struct world_config *config = world->config;
    const struct world_callbacks *callbacks = world->order->callbacks;
    world->tariff = (struct tariff){.config = data->tariff != NULL ? data->tariff : &config->tariff,
                                    .start_unix_s = config->start_unix_s,
                                    .ask = callbacks == NULL ? NULL : callbacks->tariff,
                                    .ask_self = callbacks == NULL ? NULL : callbacks->self};
    int64_t price = 0;
    bool has_price = stays_price(world, &price, 0);
    sessions_init(&world->sessions, &(struct sessions_options){
                                        .trouble = &world->trouble,
                                        .payment = &config->payment,
                                        .outlet = &config->building.outlets,
                                        .idle = &config->building.idle,
                                        .ledger = &world->ledger,
                                        .yen_per_btc = config->yen_per_btc,
                                        .price_uyen_per_kwh = price,
                                        .listener = {.self = world, .on_event = on_event, .on_over = on_over},
                                    });
    return has_price;
}

static bool open_chain(struct world *world, const struct trace *trace, btc_signature_judge *also)
{
    if (world->order->blocks != NULL)
        world->chain_config.keep = CHAIN_KEEP_ALL;
    const struct chain_options chain = {.trouble = &world->trouble,
                                        .config = &world->chain_config,
                                        .trace = trace,
                                        .start_unix_s = world->config->start_unix_s,
                                        .also = also};
    world->chain = chain_new(&chain);
    return world->chain != NULL;
}

/* The chain, then the rail, whose wallets ask for coins before the chain begins. */
static bool open_onchain(struct world *world, const struct rail_config *rail, const struct trace *trace, uint32_t cars)
{
    const struct onchain_config *config = &rail->onchain;
    world->chain_config = world->config->chain;
    if (world->chain_config.watch_blocks < config->final_confirmations)
        world->chain_config.watch_blocks = config->final_confirmations;
    if (!open_chain(world, trace, NULL))
        return false;
    const struct onchain_options options = {.trouble = &world->trouble,
                                            .config = config,
                                            .chain_config = &world->chain_config,
                                            .chain = world->chain,
                                            .ledger = &world->ledger,
                                            .listener = sessions_rail_listener(&world->sessions),
                                            .payer_count = cars};
    if (!onchain_open(&world->rail, &options))
        return false;
    chain_begin(world->chain);
    return onchain_begin(&world->rail);
}

static void on_message(void *self, const struct lightning_message *message)
{
    const struct world *world = self;
    const int64_t values[] = {sim_now_us(world->trouble.sim),
                              message->from.role,
                              message->from.number,
                              message->to.role,
                              message->to.number,
                              message->type,
                              message->htlc,
                              message->amount_msat,
                              (int64_t)message->length};
    assert(sizeof values / sizeof values[0] == event_tables[EVENT_TABLE_MESSAGE].column_count);
    world->order->events->row(world->order->events->self, EVENT_TABLE_MESSAGE, values);
}

static bool open_lightning(struct world *world, const struct rail_config *rail, const struct world_data *data,
                           uint32_t cars)
{
    bool has_tokens = rail->lightning.crypto == LIGHTNING_CRYPTO_TOKEN;
    world->chain_config = world->config->chain;
    if (!open_chain(world, data->trace, has_tokens ? ln_token_judge : NULL))
        return false;
    const struct lightning_options options = {.trouble = &world->trouble,
                                              .config = &rail->lightning,
                                              .chain_config = &world->chain_config,
                                              .chain = world->chain,
                                              .ledger = &world->ledger,
                                              .listener = sessions_rail_listener(&world->sessions),
                                              .access = &world->access,
                                              .map = data->map,
                                              .payer_count = cars,
                                              .outlet_count = world->outlet_count,
                                              .start_unix_s = world->config->start_unix_s,
                                              .tap = {world, world->order->events == NULL ? NULL : on_message}};
    if (!lightning_open(&world->rail, &options))
        return false;
    chain_begin(world->chain);
    return lightning_begin(&world->rail);
}

/* Rails without lines of their own do without it, unless something may go. */
static bool open_access(struct world *world, const struct rail_config *rail, uint32_t cars)
{
    const struct access_config *config = &world->config->access;
    world->access.router = SLAB_NONE;
    return (rail->kind != RAIL_LIGHTNING && !access_is_asked(config)) ||
           access_open(&world->access, &world->trouble, config, cars);
}

static bool open_rail(struct world *world, const struct world_data *data, uint32_t cars)
{
    const struct rail_config *config = &world->config->rails[world->order->rail];
    struct rail_listener listener = sessions_rail_listener(&world->sessions);
    bool is_open = ledger_init(&world->ledger, cars) && open_access(world, config, cars);
    switch (config->kind) {
    case RAIL_CLOUD:
        is_open = is_open && cloud_open(&world->rail, &world->trouble, &config->cloud, &world->ledger, &listener);
        break;
    case RAIL_ONCHAIN:
        is_open = is_open && open_onchain(world, config, data->trace, cars);
        break;
    case RAIL_LIGHTNING:
        is_open = is_open && open_lightning(world, config, data, cars);
        break;
    case RAIL_NODE:
        is_open = is_open && till_open(&world->rail, &world->trouble, &config->node, &world->ledger, &listener,
                                       world->outlet_count);
        break;
    }
    if (is_open && config->kind != RAIL_LIGHTNING && config->kind != RAIL_NODE && access_is_needed(&world->access))
        is_open = gate_open(&world->rail, &world->access, &world->trouble, &listener);
    world->sessions.rail = world->rail;
    return is_open;
}

static bool open_fleet(struct world *world, const struct world_data *data)
{
    return fleet_init(&world->fleet, &(struct fleet_options){
                                         .trouble = &world->trouble,
                                         .config = &world->config->fleet,
                                         .replay = data->replay,
                                         .profile = data->profile,
                                         .resample = data->resample,
                                         .listener = {.self = world, .on_arrival = on_arrival},
                                         .start_unix_s = world->config->start_unix_s,
                                         .warmup_us = world->config->warmup_us,
                                         .until_us = world->config->duration_us,
                                     });
}

static void plan_world(struct world *world)
{
    stays_init(world);
    world->warmup_kind = sim_kind_add(world->sim, "world.warmup", handle_warmup);
    stays_plan_price(world);
    if (world->config->warmup_us > 0)
        sim_schedule(world->sim, world->config->warmup_us, SIM_CONTROL,
                     &(struct sim_action){.kind = world->warmup_kind, .object = world});
    sim_audit_add(world->sim, "energy", world_audit_energy, world);
    sim_audit_add(world->sim, "money", world_audit_money, world);
    sim_audit_add(world->sim, "sessions", world_audit_sessions, world);
    sim_audit_add(world->sim, "trading", trading_audit, world);
    if (world->is_managed)
        sim_audit_add(world->sim, "limit", world_audit_limit, world);
}

bool world_open(struct world *world, const struct world_config *config, const struct world_data *data,
                const struct world_order *order)
{
    assert(order->rail < config->rail_count && config->warmup_us >= 0 && config->warmup_us < config->duration_us);
    *world = (struct world){.config = config, .order = order};
    uint32_t cars = fleet_config_cars(&config->fleet, data->replay);
    world->sim = sim_new(&(struct sim_options){.seed = order->seed,
                                               .replication = order->replication,
                                               .tie_fuzz = order->tie_fuzz,
                                               .audit_every = order->audit_every});
    if (world->sim == NULL)
        return false;
    world->trouble.sim = world->sim;
    measure_init(&world->measure, &world->trouble, config, &config->rails[order->rail], order->events);
    if (!open_site(world, data, cars)) {
        world_close(world);
        return false;
    }
    open_sessions(world, data);
    uint32_t others = config->market.rule == MARKET_NONE ? 0 : 1; /* the market's last payer is its operator */
    uint32_t visitors = guests_payers(config), payers = trading_payers(config, cars) + visitors;
    if (!open_rail(world, data, payers) || !open_fleet(world, data) || !trading_open(world) ||
        !guests_open(world, payers - visitors - others) || !devices_open(world)) {
        world_close(world);
        return false;
    }
    plan_world(world);
    return true;
}

void world_close(struct world *world)
{
    fleet_close(&world->fleet);
    trading_close(world);
    guests_close(world);
    if (world->rail.ops != NULL)
        world->rail.ops->free(world->rail.self);
    access_close(&world->access);
    if (world->chain != NULL)
        chain_free(world->chain);
    ledger_close(&world->ledger);
    sessions_close(&world->sessions);
    parking_close(&world->parking);
    outside_close(&world->outside);
    building_close(&world->building);
    manage_close(&world->manage);
    free(world->outlets);
    measure_close(&world->measure);
    if (world->sim != NULL)
        sim_free(world->sim);
    *world = (struct world){0};
}
