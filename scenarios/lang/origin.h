/* origin.h: which call made a table: its class, and the place of each of its fields.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_ORIGIN_H
#define KONSENTO_SCENARIOS_LANG_ORIGIN_H

#include "scenarios/lang/reader.h"
#include "scenarios/lang/schema.h"

enum origin_kind {
    ORIGIN_NONE = 0,
    ORIGIN_CLASS,  /* a constructor of the schema */
    ORIGIN_PARAM,  /* k.param */
    ORIGIN_EXTEND, /* the table of changes of k.extend */
    ORIGIN_BROKEN  /* a constructor called wrongly: already told */
};

struct origin {
    enum origin_kind kind;
    const struct schema_class *class; /* ORIGIN_CLASS and ORIGIN_BROKEN */
    unsigned source, line, nth;       /* nth call of its kind on that line */
};

/* Marks the table at index as made by the call that is running now. */
void origin_mark(lua_State *lua, int index, enum origin_kind kind, const struct schema_class *class);
/* Marks it as origin says. */
void origin_copy(lua_State *lua, int index, const struct origin *origin);
struct origin origin_of(lua_State *lua, int index);

/* Says that a field of the table at index was written elsewhere: in the table of changes of a k.extend, below the
 * fields of `path` ("" or "building.outlets"). */
void origin_field_set(lua_State *lua, int index, const char *field, const struct origin *extend, const char *path);
/* Copies what origin_field_set said of one table to another. */
void origin_fields_copy(lua_State *lua, int to, int from);

/* The place of a field (NULL: of the call) of the table at index, and of the item-th entry in its list (0: of none).
 * False: the table has no origin. */
bool origin_place(struct place *place, lua_State *lua, int index, const char *field, size_t item);

#endif
