/* help.h: what the program says about itself, made from the table of commands.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_HELP_H
#define KONSENTO_CLI_HELP_H

#include "cli/options.h"

#include <stdio.h>

/* A page that belongs to no command. */
struct topic {
    const char *name, *summary, *text;
};
extern const struct topic topic_table[];
extern const size_t topic_count;

/* The list of commands and topics. */
void help_overview(FILE *out);
/* One command with its options. */
void help_command(FILE *out, const struct command *command);
/* Everything as docs/commands.md. */
void help_markdown(FILE *out);

#endif
