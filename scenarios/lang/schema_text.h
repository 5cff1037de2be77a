/* schema_text.h: what a field takes, in words: for the printed forms of the schema.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_SCHEMA_TEXT_H
#define KONSENTO_SCENARIOS_LANG_SCHEMA_TEXT_H

#include "scenarios/lang/schema.h"

/* "time or power": the dimensions of a quantity, appended. Returns out. */
const char *schema_dimensions_text(char *out, size_t size, const struct schema_field *field);
/* "time", "one of a, b", "k.car": what may be written there. Returns out. */
const char *schema_kind_text(char *out, size_t size, const struct schema_field *field);
/* The range as text, "1 W .. 50 kW", or "". Returns out. */
const char *schema_range_text(char *out, size_t size, const struct schema_field *field);

#endif
