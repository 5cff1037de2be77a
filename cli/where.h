/* where.h: --where NAME=VALUE: which configurations of a results file are meant.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_WHERE_H
#define KONSENTO_CLI_WHERE_H

#include "analysis/results.h"
#include "cli/options.h"

/* Is every parameter there, with this value in some configuration? Tells what is not. */
bool where_check(const struct arguments *arguments, const struct results_study *study);
/* Has this configuration all the values? */
bool where_is(const struct arguments *arguments, const struct results_study *study, size_t config);

#endif
