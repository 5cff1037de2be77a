/* schema_device.h: the schema's rows for devices, for the list of classes in schema.c.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_SCHEMA_DEVICE_H
#define KONSENTO_SCENARIOS_LANG_SCHEMA_DEVICE_H

#include "scenarios/lang/schema_rows.h"

#define SCHEMA_DEVICE_FIELDS 19

extern const struct schema_field schema_device_fields[SCHEMA_DEVICE_FIELDS];

#endif
