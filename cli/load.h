/* load.h: a scenario and its data files loaded, with every error and note told.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_LOAD_H
#define KONSENTO_CLI_LOAD_H

#include "cli/options.h"
#include "models/world.h"
#include "scenarios/lang/scenario.h"

struct loaded {
    struct scenario scenario;
    struct world_input *input;
};

/* How errors and notes are told. */
enum load_form {
    LOAD_PLAIN, /* FILE:LINE:COLUMN: error: TEXT on stderr */
    LOAD_QUIET, /* the same without notes */
    LOAD_GITHUB /* ::error file=…,line=…,col=…::TEXT on stdout */
};

/* Loads the scenario with the --set of the arguments, and the data files that it names. Returns the number of errors,
 * all of them told; 0: *loaded is ready. Owns: load_close. */
size_t load_open(struct loaded *loaded, const struct arguments *arguments, const char *path, enum load_form form);
void load_close(struct loaded *loaded);

#endif
