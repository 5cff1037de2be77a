/* ocpp_encode.c: what the bridge says in OCPP 1.6-J.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/ocpp_encode.h"

#define DEFAULT_PROFILE 1000 /* and more: numbers of the profiles that lie underneath */

/* ---- calls ------------------------------------------------------------------------------------------------------- */

static void begin_call(struct ocpp_text *text, const char *id, const char *action)
{
    ocpp_put(text, "[2,");
    ocpp_put_string(text, id);
    ocpp_put(text, ",\"%s\",{", action);
}

static void end(struct ocpp_text *text)
{
    ocpp_put(text, "}]");
}

static void put_number(struct ocpp_text *text, const char *name, int64_t value)
{
    ocpp_put(text, "\"%s\":%lld", name, (long long)value);
}

static void put_limit(struct ocpp_text *text, const struct ocpp_grant *grant)
{
    ocpp_put_tenths(text, grant->unit == OCPP_AMPERES ? grant->limit_ma : grant->limit_w * 1000);
}

/* A schedule that ends in nothing. */
static void put_schedule(struct ocpp_text *text, const struct ocpp_grant *grant, int64_t until_s)
{
    ocpp_put(text, "\"chargingRateUnit\":\"%s\",\"chargingSchedulePeriod\":[{\"startPeriod\":0,\"limit\":",
             grant->unit == OCPP_AMPERES ? "A" : "W");
    put_limit(text, grant);
    ocpp_put(text, "},{\"startPeriod\":%lld,\"limit\":0.0}]", (long long)until_s);
}

static void put_profile(struct ocpp_text *text, int64_t number, const char *purpose, const char *kind)
{
    put_number(text, "chargingProfileId", number);
    ocpp_put(text, ",\"stackLevel\":0,\"chargingProfilePurpose\":\"%s\",\"chargingProfileKind\":\"%s\"", purpose, kind);
}

void ocpp_write_start(struct ocpp_text *text, const char *id, const struct ocpp_grant *grant)
{
    begin_call(text, id, "RemoteStartTransaction");
    put_number(text, "connectorId", grant->connector);
    ocpp_put(text, ",\"idTag\":");
    ocpp_put_string(text, grant->tag);
    ocpp_put(text, ",\"chargingProfile\":{");
    put_profile(text, grant->connector, "TxProfile", "Relative");
    ocpp_put(text, ",\"chargingSchedule\":{");
    put_schedule(text, grant, grant->lease_s);
    ocpp_put(text, "}}");
    end(text);
}

void ocpp_write_renewal(struct ocpp_text *text, const char *id, const struct ocpp_grant *grant)
{
    char begun[OCPP_TIME_MAX];
    ocpp_time_write(begun, grant->begun_utc_us);
    begin_call(text, id, "SetChargingProfile");
    put_number(text, "connectorId", grant->connector);
    ocpp_put(text, ",\"csChargingProfiles\":{");
    put_profile(text, grant->connector, "TxProfile", "Absolute");
    ocpp_put(text, ",");
    put_number(text, "transactionId", grant->transaction);
    ocpp_put(text, ",\"chargingSchedule\":{\"startSchedule\":\"%s\",", begun);
    put_schedule(text, grant, grant->elapsed_s + grant->lease_s);
    ocpp_put(text, "}}");
    end(text);
}

void ocpp_write_no_default(struct ocpp_text *text, const char *id, const struct ocpp_grant *grant)
{
    begin_call(text, id, "SetChargingProfile");
    put_number(text, "connectorId", grant->connector);
    ocpp_put(text, ",\"csChargingProfiles\":{");
    put_profile(text, DEFAULT_PROFILE + grant->connector, "TxDefaultProfile", "Relative");
    ocpp_put(text,
             ",\"chargingSchedule\":{\"chargingRateUnit\":\"%s\","
             "\"chargingSchedulePeriod\":[{\"startPeriod\":0,\"limit\":0.0}]}}",
             grant->unit == OCPP_AMPERES ? "A" : "W");
    end(text);
}

void ocpp_write_stop(struct ocpp_text *text, const char *id, int64_t transaction)
{
    begin_call(text, id, "RemoteStopTransaction");
    put_number(text, "transactionId", transaction);
    end(text);
}

void ocpp_write_trigger(struct ocpp_text *text, const char *id, const char *message, int64_t connector)
{
    begin_call(text, id, "TriggerMessage");
    ocpp_put(text, "\"requestedMessage\":\"%s\",", message);
    put_number(text, "connectorId", connector);
    end(text);
}

void ocpp_write_get(struct ocpp_text *text, const char *id, const char *const *keys, size_t count)
{
    begin_call(text, id, "GetConfiguration");
    ocpp_put(text, "\"key\":[");
    for (size_t i = 0; i < count; i++)
        ocpp_put(text, "%s\"%s\"", i == 0 ? "" : ",", keys[i]);
    ocpp_put(text, "]");
    end(text);
}

void ocpp_write_change(struct ocpp_text *text, const char *id, const char *key, const char *value)
{
    begin_call(text, id, "ChangeConfiguration");
    ocpp_put(text, "\"key\":\"%s\",\"value\":", key);
    ocpp_put_string(text, value);
    end(text);
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

static void begin_answer(struct ocpp_text *text, const char *id)
{
    ocpp_put(text, "[3,");
    ocpp_put_string(text, id);
    ocpp_put(text, ",{");
}

void ocpp_write_empty(struct ocpp_text *text, const char *id)
{
    begin_answer(text, id);
    end(text);
}

static void put_time(struct ocpp_text *text, int64_t utc_us)
{
    char now[OCPP_TIME_MAX];
    ocpp_time_write(now, utc_us);
    ocpp_put(text, "\"currentTime\":\"%s\"", now);
}

void ocpp_write_booted(struct ocpp_text *text, const char *id, int64_t utc_us, int64_t interval_s)
{
    begin_answer(text, id);
    put_time(text, utc_us);
    ocpp_put(text, ",\"status\":\"Accepted\",");
    put_number(text, "interval", interval_s);
    end(text);
}

void ocpp_write_time(struct ocpp_text *text, const char *id, int64_t utc_us)
{
    begin_answer(text, id);
    put_time(text, utc_us);
    end(text);
}

static void put_tag_info(struct ocpp_text *text, bool is_accepted)
{
    ocpp_put(text, "\"idTagInfo\":{\"status\":\"%s\"}", is_accepted ? "Accepted" : "Invalid");
}

void ocpp_write_authorized(struct ocpp_text *text, const char *id, bool is_accepted)
{
    begin_answer(text, id);
    put_tag_info(text, is_accepted);
    end(text);
}

void ocpp_write_started(struct ocpp_text *text, const char *id, int64_t transaction, bool is_accepted)
{
    begin_answer(text, id);
    put_number(text, "transactionId", transaction);
    ocpp_put(text, ",");
    put_tag_info(text, is_accepted);
    end(text);
}

void ocpp_write_unknown_vendor(struct ocpp_text *text, const char *id)
{
    begin_answer(text, id);
    ocpp_put(text, "\"status\":\"UnknownVendorId\"");
    end(text);
}

void ocpp_write_error(struct ocpp_text *text, const char *id, const char *code)
{
    ocpp_put(text, "[4,");
    ocpp_put_string(text, id);
    ocpp_put(text, ",\"%s\",\"\",{}]", code);
}
