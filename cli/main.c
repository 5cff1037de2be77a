/* main.c: konsento: finds the command, reads its options, runs it.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/help.h"
#include "cli/terminal.h"
#include "cli/version.h"
#include "scenarios/lang/suggest.h"

#include <signal.h>
#include <stdio.h>

static int run_none(const struct arguments *arguments)
{
    if (arguments->given[OPTION_VERSION])
        version_print(stdout, arguments->given[OPTION_VERBOSE]);
    else if (arguments->given[OPTION_HELP])
        help_overview(stdout);
    else {
        help_overview(stderr);
        return CODE_USAGE;
    }
    return CODE_OK;
}

static int run_command(const struct command *command, const char *const *argv)
{
    struct arguments arguments;
    char why[512];
    if (!options_parse(&arguments, why, sizeof why, command, argv)) {
        complain("%s%s%s", command->name, *command->name != '\0' ? ": " : "", why);
        fprintf(stderr, "konsento help%s%s shows the options\n", *command->name != '\0' ? " " : "", command->name);
        return CODE_USAGE;
    }
    if (command == &command_none)
        return run_none(&arguments);
    if (arguments.given[OPTION_HELP]) {
        help_command(stdout, command);
        return CODE_OK;
    }
    return command->run(&arguments);
}

static int unknown_command(const char *word)
{
    struct suggestion suggestion;
    char near[96];
    suggest_begin(&suggestion, word);
    for (size_t i = 0; i < command_count; i++)
        suggest_offer(&suggestion, command_table[i].name);
    complain("unknown command '%s'%s; konsento help lists the commands", word, suggest_text(near, &suggestion));
    return CODE_USAGE;
}

int main(int argc, char **argv)
{
    terminal_guard_streams();
    signal(SIGPIPE, SIG_IGN); /* a reader that goes away is an error of write, seen in terminal_finish */
    const char *const *words = (const char *const *)argv;
    if (argc < 2 || words[1][0] == '-')
        return terminal_finish(run_command(&command_none, argc < 1 ? words : words + 1));
    const struct command *command = command_find(words[1]);
    if (command == NULL)
        return terminal_finish(unknown_command(words[1]));
    return terminal_finish(run_command(command, words + 2));
}
