/* schema_market.h: the schema's rows for markets and aggregators, for the list of classes in schema.c.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_SCHEMA_MARKET_H
#define KONSENTO_SCENARIOS_LANG_SCHEMA_MARKET_H

#include "scenarios/lang/schema_rows.h"

/* How many rows each has; a test finds numbers that are too large. */
#define SCHEMA_MARKET_FIELDS     8
#define SCHEMA_AGGREGATOR_FIELDS 7
#define SCHEMA_REQUESTS_FIELDS   1
#define SCHEMA_REQUEST_FIELDS    3

extern const struct schema_field schema_market_fields[SCHEMA_MARKET_FIELDS];
extern const struct schema_field schema_aggregator_fields[SCHEMA_AGGREGATOR_FIELDS];
extern const struct schema_field schema_requests_fields[SCHEMA_REQUESTS_FIELDS];
extern const struct schema_field schema_request_fields[SCHEMA_REQUEST_FIELDS];

#endif
