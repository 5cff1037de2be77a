/* test_hw_dialect.c: what plugs say on MQTT, understood; what nobody should say, refused by reason.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Messages are of the forms that the makers' own documentation shows.
 */
#include "hwbridge/mqtt_dialect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SEC INT64_C(1000000)

enum { POWER, RESULT, STATUS, SENSOR, STATE, LWT, INFO }; /* Tasmota's topics */
enum { ANSWER, EVENT, ONLINE };                           /* Shelly's */
enum { TWIN, AVAILABILITY };                              /* Zigbee2MQTT's */

static struct mqtt_device device;
static struct mqtt_findings findings;

static void be(const struct mqtt_dialect *dialect)
{
    device = (struct mqtt_device){.dialect = dialect, .outlet = 5, .topic = "plug1", .lease_us = 30 * SEC};
}

static int hear_bytes(size_t topic, const void *payload, size_t length, bool is_retained)
{
    findings.count = 0;
    return device.dialect->decode(
        &findings, &device,
        &(struct mqtt_message){.topic = topic, .payload = payload, .length = length, .is_retained = is_retained});
}

static int hear(size_t topic, const char *payload)
{
    return hear_bytes(topic, payload, strlen(payload), false);
}

static void expect(enum hw_input_kind kind, int64_t value)
{
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.inputs[0].kind, kind);
    assert_int_equal(findings.inputs[0].outlet, 5);
    assert_int_equal(findings.inputs[0].value, value);
}

static void expect_meter(size_t index, int64_t energy_uj, int64_t power_w)
{
    assert_true(index < findings.count);
    assert_int_equal(findings.inputs[index].kind, HW_METER);
    assert_int_equal(findings.inputs[index].energy_uj, energy_uj);
    assert_int_equal(findings.inputs[index].power_w, power_w);
}

static void tasmota_is_understood(void **state)
{
    (void)state;
    be(&mqtt_tasmota);
    assert_int_equal(hear(POWER, "ON"), GUARD_OK);
    expect(HW_RELAY, 1);
    assert_int_equal(hear(POWER, "OFF"), GUARD_OK);
    expect(HW_RELAY, 0);
    assert_int_equal(hear(LWT, "Online"), GUARD_OK);
    expect(HW_LINK_UP, 0);
    assert_int_equal(hear_bytes(LWT, "Offline", 7, true), GUARD_OK);
    expect(HW_LINK_DOWN, 0);
    assert_int_equal(hear(INFO, "{\"Info1\":{\"Module\":\"x\"}}"), GUARD_OK);
    expect(HW_BOOT, 0);
    assert_int_equal(hear(SENSOR,
                          "{\"Time\":\"2018-02-15T17:37:10\",\"ENERGY\":{\"TotalStartTime\":\"2018-11-14T18:39:40\","
                          "\"Total\":6.294,\"Yesterday\":5.340,\"Today\":0.954,\"Power\":2635,\"Voltage\":227}}"),
                     GUARD_OK);
    expect_meter(0, 6294 * MQTT_WH_UJ, 2635);
    assert_int_equal(hear(STATUS, "{\"StatusSNS\":{\"ENERGY\":{\"Total\":[1.25,2.5],\"Power\":[100,-1]}}}"), GUARD_OK);
    expect_meter(0, 3750 * MQTT_WH_UJ, 99);
    assert_int_equal(hear(SENSOR, "{\"SI7021\":{\"Temperature\":21.5}}"), GUARD_OK);
    expect(HW_ALIVE, 0);
}

static void tasmota_commands_carry_a_lease(void **state)
{
    (void)state;
    struct mqtt_letter letters[MQTT_LETTERS_MAX];
    static const struct {
        int64_t lease_us;
        const char *steps;
    } cases[] = {{3 * SEC, "30"}, {11100000, "111"}, {11900000, "111"}, {12 * SEC, "112"}, {30 * SEC, "130"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        be(&mqtt_tasmota);
        device.lease_us = 0;
        struct hw_command on = {.kind = HW_COMMAND_ON, .outlet = 5, .number = 1, .lease_us = cases[i].lease_us};
        assert_int_equal(mqtt_tasmota.encode(letters, &device, &on), 2);
        assert_string_equal(letters[0].topic, "cmnd/plug1/PulseTime1");
        assert_string_equal(letters[0].payload, cases[i].steps);
        assert_string_equal(letters[1].topic, "cmnd/plug1/POWER");
        assert_string_equal(letters[1].payload, "ON");
        assert_int_equal(mqtt_tasmota.encode(letters, &device, &on), 2); /* it may have been lost */
        char said[64];
        snprintf(said, sizeof said, "{\"PulseTime1\":{\"Set\":%s}}", cases[i].steps);
        assert_int_equal(hear(RESULT, said), GUARD_OK);
        assert_int_equal(mqtt_tasmota.encode(letters, &device, &on), 1); /* it is set */
        assert_int_equal(hear(INFO, "{}"), GUARD_OK);
        assert_int_equal(mqtt_tasmota.encode(letters, &device, &on), 2); /* until it has been reset */
    }
    assert_int_equal(mqtt_tasmota.encode(letters, &device, &(struct hw_command){.kind = HW_COMMAND_OFF}), 1);
    assert_string_equal(letters[0].payload, "OFF");
}

static void tasmota_settings_are_read_back(void **state)
{
    (void)state;
    struct mqtt_letter letters[MQTT_LETTERS_MAX];
    be(&mqtt_tasmota);
    assert_int_equal(mqtt_tasmota.preflight(letters, &device, 30 * SEC), 3);
    assert_int_equal(hear(RESULT, "{\"PowerOnState\":0}"), GUARD_OK);
    assert_int_equal(hear(RESULT, "{\"PowerRetain\":\"OFF\"}"), GUARD_OK);
    assert_int_equal(hear(RESULT, "{\"PulseTime1\":{\"Set\":130,\"Remaining\":0}}"), GUARD_OK);
    assert_int_equal(device.settings_good, 7);
    assert_int_equal(device.settings_bad, 0);
    (void)hear(RESULT, "{\"PowerOnState\":3}");
    (void)hear(RESULT, "{\"PowerRetain\":\"ON\"}");
    (void)hear(RESULT, "{\"PulseTime1\":0}");
    assert_int_equal(device.settings_bad, 7);
}

static void shelly_is_understood(void **state)
{
    (void)state;
    be(&mqtt_shelly);
    device.last_number = 4;
    assert_int_equal(hear(ONLINE, "true"), GUARD_OK);
    expect(HW_LINK_UP, 0);
    assert_int_equal(hear(ANSWER, "{\"id\":8,\"src\":\"x\",\"dst\":\"konsento\",\"result\":{\"was_on\":false}}"),
                     GUARD_OK);
    expect(HW_ACK, 0);
    assert_int_equal(findings.inputs[0].command, 4);
    assert_int_equal(hear(ANSWER, "{\"id\":8,\"error\":{\"code\":-103,\"message\":\"no\"}}"), GUARD_OK);
    expect(HW_NACK, 0);
    assert_int_equal(hear(EVENT,
                          "{\"src\":\"s\",\"dst\":\"x\",\"method\":\"NotifyStatus\",\"params\":{\"ts\":1631186545.04,"
                          "\"switch:0\":{\"id\":0,\"output\":true,\"apower\":8.9,\"aenergy\":{\"total\":11.679,"
                          "\"by_minute\":[1,2,3],\"minute_ts\":1631186544}}}}"),
                     GUARD_OK);
    assert_int_equal(findings.inputs[0].kind, HW_RELAY);
    assert_int_equal(findings.inputs[0].value, 1);
    expect_meter(1, 11679 * (MQTT_WH_UJ / 1000), 9);
}

static void shelly_commands_carry_a_lease(void **state)
{
    (void)state;
    struct mqtt_letter letters[MQTT_LETTERS_MAX];
    be(&mqtt_shelly);
    struct hw_command on = {.kind = HW_COMMAND_ON, .outlet = 5, .number = 4, .lease_us = 30 * SEC};
    assert_int_equal(mqtt_shelly.encode(letters, &device, &on), 1);
    assert_string_equal(letters[0].topic, "plug1/rpc");
    assert_string_equal(letters[0].payload, "{\"id\":8,\"src\":\"konsento/plug1\",\"method\":\"Switch.Set\",\"params\":"
                                            "{\"id\":0,\"on\":true,\"toggle_after\":30.0}}");
}

static void shelly_settings_are_read_back(void **state)
{
    (void)state;
    struct mqtt_letter letters[MQTT_LETTERS_MAX];
    be(&mqtt_shelly);
    assert_int_equal(mqtt_shelly.preflight(letters, &device, 30 * SEC), 2);
    (void)hear(ANSWER, "{\"id\":1,\"result\":{\"initial_state\":\"off\",\"auto_off\":true,\"auto_off_delay\":30.0}}");
    assert_int_equal(device.settings_good, 3);
    (void)hear(ANSWER, "{\"id\":1,\"result\":{\"initial_state\":\"restore_last\",\"auto_off\":false}}");
    assert_int_equal(device.settings_bad, 3);
}

static void zigbee_is_understood(void **state)
{
    (void)state;
    be(&mqtt_zigbee);
    assert_int_equal(hear(TWIN, "{\"state\":\"ON\",\"energy\":1.5,\"power\":1150,\"linkquality\":80}"), GUARD_OK);
    assert_int_equal(findings.inputs[0].kind, HW_RELAY);
    expect_meter(1, 1500 * MQTT_WH_UJ, 1150);
    assert_int_equal(hear(AVAILABILITY, "{\"state\":\"offline\"}"), GUARD_OK);
    expect(HW_LINK_DOWN, 0);
    assert_int_equal(hear(AVAILABILITY, "online"), GUARD_OK);
    expect(HW_LINK_UP, 0);
    struct mqtt_letter letters[MQTT_LETTERS_MAX];
    struct hw_command on = {.kind = HW_COMMAND_ON, .outlet = 5, .number = 4, .lease_us = 30 * SEC};
    assert_int_equal(mqtt_zigbee.encode(letters, &device, &on), 1);
    assert_string_equal(letters[0].topic, "plug1/set");
    assert_string_equal(letters[0].payload, "{\"state\":\"ON\",\"on_time\":30,\"off_wait_time\":0}");
}

/* A retained command or state is a loaded gun; a will is meant to be retained. */
static void what_is_retained_is_refused(void **state)
{
    (void)state;
    be(&mqtt_tasmota);
    assert_int_equal(hear_bytes(POWER, "ON", 2, true), HW_REJECT_RETAINED);
    be(&mqtt_zigbee);
    assert_int_equal(hear_bytes(TWIN, "{\"state\":\"ON\"}", 14, true), HW_REJECT_RETAINED);
    be(&mqtt_shelly);
    assert_int_equal(hear_bytes(EVENT, "{}", 2, true), HW_REJECT_RETAINED);
    assert_int_equal(findings.count, 0);
}

static void hostile_messages_are_refused_by_reason(void **state)
{
    (void)state;
    be(&mqtt_tasmota);
    static char big[GUARD_BYTES_MAX + 2];
    memset(big, ' ', sizeof big);
    assert_int_equal(hear_bytes(SENSOR, big, sizeof big, false), HW_REJECT_OVERSIZED);
    memset(big, '[', sizeof big);
    assert_int_equal(hear_bytes(SENSOR, big, 9000, false), HW_REJECT_SYNTAX);
    assert_int_equal(hear(SENSOR, "{\"ENERGY\":{\"Total\":NaN}}"), HW_REJECT_SYNTAX);
    assert_int_equal(hear(SENSOR, "{\"ENERGY\":{\"Total\":1e999}}"), HW_REJECT_RANGE);
    assert_int_equal(hear(SENSOR, "{\"ENERGY\":{\"Total\":-1}}"), HW_REJECT_RANGE);
    assert_int_equal(hear(SENSOR, "{\"ENERGY\":{\"Total\":\"6.2\"}}"), HW_REJECT_TYPE);
    assert_int_equal(hear(SENSOR, "{\"ENERGY\":{\"Total\":1,\"Total\":2}}"), HW_REJECT_SYNTAX);
    assert_int_equal(hear(SENSOR, "{\"ENERGY\":{\"Total\":1}} x"), HW_REJECT_SYNTAX);
    assert_int_equal(hear(SENSOR, "{\"ENERGY\":"), HW_REJECT_SYNTAX);
    assert_int_equal(hear_bytes(SENSOR, "{\"a\":\"\xff\"}", 9, false), HW_REJECT_TEXT);
    assert_int_equal(hear_bytes(SENSOR, "{}\0", 3, false), HW_REJECT_TEXT);
    assert_int_equal(hear(POWER, "on"), HW_REJECT_SYNTAX);
    assert_int_equal(hear(POWER, ""), HW_REJECT_SYNTAX); /* a question of its own is no answer */
    be(&mqtt_shelly);
    assert_int_equal(hear(ANSWER, "{\"id\":\"8\"}"), HW_REJECT_TYPE);
    assert_int_equal(hear(ANSWER, "{\"id\":1.5}"), HW_REJECT_RANGE);
    assert_int_equal(hear(ANSWER, "{\"id\":10,\"result\":{\"was_on\":false}}"), HW_REJECT_UNASKED);
    assert_int_equal(hear(ANSWER, "{\"id\":1e300}"), HW_REJECT_RANGE);
    assert_int_equal(findings.count, 0);
}

static void parts_and_depth_are_counted_outside_of_strings(void **state)
{
    (void)state;
    struct guard_json json;
    assert_int_equal(guard_json(&json, "[\"[[[[[[[[[[[[,,,\\\"[[\"]", 23), GUARD_OK);
    guard_close(&json);
    assert_int_equal(guard_json(&json, "[[[[[[[[1]]]]]]]]", 17), GUARD_OK);
    guard_close(&json);
    assert_int_equal(guard_json(&json, "[[[[[[[[[1]]]]]]]]]", 19), HW_REJECT_SYNTAX);
    char many[2048] = "[0";
    for (int i = 0; i < 300; i++)
        strncat(many, ",0", sizeof many - strlen(many) - 1);
    strncat(many, "]", sizeof many - strlen(many) - 1);
    assert_int_equal(guard_json(&json, many, strlen(many)), HW_REJECT_SYNTAX);
}

static void only_utf8_is_text(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        bool is_text;
    } cases[] = {
        {"\xe3\x82\xb3\xe3\x83\xb3", true}, {"\xf0\x9f\x94\x8c", true}, {"\xc0\x80", false}, {"\xed\xa0\x80", false},
        {"\xf4\x90\x80\x80", false},        {"\xe3\x82", false},        {"\x80", false},     {"\xe0\x9f\xbf", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(guard_text(cases[i].bytes, strlen(cases[i].bytes)),
                         cases[i].is_text ? GUARD_OK : (int)HW_REJECT_TEXT);
}

static void decimals_are_whole_texts(void **state)
{
    (void)state;
    double value;
    assert_int_equal(guard_decimal(&value, "31850.25", 0, 1e9), GUARD_OK);
    assert_true(value == 31850.25);
    assert_int_equal(guard_decimal(&value, "", 0, 1), HW_REJECT_TYPE);
    assert_int_equal(guard_decimal(&value, "12 ", 0, 100), HW_REJECT_TYPE);
    assert_int_equal(guard_decimal(&value, "nan", 0, 1), HW_REJECT_TYPE);
    assert_int_equal(guard_decimal(&value, "0x10", 0, 100), HW_REJECT_TYPE);
    assert_int_equal(guard_decimal(&value, "1e999", 0, 1e9), HW_REJECT_RANGE);
    assert_int_equal(guard_decimal(&value, "-1", 0, 1e9), HW_REJECT_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasmota_is_understood),
        cmocka_unit_test(tasmota_commands_carry_a_lease),
        cmocka_unit_test(tasmota_settings_are_read_back),
        cmocka_unit_test(shelly_is_understood),
        cmocka_unit_test(shelly_commands_carry_a_lease),
        cmocka_unit_test(shelly_settings_are_read_back),
        cmocka_unit_test(zigbee_is_understood),
        cmocka_unit_test(what_is_retained_is_refused),
        cmocka_unit_test(hostile_messages_are_refused_by_reason),
        cmocka_unit_test(parts_and_depth_are_counted_outside_of_strings),
        cmocka_unit_test(only_utf8_is_text),
        cmocka_unit_test(decimals_are_whole_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
