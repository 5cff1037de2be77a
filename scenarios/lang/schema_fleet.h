/* schema_fleet.h: the schema's rows for cars and where they come from, for the list of classes in schema.c.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_SCHEMA_FLEET_H
#define KONSENTO_SCENARIOS_LANG_SCHEMA_FLEET_H

#include "scenarios/lang/schema_rows.h"

/* How many rows each has; a test finds numbers that are too large. */
#define SCHEMA_CAR_FIELDS      13
#define SCHEMA_REPLAY_FIELDS   5
#define SCHEMA_PROFILE_FIELDS  8
#define SCHEMA_RESAMPLE_FIELDS 7
#define SCHEMA_CARS_FIELDS     14
#define SCHEMA_HOLIDAY_FIELDS  1

extern const struct schema_field schema_car_fields[SCHEMA_CAR_FIELDS];
extern const struct schema_field schema_replay_fields[SCHEMA_REPLAY_FIELDS];
extern const struct schema_field schema_profile_fields[SCHEMA_PROFILE_FIELDS];
extern const struct schema_field schema_resample_fields[SCHEMA_RESAMPLE_FIELDS];
extern const struct schema_field schema_cars_fields[SCHEMA_CARS_FIELDS];
extern const struct schema_field schema_holiday_fields[SCHEMA_HOLIDAY_FIELDS];

#endif
