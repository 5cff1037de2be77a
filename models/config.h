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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_RAILS_MAX            16
#define CONFIG_TARIFF_BANDS_MAX     64
#define CONFIG_OUTAGES_MAX          64
#define CONFIG_FRAUDS_MAX           8
#define CONFIG_MSAT_UNLIMITED       INT64_MAX
#define CONFIG_SERVICE_UNLIMITED_MA INT64_MAX

/* How outlets share the service limit. Part F adds managed strategies. */
enum charging_strategy { STRATEGY_NONE };

/* count 0: every car has its own outlet (cars), or the outlets named in the session file are there (replay), and who
 * finds an outlet taken waits for that one. count n: a pool of n shared outlets; who finds none free waits for any. */
struct outlet_config {
    uint32_t count;
    int64_t voltage_v;           /* 200 */
    int64_t current_ma;          /* 16,000 */
    int64_t contactor_delay_us;  /* between the command and the contact, both ways */
    int64_t meter_resolution_uj; /* step of the meter's reading */
};

struct building_config {
    uint32_t flats;
    int64_t service_limit_ma;     /* CONFIG_SERVICE_UNLIMITED_MA: none */
    int64_t base_load_w_per_flat; /* constant household load */
    enum charging_strategy strategy;
    struct outlet_config outlets;
};

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
    int64_t idle_below_w; /* a car whose taper would draw less than this is full, >= 1 */
    int64_t full_soc_ppm; /* a car asks for energy up to this state of charge; 1,000,000: all of it */
};

/* What becomes of energy that a session asked for and did not get. */
enum unmet_demand {
    UNMET_PER_SESSION, /* reported with the session, and gone */
    UNMET_IN_BATTERY   /* stays missing in the car's battery and comes back with the next session */
};

enum fleet_source { FLEET_REPLAY, FLEET_CARS };

/* Replay of recorded sessions. */
struct replay_config {
    const char *path;     /* resolved against the scenario's folder or the working directory by the loader */
    const char *location; /* Norwegian format: only this location; "" all */
    int64_t from_unix_s;  /* Norwegian format: civil time (no zone) that becomes time 0; rows before it are left out;
                             INT64_MIN: the first of the month of the earliest row */
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
};

struct fleet_config {
    enum fleet_source source;
    enum unmet_demand unmet;
    struct car_config car;
    struct replay_config replay; /* if source is FLEET_REPLAY */
    struct cars_config cars;     /* if source is FLEET_CARS */
};

enum tariff_kind { TARIFF_FLAT, TARIFF_TIME_OF_USE, TARIFF_CALLBACK };
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
    int64_t step_us; /* TARIFF_CALLBACK: asked once per step */
};

enum rail_kind { RAIL_CLOUD, RAIL_ONCHAIN };

struct outage_config {
    int64_t at_us, duration_us;
};

/* Custodial account or card at a central provider. */
struct cloud_config {
    int64_t latency_us;                               /* median of one authorisation round trip */
    int64_t latency_sigma_ppm;                        /* sigma of ln latency; 0: constant, draws nothing */
    int64_t settlement_us;                            /* credited -> final */
    int64_t fee_ppm;                                  /* share of each payment, paid by the operator */
    int64_t fee_fixed_msat;                           /* per payment, paid by the operator */
    int64_t decline_ppm;                              /* share of payments refused by the provider */
    int64_t chargeback_ppm;                           /* share of credited payments taken back before they are final */
    int64_t outage_every_us;                          /* mean time between outages (exponential); 0: none */
    int64_t outage_mean_us;                           /* mean duration (exponential) */
    struct outage_config outages[CONFIG_OUTAGES_MAX]; /* scheduled ones */
    size_t outage_count;
};

/* What feerate a wallet offers; never less than is relayed. */
enum feerate_kind {
    FEERATE_FIXED,
    FEERATE_ESTIMATOR, /* Bitcoin Core's: what was confirmed before; the mempool where it has no answer yet */
    FEERATE_POSITION   /* what the next blocks would take of the mempool */
};

struct feerate_config {
    enum feerate_kind kind;
    uint32_t target_blocks;   /* the estimators': confirmed within so many, >= 1 */
    int64_t rate_sat_per_kwu; /* FEERATE_FIXED */
};

/* How a payer tries to have energy for nothing. */
enum fraud_method {
    FRAUD_RACE,        /* a second transaction for the same coins at the same time, by other nodes */
    FRAUD_REPLACEMENT, /* a second one later, which pays more */
    FRAUD_STALL,       /* the same, and the payment offers miners little, so that later can be much later */
    FRAUD_FINNEY,      /* the second one is in a block that is kept back; needs a share of the hash rate */
    FRAUD_COUNT
};

struct fraud_config {
    enum fraud_method method;
    int64_t share_ppm; /* of all sessions; all kinds together at most 1,000,000 */
    int64_t delay_us; /* race: after the payment; replacement, stall: after power was granted; Finney: before release */
    uint32_t helpers; /* nodes that have the second transaction first, >= 1 */
    int64_t rate_sat_per_kwu; /* stall: of the payment; never less than is relayed */
};

enum onchain_delivery {
    ONCHAIN_DELIVERY_DIRECT, /* the phone hands the payment to the operator, whose node sends it on */
    ONCHAIN_DELIVERY_GOSSIP  /* the phone's wallet sends it into the network */
};
enum onchain_conflicts { ONCHAIN_CONFLICTS_HEEDED, ONCHAIN_CONFLICTS_IGNORED };
enum onchain_record { ONCHAIN_RECORD_NONE, ONCHAIN_RECORD_ALWAYS };
enum onchain_refund_fee { ONCHAIN_REFUND_FEE_PAYER, ONCHAIN_REFUND_FEE_OPERATOR };
enum onchain_bump { ONCHAIN_BUMP_OFF, ONCHAIN_BUMP_ON };

/* Payments in transactions on the public chain of world_config.chain. */
struct onchain_config {
    uint32_t confirmations;         /* a payment is credited at so many; 0: when the operator accepts it unconfirmed */
    uint32_t settled_confirmations; /* from here on it is no risk for the caps and the grace, >= 1 */
    uint32_t final_confirmations;   /* from here on it is the operator's; never less than the other two */
    enum onchain_delivery delivery;

    /* What is accepted unconfirmed; a payment that is not waits for demoted_confirmations (>= 1). */
    int64_t listen_us;          /* for conflicts, before a payment is accepted */
    uint32_t least_rate_target; /* it must offer what the estimator says for so many blocks; 0: any rate will do */
    uint32_t demoted_confirmations;
    int64_t cap_payer_msat, cap_outlet_msat, cap_building_msat; /* of unsettled credit; CONFIG_MSAT_UNLIMITED */
    enum onchain_conflicts conflicts; /* seen in time, or only when a block has the other transaction */

    /* How far delivery may run ahead of settled money: in value, and in time since the payment was seen. */
    int64_t grace_msat; /* CONFIG_MSAT_UNLIMITED: as far as credit goes */
    int64_t grace_us;   /* INT64_MAX: for ever */

    enum onchain_record record;
    enum onchain_refund_fee refund_fee;
    struct feerate_config operator_feerate; /* of refunds and records */
    int64_t float_sat;                      /* the operator's own coins at time 0 */

    /* Payers. */
    struct feerate_config payer_feerate;
    enum onchain_bump bump;
    uint32_t bump_after_blocks; /* that went without the payment, >= 1 */
    int64_t signal_ppm;         /* share of sessions whose payments signal BIP 125, if they are not to be bumped */
    uint32_t coins;             /* in each wallet at time 0, and bought when less than one is left; 1 .. 16 */
    int64_t coin_sat;           /* each */
    struct fraud_config frauds[CONFIG_FRAUDS_MAX];
    size_t fraud_count;
};

struct rail_config {
    enum rail_kind kind;
    const char *name; /* unique among the rails of the scenario: the label in results */
    struct cloud_config cloud;
    struct onchain_config onchain;
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
    struct chain_config chain; /* the public one, that every rail which needs it meets alike */
    struct rail_config rails[CONFIG_RAILS_MAX];
    size_t rail_count; /* >= 1 */
};

#endif
