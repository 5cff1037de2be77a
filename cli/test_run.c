/* test_run.c: one scenario run for a test.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/test_run.h"

#include "cli/cores.h"
#include "cli/folder.h"
#include "cli/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool test_run_open(struct test_run *run, const struct arguments *arguments, const char *path)
{
    memset(run, 0, sizeof *run);
    run->is_loaded = loaded_open(&run->loaded, arguments, path, LOADED_QUIET) == 0;
    run->request = (struct request){
        .arguments = arguments, .path = path, .scenario = &run->loaded.scenario, .input = run->loaded.input};
    return run->is_loaded && loaded_runs_without_devices(&run->loaded, path);
}

static bool make_folder(struct test_run *run, struct results_error *error)
{
    const char *base = getenv("TMPDIR");
    snprintf(run->folder, sizeof run->folder, "%.200s/konsento-test-XXXXXX",
             base != NULL && *base != '\0' ? base : "/tmp");
    if (mkdtemp(run->folder) != NULL)
        return true;
    snprintf(error->text, sizeof error->text, "cannot make a folder like %s: %s", run->folder, strerror(errno));
    run->folder[0] = '\0';
    return false;
}

static enum study_end run_study(struct test_run *run, struct results_error *error)
{
    const struct arguments *arguments = run->request.arguments;
    const struct terminal quiet = {.quiet = true};
    struct study_outcome outcome;
    const struct study_order order = {
        .unit = {.scenario = run->request.scenario,
                 .input = run->request.input,
                 .trace = &run->request.trace,
                 .seed = run->request.seed,
                 .repeat = "konsento run",
                 .series_length = run->description.study.series_length},
        .replications = run->request.replications,
        .jobs = arguments->given[OPTION_JOBS] ? (unsigned)arguments->number[OPTION_JOBS] : core_count(),
        .dir = run->dir,
        .terminal = &quiet,
    };
    study_run(&outcome, &order);
    *error = outcome.error;
    return outcome.end;
}

enum study_end test_run_go(struct test_run *run, struct results_error *error, uint64_t seed, uint32_t replications)
{
    *error = (struct results_error){"memory is out"};
    run->request.seed = seed;
    run->request.replications = replications;
    if (!describe_study(&run->description, &run->request))
        return STUDY_NO_MEMORY;
    if (!make_folder(run, error) ||
        results_dir_open(&run->dir, error, run->folder, &run->description.study) != RESULTS_OK)
        return STUDY_NOT_WRITTEN;
    return run_study(run, error);
}

const struct results *test_run_results(const struct test_run *run)
{
    return results_dir_results(run->dir);
}

void test_run_close(struct test_run *run)
{
    struct results_error error;
    char lock[300];
    if (run->dir != NULL) {
        folder_clear(&error, run->folder);
        results_dir_close(run->dir);
    }
    if (run->folder[0] != '\0') {
        snprintf(lock, sizeof lock, "%s/.lock", run->folder);
        unlink(lock);
        rmdir(run->folder);
    }
    describe_close(&run->description);
    if (run->is_loaded)
        loaded_close(&run->loaded);
}
