/* trading_world.c: meters for the market and the aggregator, and cars that give.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/build.h"

#include "models/least.h"
#include "models/rails/purse.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SATOSHI_MSAT 1000
#define AT_ONCE      3 /* payments of one flat over channels: a phone's node has room for four */
#define MANAGED_ROOM 2 /* times the refill at full power, where charging may be put off */

static int64_t now_us(const struct world *world)
{
    return sim_now_us(world->sim);
}

uint32_t trading_payers(const struct world_config *config, uint32_t cars)
{
    if (config->market.rule == MARKET_NONE)
        return cars;
    return (cars > config->building.flats ? cars : config->building.flats) + 1;
}

/* ---- meters of flats --------------------------------------------------------------------------------------------- */

static void advance(struct trading *trading, int64_t until_us)
{
    int64_t length_us = until_us - trading->since_us;
    assert(length_us >= 0);
    for (uint32_t i = 0; i <= trading->flats && length_us > 0; i++) {
        trading->used_uj[i] += (__int128)trading->used_w[i] * length_us;
        trading->made_uj[i] += (__int128)trading->made_w[i] * length_us;
    }
    trading->since_us = until_us;
}

static void copy_levels(struct trading *trading, const struct outside *outside)
{
    for (uint32_t i = 0; i < trading->flats; i++) {
        trading->used_w[i] = outside->household.flat_w[i];
        trading->made_w[i] = outside_flat_roof_w(outside, i);
    }
    trading->made_w[trading->flats] = outside->config->roof.owners == 0 ? outside->roof_w : 0;
}

void trading_on_outside(struct world *world)
{
    struct trading *trading = &world->trading;
    if (trading->used_w == NULL)
        return;
    advance(trading, now_us(world));
    copy_levels(trading, &world->outside);
}

static __int128 used_uj(void *self, uint32_t flat)
{
    const struct world *world = self;
    const struct trading *trading = &world->trading;
    return trading->used_uj[flat] + (__int128)trading->used_w[flat] * (now_us(world) - trading->since_us);
}

static __int128 made_uj(void *self, uint32_t flat)
{
    const struct world *world = self;
    const struct trading *trading = &world->trading;
    return trading->made_uj[flat] + (__int128)trading->made_w[flat] * (now_us(world) - trading->since_us);
}

static __int128 operator_made_uj(void *self)
{
    const struct world *world = self;
    return made_uj(self, world->trading.flats);
}

static __int128 charged_uj(void *self)
{
    const struct world *world = self;
    __int128 sum_uj = 0;
    for (uint32_t i = 0; i < world->outlet_count; i++)
        sum_uj += outlet_energy_uj(&world->outlets[i]);
    return sum_uj;
}

static int64_t fed_uj(void *self, uint32_t outlet)
{
    const struct world *world = self;
    return outlet_fed_uj(&world->outlets[outlet]);
}

static __int128 all_fed_uj(void *self)
{
    const struct world *world = self;
    __int128 sum_uj = 0;
    for (uint32_t i = 0; i < world->outlet_count; i++)
        sum_uj += outlet_fed_uj(&world->outlets[i]);
    return sum_uj;
}

/* By cars that gave, on the way out and back: booked when it is given. */
static __int128 all_lost_uj(const struct world *world)
{
    __int128 sum_uj = world->past_lost_uj;
    for (uint32_t number = 0; number < world->sessions.slab.limit; number++) {
        const struct session *session = session_at(&world->sessions, number);
        if (session->is_used)
            sum_uj += session->battery.refill_uj - session->battery.given_uj;
    }
    return sum_uj;
}

static __int128 net_uj(void *self)
{
    const struct world *world = self;
    __int128 sum_uj = charged_uj(self) - all_fed_uj(self);
    for (uint32_t i = 0; i <= world->trading.flats; i++)
        sum_uj += used_uj(self, i) - made_uj(self, i);
    return sum_uj;
}

/* ---- cars that give ---------------------------------------------------------------------------------------------- */

/* The session of a car that could give, NULL: none. What gives beyond this moment already is not asked again. */
static const struct session *giver(const struct world *world, uint32_t number)
{
    const struct outlet *outlet = &world->outlets[number];
    const struct stay *stay = world->parking.at[number];
    if (stay == NULL || stay->place != STAY_PLUGGED || outlet->contact != CONTACT_CLOSED)
        return NULL;
    if (outlet_is_feeding(outlet) && outlet->draw.since_us + outlet->draw.curve.end_us > now_us(world))
        return NULL;
    const struct session *session = session_at(&world->sessions, stay->session);
    return session->may_feed && session->is_on && !session->is_done ? session : NULL;
}

/* The most that the car can give for duration_us and still be refilled in time, whole watts. */
static int64_t most_w(const struct world *world, const struct session *session, int64_t duration_us)
{
    const struct outlet *outlet = &world->outlets[session->stay.outlet];
    int64_t round_trip_ppm = outlet_round_trip_ppm(&world->config->fleet.car);
    struct battery battery = outlet_battery(outlet);
    int64_t left_us = session->departure_us - now_us(world) - duration_us;
    int64_t refill_us = left_us / (world->is_managed ? MANAGED_ROOM : 1);
    if (left_us <= 0)
        return 0;
    __int128 room_uj = (__int128)refill_us * outlet_most_w(&world->site) - battery.wanted_uj;
    if (room_uj <= 0)
        return 0;
    int64_t spare_uj = battery_spare_uj(&battery, world->config->fleet.car.feed_reserve_ppm, round_trip_ppm);
    __int128 timely_uj = room_uj * round_trip_ppm / 1000000;
    int64_t energy_uj = timely_uj < spare_uj ? (int64_t)timely_uj : spare_uj;
    return min64(world->config->fleet.car.feed_w, energy_uj / duration_us);
}

static bool waits_for_prices(enum charging_strategy strategy)
{
    return strategy == STRATEGY_TIME_OF_USE || strategy == STRATEGY_PRICE_LED;
}

static int64_t price_of(struct world *world, const struct session *session)
{
    const struct car_config *car = &world->config->fleet.car;
    int64_t refill = world->sessions.price_uyen_per_kwh, round_trip_ppm = outlet_round_trip_ppm(car);
    if (waits_for_prices(world->config->building.strategy))
        refill = outlook_lowest_uyen_per_kwh(&world->trading.outlook, now_us(world), session->departure_us);
    return (int64_t)(((__int128)refill * 1000000 + round_trip_ppm - 1) / round_trip_ppm) + car->feed_wear_uyen_per_kwh;
}

static size_t offers(void *self, struct market_offer *offers, int64_t interval_us)
{
    struct world *world = self;
    size_t count = 0;
    for (uint32_t outlet = 0; outlet < world->outlet_count; outlet++) {
        const struct session *session = giver(world, outlet);
        if (session == NULL || session->car >= world->trading.flats)
            continue;
        int64_t power_w = most_w(world, session, interval_us);
        if (power_w > 0)
            offers[count++] = (struct market_offer){outlet, session->car, power_w, price_of(world, session)};
    }
    return count;
}

static void feed(void *self, uint32_t outlet, int64_t power_w, int64_t energy_uj)
{
    struct world *world = self;
    struct outlet_port port = outlet_port(&world->outlets[outlet]);
    bool is_giving = port.ops->feed(port.self, power_w, energy_uj);
    assert(is_giving);
    if (world->is_managed)
        manage_wake(&world->manage);
}

static int64_t feed_in_order(void *self, int64_t power_w, int64_t duration_us)
{
    struct world *world = self;
    bool is_asking = duration_us == 0;
    int64_t slot_us = is_asking ? world->config->aggregator.slot_us : duration_us, sum_w = 0;
    for (uint32_t outlet = 0; outlet < world->outlet_count && sum_w < power_w; outlet++) {
        const struct session *session = giver(world, outlet);
        int64_t given_w = session == NULL ? 0 : min64(power_w - sum_w, most_w(world, session, slot_us));
        if (given_w <= 0)
            continue;
        sum_w += given_w;
        if (!is_asking)
            feed(world, outlet, given_w, given_w * slot_us);
    }
    return sum_w;
}

static int64_t retail_uyen_per_kwh(void *self)
{
    const struct world *world = self;
    return world->sessions.price_uyen_per_kwh;
}

static void cap(void *self, int64_t power_w)
{
    struct world *world = self;
    if (world->is_managed)
        manage_set_cap(&world->manage, power_w);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static bool open_meters(struct world *world)
{
    struct trading *trading = &world->trading;
    size_t room = (size_t)world->config->building.flats + 1;
    trading->flats = world->config->building.flats;
    trading->used_w = calloc(room, sizeof trading->used_w[0]);
    trading->made_w = calloc(room, sizeof trading->made_w[0]);
    trading->used_uj = calloc(room, sizeof trading->used_uj[0]);
    trading->made_uj = calloc(room, sizeof trading->made_uj[0]);
    if (trading->used_w == NULL || trading->made_w == NULL || trading->used_uj == NULL || trading->made_uj == NULL)
        return false;
    copy_levels(trading, &world->outside);
    return true;
}

static bool open_market(struct world *world, uint32_t payers)
{
    bool is_chain = world->config->rails[world->order->rail].kind == RAIL_ONCHAIN;
    bool is_channel = world->config->rails[world->order->rail].kind == RAIL_LIGHTNING;
    const struct market_options options = {.trouble = &world->trouble,
                                           .config = &world->config->market,
                                           .site = {.self = world,
                                                    .used_uj = used_uj,
                                                    .made_uj = made_uj,
                                                    .charged_uj = charged_uj,
                                                    .operator_made_uj = operator_made_uj,
                                                    .retail_uyen_per_kwh = retail_uyen_per_kwh,
                                                    .offers = offers,
                                                    .feed = feed,
                                                    .fed_uj = fed_uj},
                                           .sessions = &world->sessions,
                                           .events = world->order->events,
                                           .flats = world->trading.flats,
                                           .outlets = world->outlet_count,
                                           .operator_payer = payers - 1,
                                           .unit_msat = is_chain ? SATOSHI_MSAT : 1,
                                           .least_msat = is_chain ? purse_dust_sat() * SATOSHI_MSAT : 1,
                                           .at_once = is_channel ? AT_ONCE : 0,
                                           .until_us = world->config->duration_us};
    world->trading.has_market = true;
    return market_init(&world->trading.market, &options);
}

static bool open_aggregator(struct world *world)
{
    const struct aggregator_options options = {.trouble = &world->trouble,
                                               .config = &world->config->aggregator,
                                               .site = {.self = world,
                                                        .net_uj = net_uj,
                                                        .charged_uj = charged_uj,
                                                        .fed_uj = all_fed_uj,
                                                        .cap = cap,
                                                        .feed = feed_in_order},
                                               .callbacks = world->order->callbacks,
                                               .start_unix_s = world->config->start_unix_s,
                                               .until_us = world->config->duration_us};
    world->trading.has_aggregator = true;
    return aggregator_init(&world->trading.aggregator, &options);
}

bool trading_open(struct world *world)
{
    const struct world_config *config = world->config;
    bool has_market = config->market.rule != MARKET_NONE;
    bool has_aggregator = aggregator_config_is_on(&config->aggregator);
    outlook_init(&world->trading.outlook, &world->tariff, &world->trouble);
    if (!has_market && !has_aggregator)
        return true;
    uint32_t payers = (uint32_t)(world->ledger.account_count - LEDGER_FIRST_PAYER);
    return open_meters(world) && (!has_market || open_market(world, payers)) &&
           (!has_aggregator || open_aggregator(world));
}

void trading_close(struct world *world)
{
    struct trading *trading = &world->trading;
    if (trading->has_market)
        market_close(&trading->market);
    if (trading->has_aggregator)
        aggregator_close(&trading->aggregator);
    outlook_close(&trading->outlook);
    free(trading->used_w);
    free(trading->made_w);
    free(trading->used_uj);
    free(trading->made_uj);
    *trading = (struct trading){0};
}

void trading_restart(struct world *world)
{
    struct trading *trading = &world->trading;
    trading->fed_before_uj = all_fed_uj(world);
    trading->lost_before_uj = all_lost_uj(world);
    if (trading->has_market)
        market_restart(&trading->market, now_us(world));
    if (trading->has_aggregator)
        aggregator_restart(&trading->aggregator, now_us(world));
}

void trading_finish(struct world *world)
{
    if (world->trading.has_market)
        market_finish(&world->trading.market);
}

static void feed_metrics(struct world *world, double metrics[METRIC_COUNT])
{
    const struct car_config *car = &world->config->fleet.car;
    if (car->feed_w == 0)
        return;
    double fed_kwh = (double)(all_fed_uj(world) - world->trading.fed_before_uj) / 3.6e12;
    metrics[METRIC_FEED_ENERGY] = fed_kwh;
    metrics[METRIC_FEED_LOSS] = (double)(all_lost_uj(world) - world->trading.lost_before_uj) / 3.6e12;
    metrics[METRIC_FEED_WEAR] = fed_kwh * (double)car->feed_wear_uyen_per_kwh / 1e6;
}

void trading_metrics(struct world *world, double metrics[METRIC_COUNT])
{
    struct trading *trading = &world->trading;
    feed_metrics(world, metrics);
    if (trading->has_market)
        market_metrics(&trading->market, metrics);
    if (trading->has_aggregator)
        aggregator_metrics(&trading->aggregator, metrics);
}

/* ---- audit ------------------------------------------------------------------------------------------------------- */

/* What the building has booked until its last change, and what its levels have made of it since. */
static bool meters_agree(const struct world *world, char *why, size_t why_size)
{
    const struct building *building = &world->building;
    int64_t since_us = now_us(world) - building->now_us;
    __int128 homes_uj = 0, roof_uj = 0;
    __int128 homes_booked_uj = building->sums.homes_uj + (__int128)building->base_w * since_us;
    __int128 roof_booked_uj = building->sums.roof_uj + (__int128)building->roof_w * since_us;
    for (uint32_t i = 0; i <= world->trading.flats; i++) {
        homes_uj += used_uj((void *)world, i);
        roof_uj += made_uj((void *)world, i);
    }
    if (homes_uj == homes_booked_uj && roof_uj == roof_booked_uj)
        return true;
    snprintf(why, why_size,
             "flats used %.9f kWh and made %.9f kWh, the building booked %.9f kWh of homes and %.9f kWh of the roof",
             (double)homes_uj / 3.6e12, (double)roof_uj / 3.6e12, (double)homes_booked_uj / 3.6e12,
             (double)roof_booked_uj / 3.6e12);
    return false;
}

bool trading_audit(const void *object, char *why, size_t why_size)
{
    const struct world *world = object;
    if (world->trading.used_w == NULL)
        return true;
    return meters_agree(world, why, why_size) &&
           (!world->trading.has_market || market_audit(&world->trading.market, why, why_size));
}
