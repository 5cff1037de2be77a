/* library.h: what a scenario may call: the allow-listed part of Lua's library, made deterministic.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_LIBRARY_H
#define KONSENTO_SCENARIOS_LANG_LIBRARY_H

#include <lua.h>

/* Fills a fresh state: afterwards its globals are the allow-list and read-only. */
void library_open(lua_State *lua);

/* Pops a table and pushes a read-only view of it. A name that is not in it is an error, "<what> has no 'x' (did you
 * mean 'y'?)"; what "" is for the globals. pairs goes through the table behind it. */
void library_seal(lua_State *lua, const char *what);

/* Adds a global; the value is popped. For whoever opens the state: require, print. */
void library_add(lua_State *lua, const char *name);

/* Pushes the text of the value at index, never with an address. */
const char *library_text(lua_State *lua, int index);

#endif
