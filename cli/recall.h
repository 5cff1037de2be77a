/* recall.h: the scenario that made a results file, loaded again and compared with what it was.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_RECALL_H
#define KONSENTO_CLI_RECALL_H

#include "analysis/results.h"
#include "cli/loaded.h"
#include "cli/request.h"

/* One configuration of a results file, ready to run again. */
struct recall {
    struct arguments arguments; /* of the command that made the file */
    char *words;                /* what they point into */
    struct loaded loaded;
    struct request request;
    uint32_t arm;
    bool is_open;
};

/* Reads the command line stored in the file, loads the scenario it names with the settings of this configuration, and
 * refuses what has changed, by name. Returns an exit code, not OK with the reason told; recall_close in any case. */
int recall_open(struct recall *recall, const struct results *results, uint32_t config);

/* What a journal of devices says about its run. */
struct recall_journal {
    const char *command, *hash, *program; /* hash: of the scenario and all that it reads */
    uint64_t seed;
};
/* The same for such a run. */
int recall_journal(struct recall *recall, const struct recall_journal *journal);
void recall_close(struct recall *recall);

#endif
