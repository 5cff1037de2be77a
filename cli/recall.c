/* recall.c: the scenario that made a results file, loaded again and compared with what it was.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/recall.h"

#include "cli/commands.h"
#include "cli/describe.h"
#include "cli/describe_names.h"
#include "cli/exit_codes.h"
#include "cli/tally.h"
#include "cli/terminal.h"
#include "cli/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 512

/* Cuts a command line as request_print_quoted wrote it into words, in place: blanks part words, '…' quotes, \' between
 * quotes is a quote. Returns how many, ended by NULL. */
static size_t cut_words(const char *words[WORDS_MAX], char *text)
{
    size_t count = 0;
    while (*text != '\0' && count + 1 < WORDS_MAX) {
        char *to = text;
        bool quoted = false;
        words[count++] = text;
        for (; *text != '\0' && (quoted || *text != ' '); text++) {
            if (*text == '\'')
                quoted = !quoted;
            else if (*text == '\\' && !quoted && text[1] == '\'')
                *to++ = *++text;
            else
                *to++ = *text;
        }
        text += *text == ' ';
        *to = '\0';
    }
    words[count] = NULL;
    return count;
}

static const char *provenance(const struct results_study *study, const char *name)
{
    for (size_t i = 0; i < study->provenance_count; i++)
        if (strcmp(study->provenance[i].name, name) == 0)
            return study->provenance[i].text;
    return NULL;
}

static const char *identity_part(const struct results_study *study, const char *name)
{
    for (size_t i = 0; i < study->identity_part_count; i++)
        if (strcmp(study->identity_parts[i].name, name) == 0)
            return study->identity_parts[i].text;
    return "";
}

/* ---- the command ------------------------------------------------------------------------------------------------ */

/* Of bridge run FILE the file alone is left. */
static void drop_verb(struct arguments *arguments)
{
    if (arguments->word_count != 2 || strcmp(arguments->command->name, "bridge") != 0)
        return;
    arguments->words[0] = arguments->words[1];
    arguments->word_count = 1;
}

static int read_command(struct recall *recall, const char *stored)
{
    const char *words[WORDS_MAX];
    char why[512];
    recall->words = strdup(stored != NULL ? stored : "");
    if (recall->words == NULL) {
        complain("memory is out");
        return CODE_FAILURE;
    }
    size_t count = cut_words(words, recall->words);
    const struct command *command = count > 2 ? command_find(words[1]) : NULL;
    bool is_parsed = command != NULL && options_parse(&recall->arguments, why, sizeof why, command, words + 2);
    if (is_parsed)
        drop_verb(&recall->arguments);
    if (is_parsed && recall->arguments.word_count == 1)
        return CODE_OK;
    complain("it is not said by which command this was made: %s", stored != NULL ? stored : "(nothing)");
    return CODE_USAGE;
}

/* The point of a sweep that a configuration belongs to. Its settings are added to the arguments; hash: what it was. */
static int find_point(struct recall *recall, struct pool *pool, const struct results_study *study, uint32_t config,
                      const char **hash)
{
    struct tally_rule rule;
    const char *text = provenance(study, DESCRIBE_SWEEP);
    if (text == NULL) {
        recall->arm = config;
        return CODE_OK;
    }
    if (!tally_rule_read(&rule, pool, study, text)) {
        complain("what the sweep wants cannot be read");
        return CODE_USAGE;
    }
    size_t point = 0;
    while (point + 1 < rule.point_count && rule.points[point + 1].first_config <= config)
        point++;
    recall->arm = config - rule.points[point].first_config;
    *hash = rule.points[point].hash;
    char *settings = pool_take(pool, strlen(rule.points[point].settings) + 1, 1);
    if (settings == NULL) {
        complain("memory is out");
        return CODE_FAILURE;
    }
    memcpy(settings, rule.points[point].settings, strlen(rule.points[point].settings) + 1);
    while (settings != NULL && *settings != '\0' && recall->arguments.setting_count < ARGUMENTS_SETTINGS_MAX)
        recall->arguments.settings[recall->arguments.setting_count++] = strsep(&settings, "\t");
    return CODE_OK;
}

/* ---- what has changed ------------------------------------------------------------------------------------------- */

static bool is_part_same(const struct results_study *there, const struct results_study *here, const char *name)
{
    if (strcmp(identity_part(there, name), identity_part(here, name)) == 0)
        return true;
    complain("the %s has changed since the results were made: this would be another run", name);
    return false;
}

static bool is_same_run(const struct recall *recall, const struct results_study *there)
{
    static const char *const names[] = {"scenario", "code", "data", "seed", "program"};
    struct description description;
    bool same = describe_study(&description, &recall->request);
    if (!same)
        complain("memory is out");
    for (size_t i = 0; i < sizeof names / sizeof names[0] && same; i++)
        same = is_part_same(there, &description.study, names[i]);
    describe_close(&description);
    return same;
}

/* In: hash, and program, that the run was made with. */
static bool is_same_point(const struct recall *recall, const char *there, const char *hash)
{
    struct pool pool = {.failed = false};
    char program[VERSION_NAME_BYTES];
    const char *here = describe_point_hash(&pool, &recall->request);
    bool same = here != NULL && strcmp(here, hash) == 0;
    version_name(program);
    if (!same)
        complain("%s, or a file that it reads, has changed since the results were made: this would be another run",
                 recall->request.path);
    else if (strcmp(program, there) != 0) {
        complain("the program has changed since the results were made: %s there, %s here", there, program);
        same = false;
    }
    pool_close(&pool);
    return same;
}

/* ---- opening ---------------------------------------------------------------------------------------------------- */

static int load(struct recall *recall, uint64_t seed)
{
    const struct arguments *arguments = &recall->arguments;
    if (loaded_open(&recall->loaded, arguments, arguments->words[0], LOADED_QUIET) > 0)
        return CODE_USAGE;
    recall->is_open = true;
    recall->request = (struct request){
        .arguments = arguments,
        .path = arguments->words[0],
        .scenario = &recall->loaded.scenario,
        .input = recall->loaded.input,
        .seed = seed,
        .tie_fuzz = arguments->number[OPTION_TIE_FUZZ],
    };
    return CODE_OK;
}

static int load_same(struct recall *recall, const struct results_study *study, const char *hash)
{
    int code = load(recall, study->seed);
    if (code != CODE_OK)
        return code;
    bool same =
        hash != NULL ? is_same_point(recall, identity_part(study, "program"), hash) : is_same_run(recall, study);
    return same ? CODE_OK : CODE_USAGE;
}

int recall_journal(struct recall *recall, const struct recall_journal *journal)
{
    memset(recall, 0, sizeof *recall);
    int code = read_command(recall, journal->command);
    if (code == CODE_OK)
        code = load(recall, journal->seed);
    if (code == CODE_OK && !is_same_point(recall, journal->program, journal->hash))
        code = CODE_USAGE;
    return code;
}

int recall_open(struct recall *recall, const struct results *results, uint32_t config)
{
    struct pool pool = {.failed = false};
    const char *hash = NULL;
    memset(recall, 0, sizeof *recall);
    int code = read_command(recall, results_attribute(results, DESCRIBE_COMMAND));
    if (code == CODE_OK)
        code = find_point(recall, &pool, results_study(results), config, &hash);
    if (code == CODE_OK)
        code = load_same(recall, results_study(results), hash);
    /* The settings were read into the pool; nobody looks at them after loading. */
    recall->arguments.setting_count = 0;
    pool_close(&pool);
    return code;
}

void recall_close(struct recall *recall)
{
    if (recall->is_open)
        loaded_close(&recall->loaded);
    free(recall->words);
}
