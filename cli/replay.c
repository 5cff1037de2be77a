/* replay.c: konsento replay: one replication of a results file once more, event by event.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/label.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/look.h"
#include "cli/observed.h"
#include "cli/recall.h"
#include "cli/replay_journal.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "cli/trace_line.h"
#include "cli/where.h"
#include "scenarios/lang/quantity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What is looked at while it runs. */
struct replay {
    int64_t until_us; /* INT64_MAX: to the end */
    bool prints;
    volatile int interrupt;
    uint64_t shown;
};

static void on_event(void *self, const struct sim_executed *event, const char *kind)
{
    struct replay *replay = self;
    if (signals_seen() != STOP_NONE || event->time_us > replay->until_us || ferror(stdout))
        replay->interrupt = 1;
    if (replay->interrupt != 0)
        return;
    replay->shown++;
    if (replay->prints)
        trace_line_print(stdout, event, kind);
}

static int read_until(struct replay *replay, const struct arguments *arguments)
{
    struct quantity quantity;
    char why[200];
    const char *text = arguments->text[OPTION_UNTIL];
    replay->until_us = INT64_MAX;
    if (!arguments->given[OPTION_UNTIL])
        return CODE_OK;
    enum quantity_result result = quantity_parse(&quantity, text, DIMENSION_BIT(DIMENSION_TIME));
    if (result != QUANTITY_OK) {
        complain("replay: --until %s: %s", text,
                 quantity_explain(why, sizeof why, result, text, DIMENSION_BIT(DIMENSION_TIME)));
        return CODE_USAGE;
    }
    replay->until_us = quantity.atoms;
    return CODE_OK;
}

/* ---- which row -------------------------------------------------------------------------------------------------- */

static void list_configs(const struct results *results)
{
    char label[LABEL_BYTES];
    const struct results_study *study = results_study(results);
    for (size_t i = 0; i < study->config_count && i < 10; i++)
        fprintf(stderr, "  %s\n", label_config(label, study, i));
}

/* The row of this replication in the one configuration that --where leaves; NULL with the reason told. */
static const struct results_row *pick_row(const struct arguments *arguments, const struct results *results)
{
    const struct results_study *study = results_study(results);
    size_t found = 0, config = 0;
    if (!where_check(arguments, study))
        return NULL;
    for (size_t i = 0; i < study->config_count; i++)
        if (where_is(arguments, study, i)) {
            config = i;
            found++;
        }
    if (found != 1) {
        complain("replay: %s configuration; say which with --where NAME=VALUE:",
                 found == 0 ? "--where leaves no" : "there is more than one");
        list_configs(results);
        return NULL;
    }
    uint32_t replication = arguments->given[OPTION_REPLICATION] ? (uint32_t)arguments->number[OPTION_REPLICATION] : 0;
    const struct results_row *row = results_find(results, (uint32_t)config, replication);
    if (row == NULL)
        complain("replay: replication %" PRIu32 " is not in the results", replication);
    return row;
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

static void print_hex(const uint8_t digest[32])
{
    for (size_t i = 0; i < 32; i++)
        printf("%02x", digest[i]);
    putchar('\n');
}

static int tell_end(const struct replay *replay, const struct observed *observed, const struct results_row *row)
{
    switch (observed->end) {
    case OBSERVED_NO_MEMORY:
        complain("memory is out");
        return CODE_FAILURE;
    case OBSERVED_TOO_SLOW:
        complain("%s", observed->text);
        return CODE_USAGE;
    case OBSERVED_INTERRUPTED:
        if (signals_seen() == STOP_INTERRUPT)
            return CODE_INTERRUPTED;
        if (!replay->prints)
            printf("%" PRIu64 " events until then\n", replay->shown);
        return CODE_OK;
    case OBSERVED_DONE:
        break;
    }
    /* The trace is for programs too: what is not an event goes elsewhere. */
    if (!replay->prints) {
        printf("events  %" PRIu64 "\ndigest  ", observed->events);
        print_hex(observed->digest);
    }
    if (observed->failed)
        complain("it failed: %s", observed->text);
    if (memcmp(observed->digest, row->digest, sizeof row->digest) != 0) {
        complain("this is NOT the run in the results: its digest differs, although nothing has changed");
        return CODE_FAILURE;
    }
    if (!replay->prints)
        puts("the same, bit for bit, as in the results");
    return CODE_OK;
}

static int replay_row(const struct arguments *arguments, const struct results *results, const struct results_row *row)
{
    struct recall recall;
    struct replay replay = {.prints = arguments->given[OPTION_TRACE]};
    int code = read_until(&replay, arguments);
    if (code != CODE_OK)
        return code;
    code = recall_open(&recall, results, row->config);
    if (code == CODE_OK && !loaded_runs_without_devices(&recall.loaded, recall.request.path))
        code = CODE_USAGE;
    bool has_events = code == CODE_OK && !scenario_is_lab(&recall.loaded.scenario);
    if (code == CODE_OK && !has_events && (replay.prints || arguments->given[OPTION_UNTIL])) {
        complain("replay: a laboratory has no events: --trace and --until do not go with it");
        code = CODE_USAGE;
    }
    if (code == CODE_OK) {
        const struct observed_order order = {.request = &recall.request,
                                             .arm = recall.arm,
                                             .replication = row->replication,
                                             .observe = on_event,
                                             .self = &replay,
                                             .interrupt = &replay.interrupt};
        struct observed observed;
        signals_catch("\n");
        observed_run(&observed, &order);
        code = tell_end(&replay, &observed, row);
    }
    recall_close(&recall);
    return code;
}

static bool is_journal(const char *path)
{
    size_t length = strlen(path);
    return length > 4 && strcmp(path + length - 4, ".hwj") == 0;
}

int command_replay(const struct arguments *arguments)
{
    struct look look;
    if (is_journal(arguments->words[0]))
        return replay_journal(arguments);
    int code = look_open(&look, arguments->words[0]);
    if (code == CODE_OK) {
        const struct results_row *row = pick_row(arguments, look.results);
        code = row != NULL ? replay_row(arguments, look.results, row) : CODE_USAGE;
    }
    look_close(&look);
    return code;
}
