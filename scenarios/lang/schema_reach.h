/* schema_reach.h: the schema's rows for routers and radios, for the list of classes in schema.c.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_SCHEMA_REACH_H
#define KONSENTO_SCENARIOS_LANG_SCHEMA_REACH_H

#include "scenarios/lang/schema_rows.h"

#define SCHEMA_REACH_FIELDS 6

extern const struct schema_field schema_reach_fields[SCHEMA_REACH_FIELDS];

#endif
