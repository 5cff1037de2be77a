/* fit.h: a profile estimated from a history.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Users: moments of active user-months; what counting noise and the spread within a user add to them is taken off.
 * Marks: what the user's shifts leave, by maximum likelihood (mixture) or ranks (copula). Rates of comers and the shift
 * of energies: by simulating months until sessions and energy per outlet are those of the level asked for.
 *
 * Level. How much is charged differs from site to site far more than how: of three sites with hundreds of user-months
 * each, energy per outlet differs by a third. A profile for the building that was recorded has that building's level; a
 * profile for another building has the level and the chargers of fit_population, twelve sites, and from the history the
 * rest.
 */
#ifndef KONSENTO_MODELS_FLEET_FIT_H
#define KONSENTO_MODELS_FLEET_FIT_H

#include "models/fleet/history.h"
#include "models/fleet/profile.h"

#define FIT_USERS_MIN  5
#define FIT_MONTHS_MIN 20
#define FIT_STAYS_MIN  200

enum fit_result {
    FIT_OK,
    FIT_TOO_FEW, /* users, months or sessions, above; or MIXTURE_SAMPLES_MIN at weekends */
    FIT_MEMORY
};

struct fit_level {
    double sessions, asked_kwh; /* per active outlet and day */
    double charger_w[PROFILE_CHARGERS];
};
/* Twelve Norwegian apartment sites: 5.9 kWh delivered by outlets of 3.2 kW, which leave 7.6 % of what is asked for;
 * docs/models.md, fleet. */
extern const struct fit_level fit_population;

/* level NULL: the history's own. Every draw that fitting takes comes from a stream of its own: the same history gives
 * the same profile. */
enum fit_result fit_profile(struct profile *profile, const struct history *history, const struct fit_level *level)
    __attribute__((warn_unused_result));

#endif
