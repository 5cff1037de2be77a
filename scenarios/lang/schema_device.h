/* schema_device.h: the schema's rows for devices, for the list of classes in schema.c.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_SCHEMA_DEVICE_H
#define KONSENTO_SCENARIOS_LANG_SCHEMA_DEVICE_H

#include "scenarios/lang/schema_rows.h"

#define SCHEMA_DEVICE_FIELDS 19

#define SCHEMA_NODE_FIELDS    2
#define SCHEMA_INVOICE_FIELDS 3

extern const struct schema_field schema_device_fields[SCHEMA_DEVICE_FIELDS];
/* schema_node.c */
extern const struct schema_field schema_node_fields[SCHEMA_NODE_FIELDS];
extern const struct schema_field schema_invoice_fields[SCHEMA_INVOICE_FIELDS];

#endif
