/* random.h: k.rng "name": named random streams for callbacks.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * In a run the stream is that of (seed, replication, "lua:" name); while a scenario is read, of the name alone.
 */
#ifndef KONSENTO_SCENARIOS_LANG_RANDOM_H
#define KONSENTO_SCENARIOS_LANG_RANDOM_H

#include <lua.h>

int random_function(lua_State *lua);

#endif
