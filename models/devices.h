/* devices.h: outlets of a world that are devices: what joins and parts them from the models.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_DEVICES_H
#define KONSENTO_MODELS_DEVICES_H

#include "models/session.h"

struct world;

/* Attaches the devices of world->order, if there are any. Returns false when memory is out. */
bool devices_open(struct world *world) __attribute__((warn_unused_result));
/* A session is about to be plugged in. */
void devices_come(struct world *world, struct session *session);
/* Has the session to wait until its device has been read? Then it is stopped, and goes on by itself. */
bool devices_hold(struct world *world, uint32_t number, enum session_stop stop);

#endif
