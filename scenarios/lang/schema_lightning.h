/* schema_lightning.h: the schema's rows for Lightning rails, for the list of classes in schema.c.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_SCHEMA_LIGHTNING_H
#define KONSENTO_SCENARIOS_LANG_SCHEMA_LIGHTNING_H

#include "scenarios/lang/schema_rows.h"

/* How many rows there are; the compiler finds a number that is too small, a test one that is too large. */
#define SCHEMA_LIGHTNING_FIELDS 44

#define SCHEMA_REVOKED_FIELDS 2
#define SCHEMA_JAM_FIELDS     4
#define SCHEMA_GRIEF_FIELDS   1

extern const struct schema_field schema_revoked_fields[SCHEMA_REVOKED_FIELDS];
extern const struct schema_field schema_grief_fields[SCHEMA_GRIEF_FIELDS];
extern const struct schema_field schema_jam_fields[SCHEMA_JAM_FIELDS];
extern const struct schema_field schema_lightning_fields[SCHEMA_LIGHTNING_FIELDS];

#endif
