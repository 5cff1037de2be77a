/* charger.c: the virtual outlet as a charger that speaks OCPP 1.6-J.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/virtual/charger.h"

#include "hwbridge/virtual/charger_obey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS INT64_C(1000000000)

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* ---- its contactor ----------------------------------------------------------------------------------------------- */

static void begin_transaction(struct charger *charger, int64_t now_ns)
{
    struct charger_saying start = {.word = CHARGER_START,
                                   .counter_uj = plug_counter_uj(&charger->plug, now_ns),
                                   .utc_us = charger_utc_us(charger),
                                   .transaction = ++charger->transactions};
    if (!charger->is_pending)
        snprintf(charger->tag, sizeof charger->tag, "LOCAL");
    snprintf(start.tag, sizeof start.tag, "%s", charger->tag);
    charger->numbers[charger->transactions % CHARGER_TRANSACTIONS] = CHARGER_NO_NUMBER;
    charger->is_pending = charger->is_ending = false;
    charger->is_running = true;
    charger->meter_ns = now_ns + charger_meter_ns(charger);
    charger_say(charger, &start);
}

static void end_transaction(struct charger *charger, int64_t now_ns, const char *reason)
{
    charger->is_running = charger->is_pending = charger->is_ending = charger->is_paused = false;
    charger_say(charger, &(struct charger_saying){.word = CHARGER_STOP,
                                                  .counter_uj = plug_counter_uj(&charger->plug, now_ns),
                                                  .utc_us = charger_utc_us(charger),
                                                  .transaction = charger->transactions,
                                                  .reason = reason});
}

static void closed(struct charger *charger, int64_t now_ns)
{
    if (charger->status != CHARGER_CHARGING)
        charger_say_status(charger, CHARGER_CHARGING);
    if (!charger->is_running)
        begin_transaction(charger, now_ns);
}

static void opened(struct charger *charger, int64_t now_ns)
{
    bool is_over = charger->is_paused || now_ns >= charger->lease_ends_ns;
    if (!charger->is_running)
        return;
    if (!charger->is_ending && is_over) {
        if (charger->status != CHARGER_SUSPENDED_EVSE)
            charger_say_status(charger, CHARGER_SUSPENDED_EVSE);
        return;
    }
    charger_say_status(charger, CHARGER_FINISHING);
    end_transaction(charger, now_ns, charger->is_ending ? charger->reason : "Local");
}

static void follow_contactor(struct charger *charger, int64_t now_ns)
{
    struct plug *plug = &charger->plug;
    bool is_blind = faults_now(&plug->faults, FAULT_DEAD_RELAY, now_ns) != NULL ||
                    faults_now(&plug->faults, FAULT_STUCK_RELAY, now_ns) != NULL;
    if (!plug->has_changed)
        return;
    plug->has_changed = false;
    if (is_blind ? plug->is_wanted : plug->is_closed) /* it does not know better */
        closed(charger, now_ns);
    else
        opened(charger, now_ns);
}

/* A car that is full draws nothing behind a closed contactor. */
static void follow_car(struct charger *charger)
{
    bool is_full = charger->plug.energy_uj >= charger->plug.config.demand_uj;
    if (charger->is_running && charger->status == CHARGER_CHARGING && is_full && charger->plug.is_closed)
        charger_say_status(charger, CHARGER_SUSPENDED_EV);
}

/* ---- its life ---------------------------------------------------------------------------------------------------- */

static void start_up(struct charger *charger, int64_t now_ns)
{
    if (!charger->plug.has_started)
        return;
    charger->plug.has_started = charger->plug.has_changed = false;
    if (charger->is_running)
        end_transaction(charger, now_ns, "PowerLoss");
    charger->is_pending = charger->is_booted = false;
    charger->status = CHARGER_PREPARING;
    charger->is_told = false;
    if (ws_line_is_up(charger->line))
        charger_say_boot(charger);
}

static void on_open(void *self, int64_t now_ns)
{
    struct charger *charger = self;
    charger_say_again(charger);
    charger->heartbeat_ns = now_ns + charger->interval_ns;
    if (!charger->is_booted)
        charger_say_boot(charger);
    else if (!charger->is_told || charger->status != charger->told)
        charger_say_status(charger, charger->status);
}

static void tell_regularly(struct charger *charger, int64_t now_ns)
{
    if (charger->is_running && now_ns >= charger->meter_ns) {
        charger_say_meter(charger, now_ns);
        charger->meter_ns = now_ns + charger_meter_ns(charger);
    }
    if (ws_line_is_up(charger->line) && charger->is_booted && now_ns >= charger->heartbeat_ns) {
        charger_say(charger, &(struct charger_saying){.word = CHARGER_HEARTBEAT});
        charger->heartbeat_ns = now_ns + charger->interval_ns;
    }
}

static int64_t due_ns(const struct charger *charger)
{
    int64_t at_ns = sooner(ws_line_due_ns(charger->line), charger->is_running ? charger->meter_ns : INT64_MAX);
    if (!ws_line_is_up(charger->line))
        return at_ns;
    at_ns = sooner(at_ns, charger->heartbeat_ns);
    return charger->is_out ? sooner(at_ns, charger->out_ns + 10 * SECOND_NS) : at_ns;
}

static int64_t run(void *self, int64_t now_ns)
{
    struct charger *charger = self;
    int64_t plug_ns = plug_run(&charger->plug, now_ns);
    charger->now_ns = now_ns;
    charger->is_frozen = faults_now(&charger->plug.faults, FAULT_FREEZE, now_ns) != NULL;
    if (charger->is_frozen)
        return plug_ns; /* the profile's own timer lives */
    charger->was_off = charger->was_off || charger->plug.is_off;
    if (charger->plug.is_off)
        return plug_ns;
    if (charger->was_off)
        ws_line_hang_up(charger->line, now_ns);
    charger->was_off = false;
    start_up(charger, now_ns);
    ws_line_run(charger->line, now_ns);
    plug_ns = sooner(plug_ns, plug_run(&charger->plug, now_ns)); /* what was heard may have moved it */
    follow_contactor(charger, now_ns);
    follow_car(charger);
    tell_regularly(charger, now_ns);
    charger_send_due(charger, now_ns);
    ws_line_flush(charger->line, now_ns);
    return sooner(plug_ns, due_ns(charger));
}

static size_t descriptors(const void *self, struct pollfd *fds)
{
    const struct charger *charger = self;
    ws_line_descriptor(charger->line, fds);
    return charger->plug.is_off || charger->is_frozen ? 0 : 1;
}

static const struct plug *plug_of(const void *self)
{
    return &((const struct charger *)self)->plug;
}

static void free_charger(void *self)
{
    charger_free(self);
}

struct virtual_outlet charger_outlet(struct charger *charger)
{
    static const struct virtual_ops ops = {
        .name = "ocpp", .run = run, .descriptors = descriptors, .plug = plug_of, .free = free_charger};
    return (struct virtual_outlet){&ops, charger};
}

static void name_it(struct charger *charger)
{
    const char *last = strrchr(charger->config.path, '/');
    snprintf(charger->name, sizeof charger->name, "%s", last == NULL ? charger->config.path : last + 1);
}

struct charger *charger_new(const struct charger_config *config, const struct faults *faults, int64_t now_ns)
{
    struct charger *charger = calloc(1, sizeof *charger);
    if (charger == NULL)
        return NULL;
    charger->config = *config;
    name_it(charger);
    plug_init(&charger->plug, &config->plug, faults, &config->truth, now_ns);
    charger_settings_init(charger);
    charger->default_w = INT64_MAX;
    charger->interval_ns = 60 * SECOND_NS;
    charger->lease_ends_ns = INT64_MAX;
    const struct ws_line_config line = {.host = config->host,
                                        .port = config->port,
                                        .path = config->path,
                                        .user = charger->name,
                                        .password = config->password,
                                        .protocol = "ocpp1.6"};
    charger->line = ws_line_new(&line, &charger->plug, &(struct ws_ear){charger, on_open, charger_obey});
    if (charger->line != NULL)
        return charger;
    free(charger);
    return NULL;
}

void charger_free(struct charger *charger)
{
    if (charger == NULL)
        return;
    ws_line_free(charger->line);
    free(charger);
}
