/* run.c: konsento run: a study from the command line to its summary.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/label.h"
#include "cli/bridge_run.h"
#include "cli/clock.h"
#include "cli/commands.h"
#include "cli/cores.h"
#include "cli/describe.h"
#include "cli/exit_codes.h"
#include "cli/folder.h"
#include "cli/judge.h"
#include "cli/loaded.h"
#include "cli/paths.h"
#include "cli/present.h"
#include "cli/request.h"
#include "cli/signals.h"
#include "cli/study.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* One run: everything that its steps share. */
struct run {
    const struct arguments *arguments;
    struct terminal terminal;
    struct loaded loaded;
    struct request request;
    struct description description;
    struct results_dir *dir;
    const char *folder, *results_path, *report_path;
    char *resume; /* the command that goes on */
    char *repeat; /* the command that repeats one replication, but for its number */
    char *last_words;
    struct bridge_run *bridge; /* the scenario has devices; NULL: it has none */
};

/* What stands in the folder is the user's to decide on; a disk is not. */
static bool is_users_mistake(enum results_result result)
{
    return result == RESULTS_MISMATCH || result == RESULTS_FORMAT;
}

/* ---- what is asked for ------------------------------------------------------------------------------------------ */

static bool has_chain(const struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->config.rail_count; i++)
        if (scenario->config.rails[i].kind == RAIL_ONCHAIN || scenario->config.rails[i].kind == RAIL_LIGHTNING)
            return true;
    return false;
}

static bool make_request(struct run *run)
{
    const struct arguments *arguments = run->arguments;
    struct request *request = &run->request;
    char why[256];
    *request = (struct request){.arguments = arguments, .path = arguments->words[0]};
    const struct trace_words words = {
        .kinds = arguments->given[OPTION_EVENTS] ? arguments->text[OPTION_EVENTS] : NULL,
        .ranges = arguments->given[OPTION_TRACE_REPS] ? arguments->text[OPTION_TRACE_REPS] : NULL,
        .chain = arguments->given[OPTION_CHAIN],
    };
    if (!trace_parse(&request->trace, why, sizeof why, &words)) {
        complain("run: %s", why);
        return false;
    }
    if (arguments->given[OPTION_ONLY] && arguments->given[OPTION_REPS]) {
        complain("run: --only and --reps exclude each other");
        return false;
    }
    return true;
}

static void complete_request(struct run *run)
{
    const struct arguments *arguments = run->arguments;
    const struct scenario *scenario = &run->loaded.scenario;
    struct request *request = &run->request;
    bool only = arguments->given[OPTION_ONLY], reps = arguments->given[OPTION_REPS];
    request->scenario = scenario;
    request->input = run->loaded.input;
    request->seed = arguments->given[OPTION_SEED] ? arguments->number[OPTION_SEED] : scenario->seed;
    request->tie_fuzz = arguments->number[OPTION_TIE_FUZZ];
    request->first = only ? (uint32_t)arguments->number[OPTION_ONLY] : 0;
    request->replications = only ? 1 : reps ? (uint32_t)arguments->number[OPTION_REPS] : scenario->replications;
    request->may_stop_early = !only && !reps;
    if (run->bridge != NULL) {
        request->replications = 1; /* of nature */
        request->may_stop_early = false;
    }
}

/* ---- the folder ------------------------------------------------------------------------------------------------- */

static bool name_files(struct run *run)
{
    const struct arguments *arguments = run->arguments;
    struct pool *pool = &run->description.pool;
    run->folder = arguments->given[OPTION_OUTPUT] ? arguments->text[OPTION_OUTPUT] : run->description.folder;
    run->results_path = path_join(pool, run->folder, "results.h5");
    run->report_path = path_join(pool, run->folder, "report.html");
    run->resume = request_command(&run->request, REQUEST_RESUME);
    run->repeat = request_command(&run->request, REQUEST_WITHOUT_REPLICATIONS);
    if (run->resume == NULL ||
        asprintf(&run->last_words, "\nkonsento: stopped at once; go on with: %s\n%s", run->resume,
                 run->bridge != NULL ? "konsento: outlets may be on until their leases end\n" : "") < 0)
        run->last_words = NULL;
    return !pool->failed && run->resume != NULL && run->repeat != NULL && run->last_words != NULL;
}

static enum results_result open_folder(struct run *run, struct results_error *error)
{
    const struct results_study *study = &run->description.study;
    enum results_result result = results_dir_open(&run->dir, error, run->folder, study);
    if (!run->arguments->given[OPTION_FORCE] || (result != RESULTS_OK && !is_users_mistake(result)))
        return result;
    if (result == RESULTS_OK)
        results_dir_close(run->dir);
    run->dir = NULL;
    if (!folder_clear(error, run->folder))
        return RESULTS_IO;
    return results_dir_open(&run->dir, error, run->folder, study);
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

/* Says why a study stopped before its end, and how to go on. */
static int tell_stopped(const struct run *run, const struct study_outcome *outcome)
{
    size_t safe = outcome->skipped + outcome->done - outcome->held;
    switch (outcome->end) {
    case STUDY_TOO_SLOW:
        complain("%s", outcome->error.text);
        return CODE_USAGE; /* the same command would come to the same place */
    case STUDY_NOT_WRITTEN:
        complain("%s", outcome->error.text);
        break;
    case STUDY_NO_MEMORY:
        if (run->bridge == NULL || !bridge_run_complained(run->bridge))
            complain("memory is out");
        break;
    case STUDY_INTERRUPTED:
    case STUDY_TERMINATED:
    case STUDY_COMPLETE:
    case STUDY_DETERMINISTIC:
        break;
    }
    complain("stopped with %zu of %zu replications done; go on with: %s", safe, outcome->wanted, run->resume);
    return outcome->end == STUDY_INTERRUPTED  ? CODE_INTERRUPTED
           : outcome->end == STUDY_TERMINATED ? CODE_INCOMPLETE
                                              : CODE_FAILURE;
}

static void tell_failed_rows(const struct results *results)
{
    for (size_t i = 0; i < results_row_count(results); i++) {
        const struct results_row *row = results_row(results, i);
        if (!row->failed)
            continue;
        complain("replication %" PRIu32 " of %s %s failed: %s", row->replication,
                 label_arm_word(results_study(results)), judge_rail(results, row->config), row->failure);
    }
}

static int code_of_verdict(const struct judgements *judgements)
{
    if (judgements->failed_rows > 0)
        return CODE_FAILURE;
    switch (judgements->verdict) {
    case VERDICT_PASS:
        return CODE_OK;
    case VERDICT_FAIL:
        return CODE_THRESHOLD;
    case VERDICT_UNDECIDED:
        return CODE_UNDECIDED;
    }
    return CODE_FAILURE;
}

/* The summary of a complete study: also of one that was complete before. */
static int show(const struct run *run, const struct study_outcome *outcome)
{
    const struct results *results = results_dir_results(run->dir);
    struct judgements judgements;
    if (!judge_results(&judgements, results))
        return CODE_FAILURE;
    int code = code_of_verdict(&judgements);
    bool wants_report = !run->arguments->given[OPTION_NO_REPORT];
    bool stale = !path_exists(run->report_path) || path_is_newer(run->results_path, run->report_path);
    if (wants_report && stale && !judge_write_report(run->report_path, &judgements, results)) {
        wants_report = false;
        code = CODE_FAILURE;
    }
    struct presentation presentation = {
        .results = results,
        .judgements = &judgements,
        .terminal = &run->terminal,
        .results_path = run->results_path,
        .report_path = wants_report ? run->report_path : NULL,
        .is_whole = run->arguments->given[OPTION_ALL],
        .why_ended = outcome->end == STUDY_DETERMINISTIC  ? "nothing in it is random: one says all"
                     : run->arguments->given[OPTION_ONLY] ? "the one asked for"
                                                          : "all that were wanted",
    };
    if (run->arguments->given[OPTION_JSON])
        present_json(&presentation);
    else
        present_tables(&presentation);
    if (judgements.failed_rows > 0)
        terminal_flush(); /* what failed is told below the tables; the code says failure in any case */
    tell_failed_rows(results);
    judge_close(&judgements);
    return code;
}

/* ---- the run ---------------------------------------------------------------------------------------------------- */

static void tell_start(const struct run *run, const struct study_order *order)
{
    if (run->terminal.quiet)
        return;
    size_t arms = scenario_arm_count(&run->loaded.scenario);
    fprintf(stderr, "%s  %zu %s%s x %" PRIu32 " replication%s  seed %" PRIu64 "  %u thread%s  -> %s\n",
            run->request.path, arms, scenario_arm_word(&run->loaded.scenario), arms == 1 ? "" : "s",
            order->replications, order->replications == 1 ? "" : "s", run->request.seed, order->jobs,
            order->jobs == 1 ? "" : "s", run->folder);
}

/* Is a threshold undecided by what is there? */
static bool is_undecided(const struct run *run)
{
    struct judgements judgements;
    if (!judge_results(&judgements, results_dir_results(run->dir)))
        return false;
    bool undecided = judgements.verdict == VERDICT_UNDECIDED && judgements.failed_rows == 0;
    judge_close(&judgements);
    return undecided;
}

/* Asks for twice as many replications while a threshold is undecided and the scenario allows more. */
static bool extend(const struct run *run, struct study_order *order, const struct study_outcome *outcome)
{
    uint32_t most = run->loaded.scenario.replications_max;
    size_t there = present_replications(results_dir_results(run->dir));
    if (!order->may_stop_early || outcome->end != STUDY_COMPLETE || there >= most || !is_undecided(run))
        return false;
    order->replications = there > most / 2 ? most : 2 * (uint32_t)there;
    if (!run->terminal.quiet)
        fprintf(stderr, "konsento: a threshold is undecided after %zu replications: going on to %" PRIu32 "\n", there,
                order->replications);
    return true;
}

static int run_study(struct run *run)
{
    const struct request *request = &run->request;
    struct study_outcome outcome;
    struct study_order order = {
        .unit = {.scenario = request->scenario,
                 .input = request->input,
                 .trace = &request->trace,
                 .seed = request->seed,
                 .tie_fuzz = request->tie_fuzz,
                 .repeat = run->repeat,
                 .series_length = run->description.study.series_length},
        .first = request->first,
        .replications = request->replications,
        .may_stop_early = request->may_stop_early,
        .jobs = run->arguments->given[OPTION_JOBS] ? (unsigned)run->arguments->number[OPTION_JOBS] : core_count(),
        .dir = run->dir,
        .terminal = &run->terminal,
    };
    if (run->bridge != NULL)
        bridge_run_order(run->bridge, &order);
    tell_start(run, &order);
    signals_catch(run->last_words);
    study_run(&outcome, &order);
    while (extend(run, &order, &outcome))
        study_run(&outcome, &order);
    bool is_broken = run->bridge != NULL && bridge_run_complained(run->bridge);
    if (is_broken || (outcome.end != STUDY_COMPLETE && outcome.end != STUDY_DETERMINISTIC))
        return tell_stopped(run, &outcome);
    char date[32];
    clock_date(date, sizeof date);
    const struct results_text closing[] = {{"finished", date},
                                           {"ended", outcome.end == STUDY_DETERMINISTIC
                                                         ? "nothing random: one replication says all"
                                                         : "all replications that were wanted"},
                                           {"bridge", run->bridge != NULL ? bridge_run_text(run->bridge) : ""}};
    size_t closing_count = run->bridge != NULL && *closing[2].text != '\0' ? 3 : 2;
    if (results_dir_finish(run->dir, &outcome.error, closing, closing_count) != RESULTS_OK) {
        outcome.end = STUDY_NOT_WRITTEN;
        return tell_stopped(run, &outcome);
    }
    return show(run, &outcome);
}

static int run_described(struct run *run)
{
    struct results_error error;
    if (!describe_study(&run->description, &run->request) || !name_files(run)) {
        complain("memory is out");
        return CODE_FAILURE;
    }
    enum results_result result = open_folder(run, &error);
    if (result != RESULTS_OK) {
        complain("%s%s", error.text,
                 is_users_mistake(result) ? "; name another folder with -o, or start anew with --force" : "");
        return is_users_mistake(result) ? CODE_USAGE : CODE_FAILURE;
    }
    int code = CODE_USAGE;
    if (run->bridge == NULL || bridge_run_open(run->bridge, &run->request, run->folder))
        code = run_study(run);
    if (run->bridge != NULL)
        code = bridge_run_close(run->bridge, code, run->arguments->given[OPTION_JSON]);
    results_dir_close(run->dir);
    return code;
}

/* Devices need the bridge, and the bridge needs devices. */
static bool has_what_it_needs(const struct run *run)
{
    bool has_devices = run->loaded.scenario.device_count > 0;
    if (run->bridge == NULL)
        return loaded_runs_without_devices(&run->loaded, run->request.path);
    if (!has_devices)
        complain("%s has no devices: konsento run %s", run->request.path, run->request.path);
    return has_devices;
}

int command_run(const struct arguments *arguments)
{
    return run_scenario(arguments, NULL);
}

int run_scenario(const struct arguments *arguments, struct bridge_run *bridge)
{
    struct run run = {.arguments = arguments, .bridge = bridge};
    terminal_init(&run.terminal, arguments->given[OPTION_QUIET]);
    if (!make_request(&run))
        return CODE_USAGE;
    size_t errors =
        loaded_open(&run.loaded, arguments, arguments->words[0], run.terminal.quiet ? LOADED_QUIET : LOADED_PLAIN);
    if (errors > 0) {
        fprintf(stderr, "%zu error%s\n", errors, errors == 1 ? "" : "s");
        return CODE_USAGE;
    }
    complete_request(&run);
    int code = CODE_USAGE;
    if (!has_what_it_needs(&run))
        code = CODE_USAGE;
    else if (run.request.trace.table_count > 0 && scenario_is_lab(&run.loaded.scenario))
        complain("run: --events: a laboratory has no tables of events");
    else if (run.request.trace.chain && !has_chain(&run.loaded.scenario))
        complain("run: --chain: no rail of this scenario has a chain of blocks");
    else
        code = run_described(&run);
    describe_close(&run.description);
    loaded_close(&run.loaded);
    free(run.resume);
    free(run.repeat);
    free(run.last_words);
    return code;
}
