/* cheat.h: nodes that go back to a backup, and close their channels as they then were.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_HOST_CHEAT_H
#define KONSENTO_MODELS_HOST_CHEAT_H

#include "models/host/parts.h"

/* The time of a cheat has come. */
void cheat_on_event(struct sim *sim, void *object, uint32_t entity, uint64_t argument);
/* Listens to the chain, behind blocks_begin. */
void cheat_begin(struct host *host);

#endif
