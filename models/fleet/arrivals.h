/* arrivals.h: one day of one resident's car: how far, when home, how willing to plug in, how long.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Per-car alternating process: away -> home at an hour of the weekday's or weekend's table -> perhaps plugged in for a
 * duration -> away. Every day takes the same number of draws from the car's own stream, whatever happens, so another
 * rail or another tariff never shifts anybody's numbers.
 *
 * Sources (docs/models.md, arrivals): hours and durations from Norwegian apartment garages (Sorensen et al. 2024);
 * the plug-in decision is ours, in the spirit of Gonzalez Venegas et al.
 */
#ifndef KONSENTO_MODELS_FLEET_ARRIVALS_H
#define KONSENTO_MODELS_FLEET_ARRIVALS_H

#include "models/config.h"

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stdint.h>

#define ARRIVALS_DISTANCE_MAX_M  1e7 /* of one day: more only a wide lognormal can want */
#define ARRIVALS_DURATION_MIN_US (INT64_C(5) * 60 * 1000000)
#define ARRIVALS_DURATION_MAX_US (INT64_C(5) * 86400 * 1000000)

/* Shares of plug-ins by hour of the day, in hundredths of a percent: [weekend][hour]. */
extern const int arrivals_hours[2][24];

/* Who the car belongs to; drawn once. */
struct arrivals_car {
    double mean_distance_m; /* per day */
    double start_uniform;   /* places the state of charge at time 0 */
};

/* What a day has in store. */
struct arrivals_day {
    int64_t distance_m;
    int64_t home_us; /* since civil midnight, hour_shift included: may be beyond 24 h */
    double plug_uniform;
    int64_t duration_us;
};

void arrivals_draw_car(struct arrivals_car *car, gsl_rng *rng, const struct cars_config *config);
void arrivals_draw_day(struct arrivals_day *day, gsl_rng *rng, const struct cars_config *config,
                       const struct arrivals_car *car, bool is_weekend);
/* Probability of plugging in at this state of charge when an average day needs day_soc of the battery. */
double arrivals_plug_probability(const struct cars_config *config, double soc, double day_soc);

#endif
