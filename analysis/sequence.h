/* sequence.h: one session as a sequence diagram, out of the event tables of a study.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *        payer          rail          outlet
 *   +0 s   |---------------------------->|  plugged in, wants 5.5 kWh
 *   +0 s   |------------->|              |  payment 1 asked
 *   +2 s   |              |------------->|  credited 1,234 sat
 *
 * The same session on each rail: all have the same arrivals.
 */
#ifndef KONSENTO_ANALYSIS_SEQUENCE_H
#define KONSENTO_ANALYSIS_SEQUENCE_H

#include "analysis/results.h"

#include <stdio.h>

/* At most so many configurations are drawn. */
#define SEQUENCE_CONFIGS_MAX 8

/* Writes a section with a diagram for each configuration, or one sentence that says how to get it if the study has no
 * tables "session" and "payment". */
void sequence_write(FILE *out, const struct results *results);

#endif
