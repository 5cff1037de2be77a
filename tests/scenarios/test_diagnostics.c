/* test_diagnostics.c: all that is wrong with a scenario is told at once, each at its place.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/scenarios/reading.h"

#include <string.h>

static void assert_told_exactly(const char *text, const char *expected)
{
    struct reading *reading = reading_text(text, NULL, NULL);
    const char *told = reading_told(reading);
    size_t same = 0;
    while (told[same] != '\0' && told[same] == expected[same])
        same++;
    if (told[same] != expected[same]) {
        while (same > 0 && told[same - 1] != '\n')
            same--;
        fail_msg("expected:\n%.*s\nwas told:\n%.*s", (int)strcspn(expected + same, "\n"), expected + same,
                 (int)strcspn(told + same, "\n"), told + same);
    }
    reading_close(reading);
}

static void all_errors_come_at_once_with_their_places(void **state)
{
    (void)state;
    assert_told_exactly(
        "local k = require \"konsento\"\n"
        "local base = k.building {\n"
        "  flats = 30, outlts = k.outlets {},\n"
        "  base_load = \"3.7 kWh\",\n"
        "}\n"
        "return k.scenario {\n"
        "  duratoin = \"3 days\", name = 5,\n"
        "  duration = \"12 parsecs\",\n"
        "  building = k.extend(base) { flats = -3, outlets = k.outlets { voltage = \"20 V\", [\"current\"] = true } "
        "},\n"
        "  fleet = k.fleet.cars { count = 1, car = k.car { knee = \"idael\" } },\n"
        "  rails = { k.rail.cloud {}, k.rail.cloud { fee = \"3 W\" }, k.rail.cloud { name = \"cloud\" } },\n"
        "  thresholds = { \"energy.delivered_shar > 85 %\", \"fee.share < 3 kW\", \"revenue\" },\n"
        "  tarif = function() end,\n"
        "}\n",
        "3:15: building has no field 'outlts' (did you mean 'outlets'?)\n"
        "4:3: building.base_load = \"3.7 kWh\": unit 'kWh' is of energy, expected W (as in \"3.2 kW\")\n"
        "7:3: scenario has no field 'duratoin' (did you mean 'duration'?)\n"
        "7:24: name must be a string of no more than 200 bytes, got 5\n"
        "8:3: duration = \"12 parsecs\": unknown unit 'parsecs', expected s (as in \"10 min\")\n"
        "9:31: building.flats must be a whole number in 0 .. 10000, got -3\n"
        "9:65: building.outlets.voltage = \"20 V\" is outside 100 V .. 480 V\n"
        "9:84: building.outlets.current must be A (as in \"16 A\"), got boolean\n"
        "10:51: fleet.car.knee must be one of \"ideal\", \"ac\", \"dc\", got \"idael\" (did you mean 'ideal'?)\n"
        "11:30: rails[2].name = \"cloud\" is the name of rails[1] as well: give each rail its own\n"
        "11:45: rails[2].fee = \"3 W\": unit 'W' is of power, expected % (as in \"3.7 %\")\n"
        "11:75: rails[3].name = \"cloud\" is the name of rails[1] as well: give each rail its own\n"
        "12:18: thresholds[1]: unknown metric 'energy.delivered_shar' (did you mean 'energy.delivered_share'?)\n"
        "12:50: thresholds[2]: \"3 kW\": unit 'kW' is of power, expected % (as in \"3.7 %\")\n"
        "12:70: thresholds[3] \"revenue\" is not of the form \"metric < value unit\", as in "
        "\"energy.delivered_share > 85 %\"\n"
        "13:3: scenario has no field 'tarif' (did you mean 'tariff'?)\n");
}

static void a_wrong_constructor_does_not_stop_the_check(void **state)
{
    (void)state;
    assert_told_exactly("local k = require \"konsento\"\n"
                        "return k.scenaro {\n"
                        "  name = \"x\", duration = \"1 days\",\n"
                        "  fleet = k.fleet.car { cuont = 3 },\n"
                        "  building = k.building \"large\",\n"
                        "  payment = { purchase = 5 },\n"
                        "  rails = k.rail.cloud {},\n"
                        "}\n",
                        "2:10: k has no 'scenaro' (did you mean 'scenario'?)\n"
                        "4:3: fleet.count is missing: number of cars\n"
                        "4:19: k.fleet has no 'car' (did you mean 'cars'?)\n"
                        "4:25: fleet.cars has no field 'cuont' (did you mean 'count'?)\n"
                        "5:3: k.building takes a table, k.building { ... }, got string\n"
                        "6:3: payment must be k.payment { ... }, got table\n"
                        "7:3: rails must be a list { k.rail.cloud { ... } or k.rail.onchain { ... } or "
                        "k.rail.lightning { ... } or k.rail.node { ... }, ... }\n");
}

static void syntax_errors_have_line_and_column(void **state)
{
    (void)state;
    assert_told_exactly("local k = require \"konsento\"\nreturn k.scenario { name = \"x\" duration = 5 }",
                        "2:32: '}' expected near 'duration'\n");
    assert_told_exactly("local x = + 3", "1:11: unexpected symbol near '+'\n");
    assert_told_exactly("\n\nreturn {", "3:1: unexpected symbol near <eof>\n");
    assert_told_exactly("local s = \"abc\nreturn s", "1:11: unfinished string near '\"abc'\n");
    assert_told_exactly("#!/usr/bin/env konsento\nlocal x = )", "2:11: unexpected symbol near ')'\n");
}

static void runtime_errors_have_line_and_column(void **state)
{
    (void)state;
    assert_told_exactly("local x\nlocal y =\n   x.z", "3:4: attempt to index a nil value (local 'x')\n");
    assert_told_exactly("local k = reqire \"konsento\"", "1:11: unknown name 'reqire' (did you mean 'require'?)\n");
    assert_told_exactly("local function f() error(\"told\") end\nf()", "1:1: told\n");
    assert_told_exactly("local t = {}\nlocal x = math.floor(t)",
                        "2:16: bad argument #1 to 'floor' (number expected, got table)\n");
    assert_told_exactly("error(\"no place\", 0)", "1:1: no place\n");
}

static void what_a_file_must_return_is_told(void **state)
{
    (void)state;
    assert_told_exactly("local x = 1", "0:0: returns nothing: end with return k.scenario { ... }\n");
    assert_told_exactly("return 5", "0:0: must return k.scenario { ... } or k.lab { ... }, returns a number\n");
    assert_told_exactly("return {}", "0:0: must return k.scenario { ... } or k.lab { ... }, returns a table\n");
    assert_told_exactly("return require(\"konsento\").building {}",
                        "0:0: must return k.scenario { ... } or k.lab { ... }, returns k.building\n");
}

static void assert_rule(const char *inside, const char *part)
{
    struct reading *reading = reading_text(reading_scenario(inside), NULL, NULL);
    assert_false(reading->good);
    reading_assert_told(reading, part);
    reading_close(reading);
}

static void bands_must_cover_every_moment_once(void **state)
{
    (void)state;
    assert_rule("tariff = k.tariff.time_of_use { bands = {\n"
                "k.band { to = \"8 h\", price = 1 },\n"
                "k.band { from = \"9 h\", price = 1 } } }",
                "3:33: tariff.bands: no price on a weekday from 08:00 to 09:00\n");
    assert_rule("tariff = k.tariff.time_of_use { bands = {\n"
                "k.band { to = \"8 h\", price = 1 },\n"
                "k.band { from = \"7 h\", price = 1 } } }",
                "5:1: tariff.bands[2] overlaps bands[1] on a weekday from 07:00 to 08:00\n");
    assert_rule("tariff = k.tariff.time_of_use { bands = { k.band { day = \"weekday\", price = 1 } } }",
                "tariff.bands: no price on a weekend from 00:00 to 24:00");
    assert_rule("tariff = k.tariff.time_of_use { bands = { k.band { from = \"22 h\", to = \"8 h\", price = 1 } } }",
                "a band over midnight is written as two");
    assert_rule("tariff = k.tariff.time_of_use { bands = {} }", "tariff.bands is empty: one band at least");
}

static void times_must_fit_together(void **state)
{
    (void)state;
    assert_rule("warmup = \"7 days\"", "3:1: warmup must be shorter than duration\n");
    assert_rule("payment = k.payment { purchase = \"50 Wh\" }",
                "payment.reorder must not be more than payment.purchase");
    assert_rule("building = k.building { strategy = \"first_come\", outlets = k.outlets { current = \"5 A\" } }",
                "building.minimum_current must not be more than outlets.current");
    assert_rule("rails = { k.rail.cloud { outages = { k.outage { at = \"1 days\", duration = \"2 days\" },\n"
                "k.outage { at = \"2 days\", duration = \"1 h\" } } } }",
                "4:1: rails[1].outages[2] begins before the end of outages[1]\n");
    assert_rule("rails = { k.rail.cloud { name = \"a b\" } }", "must be 1 to 40 letters");
    assert_rule("rails = {}", "3:1: rails is empty: one rail at least\n");
    assert_rule("rails = { k.rail.cloud {}, x = 5 }", "rails is a list, it has no field 'x'");
    assert_rule("rails = { k.rail.cloud {}, nil, k.rail.cloud { name = \"b\" } }", "rails[2] is nil");
    assert_rule("building = k.building { service_limit = \"21 MW\" }", "is 105000 A, outside 1 A .. 100000 A");
    assert_rule("building = k.building { service_limit = 63 }", "a unit is needed, expected A (as in \"16 A\") or W");
}

static void what_is_said_of_a_building_must_fit_together(void **state)
{
    (void)state;
    assert_rule("building = k.building { outlets = k.outlets { phases = 3 } }", "phases = 3 needs building.wiring");
    assert_rule("building = k.building { outlets = k.outlets { phases = 2 } }", "phases must be 1 or 3");
    assert_rule("building = k.building { flats = 3, roof = k.roof { owners = 4 } }", "must not be more than");
    assert_rule("building = k.building { sharing = k.sharing { from = \"9 h\", to = \"8 h\" } }",
                "lending ends before it begins");
    assert_rule("building = k.building { outlets = k.outlets { count = 2 }, sharing = k.sharing { visits = 1 } }",
                "needs outlets.count = \"each\"");
    assert_rule("building = k.building { wiring = \"two_wire\" }", "two_wire");
    assert_rule("building = k.building { roof = k.roof { latitude = 91 } }", "-90 .. 90");
    assert_rule("building = k.building { wiring = \"three_phase\", service_limit = \"70 MW\" }",
                "is 116666.666 A, outside");
}

static void what_is_said_of_a_chain_must_fit_together(void **state)
{
    (void)state;
    assert_rule("rails = { k.rail.onchain { confirmations = 8 } }",
                "rails[1].final must not be less than confirmations, settled and demoted\n");
    assert_rule("rails = { k.rail.onchain { settled = 7 } }", "rails[1].final must not be less than");
    assert_rule("rails = { k.rail.onchain { demoted = 7 } }", "rails[1].final must not be less than");
    assert_rule("rails = { k.rail.onchain { attackers = {\n"
                "k.attacker.race { share = \"60 %\" }, k.attacker.stall { share = \"41 %\" } } } }",
                "the shares of rails[1].attackers are more than 100 % together\n");
    assert_rule("chain = k.chain { reorgs = { k.reorg { at = \"1 h\", depth = 1 },\n"
                "k.reorg { at = \"366 days\", depth = 1 } } }",
                "chain.reorgs[2].at must be before the end of duration\n");
}

static void what_is_said_of_channels_must_fit_together(void **state)
{
    (void)state;
    assert_rule("rails = { k.rail.lightning { push = \"400000 sat\" } }", "rails[1].push must be less than capacity\n");
    assert_rule("rails = { k.rail.lightning { plan = \"deposit\", deposit_slices = 4, htlcs = 3 } }",
                "rails[1].deposit_slices must not be more than htlcs\n");
    assert_rule("rails = { k.rail.lightning { rebalance_to = \"60 %\" } }",
                "rails[1].rebalance_to must be less than rebalance_above\n");
    assert_rule("rails = { k.rail.lightning { topology = \"hub\", hops = \"real\" } }",
                "rails[1].hops = \"real\" needs topology = \"public\": others have no hops of strangers\n");
    assert_rule("rails = { k.rail.lightning { topology = \"public\", hops = \"real\", traffic = \"1 days\" } }",
                "rails[1].hops = \"real\" has no traffic of others: traffic must be \"none\"\n");
    assert_rule("rails = { k.rail.lightning { topology = \"public\", hops = \"reel\" } }",
                "hops must be one of \"modeled\", \"real\", got \"reel\" (did you mean 'real'?)\n");
    assert_rule("tariff = k.tariff.csv {}", "file is missing");
}

#define PLUG "k.device { driver = \"mqtt\", address = \"mqtt://127.0.0.1/plug\" }"

static void what_is_said_of_devices_must_fit_together(void **state)
{
    (void)state;
    assert_rule("devices = { k.device { driver = \"mqtt\", address = \"x\", rail = \"gold\" } }",
                "devices[1].rail must be the name of a rail; only with one rail it may be left out\n");
    assert_rule("rails = { k.rail.cloud {}, k.rail.onchain {} }, devices = { " PLUG " }",
                "devices[1].rail must be the name of a rail; only with one rail it may be left out\n");
    assert_rule("building = k.building { outlets = k.outlets { count = 1 } }, devices = { " PLUG ", " PLUG " }",
                "devices[2].outlet: the building has only 1 outlets\n");
    assert_rule("devices = { " PLUG ", k.device { driver = \"mqtt\", address = \"x\", outlet = 1 } }",
                "devices[2].outlet: devices[1] is that outlet already\n");
    assert_rule("building = k.building { strategy = \"equal_share\" }, devices = { " PLUG " }",
                "devices do not go with building.strategy, car.feed or a market: what a device draws is decided by its "
                "car alone\n");
    assert_rule(
        "rails = { k.rail.node { invoices = { k.invoice { payment_hash = \"12\", amount = 1, outlet = 1 } } } }",
        "rails[1].invoices[1].payment_hash must be 64 hexadecimal digits, small letters\n");
}

static void many_errors_are_counted(void **state)
{
    (void)state;
    static char text[15000];
    size_t used = (size_t)snprintf(text, sizeof text, "rails = {\n");
    for (int i = 0; i < 16; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "k.rail.cloud { name = \"r%d\", fee = 9, decline = 9, chargeback = 9, x%d = 1,\n"
                                 "latency = \"x\", settlement = \"x\", fee_fixed = \"x\", latency_sigma = \"x\" },\n",
                                 i, i);
    }
    snprintf(text + used, sizeof text - used, "}");
    struct reading *reading = reading_text(reading_scenario(text), NULL, NULL);
    assert_false(reading->good);
    assert_int_equal(reading->count, SCENARIO_DIAGNOSTICS_MAX);
    assert_string_equal(reading->diagnostics[SCENARIO_DIAGNOSTICS_MAX - 1].text, "and 29 more errors");
    reading_close(reading);
}

static void keys_without_an_order_do_not_hide_the_rest(void **state)
{
    (void)state;
    assert_told_exactly("local k = require \"konsento\"\n"
                        "return k.scenario {\n"
                        "  name = \"x\", duration = \"3 dys\", [true] = 1, [{}] = 2,\n"
                        "  fleet = k.fleet.cars { count = 0, [print] = 3 },\n"
                        "}\n",
                        "2:8: scenario has a field whose name is neither text nor a number\n"
                        "3:15: duration = \"3 dys\": unknown unit 'dys' (did you mean 'days'?), expected s (as in \"10 "
                        "min\")\n"
                        "4:3: fleet.cars has a field whose name is neither text nor a number\n"
                        "4:26: fleet.count must be a whole number in 1 .. 100000, got 0\n");
}

/* A stranger's scenario writes on the terminal of whoever checks it. */
static void what_a_scenario_says_is_shown_as_plain_text(void **state)
{
    (void)state;
    static const char *const names[] = {"a\\27[2J",   "a\\n",       "a\\127",          "\\255",
                                        "\\xC2\\x9b", "\\xC0\\xAF", "\\xED\\xA0\\x80", "\\xE3\\x82"};
    char text[300];
    assert_told_exactly("local k = require \"konsento\"\n"
                        "k.note(\"\\27[31mred\\7\\tb\\nc\\255 \xE3\x82\xB3\")\n"
                        "error(\"\\27[2Jd\")\n",
                        "2:1: note: ?[31mred? b c? \xE3\x82\xB3\n"
                        "3:1: ?[2Jd\n");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(text, sizeof text,
                 "local k = require \"konsento\" k.params { p = k.param { \"%s\" } }\n"
                 "return k.scenario { name = \"%s\", duration = \"1 days\", fleet = k.fleet.cars { count = 1 } }",
                 names[i], names[i]);
        struct reading *reading = reading_text(text, NULL, NULL);
        assert_int_equal(reading->count, 2);
        reading_assert_told(reading, "param p must be text in UTF-8 without control characters, got \"");
        reading_assert_told(reading, ": name must be text in UTF-8 without control characters, got \"");
        reading_close(reading);
    }
}

static void notes_come_with_success(void **state)
{
    (void)state;
    char text[20000];
    snprintf(text, sizeof text, "require(\"konsento\").note(\"look here\", 5)\n%s", reading_scenario(""));
    struct reading *reading = reading_text(text, NULL, NULL);
    assert_true(reading->good);
    assert_int_equal(reading->count, 1);
    assert_true(reading->diagnostics[0].is_note);
    assert_string_equal(reading->diagnostics[0].text, "look here 5");
    assert_int_equal(reading->diagnostics[0].line, 1);
    reading_close(reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_errors_come_at_once_with_their_places),
        cmocka_unit_test(a_wrong_constructor_does_not_stop_the_check),
        cmocka_unit_test(syntax_errors_have_line_and_column),
        cmocka_unit_test(runtime_errors_have_line_and_column),
        cmocka_unit_test(what_a_file_must_return_is_told),
        cmocka_unit_test(bands_must_cover_every_moment_once),
        cmocka_unit_test(times_must_fit_together),
        cmocka_unit_test(what_is_said_of_a_building_must_fit_together),
        cmocka_unit_test(what_is_said_of_a_chain_must_fit_together),
        cmocka_unit_test(what_is_said_of_channels_must_fit_together),
        cmocka_unit_test(what_is_said_of_devices_must_fit_together),
        cmocka_unit_test(many_errors_are_counted),
        cmocka_unit_test(keys_without_an_order_do_not_hide_the_rest),
        cmocka_unit_test(what_a_scenario_says_is_shown_as_plain_text),
        cmocka_unit_test(notes_come_with_success),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
