/* run.h: the loop of a virtual outlet's process.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_HWBRIDGE_VIRTUAL_RUN_H
#define KONSENTO_HWBRIDGE_VIRTUAL_RUN_H

#include "hwbridge/virtual/tasmota.h"

#include <stddef.h>

/* CLOCK_MONOTONIC. */
int64_t virtual_now_ns(void);
/* Runs all of them until *stop is not 0, or until_ns. */
void virtual_run(struct tasmota *const *plugs, size_t count, int64_t until_ns, const volatile int *stop);

#endif
