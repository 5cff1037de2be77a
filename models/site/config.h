/* config.h: the checked description of a building: outlets, wiring, homes, roof, transformer, owners.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Plain data as in models/config.h.
 */
#ifndef KONSENTO_MODELS_SITE_CONFIG_H
#define KONSENTO_MODELS_SITE_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#define CONFIG_SERVICE_UNLIMITED_MA INT64_MAX

/* How outlets share the service limit: models/site/manage.h. */
enum charging_strategy {
    STRATEGY_NONE, /* they do not: every car charges as soon as it may */
    STRATEGY_EQUAL_SHARE,
    STRATEGY_ROUND_ROBIN,
    STRATEGY_FIRST_COME,
    STRATEGY_EARLIEST_DEADLINE,
    STRATEGY_LEAST_LAXITY,
    STRATEGY_TIME_OF_USE,
    STRATEGY_PRICE_LED,
    STRATEGY_PV_SURPLUS,
    STRATEGY_PAID_FIRST,
    STRATEGY_COUNT
};

/* What legs the building has: models/site/tree.h. */
enum wiring {
    WIRING_SINGLE,     /* one circuit at the outlets' voltage: every load is the service's */
    WIRING_THREE_WIRE, /* 100 V, neutral, 100 V: outlets of 200 V lie across both legs, of 100 V on one */
    WIRING_THREE_PHASE /* outlets from one phase to neutral, in turn, or on all three */
};

/* count 0: every car has its own outlet (cars), or the outlets named in the session file are there (replay), and who
 * finds an outlet taken waits for that one. count n: a pool of n shared outlets; who finds none free waits for any. */
struct outlet_config {
    uint32_t count;
    int64_t voltage_v;           /* 200 */
    int64_t current_ma;          /* 16,000 */
    uint32_t phases;             /* 1 or 3; 0 counts as 1 */
    int64_t contactor_delay_us;  /* between the command and the contact, both ways */
    int64_t meter_resolution_uj; /* step of the meter's reading */
};

/* What a current is in power at such an outlet, all its phases together. */
static inline int64_t outlet_config_watts(const struct outlet_config *config, int64_t current_ma)
{
    return config->voltage_v * current_ma / 1000 * (config->phases == 3 ? 3 : 1);
}

/* What homes use beside cars, on top of the constant base load; models/site/household.h. */
struct household_config {
    int64_t daily_uj;    /* of a flat, mean over flats and the year; 0: nothing */
    int64_t spread_ppm;  /* sigma of the logarithm of a flat's mean, from flat to flat */
    int64_t flicker_ppm; /* of half an hour: standard deviation over mean */
    int64_t winter_ppm;  /* by how much the first half of January is above the year's mean */
    int64_t leg_ppm;     /* three-wire: share of a flat's load on its first leg */
};

/* Photovoltaic modules on the roof; models/site/roof.h. */
struct roof_config {
    int64_t peak_w;         /* at 1,000 W/m2; 0: no roof */
    uint32_t owners;        /* the first so many flats own it in equal parts; 0: the operator does */
    int64_t ratio_ppm;      /* performance ratio: what is left after heat, dirt, inverter */
    int64_t latitude_udeg;  /* north */
    int64_t longitude_udeg; /* east */
    int64_t zone_us;        /* civil time less universal time */
    int64_t clearness_ppm;  /* mean of irradiance over that of a clear sky; ROOF_NAGOYA: by month, Nagoya's */
    int64_t day_ppm;        /* how much days differ: 0 not at all, 1,000,000: clear or dark */
    int64_t flicker_ppm;    /* standard deviation of the clearness within a day, over its mean */
    int64_t cloud_us;       /* how long a cloud lasts: correlation time */
    int64_t step_us;        /* power is constant during one */
    const char *path;       /* CSV of irradiance; NULL: computed */
};
#define ROOF_NAGOYA (-1)

enum transformer_paper { PAPER_NORMAL, PAPER_UPGRADED };

/* The transformer that the service hangs on; models/site/transformer.h. */
struct transformer_config {
    int64_t rating_w;      /* at power factor 1; 0: none */
    int64_t limit_ppm;     /* of the rating, that managed charging keeps to; INT64_MAX: none */
    int64_t no_load_ppm;   /* loss, of the rating */
    int64_t load_loss_ppm; /* at the rating, of the rating */
    enum transformer_paper paper;
    uint32_t air_mean_c, air_year_c, air_day_c; /* mean of the air, half its swing over the year and over the day */
};

/* Cars that are full; models/site/idle.h. */
struct idle_config {
    int64_t fee_msat; /* per minute begun after the grace */
    int64_t grace_us;
    int64_t move_ppm;  /* probability that the driver moves the car when told that it is full */
    int64_t moving_us; /* mean time until then, exponential */
};

/* Residents who own their outlets and lend them to visitors; models/site/lending.h. */
struct sharing_config {
    int64_t owned_ppm;       /* share of the outlets whose resident is paid instead of the operator */
    int64_t visits_ppm;      /* mean visits a day, in millionths; 0: nobody comes */
    uint32_t visitors;       /* distinct ones, > 0 */
    int64_t from_us, to_us;  /* of the civil day: when owned outlets are lent on weekdays */
    int64_t weekend_from_us; /* the same at weekends */
    int64_t weekend_to_us;
    int64_t energy_uj, energy_sigma_ppm; /* median of a lognormal, sigma of the logarithm */
    int64_t stay_us, stay_sigma_ppm;
};

/* What outlets and their energy cost the operator; models/site/metric_rows.h. */
struct investment_config {
    int64_t outlet_msat, service_msat; /* once: each outlet; what the building needs besides */
    int64_t energy_uyen_per_kwh;       /* what the operator buys energy for */
};

struct building_config {
    uint32_t flats;
    int64_t service_limit_ma;     /* CONFIG_SERVICE_UNLIMITED_MA: none */
    int64_t base_load_w_per_flat; /* constant household load */
    enum charging_strategy strategy;
    int64_t minimum_current_ma; /* managed: a car gets at least this or nothing; 0: any current */
    int64_t round_current_ma;   /* round robin: what is dealt in one round, > 0 */
    int64_t turn_us;            /* managed: how long who waits for the minimum lets others charge, > 0 */
    enum wiring wiring;
    uint32_t boards;        /* floor boards that the outlets hang on, in turn; 0: on the service itself */
    int64_t board_limit_ma; /* of each leg of each board; CONFIG_SERVICE_UNLIMITED_MA: none; 0 counts as none */
    struct outlet_config outlets;
    struct household_config household;
    struct roof_config roof;
    struct transformer_config transformer;
    struct idle_config idle;
    struct sharing_config sharing;
    struct investment_config investment;
};

#endif
