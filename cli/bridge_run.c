/* bridge_run.c: konsento bridge run: one replication of each rail, in step with its devices.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/bridge_run.h"

#include "cli/bridge_look.h"
#include "cli/bridge_report.h"
#include "cli/commands.h"
#include "cli/describe.h"
#include "cli/exit_codes.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "cli/version.h"
#include "scenarios/lang/quantity.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HARD_LIMIT_US INT64_C(100000)

struct bridge_run {
    const struct arguments *arguments;
    struct bridge_settings settings;
    struct bridge_site sites[CONFIG_RAILS_MAX];
    size_t site_count;
    pthread_mutex_t lock;
    char *text;
};

struct bridge_run *bridge_run_new(const struct arguments *arguments)
{
    struct bridge_run *run = calloc(1, sizeof *run);
    if (run == NULL) {
        complain("memory is out");
        return NULL;
    }
    run->arguments = arguments;
    pthread_mutex_init(&run->lock, NULL);
    return run;
}

void bridge_run_free(struct bridge_run *run)
{
    pthread_mutex_destroy(&run->lock);
    free(run->text);
    free(run);
}

/* ---- how it keeps step ------------------------------------------------------------------------------------------ */

static bool has_real(const struct bridge_run *run)
{
    for (size_t i = 0; i < run->site_count; i++)
        if (run->sites[i].plan.has_real)
            return true;
    return false;
}

static bool read_policy(struct bridge_run *run)
{
    static const char *const names[] = {[PACE_CATCHUP] = "catchup", [PACE_SLIP] = "slip", [PACE_HARD] = "hard"};
    run->settings.policy = has_real(run) ? PACE_HARD : PACE_CATCHUP;
    if (!run->arguments->given[OPTION_LAG])
        return true;
    for (int i = PACE_CATCHUP; i <= PACE_HARD; i++)
        if (strcmp(run->arguments->text[OPTION_LAG], names[i]) == 0) {
            run->settings.policy = (enum pace_policy)i;
            return true;
        }
    complain("bridge: --lag %s: there are catchup, slip, hard", run->arguments->text[OPTION_LAG]);
    return false;
}

static bool read_limit(struct bridge_run *run)
{
    struct quantity quantity;
    const char *text = run->arguments->text[OPTION_LAG_LIMIT];
    run->settings.limit_us = HARD_LIMIT_US;
    if (!run->arguments->given[OPTION_LAG_LIMIT])
        return true;
    bool is_read = quantity_parse(&quantity, text, DIMENSION_BIT(DIMENSION_TIME)) == QUANTITY_OK && quantity.atoms > 0;
    if (is_read)
        run->settings.limit_us = quantity.atoms;
    else
        complain("bridge: --lag-limit %s: wanted is a time such as '100 ms'", text);
    return is_read;
}

static bool read_rate(struct bridge_run *run)
{
    bool is_asked = run->arguments->given[OPTION_RATE];
    run->settings.rest = run->arguments->given[OPTION_AWAKE] ? PACE_AWAKE : PACE_ASLEEP;
    run->settings.rate = is_asked ? (double)run->arguments->number[OPTION_RATE] : 1;
    if (run->settings.rate == 1 || !has_real(run))
        return true;
    complain("bridge: --rate %s: real devices live in real time; only with virtual ones (virtual = \"yes\") the rate "
             "may be another",
             run->arguments->text[OPTION_RATE]);
    return false;
}

/* One socket is one rail's. */
static bool read_settlements(struct bridge_run *run)
{
    size_t count = 0;
    for (size_t i = 0; i < run->site_count; i++)
        count += run->sites[i].plan.count > 0 &&
                 run->sites[i].plan.scenario->config.rails[run->sites[i].plan.rail].kind == RAIL_NODE;
    if (run->arguments->given[OPTION_SETTLEMENTS])
        run->settings.settlements = run->arguments->text[OPTION_SETTLEMENTS];
    if (count == 1 || run->settings.settlements == NULL)
        return true;
    complain("bridge: --settlements is for one rail.node that has a device; there are %zu", count);
    return false;
}

/* ---- who has looked at what ------------------------------------------------------------------------------------- */

/* RAIL/OUTLET. Returns false if there is none. */
static bool mark_looked_at(struct bridge_run *run, const char *word, size_t length)
{
    for (size_t i = 0; i < run->site_count; i++) {
        struct bridge_site *site = &run->sites[i];
        const char *rail = site->plan.scenario->config.rails[site->plan.rail].name;
        for (uint32_t device = 0; device < site->plan.count; device++) {
            char name[256];
            snprintf(name, sizeof name, "%s/%" PRIu32, rail, site->plan.devices[device].config->outlet);
            if (strlen(name) != length || strncmp(name, word, length) != 0)
                continue;
            site->is_looked_at[device] = true;
            return true;
        }
    }
    return false;
}

static bool read_looked_at(struct bridge_run *run)
{
    const char *word = run->arguments->given[OPTION_LOOKED_AT] ? run->arguments->text[OPTION_LOOKED_AT] : "";
    while (*word != '\0') {
        size_t length = strcspn(word, ",");
        if (!mark_looked_at(run, word, length)) {
            complain("bridge: --looked-at %.*s: no device; wanted is RAIL/OUTLET", (int)length, word);
            return false;
        }
        word += length + (word[length] == ',');
    }
    return true;
}

/* ---- sites ------------------------------------------------------------------------------------------------------ */

/* NAME of the rail, as a file has it. */
static char *journal_path(const char *folder, const char *rail)
{
    char slug[DESCRIBE_SLUG_BYTES], *path;
    describe_slug(slug, rail);
    return asprintf(&path, "%s/%s.hwj", folder, slug) < 0 ? NULL : path;
}

static bool write_facts(struct bridge_site *site, const struct request *request)
{
    struct pool pool = {.failed = false};
    char program[VERSION_NAME_BYTES], number[32];
    char *command = request_command(request, REQUEST_WHOLE);
    const char *hash = describe_point_hash(&pool, request);
    bool has_all = command != NULL && hash != NULL;
    version_name(program);
    snprintf(number, sizeof number, "%" PRIu64, request->seed);
    if (has_all) {
        bridge_site_fact(site, "program", program);
        bridge_site_fact(site, "scenario", hash);
        bridge_site_fact(site, "rail", request->scenario->config.rails[site->plan.rail].name);
        bridge_site_fact(site, "seed", number);
        bridge_site_fact(site, "command", command);
    }
    free(command);
    pool_close(&pool);
    return has_all;
}

static bool make_sites(struct bridge_run *run, const struct request *request, const char *folder)
{
    bool is_good = true;
    enum bridge_reach reach = run->arguments->given[OPTION_ALLOW_NETWORK] ? BRIDGE_NETWORK : BRIDGE_LOOPBACK;
    for (size_t rail = 0; rail < request->scenario->config.rail_count; rail++) {
        struct bridge_site *site = &run->sites[run->site_count++];
        is_good = bridge_plan_make(&site->plan, request->scenario, rail,
                                   bridge_plan_outlets(request->scenario, request->input), reach) &&
                  is_good;
        char *path = journal_path(folder, request->scenario->config.rails[rail].name);
        bridge_site_init(site, &run->settings, path, &run->lock);
        if (path == NULL || !write_facts(site, request)) {
            complain("memory is out");
            return false;
        }
    }
    return is_good;
}

/* All devices are there, and their settings are safe. */
static bool preflight(struct bridge_run *run)
{
    bool is_good = true;
    for (size_t i = 0; i < run->site_count; i++)
        is_good = (run->sites[i].plan.count == 0 ||
                   bridge_look_preflight(&run->sites[i].plan, run->arguments->given[OPTION_UNSAFE],
                                         run->arguments->given[OPTION_QUIET])) &&
                  is_good;
    return is_good;
}

/* Nothing is switched by two rails. */
static bool are_apart(const struct bridge_run *run)
{
    const struct bridge_plan *plans[CONFIG_RAILS_MAX];
    for (size_t i = 0; i < run->site_count; i++)
        plans[i] = &run->sites[i].plan;
    return bridge_drivers_are_apart(plans, run->site_count);
}

bool bridge_run_open(struct bridge_run *run, const struct request *request, const char *folder)
{
    return make_sites(run, request, folder) && are_apart(run) && read_looked_at(run) && read_policy(run) &&
           read_limit(run) && read_rate(run) && read_settlements(run) && preflight(run);
}

static const struct world_devices *devices(void *self, uint32_t rail)
{
    struct bridge_run *run = self;
    struct bridge_site *site = &run->sites[rail];
    return site->plan.count > 0 ? &site->hook : NULL;
}

static void panic(void *self)
{
    struct bridge_run *run = self;
    for (size_t i = 0; i < run->site_count; i++)
        bridge_site_panic(&run->sites[i]);
}

void bridge_run_order(struct bridge_run *run, struct study_order *order)
{
    order->unit.devices = devices;
    order->unit.devices_self = run;
    order->stops_at_once = true;
    signals_before_abort(panic, run);
    order->jobs = (unsigned)run->site_count; /* all side by side: they share real time */
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

const char *bridge_run_text(struct bridge_run *run)
{
    size_t size = 0;
    FILE *out = run->text == NULL ? open_memstream(&run->text, &size) : NULL;
    for (size_t i = 0; i < run->site_count && out != NULL; i++)
        if (run->sites[i].outcome.has_run)
            bridge_report_print(out, &run->sites[i]);
    if (out != NULL && fclose(out) != 0) {
        free(run->text);
        run->text = NULL;
    }
    return run->text == NULL ? "" : run->text;
}

bool bridge_run_complained(struct bridge_run *run)
{
    bool has_complained = false;
    for (size_t i = 0; i < run->site_count; i++)
        has_complained = has_complained || *run->sites[i].why != '\0';
    return has_complained;
}

/* An outlet that nobody knows to be off is no success, whatever the tables say. */
static bool tell_on(const struct bridge_site *site)
{
    for (uint32_t i = 0; i < site->plan.count; i++)
        if (site->outcome.may_be_on[i])
            complain("outlet %" PRIu32 ", %s: may be ON: look at it; only a working lease ends it",
                     site->plan.devices[i].config->outlet, site->plan.devices[i].config->address);
    return site->outcome.unconfirmed > 0;
}

int bridge_run_close(struct bridge_run *run, int code, bool is_json)
{
    signals_before_abort(NULL, NULL);
    bool is_stopped = code == CODE_INTERRUPTED || code == CODE_INCOMPLETE;
    fputs(bridge_run_text(run), is_json || is_stopped ? stderr : stdout);
    for (size_t i = 0; i < run->site_count; i++) {
        struct bridge_site *site = &run->sites[i];
        if (*site->why != '\0')
            complain("%s", site->why);
        bool is_bad = tell_on(site) || *site->why != '\0' || site->outcome.end == SIM_END_LATE;
        code = is_bad ? CODE_FAILURE : code;
        bridge_site_close(site);
    }
    return code;
}
