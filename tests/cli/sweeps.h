/* sweeps.h: what tests of sweeps have in common: a sweep, its rows, processes under mpiexec.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_CLI_SWEEPS_H
#define KONSENTO_TESTS_CLI_SWEEPS_H

#include "tests/cli/program.h"

/* The house at six points, two rails each; more words may follow. */
#define HOUSE_SWEEP(...)                                                                                               \
    KONSENTO("sweep", "house.lua", "--axis", "cars=4,8,12", "--axis", "building.outlets.count=2..3", "--no-report",    \
             __VA_ARGS__)

/* Every metric of a folder's results as CSV; free it. */
char *sweep_rows(const char *folder);
/* Fails the test unless both folders hold the same rows; the same load series. */
void sweep_expect_same(const char *folder, const char *other);
void sweep_expect_same_load(const char *folder, const char *other);

/* Can processes be started under mpiexec, by a program that was built for it? */
bool sweep_has_mpi(void);
/* The program under mpiexec with so many processes; "arguments" ended by NULL. */
struct said sweep_under_mpi(const struct start *start, const char *processes, const char *const *arguments);

#endif
