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
void schema_write_metrics(FILE *out);

#endif
