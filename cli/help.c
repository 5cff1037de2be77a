/* help.c: help pages and docs/commands.md out of the table of commands.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/help.h"

#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/help_metrics.h"
#include "cli/terminal.h"
#include "scenarios/lang/suggest.h"

#include <string.h>

#define PAGE_COLUMNS  110
#define OPTION_COLUMN 26

/* Prints text wrapped at words; the line now stands at column, further lines begin at indent. Its first word fits. */
static void print_wrapped(FILE *out, const char *text, size_t column, size_t indent)
{
    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        fprintf(out, "%.*s", (int)length, text);
        column += length;
        text += length;
        if (*text != ' ')
            continue;
        text++;
        bool fits = column + 1 + strcspn(text, " ") <= PAGE_COLUMNS;
        if (fits)
            fputc(' ', out);
        else
            fprintf(out, "\n%*s", (int)indent, "");
        column = fits ? column + 1 : indent;
    }
    fputc('\n', out);
}

/* "-j, --jobs N" */
static void format_option(char *text, size_t size, const struct option_info *option)
{
    char letter[5] = "";
    if (option->letter != 0)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(text, size, "%s--%s%s%s", letter, option->name, option->value != NULL ? " " : "",
             option->value != NULL ? option->value : "");
}

static void print_options(FILE *out, const struct command *command)
{
    fputs("Options:\n", out);
    for (size_t i = 0; i < command->option_count; i++) {
        const struct option_info *option = &command->options[i];
        char name[64];
        format_option(name, sizeof name, option);
        fprintf(out, "  %s%-*s", option->letter != 0 ? "" : "    ", OPTION_COLUMN - (option->letter != 0 ? 2 : 6),
                name);
        if (strlen(name) + (option->letter != 0 ? 2 : 6) >= OPTION_COLUMN) /* a long name has a line of its own */
            fprintf(out, "\n%*s", OPTION_COLUMN, "");
        print_wrapped(out, option->help, OPTION_COLUMN, OPTION_COLUMN);
    }
}

void help_overview(FILE *out)
{
    fputs("konsento: what is the right way to pay for electricity, outlet by outlet?\n"
          "\n"
          "Usage: konsento COMMAND [options]\n"
          "\n"
          "Commands:\n",
          out);
    for (size_t i = 0; i < command_count; i++)
        fprintf(out, "  %-12s %s\n", command_table[i].name, command_table[i].summary);
    fputs("\nHelp topics (konsento help TOPIC):\n", out);
    for (size_t i = 0; i < topic_count; i++)
        fprintf(out, "  %-12s %s\n", topic_table[i].name, topic_table[i].summary);
    fputs("\n", out);
    print_options(out, &command_none);
    fputs("\nA first run: konsento new my_house && konsento run my_house.lua\n", out);
}

void help_command(FILE *out, const struct command *command)
{
    if (command == &command_none) {
        help_overview(out);
        return;
    }
    fprintf(out, "Usage: konsento %s%s%s\n\n", command->name, *command->synopsis != '\0' ? " " : "", command->synopsis);
    fprintf(out, "%s.\n\n", command->summary);
    if (*command->text != '\0')
        fprintf(out, "%s\n", command->text);
    print_options(out, command);
}

static void markdown_command(FILE *out, const struct command *command)
{
    fprintf(out, "\n## konsento %s\n\n", command->name);
    fprintf(out, "`konsento %s%s%s`: %s.\n\n", command->name, *command->synopsis != '\0' ? " " : "", command->synopsis,
            command->summary);
    if (*command->text != '\0')
        fprintf(out, "```\n%s```\n\n", command->text);
    fputs("| option | meaning |\n|---|---|\n", out);
    for (size_t i = 0; i < command->option_count; i++) {
        char name[64];
        format_option(name, sizeof name, &command->options[i]);
        fprintf(out, "| `%s` | %s |\n", name, command->options[i].help);
    }
}

void help_markdown(FILE *out)
{
    fputs("<!-- commands.md: every command and option. Made by `konsento help --markdown`; a test keeps it equal.\n"
          "     SPDX-License-Identifier: GPL-3.0-or-later -->\n"
          "# Commands\n"
          "\n"
          "| command | what it does |\n|---|---|\n",
          out);
    for (size_t i = 0; i < command_count; i++)
        fprintf(out, "| [`%s`](#konsento-%s) | %s |\n", command_table[i].name, command_table[i].name,
                command_table[i].summary);
    for (size_t i = 0; i < command_count; i++)
        markdown_command(out, &command_table[i]);
    fputs("\n# Topics\n", out);
    for (size_t i = 0; i < topic_count; i++)
        fprintf(out, "\n## %s\n\n%s.\n\n```\n%s```\n", topic_table[i].name, topic_table[i].summary,
                topic_table[i].text);
}

static const struct topic *topic_find(const char *name)
{
    for (size_t i = 0; i < topic_count; i++)
        if (strcmp(topic_table[i].name, name) == 0)
            return &topic_table[i];
    return NULL;
}

static int unknown_topic(const char *word)
{
    struct suggestion suggestion;
    char near[96];
    suggest_begin(&suggestion, word);
    for (size_t i = 0; i < command_count; i++)
        suggest_offer(&suggestion, command_table[i].name);
    for (size_t i = 0; i < topic_count; i++)
        suggest_offer(&suggestion, topic_table[i].name);
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        suggest_offer(&suggestion, metric_table[metric].name);
    complain("no help on '%s'%s; konsento help lists commands and topics", word, suggest_text(near, &suggestion));
    return CODE_USAGE;
}

int command_help(const struct arguments *arguments)
{
    const char *word = arguments->words[0];
    if (arguments->given[OPTION_MARKDOWN]) {
        help_markdown(stdout);
        return CODE_OK;
    }
    if (word == NULL) {
        help_overview(stdout);
        return CODE_OK;
    }
    const struct command *command = command_find(word);
    const struct topic *topic = topic_find(word);
    if (command == NULL && topic == NULL && help_metric(stdout, word))
        return CODE_OK;
    if (command == NULL && topic == NULL)
        return unknown_topic(word);
    if (command != NULL)
        help_command(stdout, command);
    else
        fputs(topic->text, stdout);
    if (topic != NULL && strcmp(word, "metrics") == 0)
        help_metrics(stdout);
    return CODE_OK;
}
