/* sweep_command.c: the command line that makes a sweep again.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/sweep_study.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void print_option(FILE *out, const char *name, const char *text)
{
    fprintf(out, " --%s ", name);
    request_print_quoted(out, text);
}

static void print_command(FILE *out, const struct arguments *arguments, uint64_t seed, bool with_folder)
{
    static const struct {
        enum option_id id;
        const char *name;
    } texts[] = {{OPTION_SAMPLE, "sample"},        {OPTION_FILTER, "where"},      {OPTION_REPS, "reps"},
                 {OPTION_MAX_REPS, "max-reps"},    {OPTION_TIE_FUZZ, "tie-fuzz"}, {OPTION_EVENTS, "events"},
                 {OPTION_TRACE_REPS, "trace-reps"}};
    fputs("konsento sweep ", out);
    request_print_quoted(out, arguments->words[0]);
    for (size_t i = 0; i < arguments->setting_count; i++)
        print_option(out, "set", arguments->settings[i]);
    for (size_t i = 0; i < arguments->pair_count; i++)
        print_option(out, arguments->pairs[i].option == OPTION_AXIS ? "axis" : "target", arguments->pairs[i].text);
    fprintf(out, " --seed %" PRIu64, seed);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (arguments->given[texts[i].id])
            print_option(out, texts[i].name, arguments->text[texts[i].id]);
    if (arguments->given[OPTION_CHAIN])
        fputs(" --chain", out);
    if (with_folder && arguments->given[OPTION_OUTPUT])
        print_option(out, "output", arguments->text[OPTION_OUTPUT]);
}

char *sweep_command(const struct arguments *arguments, uint64_t seed, bool with_folder)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    print_command(out, arguments, seed, with_folder);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}
