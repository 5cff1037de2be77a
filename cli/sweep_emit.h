/* sweep_emit.h: the script that runs a sweep in N shards.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_SWEEP_EMIT_H
#define KONSENTO_CLI_SWEEP_EMIT_H

#include "cli/options.h"

#include <stdint.h>

/* Prints it. Returns an exit code. */
int sweep_emit(const struct arguments *arguments, uint64_t seed, const char *folder);

#endif
