/* config.h: the checked description of a building's market for energy and of its aggregator.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Plain data as in models/config.h.
 */
#ifndef KONSENTO_MODELS_MARKET_CONFIG_H
#define KONSENTO_MODELS_MARKET_CONFIG_H

#include <stddef.h>
#include <stdint.h>

enum market_rule {
    MARKET_NONE,
    MARKET_AUCTION, /* double auction at a uniform price */
    MARKET_MID_RATE /* the middle of retail and feed-in price, the longer side in proportion */
};

/* What flats say they would pay or take. */
enum market_limits {
    MARKET_LIMITS_GRID,  /* what the grid would cost or pay them: truthful */
    MARKET_LIMITS_RANDOM /* anything between that and the grid's other price: no trader loses, none thinks */
};

/* Does the operator buy what cars charge, like a flat? */
enum market_charging { MARKET_CHARGING_APART, MARKET_CHARGING_TRADED };

#define MARKET_RETAIL_TARIFF (-1) /* the tariff's price */

struct market_config {
    enum market_rule rule;
    int64_t interval_us;
    int64_t settle_us;           /* a multiple of interval_us: what two traders owe each other in it is one payment */
    int64_t retail_uyen_per_kwh; /* MARKET_RETAIL_TARIFF or a price */
    int64_t feed_in_uyen_per_kwh;
    enum market_limits limits;
    enum market_charging charging;
    int64_t least_msat; /* a debt below this waits for the next settlement */
};

struct request_config {
    int64_t at_us, duration_us;
    int64_t reduce_w;
};

#define AGGREGATOR_REQUESTS_MAX 64
#define AGGREGATOR_DAYS_MAX     40

enum dispatch_kind { DISPATCH_REQUESTS, DISPATCH_CALLBACK };

struct dispatch_config {
    enum dispatch_kind kind;
    struct request_config requests[AGGREGATOR_REQUESTS_MAX];
    size_t request_count;
};

/* An aggregator is there if it has a request or a callback. */
struct aggregator_config {
    struct dispatch_config dispatch;
    int64_t slot_us;             /* divides a day; requests hold for whole slots */
    uint32_t baseline_days;      /* most recent like days without a request, 1 .. AGGREGATOR_DAYS_MAX */
    uint32_t baseline_highest;   /* of them, those with the most energy */
    int64_t adjust_from_us;      /* before the request: mean difference of that day from its baseline ... */
    int64_t adjust_until_us;     /* ... up to here; both 0: no adjustment */
    int64_t rebound_us;          /* after the request */
    int64_t reward_uyen_per_kwh; /* for what is delivered, up to the request */
};

#endif
