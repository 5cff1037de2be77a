/* test_cases.h: what a test run found, case by case, and the forms in which others read it.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   text    for people
 *   TAP 14  test harnesses
 *   JUnit   CI servers: testsuites / testsuite / testcase with failure, error or skipped
 *   GitHub  annotations (::error file=…) and a table for the job's summary page
 */
#ifndef KONSENTO_CLI_TEST_CASES_H
#define KONSENTO_CLI_TEST_CASES_H

#include "analysis/pool.h"
#include "cli/terminal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum case_result {
    CASE_PASSED,
    CASE_SKIPPED,
    CASE_UNDECIDED,
    CASE_DIFFERS, /* not what was accepted */
    CASE_FAILED,  /* a threshold is broken */
    CASE_ERROR    /* it could not be run */
};
#define CASE_RESULTS 6

struct test_case {
    const char *file, *name, *message; /* message: "" if there is nothing to say; may have several lines */
    unsigned line;                     /* in the file, 0: the whole */
    enum case_result result;
    double seconds; /* of the file's run, at its first case */
};

struct test_cases {
    struct pool pool;
    struct test_case *list;
    size_t count, capacity;
};

/* Texts are copied; printf form for the message. Returns false when memory is out. */
bool test_cases_add(struct test_cases *cases, const struct test_case *one);
void test_cases_close(struct test_cases *cases);
void test_cases_count(size_t counts[CASE_RESULTS], const struct test_cases *cases, const char *file);
const char *case_result_name(enum case_result result);

void test_cases_print(const struct test_cases *cases, const struct terminal *terminal);
void test_cases_print_tap(const struct test_cases *cases);
void test_cases_print_annotations(const struct test_cases *cases);
/* To an open file. */
void test_cases_write_junit(FILE *out, const struct test_cases *cases);
void test_cases_write_summary(FILE *out, const struct test_cases *cases);

#endif
