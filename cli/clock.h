/* clock.h: wall-clock time for progress bars, deadlines of writing, and dates in results; never for a model.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_CLOCK_H
#define KONSENTO_CLI_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t clock_now_ms(void);
/* CPU seconds of this thread. */
double clock_thread_cpu_s(void);
/* The present date as ISO 8601 in UTC. Needs 21 bytes. */
void clock_date(char *text, size_t size);

#endif
