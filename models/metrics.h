/* metrics.h: the one table of what a run measures: name, unit, definition, and the event tables.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What counts. A session counts if its car arrives after the warm-up and leaves before the end of the run; a payment
 * counts if it was asked for after the warm-up. The building's figures run from the end of the warm-up to the end.
 */
#ifndef KONSENTO_MODELS_METRICS_H
#define KONSENTO_MODELS_METRICS_H

#include <stddef.h>

/* Grows at the end of each group; the order is the order in reports. */
enum metric {
    METRIC_ENERGY_DEMANDED,
    METRIC_ENERGY_DELIVERED,
    METRIC_ENERGY_DELIVERED_SHARE,
    METRIC_ENERGY_DEMANDS_MET_SHARE,
    METRIC_ENERGY_UNSERVED,
    METRIC_ENERGY_UNPAID,
    METRIC_ENERGY_LOSS,

    METRIC_SESSION_COUNT,
    METRIC_SESSION_UNFINISHED,
    METRIC_SESSION_UNPLUGGED_SHARE,
    METRIC_SESSION_UNPOWERED_SHARE,
    METRIC_SESSION_INTERRUPTED_SHARE,
    METRIC_SESSION_DURATION_MEAN,
    METRIC_SESSION_NEVER_POWERED_SHARE,

    METRIC_TIME_TO_POWER_MEAN,
    METRIC_TIME_TO_POWER_P50,
    METRIC_TIME_TO_POWER_P95,
    METRIC_TIME_TO_FINALITY_MEAN,
    METRIC_TIME_TO_FINALITY_P50,
    METRIC_TIME_TO_FINALITY_P95,
    METRIC_TIME_TO_CONFIRMATION_MEAN,
    METRIC_TIME_TO_CONFIRMATION_P95,

    METRIC_PAYMENT_COUNT,
    METRIC_PAYMENT_SUCCESS_SHARE,
    METRIC_PAYMENT_FAILED_DECLINED,
    METRIC_PAYMENT_FAILED_OUTAGE,
    METRIC_PAYMENT_REVERSED_SHARE,
    METRIC_PAYMENT_PER_SESSION,
    METRIC_PAYMENT_FAILED_CHAIN,
    METRIC_PAYMENT_CONFLICTS,
    METRIC_PAYMENT_NEVER_CONFIRMED,
    METRIC_PAYMENT_SHAKEN,
    METRIC_PAYMENT_UNDONE,

    METRIC_FEE_PER_SESSION,
    METRIC_FEE_PER_KWH,
    METRIC_FEE_SHARE,
    METRIC_REVENUE,
    METRIC_MERCHANT_LOSS,
    METRIC_EXPOSURE_MAX,
    METRIC_EXPOSURE_MEAN,
    METRIC_LOSS_RACE,
    METRIC_LOSS_REPLACEMENT,
    METRIC_LOSS_STALL,
    METRIC_LOSS_FINNEY,
    METRIC_LOSS_OTHER,
    METRIC_LOSS_MAX,
    METRIC_CHAIN_WEIGHT_PER_SESSION,
    METRIC_FEE_UPKEEP,
    METRIC_EXPOSURE_DELIVERED_MEAN,
    METRIC_EXPOSURE_DELIVERED_SESSION_MAX,
    METRIC_CAPITAL_LOCKED,
    METRIC_CAPITAL_LOCKED_PER_SESSION,
    METRIC_LOSS_HASH,
    METRIC_LOSS_NEVER_CONFIRMED,
    METRIC_LOSS_PER_1000_SESSIONS,

    METRIC_ATTACK_RACE_COUNT,
    METRIC_ATTACK_RACE_WON_SHARE,
    METRIC_LOSS_RACE_PER_ATTACK,
    METRIC_ATTACK_REPLACEMENT_COUNT,
    METRIC_ATTACK_REPLACEMENT_WON_SHARE,
    METRIC_LOSS_REPLACEMENT_PER_ATTACK,
    METRIC_ATTACK_STALL_COUNT,
    METRIC_ATTACK_STALL_WON_SHARE,
    METRIC_LOSS_STALL_PER_ATTACK,
    METRIC_ATTACK_FINNEY_COUNT,
    METRIC_ATTACK_FINNEY_WON_SHARE,
    METRIC_LOSS_FINNEY_PER_ATTACK,
    METRIC_ATTACK_HASH_COUNT,
    METRIC_ATTACK_HASH_WON_SHARE,
    METRIC_LOSS_HASH_PER_ATTACK,

    METRIC_OUTLET_WAIT_MEAN,
    METRIC_OUTLET_WAIT_P95,
    METRIC_OUTLET_UTILISATION,
    METRIC_OUTLET_CHARGING_SHARE,

    METRIC_SITE_ENERGY,
    METRIC_SITE_PEAK_CURRENT,
    METRIC_SITE_PEAK_POWER,
    METRIC_SITE_COINCIDENCE_FACTOR,
    METRIC_SITE_OVER_LIMIT_TIME,

    METRIC_CHARGING_CURTAILED_SHARE,
    METRIC_CHARGING_CHANGES_PER_SESSION,
    METRIC_CHARGING_PRICE_MEAN,

    METRIC_CAR_SHORTFALL,
    METRIC_CAR_SHORTFALL_COUNT,
    METRIC_COUNT
};

struct metric_info {
    const char *name;       /* "energy.delivered_share" */
    const char *unit;       /* "%" */
    const char *long_name;  /* "energy delivered" */
    const char *definition; /* one sentence: exactly what is divided by what */
    const char *source;     /* where the definition comes from, "" if ours */
    int better;             /* +1 more is better, -1 less is better, 0 neither */
};
extern const struct metric_info metric_table[METRIC_COUNT];

/* Index of a metric by name, or METRIC_COUNT. */
enum metric metric_find(const char *name);

/* The opt-in tables of rows: every column an int64 in the unit its name says, -1 where there is no such thing.
 * session: one row when its money is at rest; end as in models/session.h. payment: one row per event of the rail; kind
 * and cause as in models/rails/rail.h. Rows from before the warm-up's end are there too. */
enum event_table { EVENT_TABLE_SESSION, EVENT_TABLE_PAYMENT, EVENT_TABLE_COUNT };
/* A column whose numbers stand for something: code i is names[i]. */
struct event_codes {
    const char *column; /* NULL: no more */
    const char *const *names;
    size_t count;
};
struct event_table_info {
    const char *name;
    const char *const *columns; /* ended by NULL */
    size_t column_count;
    const struct event_codes *codes;
};
extern const struct event_table_info event_tables[];
extern const size_t event_table_count;

#endif
