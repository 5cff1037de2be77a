/* market_read.c: the end of an interval: what trades are worth once the meters are read.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/market/market.h"

#include "models/least.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

/* What the whole building did in the interval. */
struct reading {
    __int128 made_uj, used_uj, charged_uj, fed_uj;
};

/* ---- meters ------------------------------------------------------------------------------------------------------ */

/* Reads a trader's meters; what it had over in the interval goes to over_uj. */
static void read_trader(struct market *market, struct reading *reading, uint32_t trader)
{
    const struct market_site *site = &market->options.site;
    bool is_operator = trader == market->options.flats;
    __int128 used_uj = is_operator ? site->charged_uj(site->self) : site->used_uj(site->self, trader);
    __int128 made_uj = is_operator ? site->operator_made_uj(site->self) : site->made_uj(site->self, trader);
    int64_t used_now_uj = (int64_t)(used_uj - market->used_uj[trader]);
    int64_t made_now_uj = (int64_t)(made_uj - market->made_uj[trader]);
    assert(used_now_uj >= 0 && made_now_uj >= 0);
    market->used_uj[trader] = used_uj;
    market->made_uj[trader] = made_uj;
    reading->made_uj += made_now_uj;
    if (is_operator)
        reading->charged_uj += used_now_uj;
    else
        reading->used_uj += used_now_uj;
    bool is_apart = is_operator && market->options.config->charging == MARKET_CHARGING_APART;
    if (is_apart)
        market->bought_uj += used_now_uj;
    market->over_uj[trader] = made_now_uj - (is_apart ? 0 : used_now_uj);
}

/* Fills metered_uj with what each order's meter shows for it; what no order stands for is the grid's. */
static void read_orders(struct market *market, struct reading *reading)
{
    const struct market_site *site = &market->options.site;
    uint32_t traders = market->options.flats + 1;
    for (size_t i = 0; i < market->auction.count; i++)
        market->metered_uj[i] = 0;
    for (uint32_t outlet = 0; outlet < market->options.outlets; outlet++) {
        int64_t fed_uj = site->fed_uj(site->self, outlet);
        reading->fed_uj += fed_uj - market->fed_uj[outlet];
    }
    __int128 ordered_uj = 0;
    for (size_t i = 0, trader = 0; trader < traders; trader++) {
        int64_t over_uj = market->over_uj[trader];
        for (; i < market->auction.count && market->auction.orders[i].trader == trader; i++) {
            if (market->lines[i].source == MARKET_CAR) {
                uint32_t outlet = market->lines[i].outlet;
                market->metered_uj[i] = site->fed_uj(site->self, outlet) - market->fed_uj[outlet];
                ordered_uj += market->metered_uj[i];
            } else if ((market->auction.orders[i].side == AUCTION_ASK) == (over_uj > 0)) {
                market->metered_uj[i] = over_uj > 0 ? over_uj : -over_uj;
                over_uj = 0;
            }
            market->lines[i].metered_uj = market->metered_uj[i];
        }
        market->sold_uj += over_uj > 0 ? over_uj : 0;
        market->bought_uj += over_uj < 0 ? -over_uj : 0;
    }
    market->sold_uj += reading->fed_uj - ordered_uj;
}

static void next_feed(struct market *market)
{
    const struct market_site *site = &market->options.site;
    for (uint32_t outlet = 0; outlet < market->options.outlets; outlet++)
        market->fed_uj[outlet] = site->fed_uj(site->self, outlet);
}

/* What trades have not taken is the grid's. */
static void give_rest(struct market *market)
{
    for (size_t i = 0; i < market->auction.count; i++) {
        bool is_ask = market->auction.orders[i].side == AUCTION_ASK;
        *(is_ask ? &market->sold_uj : &market->bought_uj) += market->metered_uj[i];
    }
}

/* ---- trades ------------------------------------------------------------------------------------------------------ */

static void write_trade(const struct market *market, const struct trade *trade)
{
    const struct world_events *events = market->options.events;
    const struct auction_order *ask = &market->auction.orders[trade->ask];
    int64_t price = market->auction.price_uyen_per_kwh;
    if (events == NULL)
        return;
    const int64_t values[] = {
        market->begun_us,
        ask->trader,
        market->auction.orders[trade->bid].trader,
        market->lines[trade->ask].source,
        trade->energy_uj,
        trade->delivered_uj,
        price,
        (int64_t)(money_cost_parts(trade->delivered_uj, price) / market->options.sessions->money.parts_per_msat)};
    assert(sizeof values / sizeof values[0] == event_tables[EVENT_TABLE_TRADE].column_count);
    events->row(events->self, EVENT_TABLE_TRADE, values);
}

/* What the trade is worth to both sides: the buyer need not buy from the grid, the seller not sell to it. A car's cost
 * is the same whoever takes what it gives. */
static __int128 worth_parts(const struct market *market, const struct trade *trade)
{
    return money_cost_parts(trade->delivered_uj, market->retail_uyen_per_kwh) -
           money_cost_parts(trade->delivered_uj, market->options.config->feed_in_uyen_per_kwh);
}

static void count_trade(struct market *market, const struct trade *trade)
{
    struct market_sums *sums = &market->sums;
    bool is_own = trade_is_own(trade, &market->auction);
    sums->saved_parts += worth_parts(market, trade);
    if (is_own) {
        sums->own_uj += trade->delivered_uj;
        return;
    }
    sums->trades += trade->delivered_uj > 0;
    sums->contracted_uj += trade->energy_uj;
    sums->traded_uj += trade->delivered_uj;
    sums->value_parts += money_cost_parts(trade->delivered_uj, market->auction.price_uyen_per_kwh);
}

static void settle_trade(struct market *market, const struct trade *trade)
{
    write_trade(market, trade);
    if (market->is_counted)
        count_trade(market, trade);
    if (trade_is_own(trade, &market->auction) || trade->delivered_uj == 0)
        return;
    const struct debt debt = {.from = market->auction.orders[trade->bid].trader,
                              .to = market->auction.orders[trade->ask].trader,
                              .parts = money_cost_parts(trade->delivered_uj, market->auction.price_uyen_per_kwh),
                              .energy_uj = trade->delivered_uj,
                              .worth_parts = worth_parts(market, trade)};
    if (!desk_owe(&market->desk, &debt))
        trouble_memory(market->options.trouble);
}

/* Cars are paid the feed-in price at least for all they gave on an order, and have had their costs. */
static void count_cars(struct market *market)
{
    struct market_sums *sums = &market->sums;
    for (size_t i = 0; i < market->auction.count; i++) {
        const struct market_line *line = &market->lines[i];
        if (line->source != MARKET_CAR)
            continue;
        __int128 cost_parts = money_cost_parts(line->metered_uj, line->price_uyen_per_kwh);
        sums->saved_parts +=
            money_cost_parts(line->metered_uj, market->options.config->feed_in_uyen_per_kwh) - cost_parts;
    }
}

/* Every interval is looked at, not only those in which a regular audit falls: the next audit tells. */
static void check_interval(struct market *market)
{
    if (market->fault[0] == '\0' && auction_audit(&market->auction, market->fault, sizeof market->fault) &&
        trade_audit(&market->trades, &market->auction, market->fault, sizeof market->fault))
        market->fault[0] = '\0';
}

/* ---- the end of the interval ------------------------------------------------------------------------------------- */

void market_read(struct market *market)
{
    struct reading reading = {0};
    market->is_counted = market->begun_us >= market->warm_us;
    for (uint32_t trader = 0; trader <= market->options.flats; trader++)
        read_trader(market, &reading, trader);
    if (!market->is_open)
        auction_clear(&market->auction);
    read_orders(market, &reading);
    if (market->is_open) {
        trade_deliver(&market->trades, market->metered_uj);
        check_interval(market);
        for (size_t i = 0; i < market->trades.count; i++)
            settle_trade(market, &market->trades.trades[i]);
        give_rest(market);
    }
    if (market->is_counted)
        count_cars(market);
    next_feed(market);
    market->all_made_uj += reading.made_uj;
    market->all_used_uj += reading.used_uj + reading.charged_uj;
    market->all_fed_uj += reading.fed_uj;
    market->is_open = false;
    market->has_history = true;
}

/* ---- audit ------------------------------------------------------------------------------------------------------- */

bool market_audit(const void *object, char *why, size_t why_size)
{
    const struct market *market = object;
    __int128 in_uj = market->all_made_uj + market->all_fed_uj + market->bought_uj;
    __int128 out_uj = market->all_used_uj + market->sold_uj;
    if (market->fault[0] != '\0') {
        snprintf(why, why_size, "%s", market->fault);
        return false;
    }
    if (market->is_open && !auction_audit(&market->auction, why, why_size))
        return false;
    if (!desk_audit(&market->desk, why, why_size))
        return false;
    if (in_uj == out_uj && market->bought_uj >= 0 && market->sold_uj >= 0)
        return true;
    snprintf(
        why, why_size,
        "roofs, cars and the grid gave %.9f kWh, of that the grid %.9f kWh; homes and cars used %.9f kWh, the grid "
        "took %.9f kWh",
        (double)in_uj / 3.6e12, (double)market->bought_uj / 3.6e12, (double)market->all_used_uj / 3.6e12,
        (double)market->sold_uj / 3.6e12);
    return false;
}
