/* session_device.h: what sessions at devices do otherwise.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   car full, car leaves ──► sessions_stop: off ──► on_opened, with the last reading ──► sessions_on_idle, _leave
 *
 * A modeled meter shows what has flowed; a device's shows it later. The session therefore stays until the device has
 * opened its contactor and told its meter once more: then everything that was delivered is somebody's. A device has
 * faults as well: its session asks again.
 */
#ifndef KONSENTO_MODELS_SESSION_DEVICE_H
#define KONSENTO_MODELS_SESSION_DEVICE_H

#include "models/session.h"

#define SESSION_AGAIN_US INT64_C(10000000) /* between a fault of the outlet and the next try */

/* After sessions_init. */
void sessions_device_init(struct sessions *sessions);
/* The outlet is switched off for good; nothing is bought any more. A later reason takes the place of an earlier one. */
void sessions_stop(struct sessions *sessions, uint32_t number, enum session_stop stop);
/* The outlet has a fault: perhaps it is off though the session wanted it on. */
void sessions_on_fault(struct sessions *sessions, uint32_t number);

#endif
