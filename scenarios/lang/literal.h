/* literal.h: Lua text that reads back as the values it was written from; grows in kept memory.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_LITERAL_H
#define KONSENTO_SCENARIOS_LANG_LITERAL_H

#include "scenarios/lang/keep.h"

#include <lua.h>
#include <stdbool.h>

struct literal {
    struct keep *keep;
    char *text; /* NULL: nothing yet, or memory is out */
    size_t length, size;
    bool failed; /* memory is out */
};

void literal_add(struct literal *literal, const char *text);
void literal_format(struct literal *literal, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds text in quotes. */
void literal_quote(struct literal *literal, const char *text);
/* Adds { ["a"] = "1", ["b"] = "x" } for the table at index: its keys sorted, its values as text. */
void literal_table(struct literal *literal, lua_State *lua, int index);

#endif
