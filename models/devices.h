/* devices.h: outlets of a world that are devices: what joins and parts them from the models.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_DEVICES_H
#define KONSENTO_MODELS_DEVICES_H

#include <stdbool.h>

struct world;

/* Attaches the devices of world->order, if there are any. Returns false when memory is out. */
bool devices_open(struct world *world) __attribute__((warn_unused_result));

#endif
