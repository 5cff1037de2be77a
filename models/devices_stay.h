/* devices_stay.h: a car's stay at an outlet that is a device.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_DEVICES_STAY_H
#define KONSENTO_MODELS_DEVICES_STAY_H

#include "models/session.h"

struct world;

/* A session is about to be plugged in. */
void devices_come(struct world *world, struct session *session);
/* Has the session to wait until its device has been read? Then it is stopped, and goes on by itself. */
bool devices_hold(struct world *world, uint32_t number, enum session_stop stop);

#endif
