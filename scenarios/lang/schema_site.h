/* schema_site.h: the schema's rows for buildings, for the list of classes in schema.c.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_SCHEMA_SITE_H
#define KONSENTO_SCENARIOS_LANG_SCHEMA_SITE_H

#include "scenarios/lang/schema_rows.h"

/* How many rows each has; a test finds numbers that are too large. */
#define SCHEMA_OUTLETS_FIELDS     6
#define SCHEMA_BUILDING_FIELDS    17
#define SCHEMA_HOUSEHOLD_FIELDS   5
#define SCHEMA_ROOF_FIELDS        12
#define SCHEMA_TRANSFORMER_FIELDS 8
#define SCHEMA_IDLE_FIELDS        4
#define SCHEMA_SHARING_FIELDS     11
#define SCHEMA_INVESTMENT_FIELDS  3

extern const struct schema_field schema_outlets_fields[SCHEMA_OUTLETS_FIELDS];
extern const struct schema_field schema_building_fields[SCHEMA_BUILDING_FIELDS];
extern const struct schema_field schema_household_fields[SCHEMA_HOUSEHOLD_FIELDS];
extern const struct schema_field schema_roof_fields[SCHEMA_ROOF_FIELDS];
extern const struct schema_field schema_transformer_fields[SCHEMA_TRANSFORMER_FIELDS];
extern const struct schema_field schema_idle_fields[SCHEMA_IDLE_FIELDS];
extern const struct schema_field schema_sharing_fields[SCHEMA_SHARING_FIELDS];
extern const struct schema_field schema_investment_fields[SCHEMA_INVESTMENT_FIELDS];

#endif
