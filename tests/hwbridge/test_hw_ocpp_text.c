/* test_hw_ocpp_text.c: figures, times and hostile texts of OCPP.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/hwbridge/ocpp_desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- figures ----------------------------------------------------------------------------------------------------- */

static void decimals_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int scale, result;
        int64_t value;
    } cases[] = {{"31850.25", 6, GUARD_OK, 31850250000},
                 {"-1.5", 3, GUARD_OK, -1500},
                 {"0.1", 9, GUARD_OK, 100000000},
                 {"1.23456789", 6, GUARD_OK, 1234567},
                 {"5e3", 0, GUARD_OK, 5000},
                 {"5E-1", 1, GUARD_OK, 5},
                 {"1e-1000", 6, GUARD_OK, 0},
                 {"0e999", 6, GUARD_OK, 0},
                 {"1e999", 6, HW_REJECT_RANGE, 0},
                 {"99999999999999999999", 0, HW_REJECT_RANGE, 0},
                 {"9007199254740993.5", 1, GUARD_OK, INT64_C(90071992547409935)},
                 {"0.10000000000000000000000001", 6, GUARD_OK, 100000},
                 {"NaN", 6, HW_REJECT_TYPE, 0},
                 {"inf", 6, HW_REJECT_TYPE, 0},
                 {"0x10", 6, HW_REJECT_TYPE, 0},
                 {"", 6, HW_REJECT_TYPE, 0},
                 {".", 6, HW_REJECT_TYPE, 0},
                 {"1 ", 6, HW_REJECT_TYPE, 0},
                 {"1e", 6, HW_REJECT_TYPE, 0},
                 {"1,5", 6, HW_REJECT_TYPE, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t value = 0;
        assert_int_equal(ocpp_decimal(&value, cases[i].text, cases[i].scale), cases[i].result);
        assert_int_equal(value, cases[i].value);
    }
}

static void times_are_read_with_their_zones(void **state)
{
    (void)state;
    int64_t utc_us;
    char text[OCPP_TIME_MAX];
    assert_true(ocpp_time_read(&utc_us, "2018-03-01T09:00:00+09:00"));
    assert_int_equal(utc_us, UTC_US);
    assert_true(ocpp_time_read(&utc_us, "2018-02-28T19:00:00.25-05:00"));
    assert_int_equal(utc_us, UTC_US + 250000);
    assert_true(ocpp_time_read(&utc_us, "1970-01-01T00:00:00Z"));
    assert_int_equal(utc_us, 0);
    static const char *const none[] = {"",
                                       "2018-03-01T00:00:00", /* whose midnight? */
                                       "2018-03-01 00:00:00Z",
                                       "2018-13-01T00:00:00Z",
                                       "2018-03-01T24:00:00Z",
                                       "2018-03-01T00:00:00+9:00",
                                       "1969-12-31T23:59:59Z",
                                       "2018-03-01T00:00:00ZZ"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_false(ocpp_time_read(&utc_us, none[i]));
    for (int64_t us = 0; us < INT64_C(253402300799) * SEC; us += INT64_C(86399) * 9973 * SEC) {
        ocpp_time_write(text, us);
        assert_true(ocpp_time_read(&utc_us, text));
        assert_int_equal(utc_us, us);
    }
}

static int values(int64_t *energy_uj, int64_t *power_w, const char *sampled)
{
    char text[2048];
    snprintf(text, sizeof text,
             "[2,\"m\",\"MeterValues\",{\"connectorId\":1,\"meterValue\":[{\"timestamp\":\"2018-03-01T00:00:00Z\","
             "\"sampledValue\":[%s]}]}]",
             sampled);
    desk.point.bucket_ns = 0;
    int reject = desk_hear(text);
    *energy_uj = desk.input_count > 0 ? desk.inputs[0].energy_uj : HW_UNKNOWN_VALUE;
    *power_w = desk.input_count > 0 ? desk.inputs[0].power_w : HW_UNKNOWN_VALUE;
    return reject;
}

static void readings_are_taken_as_they_are_meant(void **state)
{
    (void)state;
    static const struct {
        const char *sampled;
        int reject;
        int64_t energy_uj, power_w;
    } cases[] = {
        {"{\"value\":\"235.140\",\"measurand\":\"Voltage\",\"unit\":\"V\"},{\"value\":\"51.313\",\"measurand\":"
         "\"Energy.Active.Import.Register\",\"unit\":\"Wh\"}",
         GUARD_OK, 51313 * (WH / 1000), HW_UNKNOWN_VALUE},
        {"{\"value\":\"7\"}", GUARD_OK, 7 * WH, HW_UNKNOWN_VALUE},
        {"{\"value\":\"1\",\"phase\":\"L1\"},{\"value\":\"2\",\"phase\":\"L2\"}", GUARD_OK, 3 * WH, HW_UNKNOWN_VALUE},
        {"{\"value\":\"1\",\"phase\":\"L1\"},{\"value\":\"9\"},{\"value\":\"2\",\"phase\":\"L2\"}", GUARD_OK, 9 * WH,
         HW_UNKNOWN_VALUE},
        {"{\"value\":\"-3\",\"measurand\":\"Power.Active.Import\"}", GUARD_OK, HW_UNKNOWN_VALUE, 0},
        {"{\"value\":\"2999.5\",\"measurand\":\"Power.Active.Import\"}", GUARD_OK, HW_UNKNOWN_VALUE, 3000},
        {"{\"value\":\"5\",\"location\":\"EV\"},{\"value\":\"6\",\"format\":\"SignedData\"}", GUARD_OK,
         HW_UNKNOWN_VALUE, HW_UNKNOWN_VALUE},
        {"{\"value\":\"1e999\"}", HW_REJECT_RANGE, HW_UNKNOWN_VALUE, HW_UNKNOWN_VALUE},
        {"{\"value\":\"-1\"}", HW_REJECT_RANGE, HW_UNKNOWN_VALUE, HW_UNKNOWN_VALUE},
        {"{\"value\":\"1e9\",\"unit\":\"kWh\"}", HW_REJECT_RANGE, HW_UNKNOWN_VALUE, HW_UNKNOWN_VALUE},
        {"{\"value\":\"NaN\"}", HW_REJECT_TYPE, HW_UNKNOWN_VALUE, HW_UNKNOWN_VALUE},
        {"{\"value\":5}", HW_REJECT_TYPE, HW_UNKNOWN_VALUE, HW_UNKNOWN_VALUE},
        {"{\"value\":\"5\",\"unit\":\"varh\"}", HW_REJECT_TYPE, HW_UNKNOWN_VALUE, HW_UNKNOWN_VALUE},
        {"", HW_REJECT_TYPE, HW_UNKNOWN_VALUE, HW_UNKNOWN_VALUE}};
    desk_open();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t energy_uj, power_w;
        assert_int_equal(values(&energy_uj, &power_w, cases[i].sampled), cases[i].reject);
        assert_int_equal(energy_uj, cases[i].energy_uj);
        assert_int_equal(power_w, cases[i].power_w);
    }
}

/* ---- hostile texts ----------------------------------------------------------------------------------------------- */

static void hostile_texts_are_refused_by_reason(void **state)
{
    (void)state;
    static char big[GUARD_BYTES_MAX + 2];
    static const struct {
        const char *text;
        int reject;
    } cases[] = {
        {"", HW_REJECT_SYNTAX},
        {"{}", HW_REJECT_TYPE},
        {"[]", HW_REJECT_TYPE},
        {"[2]", HW_REJECT_SYNTAX},
        {"[2.5,\"a\",\"Heartbeat\",{}]", HW_REJECT_SYNTAX},
        {"[5,\"a\",\"Heartbeat\",{}]", HW_REJECT_RANGE},
        {"[1e999,\"a\",\"Heartbeat\",{}]", HW_REJECT_RANGE},
        {"[NaN,\"a\",\"Heartbeat\",{}]", HW_REJECT_SYNTAX},
        {"[2,7,\"Heartbeat\",{}]", HW_REJECT_TYPE},
        {"[2,\"\",\"Heartbeat\",{}]", HW_REJECT_TYPE},
        {"[2,\"0123456789012345678901234567890123456\",\"Heartbeat\",{}]", HW_REJECT_TYPE},
        {"[2,\"a\",\"Heartbeat\",[]]", HW_REJECT_TYPE},
        {"[2,\"a\",\"Heartbeat\"]", HW_REJECT_SYNTAX},
        {"[3,\"a\",{}]", HW_REJECT_UNASKED},
        {"[4,\"a\",\"GenericError\",\"\",{}]", HW_REJECT_UNASKED},
        {"[2,\"a\",\"StatusNotification\",{\"connectorId\":1}]", HW_REJECT_TYPE},
        {"[2,\"a\",\"StatusNotification\",{\"connectorId\":-1,\"errorCode\":\"NoError\",\"status\":\"Charging\"}]",
         HW_REJECT_RANGE},
        {"[2,\"a\",\"StartTransaction\",{\"connectorId\":1,\"idTag\":\"012345678901234567890\",\"meterStart\":1}]",
         HW_REJECT_RANGE},
        {"[2,\"a\",\"StartTransaction\",{\"connectorId\":1,\"idTag\":\"K\",\"meterStart\":1.5}]", HW_REJECT_RANGE},
        {"[2,\"a\",\"StopTransaction\",{\"meterStop\":1}]", HW_REJECT_TYPE},
        {"[2,\"a\",\"MeterValues\",{\"connectorId\":1,\"meterValue\":[{\"sampledValue\":[[[[[[1]]]]]]}]}]",
         HW_REJECT_SYNTAX},
        {"[2,\"a\",\"Heartbeat\",{\"a\":1,\"a\":2}]", HW_REJECT_SYNTAX},
        {"[2,\"a\",\"Heartbeat\",{\"a\":\"\xff\"}]", HW_REJECT_TEXT},
        {"[2,\"a\",\"Heartbeat\",{}] x", HW_REJECT_SYNTAX}};
    desk_open();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        desk.point.bucket_ns = 0;
        assert_int_equal(desk_hear(cases[i].text), cases[i].reject);
        assert_int_equal(desk.input_count, 0);
    }
    memset(big, ' ', sizeof big);
    assert_int_equal(ocpp_point_hear(&desk.point, big, sizeof big, &desk.now), HW_REJECT_OVERSIZED);
    memset(big, '[', sizeof big);
    assert_int_equal(ocpp_point_hear(&desk.point, big, 9000, &desk.now), HW_REJECT_SYNTAX);
}

/* An id is given back as it came, whatever is in it. */
static void ids_are_escaped(void **state)
{
    (void)state;
    desk_open();
    assert_int_equal(desk_hear("[2,\"a\\\"],\\\\\\n\",\"StatusNotification\",{\"connectorId\":1}]"), HW_REJECT_TYPE);
    desk_expect_sent("[4,\"a\\\"],\\\\\\u000a\",\"TypeConstraintViolation\",\"\",{}]");
}

static void a_flood_is_stemmed(void **state)
{
    (void)state;
    desk_open();
    int taken = 0;
    for (int i = 0; i < 1000; i++)
        taken += desk_hear("[2,\"1\",\"Heartbeat\",{}]") == GUARD_OK;
    assert_int_equal(taken, 100);
    desk_pass(1);
    assert_int_equal(desk_hear("[2,\"1\",\"Heartbeat\",{}]"), GUARD_OK);
}

/* Whatever is asked, the queue has an end. */
static void too_much_asked_is_not_taken(void **state)
{
    (void)state;
    struct ocpp_calls calls = {.count = 0};
    for (uint32_t i = 0; i < OCPP_CALLS_MAX; i++)
        assert_true(ocpp_calls_add(&calls, &(struct ocpp_call){.kind = OCPP_CALL_CHANGE, .setting = i}));
    assert_false(ocpp_calls_add(&calls, &(struct ocpp_call){.kind = OCPP_CALL_STOP}));
    assert_true(ocpp_calls_add(&calls, &(struct ocpp_call){.kind = OCPP_CALL_CHANGE, .setting = 3, .command = 9}));
    assert_int_equal(calls.waiting[3].command, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimals_are_exact),
        cmocka_unit_test(times_are_read_with_their_zones),
        cmocka_unit_test(readings_are_taken_as_they_are_meant),
        cmocka_unit_test(hostile_texts_are_refused_by_reason),
        cmocka_unit_test(ids_are_escaped),
        cmocka_unit_test(a_flood_is_stemmed),
        cmocka_unit_test(too_much_asked_is_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
