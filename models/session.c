/* session.c: the controller of one outlet's sessions: order, switch, debit, refund.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/session.h"

#include "models/calendar.h"

#include <assert.h>

/* ---- credit ---------------------------------------------------------------------------------------------------- */

/* Energy to buy so that the whole demand can flow; <= 0: enough is paid. */
static int64_t missing_uj(const struct session *session, int64_t available)
{
    int64_t left_uj = session_demand_uj(session) - session->metered_uj;
    if (left_uj <= 0 || available == INT64_MAX)
        return 0;
    return left_uj + session->guard_uj - available;
}

static bool may_order(const struct session *session)
{
    return !session->is_done && session->give_up_cause == RAIL_CAUSE_NONE && session->in_flight_msat == 0 &&
           session->tries == 0;
}

static void give_up(struct session *session, enum rail_cause cause)
{
    if (session->give_up_cause == RAIL_CAUSE_NONE)
        session->give_up_cause = cause;
}

static void order_amount(struct sessions *sessions, uint32_t number, int64_t amount_msat)
{
    struct session *session = session_at(sessions, number);
    if (amount_msat > SESSION_ORDER_MAX_MSAT) {
        trouble_fail(sessions->trouble, "a session asks for a payment of more than 100 BTC: price, exchange rate or "
                                        "purchase are out of proportion");
        return;
    }
    session->in_flight_msat = amount_msat;
    const struct rail_order order = {
        .session = number, .payment = session->asked_count++, .amount_msat = session->in_flight_msat};
    sessions->rail.ops->pay(sessions->rail.self, &order);
}

static void order(struct sessions *sessions, uint32_t number, int64_t energy_uj)
{
    const struct session *session = session_at(sessions, number);
    int64_t purchase_uj = session->purchase_uj;
    if (energy_uj > purchase_uj && energy_uj - purchase_uj > session->guard_uj) /* no payment for the guard alone */
        energy_uj = purchase_uj;
    __int128 parts = money_cost_parts(energy_uj, sessions->price_uyen_per_kwh);
    order_amount(sessions, number, money_owed_msat(&sessions->money, parts));
}

/* ---- the outlet ------------------------------------------------------------------------------------------------ */

static void switch_outlet(struct sessions *sessions, struct session *session, bool on)
{
    if (session->is_on == on)
        return;
    session->is_on = on;
    if (on) {
        session->port.ops->switch_on(session->port.self, sessions->limit_ma, INT64_MAX);
    } else {
        session->port.ops->watch(session->port.self, INT64_MAX);
        session->port.ops->switch_off(session->port.self);
    }
}

static void watch(struct session *session, int64_t next_uj)
{
    int64_t reading_uj = session->reading_uj;
    session->port.ops->watch(session->port.self, next_uj > INT64_MAX - reading_uj ? INT64_MAX : reading_uj + next_uj);
}

/* Switches; who is cut off while he wants more is interrupted. */
static void let_flow(struct sessions *sessions, struct session *session, bool may_flow)
{
    if (!may_flow && session->is_on && session_demand_uj(session) > session->metered_uj)
        session->is_interrupted = true;
    switch_outlet(sessions, session, may_flow);
    if (may_flow)
        session->price_uyen_per_kwh = sessions->price_uyen_per_kwh;
}

/* The same decision where energy flows on credit; the meter is settled. */
static void pursue_in_arrears(struct sessions *sessions, uint32_t number)
{
    struct session *session = session_at(sessions, number);
    int64_t unpaid_msat = session_unpaid_msat(sessions, session);
    int64_t unpaid_uj = money_energy_uj(money_parts(&sessions->money, unpaid_msat), sessions->price_uyen_per_kwh);
    int64_t deliverable = session_deliverable_uj(sessions, session);
    int64_t flow_uj = deliverable == INT64_MAX ? INT64_MAX : deliverable - session->guard_uj;
    bool is_due = unpaid_msat > 0 && (unpaid_uj >= session->purchase_uj || flow_uj <= 0);
    if (is_due && may_order(session))
        order_amount(sessions, number, unpaid_msat);
    let_flow(sessions, session, flow_uj > 0 && session->give_up_cause == RAIL_CAUSE_NONE);
    if (!session->is_on || flow_uj == INT64_MAX)
        return;
    int64_t step_uj = session->purchase_uj > unpaid_uj ? session->purchase_uj - unpaid_uj : 1;
    watch(session, may_order(session) && step_uj < flow_uj ? step_uj : flow_uj);
}

/* The one decision, taken whenever anything changes: order, switch on or off, watch for the next point. */
static void pursue(struct sessions *sessions, uint32_t number)
{
    struct session *session = session_at(sessions, number);
    if (!session_is_plugged(session) || session->is_done || session->is_resting || session->stop != SESSION_STOP_NONE)
        return;
    session_settle(sessions, session);
    if (session->trust_msat > 0) {
        pursue_in_arrears(sessions, number);
        return;
    }
    int64_t available = session_available_uj(sessions, session);
    int64_t usable_uj = available == INT64_MAX ? INT64_MAX : available - session->guard_uj;
    int64_t deliverable = session_deliverable_uj(sessions, session);
    int64_t flow_uj = deliverable == INT64_MAX ? INT64_MAX : deliverable - session->guard_uj;
    int64_t reorder_uj = sessions->reorder_uj;
    int64_t to_buy_uj = missing_uj(session, available);
    if (to_buy_uj > 0 && usable_uj <= reorder_uj && may_order(session))
        order(sessions, number, to_buy_uj);
    let_flow(sessions, session, flow_uj > 0);
    if (flow_uj <= 0 || flow_uj == INT64_MAX)
        return;
    bool orders_later = to_buy_uj > 0 && usable_uj > reorder_uj && may_order(session);
    watch(session, orders_later && usable_uj - reorder_uj < flow_uj ? usable_uj - reorder_uj : flow_uj);
}

/* ---- money at the end ------------------------------------------------------------------------------------------ */

/* Money between payers is spent by one and had by the other: only what leaves all of them counts as spent. */
static int64_t spent_msat(const struct sessions *sessions, const struct session *session)
{
    return session->payee == RAIL_OPERATOR ? 0 : ledger_spent_msat(sessions->ledger);
}

/* Gives back what energy and staying on did not cost. */
static void refund(struct sessions *sessions, uint32_t number)
{
    struct session *session = session_at(sessions, number);
    int64_t unused_msat = session_kept_msat(session) - session_cost_msat(sessions, session) - session->idle_msat;
    if (unused_msat <= 0)
        return;
    session->refunded_msat += unused_msat;
    sessions->refunds_msat += unused_msat;
    int64_t before_msat = spent_msat(sessions, session);
    sessions->rail.ops->refund(sessions->rail.self, number, unused_msat);
    if (session->payee != RAIL_OPERATOR)
        sessions->guest_msat += unused_msat - (before_msat - spent_msat(sessions, session));
}

static void unlink_plugged(struct sessions *sessions, struct session *session)
{
    if (session->previous != SLAB_NONE)
        session_at(sessions, session->previous)->next = session->next;
    else
        sessions->first = session->next;
    if (session->next != SLAB_NONE)
        session_at(sessions, session->next)->previous = session->previous;
}

static void over(struct sessions *sessions, uint32_t number)
{
    struct session *session = session_at(sessions, number);
    char why[200];
    session_look(sessions, session);
    if (!session_audit_over(sessions, session, why, sizeof why))
        trouble_fail(sessions->trouble, why);
    sessions->past_kept_msat += session_kept_msat(session);
    sessions->past_metered_uj += session->metered_uj;
    sessions->refunds_msat -= session->refunded_msat - session->returned_msat;
    sessions->listener.on_over(sessions->listener.self, number);
    slab_return(&sessions->slab, number);
}

/* Asks for what is to be paid yet, unless something is asked for already. Returns whether an answer is awaited. */
static bool pay_rest(struct sessions *sessions, uint32_t number)
{
    struct session *session = session_at(sessions, number);
    int64_t rest_msat = session_rest_msat(sessions, session);
    bool is_trusted = session->trust_msat > 0 || session->reversed_msat == 0;
    if (session->in_flight_msat == 0 && rest_msat > 0 && is_trusted && session->give_up_cause == RAIL_CAUSE_NONE)
        order_amount(sessions, number, rest_msat);
    session->is_settling = (session->trust_msat > 0 || session->idle_msat > 0) && session->in_flight_msat > 0;
    return session->is_settling;
}

/* What is unused goes back, the rail may close the account. */
static void close_account(struct sessions *sessions, uint32_t number)
{
    struct session *session = session_at(sessions, number);
    const struct rail *rail = &sessions->rail;
    bool is_unpaid = session->trust_msat > 0 && session_unpaid_msat(sessions, session) > 0;
    if (is_unpaid && session->reversed_cause == RAIL_CAUSE_NONE)
        session->reversed_cause = RAIL_CAUSE_UNPAID;
    if (rail->ops->record != NULL)
        rail->ops->record(rail->self, number, session->metered_uj, session_cost_msat(sessions, session));
    refund(sessions, number);
    sessions->rail.ops->session_close(sessions->rail.self, number);
}

static int64_t idle_fee_msat(const struct sessions *sessions, const struct session *session)
{
    int64_t beyond_us = session->idle_booked_us - sessions->idle->grace_us;
    if (sessions->idle->fee_msat == 0 || beyond_us <= 0)
        return 0;
    __int128 fee_msat = (__int128)((beyond_us + MINUTE_US - 1) / MINUTE_US) * sessions->idle->fee_msat;
    return fee_msat > SESSION_ORDER_MAX_MSAT ? SESSION_ORDER_MAX_MSAT : (int64_t)fee_msat;
}

/* Takes no more energy. */
static void finish(struct sessions *sessions, uint32_t number)
{
    struct session *session = session_at(sessions, number);
    if (session->is_done)
        return;
    session_settle(sessions, session);
    session->is_done = true;
    sim_cancel(sessions->trouble->sim, session->retry);
    switch_outlet(sessions, session, false);
    session->idle_msat = idle_fee_msat(sessions, session);
    if (!pay_rest(sessions, number))
        close_account(sessions, number);
}

/* ---- events of the rail ---------------------------------------------------------------------------------------- */

static void failed(struct sessions *sessions, uint32_t number, enum rail_cause cause)
{
    struct session *session = session_at(sessions, number);
    session->in_flight_msat = 0;
    session->failed_count++;
    if (session->is_done && !session->is_settling)
        return;
    if (session->tries == sessions->config->retries_max) {
        give_up(session, cause);
        if (session->is_settling)
            close_account(sessions, number);
        else
            pursue(sessions, number);
        return;
    }
    session->tries++;
    struct sim *sim = sessions->trouble->sim;
    session->retry =
        sim_schedule(sim, sim_now_us(sim) + sessions->config->retry_us, SIM_TIMER,
                     &(struct sim_action){
                         .kind = sessions->retry_kind, .entity = session->car, .object = sessions, .argument = number});
}

/* Tries once more to buy what is missing now: the price may have changed since. */
static void handle_retry(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)sim, (void)entity;
    struct sessions *sessions = object;
    uint32_t number = (uint32_t)argument;
    struct session *session = session_at(sessions, number);
    if (session->give_up_cause != RAIL_CAUSE_NONE || session->stop != SESSION_STOP_NONE)
        return;
    if (session->is_settling) {
        if (!pay_rest(sessions, number))
            close_account(sessions, number);
        return;
    }
    sessions_settle(sessions, number);
    int64_t unpaid_msat = session->trust_msat > 0 ? session_unpaid_msat(sessions, session) : 0;
    int64_t to_buy_uj = missing_uj(session, session_available_uj(sessions, session));
    if (unpaid_msat > 0)
        order_amount(sessions, number, unpaid_msat);
    else if (session->trust_msat == 0 && to_buy_uj > 0)
        order(sessions, number, to_buy_uj);
    else
        session->tries = 0;
    pursue(sessions, number);
}

static void credited(struct sessions *sessions, uint32_t number, const struct rail_event *event)
{
    struct session *session = session_at(sessions, number);
    assert(event->amount_msat == session->in_flight_msat);
    session->in_flight_msat = 0;
    session->tries = 0;
    session->credited_count++;
    session->paid_msat += event->amount_msat;
    if (session->is_settling && !pay_rest(sessions, number))
        close_account(sessions, number);
    else if (session->is_done && !session->is_settling)
        refund(sessions, number);
    else
        pursue(sessions, number);
}

static void refunded(struct sessions *sessions, struct session *session, int64_t amount_msat)
{
    session->returned_msat += amount_msat;
    sessions->refunds_msat -= amount_msat;
}

static void reversed(struct sessions *sessions, uint32_t number, const struct rail_event *event)
{
    struct session *session = session_at(sessions, number);
    session->reversed_msat += event->amount_msat;
    refunded(sessions, session, event->lapsed_msat);
    if (session->reversed_cause == RAIL_CAUSE_NONE)
        session->reversed_cause = event->cause;
    if (session->is_done)
        return;
    give_up(session, event->cause);
    pursue(sessions, number);
}

static void limited(struct sessions *sessions, uint32_t number, int64_t limit_msat)
{
    session_at(sessions, number)->limit_msat = limit_msat;
    pursue(sessions, number);
}

static void closed(struct sessions *sessions, uint32_t number)
{
    struct session *session = session_at(sessions, number);
    session->is_open = false;
    if (session->has_left)
        over(sessions, number);
}

static void hear(struct sessions *sessions, uint32_t number, const struct rail_event *event)
{
    struct session *session = session_at(sessions, number);
    switch (event->kind) {
    case RAIL_CREDITED:
        credited(sessions, number, event);
        break;
    case RAIL_FAILED:
        failed(sessions, number, event->cause);
        break;
    case RAIL_REVERSED:
        reversed(sessions, number, event);
        break;
    case RAIL_LIMIT:
        limited(sessions, number, event->amount_msat);
        break;
    case RAIL_FINAL:
        session->final_msat += event->amount_msat;
        break;
    case RAIL_REFUNDED: /* the session's money when it was asked for, the payer's now */
        refunded(sessions, session, event->amount_msat);
        break;
    case RAIL_ATTACKED:
        session->attack = event->cause;
        break;
    case RAIL_CONFIRMED:
    case RAIL_CLOSED:
    case RAIL_UPKEEP:
    case RAIL_SHAKEN:
    case RAIL_UNDONE:
        break;
    }
}

uint32_t sessions_lend(struct sessions *sessions, uint64_t key)
{
    uint32_t number = slab_take(&sessions->slab);
    if (number == SLAB_NONE) {
        trouble_memory(sessions->trouble);
        return number;
    }
    session_at(sessions, number)->is_guest = true;
    session_at(sessions, number)->key = key;
    return number;
}

uint64_t sessions_guest(const struct sessions *sessions, uint32_t number)
{
    assert(session_at(sessions, number)->is_guest);
    return session_at(sessions, number)->key;
}

void sessions_return(struct sessions *sessions, uint32_t number)
{
    assert(session_at(sessions, number)->is_guest);
    slab_return(&sessions->slab, number);
}

static void hear_of_session(struct sessions *sessions, uint32_t number, const struct rail_event *event)
{
    struct session *session = session_at(sessions, number);
    session->fee_msat += event->fee_payer_msat + event->fee_payee_msat;
    session->weight_wu += event->weight_wu;
    if (session->payee != RAIL_OPERATOR)
        sessions->guest_msat += event->fee_payee_msat - (event->kind == RAIL_FINAL ? event->amount_msat : 0);
    sessions_settle(sessions, number);
    hear(sessions, number, event);
    session_look(sessions, session);
    sessions->listener.on_event(sessions->listener.self, number, event);
    if (event->kind == RAIL_CLOSED)
        closed(sessions, number);
}

static void on_rail_event(void *self, const struct rail_event *event)
{
    struct sessions *sessions = self;
    sim_trace(sessions->trouble->sim, (uint64_t)event->kind << 32 | event->cause);
    sim_trace(sessions->trouble->sim, (uint64_t)event->amount_msat);
    sessions->payer_fee_msat += event->fee_payer_msat;
    sessions->fee_msat += event->fee_payer_msat + event->fee_payee_msat;
    if (event->session != RAIL_NO_SESSION && session_at(sessions, event->session)->is_guest) {
        sessions->guest.on_event(sessions->guest.self, event);
        return;
    }
    if (event->session != RAIL_NO_SESSION) {
        hear_of_session(sessions, event->session, event);
        return;
    }
    if (event->kind == RAIL_UNDONE && event->payee == RAIL_OPERATOR)
        sessions->past_kept_msat -= event->amount_msat;
    else if (event->kind == RAIL_UNDONE && sessions->guest.on_event != NULL)
        sessions->guest.on_event(sessions->guest.self, event);
    sessions->listener.on_event(sessions->listener.self, SLAB_NONE, event);
}

/* ---- the table's face ------------------------------------------------------------------------------------------ */

void sessions_init(struct sessions *sessions, const struct sessions_options *options)
{
    const struct outlet_config *outlet = options->outlet;
    int64_t power_w = outlet_config_watts(outlet, outlet->current_ma);
    *sessions = (struct sessions){.trouble = options->trouble,
                                  .config = options->payment,
                                  .idle = options->idle,
                                  .ledger = options->ledger,
                                  .listener = options->listener,
                                  .first = SLAB_NONE,
                                  .price_uyen_per_kwh = options->price_uyen_per_kwh,
                                  .limit_ma = outlet->current_ma};
    assert(options->payment->purchase_uj > 0 && options->payment->reorder_uj >= 0);
    sessions->guard_uj = power_w * (outlet->contactor_delay_us + 1) - 1 + outlet->meter_resolution_uj - 1;
    /* Asked for one microsecond and one step of the meter before credit is used up, so that a rail that answers at once
     * interrupts nobody. */
    int64_t early_uj = power_w + outlet->meter_resolution_uj;
    int64_t reorder_uj = options->payment->reorder_uj;
    sessions->reorder_uj = reorder_uj > INT64_MAX - early_uj ? INT64_MAX : reorder_uj + early_uj;
    money_init(&sessions->money, options->yen_per_btc);
    slab_init(&sessions->slab, sizeof(struct session));
    sessions->retry_kind = sim_kind_add(options->trouble->sim, "session.retry", handle_retry);
}

struct rail_listener sessions_rail_listener(struct sessions *sessions)
{
    return (struct rail_listener){.self = sessions, .on_event = on_rail_event};
}

void sessions_close(struct sessions *sessions)
{
    slab_close(&sessions->slab);
}

uint32_t sessions_add(struct sessions *sessions)
{
    uint32_t number = slab_take(&sessions->slab);
    if (number == SLAB_NONE) {
        trouble_memory(sessions->trouble);
        return number;
    }
    struct session *session = session_at(sessions, number);
    session->is_used = true;
    session->visitor = SESSION_NO_VISITOR;
    session->limit_msat = INT64_MAX;
    session->hold.at_us = sim_now_us(sessions->trouble->sim);
    session->stay.session = number;
    session->plugged_us = session->powered_us = session->full_us = SESSION_NEVER_US;
    session->stay.outlet = PARKING_NONE;
    session->previous = session->next = SLAB_NONE;
    return number;
}

void sessions_plug(struct sessions *sessions, uint32_t number, const struct outlet_port *port)
{
    struct session *session = session_at(sessions, number);
    session->plugged_us = sim_now_us(sessions->trouble->sim);
    session->port = *port;
    session->reading_uj = port->ops->meter_uj(port->self);
    session->price_uyen_per_kwh = sessions->price_uyen_per_kwh;
    session->guard_uj += sessions->guard_uj;
    session->next = sessions->first;
    if (session->next != SLAB_NONE)
        session_at(sessions, session->next)->previous = number;
    sessions->first = number;
    session->is_open = true;
    const struct rail_opening opening = {.session = number,
                                         .payer = session->car,
                                         .payee = session->payee,
                                         .outlet = session->stay.outlet,
                                         .key = session->key};
    struct rail_terms terms = {0};
    if (sessions->rail.ops->terms != NULL)
        sessions->rail.ops->terms(sessions->rail.self, &terms);
    session->trust_msat = terms.trust_msat;
    session->purchase_uj = terms.purchase_uj > 0 ? terms.purchase_uj : sessions->config->purchase_uj;
    session->limit_msat = terms.waits ? 0 : INT64_MAX;
    sessions->rail.ops->session_open(sessions->rail.self, &opening);
    if (session->demand_uj == 0)
        sessions_on_idle(sessions, number);
    else
        pursue(sessions, number);
}

static enum session_end end_of(const struct session *session)
{
    if (session->plugged_us == SESSION_NEVER_US)
        return SESSION_END_UNPLUGGED;
    if (session->end == SESSION_END_COMPLETE)
        return SESSION_END_COMPLETE;
    if (session->give_up_cause != RAIL_CAUSE_NONE && !session->is_on)
        return SESSION_END_UNPOWERED;
    return SESSION_END_DEPARTED;
}

void sessions_leave(struct sessions *sessions, uint32_t number)
{
    struct session *session = session_at(sessions, number);
    assert(!session->has_left);
    session->end = end_of(session);
    if (session->full_us != SESSION_NEVER_US)
        session->idle_booked_us = sim_now_us(sessions->trouble->sim) - session->full_us;
    if (session->plugged_us != SESSION_NEVER_US) {
        finish(sessions, number);
        unlink_plugged(sessions, session);
    }
    session->has_left = true;
    if (!session->is_open)
        over(sessions, number);
}

void sessions_on_closed(struct sessions *sessions, uint32_t number)
{
    struct session *session = session_at(sessions, number);
    if (session_is_plugged(session) && session->powered_us == SESSION_NEVER_US)
        session->powered_us = sim_now_us(sessions->trouble->sim);
}

void sessions_on_energy(struct sessions *sessions, uint32_t number)
{
    pursue(sessions, number);
}

void sessions_on_idle(struct sessions *sessions, uint32_t number)
{
    struct session *session = session_at(sessions, number);
    if (!session_is_plugged(session))
        return;
    session->end = SESSION_END_COMPLETE;
    if (session->full_us == SESSION_NEVER_US)
        session->full_us = sim_now_us(sessions->trouble->sim);
    session->is_resting = session->may_feed || sessions->idle->fee_msat > 0;
    if (!session->is_resting) {
        finish(sessions, number);
    } else if (!session->may_feed) { /* nothing will flow any more */
        session_settle(sessions, session);
        switch_outlet(sessions, session, false);
    }
}

/* The contactor is closed and the car paused, or it has been opened. A refill that is not paid yet interrupts nobody.
 */
void sessions_on_fed(struct sessions *sessions, uint32_t number)
{
    struct session *session = session_at(sessions, number);
    if (!session_is_plugged(session) || session->is_done)
        return;
    bool was_interrupted = session->is_interrupted;
    session->is_resting = false;
    session->full_us = SESSION_NEVER_US;
    session->end = SESSION_END_NONE;
    pursue(sessions, number);
    session->is_interrupted = was_interrupted;
    if (session->is_on)
        session->port.ops->switch_on(session->port.self, sessions->limit_ma, INT64_MAX);
}

void sessions_set_price(struct sessions *sessions, int64_t price_uyen_per_kwh)
{
    if (price_uyen_per_kwh == sessions->price_uyen_per_kwh)
        return;
    for (uint32_t i = sessions->first; i != SLAB_NONE; i = session_at(sessions, i)->next)
        session_settle(sessions, session_at(sessions, i));
    sessions->price_uyen_per_kwh = price_uyen_per_kwh;
    for (uint32_t i = sessions->first; i != SLAB_NONE; i = session_at(sessions, i)->next)
        pursue(sessions, i);
}
