/* test_judge.h: the cases of one scenario: digest, statistics, thresholds.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_TEST_JUDGE_H
#define KONSENTO_CLI_TEST_JUDGE_H

#include "cli/expected.h"
#include "cli/test_cases.h"
#include "cli/test_run.h"

struct test_judging {
    struct test_cases *cases;
    const struct test_run *run;
    const struct expected *expected; /* NULL: nothing was accepted yet */
    bool skips_digest;               /* --no-digest: on another C library digests may differ */
    double seconds;                  /* of the run; told with the first case */
};

/* Adds the cases. Returns false when memory is out. */
bool test_judge(const struct test_judging *judging);

/* What is to be expected from now on: of these results, with margins as before. Owns: expected_close if true; false
 * with the reason told. */
bool test_accept(struct expected *expected, const struct test_run *run, double margin, const struct expected *before);

#endif
