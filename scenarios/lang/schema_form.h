/* schema_form.h: what a row of the schema is made of.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_SCHEMA_FORM_H
#define KONSENTO_SCENARIOS_LANG_SCHEMA_FORM_H

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

#define SCHEMA_CHOICES_MAX 16

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

#endif
