/* charger_obey.c: what a virtual charger is told, and does.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/virtual/charger_obey.h"

#include "hwbridge/virtual/json_wire.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECOND_NS   INT64_C(1000000000)
#define PERIODS_MAX 8
#define ID_MAX      40
#define ENTRY_MAX   256

/* A request, while it is obeyed. */
struct order {
    struct charger *charger;
    int64_t now_ns;
    char id[ID_MAX];
    struct json payload;
};

/* ---- answers ----------------------------------------------------------------------------------------------------- */

static void answer(const struct order *order, const char *body)
{
    char text[WS_TEXT_MAX];
    int length = snprintf(text, sizeof text, "[3,\"%s\",{%s}]", order->id, body);
    if (length > 0 && (size_t)length < sizeof text)
        ws_line_say(order->charger->line, text, (size_t)length, order->now_ns);
}

static void answer_status(const struct order *order, const char *status)
{
    char body[64];
    snprintf(body, sizeof body, "\"status\":\"%s\"", status);
    answer(order, body);
}

static void answer_error(const struct order *order, const char *code)
{
    char text[128];
    int length = snprintf(text, sizeof text, "[4,\"%s\",\"%s\",\"\",{}]", order->id, code);
    ws_line_say(order->charger->line, text, (size_t)length, order->now_ns);
}

static bool integer_of(int64_t *value, struct json json)
{
    int64_t thousandths;
    if (!json_thousandths(&thousandths, json) || thousandths % 1000 != 0)
        return false;
    *value = thousandths / 1000;
    return true;
}

/* ---- profiles ---------------------------------------------------------------------------------------------------- */

/* What a profile comes to now: so much power, so long. */
struct allowance {
    int64_t limit_w;
    int64_t for_s; /* INT64_MAX: no end */
};

/* Seconds since the schedule began. A Relative one begins with its transaction, and that is now. */
static bool elapsed_s(int64_t *elapsed, const struct charger *charger, struct json profile, struct json schedule)
{
    char text[40];
    struct tm parts = {0};
    *elapsed = 0;
    if (json_is(json_member(profile, "chargingProfileKind"), "Relative"))
        return true;
    if (!json_is(json_member(profile, "chargingProfileKind"), "Absolute") ||
        !json_take_text(text, sizeof text, json_member(schedule, "startSchedule")) ||
        strptime(text, "%Y-%m-%dT%H:%M:%S", &parts) == NULL)
        return false;
    *elapsed = charger_utc_us(charger) / 1000000 - (int64_t)timegm(&parts);
    return true;
}

static bool limit_of(int64_t *limit_w, const struct charger *charger, struct json schedule, struct json period)
{
    int64_t thousandths;
    bool is_amperes = json_is(json_member(schedule, "chargingRateUnit"), "A");
    if (!json_thousandths(&thousandths, json_member(period, "limit")) || thousandths < 0 ||
        (!is_amperes && !json_is(json_member(schedule, "chargingRateUnit"), "W")))
        return false;
    *limit_w = is_amperes ? thousandths * charger->config.voltage_v / 1000 : thousandths / 1000;
    return true;
}

/* The least that it allows from now until it allows nothing, which is where it ends. */
static bool read_profile(struct allowance *allowance, const struct charger *charger, struct json profile)
{
    struct json schedule = json_member(profile, "chargingSchedule");
    struct json periods = json_member(schedule, "chargingSchedulePeriod");
    int64_t elapsed, start_s, limit_w;
    *allowance = (struct allowance){INT64_MAX, INT64_MAX};
    if (!elapsed_s(&elapsed, charger, profile, schedule) || json_element(periods, 0).at == NULL)
        return false;
    for (size_t i = 0; i < PERIODS_MAX && json_element(periods, i).at != NULL; i++) {
        struct json period = json_element(periods, i);
        if (!integer_of(&start_s, json_member(period, "startPeriod")) || !limit_of(&limit_w, charger, schedule, period))
            return false;
        if (start_s <= elapsed)
            allowance->limit_w = limit_w;
        else if (limit_w == 0)
            allowance->for_s = allowance->for_s < start_s - elapsed ? allowance->for_s : start_s - elapsed;
        else if (limit_w < allowance->limit_w)
            allowance->limit_w = limit_w;
    }
    return true;
}

static void allow(const struct order *order, const struct allowance *allowance)
{
    struct charger *charger = order->charger;
    bool has_end = allowance->for_s != INT64_MAX, is_on = allowance->limit_w > 0;
    charger->is_paused = !is_on;
    charger->lease_ends_ns = has_end ? order->now_ns + allowance->for_s * SECOND_NS : INT64_MAX;
    plug_set_lease(&charger->plug, has_end ? allowance->for_s * SECOND_NS : 0);
    plug_set_limit(&charger->plug, allowance->limit_w, order->now_ns);
    plug_command(&charger->plug, is_on, order->now_ns);
}

static void obey_profile(const struct order *order)
{
    struct charger *charger = order->charger;
    struct allowance allowance;
    int64_t transaction;
    struct json profile = json_member(order->payload, "csChargingProfiles");
    struct json purpose = json_member(profile, "chargingProfilePurpose");
    bool is_default = json_is(purpose, "TxDefaultProfile");
    bool is_for_it = is_default || (json_is(purpose, "TxProfile") && charger->is_running && !charger->is_ending &&
                                    integer_of(&transaction, json_member(profile, "transactionId")) &&
                                    transaction == charger_transaction(charger));
    bool refuses = faults_now(&charger->plug.faults, FAULT_REFUSE, order->now_ns) != NULL;
    if (!is_for_it || refuses || !read_profile(&allowance, charger, profile)) {
        answer_status(order, "Rejected");
        return;
    }
    answer_status(order, "Accepted");
    if (is_default)
        charger->default_w = allowance.limit_w;
    else
        allow(order, &allowance);
}

/* ---- transactions ------------------------------------------------------------------------------------------------ */

static void obey_start(const struct order *order)
{
    struct charger *charger = order->charger;
    struct allowance allowance = {charger->default_w, INT64_MAX};
    struct json profile = json_member(order->payload, "chargingProfile");
    bool is_locked =
        charger->status == CHARGER_FINISHING && faults_now(&charger->plug.faults, FAULT_LOCK, order->now_ns) != NULL;
    bool is_busy = charger->is_running || charger->is_pending || is_locked;
    bool refuses = faults_now(&charger->plug.faults, FAULT_REFUSE, order->now_ns) != NULL;
    if (is_busy || refuses || (profile.at != NULL && !read_profile(&allowance, charger, profile)) ||
        !json_take_text(charger->tag, sizeof charger->tag, json_member(order->payload, "idTag"))) {
        answer_status(order, "Rejected");
        return;
    }
    answer_status(order, "Accepted");
    charger->is_pending = true;
    allow(order, &allowance);
}

static void end_it(struct charger *charger, const char *reason, int64_t now_ns)
{
    charger->is_ending = true;
    charger->reason = reason;
    plug_command(&charger->plug, false, now_ns);
}

static void obey_stop(const struct order *order)
{
    struct charger *charger = order->charger;
    int64_t transaction;
    bool is_it = integer_of(&transaction, json_member(order->payload, "transactionId")) && charger->is_running &&
                 transaction == charger_transaction(charger);
    answer_status(order, is_it ? "Accepted" : "Rejected");
    if (is_it)
        end_it(charger, "Remote", order->now_ns);
}

/* ---- settings and questions -------------------------------------------------------------------------------------- */

static void obey_change(const struct order *order)
{
    char key[64], value[CHARGER_VALUE_MAX];
    struct charger *charger = order->charger;
    bool is_read = json_take_text(key, sizeof key, json_member(order->payload, "key")) &&
                   json_take_text(value, sizeof value, json_member(order->payload, "value"));
    int setting = is_read ? charger_setting(key) : -1;
    if (setting < 0 || charger_setting_is_fixed(setting)) {
        answer_status(order, setting < 0 ? "NotSupported" : "Rejected");
        return;
    }
    snprintf(charger->settings[setting], CHARGER_VALUE_MAX, "%s", value);
    answer_status(order, "Accepted");
}

static void obey_get(const struct order *order)
{
    char known[2048] = "", unknown[1024] = "", body[WS_TEXT_MAX], key[64];
    struct json keys = json_member(order->payload, "key");
    size_t known_length = 0, unknown_length = 0;
    for (size_t i = 0; json_element(keys, i).at != NULL; i++) {
        if (!json_take_text(key, sizeof key, json_element(keys, i)))
            continue;
        int setting = charger_setting(key);
        bool is_known = setting >= 0;
        size_t *length = is_known ? &known_length : &unknown_length;
        const char *comma = *length == 0 ? "" : ",";
        if (*length + ENTRY_MAX > (is_known ? sizeof known : sizeof unknown))
            break;
        *length += (size_t)(is_known ? snprintf(known + *length, ENTRY_MAX,
                                                "%s{\"key\":\"%s\",\"readonly\":%s,\"value\":\"%s\"}", comma, key,
                                                charger_setting_is_fixed(setting) ? "true" : "false",
                                                order->charger->settings[setting])
                                     : snprintf(unknown + *length, ENTRY_MAX, "%s\"%s\"", comma, key));
    }
    int length = snprintf(body, sizeof body, "\"configurationKey\":[%s],\"unknownKey\":[%s]", known, unknown);
    if (length > 0)
        answer(order, body);
}

static void obey_trigger(const struct order *order)
{
    struct charger *charger = order->charger;
    struct json message = json_member(order->payload, "requestedMessage");
    bool is_status = json_is(message, "StatusNotification"), is_meter = json_is(message, "MeterValues");
    bool is_boot = json_is(message, "BootNotification"), is_heartbeat = json_is(message, "Heartbeat");
    answer_status(order, is_status || is_meter || is_boot || is_heartbeat ? "Accepted" : "NotImplemented");
    if (is_status)
        charger_say_status(charger, charger->status);
    if (is_meter)
        charger_say_meter(charger, order->now_ns);
    if (is_boot)
        charger_say_boot(charger);
    if (is_heartbeat)
        charger_say(charger, &(struct charger_saying){.word = CHARGER_HEARTBEAT});
}

static void obey_order(const struct order *order, struct json action)
{
    static const struct {
        const char *action;
        void (*obey)(const struct order *order);
    } orders[] = {{"RemoteStartTransaction", obey_start}, {"RemoteStopTransaction", obey_stop},
                  {"SetChargingProfile", obey_profile},   {"ChangeConfiguration", obey_change},
                  {"GetConfiguration", obey_get},         {"TriggerMessage", obey_trigger}};
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++)
        if (json_is(action, orders[i].action)) {
            orders[i].obey(order);
            return;
        }
    answer_error(order, "NotImplemented");
}

/* ---- answers to what it said ------------------------------------------------------------------------------------- */

static void take_booted(struct charger *charger, struct json payload, int64_t now_ns)
{
    int64_t interval_s;
    charger->is_booted = json_is(json_member(payload, "status"), "Accepted");
    if (integer_of(&interval_s, json_member(payload, "interval")) && interval_s > 0 && interval_s < 86400)
        charger->interval_ns = interval_s * SECOND_NS;
    charger->heartbeat_ns = now_ns + charger->interval_ns;
    if (charger->is_booted)
        charger_say_status(charger, charger->status);
    else
        charger_say_boot(charger);
}

static void take_started(struct charger *charger, uint32_t transaction, struct json payload, int64_t now_ns)
{
    int64_t number;
    bool is_wanted = json_is(json_member(json_member(payload, "idTagInfo"), "status"), "Accepted");
    if (integer_of(&number, json_member(payload, "transactionId")))
        charger->numbers[transaction % CHARGER_TRANSACTIONS] = number;
    if (!is_wanted && charger->is_running && charger->transactions == transaction)
        end_it(charger, "DeAuthorized", now_ns);
}

static void take_answer(struct charger *charger, struct json payload, int64_t now_ns)
{
    if (charger->out.word == CHARGER_BOOT)
        take_booted(charger, payload, now_ns);
    else if (charger->out.word == CHARGER_START)
        take_started(charger, charger->out.transaction, payload, now_ns);
}

void charger_obey(void *self, const char *text, size_t length, int64_t now_ns)
{
    struct charger *charger = self;
    struct json frame = json_read(text, length);
    struct order order = {.charger = charger, .now_ns = now_ns};
    int64_t kind;
    if (!integer_of(&kind, json_element(frame, 0)) ||
        !json_take_text(order.id, sizeof order.id, json_element(frame, 1)))
        return;
    if (kind == 2) {
        order.payload = json_element(frame, 3);
        obey_order(&order, json_element(frame, 2));
    } else if (charger_is_answered(charger, order.id) && kind == 3) {
        take_answer(charger, json_element(frame, 2), now_ns);
    }
}
