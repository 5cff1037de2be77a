/* extend.h: k.extend(base) { changes }: a copy of a table with some fields changed.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_EXTEND_H
#define KONSENTO_SCENARIOS_LANG_EXTEND_H

#include <lua.h>

int extend_function(lua_State *lua);

#endif
