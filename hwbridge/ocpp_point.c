/* ocpp_point.c: one charge point as its central system sees it.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/ocpp_point.h"

#include "hwbridge/ocpp_encode.h"
#include "hwbridge/ocpp_hear.h"

#include <assert.h>

#define SECOND_NS     INT64_C(1000000000)
#define ANSWER_NS     (5 * SECOND_NS)  /* a CALL is given up */
#define HURRY_NS      (1 * SECOND_NS)  /* likewise, if what stops power waits behind it */
#define START_NS      (12 * SECOND_NS) /* longer than ConnectionTimeOut is set to */
#define MESSAGES_S    100              /* that are taken a second, and as many in reserve */
#define MESSAGE_NS    (SECOND_NS / MESSAGES_S)
#define HEARTBEAT_S   60
#define PLUG_NOT_TOLD (-1)

void ocpp_point_init(struct ocpp_point *point, const struct hw_sink *sink, const struct ocpp_out *out,
                     int64_t *transactions)
{
    *point = (struct ocpp_point){.sink = *sink, .out = *out, .transactions = transactions, .interval_s = HEARTBEAT_S};
}

void ocpp_point_add(struct ocpp_point *point, const struct ocpp_connector_config *config)
{
    assert(point->connector_count < OCPP_CONNECTORS_MAX && config->number > 0);
    point->connectors[point->connector_count++] = (struct ocpp_connector){
        .config = *config, .transaction = OCPP_NO_TRANSACTION, .energy_uj = HW_UNKNOWN_VALUE, .plug = PLUG_NOT_TOLD};
}

/* ---- commands ---------------------------------------------------------------------------------------------------- */

static bool submit_on(struct ocpp_point *point, struct ocpp_connector *connector, int64_t now_ns)
{
    if (connector->is_running && now_ns < connector->stop_until_ns)
        return ocpp_ask_status(point, connector); /* it is ending: what comes behind it is another */
    if (connector->is_running)
        return ocpp_ask(point, connector, OCPP_CALL_RENEW);
    if (now_ns < connector->start_until_ns)
        return true; /* it is under way: a second one would be refused */
    return ocpp_ask(point, connector, OCPP_CALL_START);
}

static bool submit_off(struct ocpp_point *point, struct ocpp_connector *connector, int64_t now_ns)
{
    uint32_t place = (uint32_t)(connector - point->connectors);
    connector->is_off_told = false;
    ocpp_calls_drop(&point->calls, OCPP_CALL_START, place);
    ocpp_calls_drop(&point->calls, OCPP_CALL_RENEW, place);
    if (connector->is_running && now_ns >= connector->stop_until_ns)
        return ocpp_ask(point, connector, OCPP_CALL_STOP);
    return ocpp_ask_status(point, connector);
}

bool ocpp_point_submit(struct ocpp_point *point, size_t place, const struct hw_command *command, int64_t now_ns)
{
    assert(place < point->connector_count);
    struct ocpp_connector *connector = &point->connectors[place];
    bool is_probe = command->kind == HW_COMMAND_PROBE, is_on = command->kind == HW_COMMAND_ON;
    if (!is_probe) {
        connector->has_wish = true;
        connector->is_wanted_on = is_on;
        connector->command = command->number;
        connector->limit_ma = command->limit_ma;
        connector->lease_us = command->lease_us;
    }
    if (!point->is_connected)
        return false;
    if (is_on)
        return submit_on(point, connector, now_ns);
    return is_probe ? ocpp_ask_status(point, connector) && ocpp_ask_meter(point, connector)
                    : submit_off(point, connector, now_ns);
}

/* ---- what goes out ----------------------------------------------------------------------------------------------- */

/* Never longer than asked for. */
static struct ocpp_grant grant_of(const struct ocpp_point *point, const struct ocpp_connector *connector,
                                  const struct ocpp_now *now)
{
    struct ocpp_grant grant = {.connector = connector->config.number,
                               .tag = OCPP_TAG,
                               .transaction = connector->transaction,
                               .unit = point->settings.wants_watts ? OCPP_WATTS : OCPP_AMPERES,
                               .limit_ma = connector->limit_ma,
                               .limit_w = connector->limit_ma * connector->config.limit_va / 1000,
                               .lease_s = connector->lease_us / 1000000};
    int64_t utc_us = ocpp_device_utc_us(point, now);
    grant.begun_utc_us =
        connector->has_begun_utc && connector->begun_utc_us < utc_us ? connector->begun_utc_us : utc_us;
    grant.begun_utc_us = grant.begun_utc_us / 1000000 * 1000000;
    grant.elapsed_s = (utc_us - grant.begun_utc_us) / 1000000;
    return grant;
}

/* What the call has become since it was asked for; false: nothing. */
static bool is_still_due(const struct ocpp_connector *connector, struct ocpp_call *call)
{
    switch (call->kind) {
    case OCPP_CALL_STOP:
        return connector->is_running;
    case OCPP_CALL_START:
        call->kind = connector->is_running ? OCPP_CALL_RENEW : OCPP_CALL_START;
        return connector->is_wanted_on;
    case OCPP_CALL_RENEW:
        return connector->is_running && connector->is_wanted_on;
    case OCPP_CALL_TRIGGER_STATUS:
    case OCPP_CALL_TRIGGER_METER:
    case OCPP_CALL_PING:
    case OCPP_CALL_NO_DEFAULT:
    case OCPP_CALL_CHANGE:
    case OCPP_CALL_GET:
        break;
    }
    return true;
}

static void write_get(struct ocpp_text *text, const char *id)
{
    const char *keys[OCPP_SETTING_NO_DEFAULT];
    for (uint32_t i = 0; i < OCPP_SETTING_NO_DEFAULT; i++)
        keys[i] = ocpp_setting_key(i);
    ocpp_write_get(text, id, keys, OCPP_SETTING_NO_DEFAULT);
}

static void write_call(const struct ocpp_point *point, struct ocpp_text *text, const char *id,
                       const struct ocpp_call *call, const struct ocpp_now *now)
{
    static const char *const ping_key = "HeartbeatInterval";
    const struct ocpp_connector *connector = &point->connectors[call->connector];
    const struct ocpp_grant grant = grant_of(point, connector, now);
    switch (call->kind) {
    case OCPP_CALL_STOP:
        ocpp_write_stop(text, id, connector->transaction);
        break;
    case OCPP_CALL_START:
        ocpp_write_start(text, id, &grant);
        break;
    case OCPP_CALL_RENEW:
        ocpp_write_renewal(text, id, &grant);
        break;
    case OCPP_CALL_TRIGGER_STATUS:
        ocpp_write_trigger(text, id, "StatusNotification", grant.connector);
        break;
    case OCPP_CALL_TRIGGER_METER:
        ocpp_write_trigger(text, id, "MeterValues", grant.connector);
        break;
    case OCPP_CALL_PING:
        ocpp_write_get(text, id, &ping_key, 1);
        break;
    case OCPP_CALL_NO_DEFAULT:
        ocpp_write_no_default(text, id, &grant);
        break;
    case OCPP_CALL_CHANGE:
        ocpp_write_change(text, id, ocpp_setting_key(call->setting), ocpp_setting_value(call->setting));
        break;
    case OCPP_CALL_GET:
        write_get(text, id);
        break;
    }
}

static void send_next(struct ocpp_point *point, const struct ocpp_now *now)
{
    struct ocpp_call call;
    while (ocpp_calls_take(&point->calls, &call)) {
        struct ocpp_connector *connector = &point->connectors[call.connector];
        struct ocpp_text text = {.length = 0};
        char id[OCPP_ID_MAX];
        if (!is_still_due(connector, &call))
            continue;
        ocpp_call_id(point, point->calls.number + 1, id);
        write_call(point, &text, id, &call, now);
        if (!ocpp_send(point, &text))
            return; /* the connection is given up */
        ocpp_calls_sent(&point->calls, &call, now->mono_ns);
        if (call.kind == OCPP_CALL_START)
            connector->start_until_ns = now->mono_ns + START_NS;
    }
}

static int64_t patience_ns(const struct ocpp_point *point)
{
    bool is_hurried = point->calls.count > 0 && point->calls.waiting[0].kind == OCPP_CALL_STOP;
    return point->calls.out_ns + (is_hurried ? HURRY_NS : ANSWER_NS);
}

/* Returns when the next one is due. */
static int64_t start_again(struct ocpp_point *point, const struct ocpp_now *now)
{
    int64_t next_ns = INT64_MAX;
    for (size_t i = 0; i < point->connector_count; i++) {
        struct ocpp_connector *connector = &point->connectors[i];
        if (connector->start_again_ns == 0)
            continue;
        if (now->mono_ns < connector->start_again_ns) {
            next_ns = connector->start_again_ns < next_ns ? connector->start_again_ns : next_ns;
            continue;
        }
        connector->start_again_ns = 0;
        if (connector->is_wanted_on && !connector->is_running && now->mono_ns >= connector->start_until_ns)
            (void)ocpp_ask(point, connector, OCPP_CALL_START);
    }
    return next_ns;
}

int64_t ocpp_point_time(struct ocpp_point *point, const struct ocpp_now *now)
{
    if (!point->is_connected)
        return INT64_MAX;
    int64_t again_ns = start_again(point, now);
    if (point->calls.is_out && now->mono_ns >= patience_ns(point))
        ocpp_calls_answered(&point->calls);
    send_next(point, now);
    int64_t given_up_ns = point->calls.is_out ? patience_ns(point) : INT64_MAX;
    return given_up_ns < again_ns ? given_up_ns : again_ns;
}

/* ---- the wire ---------------------------------------------------------------------------------------------------- */

/* A leaky bucket of a second's worth. */
static bool is_flood(struct ocpp_point *point, int64_t now_ns)
{
    int64_t full_ns = point->bucket_ns > now_ns ? point->bucket_ns : now_ns;
    if (full_ns + MESSAGE_NS > now_ns + SECOND_NS)
        return true;
    point->bucket_ns = full_ns + MESSAGE_NS;
    return false;
}

int ocpp_point_hear(struct ocpp_point *point, const void *bytes, size_t length, const struct ocpp_now *now)
{
    struct ocpp_frame frame;
    assert(point->is_connected);
    if (is_flood(point, now->mono_ns))
        return HW_REJECT_FLOOD;
    int reject = ocpp_frame_read(&frame, bytes, length);
    if (reject != GUARD_OK)
        return reject;
    struct ocpp_hearing hearing = {.point = point, .now = now, .id = frame.id, .raw = hw_raw(bytes, length)};
    reject = frame.kind == OCPP_CALL ? ocpp_hear_request(&hearing, &frame) : ocpp_hear_answer(&hearing, &frame);
    ocpp_frame_close(&frame);
    return reject;
}

void ocpp_point_connected(struct ocpp_point *point)
{
    assert(!point->is_connected);
    point->is_connected = true;
    point->was_seen = false;
    point->lacks_status_trigger = point->lacks_meter_trigger = false;
    point->sessions++;
    ocpp_calls_clear(&point->calls);
    ocpp_tell_all(point, HW_LINK_UP, 0);
}

void ocpp_point_gone(struct ocpp_point *point)
{
    assert(point->is_connected);
    point->is_connected = false;
    ocpp_calls_clear(&point->calls);
    ocpp_tell_all(point, HW_LINK_DOWN, 0);
}

void ocpp_patience(struct hw_outlet_config *config)
{
    config->answer_us = 4000000;
    config->on_tries = 3;
    config->stuck_us = 30000000;
}
