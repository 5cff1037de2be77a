/* sweeps.c: what tests of sweeps have in common.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/cli/sweeps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORDS_MAX 48

char *sweep_rows(const char *folder)
{
    struct said said = KONSENTO("export", folder, "--csv");
    EXPECT_CODE(&said, 0);
    free(said.err);
    return said.out;
}

void sweep_expect_same(const char *folder, const char *other)
{
    char *rows = sweep_rows(folder), *others = sweep_rows(other);
    assert_string_equal(rows, others);
    free(rows);
    free(others);
}

void sweep_expect_same_load(const char *folder, const char *other)
{
    struct said load = KONSENTO("export", folder, "--series"), others = KONSENTO("export", other, "--series");
    EXPECT_CODE(&load, 0);
    EXPECT_CODE(&others, 0);
    assert_true(strlen(load.out) > 1000);
    assert_string_equal(load.out, others.out);
    said_free(&load);
    said_free(&others);
}

bool sweep_has_mpi(void)
{
    if (!program_found("mpiexec"))
        return false;
    struct said said = KONSENTO("--version", "--verbose");
    bool has = strstr(said.out, "\nMPI       none") == NULL;
    said_free(&said);
    return has;
}

struct said sweep_under_mpi(const struct start *start, const char *processes, const char *const *arguments)
{
    /* Open MPI leaves memory behind that it took; a sanitizer need not say so. */
    static const char *const root[] = {"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1",
                                       "ASAN_OPTIONS=detect_leaks=0", NULL};
    const char *words[WORDS_MAX] = {"mpiexec", "--oversubscribe", "-n", processes, KONSENTO_BUILD "/konsento"};
    struct start under = *start;
    size_t count = 5;
    for (; *arguments != NULL; arguments++) {
        assert_true(count + 1 < WORDS_MAX);
        words[count++] = *arguments;
    }
    under.environment = root;
    return other_run(&under, words);
}
