/* config.h: the checked description of one world: what scenarios/lang fills and models/ build from.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Plain data, one unit per field and the unit in its name. Every value has been range-checked by the schema
 * (scenarios/lang/schema.c), which also holds defaults, help and sources; models only assert. Strings live as long as
 * the scenario that made them.
 */
#ifndef KONSENTO_MODELS_CONFIG_H
#define KONSENTO_MODELS_CONFIG_H

#include "models/chain/config.h"
#include "models/market/config.h"
#include "models/rails/config.h"
#include "models/site/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_TARIFF_BANDS_MAX 64

/* Where the constant-current phase ends; docs/models.md, battery. */
enum battery_knee {
    KNEE_IDEAL, /* no taper at all */
    KNEE_AC,    /* taper measured against the outlet's power, as ACN-Sim does */
    KNEE_DC     /* taper measured against the battery's own limit (default) */
};

struct car_config {
    int64_t battery_uj;     /* capacity; 0: as the session file says, 40 kWh where it says nothing */
    int64_t charger_w;      /* on-board charger, AC side; 0: not a limit */
    int64_t dc_power_w;     /* what the battery itself can take */
    int64_t efficiency_ppm; /* grid to battery */
    int64_t taper_from_ppm; /* state of charge where the battery's own limit starts to fall */
    enum battery_knee knee;
    int64_t idle_below_w;           /* a car whose taper would draw less than this is full, >= 1 */
    int64_t full_soc_ppm;           /* a car asks for energy up to this state of charge; 1,000,000: all of it */
    int64_t feed_w;                 /* what it can give into the building; 0: nothing */
    int64_t feed_efficiency_ppm;    /* battery to building */
    int64_t feed_reserve_ppm;       /* the owner's: it never gives below this state of charge */
    int64_t feed_wear_uyen_per_kwh; /* what giving costs the battery's life, per energy given */
    int64_t feed_share_ppm;         /* of the cars, evenly spread over their numbers */
};

/* What becomes of energy that a session asked for and did not get. */
enum unmet_demand {
    UNMET_PER_SESSION, /* reported with the session, and gone */
    UNMET_IN_BATTERY   /* stays missing in the car's battery and comes back with the next session */
};

enum fleet_source { FLEET_REPLAY, FLEET_CARS, FLEET_PROFILE, FLEET_RESAMPLE };

/* A row that is no session: an error of the file, or left out, noted and counted. */
enum replay_faults { REPLAY_REFUSE, REPLAY_LEAVE_OUT };

/* Replay of recorded sessions. */
struct replay_config {
    const char *path;     /* resolved against the scenario's folder or the working directory by the loader */
    const char *location; /* Norwegian format: only this location; "" all */
    int64_t from_unix_s;  /* Norwegian format: civil time (no zone) that becomes time 0; rows before it are left out;
                             INT64_MIN: the first of the month of the earliest row */
    enum replay_faults faults;
};

#define CONFIG_HOLIDAYS_MAX 400

struct holiday {
    int64_t unix_s; /* any moment of a civil day that is as one at a weekend */
};

/* The per-car alternating process of apartments: away, home, perhaps plug in, plugged, away. */
struct cars_config {
    uint32_t count;
    int64_t daily_distance_m;           /* mean over days and cars of a lognormal */
    int64_t daily_distance_sigma_ppm;   /* sigma of ln distance from day to day, in millionths */
    int64_t distance_between_sigma_ppm; /* sigma of ln mean distance from car to car: who you are (0: all alike) */
    int64_t consumption_wh_per_km;      /* at the battery */
    int64_t plug_in_soc_ppm;            /* s0 of the plug-in decision; calibrated: 70 % (docs/models.md) */
    int64_t plug_in_width_ppm;          /* w of the plug-in decision; calibrated: 15 % */
    int64_t reserve_soc_ppm;            /* always plug in when the next day would end below this */
    int64_t hour_shift_us;              /* all arrivals later by this (Japanese commuters: 0..3 h) */
    int64_t weekend_less_ppm;           /* driven on a day at weekends, against a weekday; the mean stays */
    int64_t winter_ppm;                 /* more in January, less in July, of the mean */
    struct holiday holidays[CONFIG_HOLIDAYS_MAX]; /* as at weekends */
    size_t holiday_count;
};

/* How sessions are made from a profile; docs/models.md, sessions in numbers. */
enum generator { GENERATOR_INDEPENDENT, GENERATOR_COPULA, GENERATOR_MIXTURE, GENERATOR_VISITORS };
#define GENERATOR_COUNT 4

/* Sessions as a fitted profile makes them, one stream of comers per car. */
struct profile_config {
    const char *path; /* resolved by the loader */
    uint32_t count;   /* cars */
    enum generator generator;
    int64_t energy_ppm;    /* of the profile's energies */
    int64_t hour_shift_us; /* all arrivals later by this */
    struct holiday holidays[CONFIG_HOLIDAYS_MAX];
    size_t holiday_count;
};

/* Each car lives on as one real user of a recording did, by lot. */
struct resample_config {
    uint32_t count;        /* cars */
    int64_t energy_ppm;    /* of the recorded energies */
    int64_t hour_shift_us; /* all arrivals later by this */
};

struct fleet_config {
    enum fleet_source source;
    enum unmet_demand unmet;
    struct car_config car;
    struct replay_config replay;     /* if source is FLEET_REPLAY; the recording, if it is FLEET_RESAMPLE */
    struct cars_config cars;         /* if source is FLEET_CARS */
    struct profile_config profile;   /* if source is FLEET_PROFILE */
    struct resample_config resample; /* if source is FLEET_RESAMPLE */
};

enum tariff_kind { TARIFF_FLAT, TARIFF_TIME_OF_USE, TARIFF_CALLBACK, TARIFF_CSV };
enum day_type { DAY_WEEKDAY, DAY_WEEKEND, DAY_ANY };

struct tariff_band {
    enum day_type day;
    int64_t start_us, end_us;   /* of the civil day, 0..24 h */
    int64_t price_uyen_per_kwh; /* micro-yen */
};

struct tariff_config {
    enum tariff_kind kind;
    int64_t price_uyen_per_kwh;                        /* TARIFF_FLAT */
    struct tariff_band bands[CONFIG_TARIFF_BANDS_MAX]; /* TARIFF_TIME_OF_USE: cover every moment exactly once */
    size_t band_count;
    int64_t step_us;  /* TARIFF_CALLBACK: asked once per step */
    const char *path; /* TARIFF_CSV: bands are in a file, resolved by the loader */
};

/* How a session buys its energy, on every rail alike. */
struct payment_config {
    int64_t purchase_uj;  /* energy bought per payment; INT64_MAX: the whole demand at once */
    int64_t reorder_uj;   /* buy more when credit for no more than this is left */
    int64_t retry_us;     /* wait before a failed payment is tried again */
    uint32_t retries_max; /* per payment */
};

struct world_config {
    const char *name;
    int64_t start_unix_s; /* civil time at time 0, as if it were UTC: no zones, no leap seconds, no summer time */
    int64_t duration_us;
    int64_t warmup_us;      /* nothing before this counts in metrics */
    int64_t series_step_us; /* step of the load series */
    double yen_per_btc;
    struct building_config building;
    struct fleet_config fleet;
    struct tariff_config tariff;
    struct payment_config payment;
    struct access_config access;
    struct market_config market;
    struct aggregator_config aggregator;
    struct chain_config chain; /* the public one, that every rail which needs it meets alike */
    struct rail_config rails[CONFIG_RAILS_MAX];
    size_t rail_count; /* >= 1 */
};

#endif
