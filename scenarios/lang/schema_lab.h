/* schema_lab.h: the schema's rows for laboratories, for the list of classes in schema.c.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_SCHEMA_LAB_H
#define KONSENTO_SCENARIOS_LANG_SCHEMA_LAB_H

#include "scenarios/lang/schema_rows.h"

/* How many rows each has; a test finds numbers that are too large. */
#define SCHEMA_FORMULA_FIELDS   5
#define SCHEMA_RACE_FIELDS      5
#define SCHEMA_WAITING_FIELDS   4
#define SCHEMA_PERIOD_FIELDS    7
#define SCHEMA_RETARGET_FIELDS  2
#define SCHEMA_GROWTH_FIELDS    4
#define SCHEMA_STALE_FIELDS     4
#define SCHEMA_GOSSIP_FIELDS    4
#define SCHEMA_CONFLICT_FIELDS  5
#define SCHEMA_OBSERVERS_FIELDS 5
#define SCHEMA_LATE_FIELDS      7
#define SCHEMA_SIZE_FIELDS      3
#define SCHEMA_MEMPOOL_FIELDS   3
#define SCHEMA_ESTIMATOR_FIELDS 4
#define SCHEMA_CELL_FIELDS      3
#define SCHEMA_LAB_FIELDS       8

extern const struct schema_field schema_formula_fields[SCHEMA_FORMULA_FIELDS];
extern const struct schema_field schema_race_fields[SCHEMA_RACE_FIELDS];
extern const struct schema_field schema_waiting_fields[SCHEMA_WAITING_FIELDS];
extern const struct schema_field schema_period_fields[SCHEMA_PERIOD_FIELDS];
extern const struct schema_field schema_retarget_fields[SCHEMA_RETARGET_FIELDS];
extern const struct schema_field schema_growth_fields[SCHEMA_GROWTH_FIELDS];
extern const struct schema_field schema_stale_fields[SCHEMA_STALE_FIELDS];
extern const struct schema_field schema_gossip_fields[SCHEMA_GOSSIP_FIELDS];
extern const struct schema_field schema_conflict_fields[SCHEMA_CONFLICT_FIELDS];
extern const struct schema_field schema_observers_fields[SCHEMA_OBSERVERS_FIELDS];
extern const struct schema_field schema_late_fields[SCHEMA_LATE_FIELDS];
extern const struct schema_field schema_size_fields[SCHEMA_SIZE_FIELDS];
extern const struct schema_field schema_mempool_fields[SCHEMA_MEMPOOL_FIELDS];
extern const struct schema_field schema_estimator_fields[SCHEMA_ESTIMATOR_FIELDS];
extern const struct schema_field schema_cell_fields[SCHEMA_CELL_FIELDS];
extern const struct schema_field schema_lab_fields[SCHEMA_LAB_FIELDS];

#endif
