/* bridge.c: konsento bridge: runs with devices, and the doctor who looks at them.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/bridge_drivers.h"
#include "cli/bridge_look.h"
#include "cli/bridge_run.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/loaded.h"
#include "cli/signals.h"
#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>

static int run(const struct arguments *arguments)
{
    struct bridge_run *bridge = bridge_run_new(arguments);
    if (bridge == NULL)
        return CODE_FAILURE;
    int code = run_scenario(arguments, bridge);
    bridge_run_free(bridge);
    return code;
}

/* Nothing is switched if one of them cannot be looked at. */
static bool make_plans(struct bridge_plan *plans, const struct arguments *arguments, const struct scenario *scenario)
{
    enum bridge_reach reach = arguments->given[OPTION_ALLOW_NETWORK] ? BRIDGE_NETWORK : BRIDGE_LOOPBACK;
    const struct bridge_plan *all[CONFIG_RAILS_MAX];
    size_t count = scenario->config.rail_count;
    for (size_t rail = 0; rail < count; rail++) {
        all[rail] = &plans[rail];
        if (!bridge_plan_make(&plans[rail], scenario, rail, UINT32_MAX, reach))
            return false;
    }
    return bridge_drivers_are_apart(all, count);
}

static int look_at(const struct arguments *arguments, const struct scenario *scenario)
{
    struct bridge_plan *plans = calloc(scenario->config.rail_count, sizeof *plans);
    if (plans == NULL) {
        complain("memory is out");
        return CODE_FAILURE;
    }
    bool is_good = make_plans(plans, arguments, scenario);
    int code = is_good ? CODE_OK : CODE_USAGE;
    for (size_t rail = 0; rail < scenario->config.rail_count && is_good; rail++)
        if (plans[rail].count > 0 && !bridge_look_doctor(&plans[rail]))
            code = CODE_FAILURE;
    free(plans);
    return code;
}

static const char *text_of(const struct arguments *arguments, enum option_id option)
{
    return arguments->given[option] ? arguments->text[option] : "";
}

static enum scenario_driver driver_of(const char *address)
{
    if (strncmp(address, "mqtt", 4) == 0)
        return SCENARIO_DRIVER_MQTT;
    return strncmp(address, "ws", 2) == 0 ? SCENARIO_DRIVER_OCPP : SCENARIO_DRIVER_MODBUS;
}

/* What the address alone does not tell. Returns false, and says what is missing. */
static bool has_enough(const struct arguments *arguments, const struct address *parts)
{
    const char *address = arguments->words[0], *wanted = NULL;
    bool has_pair = arguments->given[OPTION_CERTIFICATE] && arguments->given[OPTION_KEY];
    if (driver_of(address) == SCENARIO_DRIVER_MODBUS && !arguments->given[OPTION_DIALECT])
        wanted = "--dialect: relay, keba, abb or wallbe, for each is written to in its own way";
    else if (strcmp(parts->scheme, "mqtts") == 0 && !arguments->given[OPTION_CA])
        wanted = "--ca FILE: the certificates by which the broker is believed";
    else if (strcmp(parts->scheme, "wss") == 0 && !has_pair)
        wanted = "--certificate FILE and --key FILE: the charger believes us by them";
    if (wanted != NULL)
        complain("bridge doctor: %s needs %s", address, wanted);
    return wanted == NULL;
}

/* An outlet as in Japanese apartments. */
static void describe_device(struct scenario *scenario, const struct arguments *arguments)
{
    scenario->config.building.outlets = (struct outlet_config){
        .voltage_v = 200, .phases = 1, .current_ma = 16000, .meter_resolution_uj = INT64_C(3600000000)};
    scenario->config.rails[0].name = "";
    scenario->config.rail_count = 1;
    scenario->device_count = 1;
    scenario->devices[0] = (struct scenario_device){.driver = driver_of(arguments->words[0]),
                                                    .address = arguments->words[0],
                                                    .dialect = text_of(arguments, OPTION_DIALECT),
                                                    .options = "",
                                                    .outlet = 1,
                                                    .rail = "",
                                                    .lease_us = 30000000,
                                                    .meter_us = 10000000,
                                                    .user = text_of(arguments, OPTION_USER),
                                                    .password_file = text_of(arguments, OPTION_PASSWORD_FILE),
                                                    .ca_file = text_of(arguments, OPTION_CA),
                                                    .cert_file = text_of(arguments, OPTION_CERTIFICATE),
                                                    .key_file = text_of(arguments, OPTION_KEY)};
}

/* One device without a scenario. */
static int doctor_address(const struct arguments *arguments)
{
    struct address parts;
    char why[300];
    if (!address_read(&parts, arguments->words[0], "mqtt mqtts ws wss modbus-tcp modbus-rtu", why, sizeof why)) {
        complain("bridge doctor: %s", why);
        return CODE_USAGE;
    }
    if (!has_enough(arguments, &parts))
        return CODE_USAGE;
    struct scenario *scenario = calloc(1, sizeof *scenario);
    if (scenario == NULL) {
        complain("memory is out");
        return CODE_FAILURE;
    }
    describe_device(scenario, arguments);
    signals_catch("\n");
    int code = look_at(arguments, scenario);
    free(scenario);
    return code;
}

static int doctor(const struct arguments *arguments)
{
    struct loaded loaded;
    int code = CODE_USAGE;
    if (strstr(arguments->words[0], "://") != NULL)
        return doctor_address(arguments);
    if (loaded_open(&loaded, arguments, arguments->words[0], LOADED_PLAIN) > 0)
        return code;
    signals_catch("\n");
    if (loaded.scenario.device_count > 0)
        code = look_at(arguments, &loaded.scenario);
    else
        complain("%s has no devices", arguments->words[0]);
    loaded_close(&loaded);
    return code;
}

/* The first word says what to do; the rest is as if it were a command of its own. */
int command_bridge(const struct arguments *arguments)
{
    struct arguments *rest = malloc(sizeof *rest);
    int code = CODE_USAGE;
    if (rest == NULL) {
        complain("memory is out");
        return CODE_FAILURE;
    }
    *rest = *arguments;
    rest->word_count--;
    memmove(rest->words, rest->words + 1, rest->word_count * sizeof rest->words[0]);
    if (strcmp(arguments->words[0], "run") == 0)
        code = run(rest);
    else if (strcmp(arguments->words[0], "doctor") == 0)
        code = doctor(rest);
    else
        complain("bridge %s: there are run and doctor: konsento bridge run FILE", arguments->words[0]);
    free(rest);
    return code;
}
