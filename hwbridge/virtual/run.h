/* run.h: the loop of a virtual outlet's process, for any wire.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   struct virtual_outlet outlets[] = {tasmota_outlet(tasmota), ocpp_point_outlet(point)};
 *   virtual_run(outlets, 2, INT64_MAX, &stop);
 */
#ifndef KONSENTO_HWBRIDGE_VIRTUAL_RUN_H
#define KONSENTO_HWBRIDGE_VIRTUAL_RUN_H

#include "hwbridge/virtual/outlet.h"

/* CLOCK_MONOTONIC. */
int64_t virtual_now_ns(void);
/* Runs all of them until *stop is not 0, or until_ns. Returns false if memory is out. */
bool virtual_run(const struct virtual_outlet *outlets, size_t count, int64_t until_ns, const volatile int *stop);

#endif
