/* ocpp_hear.h: what a charge point says, and what follows from it.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Power can flow when a connector's status says so, or a transaction of ours has begun: which of the two is told first
 * differs from charger to charger. In an OFF's wake a status counts as its answer if no power flows by it and no start
 * is under way. A transaction that nobody asked for is refused and stopped; its number is learned from meter values
 * where the bridge was started anew behind it.
 */
#ifndef KONSENTO_HWBRIDGE_OCPP_HEAR_H
#define KONSENTO_HWBRIDGE_OCPP_HEAR_H

#include "hwbridge/ocpp_frame.h"
#include "hwbridge/ocpp_state.h"

/* One message, while it is heard. */
struct ocpp_hearing {
    struct ocpp_point *point;
    const struct ocpp_now *now;
    const char *id;
    uint64_t raw;
    struct ocpp_request request;
};

/* A CALL: it is answered. Returns GUARD_OK or an enum hw_reject. */
int ocpp_hear_request(struct ocpp_hearing *hearing, const struct ocpp_frame *frame);
/* A RESULT or ERROR. Returns GUARD_OK; HW_REJECT_UNASKED: nothing was asked with its id. */
int ocpp_hear_answer(struct ocpp_hearing *hearing, const struct ocpp_frame *frame);

#endif
