/* bridge.c: konsento bridge: runs with devices, and the doctor who looks at them.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
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

static int look_at(const struct arguments *arguments, const struct scenario *scenario)
{
    enum bridge_reach reach = arguments->given[OPTION_ALLOW_NETWORK] ? BRIDGE_NETWORK : BRIDGE_LOOPBACK;
    bool is_good = true;
    struct bridge_plan *plan = malloc(sizeof *plan);
    if (plan == NULL) {
        complain("memory is out");
        return CODE_FAILURE;
    }
    for (size_t rail = 0; rail < scenario->config.rail_count && is_good; rail++)
        is_good = bridge_plan_make(plan, scenario, rail, UINT32_MAX, reach);
    int code = is_good ? CODE_OK : CODE_USAGE;
    for (size_t rail = 0; rail < scenario->config.rail_count && is_good; rail++) {
        (void)bridge_plan_make(plan, scenario, rail, UINT32_MAX, reach);
        if (plan->count > 0 && !bridge_look_doctor(plan))
            code = CODE_FAILURE;
    }
    free(plan);
    return code;
}

static int doctor(const struct arguments *arguments)
{
    struct loaded loaded;
    int code = CODE_USAGE;
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
