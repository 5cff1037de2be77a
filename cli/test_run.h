/* test_run.h: one scenario run for a test, its rows kept in memory while a folder of its own lasts.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_TEST_RUN_H
#define KONSENTO_CLI_TEST_RUN_H

#include "cli/describe.h"
#include "cli/loaded.h"
#include "cli/request.h"
#include "cli/study.h"

struct test_run {
    struct loaded loaded;
    struct request request;
    struct description description;
    struct results_dir *dir;
    char folder[256];
    bool is_loaded;
};

/* Loads the scenario; errors are told. Owns: test_run_close in either case. */
bool test_run_open(struct test_run *run, const struct arguments *arguments, const char *path);
/* Runs replications 0 .. replications - 1. Returns the end; error says why where it is none. */
enum study_end test_run_go(struct test_run *run, struct results_error *error, uint64_t seed, uint32_t replications);
const struct results *test_run_results(const struct test_run *run);
void test_run_close(struct test_run *run);

#endif
