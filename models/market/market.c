/* market.c: the gate between two intervals: meters, trades, debts, then orders and the auction.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/market/market.h"

#include "models/least.h"

#include <assert.h>
#include <stdlib.h>

static int64_t now_us(const struct market *market)
{
    return sim_now_us(market->options.trouble->sim);
}

/* ---- orders ------------------------------------------------------------------------------------------------------ */

static bool add(struct market *market, const struct auction_order *order, const struct market_line *line)
{
    assert(market->auction.count < market->line_capacity);
    market->lines[market->auction.count] = *line;
    if (auction_add(&market->auction, order))
        return true;
    trouble_memory(market->options.trouble);
    return false;
}

/* Between what the grid gives and what it asks; the other way round nobody can trade anyway. */
static int64_t random_limit(const struct market *market, uint32_t trader)
{
    int64_t low = market->options.config->feed_in_uyen_per_kwh, high = max64(low, market->retail_uyen_per_kwh);
    return low + (int64_t)(stream_uniform(&market->streams[trader]) * (double)(high - low + 1));
}

static int64_t limit_of(const struct market *market, uint32_t trader, enum auction_side side)
{
    if (market->options.config->limits == MARKET_LIMITS_RANDOM) /* one number an interval, needed or not */
        return random_limit(market, trader);
    return side == AUCTION_BID ? market->retail_uyen_per_kwh : market->options.config->feed_in_uyen_per_kwh;
}

/* A meter's order: as much as it showed in the last interval. */
static bool add_meter(struct market *market, uint32_t trader)
{
    int64_t over_uj = market->over_uj[trader];
    enum auction_side side = over_uj > 0 ? AUCTION_ASK : AUCTION_BID;
    const struct auction_order order = {.trader = trader,
                                        .side = side,
                                        .limit_uyen_per_kwh = limit_of(market, trader, side),
                                        .energy_uj = over_uj > 0 ? over_uj : -over_uj};
    const struct market_line line = {.source = trader == market->options.flats ? MARKET_OPERATOR : MARKET_HOME};
    return over_uj == 0 || add(market, &order, &line);
}

static bool add_car(struct market *market, const struct market_offer *offer)
{
    const struct auction_order order = {.trader = offer->flat,
                                        .side = AUCTION_ASK,
                                        .limit_uyen_per_kwh = offer->price_uyen_per_kwh,
                                        .energy_uj = offer->power_w * market->options.config->interval_us};
    const struct market_line line = {
        .source = MARKET_CAR, .outlet = offer->outlet, .price_uyen_per_kwh = offer->price_uyen_per_kwh};
    return add(market, &order, &line);
}

static int compare_offers(const void *left, const void *right)
{
    const struct market_offer *a = left, *b = right;
    if (a->flat != b->flat)
        return a->flat < b->flat ? -1 : 1;
    return a->outlet < b->outlet ? -1 : 1;
}

/* Each flat's home, then its cars: what is own use stands side by side. */
static bool add_all(struct market *market)
{
    const struct market_options *options = &market->options;
    size_t next = 0, count = options->site.offers(options->site.self, market->offers, options->config->interval_us);
    assert(count <= options->outlets);
    qsort(market->offers, count, sizeof market->offers[0], compare_offers);
    auction_clear(&market->auction);
    for (uint32_t trader = 0; trader <= options->flats; trader++) {
        if (market->has_history && !add_meter(market, trader))
            return false;
        for (; next < count && market->offers[next].flat == trader; next++)
            if (!add_car(market, &market->offers[next]))
                return false;
    }
    return true;
}

static void clear(struct market *market)
{
    const struct market_config *config = market->options.config;
    int64_t low = config->feed_in_uyen_per_kwh, high = market->retail_uyen_per_kwh;
    if (config->rule == MARKET_AUCTION)
        auction_uniform(&market->auction);
    else
        auction_at_price(&market->auction, low + (high - low) / 2);
}

/* Whole watts for the whole interval: what is sold beyond them is not delivered. */
static void feed(struct market *market)
{
    const struct market_options *options = &market->options;
    for (size_t i = 0; i < market->auction.count; i++) {
        int64_t power_w = market->auction.orders[i].accepted_uj / options->config->interval_us;
        if (market->lines[i].source == MARKET_CAR && power_w > 0)
            options->site.feed(options->site.self, market->lines[i].outlet, power_w,
                               power_w * options->config->interval_us);
    }
}

static void open_interval(struct market *market)
{
    const struct market_options *options = &market->options;
    market->begun_us = now_us(market);
    market->retail_uyen_per_kwh = options->config->retail_uyen_per_kwh;
    if (market->retail_uyen_per_kwh == MARKET_RETAIL_TARIFF)
        market->retail_uyen_per_kwh = options->site.retail_uyen_per_kwh(options->site.self);
    if (!add_all(market))
        return;
    clear(market);
    sim_trace(options->trouble->sim, (uint64_t)market->auction.price_uyen_per_kwh);
    sim_trace(options->trouble->sim, (uint64_t)market->auction.traded_uj);
    if (!trade_match(&market->trades, &market->auction)) {
        trouble_memory(options->trouble);
        return;
    }
    market->is_open = true;
    feed(market);
}

/* ---- the gate ---------------------------------------------------------------------------------------------------- */

static void plan(struct market *market)
{
    int64_t at_us = now_us(market) + market->options.config->interval_us;
    if (at_us <= market->options.until_us)
        sim_schedule(market->options.trouble->sim, at_us, SIM_TIMER,
                     &(struct sim_action){.kind = market->gate_kind, .object = market});
}

/* Timers come before models: cars that give until now have not stopped yet, and go on without a pause. */
static void handle_gate(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)entity, (void)argument;
    struct market *market = object;
    market_read(market);
    if (sim_now_us(sim) % market->options.config->settle_us == 0)
        desk_settle(&market->desk);
    if (sim_now_us(sim) < market->options.until_us)
        open_interval(market);
    plan(market);
}

/* ---- payments ---------------------------------------------------------------------------------------------------- */

static void write_bill(const struct market *market, const struct bill *bill, enum rail_cause cause)
{
    const struct world_events *events = market->options.events;
    if (events == NULL)
        return;
    static const enum rail_event_kind kinds[] = {
        [BILL_ASKED] = RAIL_FAILED, [BILL_CREDITED] = RAIL_CREDITED, [BILL_FINAL] = RAIL_FINAL};
    enum rail_event_kind kind = bill->state != BILL_FALLEN ? kinds[bill->state]
                                : bill->was_credited       ? RAIL_REVERSED
                                                           : RAIL_FAILED;
    const int64_t values[] = {bill->debt.from, bill->debt.to,     now_us(market), bill->asked_us,      kind,
                              cause,           bill->amount_msat, bill->fee_msat, bill->debt.energy_uj};
    assert(sizeof values / sizeof values[0] == event_tables[EVENT_TABLE_SETTLEMENT].column_count);
    events->row(events->self, EVENT_TABLE_SETTLEMENT, values);
}

static void on_bill(void *self, const struct bill *bill, enum rail_cause cause)
{
    struct market *market = self;
    struct market_sums *sums = &market->sums;
    write_bill(market, bill, cause);
    if (bill->asked_us < market->warm_us)
        return;
    if (bill->state == BILL_CREDITED) {
        sums->credited++;
        sums->paid_msat += bill->amount_msat;
        if (!sample_add(&market->payment_s, (double)(now_us(market) - bill->asked_us) / 1e6))
            trouble_memory(market->options.trouble);
    }
    if (bill->state != BILL_FALLEN)
        return;
    sums->failed += !bill->was_credited;
    sums->reversed += bill->was_credited;
    sums->lost_parts += bill->debt.worth_parts;
    sums->lost_uj += bill->debt.energy_uj;
}

static void on_fee(void *self, const struct bill *bill, int64_t fee_msat)
{
    struct market *market = self;
    if (bill->asked_us >= market->warm_us)
        market->sums.fee_msat += fee_msat;
}

static void on_undone(void *self, const struct rail_event *event)
{
    struct market *market = self;
    market->sums.undone_msat += event->amount_msat;
    market->sums.fee_msat += event->fee_payer_msat + event->fee_payee_msat;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static bool take_memory(struct market *market)
{
    size_t traders = (size_t)market->options.flats + 1, outlets = market->options.outlets;
    market->line_capacity = traders + outlets;
    market->offers = calloc(outlets, sizeof market->offers[0]);
    market->lines = calloc(market->line_capacity, sizeof market->lines[0]);
    market->metered_uj = calloc(market->line_capacity, sizeof market->metered_uj[0]);
    market->fed_uj = calloc(outlets, sizeof market->fed_uj[0]);
    market->used_uj = calloc(traders, sizeof market->used_uj[0]);
    market->made_uj = calloc(traders, sizeof market->made_uj[0]);
    market->over_uj = calloc(traders, sizeof market->over_uj[0]);
    market->streams = calloc(traders, sizeof market->streams[0]);
    return desk_reserve(&market->desk, (uint32_t)traders) && market->offers != NULL && market->lines != NULL &&
           market->metered_uj != NULL && market->fed_uj != NULL && market->used_uj != NULL && market->made_uj != NULL &&
           market->over_uj != NULL && market->streams != NULL;
}

bool market_init(struct market *market, const struct market_options *options)
{
    const struct market_config *config = options->config;
    struct sim *sim = options->trouble->sim;
    assert(config->rule != MARKET_NONE && config->interval_us > 0 && config->settle_us % config->interval_us == 0);
    *market = (struct market){.options = *options};
    auction_init(&market->auction);
    trade_book_init(&market->trades);
    sample_init(&market->payment_s);
    desk_init(&market->desk, options->sessions,
              &(struct desk_listener){.self = market, .on_bill = on_bill, .on_fee = on_fee, .on_undone = on_undone});
    market->desk.operator_trader = options->flats;
    market->desk.operator_payer = options->operator_payer;
    market->desk.outlets = options->outlets;
    market->desk.unit_msat = options->unit_msat;
    market->desk.at_once = options->at_once;
    market->desk.least_msat = max64(options->least_msat, config->least_msat);
    market->gate_kind = sim_kind_add(sim, "market.gate", handle_gate);
    if (!take_memory(market))
        return false;
    if (config->limits == MARKET_LIMITS_RANDOM)
        for (uint32_t trader = 0; trader <= options->flats; trader++)
            sim_stream_open(&market->streams[trader], sim, "market.limit", trader);
    plan(market);
    return true;
}

void market_close(struct market *market)
{
    if (market->options.config == NULL)
        return;
    auction_close(&market->auction);
    trade_book_close(&market->trades);
    desk_close(&market->desk);
    sample_free(&market->payment_s);
    free(market->offers);
    free(market->lines);
    free(market->metered_uj);
    free(market->fed_uj);
    free(market->used_uj);
    free(market->made_uj);
    free(market->over_uj);
    free(market->streams);
    *market = (struct market){0};
}

void market_restart(struct market *market, int64_t at_us)
{
    market->warm_us = at_us;
    market->sums = (struct market_sums){0};
    sample_clear(&market->payment_s);
}

void market_finish(struct market *market)
{
    market_read(market);
}
