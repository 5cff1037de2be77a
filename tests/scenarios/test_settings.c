/* test_settings.c: --set, parameters, includes and k.extend.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/scenarios/reading.h"

#include <string.h>

static const char with_params[] =
    "local k = require \"konsento\"\n"
    "local p = k.params {\n"
    "  outlets = k.param { 12, min = 1, max = 400, help = \"shared outlets\" },\n"
    "  mode = k.param { \"slow\", oneof = { \"slow\", \"fast\" } },\n"
    "  limit = k.param { \"63 A\", unit = { \"current\", \"power\" }, min = \"10 A\" },\n"
    "  step = k.param { \"5 min\", unit = \"time\", max = \"1 h\", oneof = { \"never\" } },\n"
    "  dark = k.param { false },\n"
    "  sessions = k.param { \"\", help = \"CSV\" },\n"
    "}\n"
    "return k.scenario { name = p.mode .. p.sessions .. tostring(p.dark), duration = \"7 days\",\n"
    "  fleet = k.fleet.cars { count = p.outlets * 2 },\n"
    "  building = k.building { service_limit = p.limit, outlets = k.outlets { count = k.p \"outlets\" } },\n"
    "  series_step = p.step,\n"
    "}\n";

static struct reading *read_set(const char *text, const char *one, const char *two)
{
    const char *const settings[] = {one, two, NULL};
    return reading_text(text, settings, NULL);
}

static void parameters_have_defaults(void **state)
{
    (void)state;
    struct reading *reading = reading_text(with_params, NULL, NULL);
    assert_true(reading->good);
    assert_int_equal(reading->scenario.config.building.outlets.count, 12);
    assert_int_equal(reading->scenario.config.fleet.cars.count, 24);
    assert_int_equal(reading->scenario.config.building.service_limit_ma, 63000);
    assert_string_equal(reading->scenario.config.name, "slowfalse");
    assert_int_equal(reading->scenario.param_count, 6);
    const struct scenario_param *param = &reading->scenario.params[3]; /* sorted by name */
    assert_string_equal(param->name, "outlets");
    assert_string_equal(param->kind, "number");
    assert_string_equal(param->help, "shared outlets");
    assert_string_equal(reading->scenario.params[1].kind, "current or power");
    reading_close(reading);
}

static void settings_change_parameters(void **state)
{
    (void)state;
    struct reading *reading = read_set(with_params, "outlets=16", "limit=25 kW");
    assert_true(reading->good);
    assert_int_equal(reading->scenario.config.fleet.cars.count, 32);
    assert_int_equal(reading->scenario.config.building.service_limit_ma, 125000);
    assert_string_equal(reading->scenario.params[3].value, "16");
    assert_string_equal(reading->scenario.params[3].default_value, "12");
    reading_close(reading);
    reading = read_set(with_params, "dark=true", "mode=fast");
    assert_string_equal(reading->scenario.config.name, "fasttrue");
    reading_close(reading);
    reading = read_set(with_params, "sessions=05", "outlets=1");
    assert_string_equal(reading->scenario.config.name, "slow05false");
    reading_close(reading);
}

static void wrong_parameter_values_are_told(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"outlets=0", "0:0: param outlets = 0 is below 1\n"},
        {"outlets=401", "0:0: param outlets = 401 is above 400\n"},
        {"outlets=many", "0:0: param outlets = \"many\" must be a number\n"},
        {"outlets=", "0:0: param outlets = \"\" must be a number\n"},
        {"mode=fsat", "0:0: param mode = fsat is none of: slow, fast\n"},
        {"limit=5 A", "0:0: param limit = \"5 A\" is below 10 A\n"},
        {"limit=5", "0:0: param limit = \"5\": a unit is needed, expected A"},
        {"limit=5 days", "0:0: param limit = \"5 days\": unit 'days' is of time, expected A"},
        {"step=2 h", "0:0: param step = \"2 h\" is above 1 h\n"},
        {"dark=maybe", "0:0: param dark = \"maybe\" must be a boolean\n"},
        {"outlet=5", "0:0: outlet=5: no param and no field of that name (did you mean 'outlets'?)\n"},
        {"building.outlets.cuont=5", "(did you mean 'building.outlets.count'?)\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading *reading = read_set(with_params, cases[i][0], NULL);
        assert_false(reading->good);
        reading_assert_told(reading, cases[i][1]);
        assert_string_equal(reading->diagnostics[0].file, "--set");
        reading_close(reading);
    }
}

static void wrong_parameter_definitions_are_told(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"k.param { 5, hlep = \"x\" }", "1:68: k.param has no field 'hlep' (did you mean 'help'?)"},
        {"k.param { help = \"x\" }", "k.param needs a default first"},
        {"k.param { 500, max = 400 }", "1:65: param x = 500 is above 400"},
        {"k.param { \"5 A\", unit = \"curent\" }", "unit 'curent' is unknown (did you mean 'current'?)"},
        {"k.param { {} }", "k.param needs a default first"},
        {"12", "param x must be made by k.param"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[300];
        snprintf(text, sizeof text, "local k = require \"konsento\" local p = k.params { x = %s }", cases[i][0]);
        struct reading *reading = reading_text(text, NULL, NULL);
        reading_assert_told(reading, cases[i][1]);
        reading_close(reading);
    }
    struct reading *reading = reading_text(
        "local k = require \"konsento\" local p = k.params { x = k.param { 1 } } local y = p.z", NULL, NULL);
    reading_assert_told(reading, "params has no 'z'");
    reading_close(reading);
}

static void parameters_may_stand_in_the_scenario(void **state)
{
    (void)state;
    const char *text = reading_scenario("params = { outlets = k.param { 12, min = 1, help = \"x\" } },\n"
                                        "building = k.building { outlets = k.outlets { count = k.p \"outlets\" } }");
    struct reading *reading = read_set(text, "outlets=7", NULL);
    assert_true(reading->good);
    assert_int_equal(reading->scenario.config.building.outlets.count, 7);
    assert_int_equal(reading->scenario.param_count, 1);
    reading_close(reading);
    reading = read_set(reading_scenario("params = { outlets = k.param { 1 } }, seed = k.p \"outlts\""), NULL, NULL);
    reading_assert_told(reading, "3:39: seed: no param 'outlts' is declared (did you mean 'outlets'?)");
    reading_close(reading);
    reading = read_set(reading_scenario("params = { outlets = 5 }"), NULL, NULL);
    reading_assert_told(reading, "3:1: param outlets must be made by k.param");
    reading_close(reading);
}

static void settings_reach_every_path(void **state)
{
    (void)state;
    const char *text = reading_scenario("rails = { k.rail.cloud { name = \"a\" }, k.rail.cloud { name = \"b\" } }");
    struct reading *reading = read_set(text, "rails.b.latency=3 s", "rails[1].latency=2 s");
    assert_true(reading->good);
    assert_int_equal(reading->scenario.config.rails[0].cloud.latency_us, 2000000);
    assert_int_equal(reading->scenario.config.rails[1].cloud.latency_us, 3000000);
    reading_close(reading);
    reading = read_set(reading_scenario(""), "building.outlets.count=16", "rails.cloud.fee=1 %");
    assert_true(reading->good);
    assert_int_equal(reading->scenario.config.building.outlets.count, 16);
    assert_int_equal(reading->scenario.config.rails[0].cloud.fee_ppm, 10000);
    reading_close(reading);
    reading = read_set(reading_scenario("seed = 3"), "seed=18446744073709551615", "seed=5");
    assert_int_equal(reading->scenario.seed, 5);
    reading_close(reading);
    reading = read_set(reading_scenario(""), "seed=18446744073709551615", "fleet.car.knee=ac");
    assert_true(reading->scenario.seed == UINT64_MAX);
    assert_int_equal(reading->scenario.config.fleet.car.knee, KNEE_AC);
    reading_close(reading);
}

static void a_parameter_wins_over_a_field_of_its_name(void **state)
{
    (void)state;
    static const char text[] =
        "local k = require \"konsento\"\n"
        "local p = k.params { replications = k.param { 3, max = 10 } }\n"
        "return k.scenario { name = \"x\", duration = \"1 days\", replications = 2 * p.replications,\n"
        "  fleet = k.fleet.cars { count = 1 } }\n";
    struct reading *reading = reading_text(text, (const char *const[]){"replications=7", NULL}, NULL);
    if (!reading->good)
        fail_msg("%s", reading_told(reading));
    assert_int_equal(reading->scenario.replications, 14);
    reading_close(reading);
}

static void settings_are_checked_like_fields(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"duration=5 kW", "duration = \"5 kW\": unit 'kW' is of power"},
        {"building=5", "building is a table: set one of its fields, as in building.flats=..."},
        {"rails=5", "rails is a list: set a field of one item"},
        {"rails[1]=5", "no param and no field of that name"},
        {"rails[2].fee=5 %", "no param and no field of that name (did you mean 'rails[1].fee'?)"},
        {"building.outlets.count=0", "must be a whole number in 1 .. 10000, or \"each\", got \"0\""},
        {"fleet.count=99999999999999999999", "must be a whole number"},
        {"fleet.count=5x", "must be a whole number"},
        {"thresholds=x", "thresholds is changed in the file, not by --set"},
        {"=5", "no param and no field of that name"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading *reading = read_set(reading_scenario(""), cases[i][0], NULL);
        assert_false(reading->good);
        assert_string_equal(reading->diagnostics[0].file, "--set");
        reading_assert_told(reading, cases[i][1]);
        reading_close(reading);
    }
}

static void write_text(const char *name, const char *text)
{
    reading_write(name, text, strlen(text));
}

static const char base[] = "local k = require \"konsento\"\n"
                           "local p = k.params { cars = k.param { 4, min = 1 } }\n"
                           "return k.scenario { name = \"base\", duration = \"7 days\",\n"
                           "  fleet = k.fleet.cars { count = p.cars, car = k.car { battery = \"20 kWh\" } },\n"
                           "  building = k.building { flats = 7, outlets = k.outlets { count = 2 } },\n"
                           "  tariff = function(t) return p.cars end,\n"
                           "}\n";

static void a_scenario_extends_another_file(void **state)
{
    (void)state;
    char path[300];
    write_text("base.lua", base);
    write_text("more.lua", "local k = require \"konsento\"\n"
                           "return k.extend(k.include \"base.lua\") {\n"
                           "  name = \"more\",\n"
                           "  building = { outlets = { count = 3 } },\n"
                           "  rails = { k.rail.cloud { name = \"x\" } },\n"
                           "}\n");
    snprintf(path, sizeof path, "%s/more.lua", reading_folder());
    const char *const settings[] = {"cars=9", NULL};
    struct reading *reading = reading_file(path, settings);
    if (!reading->good)
        fail_msg("%s", reading_told(reading));
    const struct world_config *config = &reading->scenario.config;
    assert_string_equal(config->name, "more");
    assert_int_equal(config->building.flats, 7);
    assert_int_equal(config->building.outlets.count, 3);
    assert_int_equal(config->fleet.cars.count, 9);
    assert_int_equal(reading->scenario.source_count, 2);
    assert_string_equal(reading->scenario.sources[1].text, base);
    reading_close(reading);
}

static void errors_in_an_extension_have_their_own_place(void **state)
{
    (void)state;
    write_text("base.lua", base);
    static const char text[] = "local k = require \"konsento\"\n"
                               "return k.extend(k.include \"base.lua\") {\n"
                               "  building = {\n"
                               "    outlets = { cuont = 3, voltage = 5 },\n"
                               "  },\n"
                               "  durtion = 5,\n"
                               "}\n";
    struct reading *reading = reading_file(reading_write("worse.lua", text, sizeof text - 1), NULL);
    reading_assert_told(reading, "4:17: outlets has no field 'cuont' (did you mean 'count'?)\n");
    reading_assert_told(reading, "4:28: building.outlets.voltage = 5 is outside 100 V .. 480 V\n");
    reading_assert_told(reading, "6:3: scenario has no field 'durtion' (did you mean 'duration'?)\n");
    reading_close(reading);
}

static void an_include_may_fix_parameters(void **state)
{
    (void)state;
    write_text("base.lua", base);
    static const char good[] = "return require(\"konsento\").include(\"base.lua\", { cars = 6 })";
    struct reading *reading = reading_file(reading_write("fixed.lua", good, sizeof good - 1), NULL);
    assert_true(reading->good);
    assert_int_equal(reading->scenario.config.fleet.cars.count, 6);
    assert_int_equal(reading->scenario.param_count, 0);
    reading_close(reading);
    static const char bad[] = "return require(\"konsento\").include(\"base.lua\", { crs = 6 })";
    reading = reading_file(reading_write("fixed.lua", bad, sizeof bad - 1), NULL);
    reading_assert_told(reading, "the file has no param 'crs' (did you mean 'cars'?)");
    reading_close(reading);
}

static void circles_of_includes_are_told(void **state)
{
    (void)state;
    write_text("a.lua", "return require(\"konsento\").include \"b.lua\"");
    write_text("b.lua", "return require(\"konsento\").include \"a.lua\"");
    char path[300];
    snprintf(path, sizeof path, "%s/a.lua", reading_folder());
    struct reading *reading = reading_file(path, NULL);
    reading_assert_told(reading, "a.lua includes itself");
    reading_close(reading);
    write_text("b.lua", "return require(\"konsento\").include \"gone.lua\"");
    reading = reading_file(path, NULL);
    reading_assert_told(reading, "k.include 'gone.lua': cannot be read: No such file or directory");
    assert_non_null(strstr(reading->diagnostics[0].file, "b.lua"));
    reading_close(reading);
}

static void require_loads_a_file_once(void **state)
{
    (void)state;
    char text[3000], path[300];
    write_text("prices.lua", "require(\"konsento\").note(\"read\")\nreturn { night = 16.52 }");
    snprintf(text, sizeof text, "local a, b = require \"prices\", require \"prices\" assert(a == b)\n%s",
             reading_scenario("tariff = k.tariff.flat { price = require(\"prices\").night }"));
    snprintf(path, sizeof path, "%s", reading_write("user.lua", text, strlen(text)));
    struct reading *reading = reading_file(path, NULL);
    assert_true(reading->good);
    assert_int_equal(reading->count, 1);
    assert_int_equal(reading->scenario.config.tariff.price_uyen_per_kwh, 16520000);
    reading_close(reading);
}

static void paths_are_found_beside_the_scenario_or_where_one_works(void **state)
{
    (void)state;
    write_text("s.csv", "evse,arrival_min\n");
    static const char text[] = "local k = require \"konsento\"\n"
                               "local p = k.params { sessions = k.param { \"s.csv\" } }\n"
                               "return k.scenario { name = \"x\", duration = \"1 days\",\n"
                               "  fleet = k.fleet.replay { sessions = p.sessions } }";
    char path[300], opened[400];
    snprintf(path, sizeof path, "%s", reading_write("replay.lua", text, sizeof text - 1));
    struct reading *reading = reading_file(path, NULL);
    assert_true(reading->good);
    snprintf(opened, sizeof opened, "%s/s.csv", reading_folder());
    assert_string_equal(reading->scenario.config.fleet.replay.path, opened);
    assert_non_null(strstr(reading->scenario.completed, "sessions = \"s.csv\""));
    reading_close(reading);
    char set[450];
    snprintf(set, sizeof set, "sessions=%s", opened);
    const char *const settings[] = {set, NULL}, *const gone[] = {"sessions=gone.csv", NULL};
    reading = reading_file(path, settings);
    assert_string_equal(reading->scenario.config.fleet.replay.path, opened);
    reading_close(reading);
    reading = reading_file(path, gone);
    reading_assert_told(reading, "0:0: param sessions: fleet.sessions = \"gone.csv\": no such file");
    reading_close(reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_have_defaults),
        cmocka_unit_test(settings_change_parameters),
        cmocka_unit_test(wrong_parameter_values_are_told),
        cmocka_unit_test(wrong_parameter_definitions_are_told),
        cmocka_unit_test(parameters_may_stand_in_the_scenario),
        cmocka_unit_test(settings_reach_every_path),
        cmocka_unit_test(a_parameter_wins_over_a_field_of_its_name),
        cmocka_unit_test(settings_are_checked_like_fields),
        cmocka_unit_test(a_scenario_extends_another_file),
        cmocka_unit_test(errors_in_an_extension_have_their_own_place),
        cmocka_unit_test(an_include_may_fix_parameters),
        cmocka_unit_test(circles_of_includes_are_told),
        cmocka_unit_test(require_loads_a_file_once),
        cmocka_unit_test(paths_are_found_beside_the_scenario_or_where_one_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
