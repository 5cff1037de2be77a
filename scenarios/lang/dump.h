/* dump.h: the completed scenario as canonical Lua.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every field in the schema's order, each value in its canonical unit, parameters already in their places. Read as a
 * scenario from the same folder it gives the same text again. A callback is written as the include that gives it,
 * followed by a hash of the text it stands in.
 */
#ifndef KONSENTO_SCENARIOS_LANG_DUMP_H
#define KONSENTO_SCENARIOS_LANG_DUMP_H

#include "scenarios/lang/check.h"

/* After check_scenario without errors. Returns the text in kept memory, NULL when memory is out. */
const char *dump_scenario(struct check *check);

#endif
