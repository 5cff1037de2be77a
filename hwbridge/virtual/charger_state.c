/* charger_state.c: what a virtual charger knows, and what it has to say.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/virtual/charger_state.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND_NS   INT64_C(1000000000)
#define PATIENCE_NS (10 * SECOND_NS)
#define WH_UJ       INT64_C(3600000000)
#define ID_MAX      40

/* ---- time and numbers -------------------------------------------------------------------------------------------- */

int64_t charger_utc_us(const struct charger *charger)
{
    struct timespec now;
    int failed = clock_gettime(CLOCK_REALTIME, &now);
    assert(failed == 0);
    const struct fault *skew = faults_now(&charger->plug.faults, FAULT_SKEW, charger->now_ns);
    int64_t ahead_us = charger->config.clock_skew_us + (skew == NULL ? 0 : skew->figure / 1000);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 + ahead_us;
}

static void print_time(char text[40], int64_t utc_us)
{
    struct tm parts;
    time_t seconds = (time_t)(utc_us / 1000000);
    (void)gmtime_r(&seconds, &parts);
    size_t length = strftime(text, 32, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + length, 40 - length, ".%03uZ", (unsigned)(utc_us / 1000 % 1000));
}

int64_t charger_transaction(const struct charger *charger)
{
    return charger->transactions == 0 ? CHARGER_NO_NUMBER
                                      : charger->numbers[charger->transactions % CHARGER_TRANSACTIONS];
}

/* ---- settings ---------------------------------------------------------------------------------------------------- */

static const struct {
    const char *key, *value;
    bool is_fixed;
} settings[CHARGER_SETTINGS] = {{"SupportedFeatureProfiles", "Core,SmartCharging,RemoteTrigger", true},
                                {"LocalAuthorizeOffline", "true", false},
                                {"LocalPreAuthorize", "false", false},
                                {"AuthorizeRemoteTxRequests", "false", false},
                                {"StopTransactionOnInvalidId", "false", false},
                                {"StopTransactionOnEVSideDisconnect", "true", true},
                                {"ConnectionTimeOut", "60", false},
                                {"MeterValueSampleInterval", "60", false},
                                {"MeterValuesSampledData", "Energy.Active.Import.Register", false},
                                {"WebSocketPingInterval", "60", false},
                                {"HeartbeatInterval", "86400", false},
                                {"ChargingScheduleAllowedChargingRateUnit", "Current,Power", true},
                                {"ChargeProfileMaxStackLevel", "1", true},
                                {"ChargingScheduleMaxPeriods", "8", true},
                                {"MaxChargingProfilesInstalled", "4", true},
                                {"NumberOfConnectors", "1", true}};

int charger_setting(const char *key)
{
    for (int i = 0; i < CHARGER_SETTINGS; i++)
        if (strcmp(settings[i].key, key) == 0)
            return i;
    return -1;
}

const char *charger_setting_key(int setting)
{
    return settings[setting].key;
}

bool charger_setting_is_fixed(int setting)
{
    return settings[setting].is_fixed;
}

void charger_settings_init(struct charger *charger)
{
    for (int i = 0; i < CHARGER_SETTINGS; i++)
        snprintf(charger->settings[i], CHARGER_VALUE_MAX, "%s", settings[i].value);
    snprintf(charger->settings[charger_setting("MeterValueSampleInterval")], CHARGER_VALUE_MAX, "%" PRId64,
             charger->config.meter_s);
}

int64_t charger_meter_ns(const struct charger *charger)
{
    long seconds = strtol(charger->settings[charger_setting("MeterValueSampleInterval")], NULL, 10);
    return seconds > 0 && seconds < 86400 ? seconds * SECOND_NS : 60 * SECOND_NS;
}

/* ---- what it says ------------------------------------------------------------------------------------------------ */

/* What belongs to a transaction is kept rather than what is said anew anyway. */
static bool is_kept(const struct charger_saying *saying)
{
    return saying->word == CHARGER_START || saying->word == CHARGER_STOP ||
           (saying->word == CHARGER_METER && saying->is_in_transaction);
}

static void insert(struct charger *charger, size_t at, const struct charger_saying *saying)
{
    if (charger->queued == CHARGER_QUEUE_MAX)
        return; /* as a small device does */
    memmove(charger->queue + at + 1, charger->queue + at, (charger->queued - at) * sizeof charger->queue[0]);
    charger->queue[at] = *saying;
    charger->queued++;
}

void charger_say(struct charger *charger, const struct charger_saying *saying)
{
    if (is_kept(saying) || ws_line_is_up(charger->line))
        insert(charger, charger->queued, saying);
}

void charger_say_boot(struct charger *charger)
{
    insert(charger, 0, &(struct charger_saying){.word = CHARGER_BOOT});
}

void charger_say_status(struct charger *charger, enum charger_status status)
{
    charger->status = status;
    charger->is_told = ws_line_is_up(charger->line);
    charger->told = status;
    charger_say(charger,
                &(struct charger_saying){.word = CHARGER_STATUS, .status = status, .utc_us = charger_utc_us(charger)});
}

void charger_say_meter(struct charger *charger, int64_t now_ns)
{
    charger_say(charger, &(struct charger_saying){.word = CHARGER_METER,
                                                  .counter_uj = plug_counter_uj(&charger->plug, now_ns),
                                                  .power_w = plug_power_w(&charger->plug, now_ns),
                                                  .utc_us = charger_utc_us(charger),
                                                  .transaction = charger->transactions,
                                                  .is_in_transaction = charger->is_running});
}

void charger_say_again(struct charger *charger)
{
    size_t kept = 0;
    for (size_t i = 0; i < charger->queued; i++)
        if (is_kept(&charger->queue[i]))
            charger->queue[kept++] = charger->queue[i];
    charger->queued = kept;
    if (charger->is_out && is_kept(&charger->out))
        insert(charger, 0, &charger->out);
    charger->is_out = false;
}

/* ---- codec ------------------------------------------------------------------------------------------------------- */

static const char *const status_names[] = {"Preparing", "Charging", "SuspendedEVSE", "SuspendedEV", "Finishing"};

static int64_t number_of(const struct charger *charger, const struct charger_saying *saying)
{
    return charger->numbers[saying->transaction % CHARGER_TRANSACTIONS];
}

static int print_meter(const struct charger *charger, char *text, size_t text_size, const struct charger_saying *saying,
                       const char *time)
{
    char transaction[48] = "";
    int64_t mwh = saying->counter_uj / (WH_UJ / 1000);
    if (saying->is_in_transaction && number_of(charger, saying) != CHARGER_NO_NUMBER)
        snprintf(transaction, sizeof transaction, "\"transactionId\":%" PRId64 ",", number_of(charger, saying));
    return snprintf(text, text_size,
                    "\"MeterValues\",{\"connectorId\":1,%s\"meterValue\":[{\"timestamp\":\"%s\",\"sampledValue\":["
                    "{\"value\":\"%" PRId64 ".%03u\",\"context\":\"Sample.Periodic\",\"measurand\":"
                    "\"Energy.Active.Import.Register\",\"unit\":\"Wh\"},"
                    "{\"value\":\"%" PRId64 ".0\",\"measurand\":\"Power.Active.Import\",\"unit\":\"W\"}]}]}",
                    transaction, time, mwh / 1000, (unsigned)(mwh % 1000), saying->power_w);
}

static int print_saying(const struct charger *charger, char *text, size_t text_size,
                        const struct charger_saying *saying)
{
    char time[40];
    int64_t wh = saying->counter_uj / WH_UJ;
    print_time(time, saying->utc_us);
    switch (saying->word) {
    case CHARGER_BOOT:
        return snprintf(text, text_size,
                        "\"BootNotification\",{\"chargePointVendor\":\"konsento\",\"chargePointModel\":\"virtual\"}");
    case CHARGER_HEARTBEAT:
        return snprintf(text, text_size, "\"Heartbeat\",{}");
    case CHARGER_STATUS:
        return snprintf(text, text_size,
                        "\"StatusNotification\",{\"connectorId\":1,\"errorCode\":\"NoError\",\"status\":\"%s\","
                        "\"timestamp\":\"%s\"}",
                        status_names[saying->status], time);
    case CHARGER_START:
        return snprintf(text, text_size,
                        "\"StartTransaction\",{\"connectorId\":1,\"idTag\":\"%s\",\"meterStart\":%" PRId64
                        ",\"timestamp\":\"%s\"}",
                        saying->tag, wh, time);
    case CHARGER_STOP:
        return snprintf(text, text_size,
                        "\"StopTransaction\",{\"transactionId\":%" PRId64 ",\"meterStop\":%" PRId64
                        ",\"timestamp\":\"%s\",\"reason\":\"%s\"}",
                        number_of(charger, saying), wh, time, saying->reason);
    case CHARGER_METER:
        break;
    }
    return print_meter(charger, text, text_size, saying, time);
}

static void print_id(const struct charger *charger, char id[ID_MAX])
{
    snprintf(id, ID_MAX, "cp-%" PRIu64, charger->number);
}

static void send_out(struct charger *charger, int64_t now_ns)
{
    char body[WS_TEXT_MAX - 64], text[WS_TEXT_MAX], id[ID_MAX];
    charger->number++;
    charger->out_ns = now_ns;
    print_id(charger, id);
    (void)print_saying(charger, body, sizeof body, &charger->out);
    int length = snprintf(text, sizeof text, "[2,\"%s\",%s]", id, body);
    ws_line_say(charger->line, text, (size_t)length, now_ns);
}

void charger_send_due(struct charger *charger, int64_t now_ns)
{
    if (!ws_line_is_up(charger->line))
        return;
    if (charger->is_out && now_ns - charger->out_ns >= PATIENCE_NS) {
        if (is_kept(&charger->out) || charger->out.word == CHARGER_BOOT)
            send_out(charger, now_ns);
        else
            charger->is_out = false;
    }
    if (charger->is_out || charger->queued == 0)
        return;
    if (!charger->is_booted && charger->queue[0].word != CHARGER_BOOT)
        return;
    charger->out = charger->queue[0];
    charger->queued--;
    memmove(charger->queue, charger->queue + 1, charger->queued * sizeof charger->queue[0]);
    charger->is_out = true;
    send_out(charger, now_ns);
}

bool charger_is_answered(struct charger *charger, const char *id)
{
    char expected[ID_MAX];
    print_id(charger, expected);
    bool is_answer = charger->is_out && strcmp(id, expected) == 0;
    charger->is_out = charger->is_out && !is_answer;
    return is_answer;
}
