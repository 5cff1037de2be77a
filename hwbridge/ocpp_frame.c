/* ocpp_frame.c: OCPP 1.6-J frames that come in.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/ocpp_frame.h"

#include "hwbridge/ocpp_reading.h"

#include <stdio.h>
#include <string.h>

#define WH_UJ       INT64_C(3600000000)
#define WH_MOST     1000000000 /* 1 GWh, as the meter's (meter.h) */
#define NUMBER_MOST 2147483647.0

/* ---- frames ------------------------------------------------------------------------------------------------------ */

static bool is_text(const char *text, size_t most)
{
    return text != NULL && *text != 0 && strlen(text) < most;
}

/* Some leave an error's last fields away. */
static bool has_parts(enum ocpp_frame_kind kind, size_t count)
{
    return kind == OCPP_CALL ? count == 4 : kind == OCPP_RESULT ? count == 3 : count >= 3 && count <= 5;
}

static int read_frame(struct ocpp_frame *frame, struct guard_node root)
{
    double kind;
    int reject = guard_number(&kind, guard_at(root, 0), OCPP_CALL, OCPP_ERROR);
    if (reject != GUARD_OK)
        return reject;
    frame->kind = (enum ocpp_frame_kind)(int)kind;
    if ((double)frame->kind != kind || !has_parts(frame->kind, guard_count(root)))
        return HW_REJECT_SYNTAX;
    frame->id = guard_string(guard_at(root, 1));
    frame->word = frame->kind == OCPP_RESULT ? "" : guard_string(guard_at(root, 2));
    frame->payload = guard_at(root, frame->kind == OCPP_RESULT ? 2 : frame->kind == OCPP_CALL ? 3 : 4);
    bool has_word = frame->kind != OCPP_CALL || is_text(frame->word, OCPP_WORD_MAX);
    if (!is_text(frame->id, OCPP_ID_MAX) || frame->word == NULL || !has_word)
        return HW_REJECT_TYPE;
    return frame->kind == OCPP_ERROR || guard_is_object(frame->payload) ? GUARD_OK : (int)HW_REJECT_TYPE;
}

int ocpp_frame_read(struct ocpp_frame *frame, const void *bytes, size_t length)
{
    int reject = guard_json(&frame->json, bytes, length);
    if (reject != GUARD_OK)
        return reject;
    reject = read_frame(frame, guard_root(&frame->json));
    if (reject != GUARD_OK)
        guard_close(&frame->json);
    return reject;
}

void ocpp_frame_close(struct ocpp_frame *frame)
{
    guard_close(&frame->json);
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

static const char *const statuses[OCPP_STATUSES] = {"Available",     "Preparing",   "Charging",
                                                    "SuspendedEVSE", "SuspendedEV", "Finishing",
                                                    "Reserved",      "Unavailable", "Faulted"};
static const char *const errors[] = {
    "NoError",           "ConnectorLockFailure", "EVCommunicationError", "GroundFailure",      "HighTemperature",
    "InternalError",     "LocalListConflict",    "OtherError",           "OverCurrentFailure", "OverVoltage",
    "PowerMeterFailure", "PowerSwitchFailure",   "ReaderFailure",        "ResetFailure",       "UnderVoltage",
    "WeakSignal"};

const char *ocpp_status_name(enum ocpp_status status)
{
    return statuses[status];
}

bool ocpp_status_is_closed(enum ocpp_status status)
{
    return status == OCPP_CHARGING || status == OCPP_SUSPENDED_EV;
}

/* Returns its place, -1: it is none of them. */
static int find_word(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; word != NULL && i < count; i++)
        if (strcmp(words[i], word) == 0)
            return (int)i;
    return -1;
}

/* ---- fields ------------------------------------------------------------------------------------------------------ */

static int read_integer(int64_t *value, struct guard_node node, double least, double most)
{
    double number;
    int reject = guard_number(&number, node, least, most);
    if (reject != GUARD_OK)
        return reject;
    *value = (int64_t)number;
    return (double)*value == number ? GUARD_OK : (int)HW_REJECT_RANGE;
}

static int read_time(int64_t *utc_us, struct guard_node node)
{
    *utc_us = HW_UNKNOWN_VALUE;
    if (!guard_is_there(node))
        return GUARD_OK;
    const char *text = guard_string(node);
    if (text == NULL)
        return HW_REJECT_TYPE;
    if (!ocpp_time_read(utc_us, text))
        *utc_us = HW_UNKNOWN_VALUE;
    return GUARD_OK;
}

static int read_tag(struct ocpp_request *request, struct guard_node node, bool is_needed)
{
    const char *tag = guard_string(node);
    if (tag == NULL)
        return is_needed || guard_is_there(node) ? (int)HW_REJECT_TYPE : (int)GUARD_OK;
    if (strlen(tag) >= sizeof request->tag)
        return HW_REJECT_RANGE;
    snprintf(request->tag, sizeof request->tag, "%s", tag);
    return GUARD_OK;
}

static int read_transaction(struct ocpp_request *request, struct guard_node node, bool is_needed)
{
    if (!is_needed && !guard_is_there(node))
        return GUARD_OK;
    return read_integer(&request->transaction, node, -NUMBER_MOST, NUMBER_MOST);
}

static int read_meter_wh(struct ocpp_request *request, struct guard_node node)
{
    int64_t wh;
    int reject = read_integer(&wh, node, 0, WH_MOST);
    if (reject == GUARD_OK)
        request->energy_uj = wh * WH_UJ;
    return reject;
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

static int first_of(int a, int b)
{
    return a != GUARD_OK ? a : b;
}

static int read_boot(struct ocpp_request *request, struct guard_node payload)
{
    (void)request;
    bool is_whole = guard_string(guard_find(payload, "chargePointModel")) != NULL &&
                    guard_string(guard_find(payload, "chargePointVendor")) != NULL;
    return is_whole ? GUARD_OK : (int)HW_REJECT_TYPE;
}

static int read_nothing(struct ocpp_request *request, struct guard_node payload)
{
    (void)request, (void)payload;
    return GUARD_OK;
}

static int read_status(struct ocpp_request *request, struct guard_node payload)
{
    int status = find_word(statuses, OCPP_STATUSES, guard_string(guard_find(payload, "status")));
    int error = find_word(errors, sizeof errors / sizeof errors[0], guard_string(guard_find(payload, "errorCode")));
    if (status < 0 || error < 0)
        return HW_REJECT_TYPE;
    request->status = (enum ocpp_status)status;
    request->error = error;
    int reject = read_integer(&request->connector, guard_find(payload, "connectorId"), 0, NUMBER_MOST);
    return first_of(reject, read_time(&request->utc_us, guard_find(payload, "timestamp")));
}

static int read_authorize(struct ocpp_request *request, struct guard_node payload)
{
    return read_tag(request, guard_find(payload, "idTag"), true);
}

static int read_start(struct ocpp_request *request, struct guard_node payload)
{
    int reject = read_integer(&request->connector, guard_find(payload, "connectorId"), 1, NUMBER_MOST);
    reject = first_of(reject, read_tag(request, guard_find(payload, "idTag"), true));
    reject = first_of(reject, read_meter_wh(request, guard_find(payload, "meterStart")));
    return first_of(reject, read_time(&request->utc_us, guard_find(payload, "timestamp")));
}

static int read_stop(struct ocpp_request *request, struct guard_node payload)
{
    int reject = read_transaction(request, guard_find(payload, "transactionId"), true);
    reject = first_of(reject, read_tag(request, guard_find(payload, "idTag"), false));
    reject = first_of(reject, read_meter_wh(request, guard_find(payload, "meterStop")));
    return first_of(reject, read_time(&request->utc_us, guard_find(payload, "timestamp")));
}

/* Of several readings in one message the last counts: a counter only grows. */
static int read_meter(struct ocpp_request *request, struct guard_node payload)
{
    struct guard_node values = guard_find(payload, "meterValue");
    int reject = read_integer(&request->connector, guard_find(payload, "connectorId"), 0, NUMBER_MOST);
    reject = first_of(reject, read_transaction(request, guard_find(payload, "transactionId"), false));
    if (reject == GUARD_OK && guard_count(values) == 0)
        return HW_REJECT_TYPE;
    for (size_t i = 0; i < guard_count(values) && reject == GUARD_OK; i++) {
        struct ocpp_reading reading;
        struct guard_node value = guard_at(values, i);
        reject = ocpp_reading_read(&reading, guard_find(value, "sampledValue"));
        reject = first_of(reject, read_time(&request->utc_us, guard_find(value, "timestamp")));
        if (reading.energy_uj != HW_UNKNOWN_VALUE)
            request->energy_uj = reading.energy_uj;
        if (reading.power_w != HW_UNKNOWN_VALUE)
            request->power_w = reading.power_w;
    }
    return reject;
}

static const struct {
    const char *action;
    int (*read)(struct ocpp_request *request, struct guard_node payload);
} requests[] = {[OCPP_BOOT] = {"BootNotification", read_boot},
                [OCPP_HEARTBEAT] = {"Heartbeat", read_nothing},
                [OCPP_STATUS] = {"StatusNotification", read_status},
                [OCPP_AUTHORIZE] = {"Authorize", read_authorize},
                [OCPP_START] = {"StartTransaction", read_start},
                [OCPP_STOP] = {"StopTransaction", read_stop},
                [OCPP_METER] = {"MeterValues", read_meter},
                [OCPP_DATA_TRANSFER] = {"DataTransfer", read_nothing},
                [OCPP_DIAGNOSTICS_STATUS] = {"DiagnosticsStatusNotification", read_nothing},
                [OCPP_FIRMWARE_STATUS] = {"FirmwareStatusNotification", read_nothing}};

int ocpp_request_read(struct ocpp_request *request, const struct ocpp_frame *frame)
{
    *request = (struct ocpp_request){.kind = OCPP_OTHER,
                                     .transaction = OCPP_NO_TRANSACTION,
                                     .utc_us = HW_UNKNOWN_VALUE,
                                     .energy_uj = HW_UNKNOWN_VALUE,
                                     .power_w = HW_UNKNOWN_VALUE};
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        if (strcmp(requests[i].action, frame->word) != 0)
            continue;
        request->kind = (enum ocpp_request_kind)i;
        return requests[i].read(request, frame->payload);
    }
    return GUARD_OK;
}
