/* trading.h: a world's market and aggregator: their view of its meters, and their hands on its outlets.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   outside (homes, roof) --change--> meters of flats --+--> market ---------> feed, payments over the rail
 *   outlets ------------------------------------------- +--> aggregator -----> cap of managed charging, feed
 *
 * Cars beyond the number of flats are nobody's and trade nothing; an aggregator may ask them all the same.
 * Meters are sums of levels over time, exact. A car gives only if it may (models/config.h), its contactor is closed,
 * its owner's reserve stays, and there is time left to have it as full as it would have been: the refill at full power,
 * and twice that where charging is managed and may be put off. It costs what its refill will: the price now, or the
 * lowest until it leaves where charging waits for low prices; over the efficiency of the round trip; and the wear.
 */
#ifndef KONSENTO_MODELS_TRADING_H
#define KONSENTO_MODELS_TRADING_H

#include "models/market/aggregator.h"
#include "models/market/market.h"
#include "models/site/outlook.h"

#include <stdbool.h>
#include <stdint.h>

struct world;

struct trading {
    bool has_market, has_aggregator;
    struct market market;
    struct aggregator aggregator;
    struct outlook outlook; /* of the tariff: what refills will cost */
    uint32_t flats;
    int64_t *used_w, *made_w;    /* per flat, since since_us; made_w[flats]: the operator's roof */
    __int128 *used_uj, *made_uj; /* per flat, until since_us */
    int64_t since_us;
    __int128 fed_before_uj, lost_before_uj; /* at the end of the warm-up */
};

/* Numbers of payers on the rail: cars, flats and the operator as a buyer of energy. */
uint32_t trading_payers(const struct world_config *config, uint32_t cars);
/* After the rail is open. Returns false when memory is out. Owns: trading_close. */
bool trading_open(struct world *world) __attribute__((warn_unused_result));
void trading_close(struct world *world);
/* Homes or roof have changed. */
void trading_on_outside(struct world *world);
void trading_restart(struct world *world);
void trading_finish(struct world *world);
void trading_metrics(struct world *world, double metrics[METRIC_COUNT]);
/* The meters of flats are the building's; and market_audit. Auditor; object is the world. */
bool trading_audit(const void *world, char *why, size_t why_size);

#endif
