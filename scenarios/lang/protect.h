/* protect.h: xpcall, coroutine.wrap and coroutine.close in forms that a stopped scenario cannot hide in.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An error raised by the instruction hook leaves hooks switched off until a protected call has unwound. Stock xpcall
 * runs its handler before that, and stock coroutine.wrap and coroutine.close run __close functions in a thread that
 * never unwinds: a loop in either could not be stopped. Here the handler runs after the unwinding, and a thread that
 * was stopped is left alone.
 */
#ifndef KONSENTO_SCENARIOS_LANG_PROTECT_H
#define KONSENTO_SCENARIOS_LANG_PROTECT_H

#include <lua.h>

int protect_xpcall(lua_State *lua);
int protect_wrap(lua_State *lua);
/* Upvalue: the stock function. */
int protect_close(lua_State *lua);

#endif
