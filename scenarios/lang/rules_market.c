/* rules_market.c: what markets, aggregators and cars that give need of the rest of a scenario.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/check.h"

#include "models/calendar.h"
#include "models/market/aggregator.h"

/* Channels of direct end at the operator's outlets: no path leads from one flat to another. */
static void check_settling(struct check *check, const struct rail_config *rail, size_t number)
{
    char path[64];
    if (rail->kind != RAIL_LIGHTNING || rail->lightning.topology != LIGHTNING_DIRECT)
        return;
    snprintf(path, sizeof path, "rails[%zu].topology", number);
    check_error(check, path,
                "%s = \"direct\": each phone has channels with the operator's outlets alone, so neighbours cannot pay "
                "each other for what the market trades; use \"hub\" or \"public\"",
                path);
}

static void check_traders(struct check *check)
{
    const struct world_config *config = &check->scenario->config;
    if (config->market.rule == MARKET_NONE)
        return;
    if (config->building.flats == 0)
        check_error(check, "market", "market needs flats: building.flats is 0");
    if (config->market.settle_us % config->market.interval_us != 0)
        check_error(check, "market.settlement", "market.settlement must be a multiple of market.interval");
    for (size_t i = 0; i < config->rail_count; i++)
        check_settling(check, &config->rails[i], i + 1);
}

static void check_requests(struct check *check)
{
    const struct world_config *config = &check->scenario->config;
    const struct dispatch_config *dispatch = &config->aggregator.dispatch;
    int64_t slot_us = config->aggregator.slot_us;
    char path[64];
    for (size_t i = 0; dispatch->kind == DISPATCH_REQUESTS && i < dispatch->request_count; i++) {
        const struct request_config *request = &dispatch->requests[i];
        int64_t into_us = calendar_time_of_day_us(config->start_unix_s, request->at_us) % slot_us;
        int64_t next_us = into_us == 0 ? 0 : slot_us - into_us;
        snprintf(path, sizeof path, "dispatch.list[%zu]", i + 1);
        if (request->duration_us <= next_us)
            check_error(check, path, "%s is over before a slot of the aggregator begins: nobody would hear of it",
                        path);
        if (request->at_us >= config->duration_us)
            check_error(check, path, "%s must be before the end of duration", path);
    }
}

static void check_slots(struct check *check)
{
    const struct world_config *config = &check->scenario->config;
    const struct aggregator_config *aggregator = &config->aggregator;
    if (!aggregator_config_is_on(aggregator))
        return;
    if (DAY_US % aggregator->slot_us != 0)
        check_error(check, "aggregator.slot", "aggregator.slot must divide a day");
    else
        check_requests(check);
    if (aggregator->baseline_highest > aggregator->baseline_days)
        check_error(check, "aggregator.baseline_highest",
                    "aggregator.baseline_highest must not be more than aggregator.baseline_days");
    if (aggregator->adjust_from_us < aggregator->adjust_until_us)
        check_error(check, "aggregator.adjust_from", "aggregator.adjust_from must not be less than adjust_to");
}

void check_trading(struct check *check)
{
    const struct world_config *config = &check->scenario->config;
    const struct outlet_config *outlets = &config->building.outlets;
    check_traders(check);
    check_slots(check);
    int64_t phases = outlets->phases == 3 ? 3 : 1;
    if (config->fleet.car.feed_w > outlets->voltage_v * outlets->current_ma / 1000 * phases)
        check_error(check, "fleet.car.feed", "fleet.car.feed must not be more than an outlet can carry");
}
