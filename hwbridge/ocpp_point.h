/* ocpp_point.h: one charge point as its central system sees it, without the wire under it.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   submit(command) ──► calls ──one at a time──► out.send        text ──ocpp_point_hear──► answer, inputs
 *
 *   ON     RemoteStartTransaction with a profile that ends; while a transaction runs, SetChargingProfile
 *   OFF    RemoteStopTransaction; it counts when the charge point says, behind it, that no power flows
 *   PROBE  TriggerMessage: StatusNotification, MeterValues
 *
 * UnlockConnector is never sent.
 */
#ifndef KONSENTO_HWBRIDGE_OCPP_POINT_H
#define KONSENTO_HWBRIDGE_OCPP_POINT_H

#include "hwbridge/lease.h"
#include "hwbridge/ocpp_state.h"

void ocpp_point_init(struct ocpp_point *point, const struct hw_sink *sink, const struct ocpp_out *out,
                     int64_t *transactions);
/* In: number not there yet. Asserts that there is room. */
void ocpp_point_add(struct ocpp_point *point, const struct ocpp_connector_config *config);
/* Its connection stands, and is its own; is gone. */
void ocpp_point_connected(struct ocpp_point *point);
void ocpp_point_gone(struct ocpp_point *point);
/* A text came. Returns GUARD_OK, or an enum hw_reject if nothing in it counts. */
int ocpp_point_hear(struct ocpp_point *point, const void *bytes, size_t length, const struct ocpp_now *now);
/* Returns false if it is not connected or asked for too much already. */
bool ocpp_point_submit(struct ocpp_point *point, size_t connector, const struct hw_command *command, int64_t now_ns);
/* Sends what is due. Returns when it has something to do next, INT64_MAX: never. */
int64_t ocpp_point_time(struct ocpp_point *point, const struct ocpp_now *now);

/* For outlets that are connectors: commands are sent again after 4 s, and power may flow for 30 s behind an OFF before
 * somebody has to look at it: contactor, car and transaction take longer than a plug's relay. */
void ocpp_patience(struct hw_outlet_config *config);

#endif
