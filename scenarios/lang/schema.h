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

#include "scenarios/lang/quantity.h"

enum schema_kind {
    KIND_QUANTITY, /* a number with a unit, kept in `atoms` of `stored` */
    KIND_DATE,     /* civil date, kept as int64 seconds */
    KIND_INTEGER,  /* kept as uint32 or uint64 */
    KIND_ENUM,     /* one of `names`, kept as its index in an int */
    KIND_STRING,   /* kept as const char * */
    KIND_PATH,     /* file of data: relative to the scenario's folder, else to the working directory */
    KIND_CLASS,    /* one constructor of `classes`, kept in the struct at the offset */
    KIND_LIST,     /* list of constructors of `classes`: an array of structs and a count */
    KIND_CHECKS,   /* list of thresholds */
    KIND_PARAMS    /* table of k.param */
};

enum schema_store { STORE_INT64, STORE_UINT32, STORE_UINT64, STORE_DOUBLE };

#define SCHEMA_CHOICES_MAX 8

struct schema_field {
    const char *name;
    enum schema_kind kind;
    enum schema_store store;
    enum dimension stored;                   /* KIND_QUANTITY: the dimension kept */
    int64_t atoms;                           /* atoms of one unit of what is kept */
    unsigned also;                           /* further dimensions taken, converted by rules.c */
    const char *min, *max;                   /* as text; NULL: no bound */
    const char *word;                        /* a word that may stand instead ("unlimited"), NULL: none */
    int64_t word_value;                      /* what is kept for it */
    const char *default_text;                /* as the user would write it; NULL: required */
    const char *const *names;                /* KIND_ENUM: ended by NULL */
    const char *classes[SCHEMA_CHOICES_MAX]; /* KIND_CLASS, KIND_LIST: names of classes; the first is the default */
    const char *callback; /* KIND_CLASS: a function will do as well: its signature for documents; NULL: no */
    int callback_tag;     /* what the tag becomes then */
    size_t offset;
    size_t count_offset, item_size, capacity; /* KIND_LIST */
    const char *help;
    const char *source; /* of the default: a reference, or "assumption"; "": needs none */
};

struct schema_class {
    const char *name; /* "fleet.cars": the constructor is k.fleet.cars */
    const struct schema_field *fields;
    size_t field_count;
    const char *help;
    bool has_tag; /* which of several constructors it was is kept as an int at tag_offset */
    size_t tag_offset;
    int tag;
};

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
