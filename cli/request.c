/* request.c: what `run` was asked to do, as a command line.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/request.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As it is if no shell would touch it, else in single quotes. */
void request_print_quoted(FILE *out, const char *word)
{
    static const char *const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=,:+@%";
    if (*word != '\0' && word[strspn(word, plain)] == '\0') {
        fputs(word, out);
        return;
    }
    fputc('\'', out);
    for (; *word != '\0'; word++)
        if (*word == '\'')
            fputs("'\\''", out);
        else
            fputc(*word, out);
    fputc('\'', out);
}

/* How it kept step with its devices. */
static void print_bridge_options(FILE *out, const struct arguments *arguments)
{
    const struct command *command = arguments->command;
    for (size_t i = 0; i < command->option_count; i++) {
        const struct option_info *option = &command->options[i];
        bool is_own = option->id >= OPTION_LAG && option->id <= OPTION_SETTLEMENTS;
        if (!is_own || !arguments->given[option->id])
            continue;
        fprintf(out, " --%s", option->name);
        if (option->kind == OPTION_FLAG)
            continue;
        fputc(' ', out);
        request_print_quoted(out, arguments->text[option->id]);
    }
}

static void print_command(FILE *out, const struct request *request, enum request_form form)
{
    const struct arguments *arguments = request->arguments;
    bool is_bridge = strcmp(arguments->command->name, "bridge") == 0;
    fputs(is_bridge ? "konsento bridge run " : "konsento run ", out);
    request_print_quoted(out, request->path);
    for (size_t i = 0; i < arguments->setting_count; i++) {
        fputs(" --set ", out);
        request_print_quoted(out, arguments->settings[i]);
    }
    fprintf(out, " --seed %" PRIu64, request->seed);
    if (form != REQUEST_WITHOUT_REPLICATIONS && arguments->given[OPTION_ONLY])
        fprintf(out, " --only %" PRIu32, request->first);
    else if (form != REQUEST_WITHOUT_REPLICATIONS && arguments->given[OPTION_REPS])
        fprintf(out, " --reps %" PRIu32, request->replications);
    if (request->tie_fuzz != 0)
        fprintf(out, " --tie-fuzz %" PRIu64, request->tie_fuzz);
    static const enum option_id texts[] = {OPTION_EVENTS, OPTION_TRACE_REPS};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!arguments->given[texts[i]])
            continue;
        fputs(texts[i] == OPTION_EVENTS ? " --events " : " --trace-reps ", out);
        request_print_quoted(out, arguments->text[texts[i]]);
    }
    if (arguments->given[OPTION_CHAIN])
        fputs(" --chain", out);
    if (is_bridge)
        print_bridge_options(out, arguments);
    if (form == REQUEST_RESUME && arguments->given[OPTION_OUTPUT]) {
        fputs(" -o ", out);
        request_print_quoted(out, arguments->text[OPTION_OUTPUT]);
    }
}

char *request_command(const struct request *request, enum request_form form)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    print_command(out, request, form);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
