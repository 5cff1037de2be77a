/* charger_obey.h: what a virtual charger is told, and does.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_HWBRIDGE_VIRTUAL_CHARGER_OBEY_H
#define KONSENTO_HWBRIDGE_VIRTUAL_CHARGER_OBEY_H

#include "hwbridge/virtual/charger_state.h"

/* A text came: a request is answered at once, an answer is taken. In: self, struct charger. */
void charger_obey(void *self, const char *text, size_t length, int64_t now_ns);

#endif
