/* ocpp_calls.h: what the bridge still has to ask of one charge point.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One CALL is out at a time; its answer, or its patience's end, lets the next one go. What stops power goes first, and
 * then what gives it; questions wait. Asking again for what waits already changes nothing but the command's number.
 * Source: OCPP-J 1.6 specification, section 4.1.1.
 */
#ifndef KONSENTO_HWBRIDGE_OCPP_CALLS_H
#define KONSENTO_HWBRIDGE_OCPP_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OCPP_CALLS_MAX 96

enum ocpp_call_kind { /* in order of urgency */
                      OCPP_CALL_STOP,
                      OCPP_CALL_START,
                      OCPP_CALL_RENEW,
                      OCPP_CALL_TRIGGER_STATUS,
                      OCPP_CALL_TRIGGER_METER,
                      OCPP_CALL_PING, /* GetConfiguration of one key: is it there */
                      OCPP_CALL_NO_DEFAULT,
                      OCPP_CALL_CHANGE,
                      OCPP_CALL_GET
};

struct ocpp_call {
    enum ocpp_call_kind kind;
    uint32_t connector; /* its place among those of the charge point */
    uint32_t setting;   /* CHANGE */
    uint64_t command;   /* STOP, START, RENEW: of the bridge */
};

struct ocpp_calls {
    struct ocpp_call waiting[OCPP_CALLS_MAX]; /* in order */
    size_t count;
    struct ocpp_call out;
    bool is_out;
    int64_t out_ns;
    uint64_t number; /* of the last one that went out */
};

/* Returns false if there is no room. */
bool ocpp_calls_add(struct ocpp_calls *calls, const struct ocpp_call *call);
/* Takes back what waits. */
void ocpp_calls_drop(struct ocpp_calls *calls, enum ocpp_call_kind kind, uint32_t connector);
/* Whether one of that kind waits or is out, for any connector. */
bool ocpp_calls_has(const struct ocpp_calls *calls, enum ocpp_call_kind kind);
/* Takes the first one. Returns false if none waits, or one is out. */
bool ocpp_calls_take(struct ocpp_calls *calls, struct ocpp_call *call);
/* It has gone out. */
void ocpp_calls_sent(struct ocpp_calls *calls, const struct ocpp_call *call, int64_t now_ns);
/* Its answer came, or never will: none is out. */
void ocpp_calls_answered(struct ocpp_calls *calls);
/* The connection is gone, and all that was asked with it. */
void ocpp_calls_clear(struct ocpp_calls *calls);

#endif
