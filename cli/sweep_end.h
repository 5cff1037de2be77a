/* sweep_end.h: all rows of a sweep into one file, and what it says.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_SWEEP_END_H
#define KONSENTO_CLI_SWEEP_END_H

#include "cli/sweep_show.h"

struct sweep_end_order {
    struct results_dir *dir;
    struct tally *tally; /* what is wanted */
    struct sweep_showing showing;
    bool adopt;   /* parts may have come since the folder was opened */
    bool partial; /* results.h5 is written even if something is missing */
};

/* Adopts the parts, looks whether all that is wanted is there, writes results.h5, shows it. Returns an exit code;
 * INCOMPLETE, with nothing written, if something is missing. */
int sweep_end(const struct sweep_end_order *order);

#endif
