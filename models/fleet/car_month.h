/* car_month.h: months of the per-car process without a building, and its two unknowns fitted to sessions.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The process is that of arrivals.h: home at an hour of the table, plugged in by state of charge. Here a car charges at
 * the power of the recording's chargers from plug-in until it is full or leaves: what it asks for is what such a
 * charger would have recorded, and may be laid beside recorded sessions. Two things are fitted: how far is driven a day
 * gives the energy, and at which state of charge half of the drivers plug in gives the sessions.
 */
#ifndef KONSENTO_MODELS_FLEET_CAR_MONTH_H
#define KONSENTO_MODELS_FLEET_CAR_MONTH_H

#include "models/config.h"
#include "models/fleet/profile.h"

#include <stdbool.h>

struct car_process {
    struct cars_config cars;            /* count is not used */
    struct car_config car;              /* battery and efficiency */
    double charger_w[PROFILE_CHARGERS]; /* quantiles over cars */
};

/* Finds daily_distance_m and plug_in_soc_ppm for sessions and kWh per outlet and day. In: process with all else set.
 * Returns false when memory is out. */
bool car_process_fit(struct car_process *process, double sessions, double asked_kwh)
    __attribute__((warn_unused_result));
/* The values that docs/models.md gives for apartments, 40 kWh and the given chargers. */
void car_process_apartments(struct car_process *process, const double charger_w[PROFILE_CHARGERS]);
void car_process_source(struct aggregate_source *source, const struct car_process *process);

#endif
