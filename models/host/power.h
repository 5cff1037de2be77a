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
/* It is up again, from its records; its peers hear of it unless it hides. */
void power_on(struct host *host, uint32_t node);
/* It no longer hides from its peers. */
void power_show(struct host *host, uint32_t node);
void power_on_event(struct sim *sim, void *object, uint32_t entity, uint64_t argument);

#endif
