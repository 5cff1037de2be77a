/* aggregator.h: a building as part of a virtual power plant: requests, what was delivered, what came back.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   load  ......................          baseline: models/market/baseline.h
 *   W     :                    :....      request: so much less than that, slot by slot
 *         :      .request.     :          delivered: baseline less load, no more than the request
 *         +-----|########|-------+--- t   rebound: load above the baseline afterwards
 *
 * When a slot begins the aggregator asks the scenario (a list, or a callback) for the request. It reckons that homes
 * and roof go on as in the last slot, caps what cars may charge at the rest, and where that is less than nothing lets
 * cars give what is missing, as far as their owners allow. It sees meters once per slot and steers once per slot, as
 * such programmes do; what changes in between shows as a request not met. Nothing is asked of the building in slots
 * without a baseline. Only managed charging can be capped; otherwise cars that give are all there is. The reward is
 * reckoned, not paid over the rail.
 */
#ifndef KONSENTO_MODELS_MARKET_AGGREGATOR_H
#define KONSENTO_MODELS_MARKET_AGGREGATOR_H

#include "models/market/baseline.h"
#include "models/market/config.h"
#include "models/metrics.h"
#include "models/trouble.h"
#include "models/world.h"

struct aggregator_site {
    void *self;
    /* Meters up to now: all that came through the service less what went out; into cars; out of cars. */
    __int128 (*net_uj)(void *self);
    __int128 (*charged_uj)(void *self);
    __int128 (*fed_uj)(void *self);
    /* Lets cars charge with no more than this together from now on; INT64_MAX: as the service allows. */
    void (*cap)(void *self, int64_t power_w);
    /* Lets cars give up to power_w for duration_us from now on; cars that give already go on and do not count. Returns
     * what they will give; power_w INT64_MAX and duration_us 0: only asks what they could. */
    int64_t (*feed)(void *self, int64_t power_w, int64_t duration_us);
};

struct aggregator_options {
    struct trouble *trouble;
    const struct aggregator_config *config;
    struct aggregator_site site;
    const struct world_callbacks *callbacks; /* if the config has a callback */
    int64_t start_unix_s;
    int64_t until_us;
};

/* Sums since the end of the warm-up. */
struct aggregator_sums {
    __int128 requested_uj, delivered_uj, rebound_uj, fed_uj;
    double worst_share; /* NaN: none yet */
    uint64_t unknown_count;
};

struct aggregator {
    struct aggregator_options options;
    struct baseline baseline;
    int64_t begun_us;  /* the present slot; negative: none yet */
    int64_t request_w; /* in it */
    int64_t base_uj;   /* baseline of it, adjusted */
    bool has_base;
    int64_t fed_w;         /* asked for in it */
    int64_t adjustment_uj; /* per slot, of the event at hand and its rebound */
    int64_t rebound_until_us;
    __int128 net_uj, charged_uj, fed_uj; /* meters when it began */
    int64_t load_w, charging_w, other_w; /* means of the last slot; other: homes less roof */
    bool is_capped;
    int64_t warm_us;
    struct aggregator_sums sums;
    uint16_t slot_kind;
};

/* Does the config ask for one? */
bool aggregator_config_is_on(const struct aggregator_config *config);
/* Plans the first slot, at the next edge of one. Returns false when memory is out. Owns: aggregator_close. */
bool aggregator_init(struct aggregator *aggregator, const struct aggregator_options *options)
    __attribute__((warn_unused_result));
void aggregator_close(struct aggregator *aggregator);
void aggregator_restart(struct aggregator *aggregator, int64_t now_us);
/* A slot that is cut by the end does not count. */
void aggregator_metrics(const struct aggregator *aggregator, double metrics[METRIC_COUNT]);

#endif
