/* construct.h: the module "konsento" as scripts see it: constructors from the schema, and k's other functions. [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_CONSTRUCT_H
#define KONSENTO_SCENARIOS_LANG_CONSTRUCT_H

#include <lua.h>

/* Adds the globals `require` and `print` to a state opened by sandbox_open whose owner is a struct reader. */
void construct_open(lua_State *lua);

/* If the function at index is a field of a scenario that k.include gave for fixed values of its parameters: pushes how
 * to get it again, "k.include(\"a.lua\", { [\"x\"] = \"1\" }).tariff". Else pushes nil. */
void construct_function_source(lua_State *lua, int index);

#endif
