/* schema_sweep.h: the schema's rows for sweeps, for the list of classes in schema.c.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_SCHEMA_SWEEP_H
#define KONSENTO_SCENARIOS_LANG_SCHEMA_SWEEP_H

#include "scenarios/lang/schema_rows.h"

#define SCHEMA_SWEEP_FIELDS  5
#define SCHEMA_AXIS_FIELDS   2
#define SCHEMA_TARGET_FIELDS 2

extern const struct schema_field schema_sweep_fields[SCHEMA_SWEEP_FIELDS];
extern const struct schema_field schema_axis_fields[SCHEMA_AXIS_FIELDS];
extern const struct schema_field schema_target_fields[SCHEMA_TARGET_FIELDS];

#endif
