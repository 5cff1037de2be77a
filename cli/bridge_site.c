/* bridge_site.c: one rail's devices in one run.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/bridge_site.h"

#include "cli/terminal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define OFF_AT_END_MS 5000
#define PANIC_MS      1000

__attribute__((format(printf, 2, 3))) static bool fail(struct bridge_site *site, const char *format, ...)
{
    va_list rest;
    va_start(rest, format);
    vsnprintf(site->why, sizeof site->why, format, rest);
    va_end(rest);
    return false;
}

/* ---- the journal's header --------------------------------------------------------------------------------------- */

void bridge_site_fact(struct bridge_site *site, const char *key, const char *value)
{
    size_t left = strlen(value);
    do {
        struct bridge_fact *fact = &site->facts[site->fact_count];
        size_t part = left < JOURNAL_TEXT_MAX - 1 ? left : JOURNAL_TEXT_MAX - 1;
        if (site->fact_count == BRIDGE_FACTS_MAX)
            return; /* longer than any command line that is read again */
        site->fact_count++;
        snprintf(fact->key, sizeof fact->key, "%s", key);
        memcpy(fact->value, value, part);
        fact->value[part] = '\0';
        value += part;
        left -= part;
    } while (left > 0);
}

static bool write_facts(struct bridge_site *site)
{
    for (size_t i = 0; i < site->fact_count; i++) {
        struct journal_record record = {.kind = JOURNAL_HEADER};
        snprintf(record.key, sizeof record.key, "%s", site->facts[i].key);
        snprintf(record.value, sizeof record.value, "%s", site->facts[i].value);
        if (!journal_write(&site->journal, &record))
            return false;
    }
    return true;
}

/* Reads the header up to the first record of another kind. */
static bool read_facts(struct bridge_site *site, struct journal_record *first, enum journal_result *result)
{
    size_t at = 0;
    while ((*result = journal_read(&site->reader, first)) == JOURNAL_OK && first->kind == JOURNAL_HEADER) {
        const struct bridge_fact *fact = &site->facts[at++];
        if (at > site->fact_count || strcmp(first->key, fact->key) != 0 || strcmp(first->value, fact->value) != 0)
            return fail(site, "%s is of another run (%s: %s); name another folder with -o, or start anew with --force",
                        site->journal_path, first->key, first->value);
    }
    return at == site->fact_count || *result != JOURNAL_OK || fail(site, "%s is of another run", site->journal_path);
}

/* ---- payments of another node ----------------------------------------------------------------------------------- */

static const struct node_config *node_of(const struct bridge_site *site)
{
    return &site->plan.scenario->config.rails[site->plan.rail].node;
}

/* Number of the invoice; as many as there are: none has this hash. */
static size_t find_invoice(const struct bridge_site *site, const uint8_t payment_hash[32])
{
    const struct node_config *node = node_of(site);
    char hex[65];
    size_t at = 0;
    for (size_t i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", payment_hash[i]);
    while (at < node->invoice_count && strcmp(node->invoices[at].payment_hash, hex) != 0)
        at++;
    return at;
}

/* What a node has told of counts here, whoever it was told to at first: the socket, or a journal. */
static void on_settlement(void *self, const struct journal_settlement *settlement)
{
    struct bridge_site *site = self;
    bool counts = site->ears.on_paid(site->ears.outlets.self, settlement->payment_hash);
    size_t invoice = find_invoice(site, settlement->payment_hash);
    if (invoice < node_of(site)->invoice_count)
        site->was_told[invoice] = true;
    site->outcome.settled += counts;
    site->outcome.unsettled += !counts;
}

static enum settlement_result on_proof(void *self, const struct journal_settlement *settlement)
{
    struct bridge_site *site = self;
    size_t invoice = find_invoice(site, settlement->payment_hash);
    if (invoice == node_of(site)->invoice_count)
        return SETTLEMENT_STRANGER;
    if (site->was_told[invoice])
        return SETTLEMENT_REPEATED;
    if (!live_settle(site->live, settlement))
        return SETTLEMENT_BUSY;
    site->was_told[invoice] = true;
    return SETTLEMENT_OK;
}

static bool open_door(struct bridge_site *site, char *why, size_t why_size)
{
    struct bridge_drivers *drivers = &site->drivers;
    bool is_asked =
        site->settings->settlements != NULL && site->plan.scenario->config.rails[site->plan.rail].kind == RAIL_NODE;
    if (!is_asked)
        return true;
    if (drivers->count == LIVE_DRIVERS_MAX) {
        snprintf(why, why_size, "more than %d brokers, ports, buses and sockets", LIVE_DRIVERS_MAX);
        return false;
    }
    if (!settlement_open(&drivers->drivers[drivers->count],
                         &(struct settlement_options){site->settings->settlements, site, on_proof}, why, why_size))
        return false;
    site->door = &drivers->drivers[drivers->count++];
    return true;
}

/* ---- opening ---------------------------------------------------------------------------------------------------- */

static bool open_reader(struct bridge_site *site, struct journal_record *first, enum journal_result *result)
{
    int error = journal_reader_open(&site->reader, site->journal_path);
    if (error != 0)
        return fail(site, "%s: %s", site->journal_path,
                    error == EINVAL ? "is no journal of this version" : strerror(error));
    return read_facts(site, first, result);
}

static bool make_bridge(struct bridge_site *site, const struct journal_record *first)
{
    site->replay = replay_new(site->sim, &site->reader, first);
    if (site->replay != NULL)
        site->bridge = bridge_new(&(struct bridge_options){.sim = site->sim,
                                                           .outlets = site->plan.outlets,
                                                           .outlet_count = site->plan.count,
                                                           .wire = replay_wire(site->replay),
                                                           .listener = site->ears.outlets,
                                                           .payee = {site, on_settlement}});
    return site->bridge != NULL || fail(site, "memory is out");
}

/* With what pace and what devices, from start_us on. */
static bool open_live(struct bridge_site *site, int64_t start_us)
{
    char why[400];
    site->pace = pace_open(&(struct pace_options){.policy = site->settings->policy,
                                                  .rest = site->settings->rest,
                                                  .speed = site->settings->rate,
                                                  .limit_us = site->settings->limit_us,
                                                  .start_us = start_us,
                                                  .interrupt = site->interrupt});
    site->live = live_new();
    if (site->pace == NULL || site->live == NULL)
        return fail(site, "%s", strerror(errno));
    const struct hw_sink sink = live_sink(site->live);
    pthread_mutex_lock(site->lock);
    bool is_open = bridge_drivers_open(&site->drivers, &site->plan, &sink, why, sizeof why);
    if (is_open && !open_door(site, why, sizeof why)) {
        bridge_drivers_close(&site->drivers);
        is_open = false;
    }
    pthread_mutex_unlock(site->lock);
    if (!is_open)
        return fail(site, "%s", why);
    const struct live_options options = {.sim = site->sim,
                                         .pace = site->pace,
                                         .rate = site->settings->rate,
                                         .outlets = site->plan.outlets,
                                         .driver_of = site->drivers.driver_of,
                                         .outlet_count = site->plan.count,
                                         .drivers = site->drivers.drivers,
                                         .driver_count = site->drivers.count,
                                         .journal = &site->journal,
                                         .listener = site->ears.outlets,
                                         .payee = {site, on_settlement},
                                         .bridge = site->bridge};
    if (!live_open(site->live, &options))
        return fail(site, "%s", strerror(errno));
    site->bridge = live_bridge(site->live);
    return true;
}

/* Without a record behind the header nothing has happened: it is written anew. */
static bool open_anew(struct bridge_site *site)
{
    journal_reader_close(&site->reader);
    (void)unlink(site->journal_path);
    int error = journal_open(&site->journal, site->journal_path);
    if (error != 0 || !write_facts(site))
        return fail(site, "%s: %s", site->journal_path, strerror(error != 0 ? error : site->journal.error));
    site->goes_on = false;
    return open_live(site, 0);
}

static bool on_open(void *self, struct sim *sim, const struct world_ears *ears, const volatile int *interrupt)
{
    struct bridge_site *site = self;
    struct journal_record first;
    enum journal_result result = JOURNAL_NO_MORE;
    site->sim = sim;
    site->ears = *ears;
    site->interrupt = interrupt;
    site->goes_on = access(site->journal_path, F_OK) == 0;
    if (!site->goes_on && !site->is_replay)
        return open_anew(site);
    if (!open_reader(site, &first, &result))
        return false;
    if (result == JOURNAL_OK)
        return make_bridge(site, &first);
    if (site->is_replay || result == JOURNAL_BROKEN || result == JOURNAL_NO_RECORD || result == JOURNAL_UNREADABLE)
        return fail(site, "%s, line %" PRIu64 ": is damaged, or there is nothing behind it", site->journal_path,
                    site->reader.line);
    return open_anew(site);
}

static struct outlet_port port(void *self, uint32_t device)
{
    return bridge_port(((struct bridge_site *)self)->bridge, device);
}

/* ---- running ---------------------------------------------------------------------------------------------------- */

static void look_at_outlets(struct bridge_site *site)
{
    for (uint32_t i = 0; i < site->plan.count; i++) {
        bool is_stuck = bridge_outlet(site->bridge, i)->state == HW_OUTLET_STUCK;
        site->outcome.may_be_on[i] = is_stuck || !live_is_confirmed(site->live, i);
        site->outcome.unconfirmed += site->outcome.may_be_on[i];
        site->outcome.unsafe_us[i] = live_unsafe_us(site->live, i);
    }
}

static void look(struct bridge_site *site)
{
    look_at_outlets(site);
    struct bridge_outcome *outcome = &site->outcome;
    outcome->lag_us = *pace_lag(site->pace);
    outcome->slipped_us = pace_slipped_us(site->pace);
    outcome->tally = *live_tally(site->live);
    outcome->service_us = outcome->tally.service_us;
    if (site->door != NULL)
        memcpy(site->door_counts, settlement_counts(site->door), sizeof site->door_counts);
    outcome->journal_bytes = site->journal.bytes;
    outcome->journal_lines = site->journal.lines;
}

static enum sim_end run_live(struct bridge_site *site, int64_t until_us)
{
    struct clock_port clock = pace_port(site->pace);
    struct sim_input input = live_input(site->live);
    site->thread = pthread_self();
    site->is_running = true;
    enum sim_end end = sim_run_paced(site->sim, &clock, &input, until_us);
    site->outcome.has_run = true;
    site->outcome.end = end;
    (void)live_end(site->live, end, OFF_AT_END_MS);
    site->is_running = false;
    look(site);
    if (live_error(site->live) == 0)
        return end;
    (void)fail(site, "%s: %s", site->journal_path, strerror(live_error(site->live)));
    return SIM_END_INTERRUPT; /* no result: it may go on */
}

/* Where on the axis the run is back: as much later as time has passed, but early enough to read the devices. */
static int64_t resume_us(struct bridge_site *site, int64_t until_us)
{
    int64_t idle_us = 0, now_us = sim_now_us(site->sim), last_us = until_us - site->plan.closing_us;
    if (journal_idle_us(site->journal_path, &idle_us) != 0)
        idle_us = 0; /* then what was due meanwhile comes late */
    int64_t least_us = (now_us > site->bridge->taken_us ? now_us : site->bridge->taken_us) + 1;
    int64_t at_us = least_us + (int64_t)((double)idle_us * site->settings->rate);
    at_us = at_us < last_us ? at_us : last_us;
    return at_us > least_us ? at_us : least_us;
}

/* What people say comes in like what devices say: it stands in the journal. */
static void tell_looked_at(struct bridge_site *site)
{
    for (uint32_t i = 0; i < site->plan.count; i++) {
        const struct hw_outlet *outlet = bridge_outlet(site->bridge, i);
        bool is_latched = outlet->state == HW_OUTLET_STUCK || outlet->state == HW_OUTLET_FAULT;
        if (site->is_looked_at[i] && is_latched)
            live_look_at(site->live, i);
        else if (site->is_looked_at[i])
            complain("outlet %" PRIu32 ", %s: is not latched, but %s", site->plan.devices[i].config->outlet,
                     site->plan.devices[i].config->address, hw_outlet_state_name(outlet->state));
    }
}

/* The journal is read to its end: from here on with devices. */
static enum sim_end go_on(struct bridge_site *site, int64_t until_us)
{
    int64_t at_us = resume_us(site, until_us);
    int error = journal_continue(&site->journal, site->journal_path, &site->reader);
    if (error != 0) {
        (void)fail(site, "%s: %s", site->journal_path, strerror(error));
        return SIM_END_INTERRUPT;
    }
    if (!open_live(site, at_us))
        return SIM_END_INTERRUPT;
    site->outcome.has_resumed = true;
    site->outcome.resumed_us = at_us;
    if (!live_resume(site->live, at_us)) {
        (void)fail(site, "%s: %s", site->journal_path, strerror(live_error(site->live)));
        return SIM_END_INTERRUPT;
    }
    tell_looked_at(site);
    return run_live(site, until_us);
}

static enum sim_end on_run(void *self, struct sim *sim, int64_t until_us)
{
    (void)sim;
    struct bridge_site *site = self;
    if (site->replay == NULL) {
        tell_looked_at(site); /* in vain: it begins */
        return run_live(site, until_us);
    }
    enum replay_result result = replay_run(site->replay, site->bridge, site->why, sizeof site->why);
    site->outcome.replay = result;
    if (site->is_replay)
        return result == REPLAY_SAME ? SIM_END_HORIZON : SIM_END_INTERRUPT;
    switch (result) {
    case REPLAY_CUT:
        return go_on(site, until_us);
    case REPLAY_SAME:
        return SIM_END_HORIZON; /* it had come to its end, but its row was not written */
    case REPLAY_DIFFERENT:
    case REPLAY_BAD_JOURNAL:
        break;
    }
    char why[sizeof site->why];
    snprintf(why, sizeof why, "%s", site->why);
    (void)fail(site, "%.100s: %.380s", site->journal_path, why);
    return SIM_END_INTERRUPT;
}

void bridge_site_panic(struct bridge_site *site)
{
    const struct timespec moment = {.tv_nsec = 10000000};
    if (!site->is_running)
        return;
    if (pthread_equal(site->thread, pthread_self())) {
        (void)live_end(site->live, SIM_END_INTERRUPT, PANIC_MS);
        return;
    }
    if (site->interrupt != NULL)
        *(volatile int *)(uintptr_t)site->interrupt = 1; /* its owner has given it as one that may be read only */
    for (int i = 0; i < PANIC_MS / 10 && site->is_running; i++)
        (void)nanosleep(&moment, NULL);
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

void bridge_site_init(struct bridge_site *site, const struct bridge_settings *settings, char *journal_path,
                      pthread_mutex_t *lock)
{
    site->settings = settings;
    site->journal_path = journal_path;
    site->lock = lock;
    site->journal.fd = -1;
    site->hook = (struct world_devices){.self = site,
                                        .devices = site->plan.world,
                                        .count = site->plan.count,
                                        .closing_us = site->plan.closing_us,
                                        .open = on_open,
                                        .port = port,
                                        .run = on_run};
}

void bridge_site_close(struct bridge_site *site)
{
    bool is_live = site->live != NULL && live_bridge(site->live) != NULL; /* then it frees the bridge */
    if (!is_live)
        bridge_free(site->bridge);
    pthread_mutex_lock(site->lock);
    live_free(site->live);
    pthread_mutex_unlock(site->lock);
    pace_close(site->pace);
    replay_free(site->replay);
    journal_reader_close(&site->reader);
    (void)journal_close(&site->journal);
    free(site->journal_path);
    *site = (struct bridge_site){.journal.fd = -1};
}
