/* counter.h: a virtual outlet's energy counter on disk: what a power cut does not take.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_HWBRIDGE_VIRTUAL_COUNTER_H
#define KONSENTO_HWBRIDGE_VIRTUAL_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

/* Returns what the file has, or otherwise_uj where there is none that has a number. */
int64_t counter_read(const char *file, int64_t otherwise_uj);
/* All of it or nothing: written beside it and renamed. Returns false, with errno set. */
bool counter_write(const char *file, int64_t counter_uj);

#endif
