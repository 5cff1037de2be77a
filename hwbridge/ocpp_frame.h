/* ocpp_frame.h: OCPP 1.6-J frames that come in, and what requests in them say.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   [2, "id", "Action", {...}]          CALL     a request
 *   [3, "id", {...}]                    RESULT   its answer
 *   [4, "id", "Code", "text", {...}]    ERROR    that there will be none
 *
 * Bytes pass the guard first (guard.h). A field that is known and of another type, or that must be there and is not,
 * is a fault of the message; fields that nobody knows are ignored. Energy leaves here in uJ, power in W.
 * Source: OCPP-J 1.6 specification, section 4; Open Charge Point Protocol 1.6, sections 4 and 6.
 */
#ifndef KONSENTO_HWBRIDGE_OCPP_FRAME_H
#define KONSENTO_HWBRIDGE_OCPP_FRAME_H

#include "hwbridge/ocpp_text.h"

#define OCPP_ID_MAX   37 /* with its end */
#define OCPP_TAG_MAX  21
#define OCPP_WORD_MAX 64

enum ocpp_frame_kind { OCPP_CALL = 2, OCPP_RESULT = 3, OCPP_ERROR = 4 };

struct ocpp_frame {
    struct guard_json json;
    enum ocpp_frame_kind kind;
    const char *id;
    const char *word; /* CALL: the action; ERROR: the code; RESULT: "" */
    struct guard_node payload;
};

/* Returns GUARD_OK or an enum hw_reject. Owns: ocpp_frame_close, if OK. */
int ocpp_frame_read(struct ocpp_frame *frame, const void *bytes, size_t length);
void ocpp_frame_close(struct ocpp_frame *frame);

/* What a connector says that it is in. */
enum ocpp_status {
    OCPP_AVAILABLE,
    OCPP_PREPARING,
    OCPP_CHARGING,
    OCPP_SUSPENDED_EVSE,
    OCPP_SUSPENDED_EV,
    OCPP_FINISHING,
    OCPP_RESERVED,
    OCPP_UNAVAILABLE,
    OCPP_FAULTED
};
#define OCPP_STATUSES 9
const char *ocpp_status_name(enum ocpp_status status);
/* Whether its contactor is closed in it. */
bool ocpp_status_is_closed(enum ocpp_status status);

enum ocpp_request_kind {
    OCPP_BOOT,
    OCPP_HEARTBEAT,
    OCPP_STATUS,
    OCPP_AUTHORIZE,
    OCPP_START,
    OCPP_STOP,
    OCPP_METER,
    OCPP_DATA_TRANSFER,
    OCPP_DIAGNOSTICS_STATUS,
    OCPP_FIRMWARE_STATUS,
    OCPP_OTHER /* an action of which this bridge knows nothing */
};

#define OCPP_NO_TRANSACTION (-1)

struct ocpp_request {
    enum ocpp_request_kind kind;
    int64_t connector;   /* STATUS, START, METER; 0: the whole charge point */
    int64_t transaction; /* STOP, METER; OCPP_NO_TRANSACTION: not told */
    int64_t utc_us;      /* by the device's clock; HW_UNKNOWN_VALUE: not told, or without a zone */
    int64_t energy_uj;   /* START, STOP, METER; HW_UNKNOWN_VALUE: not told */
    int64_t power_w;     /* METER; likewise */
    enum ocpp_status status;
    int64_t error; /* STATUS: number of the error code, 0: none */
    char tag[OCPP_TAG_MAX];
};

/* In: a CALL. Returns GUARD_OK or an enum hw_reject. */
int ocpp_request_read(struct ocpp_request *request, const struct ocpp_frame *frame);

#endif
