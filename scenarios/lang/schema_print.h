/* schema_print.h: the schema's printed forms, behind schema_write of scenario.h.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_SCHEMA_PRINT_H
#define KONSENTO_SCENARIOS_LANG_SCHEMA_PRINT_H

#include "scenarios/lang/schema.h"

#include <stdio.h>

void schema_write_luals(FILE *out);
void schema_write_json(FILE *out);
void schema_write_markdown(FILE *out);
void schema_write_help(FILE *out);

/* "time", "one of a, b", "k.car": what may be written there. Returns out. */
const char *schema_kind_text(char *out, size_t size, const struct schema_field *field);
/* The range as text, "1 W .. 50 kW", or "". Returns out. */
const char *schema_range_text(char *out, size_t size, const struct schema_field *field);

#endif
