/* schema.h: the one table of everything a scenario may say.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each row of schema.c is one field of one constructor: its kind, unit, range, default, where the default comes from,
 * help, and where the checked value goes (an offset into struct scenario, or into the struct that the class fills).
 * Checking, completing, --set, the canonical dump, `konsento schema`, the reference page, the editor's file and the
 * tests all read these rows; adding a field or a constructor means adding rows here and nothing elsewhere.
 */
#ifndef KONSENTO_SCENARIOS_LANG_SCHEMA_H
#define KONSENTO_SCENARIOS_LANG_SCHEMA_H

#include "scenarios/lang/schema_form.h"

extern const struct schema_class schema_classes[];
extern const size_t schema_class_count;

/* The class of that name, NULL: none. */
const struct schema_class *schema_find(const char *name);
/* The field of that name, NULL: none. */
const struct schema_field *schema_field(const struct schema_class *class, const char *name);
/* All dimensions that the field takes, as a set. */
unsigned schema_dimensions(const struct schema_field *field);
/* Functions of k which are not constructors of the table, for the documents and for "did you mean". */
struct schema_function {
    const char *name;      /* "param" */
    const char *signature; /* Lua language server: "fun(definition: konsento.ParamDefinition): any" */
    const char *help;
};
extern const struct schema_function schema_functions[];
extern const size_t schema_function_count;

#endif
