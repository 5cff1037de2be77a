/* describe.h: what a results file says about its study: identity, columns, parameters, provenance.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_DESCRIBE_H
#define KONSENTO_CLI_DESCRIBE_H

#include "analysis/pool.h"
#include "analysis/results.h"
#include "cli/request.h"

struct description {
    struct pool pool;
    struct results_study study;
    const char *folder; /* runs/NAME-IDENTITY */
};

/* Returns false when memory is out. Owns: describe_close. */
bool describe_study(struct description *description, const struct request *request);
void describe_close(struct description *description);

#endif
