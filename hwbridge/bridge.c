/* bridge.c: devices as outlets of a run.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/bridge.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define LAST_AGAIN_US INT64_C(1000000)

struct bridge_outlet {
    struct bridge *bridge;
    struct hw_outlet outlet;
    int64_t idle_below_w, idle_us;
    bool is_wished_on, is_wish_due;
    int64_t wished_ma;
    int64_t watch_uj; /* INT64_MAX: none */
    bool is_idle_told;
    int64_t meter_us;
    bool is_opening;   /* no power flows, but the last reading is awaited before that is told */
    int64_t opened_us; /* since then */
    struct sim_handle due, idle, last;
};

static struct bridge_outlet *at(const struct bridge *bridge, uint32_t outlet)
{
    assert(outlet < bridge->outlet_count);
    return &bridge->outlets[outlet];
}

const struct hw_outlet *bridge_outlet(const struct bridge *bridge, uint32_t outlet)
{
    return &at(bridge, outlet)->outlet;
}

/* ---- time ------------------------------------------------------------------------------------------------------- */

static struct sim_handle plan(struct bridge *bridge, int64_t at_us, uint16_t kind, uint32_t outlet)
{
    return sim_schedule(bridge->sim, at_us, SIM_TIMER,
                        &(struct sim_action){.kind = kind, .entity = outlet, .object = bridge});
}

/* Behind every change: when it is due next. */
static void replan(struct bridge_outlet *one, uint32_t outlet)
{
    struct bridge *bridge = one->bridge;
    int64_t now_us = sim_now_us(bridge->sim), next_us = hw_outlet_next_us(&one->outlet);
    if (next_us == INT64_MAX) {
        sim_cancel(bridge->sim, one->due);
        return;
    }
    int64_t at_us = next_us > now_us ? next_us : now_us;
    if (!sim_move(bridge->sim, one->due, at_us))
        one->due = plan(bridge, at_us, bridge->due_kind, outlet);
}

static void handle_due(struct sim *sim, void *object, uint32_t outlet, uint64_t argument)
{
    (void)argument;
    struct bridge_outlet *one = at(object, outlet);
    hw_outlet_time(&one->outlet, sim_now_us(sim));
    replan(one, outlet);
}

static void handle_begin(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)entity, (void)argument;
    struct bridge *bridge = object;
    for (uint32_t outlet = 0; outlet < bridge->outlet_count; outlet++) {
        hw_outlet_begin(&at(bridge, outlet)->outlet, sim_now_us(sim));
        replan(at(bridge, outlet), outlet);
    }
}

/* ---- what the outlet says --------------------------------------------------------------------------------------- */

static void tell_energy(struct bridge_outlet *one, uint32_t outlet)
{
    const struct outlet_listener *listener = &one->bridge->listener;
    if (one->outlet.meter.total_uj < one->watch_uj)
        return;
    one->watch_uj = INT64_MAX;
    if (listener->on_energy != NULL)
        listener->on_energy(listener->self, outlet, one->outlet.meter.total_uj);
}

/* ---- the last reading ------------------------------------------------------------------------------------------- */

static void tell_opened(struct bridge_outlet *one, uint32_t outlet)
{
    const struct outlet_listener *listener = &one->bridge->listener;
    one->is_opening = false;
    sim_cancel(one->bridge->sim, one->last);
    if (listener->on_opened != NULL)
        listener->on_opened(listener->self, outlet);
}

static void open_slowly(struct bridge_outlet *one, uint32_t outlet)
{
    struct bridge *bridge = one->bridge;
    if (one->meter_us == 0) {
        tell_opened(one, outlet);
        return;
    }
    one->is_opening = true;
    one->opened_us = sim_now_us(bridge->sim);
    sim_cancel(bridge->sim, one->last);
    one->last = plan(bridge, one->opened_us + one->meter_us, bridge->last_kind, outlet);
}

/* Asks for it until it comes. */
static void handle_last(struct sim *sim, void *object, uint32_t outlet, uint64_t argument)
{
    (void)argument;
    struct bridge_outlet *one = at(object, outlet);
    hw_outlet_ask(&one->outlet, sim_now_us(sim));
    one->last = plan(object, sim_now_us(sim) + LAST_AGAIN_US, one->bridge->last_kind, outlet);
}

static void look_for_last(struct bridge_outlet *one, uint32_t outlet, const struct hw_input *input)
{
    bool is_reading = input->kind == HW_METER && input->energy_uj != HW_UNKNOWN_VALUE;
    if (one->is_opening && is_reading && sim_now_us(one->bridge->sim) >= one->opened_us + one->meter_us)
        tell_opened(one, outlet);
}

/* ---- reports ---------------------------------------------------------------------------------------------------- */

static void on_command(void *self, const struct hw_command *command)
{
    const struct bridge *bridge = self;
    bridge->wire.on_command(bridge->wire.self, command);
}

static void on_report(void *self, uint32_t outlet, enum hw_outlet_report_kind kind, enum hw_outlet_cause cause,
                      int64_t value)
{
    struct bridge *bridge = self;
    const struct outlet_listener *listener = &bridge->listener;
    sim_trace(bridge->sim, (uint64_t)kind << 8 | cause);
    sim_trace(bridge->sim, (uint64_t)value);
    switch (kind) {
    case HW_OUTLET_CLOSED:
        at(bridge, outlet)->is_opening = false; /* it is on again */
        sim_cancel(bridge->sim, at(bridge, outlet)->last);
        if (listener->on_closed != NULL)
            listener->on_closed(listener->self, outlet);
        break;
    case HW_OUTLET_OPENED:
        open_slowly(at(bridge, outlet), outlet);
        break;
    case HW_OUTLET_READING:
        tell_energy(at(bridge, outlet), outlet);
        break;
    case HW_OUTLET_TROUBLE:
        if (listener->on_fault != NULL)
            listener->on_fault(listener->self, outlet, hw_outlet_cause_name(cause));
        break;
    case HW_OUTLET_PLUGGED:
        break;
    }
}

/* ---- idle cars -------------------------------------------------------------------------------------------------- */

static void handle_idle(struct sim *sim, void *object, uint32_t outlet, uint64_t argument)
{
    (void)sim, (void)argument;
    struct bridge_outlet *one = at(object, outlet);
    const struct outlet_listener *listener = &one->bridge->listener;
    if (one->outlet.state != HW_OUTLET_ON)
        return;
    one->is_idle_told = true;
    if (listener->on_idle != NULL)
        listener->on_idle(listener->self, outlet);
}

/* The time runs from the first reading of little power since it was switched on. */
static void look_for_idle(struct bridge_outlet *one, uint32_t outlet, const struct hw_input *input)
{
    struct bridge *bridge = one->bridge;
    bool tells_power = input->kind == HW_METER && input->power_w != HW_UNKNOWN_VALUE;
    bool is_on = one->outlet.state == HW_OUTLET_ON;
    if (!is_on || (tells_power && input->power_w >= one->idle_below_w)) {
        sim_cancel(bridge->sim, one->idle);
        one->is_idle_told = one->is_idle_told && is_on;
        return;
    }
    if (tells_power && !one->is_idle_told && !sim_is_pending(bridge->sim, one->idle))
        one->idle = plan(bridge, sim_now_us(bridge->sim) + one->idle_us, bridge->idle_kind, outlet);
}

/* ---- what comes from outside ------------------------------------------------------------------------------------ */

static void trace_input(struct sim *sim, const struct hw_input *input)
{
    sim_trace(sim, input->command);
    sim_trace(sim, (uint64_t)input->value);
    sim_trace(sim, (uint64_t)input->energy_uj);
    sim_trace(sim, (uint64_t)input->power_w);
}

static void handle_input(struct sim *sim, void *object, uint32_t outlet, uint64_t argument)
{
    (void)argument; /* the kind of input: for the trace */
    struct bridge *bridge = object;
    assert(bridge->input_count > 0);
    const struct hw_input input = bridge->inputs[bridge->first_input];
    bridge->first_input = (bridge->first_input + 1) % BRIDGE_INPUTS_MAX;
    bridge->input_count--;
    assert(input.outlet == outlet);
    trace_input(sim, &input);
    struct bridge_outlet *one = at(bridge, outlet);
    hw_outlet_hear(&one->outlet, sim_now_us(sim), &input);
    look_for_idle(one, outlet, &input);
    look_for_last(one, outlet, &input);
    replan(one, outlet);
}

bool bridge_take(struct bridge *bridge, const struct hw_input *input, int64_t at_us)
{
    assert(input->outlet < bridge->outlet_count && at_us > sim_now_us(bridge->sim) && at_us >= bridge->taken_us);
    if (bridge->input_count == BRIDGE_INPUTS_MAX)
        return false;
    bridge->taken_us = at_us;
    bridge->inputs[(bridge->first_input + bridge->input_count++) % BRIDGE_INPUTS_MAX] = *input;
    sim_schedule(
        bridge->sim, at_us, SIM_ENVIRONMENT,
        &(struct sim_action){
            .kind = bridge->input_kind, .entity = input->outlet, .object = bridge, .argument = (uint64_t)input->kind});
    return true;
}

static uint64_t first_word(const uint8_t bytes[32])
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return le64toh(word);
}

static void handle_settle(struct sim *sim, void *object, uint32_t entity, uint64_t channel)
{
    (void)entity, (void)channel;
    struct bridge *bridge = object;
    assert(bridge->settlement_count > 0);
    const struct journal_settlement settlement = bridge->settlements[bridge->first_settlement];
    bridge->first_settlement = (bridge->first_settlement + 1) % BRIDGE_SETTLEMENTS_MAX;
    bridge->settlement_count--;
    sim_trace(sim, first_word(settlement.payment_hash));
    sim_trace(sim, first_word(settlement.preimage));
    if (bridge->payee.on_settlement != NULL)
        bridge->payee.on_settlement(bridge->payee.self, &settlement);
}

bool bridge_settle(struct bridge *bridge, const struct journal_settlement *settlement, int64_t at_us)
{
    assert(at_us > sim_now_us(bridge->sim) && at_us >= bridge->taken_us);
    if (bridge->settlement_count == BRIDGE_SETTLEMENTS_MAX)
        return false;
    bridge->taken_us = at_us;
    uint32_t last = (bridge->first_settlement + bridge->settlement_count++) % BRIDGE_SETTLEMENTS_MAX;
    bridge->settlements[last] = *settlement;
    sim_schedule(
        bridge->sim, at_us, SIM_ENVIRONMENT,
        &(struct sim_action){.kind = bridge->settle_kind, .object = bridge, .argument = settlement->short_channel_id});
    return true;
}

/* ---- killed, and back ------------------------------------------------------------------------------------------- */

static void handle_sever(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)entity, (void)argument;
    struct bridge *bridge = object;
    for (uint32_t outlet = 0; outlet < bridge->outlet_count; outlet++) {
        hw_outlet_sever(&at(bridge, outlet)->outlet, sim_now_us(sim));
        replan(at(bridge, outlet), outlet);
    }
}

static void handle_rejoin(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)entity, (void)argument;
    struct bridge *bridge = object;
    for (uint32_t outlet = 0; outlet < bridge->outlet_count; outlet++) {
        hw_outlet_rejoin(&at(bridge, outlet)->outlet, sim_now_us(sim));
        replan(at(bridge, outlet), outlet);
    }
}

/* What came in before it was killed is heard before it is severed. */
void bridge_restart(struct bridge *bridge, int64_t at_us)
{
    int64_t now_us = sim_now_us(bridge->sim);
    int64_t sever_us = bridge->taken_us > now_us ? bridge->taken_us : now_us;
    assert(at_us > sever_us);
    sim_cancel(bridge->sim, bridge->rejoin); /* it was killed before it was back */
    sim_schedule(bridge->sim, sever_us, SIM_ENVIRONMENT,
                 &(struct sim_action){.kind = bridge->sever_kind, .object = bridge});
    bridge->rejoin = sim_schedule(bridge->sim, at_us, SIM_ENVIRONMENT,
                                  &(struct sim_action){.kind = bridge->rejoin_kind, .object = bridge});
}

void bridge_rewire(struct bridge *bridge, const struct bridge_wire *wire)
{
    bridge->wire = *wire;
}

/* ---- the port --------------------------------------------------------------------------------------------------- */

static uint32_t number(const struct bridge_outlet *one)
{
    return (uint32_t)(one - one->bridge->outlets);
}

/* The last wish counts; it is carried out in an event of its own, so that no answer comes from inside the call. */
static void handle_wish(struct sim *sim, void *object, uint32_t outlet, uint64_t argument)
{
    (void)argument;
    struct bridge_outlet *one = at(object, outlet);
    one->is_wish_due = false;
    if (one->is_wished_on)
        hw_outlet_want_on(&one->outlet, sim_now_us(sim), one->wished_ma);
    else
        hw_outlet_want_off(&one->outlet, sim_now_us(sim));
    if (!one->is_wished_on && !one->outlet.is_closed_told && !one->is_opening)
        tell_opened(one, outlet); /* it was so already, and is read */
    replan(one, outlet);
}

static void wish(struct bridge_outlet *one, bool is_on)
{
    one->is_wished_on = is_on;
    if (!one->is_wish_due)
        (void)plan(one->bridge, sim_now_us(one->bridge->sim), one->bridge->wish_kind, number(one));
    one->is_wish_due = true;
}

static void switch_on(void *self, int64_t limit_ma, int64_t lease_us)
{
    (void)lease_us;
    struct bridge_outlet *one = self;
    one->wished_ma = limit_ma;
    wish(one, true);
}

static void switch_off(void *self)
{
    wish(self, false);
}

static int64_t meter_uj(void *self)
{
    return ((const struct bridge_outlet *)self)->outlet.meter.total_uj;
}

static void handle_energy(struct sim *sim, void *object, uint32_t outlet, uint64_t argument)
{
    (void)sim, (void)argument;
    tell_energy(at(object, outlet), outlet);
}

static void watch(void *self, int64_t meter_uj)
{
    struct bridge_outlet *one = self;
    one->watch_uj = meter_uj;
    if (one->outlet.meter.total_uj >= meter_uj)
        (void)plan(one->bridge, sim_now_us(one->bridge->sim), one->bridge->energy_kind, number(one));
}

static const struct outlet_ops ops = {
    .switch_on = switch_on, .switch_off = switch_off, .meter_uj = meter_uj, .watch = watch};

struct outlet_port bridge_port(struct bridge *bridge, uint32_t outlet)
{
    return (struct outlet_port){&ops, at(bridge, outlet), outlet};
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

static bool audit(const void *object, char *why, size_t why_size)
{
    const struct bridge *bridge = object;
    for (uint32_t outlet = 0; outlet < bridge->outlet_count; outlet++)
        if (!hw_outlet_audit(&at(bridge, outlet)->outlet, why, why_size))
            return false;
    return true;
}

static void add_kinds(struct bridge *bridge)
{
    struct sim *sim = bridge->sim;
    bridge->last_kind = sim_kind_add(sim, "bridge.last", handle_last);
    bridge->begin_kind = sim_kind_add(sim, "bridge.begin", handle_begin);
    bridge->input_kind = sim_kind_add(sim, "bridge.input", handle_input);
    bridge->wish_kind = sim_kind_add(sim, "bridge.wish", handle_wish);
    bridge->due_kind = sim_kind_add(sim, "bridge.due", handle_due);
    bridge->idle_kind = sim_kind_add(sim, "bridge.idle", handle_idle);
    bridge->energy_kind = sim_kind_add(sim, "bridge.energy", handle_energy);
    bridge->settle_kind = sim_kind_add(sim, "bridge.settle", handle_settle);
    bridge->sever_kind = sim_kind_add(sim, "bridge.sever", handle_sever);
    bridge->rejoin_kind = sim_kind_add(sim, "bridge.rejoin", handle_rejoin);
}

static void open_outlet(struct bridge *bridge, uint32_t outlet, const struct bridge_outlet_config *config)
{
    struct bridge_outlet *one = at(bridge, outlet);
    assert(config->lease.outlet == outlet);
    *one = (struct bridge_outlet){.bridge = bridge,
                                  .idle_below_w = config->idle_below_w,
                                  .idle_us = config->idle_us,
                                  .meter_us = config->meter_us,
                                  .watch_uj = INT64_MAX};
    hw_outlet_init(&one->outlet, &config->lease, &(struct hw_outlet_out){bridge, on_command, on_report});
}

struct bridge *bridge_new(const struct bridge_options *options)
{
    assert(options->outlet_count > 0 && options->outlet_count <= HW_OUTLETS_MAX);
    struct bridge *bridge = malloc(sizeof *bridge);
    if (bridge == NULL)
        return NULL;
    *bridge = (struct bridge){.sim = options->sim,
                              .wire = options->wire,
                              .listener = options->listener,
                              .payee = options->payee,
                              .taken_us = -1,
                              .outlets = calloc(options->outlet_count, sizeof(struct bridge_outlet)),
                              .outlet_count = options->outlet_count,
                              .inputs = calloc(BRIDGE_INPUTS_MAX, sizeof(struct hw_input)),
                              .settlements = calloc(BRIDGE_SETTLEMENTS_MAX, sizeof(struct journal_settlement))};
    if (bridge->outlets == NULL || bridge->inputs == NULL || bridge->settlements == NULL) {
        bridge_free(bridge);
        return NULL;
    }
    for (uint32_t outlet = 0; outlet < options->outlet_count; outlet++)
        open_outlet(bridge, outlet, &options->outlets[outlet]);
    add_kinds(bridge);
    (void)plan(bridge, sim_now_us(bridge->sim), bridge->begin_kind, 0);
    sim_audit_add(bridge->sim, "devices", audit, bridge);
    return bridge;
}

void bridge_free(struct bridge *bridge)
{
    if (bridge == NULL)
        return;
    free(bridge->outlets);
    free(bridge->inputs);
    free(bridge->settlements);
    free(bridge);
}
