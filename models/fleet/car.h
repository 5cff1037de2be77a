/* car.h: a car between two sessions: how much energy its battery lacks.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Energies are grid side (what the outlet has to deliver). The deficit is counted from the state of charge at which the
 * car stops asking (car.full_soc). What a distance needs beyond an empty battery is a shortfall: it is counted and then
 * forgotten, as if the driver had charged elsewhere; a run never stops for it.
 */
#ifndef KONSENTO_MODELS_FLEET_CAR_H
#define KONSENTO_MODELS_FLEET_CAR_H

#include "models/config.h"
#include "models/fleet/battery.h"

#include <stdint.h>

struct car {
    int64_t capacity_uj; /* from empty to brimful */
    int64_t usable_uj;   /* from empty to where it stops asking */
    int64_t deficit_uj;  /* 0 .. usable_uj, without what a session under way has to deliver */
};

/* Battery side to grid side. */
int64_t car_grid_uj(const struct car_config *config, int64_t battery_uj);
/* Sets the capacity, given at the battery's side; the deficit stays, no more than the battery can lack. */
void car_set_battery(struct car *car, const struct car_config *config, int64_t battery_uj);
/* A capacity no smaller than what makes a recorded session of this energy possible. */
void car_fit_battery(struct car *car, const struct car_config *config, int64_t energy_uj);
/* Energy used by driving. Returns the shortfall, 0 if the battery sufficed. */
int64_t car_drive(struct car *car, int64_t energy_uj);
/* State of charge, 0 .. 1. */
double car_soc(const struct car *car);
/* The car comes to a session: the battery asks for the whole deficit, which the session now has to deliver. */
void car_come(struct car *car, struct battery *battery);
/* The session is over and could not deliver unserved_uj. */
void car_go(struct car *car, enum unmet_demand unmet, int64_t unserved_uj);

#endif
