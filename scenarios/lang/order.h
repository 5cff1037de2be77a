/* order.h: sorted traversal and stable sorting, so that no result leans on a hash or on a clock.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Stock Lua seeds its hash with an address and the time, and table.sort picks pivots by the clock in large arrays.
 */
#ifndef KONSENTO_SCENARIOS_LANG_ORDER_H
#define KONSENTO_SCENARIOS_LANG_ORDER_H

#include <lua.h>
#include <stdbool.h>

/* Pushes a new array of the keys of the table at index, numbers before strings, ascending. Raises an error if a key
 * is of another type. Returns their number. */
lua_Integer order_keys(lua_State *lua, int index);

/* pairs(t), next(t [, key]), table.sort(t [, less]) for scripts. */
int order_pairs(lua_State *lua);
int order_next(lua_State *lua);
int order_sort(lua_State *lua);

#endif
