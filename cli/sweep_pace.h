/* sweep_pace.h: how fast a sweep that is under way goes, seen from its files.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_SWEEP_PACE_H
#define KONSENTO_CLI_SWEEP_PACE_H

#include "cli/tally.h"

/* Seconds until `missing` replications are done, if those of the last shards say how many come per second: NaN if there
 * are too few shards to tell. */
double sweep_time_left(const char *folder, const struct tally *tally, size_t missing);

#endif
