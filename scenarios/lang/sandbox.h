/* sandbox.h: a Lua state that bounds a stranger's scenario in memory and in work.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   memory        every byte goes through one counting allocator; beyond the cap Lua says "not enough memory"
 *   work          a hook every 1,000 instructions; while loading it counts against a budget, and always it looks
 *                 whether the watchdog has said stop. Once stopped it fires at every instruction, so neither pcall nor
 *                 a coroutine can swallow the error
 *   world         library.h gives an allow-list: nothing that reads a clock, a file, an address or a random number
 *   determinism   pairs and next go by sorted keys, table.sort is stable, nothing shows an address
 */
#ifndef KONSENTO_SCENARIOS_LANG_SANDBOX_H
#define KONSENTO_SCENARIOS_LANG_SANDBOX_H

#include "scenarios/lang/watchdog.h"

#include <lua.h>
#include <stddef.h>

struct sandbox {
    lua_State *lua;
    void *owner; /* whoever opened it; for C functions called from Lua */
    size_t memory_used, memory_max;
    uint64_t instructions_left; /* counts down while loading */
    bool loading;
    bool spent;                   /* the budget is gone */
    bool was_slow;                /* the watchdog has stopped a call: what that led to depends on the machine */
    bool stopped_late;            /* the last sandbox_call failed without a message of its own */
    unsigned depth;               /* of sandbox_call within sandbox_call */
    char last_source[LUA_IDSIZE]; /* where the hook last fired: near the place where memory went out */
    int last_line;
    struct watch watch;
    struct watchdog *watchdog;
};

/* Opens an empty state; library_open and whoever comes after fill it, in protected mode. what: named if it hangs; lives
 * as long as the sandbox. Returns false when memory is out. Owns: sandbox_close. */
bool sandbox_open(struct sandbox *sandbox, struct watchdog *watchdog, size_t memory_max, uint64_t instructions,
                  const char *what);
void sandbox_close(struct sandbox *sandbox);

/* lua_pcall under the watchdog. handler: stack index of the message handler or 0. Returns LUA_OK or the error. */
int sandbox_call(struct sandbox *sandbox, int arguments, int results, int handler);
/* What went wrong in it; its error is at the top of the stack. Allocates nothing. */
const char *sandbox_error(struct sandbox *sandbox);

/* Has the budget been spent or the watchdog said stop? */
bool sandbox_is_stopped(struct sandbox *sandbox);

/* The sandbox that a C function called from Lua runs in. */
struct sandbox *sandbox_of(lua_State *lua);

#endif
