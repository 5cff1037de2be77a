/* schema_market.c: the schema's rows for markets and aggregators.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/schema_market.h"

static const char *const rule_names[] = {"none", "auction", "mid_rate", NULL};
static const char *const limits_names[] = {"grid", "random", NULL};
static const char *const charging_names[] = {"apart", "traded", NULL};

#define AT(member) .offset = offsetof(struct market_config, member)
const struct schema_field schema_market_fields[SCHEMA_MARKET_FIELDS] = {
    {"rule", .kind = KIND_ENUM, AT(rule), .names = rule_names, DEFAULT("none", ""),
     .help =
         "\"auction\": a double auction at one price; \"mid_rate\": the middle of the grid's two prices, the longer "
         "side in proportion; \"none\": no market"},
    {"interval", TIME_US, AT(interval_us), RANGE("1 min", "1 days"), DEFAULT("30 min", "interval of Japan's markets"),
     .help = "how often it is traded; the settlement is a multiple of it"},
    {"settlement", TIME_US, AT(settle_us), RANGE("1 min", "366 days"), DEFAULT("1 days", ASSUMED),
     .help = "what two traders owe each other in this time is netted into one payment"},
    {"retail", PRICE_UYEN, AT(retail_uyen_per_kwh), RANGE("0 JPY/kWh", "10000 JPY/kWh"),
     WORD("tariff", MARKET_RETAIL_TARIFF), DEFAULT("tariff", ""), .help = "what the grid sells at"},
    {"feed_in", PRICE_UYEN, AT(feed_in_uyen_per_kwh), RANGE("0 JPY/kWh", "10000 JPY/kWh"),
     DEFAULT("8 JPY/kWh", ASSUMED), .help = "what the grid pays for surplus"},
    {"limits", .kind = KIND_ENUM, AT(limits), .names = limits_names, DEFAULT("grid", ""),
     .help = "what flats bid and ask: the grid's own price, or \"random\" between both"},
    {"charging", .kind = KIND_ENUM, AT(charging), .names = charging_names, DEFAULT("traded", ""),
     .help = "does the operator buy what cars charge from flats"},
    {"least", BITCOIN_MSAT, AT(least_msat), .also = DIMENSION_BIT(DIMENSION_YEN), RANGE("0 sat", "100000000 sat"),
     DEFAULT("0 sat", ""),
     .help = "a debt below this waits for the next settlement; never less than the rail can move"},
};
#undef AT

#define AT(member) .offset = offsetof(struct aggregator_config, member)
const struct schema_field schema_aggregator_fields[SCHEMA_AGGREGATOR_FIELDS] = {
    {"slot", TIME_US, AT(slot_us), RANGE("1 min", "1 days"), DEFAULT("30 min", "interval of Japan's markets"),
     .help = "baseline, requests and steering go by slots; divides a day"},
    {"baseline_days", COUNT_UINT32, AT(baseline_days), RANGE("1", "40"), DEFAULT("10", ""),
     .help = "most recent days of the same kind, weekday or weekend, without a request"},
    {"baseline_highest", COUNT_UINT32, AT(baseline_highest), RANGE("1", "40"), DEFAULT("5", ""),
     .help = "of them, how many with the most energy make the baseline"},
    {"adjust_from", TIME_US, AT(adjust_from_us), RANGE("0 h", "24 h"), DEFAULT("5 h", ASSUMED),
     .help = "the baseline is moved by the mean difference of the day itself, from so long before a request"},
    {"adjust_to", TIME_US, AT(adjust_until_us), RANGE("0 h", "24 h"), DEFAULT("2 h", ASSUMED),
     .help = "... to so long before it; both the same: not moved"},
    {"rebound", TIME_US, AT(rebound_us), RANGE("0 h", "24 h"), DEFAULT("2 h", ""),
     .help = "how long after a request load above the baseline counts as rebound"},
    {"reward", PRICE_UYEN, AT(reward_uyen_per_kwh), RANGE("0 JPY/kWh", "10000 JPY/kWh"), DEFAULT("10 JPY/kWh", ASSUMED),
     .help = "for what is delivered, up to the request"},
};
#undef AT

#define AT(member) .offset = offsetof(struct dispatch_config, member)
const struct schema_field schema_requests_fields[SCHEMA_REQUESTS_FIELDS] = {
    {"list", LIST(struct dispatch_config, requests, request_count, AGGREGATOR_REQUESTS_MAX), .classes = {"request"},
     DEFAULT("", ""), .help = "requests; those at the same time add up"},
};
#undef AT

#define AT(member) .offset = offsetof(struct request_config, member)
const struct schema_field schema_request_fields[SCHEMA_REQUEST_FIELDS] = {
    {"at", TIME_US, AT(at_us), RANGE("0 s", "3659 days"), REQUIRED, .help = "begin, from the start of the run"},
    {"duration", TIME_US, AT(duration_us), RANGE("1 min", "366 days"), REQUIRED, .help = "how long"},
    {"reduce", POWER_W, AT(reduce_w), RANGE("1 W", "100 MW"), REQUIRED,
     .help = "how much less than the baseline the building is to draw"},
};
#undef AT
