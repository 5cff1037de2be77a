/* profile.h: charging sessions in numbers: users, weekdays, seasons, marks; and days drawn from them.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   user   (ln rate, ln hours, ln kWh) ~ N(mean, covariance): the rate and two shifts that stay with the user; what is
 *          fitted (fit.h) shifts hours by next to nothing
 *   day    comers ~ Poisson(rate x weekday or weekend x month of the year x free[generator])
 *   comer  marks (hour, ln hours, ln kWh) by the generator, + the user's shifts
 *
 * Who comes and finds the car's own outlet taken cannot have come: that comer is blocked and dropped by the caller. The
 * factor free[] is the rate that comers must have for sessions to have theirs, and energy_shift[] what energies must be
 * shifted by for dropping prefers some marks; both are found by simulation when a profile is fitted (fit.h).
 *
 * Generators: `independent` and `copula` (copula.h), `mixture` (mixture.h), and `visitors`: hours from a table by
 * weekday and weekend, hours connected and energy from the mixture given the hour, all comers alike: shared outlets.
 */
#ifndef KONSENTO_MODELS_FLEET_PROFILE_H
#define KONSENTO_MODELS_FLEET_PROFILE_H

#include "models/config.h"
#include "models/fleet/aggregate.h"
#include "models/fleet/copula.h"
#include "models/fleet/mixture.h"

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROFILE_COMERS_MAX   24 /* of one day: no more can find the outlet free for an hour */
#define PROFILE_CHARGERS     5  /* quantiles at 0, 1/4, 1/2, 3/4, 1 */
#define PROFILE_DAY_BEGINS_H 5  /* mark 0 counts from here */

/* Of user_mean, user_covariance and a user's own. */
enum user_trait { TRAIT_LN_RATE, TRAIT_LN_HOURS, TRAIT_LN_KWH };

struct profile {
    double user_mean[MARKS]; /* ln sessions a day of the week's average day; the shifts' means are 0 */
    double user_covariance[MARKS][MARKS];
    double weekend_rate;                     /* of a weekday's */
    double month_rate[12], month_energy[12]; /* sessions a day, energy per session; January first, means 1 */
    double charger_w[PROFILE_CHARGERS];      /* quantiles over users of what car and outlet can do where recorded: no
                                                 session asks for more energy than this gives in its time */
    double hours[2][24];                     /* shares of comers, [weekend][hour], for visitors */
    struct mixture mixture[2];
    struct copula copula[2]; /* [weekend] */
    double free[GENERATOR_COUNT], energy_shift[GENERATOR_COUNT];
};

/* A user's traits, drawn once. */
struct profile_user {
    double traits[MARKS];
    double charger_w;
};

/* One charger, between the quantiles. */
double profile_draw_charger(const double charger_w[PROFILE_CHARGERS], gsl_rng *rng);
void profile_draw_user(struct profile_user *user, const struct profile *profile, enum generator generator,
                       gsl_rng *rng);

struct profile_day {
    enum generator generator;
    bool is_weekend;
    int month; /* 0 .. 11; -1: an average one */
};
/* Fills stays, by arrival counted from the day's midnight (up to 29 h: the night belongs to the day before). Returns
 * their count. */
size_t profile_draw_day(struct visit stays[PROFILE_COMERS_MAX], const struct profile *profile,
                        const struct profile_user *user, const struct profile_day *day, gsl_rng *rng);

struct profile_source {
    const struct profile *profile;
    enum generator generator;
};
/* profile_source stays the caller's. */
void profile_source(struct aggregate_source *source, const struct profile_source *self);
const char *generator_name(enum generator generator);

#endif
