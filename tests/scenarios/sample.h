/* sample.h: scenarios made from the schema, so that tests reach every field of every constructor.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_SCENARIOS_SAMPLE_H
#define KONSENTO_TESTS_SCENARIOS_SAMPLE_H

#include "scenarios/lang/schema.h"

#include <stddef.h>

#define SAMPLE_MAX 8000

/* A good value of the field as Lua text. Returns out. */
const char *sample_value(char *out, size_t size, const struct schema_field *field);

/* A whole scenario in which an object of the class stands, with all that is required but `without`, and with `line` as
 * a line of its own in it. Out: the number of that line. Returns out. */
const char *sample_scenario(char out[SAMPLE_MAX], unsigned *line_number, const struct schema_class *class,
                            const char *without, const char *line);

#endif
