/* present_short.h: what a reader needs first: which metrics, and the differences between rails in one table.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_PRESENT_SHORT_H
#define KONSENTO_CLI_PRESENT_SHORT_H

#include "cli/presentation.h"

#include <stdbool.h>
#include <stddef.h>

/* Is this column one of the headline, or does a threshold of the study speak of it? */
bool short_has(const struct presentation *presentation, size_t column);

/* Prints the paired differences of the scoreboard's and the headline's metrics: a line each, a column for each rail
 * that has a baseline. Nothing, if no rail has one. */
void short_differences(const struct presentation *presentation);

#endif
