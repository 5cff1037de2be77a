/* lease.c: the safety core of one outlet.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/lease.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#define NEVER_US        INT64_MAX
#define NO_LEASE_US     INT64_MIN
#define LATCHED_CALM_US INT64_C(10000000) /* between two OFF to one that is latched and says that it is open */

void hw_outlet_config_init(struct hw_outlet_config *config, uint32_t outlet, int64_t limit_ma, int64_t voltage_v,
                           int64_t resolution_uj)
{
    *config = (struct hw_outlet_config){
        .outlet = outlet,
        .lease_us = 30000000,
        .probe_us = 2000000,
        .probes = 3,
        .answer_us = 1000000,
        .on_tries = 3,
        .settle_us = 2000000,
        .stuck_us = 10000000,
        .leak_w = 10,
        .limit_ma = limit_ma,
        .meter = {.power_w = limit_ma * voltage_v / 1000, .resolution_uj = resolution_uj, .still_us = 10000000},
    };
}

void hw_outlet_init(struct hw_outlet *outlet, const struct hw_outlet_config *config, const struct hw_outlet_out *out)
{
    assert(config->lease_us >= 3000000 && config->probe_us > 0 && config->probes > 0 && config->answer_us > 0);
    assert(config->on_tries > 0 && config->limit_ma > 0 && config->stuck_us > config->answer_us);
    *outlet = (struct hw_outlet){.config = *config,
                                 .out = *out,
                                 .state = HW_OUTLET_UNKNOWN,
                                 .lease_end_us = NO_LEASE_US,
                                 .unsafe_since_us = NEVER_US};
    meter_init(&outlet->meter, &config->meter);
}

bool hw_outlet_may_deliver(const struct hw_outlet *outlet, int64_t now_us)
{
    bool has_lease = outlet->lease_end_us != NO_LEASE_US && now_us < outlet->lease_end_us;
    return has_lease || outlet->state == HW_OUTLET_STUCK;
}

/* ---- what leaves ------------------------------------------------------------------------------------------------ */

static void report(struct hw_outlet *outlet, enum hw_outlet_report_kind kind, enum hw_outlet_cause cause, int64_t value)
{
    outlet->out.report(outlet->out.self, outlet->config.outlet, kind, cause, value);
}

static void command(struct hw_outlet *outlet, enum hw_command_kind kind)
{
    bool is_on = kind == HW_COMMAND_ON;
    const struct hw_command command = {.kind = kind,
                                       .outlet = outlet->config.outlet,
                                       .number = ++outlet->number,
                                       .limit_ma = is_on ? outlet->limit_ma : 0,
                                       .lease_us = is_on ? outlet->config.lease_us : 0};
    outlet->tally.commands++;
    outlet->out.command(outlet->out.self, &command);
}

static void send_switch(struct hw_outlet *outlet, int64_t now_us, enum hw_command_kind kind)
{
    command(outlet, kind);
    outlet->switch_number = outlet->number;
    outlet->sent_us = now_us;
    outlet->tries++;
}

static void send_off(struct hw_outlet *outlet, int64_t now_us)
{
    outlet->is_open_told = false;
    send_switch(outlet, now_us, HW_COMMAND_OFF);
}

/* Until it is answered it may be taken at any time, but a command that waits for longer than its answer is renewed. */
static void send_on(struct hw_outlet *outlet, int64_t now_us)
{
    send_switch(outlet, now_us, HW_COMMAND_ON);
    outlet->lease_end_us = now_us + outlet->config.answer_us + outlet->config.lease_us;
}

static void probe(struct hw_outlet *outlet, int64_t now_us)
{
    outlet->tally.probes++;
    outlet->probed_us = now_us;
    command(outlet, HW_COMMAND_PROBE);
}

void hw_outlet_ask(struct hw_outlet *outlet, int64_t now_us)
{
    probe(outlet, now_us);
}

/* ---- states ----------------------------------------------------------------------------------------------------- */

static bool is_latched(const struct hw_outlet *outlet)
{
    return outlet->state == HW_OUTLET_STUCK || outlet->state == HW_OUTLET_FAULT;
}

/* ON and ON_PENDING are what somebody wants; in all other states power is not. */
static void begin_unsafe(struct hw_outlet *outlet, int64_t now_us)
{
    bool is_wanted = outlet->state == HW_OUTLET_ON || outlet->state == HW_OUTLET_ON_PENDING;
    if (!is_wanted && hw_outlet_may_deliver(outlet, now_us) && outlet->unsafe_since_us == NEVER_US)
        outlet->unsafe_since_us = now_us;
}

int64_t hw_outlet_unsafe_us(const struct hw_outlet *outlet, int64_t now_us)
{
    return outlet->tally.unsafe_us + (outlet->unsafe_since_us == NEVER_US ? 0 : now_us - outlet->unsafe_since_us);
}

static void enter(struct hw_outlet *outlet, int64_t now_us, enum hw_outlet_state state)
{
    outlet->state = state;
    outlet->entered_us = now_us;
    outlet->tries = 0;
    outlet->is_doubted = false;
    begin_unsafe(outlet, now_us);
}

static void end_unsafe(struct hw_outlet *outlet, int64_t now_us)
{
    outlet->tally.unsafe_us = hw_outlet_unsafe_us(outlet, now_us);
    outlet->unsafe_since_us = NEVER_US;
}

/* No power can flow any more. */
static void opened(struct hw_outlet *outlet, int64_t now_us, enum hw_outlet_cause cause)
{
    outlet->lease_end_us = NO_LEASE_US;
    outlet->opened_us = now_us;
    if (!hw_outlet_may_deliver(outlet, now_us))
        end_unsafe(outlet, now_us);
    if (!outlet->is_closed_told)
        return;
    outlet->is_closed_told = false;
    report(outlet, HW_OUTLET_OPENED, cause, 0);
}

static void go_off(struct hw_outlet *outlet, int64_t now_us, enum hw_outlet_cause cause)
{
    enter(outlet, now_us, HW_OUTLET_OFF_PENDING);
    outlet->cause = cause;
    send_off(outlet, now_us);
    if (cause != HW_OUTLET_CAUSE_NONE)
        report(outlet, HW_OUTLET_TROUBLE, cause, 0);
}

/* The wish to have it on ends with the trouble. */
static void give_up(struct hw_outlet *outlet, int64_t now_us, enum hw_outlet_cause cause)
{
    outlet->is_wanted_on = false;
    go_off(outlet, now_us, cause);
}

static void go_on(struct hw_outlet *outlet, int64_t now_us)
{
    enter(outlet, now_us, HW_OUTLET_ON_PENDING);
    outlet->is_closed_told = true;
    send_on(outlet, now_us);
}

static void off_confirmed(struct hw_outlet *outlet, int64_t now_us)
{
    outlet->is_open_told = true;
    opened(outlet, now_us, outlet->cause);
    if (is_latched(outlet))
        return;
    enter(outlet, now_us, HW_OUTLET_OFF);
    outlet->cause = HW_OUTLET_CAUSE_NONE;
    if (outlet->is_wanted_on)
        go_on(outlet, now_us);
}

static void lose(struct hw_outlet *outlet, int64_t now_us, enum hw_outlet_cause cause)
{
    if (is_latched(outlet) || outlet->state == HW_OUTLET_LOST)
        return;
    outlet->tally.losses++;
    enter(outlet, now_us, HW_OUTLET_LOST);
    outlet->cause = cause;
    send_off(outlet, now_us);
    report(outlet, HW_OUTLET_TROUBLE, cause, 0);
}

static void latch(struct hw_outlet *outlet, int64_t now_us, enum hw_outlet_state state, enum hw_outlet_cause cause)
{
    if (is_latched(outlet))
        return;
    outlet->is_wanted_on = false;
    enter(outlet, now_us, state);
    outlet->cause = cause;
    send_off(outlet, now_us);
    report(outlet, HW_OUTLET_TROUBLE, cause, 0);
}

/* ---- wishes ----------------------------------------------------------------------------------------------------- */

void hw_outlet_begin(struct hw_outlet *outlet, int64_t now_us)
{
    assert(outlet->state == HW_OUTLET_UNKNOWN);
    outlet->heard_us = outlet->probed_us = now_us;
    go_off(outlet, now_us, HW_OUTLET_CAUSE_NONE);
}

void hw_outlet_want_on(struct hw_outlet *outlet, int64_t now_us, int64_t limit_ma)
{
    int64_t before_ma = outlet->limit_ma;
    outlet->limit_ma = limit_ma < outlet->config.limit_ma ? limit_ma : outlet->config.limit_ma;
    if (is_latched(outlet)) {
        report(outlet, HW_OUTLET_TROUBLE, outlet->cause, 0);
        return;
    }
    outlet->is_wanted_on = true;
    if (outlet->state == HW_OUTLET_OFF)
        go_on(outlet, now_us);
    else if (outlet->state == HW_OUTLET_ON && outlet->limit_ma != before_ma)
        send_on(outlet, now_us);
}

void hw_outlet_want_off(struct hw_outlet *outlet, int64_t now_us)
{
    outlet->is_wanted_on = false;
    if (outlet->state == HW_OUTLET_ON || outlet->state == HW_OUTLET_ON_PENDING)
        go_off(outlet, now_us, HW_OUTLET_CAUSE_NONE);
}

void hw_outlet_acknowledge(struct hw_outlet *outlet, int64_t now_us)
{
    if (!is_latched(outlet))
        return;
    outlet->heard_us = outlet->probed_us = now_us;
    outlet->unanswered = 0;
    meter_look_at(&outlet->meter, now_us);
    go_off(outlet, now_us, HW_OUTLET_CAUSE_NONE);
}

/* What a latched one waits for, it waits for still. */
void hw_outlet_sever(struct hw_outlet *outlet, int64_t now_us)
{
    outlet->is_severed = true;
    if (outlet->state == HW_OUTLET_UNKNOWN || outlet->state == HW_OUTLET_LOST || is_latched(outlet))
        return;
    outlet->tally.losses++;
    enter(outlet, now_us, HW_OUTLET_LOST);
    outlet->cause = HW_OUTLET_CAUSE_LINK;
    report(outlet, HW_OUTLET_TROUBLE, HW_OUTLET_CAUSE_LINK, 0);
}

void hw_outlet_rejoin(struct hw_outlet *outlet, int64_t now_us)
{
    assert(outlet->is_severed);
    outlet->is_severed = false;
    outlet->heard_us = outlet->probed_us = now_us;
    outlet->unanswered = 0;
    if (is_latched(outlet))
        send_off(outlet, now_us);
    else
        go_off(outlet, now_us, HW_OUTLET_CAUSE_NONE);
}

/* ---- what is heard ---------------------------------------------------------------------------------------------- */

/* An ON was taken: the lease runs from now at the latest. */
static void on_confirmed(struct hw_outlet *outlet, int64_t now_us)
{
    outlet->tries = 0;
    outlet->lease_end_us = now_us + outlet->config.lease_us;
    outlet->renewed_us = outlet->sent_us;
    if (outlet->state == HW_OUTLET_ON) {
        outlet->is_doubted = false;
        return;
    }
    enter(outlet, now_us, HW_OUTLET_ON);
    report(outlet, HW_OUTLET_CLOSED, HW_OUTLET_CAUSE_NONE, 0);
}

/* It was told to open for so long, and has not: what it says of itself is newer than the first OFF by far. */
static void look_for_weld(struct hw_outlet *outlet, int64_t now_us)
{
    bool is_long = now_us - outlet->entered_us >= outlet->config.stuck_us;
    if (outlet->state == HW_OUTLET_OFF_PENDING && is_long)
        latch(outlet, now_us, HW_OUTLET_STUCK, HW_OUTLET_CAUSE_STUCK);
}

static void hear_closed(struct hw_outlet *outlet, int64_t now_us)
{
    outlet->is_open_told = false;
    switch (outlet->state) {
    case HW_OUTLET_ON_PENDING:
    case HW_OUTLET_ON:
        if (outlet->tries > 0)
            on_confirmed(outlet, now_us);
        outlet->is_doubted = false;
        break;
    case HW_OUTLET_OFF: /* nobody of ours did that: how long it lasts only the device knows */
        outlet->tally.ghosts++;
        outlet->lease_end_us = NEVER_US;
        outlet->is_closed_told = true;
        go_off(outlet, now_us, HW_OUTLET_CAUSE_SWITCHED);
        break;
    case HW_OUTLET_UNKNOWN:
    case HW_OUTLET_OFF_PENDING:
    case HW_OUTLET_LOST:
    case HW_OUTLET_STUCK:
    case HW_OUTLET_FAULT:
        if (outlet->lease_end_us == NO_LEASE_US)
            outlet->lease_end_us = NEVER_US; /* its lease has not ended it */
        begin_unsafe(outlet, now_us);
        look_for_weld(outlet, now_us);
        break;
    }
}

/* Said once while it is on, it may be an old message: it is asked again. */
static void hear_open(struct hw_outlet *outlet, int64_t now_us, uint64_t answers)
{
    switch (outlet->state) {
    case HW_OUTLET_ON:
        if (outlet->is_doubted) {
            give_up(outlet, now_us, HW_OUTLET_CAUSE_SWITCHED);
            return;
        }
        outlet->is_doubted = true;
        probe(outlet, now_us);
        break;
    case HW_OUTLET_OFF_PENDING:
    case HW_OUTLET_STUCK:
    case HW_OUTLET_FAULT:
        if (!outlet->is_open_told && (answers == 0 || answers == outlet->switch_number))
            off_confirmed(outlet, now_us);
        break;
    case HW_OUTLET_UNKNOWN:
    case HW_OUTLET_OFF:
    case HW_OUTLET_ON_PENDING: /* it may answer the OFF before */
    case HW_OUTLET_LOST:       /* it is not any more: something was heard */
        break;
    }
}

static void hear_refusal(struct hw_outlet *outlet, int64_t now_us, uint64_t answers)
{
    bool is_on = outlet->state == HW_OUTLET_ON || outlet->state == HW_OUTLET_ON_PENDING;
    if (is_on && answers == outlet->switch_number)
        give_up(outlet, now_us, HW_OUTLET_CAUSE_REFUSED);
}

/* Power behind a relay that is said to be open: told twice, the second time when asked, it is believed. */
static void look_for_leak(struct hw_outlet *outlet, int64_t now_us, const struct hw_input *input)
{
    bool should_be_dead = outlet->state == HW_OUTLET_OFF && now_us - outlet->opened_us >= outlet->config.settle_us;
    bool flows = input->power_w != HW_UNKNOWN_VALUE && input->power_w > outlet->config.leak_w;
    if (flows)
        look_for_weld(outlet, now_us);
    if (!should_be_dead || input->power_w == HW_UNKNOWN_VALUE)
        return;
    if (!flows) {
        outlet->is_doubted = false;
        return;
    }
    if (outlet->is_doubted) {
        latch(outlet, now_us, HW_OUTLET_STUCK, HW_OUTLET_CAUSE_STUCK);
        return;
    }
    outlet->is_doubted = true;
    probe(outlet, now_us);
}

static void hear_meter(struct hw_outlet *outlet, int64_t now_us, const struct hw_input *input)
{
    int64_t before_uj = outlet->meter.total_uj;
    meter_power(&outlet->meter, input->power_w == HW_UNKNOWN_VALUE ? METER_NO_POWER : input->power_w, now_us);
    if (input->energy_uj != HW_UNKNOWN_VALUE)
        (void)meter_read(&outlet->meter, input->energy_uj, now_us);
    if (outlet->meter.total_uj > before_uj)
        report(outlet, HW_OUTLET_READING, HW_OUTLET_CAUSE_NONE, outlet->meter.total_uj);
    look_for_leak(outlet, now_us, input);
    if (outlet->state == HW_OUTLET_ON && meter_is_frozen(&outlet->meter, now_us))
        latch(outlet, now_us, HW_OUTLET_FAULT, HW_OUTLET_CAUSE_FROZEN);
}

static void hear_boot(struct hw_outlet *outlet, int64_t now_us)
{
    if (outlet->state == HW_OUTLET_UNKNOWN || is_latched(outlet))
        return;
    bool was_on = outlet->state == HW_OUTLET_ON || outlet->state == HW_OUTLET_ON_PENDING;
    go_off(outlet, now_us, was_on ? HW_OUTLET_CAUSE_RESTARTED : HW_OUTLET_CAUSE_NONE);
}

/* Whatever came, it is there. */
static void hear_life(struct hw_outlet *outlet, int64_t now_us)
{
    outlet->heard_us = now_us;
    outlet->unanswered = 0;
    if (outlet->state != HW_OUTLET_LOST)
        return;
    enum hw_outlet_cause cause = outlet->cause;
    go_off(outlet, now_us, HW_OUTLET_CAUSE_NONE);
    outlet->cause = cause;
}

static void hear_kind(struct hw_outlet *outlet, int64_t now_us, const struct hw_input *input)
{
    switch (input->kind) {
    case HW_RELAY:
        if (input->value != 0)
            hear_closed(outlet, now_us);
        else
            hear_open(outlet, now_us, input->command);
        break;
    case HW_ACK:
        if (outlet->state == HW_OUTLET_ON && input->command == outlet->switch_number)
            on_confirmed(outlet, now_us);
        break;
    case HW_NACK:
        hear_refusal(outlet, now_us, input->command);
        break;
    case HW_METER:
        hear_meter(outlet, now_us, input);
        break;
    case HW_PLUG:
        report(outlet, HW_OUTLET_PLUGGED, HW_OUTLET_CAUSE_NONE, input->value);
        break;
    case HW_FAULT:
        latch(outlet, now_us, HW_OUTLET_FAULT, HW_OUTLET_CAUSE_REPORTED);
        break;
    case HW_BOOT:
        hear_boot(outlet, now_us);
        break;
    case HW_LINK_UP:
        if (outlet->state != HW_OUTLET_UNKNOWN)
            probe(outlet, now_us);
        break;
    case HW_LINK_DOWN:
    case HW_ALIVE:
    case HW_LOOKED_AT:
        break;
    }
}

void hw_outlet_hear(struct hw_outlet *outlet, int64_t now_us, const struct hw_input *input)
{
    assert(input->outlet == outlet->config.outlet);
    outlet->tally.inputs++;
    bool is_apart = outlet->state == HW_OUTLET_UNKNOWN || outlet->is_severed;
    if (is_apart && input->kind != HW_METER)
        return; /* nothing is asked of it yet */
    if (outlet->is_severed) {
        hear_meter(outlet, now_us, input);
        return;
    }
    if (input->kind == HW_LINK_DOWN) {
        lose(outlet, now_us, HW_OUTLET_CAUSE_LINK);
        return;
    }
    if (input->kind == HW_LOOKED_AT) {
        hw_outlet_acknowledge(outlet, now_us);
        return;
    }
    hear_life(outlet, now_us);
    hear_kind(outlet, now_us, input);
}

/* ---- time ------------------------------------------------------------------------------------------------------- */

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* When the last ON or OFF is to be sent again. */
static int64_t switch_due_us(const struct hw_outlet *outlet)
{
    int64_t answer_us = outlet->config.answer_us;
    switch (outlet->state) {
    case HW_OUTLET_UNKNOWN:
    case HW_OUTLET_OFF:
        return NEVER_US;
    case HW_OUTLET_ON:
        return outlet->tries > 0 ? outlet->sent_us + answer_us : outlet->renewed_us + outlet->config.lease_us / 3;
    case HW_OUTLET_STUCK:
    case HW_OUTLET_FAULT:
        return outlet->sent_us + (outlet->is_open_told ? LATCHED_CALM_US : answer_us);
    case HW_OUTLET_OFF_PENDING:
    case HW_OUTLET_ON_PENDING:
    case HW_OUTLET_LOST:
        break;
    }
    return outlet->sent_us + answer_us;
}

static int64_t probe_due_us(const struct hw_outlet *outlet)
{
    return outlet->state == HW_OUTLET_UNKNOWN ? NEVER_US
                                              : later(outlet->heard_us, outlet->probed_us) + outlet->config.probe_us;
}

static int64_t lease_due_us(const struct hw_outlet *outlet)
{
    return outlet->lease_end_us == NO_LEASE_US ? NEVER_US : outlet->lease_end_us;
}

int64_t hw_outlet_next_us(const struct hw_outlet *outlet)
{
    if (outlet->is_severed)
        return lease_due_us(outlet);
    return sooner(lease_due_us(outlet), sooner(switch_due_us(outlet), probe_due_us(outlet)));
}

/* It answers probes perhaps, but no renewal for a whole lease: nobody knows whether it is on. */
static void renew(struct hw_outlet *outlet, int64_t now_us)
{
    if (now_us - outlet->renewed_us > outlet->config.lease_us) {
        give_up(outlet, now_us, HW_OUTLET_CAUSE_LEASE);
        return;
    }
    outlet->tally.renewals += outlet->tries == 0;
    outlet->tally.retries += outlet->tries > 0;
    send_on(outlet, now_us);
}

static void repeat_switch(struct hw_outlet *outlet, int64_t now_us)
{
    if (outlet->state == HW_OUTLET_ON) {
        renew(outlet, now_us);
        return;
    }
    outlet->tally.retries++;
    if (outlet->state != HW_OUTLET_ON_PENDING)
        send_off(outlet, now_us);
    else if (outlet->tries < outlet->config.on_tries)
        send_on(outlet, now_us);
    else
        give_up(outlet, now_us, HW_OUTLET_CAUSE_NO_ANSWER);
}

static void watch_silence(struct hw_outlet *outlet, int64_t now_us)
{
    if (outlet->unanswered < outlet->config.probes)
        outlet->unanswered++;
    if (outlet->unanswered == outlet->config.probes)
        lose(outlet, now_us, HW_OUTLET_CAUSE_SILENT);
    probe(outlet, now_us);
}

/* The lease is over and nobody has renewed it: it is off, unless it is stuck, which its meter will tell. */
static void end_lease(struct hw_outlet *outlet, int64_t now_us)
{
    bool should_be_on = outlet->state == HW_OUTLET_ON || outlet->state == HW_OUTLET_ON_PENDING;
    opened(outlet, now_us, should_be_on ? HW_OUTLET_CAUSE_LEASE : outlet->cause);
    if (should_be_on)
        go_off(outlet, now_us, HW_OUTLET_CAUSE_LEASE);
}

void hw_outlet_time(struct hw_outlet *outlet, int64_t now_us)
{
    if (now_us >= lease_due_us(outlet))
        end_lease(outlet, now_us);
    if (outlet->is_severed)
        return;
    if (now_us >= probe_due_us(outlet))
        watch_silence(outlet, now_us);
    if (now_us >= switch_due_us(outlet))
        repeat_switch(outlet, now_us);
}

/* ---- audit ------------------------------------------------------------------------------------------------------ */

bool hw_outlet_audit(const struct hw_outlet *outlet, char *why, size_t why_size)
{
    bool is_on = outlet->state == HW_OUTLET_ON || outlet->state == HW_OUTLET_ON_PENDING;
    const char *broken = NULL;
    if (is_on && !outlet->is_wanted_on)
        broken = "on though nobody wants it";
    else if (is_on && outlet->lease_end_us == NO_LEASE_US)
        broken = "on without a lease";
    else if (outlet->state == HW_OUTLET_OFF && (outlet->lease_end_us != NO_LEASE_US || outlet->is_closed_told))
        broken = "off, and power may flow";
    else if (is_latched(outlet) && outlet->is_wanted_on)
        broken = "latched, and wanted on";
    if (broken != NULL)
        snprintf(why, why_size, "outlet %" PRIu32 ": %s (%s)", outlet->config.outlet, broken,
                 hw_outlet_state_name(outlet->state));
    return broken == NULL;
}
