/* loaded.h: a scenario and its data files loaded, with every error and note told.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_LOADED_H
#define KONSENTO_CLI_LOADED_H

#include "cli/options.h"
#include "models/world.h"
#include "scenarios/lang/scenario.h"

struct loaded {
    struct scenario scenario;
    struct world_input *input;
};

/* How errors and notes are told. */
enum loaded_form {
    LOADED_PLAIN, /* FILE:LINE:COLUMN: error: TEXT on stderr */
    LOADED_QUIET, /* the same without notes */
    LOADED_GITHUB /* ::error file=…,line=…,col=…::TEXT on stdout */
};

/* Loads the scenario with the --set of the arguments, and the data files that it names. Returns the number of errors,
 * all of them told; 0: *loaded is ready. Owns: loaded_close. */
size_t loaded_open(struct loaded *loaded, const struct arguments *arguments, const char *path, enum loaded_form form);
/* The same without the data files. */
size_t loaded_open_scenario(struct loaded *loaded, const struct arguments *arguments, const char *path,
                            enum loaded_form form);
/* Some commands run in no real time: returns false, and says what to do instead, if the scenario has devices. */
bool loaded_runs_without_devices(const struct loaded *loaded, const char *path);
void loaded_close(struct loaded *loaded);

#endif
