/* commands.h: the table of commands; everything the program can be asked to do stands in it.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_COMMANDS_H
#define KONSENTO_CLI_COMMANDS_H

#include "cli/options.h"

extern const struct command command_table[];
extern const size_t command_count;
/* The program without a command: --help, --version. */
extern const struct command command_none;

/* By name, or NULL. */
const struct command *command_find(const char *name);

int command_run(const struct arguments *arguments);
int command_sweep(const struct arguments *arguments);
int command_merge(const struct arguments *arguments);
int command_status(const struct arguments *arguments);
int command_diff(const struct arguments *arguments);
int command_replay(const struct arguments *arguments);
int command_test(const struct arguments *arguments);
int command_check(const struct arguments *arguments);
int command_schema(const struct arguments *arguments);
int command_new(const struct arguments *arguments);
int command_fit(const struct arguments *arguments);
int command_doctor(const struct arguments *arguments);
int command_inspect(const struct arguments *arguments);
int command_export(const struct arguments *arguments);
int command_report(const struct arguments *arguments);
int command_outlet(const struct arguments *arguments);
int command_bridge(const struct arguments *arguments);
int command_help(const struct arguments *arguments);
int command_completion(const struct arguments *arguments);

#endif
