/* load.h: what scenario_open keeps for the workers.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_LOAD_H
#define KONSENTO_SCENARIOS_LANG_LOAD_H

#include "scenarios/lang/check.h"

struct scenario_owned {
    struct keep keep;
    struct source_set sources;
    struct scenario_limits limits; /* with the defaults filled in */
    struct watchdog *watchdog;
    struct scenario_setting *settings; /* a copy; paths by name are rewritten to paths by number */
    size_t setting_count;
    bool *setting_used;
    struct given_path given_paths[GIVEN_PATHS_MAX];
    size_t given_path_count;
    const char *title; /* for the watchdog's message */
};

/* Opens a reader on the texts of owned, with k and require. The sources are copied, so that a worker does not share
 * anything that changes. keep: where this reader's own texts go. False: memory is out. */
bool load_reader_open(struct reader *reader, struct source_set *sources, struct keep *keep,
                      const struct scenario_owned *owned, struct diagnostics *diagnostics);
void load_reader_close(struct reader *reader);

/* Evaluates the scenario's file in protected mode and leaves its value at the top of the stack. Returns LUA_OK, or the
 * error, whose text is there instead. */
int load_evaluate(struct reader *reader);

/* What scenario_open is asked for; text NULL: read the file at path. */
struct load_order {
    const char *path, *text;
    size_t size;
    const struct scenario_setting *settings;
    size_t setting_count;
    const struct scenario_limits *limits; /* NULL: the defaults */
};
bool load_open(struct scenario *scenario, struct diagnostics *diagnostics, const struct load_order *order);

#endif
