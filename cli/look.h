/* look.h: a results file opened for a command that looks at it.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_LOOK_H
#define KONSENTO_CLI_LOOK_H

#include "analysis/pool.h"
#include "analysis/results.h"

/* A results file that is looked at, and the memory for its names. */
struct look {
    struct pool pool;
    const char *path; /* of the file */
    struct results *results;
};

/* path: the file, or the folder it lies in. Returns an exit code, not OK with the reason told; look_close in any case.
 */
int look_open(struct look *look, const char *path);
void look_close(struct look *look);

#endif
