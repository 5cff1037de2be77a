/* options.c: the command line read against the table of commands.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/options.h"

#include "scenarios/lang/suggest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool options_number(uint64_t *number, const char *text, uint64_t min, uint64_t max)
{
    if (*text == '\0' || text[strspn(text, "0123456789")] != '\0')
        return false;
    errno = 0;
    uint64_t value = strtoull(text, NULL, 10);
    if (errno != 0 || value < min || value > max)
        return false;
    *number = value;
    return true;
}

/* A command line on its way through the parser. */
struct parse {
    struct arguments *arguments;
    const char *const *next; /* of argv */
    char *why;
    size_t why_size;
};

#define REFUSE(parse, ...) (snprintf((parse)->why, (parse)->why_size, __VA_ARGS__), false)

static const struct option_info *find_long(const struct command *command, const char *name, size_t length)
{
    for (size_t i = 0; i < command->option_count; i++)
        if (strlen(command->options[i].name) == length && memcmp(command->options[i].name, name, length) == 0)
            return &command->options[i];
    return NULL;
}

static const struct option_info *find_letter(const struct command *command, char letter)
{
    for (size_t i = 0; i < command->option_count; i++)
        if (command->options[i].letter != 0 && command->options[i].letter == letter)
            return &command->options[i];
    return NULL;
}

static bool unknown_option(struct parse *parse, const char *word, const char *name, size_t length)
{
    const struct command *command = parse->arguments->command;
    struct suggestion suggestion;
    char typed[64], near[96];
    snprintf(typed, sizeof typed, "--%.*s", (int)length, name);
    suggest_begin(&suggestion, typed);
    for (size_t i = 0; i < command->option_count; i++) {
        char known[64];
        snprintf(known, sizeof known, "--%s", command->options[i].name);
        suggest_offer(&suggestion, known);
    }
    return REFUSE(parse, "unknown option '%s'%s", word, length > 1 ? suggest_text(near, &suggestion) : "");
}

static bool take_setting(struct parse *parse, const struct option_info *option, const char *value)
{
    struct arguments *arguments = parse->arguments;
    const char *equals = strchr(value, '=');
    if (equals == NULL || equals == value)
        return REFUSE(parse, "--%s wants name=value, got '%s'", option->name, value);
    if (option->id == OPTION_AXIS || option->id == OPTION_TARGET) {
        if (arguments->pair_count == ARGUMENTS_PAIRS_MAX)
            return REFUSE(parse, "more than %d --axis and --target", ARGUMENTS_PAIRS_MAX);
        arguments->pairs[arguments->pair_count++] = (struct argument_pair){option->id, value};
        return true;
    }
    if (arguments->setting_count == ARGUMENTS_SETTINGS_MAX)
        return REFUSE(parse, "more than %d settings", ARGUMENTS_SETTINGS_MAX);
    arguments->settings[arguments->setting_count++] = value;
    return true;
}

static bool take_value(struct parse *parse, const struct option_info *option, const char *value)
{
    struct arguments *arguments = parse->arguments;
    arguments->given[option->id] = true;
    arguments->text[option->id] = value;
    switch (option->kind) {
    case OPTION_NUMBER:
        if (!options_number(&arguments->number[option->id], value, option->min, option->max))
            return REFUSE(parse, "--%s wants a whole number from %" PRIu64 " to %" PRIu64 ", got '%s'", option->name,
                          option->min, option->max, value);
        return true;
    case OPTION_SETTING:
        return take_setting(parse, option, value);
    case OPTION_TEXT:
    case OPTION_PATH:
        if (*value == '\0')
            return REFUSE(parse, "--%s wants a value", option->name);
        return true;
    case OPTION_FLAG:
        return true;
    }
    return true;
}

/* In: attached, the value written in the same word ("=…" cut off), or NULL. */
static bool take_option(struct parse *parse, const struct option_info *option, const char *attached)
{
    if (option->kind == OPTION_FLAG) {
        if (attached != NULL)
            return REFUSE(parse, "--%s takes no value", option->name);
        return take_value(parse, option, "");
    }
    if (attached == NULL && *parse->next == NULL)
        return REFUSE(parse, "--%s wants a value: --%s %s", option->name, option->name, option->value);
    return take_value(parse, option, attached != NULL ? attached : *parse->next++);
}

static bool take_long(struct parse *parse, const char *word)
{
    const char *name = word + 2;
    size_t length = strcspn(name, "=");
    const struct option_info *option = find_long(parse->arguments->command, name, length);
    if (option == NULL)
        return unknown_option(parse, word, name, length);
    return take_option(parse, option, name[length] == '=' ? name + length + 1 : NULL);
}

static bool take_letter(struct parse *parse, const char *word)
{
    const struct option_info *option = find_letter(parse->arguments->command, word[1]);
    if (option == NULL || (option->kind == OPTION_FLAG && word[2] != '\0'))
        return unknown_option(parse, word, word + 1, strlen(word + 1));
    return take_option(parse, option, word[2] != '\0' ? word + 2 : NULL);
}

static bool take_word(struct parse *parse, const char *word)
{
    struct arguments *arguments = parse->arguments;
    if (arguments->word_count == ARGUMENTS_WORDS_MAX)
        return REFUSE(parse, "more than %d arguments", ARGUMENTS_WORDS_MAX);
    arguments->words[arguments->word_count++] = word;
    return true;
}

static bool check_words(struct parse *parse)
{
    const struct arguments *arguments = parse->arguments;
    const struct command *command = arguments->command;
    if (arguments->given[OPTION_HELP])
        return true;
    if (arguments->word_count < command->words_min)
        return REFUSE(parse, "missing argument: konsento %s %s", command->name, command->synopsis);
    if (arguments->word_count > command->words_max)
        return REFUSE(parse, "unexpected argument '%s'", arguments->words[command->words_max]);
    return true;
}

bool options_parse(struct arguments *arguments, char *why, size_t why_size, const struct command *command,
                   const char *const *argv)
{
    struct parse parse = {arguments, argv, why, why_size};
    bool only_words = false;
    memset(arguments, 0, sizeof *arguments);
    arguments->command = command;
    while (*parse.next != NULL) {
        const char *word = *parse.next++;
        bool taken;
        if (only_words || word[0] != '-' || word[1] == '\0')
            taken = take_word(&parse, word);
        else if (word[1] != '-')
            taken = take_letter(&parse, word);
        else if (word[2] != '\0')
            taken = take_long(&parse, word);
        else
            taken = only_words = true;
        if (!taken)
            return false;
    }
    return check_words(&parse);
}
