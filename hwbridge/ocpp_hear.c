/* ocpp_hear.c: what a charge point says, and what follows from it.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/ocpp_hear.h"

#include "hwbridge/ocpp_encode.h"

#include <string.h>

#define SECOND_NS INT64_C(1000000000)
#define STOP_NS   (10 * SECOND_NS)
#define CALM_NS   (5 * SECOND_NS)
#define AGAIN_NS  (SECOND_NS / 2)
#define WH_UJ     INT64_C(3600000000)

/* ---- inputs --------------------------------------------------------------------------------------------- */

static void tell_input(const struct ocpp_hearing *hearing, const struct hw_input *input)
{
    hearing->point->sink.on_input(hearing->point->sink.self, input);
}

static void tell_kind(const struct ocpp_hearing *hearing, const struct ocpp_connector *connector,
                      enum hw_input_kind kind, int64_t value)
{
    tell_input(hearing, &(struct hw_input){
                            .kind = kind, .outlet = connector->config.outlet, .value = value, .raw = hearing->raw});
}

static void tell_relay(const struct ocpp_hearing *hearing, const struct ocpp_connector *connector, bool is_closed,
                       uint64_t command)
{
    tell_input(hearing, &(struct hw_input){.kind = HW_RELAY,
                                           .outlet = connector->config.outlet,
                                           .command = command,
                                           .value = is_closed,
                                           .raw = hearing->raw});
}

static void tell_answer(const struct ocpp_hearing *hearing, const struct ocpp_connector *connector, bool is_accepted,
                        uint64_t command)
{
    tell_input(hearing, &(struct hw_input){.kind = is_accepted ? HW_ACK : HW_NACK,
                                           .outlet = connector->config.outlet,
                                           .command = command,
                                           .raw = hearing->raw});
}

/* ---- connectors -------------------------------------------------------------------------------------------------- */

static bool is_starting(const struct ocpp_hearing *hearing, const struct ocpp_connector *connector)
{
    return hearing->now->mono_ns < connector->start_until_ns;
}

static struct ocpp_connector *connector_of(struct ocpp_point *point, int64_t number)
{
    for (size_t i = 0; i < point->connector_count; i++)
        if (point->connectors[i].config.number == number)
            return &point->connectors[i];
    return NULL;
}

static struct ocpp_connector *connector_in(struct ocpp_point *point, int64_t transaction)
{
    for (size_t i = 0; i < point->connector_count; i++)
        if (point->connectors[i].transaction == transaction)
            return &point->connectors[i];
    return NULL;
}

static void heard_closed(const struct ocpp_hearing *hearing, struct ocpp_connector *connector)
{
    bool is_wanted = connector->has_wish && connector->is_wanted_on;
    tell_relay(hearing, connector, true, is_wanted ? connector->command : 0);
}

/* In an OFF's wake only what proves that nothing can flow any more is told as its answer. */
static void heard_open(const struct ocpp_hearing *hearing, struct ocpp_connector *connector)
{
    bool is_waiting = is_starting(hearing, connector) || !connector->has_wish;
    if (is_waiting || (!connector->is_wanted_on && connector->is_off_told)) {
        tell_kind(hearing, connector, HW_ALIVE, 0);
        return;
    }
    tell_relay(hearing, connector, false, connector->is_wanted_on ? 0 : connector->command);
    connector->is_off_told = !connector->is_wanted_on;
}

/* Something flows that nobody wants. */
static void stop_it(const struct ocpp_hearing *hearing, struct ocpp_connector *connector)
{
    struct ocpp_point *point = hearing->point;
    if (!connector->is_running)
        (void)ocpp_ask_meter(point, connector); /* which transaction is it */
    else if (hearing->now->mono_ns >= connector->stop_until_ns)
        (void)ocpp_ask(point, connector, OCPP_CALL_STOP);
}

static void hear_plug(const struct ocpp_hearing *hearing, struct ocpp_connector *connector)
{
    enum ocpp_status status = connector->status;
    bool tells = status <= OCPP_FINISHING; /* the others say nothing of a car */
    int plug = status != OCPP_AVAILABLE;
    if (!tells || plug == connector->plug)
        return;
    connector->plug = plug;
    tell_kind(hearing, connector, HW_PLUG, plug);
}

static void hear_status_of(const struct ocpp_hearing *hearing, struct ocpp_connector *connector)
{
    enum ocpp_status status = hearing->request.status;
    bool wants_on = connector->has_wish && connector->is_wanted_on;
    connector->status = status;
    connector->has_status = true;
    hear_plug(hearing, connector);
    if (status == OCPP_FAULTED)
        tell_kind(hearing, connector, HW_FAULT, hearing->request.error);
    if (ocpp_status_is_closed(status)) {
        heard_closed(hearing, connector);
        if (!wants_on)
            stop_it(hearing, connector);
    } else if (status == OCPP_PREPARING && connector->is_running) {
        tell_kind(hearing, connector, HW_ALIVE, 0); /* said before the transaction began, or of it */
    } else {
        if (status != OCPP_SUSPENDED_EVSE && status != OCPP_PREPARING)
            connector->is_running = false;
        heard_open(hearing, connector);
    }
}

/* The device tells whole Wh at a transaction's ends, and finer ones between them. */
static void hear_energy(const struct ocpp_hearing *hearing, struct ocpp_connector *connector, bool is_whole)
{
    struct hw_input input = {.kind = HW_METER,
                             .outlet = connector->config.outlet,
                             .energy_uj = hearing->request.energy_uj,
                             .power_w = hearing->request.power_w,
                             .raw = hearing->raw};
    int64_t before_uj = connector->energy_uj;
    if (ocpp_is_stale(hearing->point, hearing->request.utc_us, hearing->now))
        input.power_w = HW_UNKNOWN_VALUE;
    if (is_whole && before_uj != HW_UNKNOWN_VALUE && input.energy_uj < before_uj && before_uj - input.energy_uj < WH_UJ)
        input.energy_uj = before_uj;
    if (input.energy_uj != HW_UNKNOWN_VALUE)
        connector->energy_uj = input.energy_uj;
    tell_input(hearing, &input);
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

static void hear_boot(struct ocpp_hearing *hearing, struct ocpp_text *answer)
{
    struct ocpp_point *point = hearing->point;
    ocpp_write_booted(answer, hearing->id, hearing->now->utc_us, point->interval_s);
    point->was_seen = false; /* its settings may be others now */
    for (size_t i = 0; i < point->connector_count; i++)
        point->connectors[i].start_until_ns = point->connectors[i].stop_until_ns = 0;
    ocpp_tell_all(point, HW_BOOT, hearing->raw);
}

static void hear_status(struct ocpp_hearing *hearing, struct ocpp_text *answer)
{
    struct ocpp_point *point = hearing->point;
    const struct ocpp_request *request = &hearing->request;
    struct ocpp_connector *connector = connector_of(point, request->connector);
    ocpp_write_empty(answer, hearing->id);
    ocpp_look_at_clock(point, request->utc_us, hearing->now);
    if (connector != NULL)
        hear_status_of(hearing, connector);
    for (size_t i = 0; i < point->connector_count && request->connector == 0; i++)
        tell_kind(hearing, &point->connectors[i], request->status == OCPP_FAULTED ? HW_FAULT : HW_ALIVE,
                  request->status == OCPP_FAULTED ? request->error : 0);
}

static bool is_ours(const struct ocpp_hearing *hearing)
{
    return strcmp(hearing->request.tag, OCPP_TAG) == 0;
}

static void hear_authorize(struct ocpp_hearing *hearing, struct ocpp_text *answer)
{
    const struct ocpp_point *point = hearing->point;
    bool is_wanted = false;
    for (size_t i = 0; i < point->connector_count; i++)
        is_wanted = is_wanted || (point->connectors[i].has_wish && point->connectors[i].is_wanted_on);
    ocpp_write_authorized(answer, hearing->id, is_wanted && is_ours(hearing));
}

static void begin_transaction(struct ocpp_hearing *hearing, struct ocpp_connector *connector)
{
    const struct ocpp_request *request = &hearing->request;
    connector->transaction = ++*hearing->point->transactions;
    connector->is_running = true;
    connector->has_begun_utc = request->utc_us != HW_UNKNOWN_VALUE;
    connector->begun_utc_us = request->utc_us;
    connector->begun_uj = request->energy_uj;
    connector->start_until_ns = connector->stop_until_ns = 0;
}

/* It had no answer, and says it again: the transaction is the same. */
static bool is_again(const struct ocpp_hearing *hearing, const struct ocpp_connector *connector)
{
    const struct ocpp_request *request = &hearing->request;
    return connector->transaction != OCPP_NO_TRANSACTION && connector->has_begun_utc &&
           connector->begun_utc_us == request->utc_us && connector->begun_uj == request->energy_uj;
}

static void hear_start(struct ocpp_hearing *hearing, struct ocpp_text *answer)
{
    struct ocpp_point *point = hearing->point;
    struct ocpp_connector *connector = connector_of(point, hearing->request.connector);
    if (connector == NULL) {
        ocpp_write_started(answer, hearing->id, ++*point->transactions, false);
        return;
    }
    bool is_wanted = connector->has_wish && connector->is_wanted_on && is_ours(hearing);
    ocpp_look_at_clock(point, hearing->request.utc_us, hearing->now);
    if (is_again(hearing, connector)) {
        ocpp_write_started(answer, hearing->id, connector->transaction, is_wanted && connector->is_running);
        tell_kind(hearing, connector, HW_ALIVE, 0);
        return;
    }
    begin_transaction(hearing, connector);
    ocpp_write_started(answer, hearing->id, connector->transaction, is_wanted);
    hear_energy(hearing, connector, true);
    if (is_ours(hearing))
        heard_closed(hearing, connector);
    if (!is_wanted)
        stop_it(hearing, connector);
}

static void hear_stop(struct ocpp_hearing *hearing, struct ocpp_text *answer)
{
    struct ocpp_connector *connector = connector_in(hearing->point, hearing->request.transaction);
    ocpp_write_empty(answer, hearing->id);
    ocpp_look_at_clock(hearing->point, hearing->request.utc_us, hearing->now);
    if (connector == NULL || hearing->request.transaction < 0)
        return;
    bool was_running = connector->is_running;
    connector->is_running = false;
    connector->ended_ns = hearing->now->mono_ns;
    connector->stop_until_ns = 0;
    hear_energy(hearing, connector, true);
    if (was_running)
        heard_open(hearing, connector);
}

/* A transaction that was begun before this bridge was. */
static void learn_transaction(const struct ocpp_hearing *hearing, struct ocpp_connector *connector)
{
    int64_t transaction = hearing->request.transaction;
    bool is_on = connector->has_status && ocpp_status_is_closed(connector->status);
    if (transaction < 0 || connector->is_running || transaction == connector->transaction || !is_on)
        return;
    connector->transaction = transaction;
    connector->is_running = true;
    connector->has_begun_utc = false;
    if (!connector->is_wanted_on)
        stop_it(hearing, connector);
}

static void hear_meter(struct ocpp_hearing *hearing, struct ocpp_text *answer)
{
    struct ocpp_connector *connector = connector_of(hearing->point, hearing->request.connector);
    ocpp_write_empty(answer, hearing->id);
    ocpp_look_at_clock(hearing->point, hearing->request.utc_us, hearing->now);
    if (connector == NULL)
        return;
    learn_transaction(hearing, connector);
    hear_energy(hearing, connector, false);
}

/* But that it is there. */
static bool says_nothing(enum ocpp_request_kind kind)
{
    return kind != OCPP_BOOT && kind != OCPP_STATUS && kind != OCPP_START && kind != OCPP_STOP && kind != OCPP_METER;
}

static void answer_request(struct ocpp_hearing *hearing, struct ocpp_text *answer)
{
    switch (hearing->request.kind) {
    case OCPP_BOOT:
        hear_boot(hearing, answer);
        break;
    case OCPP_HEARTBEAT:
        ocpp_write_time(answer, hearing->id, hearing->now->utc_us);
        break;
    case OCPP_STATUS:
        hear_status(hearing, answer);
        break;
    case OCPP_AUTHORIZE:
        hear_authorize(hearing, answer);
        break;
    case OCPP_START:
        hear_start(hearing, answer);
        break;
    case OCPP_STOP:
        hear_stop(hearing, answer);
        break;
    case OCPP_METER:
        hear_meter(hearing, answer);
        break;
    case OCPP_DATA_TRANSFER:
        ocpp_write_unknown_vendor(answer, hearing->id);
        break;
    case OCPP_DIAGNOSTICS_STATUS:
    case OCPP_FIRMWARE_STATUS:
        ocpp_write_empty(answer, hearing->id);
        break;
    case OCPP_OTHER:
        ocpp_write_error(answer, hearing->id, "NotImplemented");
        break;
    }
    if (says_nothing(hearing->request.kind))
        ocpp_tell_all(hearing->point, HW_ALIVE, hearing->raw);
}

static const char *error_for(int reject)
{
    return reject == HW_REJECT_RANGE ? "PropertyConstraintViolation" : "TypeConstraintViolation";
}

int ocpp_hear_request(struct ocpp_hearing *hearing, const struct ocpp_frame *frame)
{
    struct ocpp_point *point = hearing->point;
    struct ocpp_text answer = {.length = 0};
    int reject = ocpp_request_read(&hearing->request, frame);
    if (reject == GUARD_OK)
        answer_request(hearing, &answer);
    else
        ocpp_write_error(&answer, hearing->id, error_for(reject));
    (void)ocpp_send(point, &answer);
    if (reject == GUARD_OK && !point->was_seen) {
        point->was_seen = true;
        ocpp_ask_settings(point);
    }
    return reject;
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

static void heard_settings(struct ocpp_hearing *hearing, struct guard_node payload)
{
    struct ocpp_point *point = hearing->point;
    uint32_t change;
    if (ocpp_settings_take(&point->settings, &change, payload) != GUARD_OK)
        return;
    for (uint32_t i = 0; i < OCPP_SETTINGS; i++)
        if ((change & 1u << i) != 0)
            (void)ocpp_calls_add(&point->calls, &(struct ocpp_call){.kind = OCPP_CALL_CHANGE, .setting = i});
    if (change != 0)
        (void)ocpp_calls_add(&point->calls, &(struct ocpp_call){.kind = OCPP_CALL_GET});
    for (size_t i = 0; i < point->connector_count && change == 0; i++)
        (void)ocpp_ask(point, &point->connectors[i], OCPP_CALL_NO_DEFAULT);
}

/* What has no status trigger is asked for anything, and then taken at its last word. */
static void heard_ping(struct ocpp_hearing *hearing, struct ocpp_connector *connector)
{
    bool is_open = connector->has_status && !ocpp_status_is_closed(connector->status) && !connector->is_running;
    if (hearing->point->lacks_status_trigger && is_open && !connector->is_wanted_on)
        heard_open(hearing, connector);
}

static void heard_trigger(struct ocpp_point *point, enum ocpp_call_kind kind, const char *status)
{
    if (strcmp(status, "NotImplemented") != 0)
        return; /* what was asked for comes by itself */
    if (kind == OCPP_CALL_TRIGGER_STATUS)
        point->lacks_status_trigger = true;
    else
        point->lacks_meter_trigger = true;
}

/* It knows of no such transaction: another may be running. */
static void heard_stop(struct ocpp_hearing *hearing, struct ocpp_connector *connector, bool is_accepted)
{
    connector->stop_until_ns = is_accepted ? hearing->now->mono_ns + STOP_NS : 0;
    if (is_accepted)
        return;
    connector->is_running = false;
    connector->transaction = OCPP_NO_TRANSACTION;
    (void)ocpp_ask_status(hearing->point, connector);
}

/* Behind a transaction's end some need a while before they take the next. */
static bool is_early(const struct ocpp_hearing *hearing, const struct ocpp_connector *connector)
{
    return connector->ended_ns != 0 && hearing->now->mono_ns - connector->ended_ns < CALM_NS;
}

static void heard_start(struct ocpp_hearing *hearing, struct ocpp_connector *connector, bool is_accepted)
{
    if (!is_accepted)
        connector->start_until_ns = 0;
    if (!is_accepted && is_early(hearing, connector)) {
        connector->start_again_ns = hearing->now->mono_ns + AGAIN_NS;
        return;
    }
    if (connector->is_wanted_on)
        tell_answer(hearing, connector, is_accepted, connector->command);
}

/* In: status, of the answer, or of what an error is as good as. */
static void heard_answer(struct ocpp_hearing *hearing, const struct ocpp_call *call, const char *status)
{
    struct ocpp_connector *connector = &hearing->point->connectors[call->connector];
    struct ocpp_settings *settings = &hearing->point->settings;
    bool is_accepted = strcmp(status, "Accepted") == 0;
    switch (call->kind) {
    case OCPP_CALL_STOP:
        heard_stop(hearing, connector, is_accepted);
        break;
    case OCPP_CALL_START:
        heard_start(hearing, connector, is_accepted);
        break;
    case OCPP_CALL_RENEW:
        tell_answer(hearing, connector, is_accepted, call->command);
        break;
    case OCPP_CALL_TRIGGER_STATUS:
    case OCPP_CALL_TRIGGER_METER:
        heard_trigger(hearing->point, call->kind, status);
        break;
    case OCPP_CALL_PING:
        heard_ping(hearing, connector);
        break;
    case OCPP_CALL_NO_DEFAULT:
        ocpp_settings_judge(settings, OCPP_SETTING_NO_DEFAULT,
                            is_accepted &&
                                (settings->bad & 1u << OCPP_SETTING_NO_DEFAULT) == 0); /* of all connectors */
        break;
    case OCPP_CALL_CHANGE: /* what it says when it is asked again is what counts */
    case OCPP_CALL_GET:
        break;
    }
}

int ocpp_hear_answer(struct ocpp_hearing *hearing, const struct ocpp_frame *frame)
{
    struct ocpp_point *point = hearing->point;
    char id[OCPP_ID_MAX];
    ocpp_call_id(point, point->calls.number, id);
    if (!point->calls.is_out || strcmp(id, frame->id) != 0)
        return HW_REJECT_UNASKED;
    const struct ocpp_call call = point->calls.out;
    const char *status = frame->kind == OCPP_RESULT ? guard_string(guard_find(frame->payload, "status")) : NULL;
    bool is_refused = frame->kind == OCPP_ERROR;
    ocpp_calls_answered(&point->calls);
    if (call.kind == OCPP_CALL_GET && !is_refused)
        heard_settings(hearing, frame->payload);
    heard_answer(hearing, &call, is_refused ? "NotImplemented" : status == NULL ? "" : status);
    tell_kind(hearing, &point->connectors[call.connector], HW_ALIVE, 0);
    return GUARD_OK;
}
