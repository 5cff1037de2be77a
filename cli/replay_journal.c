/* replay_journal.c: konsento replay FILE.hwj: a run with devices once more, without them.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/replay_journal.h"

#include "cli/bridge_site.h"
#include "cli/exit_codes.h"
#include "cli/observed.h"
#include "cli/recall.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "cli/trace_line.h"
#include "scenarios/lang/quantity.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND_MAX (BRIDGE_FACTS_MAX * JOURNAL_TEXT_MAX)

struct task {
    const struct arguments *arguments;
    const char *path;
    char command[COMMAND_MAX], hash[JOURNAL_TEXT_MAX], program[JOURNAL_TEXT_MAX], rail[JOURNAL_TEXT_MAX];
    uint64_t seed;
    struct recall recall;
    struct bridge_settings settings;
    struct bridge_site site;
    pthread_mutex_t lock;
    int64_t until_us;
};

/* ---- what the journal says about itself ------------------------------------------------------------------------- */

static void take_fact(struct task *task, const struct journal_record *record)
{
    struct bridge_fact *fact = &task->site.facts[task->site.fact_count++];
    const struct {
        const char *key;
        char *to;
    } texts[] = {{"scenario", task->hash}, {"program", task->program}, {"rail", task->rail}};
    snprintf(fact->key, sizeof fact->key, "%.31s", record->key);
    snprintf(fact->value, sizeof fact->value, "%s", record->value);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strcmp(record->key, texts[i].key) == 0)
            snprintf(texts[i].to, JOURNAL_TEXT_MAX, "%s", record->value);
    if (strcmp(record->key, "seed") == 0)
        (void)options_number(&task->seed, record->value, 0, UINT64_MAX); /* a wrong one is another run */
    size_t there = strlen(task->command);
    if (strcmp(record->key, "command") == 0)
        snprintf(task->command + there, sizeof task->command - there, "%s", record->value);
}

static int read_facts(struct task *task)
{
    struct journal_reader reader;
    struct journal_record record;
    int error = journal_reader_open(&reader, task->path);
    if (error != 0) {
        complain("replay: %s: %s", task->path, error == EINVAL ? "is no journal of this version" : strerror(error));
        return CODE_USAGE;
    }
    while (task->site.fact_count < BRIDGE_FACTS_MAX && journal_read(&reader, &record) == JOURNAL_OK &&
           record.kind == JOURNAL_HEADER)
        take_fact(task, &record);
    journal_reader_close(&reader);
    return CODE_OK;
}

static int read_until(struct task *task)
{
    struct quantity quantity;
    const char *text = task->arguments->text[OPTION_UNTIL];
    task->until_us = INT64_MAX;
    if (!task->arguments->given[OPTION_UNTIL])
        return CODE_OK;
    if (quantity_parse(&quantity, text, DIMENSION_BIT(DIMENSION_TIME)) != QUANTITY_OK) {
        complain("replay: --until %s: wanted is a time such as '3 min'", text);
        return CODE_USAGE;
    }
    task->until_us = quantity.atoms;
    return CODE_OK;
}

/* ---- the run ---------------------------------------------------------------------------------------------------- */

static void on_event(void *self, const struct sim_executed *event, const char *kind)
{
    const struct task *task = self;
    if (event->time_us <= task->until_us)
        trace_line_print(stdout, event, kind);
}

static bool make_site(struct task *task)
{
    const struct scenario *scenario = &task->recall.loaded.scenario;
    struct bridge_fact facts[BRIDGE_FACTS_MAX];
    size_t fact_count = task->site.fact_count, rail = 0;
    memcpy(facts, task->site.facts, sizeof facts);
    while (rail < scenario->config.rail_count && strcmp(scenario->config.rails[rail].name, task->rail) != 0)
        rail++;
    if (rail == scenario->config.rail_count) {
        complain("replay: %s: there is no rail \"%s\"", task->path, task->rail);
        return false;
    }
    bool is_made = bridge_plan_make(&task->site.plan, scenario, rail, UINT32_MAX, BRIDGE_NOWHERE);
    char *path = strdup(task->path);
    task->settings.rate = 1;
    bridge_site_init(&task->site, &task->settings, path, &task->lock);
    task->site.is_replay = true;
    memcpy(task->site.facts, facts, sizeof facts);
    task->site.fact_count = fact_count;
    if (path == NULL)
        complain("memory is out");
    return is_made && path != NULL;
}

static int tell(const struct task *task, const struct observed *observed)
{
    const char *why = task->site.why;
    bool prints = task->arguments->given[OPTION_TRACE];
    if (*why == '\0' && observed->end == OBSERVED_NO_MEMORY) {
        complain("memory is out");
        return CODE_FAILURE;
    }
    if (*why != '\0' || observed->failed) {
        complain("replay: %s: %s", task->path, *why != '\0' ? why : observed->text);
        return CODE_FAILURE;
    }
    if (prints)
        return CODE_OK;
    printf("events  %" PRIu64 "\ndigest  ", observed->events);
    for (size_t i = 0; i < 32; i++)
        printf("%02x", observed->digest[i]);
    puts(task->site.outcome.replay == REPLAY_SAME
             ? "\nthe same, bit for bit, as in the journal"
             : "\nthe same, bit for bit, up to where the journal ends: that run was stopped there");
    return CODE_OK;
}

static int run(struct task *task)
{
    struct observed observed;
    const struct observed_order order = {.request = &task->recall.request,
                                         .arm = (uint32_t)task->site.plan.rail,
                                         .observe = task->arguments->given[OPTION_TRACE] ? on_event : NULL,
                                         .self = task,
                                         .devices = &task->site.hook};
    signals_catch("\n");
    observed_run(&observed, &order);
    return tell(task, &observed);
}

int replay_journal(const struct arguments *arguments)
{
    struct task *task = calloc(1, sizeof *task);
    if (task == NULL) {
        complain("memory is out");
        return CODE_FAILURE;
    }
    task->arguments = arguments;
    task->path = arguments->words[0];
    task->site.journal.fd = -1;
    task->site.lock = &task->lock;
    pthread_mutex_init(&task->lock, NULL);
    int code = read_until(task);
    if (code == CODE_OK)
        code = read_facts(task);
    if (code == CODE_OK)
        code = recall_journal(&task->recall,
                              &(struct recall_journal){task->command, task->hash, task->program, task->seed});
    if (code == CODE_OK)
        code = make_site(task) ? run(task) : CODE_USAGE;
    bridge_site_close(&task->site);
    recall_close(&task->recall);
    pthread_mutex_destroy(&task->lock);
    free(task);
    return code;
}
