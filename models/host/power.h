/* power.h: nodes that lose power, and come back from their records.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_HOST_POWER_H
#define KONSENTO_MODELS_HOST_POWER_H

#include "models/host/parts.h"

/* Makes the node for the first time, at the height that the chain has. */
void power_open(struct host *host, uint32_t node);
/* In: part_ppm, of a record that is being written. */
void power_off(struct host *host, uint32_t node, uint32_t part_ppm, int64_t back_us);
void power_on_event(struct sim *sim, void *object, uint32_t entity, uint64_t argument);

#endif
