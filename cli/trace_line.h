/* trace_line.h: one event of a run as a line of text.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_TRACE_LINE_H
#define KONSENTO_CLI_TRACE_LINE_H

#include "sim/kernel.h"

#include <stdio.h>

/* "NUMBER DAY TIME PHASE KIND entity E argument A chain C" and a line end; chain: the digest after this event. */
void trace_line_print(FILE *out, const struct sim_executed *event, const char *kind);

#endif
