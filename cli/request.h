/* request.h: what `run` was asked to do, loaded and checked: scenario, data, numbers.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_REQUEST_H
#define KONSENTO_CLI_REQUEST_H

#include "cli/options.h"
#include "cli/trace.h"
#include "models/world.h"
#include "scenarios/lang/scenario.h"

#include <stdio.h>

struct request {
    const struct arguments *arguments;
    const char *path; /* of the scenario, as given */
    const struct scenario *scenario;
    const struct world_input *input;
    struct trace trace;
    uint64_t seed, tie_fuzz;
    uint32_t first, replications; /* replications first .. first + replications - 1 */
    bool may_stop_early;
};

/* The command line that makes these results again, quoted for a shell, without -j. Returns malloc'ed text, NULL
 * when memory is out. */
enum request_form {
    REQUEST_WHOLE,               /* without -o as well: the same results anywhere */
    REQUEST_RESUME,              /* in the same folder */
    REQUEST_WITHOUT_REPLICATIONS /* " --only N" at its end repeats one replication */
};
char *request_command(const struct request *request, enum request_form form);

/* A word as a shell wants it: in single quotes where it must be. */
void request_print_quoted(FILE *out, const char *word);

#endif
