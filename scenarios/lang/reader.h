/* reader.h: one reading of a scenario: its Lua state, its texts, its parameters, what was found wrong.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A reading happens once for scenario_open and once more for each replication of each worker, so that no callback
 * carries anything from one replication into the next.
 */
#ifndef KONSENTO_SCENARIOS_LANG_READER_H
#define KONSENTO_SCENARIOS_LANG_READER_H

#include "scenarios/lang/diagnose.h"
#include "scenarios/lang/keep.h"
#include "scenarios/lang/sandbox.h"
#include "scenarios/lang/scenario.h"
#include "scenarios/lang/source.h"

#define INCLUDE_DEPTH_MAX 16

struct reader {
    struct sandbox sandbox;
    struct keep *keep;
    struct source_set *sources;
    struct diagnostics *diagnostics;
    const struct scenario_setting *settings;
    size_t setting_count;
    bool *setting_used; /* setting_count of them */
    struct scenario_param params[SCENARIO_PARAMS_MAX];
    size_t param_count;
    struct place fallback; /* for messages while no Lua function runs; line 0: the file as a whole */
    unsigned include_depth;
    bool in_callback;  /* in a run, or tried while the scenario is read */
    bool fixed_params; /* inside k.include(path, values): params take their values from there */
    /* What k.rng draws from. */
    uint64_t seed;
    uint32_t replication;
    uint64_t generation; /* 0 while loading; grows with each replication */
};

struct reader *reader_of(lua_State *lua);

/* A copy that lives as long as the scenario; raises Lua's memory error when memory is out. */
const char *reader_text(lua_State *lua, const char *text);

/* The file of that name: what is written in a scenario is looked for beside it first; what was typed, where it was
 * typed. NULL: neither has it. As long as the scenario. */
const char *reader_file(lua_State *lua, const char *name, bool is_typed);
/* The parameter that a --set gave this text, NULL: none. */
const char *reader_typed_param(const struct reader *reader, const char *text);

/* The nearest Lua function on the stack: source and line. False: none. */
bool reader_where(lua_State *lua, struct source **source, unsigned *line);
/* The same as a place whose column is that of word in the line (NULL: of the first token). */
struct place reader_place(lua_State *lua, const char *word);

/* Message handler: makes the error a text with a place in front. */
int reader_handler(lua_State *lua);
/* Takes an error text "name:line: what" apart. Returns what; *place gets file, line and column. */
const char *reader_split_error(struct place *place, struct source_set *sources, const char *text);

/* Evaluates the text of a source in this state. Pushes its one value and returns true, or pushes the error. */
bool reader_evaluate(lua_State *lua, struct source *source);

#endif
