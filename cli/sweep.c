/* sweep.c: konsento sweep: a scenario at many points, from the command line to its summary.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/study_file.h"
#include "cli/clock.h"
#include "cli/commands.h"
#include "cli/cores.h"
#include "cli/exit_codes.h"
#include "cli/folder.h"
#include "cli/paths.h"
#include "cli/signals.h"
#include "cli/sweep_asked.h"
#include "cli/sweep_emit.h"
#include "cli/sweep_end.h"
#include "cli/sweep_pilot.h"
#include "cli/sweep_run.h"
#include "cli/sweep_show.h"
#include "cli/sweep_study.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One sweep: everything that its steps share. */
struct sweep_command {
    const struct arguments *arguments; /* the whole ones */
    struct arguments whole;
    struct pool texts;
    struct terminal terminal;
    struct cluster cluster;
    struct plan plan;
    struct scenes scenes;
    struct sweep_study study;
    struct tally tally;
    struct results_dir *dir;
    const char *folder, *own_folder; /* of the study; where this process writes */
    uint64_t shard, shards;          /* shards 1: no shards */
    unsigned jobs;
    char *resume, *last_words;
    bool is_open; /* scenes and study are to be closed */
};

/* ---- what is asked for ------------------------------------------------------------------------------------------ */

static bool read_shard(struct sweep_command *sweep)
{
    const char *text = sweep->arguments->text[OPTION_SHARD];
    char first[32];
    sweep->shards = 1;
    if (!sweep->arguments->given[OPTION_SHARD])
        return true;
    const char *slash = strchr(text, '/');
    snprintf(first, sizeof first, "%.*s", slash != NULL ? (int)(slash - text) : 0, text);
    if (slash != NULL && options_number(&sweep->shards, slash + 1, 1, 1000000) &&
        options_number(&sweep->shard, first, 0, sweep->shards - 1))
        return true;
    complain("sweep: --shard wants I/N with I from 0 to N - 1, got '%s'", text);
    return false;
}

static bool check_arguments(const struct sweep_command *sweep)
{
    const struct arguments *arguments = sweep->arguments;
    if (arguments->setting_count + arguments->pair_count > ARGUMENTS_SETTINGS_MAX)
        complain("sweep: more than %d --set and --axis", ARGUMENTS_SETTINGS_MAX);
    else if (arguments->given[OPTION_SHARD] && cluster_is_possible())
        complain("sweep: --shard and mpiexec exclude each other");
    else if (arguments->given[OPTION_SHARD] && arguments->given[OPTION_FORCE])
        complain("sweep: --force would remove what other shards have done; remove the folder instead");
    else if (arguments->given[OPTION_SHARDS] && !arguments->given[OPTION_EMIT])
        complain("sweep: --shards goes with --emit; a process takes its --shard I/N");
    else if (arguments->given[OPTION_MAX_REPS] && !arguments->given[OPTION_TARGET])
        complain("sweep: --max-reps goes with --target");
    else
        return true;
    return false;
}

static bool make_plan(struct sweep_command *sweep)
{
    const struct arguments *arguments = sweep->arguments;
    const char *axes[ARGUMENTS_PAIRS_MAX];
    char why[512];
    struct plan_order order = {
        .axes = axes,
        .sample = arguments->given[OPTION_SAMPLE] ? arguments->text[OPTION_SAMPLE] : NULL,
        .where = arguments->given[OPTION_FILTER] ? arguments->text[OPTION_FILTER] : NULL,
        .seed = arguments->given[OPTION_SEED] ? arguments->number[OPTION_SEED] : 1,
    };
    for (size_t i = 0; i < arguments->pair_count; i++)
        if (arguments->pairs[i].option == OPTION_AXIS)
            axes[order.axis_count++] = arguments->pairs[i].text;
    if (plan_build(&sweep->plan, why, sizeof why, &order))
        return true;
    complain("sweep: %s", why);
    return false;
}

/* Can the shards decide without each other? */
static bool check_shards(const struct sweep_command *sweep)
{
    const struct tally_rule *rule = &sweep->study.rule;
    bool whole_points = rule->replications == 0 || rule->target_count > 0;
    if (!whole_points || sweep->shards <= rule->point_count)
        return true;
    complain("sweep: %" PRIu64 " shards share %zu point%s: whole points are dealt%s", sweep->shards, rule->point_count,
             rule->point_count == 1 ? "" : "s",
             rule->target_count > 0 ? " where there is a --target" : ", unless --reps says how many replications");
    return false;
}

/* ---- folders ---------------------------------------------------------------------------------------------------- */

static bool name_folders(struct sweep_command *sweep)
{
    struct pool *pool = &sweep->study.description.pool;
    const struct arguments *arguments = sweep->arguments;
    char part[64];
    sweep->folder = arguments->given[OPTION_OUTPUT] ? arguments->text[OPTION_OUTPUT] : sweep->study.description.folder;
    sweep->own_folder = sweep->folder;
    *part = '\0';
    if (sweep->shards > 1)
        snprintf(part, sizeof part, "parts/%" PRIu64 "-of-%" PRIu64, sweep->shard, sweep->shards);
    else if (sweep->cluster.rank > 0)
        snprintf(part, sizeof part, "parts/rank-%d", sweep->cluster.rank);
    if (*part != '\0')
        sweep->own_folder = path_join(pool, sweep->folder, part);
    sweep->resume = sweep_command(arguments, sweep->study.description.study.seed, true);
    if (sweep->resume == NULL ||
        asprintf(&sweep->last_words, "\nkonsento: stopped at once; go on with: %s\n", sweep->resume) < 0)
        sweep->last_words = NULL;
    return !pool->failed && sweep->resume != NULL && sweep->last_words != NULL;
}

static int tell_error(const struct results_error *error, enum results_result result)
{
    bool users = result == RESULTS_MISMATCH || result == RESULTS_FORMAT;
    complain("%s%s", error->text, users ? "; name another folder with -o, or start anew with --force" : "");
    return users ? CODE_USAGE : CODE_FAILURE;
}

/* Rank 0 or a shard: agrees with what the folder holds, and learns what is done. */
static enum results_result open_study(struct sweep_command *sweep, struct results_error *error)
{
    const struct results_study *study = &sweep->study.description.study;
    struct results *there;
    if (sweep->arguments->given[OPTION_FORCE] && path_is_folder(sweep->folder) && !folder_clear(error, sweep->folder))
        return RESULTS_IO;
    enum results_result result = study_file_write(error, sweep->folder, study);
    if (result == RESULTS_OK)
        result = study_file_peek(&there, error, sweep->folder);
    if (result != RESULTS_OK)
        return result;
    if (!tally_take_results(&sweep->tally, there)) {
        snprintf(error->text, sizeof error->text, "memory is out");
        result = RESULTS_MEMORY;
    }
    results_close(there);
    return result;
}

static int open_folders(struct sweep_command *sweep)
{
    struct results_error error = {""};
    enum results_result result = RESULTS_OK;
    if (sweep->cluster.rank == 0)
        result = open_study(sweep, &error);
    if (result == RESULTS_OK && cluster_most(&sweep->cluster, 0) == 0)
        result = results_dir_open(&sweep->dir, &error, sweep->own_folder, &sweep->study.description.study);
    else if (result != RESULTS_OK)
        cluster_most(&sweep->cluster, 1);
    /* Alone, nobody else may be at work: their locks are taken for a moment. */
    if (result == RESULTS_OK && sweep->dir != NULL && sweep->cluster.size == 1 && sweep->shards == 1)
        result = results_dir_adopt_parts(sweep->dir, &error);
    int code = result == RESULTS_OK ? CODE_OK : tell_error(&error, result);
    int worst = cluster_most(&sweep->cluster, code);
    return code != CODE_OK ? code : worst;
}

/* ---- the run ---------------------------------------------------------------------------------------------------- */

static void tell_start(const struct sweep_command *sweep)
{
    const struct tally_rule *rule = &sweep->study.rule;
    char share[64] = "";
    if (sweep->terminal.quiet)
        return;
    if (sweep->shards > 1)
        snprintf(share, sizeof share, "  shard %" PRIu64 " of %" PRIu64, sweep->shard, sweep->shards);
    else if (sweep->cluster.size > 1)
        snprintf(share, sizeof share, "  %d processes", sweep->cluster.size);
    fprintf(stderr, "%s  %zu point%s, %zu configuration%s  seed %" PRIu64 "%s  %u thread%s  -> %s\n",
            sweep->arguments->words[0], rule->point_count, rule->point_count == 1 ? "" : "s",
            sweep->study.description.study.config_count, sweep->study.description.study.config_count == 1 ? "" : "s",
            sweep->study.description.study.seed, share, sweep->jobs, sweep->jobs == 1 ? "" : "s", sweep->folder);
    if (sweep->tally.done > 0)
        fprintf(stderr, "konsento: %zu replications were done before\n", sweep->tally.done);
}

static int tell_stopped(const struct sweep_command *sweep, const struct sweep_outcome *outcome)
{
    if (outcome->error.text[0] != '\0')
        complain("%s", outcome->error.text);
    if (outcome->end == SWEEP_NO_MEMORY && sweep->cluster.rank == 0)
        complain("memory is out");
    if (sweep->cluster.rank == 0 && outcome->end != SWEEP_CHANGED && outcome->end != SWEEP_TOO_SLOW)
        complain("stopped with %zu replications done; go on with: %s%s", sweep->tally.done,
                 sweep->cluster.size > 1 ? "mpiexec … " : "", sweep->resume);
    switch (outcome->end) {
    case SWEEP_COMPLETE:
        return CODE_OK;
    case SWEEP_TERMINATED:
        return CODE_INCOMPLETE;
    case SWEEP_INTERRUPTED:
        return CODE_INTERRUPTED;
    case SWEEP_CHANGED:
    case SWEEP_TOO_SLOW:
        return CODE_USAGE;
    case SWEEP_NOT_WRITTEN:
    case SWEEP_NO_MEMORY:
        return CODE_FAILURE;
    }
    return CODE_FAILURE;
}

static int end_shard(struct sweep_command *sweep, size_t ran)
{
    if (!sweep->terminal.quiet)
        fprintf(stderr,
                "konsento: shard %" PRIu64 " of %" PRIu64 " is done: %zu replications now; when all are: %s %s\n",
                sweep->shard, sweep->shards, ran, "konsento merge", sweep->folder);
    return CODE_OK;
}

/* Others have closed their folders: rank 0, or who is alone, makes one file of all. */
static int end_whole(struct sweep_command *sweep)
{
    const struct sweep_end_order order = {
        .dir = sweep->dir,
        .tally = &sweep->tally,
        .showing = {.arguments = sweep->arguments,
                    .terminal = &sweep->terminal,
                    .rule = &sweep->study.rule,
                    .folder = sweep->folder,
                    .why_ended = sweep->study.rule.target_count > 0 ? "until the targets were met, or --max-reps"
                                                                    : "all that were wanted"},
        .adopt = true,
    };
    return sweep_end(&order);
}

static int run_opened(struct sweep_command *sweep)
{
    struct sweep_outcome outcome;
    const struct sweep_order order = {
        .scenes = &sweep->scenes,
        .cluster = &sweep->cluster,
        .tally = &sweep->tally,
        .dir = sweep->dir,
        .terminal = &sweep->terminal,
        .jobs = sweep->jobs,
        .shard = sweep->shard,
        .shards = sweep->shards,
        .whole_points =
            sweep->shards > 1 && (sweep->study.rule.replications == 0 || sweep->study.rule.target_count > 0),
    };
    tell_start(sweep);
    signals_catch(sweep->last_words);
    sweep_run(&outcome, &order);
    if (sweep->cluster.rank > 0) {
        results_dir_close(sweep->dir);
        sweep->dir = NULL;
    }
    cluster_meet(&sweep->cluster);
    if (outcome.end != SWEEP_COMPLETE)
        return tell_stopped(sweep, &outcome);
    if (sweep->shards > 1)
        return end_shard(sweep, outcome.ran);
    int code = sweep->cluster.rank == 0 ? end_whole(sweep) : CODE_OK;
    return cluster_most(&sweep->cluster, code);
}

static int run_described(struct sweep_command *sweep)
{
    const struct arguments *arguments = sweep->arguments;
    const struct results_study *study = &sweep->study.description.study;
    if (!sweep_check_metrics(arguments, study) || !check_shards(sweep))
        return CODE_USAGE;
    if (!name_folders(sweep) || !tally_open(&sweep->tally, &sweep->study.rule, study->config_count)) {
        complain("memory is out");
        return CODE_FAILURE;
    }
    int code;
    if (arguments->given[OPTION_EMIT])
        code = sweep_emit(arguments, study->seed, sweep->folder);
    else if (arguments->given[OPTION_DRY_RUN])
        code = sweep->cluster.rank > 0
                   ? CODE_OK
                   : sweep_pilot(&sweep->scenes, &sweep->study.rule, study->config_count, sweep->jobs);
    else {
        code = open_folders(sweep);
        if (code == CODE_OK)
            code = run_opened(sweep);
        results_dir_close(sweep->dir);
    }
    tally_close(&sweep->tally);
    return code;
}

static bool prepare(struct sweep_command *sweep)
{
    const struct arguments *given = sweep->arguments;
    if (!read_shard(sweep) || !check_arguments(sweep) || !sweep_asked(&sweep->whole, &sweep->texts, given))
        return false;
    sweep->arguments = &sweep->whole;
    return make_plan(sweep);
}

static bool describe(struct sweep_command *sweep)
{
    sweep->is_open = scenes_open(&sweep->scenes, sweep->arguments, &sweep->plan);
    sweep->scenes.is_quiet = sweep->terminal.quiet;
    return sweep->is_open && sweep_study_open(&sweep->study, &sweep->scenes);
}

/* All ranks do the same with the same files. Rank 0 goes first, so that what is wrong is told once; if any cannot do
 * it, none goes on. */
static bool do_on_all(struct sweep_command *sweep, bool (*step)(struct sweep_command *sweep))
{
    bool good = sweep->cluster.rank > 0 || step(sweep);
    if (cluster_most(&sweep->cluster, !good) != 0)
        return false;
    good = sweep->cluster.rank == 0 || step(sweep);
    return cluster_most(&sweep->cluster, !good) == 0;
}

static int run_planned(struct sweep_command *sweep)
{
    int code = do_on_all(sweep, describe) ? run_described(sweep) : CODE_USAGE;
    if (sweep->is_open) {
        sweep_study_close(&sweep->study);
        scenes_close(&sweep->scenes);
    }
    free(sweep->resume);
    free(sweep->last_words);
    return code;
}

int command_sweep(const struct arguments *arguments)
{
    struct sweep_command sweep = {.arguments = arguments};
    char why[300];
    terminal_init(&sweep.terminal, arguments->given[OPTION_QUIET]);
    /* A shard talks to nobody: batch systems set up processes as if they were to. */
    if (arguments->given[OPTION_SHARD])
        cluster_be_alone(&sweep.cluster);
    else if (!cluster_open(&sweep.cluster, why, sizeof why)) {
        complain("sweep: %s", why);
        return CODE_USAGE;
    }
    sweep.terminal.quiet = sweep.terminal.quiet || sweep.cluster.rank > 0;
    /* Under mpiexec the processes are the parallel part. */
    sweep.jobs = arguments->given[OPTION_JOBS] ? (unsigned)arguments->number[OPTION_JOBS]
                 : sweep.cluster.size > 1      ? 1
                                               : core_count();
    int code = CODE_USAGE;
    if (do_on_all(&sweep, prepare))
        code = run_planned(&sweep);
    plan_close(&sweep.plan);
    pool_close(&sweep.texts);
    cluster_close(&sweep.cluster);
    return code;
}
