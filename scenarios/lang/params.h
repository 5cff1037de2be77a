/* params.h: parameters that a scenario declares and --set changes.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_PARAMS_H
#define KONSENTO_SCENARIOS_LANG_PARAMS_H

#include "scenarios/lang/reader.h"

/* k.params, k.param, k.p for scripts. */
int params_declare_all(lua_State *lua);
int params_make(lua_State *lua);
int params_get(lua_State *lua);

/* Declares all parameters of the table at index (the field `params` of k.scenario). */
void params_declare_table(lua_State *lua, int index);

/* If the value at index is a k.p that waits for its declaration, replaces it by the parameter's value. Returns NULL,
 * or the name of a parameter that nobody declared. */
const char *params_resolve(lua_State *lua, int index);

/* Begins and ends an include whose parameters have fixed values: those of the table at index. The end pushes what is
 * wrong with them ("the file has no param 'x'"), or nil. */
#define PARAMS_SCOPE_TABLES 3
struct params_scope {
    bool was_fixed;
    int before[PARAMS_SCOPE_TABLES]; /* references to the tables that were in use */
};
void params_scope_begin(struct params_scope *scope, lua_State *lua, int index);
void params_scope_end(const struct params_scope *scope, lua_State *lua);

/* Pushes a table of the declared parameters and their values as text. */
void params_push(lua_State *lua);

#endif
