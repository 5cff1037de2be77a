/* test_hw_ocpp.c: one charge point without a wire: its life, and commands to it.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Frames are of the form that a real charger's software was seen to send, in the order in which it sent them.
 */
#include "tests/hwbridge/ocpp_desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define STATUS(status)                                                                                                 \
    "[2,\"s\",\"StatusNotification\",{\"connectorId\":1,\"errorCode\":\"NoError\",\"status\":\"" status                \
    "\",\"timestamp\":\"2018-03-01T00:00:00Z\"}]"
#define START                                                                                                          \
    "[2,\"t\",\"StartTransaction\",{\"connectorId\":1,\"idTag\":\"KONSENTO\",\"meterStart\":31850,"                    \
    "\"timestamp\":\"2018-03-01T00:00:00.000Z\"}]"
#define STOP                                                                                                           \
    "[2,\"u\",\"StopTransaction\",{\"transactionId\":101,\"meterStop\":31900,\"timestamp\":\"2018-03-01T00:00:40Z\"}]"

static void begin(void)
{
    desk_submit(HW_COMMAND_ON, 7);
    assert_int_equal(desk_answer("{\"status\":\"Accepted\"}"), GUARD_OK);
    assert_int_equal(desk_hear(STATUS("Charging")), GUARD_OK);
    assert_int_equal(desk_hear(START), GUARD_OK);
}

/* ---- the charger's life ------------------------------------------------------------------------------------------ */

static void a_boot_is_answered_with_the_time(void **state)
{
    (void)state;
    desk_open();
    assert_int_equal(
        desk_hear("[2,\"48f8\",\"BootNotification\",{\"chargePointModel\":\"x\",\"chargePointVendor\":\"MicroOcpp\"}]"),
        GUARD_OK);
    desk_expect_sent("[3,\"48f8\",{\"currentTime\":\"2018-03-01T00:00:00Z\",\"status\":\"Accepted\",\"interval\":60}]");
    desk_expect_input(0, HW_BOOT, 0, 0);
    assert_int_equal(desk_hear("[2,\"1\",\"Heartbeat\",{}]"), GUARD_OK);
    desk_expect_sent("[3,\"1\",{\"currentTime\":\"2018-03-01T00:00:00Z\"}]");
    desk_expect_input(0, HW_ALIVE, 0, 0);
    assert_int_equal(desk_hear("[2,\"2\",\"DataTransfer\",{\"vendorId\":\"x\"}]"), GUARD_OK);
    desk_expect_sent("[3,\"2\",{\"status\":\"UnknownVendorId\"}]");
    assert_int_equal(desk_hear("[2,\"3\",\"SecurityEventNotification\",{}]"), GUARD_OK);
    desk_expect_sent("[4,\"3\",\"NotImplemented\",\"\",{}]");
}

/* Charging is told before the transaction begins; the profile ends in nothing. */
static void a_start_carries_its_end(void **state)
{
    (void)state;
    desk_open();
    desk_submit(HW_COMMAND_ON, 7);
    desk_expect_sent(
        "[2,\"k1-1\",\"RemoteStartTransaction\",{\"connectorId\":1,\"idTag\":\"KONSENTO\",\"chargingProfile\":{"
        "\"chargingProfileId\":1,\"stackLevel\":0,\"chargingProfilePurpose\":\"TxProfile\","
        "\"chargingProfileKind\":\"Relative\",\"chargingSchedule\":{\"chargingRateUnit\":\"A\","
        "\"chargingSchedulePeriod\":[{\"startPeriod\":0,\"limit\":15.2},{\"startPeriod\":30,\"limit\":0.0}]}}}]");
    assert_int_equal(desk_answer("{\"status\":\"Accepted\"}"), GUARD_OK);
    desk_expect_input(0, HW_ACK, 0, 7);
    assert_int_equal(desk_hear(STATUS("Preparing")), GUARD_OK);
    desk_expect_input(0, HW_PLUG, 1, 0);
    desk_expect_input(1, HW_ALIVE, 0, 0); /* no word against the start that is under way */
    assert_int_equal(desk_hear(STATUS("Charging")), GUARD_OK);
    desk_expect_input(0, HW_RELAY, 1, 7);
    assert_int_equal(desk_hear(START), GUARD_OK);
    desk_expect_sent("[3,\"t\",{\"transactionId\":101,\"idTagInfo\":{\"status\":\"Accepted\"}}]");
    assert_int_equal(desk.inputs[0].energy_uj, 31850 * WH);
    desk_expect_input(1, HW_RELAY, 1, 7);
}

/* It had no answer in time, and says it again. */
static void a_transaction_that_is_told_twice_is_one(void **state)
{
    (void)state;
    desk_open();
    begin();
    assert_int_equal(desk_hear(START), GUARD_OK);
    desk_expect_sent("[3,\"t\",{\"transactionId\":101,\"idTagInfo\":{\"status\":\"Accepted\"}}]");
    desk_expect_input(0, HW_ALIVE, 0, 0);
    assert_int_equal(desk.input_count, 1);
    assert_int_equal(desk_hear(STOP), GUARD_OK);
    assert_int_equal(desk_hear(START), GUARD_OK);
    desk_expect_sent("[3,\"t\",{\"transactionId\":101,\"idTagInfo\":{\"status\":\"Invalid\"}}]");
}

static void a_second_start_waits_for_the_first(void **state)
{
    (void)state;
    desk_open();
    desk_submit(HW_COMMAND_ON, 7);
    (void)desk_answer("{\"status\":\"Accepted\"}");
    desk_submit(HW_COMMAND_ON, 8);
    assert_int_equal(desk.sent_count, 0);
    desk_pass(13); /* the charger has forgotten it by now */
    desk_submit(HW_COMMAND_ON, 9);
    assert_int_equal(desk.sent_count, 1);
    assert_int_equal(desk_answer("{\"status\":\"Rejected\"}"), GUARD_OK);
    desk_expect_input(0, HW_NACK, 0, 9);
}

/* Some refuse what comes right behind a transaction's end, and take it a moment later. */
static void a_start_that_came_too_early_comes_again(void **state)
{
    (void)state;
    desk_open();
    begin();
    desk_submit(HW_COMMAND_OFF, 8);
    (void)desk_answer("{\"status\":\"Accepted\"}");
    (void)desk_hear(STOP);
    desk_submit(HW_COMMAND_ON, 9);
    (void)desk_answer("{\"status\":\"Rejected\"}");
    for (size_t i = 0; i < desk.input_count; i++)
        assert_int_not_equal(desk.inputs[i].kind, HW_NACK);
    desk_turn();
    assert_int_equal(desk.sent_count, 0);
    desk_pass(1);
    desk_turn();
    assert_int_equal(desk.sent_count, 1);
    assert_non_null(strstr(desk.sent[0], "RemoteStartTransaction"));
    desk_pass(5);
    (void)desk_answer("{\"status\":\"Rejected\"}");
    desk_expect_input(0, HW_NACK, 0, 9);
}

/* In the device's own time, from its own beginning. */
static void a_renewal_ends_so_long_from_now(void **state)
{
    (void)state;
    desk_open();
    begin();
    desk_pass(10);
    desk_submit(HW_COMMAND_ON, 8);
    desk_expect_sent(
        "[2,\"k1-2\",\"SetChargingProfile\",{\"connectorId\":1,\"csChargingProfiles\":{\"chargingProfileId\":1,"
        "\"stackLevel\":0,\"chargingProfilePurpose\":\"TxProfile\",\"chargingProfileKind\":\"Absolute\","
        "\"transactionId\":101,\"chargingSchedule\":{\"startSchedule\":\"2018-03-01T00:00:00Z\","
        "\"chargingRateUnit\":\"A\",\"chargingSchedulePeriod\":[{\"startPeriod\":0,\"limit\":15.2},"
        "{\"startPeriod\":40,\"limit\":0.0}]}}}]");
    assert_int_equal(desk_answer("{\"status\":\"Accepted\"}"), GUARD_OK);
    desk_expect_input(0, HW_ACK, 0, 8);
    desk_pass(10);
    desk_submit(HW_COMMAND_ON, 9);
    assert_int_equal(desk_answer("{\"status\":\"NotSupported\"}"), GUARD_OK);
    desk_expect_input(0, HW_NACK, 0, 9);
}

static void renewed_until(const char *period)
{
    desk_submit(HW_COMMAND_ON, 8);
    assert_int_equal(desk.sent_count, 1);
    assert_non_null(strstr(desk.sent[0], period));
    (void)desk_answer("{\"status\":\"Accepted\"}");
}

/* A clock that is put back by an hour makes no lease longer than a minute's look at it takes. */
static void a_clock_that_moves_is_followed(void **state)
{
    (void)state;
    desk_open();
    begin();
    desk_pass(20);
    renewed_until("{\"startPeriod\":50,");
    assert_int_equal(
        desk_hear("[2,\"m\",\"MeterValues\",{\"connectorId\":1,\"transactionId\":101,\"meterValue\":[{\"timestamp\":"
                  "\"2018-03-01T01:00:20Z\",\"sampledValue\":[{\"value\":\"31851\"}]}]}]"),
        GUARD_OK);
    renewed_until("{\"startPeriod\":3650,"); /* ahead: believed at once */
    desk_pass(61);
    (void)desk_hear("[2,\"m\",\"MeterValues\",{\"connectorId\":1,\"transactionId\":101,\"meterValue\":[{\"timestamp\":"
                    "\"2018-03-01T00:01:21Z\",\"sampledValue\":[{\"value\":\"31852\"}]}]}]");
    renewed_until("{\"startPeriod\":111,"); /* back: believed when the old look is old */
}

static void an_off_counts_when_no_power_flows(void **state)
{
    (void)state;
    desk_open();
    begin();
    desk_pass(5);
    desk_submit(HW_COMMAND_OFF, 8);
    desk_expect_sent("[2,\"k1-2\",\"RemoteStopTransaction\",{\"transactionId\":101}]");
    assert_int_equal(desk_hear(STATUS("Charging")), GUARD_OK); /* said before it heard */
    desk_expect_input(0, HW_RELAY, 1, 0);
    assert_int_equal(desk_answer("{\"status\":\"Accepted\"}"), GUARD_OK);
    desk_expect_input(0, HW_ALIVE, 0, 0);
    assert_int_equal(desk.input_count, 1);
    assert_int_equal(desk_hear(STOP), GUARD_OK);
    assert_int_equal(desk.inputs[0].energy_uj, 31900 * WH);
    desk_expect_input(1, HW_RELAY, 0, 8);
    assert_int_equal(desk_hear(STATUS("Finishing")), GUARD_OK); /* told once */
    desk_expect_input(0, HW_ALIVE, 0, 0);
}

/* Nothing runs: it is asked, and only its answer counts. */
static void an_idle_charger_is_asked(void **state)
{
    (void)state;
    desk_open();
    (void)desk_hear(STATUS("Available"));
    desk_submit(HW_COMMAND_OFF, 3);
    desk_expect_sent("[2,\"k1-1\",\"TriggerMessage\",{\"requestedMessage\":\"StatusNotification\",\"connectorId\":1}]");
    assert_int_equal(desk_answer("{\"status\":\"Accepted\"}"), GUARD_OK);
    assert_int_equal(desk.input_count, 1);
    desk_expect_input(0, HW_ALIVE, 0, 0);
    assert_int_equal(desk_hear(STATUS("Available")), GUARD_OK);
    desk_expect_input(0, HW_RELAY, 0, 3);
}

/* One that cannot be asked for its status is asked for anything, and taken at its last word. */
static void a_charger_without_triggers_is_taken_at_its_word(void **state)
{
    (void)state;
    char text[128], id[OCPP_ID_MAX];
    desk_open();
    (void)desk_hear(STATUS("Available"));
    desk_submit(HW_COMMAND_OFF, 3);
    ocpp_call_id(&desk.point, 1, id);
    snprintf(text, sizeof text, "[4,\"%s\",\"NotImplemented\",\"\",{}]", id);
    assert_int_equal(desk_hear(text), GUARD_OK);
    desk_submit(HW_COMMAND_OFF, 4);
    desk_expect_sent("[2,\"k1-2\",\"GetConfiguration\",{\"key\":[\"HeartbeatInterval\"]}]");
    assert_int_equal(desk_answer("{\"configurationKey\":[],\"unknownKey\":[\"HeartbeatInterval\"]}"), GUARD_OK);
    desk_expect_input(0, HW_RELAY, 0, 4);
}

/* Whatever starts without the bridge is refused, stopped, and known as power that may flow. */
static void a_start_that_nobody_wants_is_stopped(void **state)
{
    (void)state;
    desk_open();
    desk_submit(HW_COMMAND_OFF, 3);
    (void)desk_answer("{\"status\":\"Accepted\"}");
    (void)desk_hear(STATUS("Available"));
    assert_int_equal(desk_hear("[2,\"a\",\"Authorize\",{\"idTag\":\"BADGE\"}]"), GUARD_OK);
    desk_expect_sent("[3,\"a\",{\"idTagInfo\":{\"status\":\"Invalid\"}}]");
    assert_int_equal(desk_hear(START), GUARD_OK);
    desk_expect_sent("[3,\"t\",{\"transactionId\":101,\"idTagInfo\":{\"status\":\"Invalid\"}}]");
    desk_expect_input(1, HW_RELAY, 1, 0);
    desk_turn();
    desk_expect_sent("[2,\"k1-2\",\"RemoteStopTransaction\",{\"transactionId\":101}]");
}

/* Taken back while the charger may still act on it: no OFF is confirmed before that is over. */
static void an_off_behind_a_start_waits_for_its_end(void **state)
{
    (void)state;
    desk_open();
    desk_submit(HW_COMMAND_ON, 7);
    (void)desk_answer("{\"status\":\"Accepted\"}");
    desk_submit(HW_COMMAND_OFF, 8);
    (void)desk_answer("{\"status\":\"Accepted\"}");
    (void)desk_hear(STATUS("Preparing"));
    for (size_t i = 0; i < desk.input_count; i++)
        assert_int_not_equal(desk.inputs[i].kind, HW_RELAY);
    (void)desk_hear(START);
    desk_turn();
    desk_expect_sent("[2,\"k1-3\",\"RemoteStopTransaction\",{\"transactionId\":101}]");
    (void)desk_answer("{\"status\":\"Accepted\"}");
    (void)desk_hear(STOP);
    desk_expect_input(1, HW_RELAY, 0, 8);
}

/* The bridge was started anew: the meter tells which transaction runs. */
static void a_transaction_is_learned_from_the_meter(void **state)
{
    (void)state;
    desk_open();
    desk_submit(HW_COMMAND_OFF, 1);
    (void)desk_answer("{\"status\":\"Accepted\"}");
    (void)desk_hear(STATUS("Charging"));
    desk_expect_input(1, HW_RELAY, 1, 0);
    desk_turn();
    desk_expect_sent("[2,\"k1-2\",\"TriggerMessage\",{\"requestedMessage\":\"MeterValues\",\"connectorId\":1}]");
    (void)desk_answer("{\"status\":\"Accepted\"}");
    (void)desk_hear("[2,\"m\",\"MeterValues\",{\"connectorId\":1,\"transactionId\":77,\"meterValue\":[{\"timestamp\":"
                    "\"2018-03-01T00:00:00Z\",\"sampledValue\":[{\"value\":\"1\"}]}]}]");
    desk_turn();
    desk_expect_sent("[2,\"k1-3\",\"RemoteStopTransaction\",{\"transactionId\":77}]");
}

/* Left over from an outage: the counter counts, the power does not. */
static void old_power_is_no_sign_of_life(void **state)
{
    (void)state;
    desk_open();
    (void)desk_hear(STATUS("Available"));
    desk_pass(60);
    (void)desk_hear(
        "[2,\"m\",\"MeterValues\",{\"connectorId\":1,\"meterValue\":[{\"timestamp\":\"2018-03-01T00:00:10Z\","
        "\"sampledValue\":[{\"value\":\"3\",\"unit\":\"kWh\"},{\"value\":\"2.5\",\"measurand\":"
        "\"Power.Active.Import\",\"unit\":\"kW\"}]}]}]");
    assert_int_equal(desk.inputs[0].energy_uj, 3000 * WH);
    assert_int_equal(desk.inputs[0].power_w, HW_UNKNOWN_VALUE);
}

static void one_call_is_out_and_off_is_the_next(void **state)
{
    (void)state;
    desk_open();
    begin();
    desk_submit(HW_COMMAND_PROBE, 8);
    assert_int_equal(desk.sent_count, 1);
    desk_submit(HW_COMMAND_ON, 9);
    desk_submit(HW_COMMAND_OFF, 10);
    assert_int_equal(desk.sent_count, 0);
    (void)desk_answer("{\"status\":\"Accepted\"}");
    desk_turn();
    assert_non_null(strstr(desk.sent[0], "RemoteStopTransaction"));
    assert_int_equal(desk_hear("[3,\"k1-1\",{\"status\":\"Accepted\"}]"), HW_REJECT_UNASKED);
    desk_pass(5); /* it is given up */
    desk_turn();
    assert_non_null(strstr(desk.sent[0], "MeterValues"));
}

/* OFF waits for a slow answer no longer than a second. */
static void off_is_not_held_up(void **state)
{
    (void)state;
    desk_open();
    begin();
    desk_submit(HW_COMMAND_PROBE, 8);
    desk_submit(HW_COMMAND_OFF, 9);
    assert_int_equal(desk.sent_count, 0);
    desk_pass(1);
    desk_turn();
    assert_non_null(strstr(desk.sent[0], "RemoteStopTransaction"));
}

static void a_fault_is_told(void **state)
{
    (void)state;
    desk_open();
    assert_int_equal(desk_hear("[2,\"s\",\"StatusNotification\",{\"connectorId\":0,\"errorCode\":\"GroundFailure\","
                               "\"status\":\"Faulted\"}]"),
                     GUARD_OK);
    desk_expect_input(0, HW_FAULT, 3, 0);
}

/* ---- settings ---------------------------------------------------------------------------------------------------- */

static void settings_are_read_changed_and_read_again(void **state)
{
    (void)state;
    char text[2048];
    desk_open();
    ocpp_ask_settings(&desk.point);
    desk_turn();
    assert_non_null(strstr(desk.sent[0], "GetConfiguration"));
    assert_int_equal(
        desk_answer("{\"configurationKey\":["
                    "{\"key\":\"SupportedFeatureProfiles\",\"readonly\":true,\"value\":\"Core, SmartCharging\"},"
                    "{\"key\":\"LocalPreAuthorize\",\"readonly\":false,\"value\":\"False\"},"
                    "{\"key\":\"StopTransactionOnInvalidId\",\"readonly\":true,\"value\":\"false\"},"
                    "{\"key\":\"MeterValueSampleInterval\",\"readonly\":false,\"value\":\"60\"},"
                    "{\"key\":\"ChargingScheduleAllowedChargingRateUnit\",\"readonly\":true,\"value\":\"Power\"}"
                    "],\"unknownKey\":[\"MaxEnergyOnInvalidId\"]}"),
        GUARD_OK);
    desk_turn();
    desk_expect_sent("[2,\"k1-2\",\"ChangeConfiguration\",{\"key\":\"MeterValueSampleInterval\",\"value\":\"5\"}]");
    (void)desk_answer("{\"status\":\"Accepted\"}");
    desk_turn();
    assert_non_null(strstr(desk.sent[0], "GetConfiguration"));
    (void)desk_answer("{\"configurationKey\":["
                      "{\"key\":\"SupportedFeatureProfiles\",\"readonly\":true,\"value\":\"Core,SmartCharging\"},"
                      "{\"key\":\"StopTransactionOnInvalidId\",\"readonly\":true,\"value\":\"false\"},"
                      "{\"key\":\"MeterValueSampleInterval\",\"readonly\":false,\"value\":\"5\"},"
                      "{\"key\":\"MeterValuesSampledData\",\"readonly\":true,\"value\":"
                      "\"Energy.Active.Import.Register,Power.Active.Import,Voltage\"}]}");
    desk_turn();
    assert_non_null(strstr(desk.sent[0], "\"chargingProfilePurpose\":\"TxDefaultProfile\""));
    assert_non_null(strstr(desk.sent[0], "[{\"startPeriod\":0,\"limit\":0.0}]"));
    (void)desk_answer("{\"status\":\"Accepted\"}");
    assert_false(ocpp_settings_print(&desk.point.settings, text, sizeof text));
    assert_non_null(strstr(text, "StopTransactionOnInvalidId true: what is refused stops: no\n"));
    assert_non_null(strstr(text, "MeterValueSampleInterval 5: the meter speaks often: yes\n"));
    assert_int_equal(__builtin_popcount(desk.point.settings.bad), 1);
}

static void limits_are_told_in_watts_where_amperes_are_not_understood(void **state)
{
    (void)state;
    desk_open();
    desk.point.settings.wants_watts = true;
    desk_submit(HW_COMMAND_ON, 7);
    assert_non_null(strstr(desk.sent[0], "\"chargingRateUnit\":\"W\",\"chargingSchedulePeriod\":[{\"startPeriod\":0,"
                                         "\"limit\":3050.0}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_boot_is_answered_with_the_time),
        cmocka_unit_test(a_start_carries_its_end),
        cmocka_unit_test(a_transaction_that_is_told_twice_is_one),
        cmocka_unit_test(a_second_start_waits_for_the_first),
        cmocka_unit_test(a_start_that_came_too_early_comes_again),
        cmocka_unit_test(a_renewal_ends_so_long_from_now),
        cmocka_unit_test(a_clock_that_moves_is_followed),
        cmocka_unit_test(an_off_counts_when_no_power_flows),
        cmocka_unit_test(an_idle_charger_is_asked),
        cmocka_unit_test(a_charger_without_triggers_is_taken_at_its_word),
        cmocka_unit_test(a_start_that_nobody_wants_is_stopped),
        cmocka_unit_test(an_off_behind_a_start_waits_for_its_end),
        cmocka_unit_test(a_transaction_is_learned_from_the_meter),
        cmocka_unit_test(old_power_is_no_sign_of_life),
        cmocka_unit_test(one_call_is_out_and_off_is_the_next),
        cmocka_unit_test(off_is_not_held_up),
        cmocka_unit_test(a_fault_is_told),
        cmocka_unit_test(settings_are_read_changed_and_read_again),
        cmocka_unit_test(limits_are_told_in_watts_where_amperes_are_not_understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
