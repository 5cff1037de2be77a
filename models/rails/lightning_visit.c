/* lightning_visit.c: what sessions want.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/lightning_visit.h"

#include "models/rails/lightning_books.h"
#include "models/rails/lightning_channel.h"
#include "models/rails/lightning_deposit.h"
#include "models/rails/lightning_place.h"
#include "models/rails/lightning_presence.h"
#include "models/rails/lightning_undo.h"

#include <assert.h>

#define LOOK_AGAIN_US 10000

static struct phone *phone_of(const struct lightning *rail, uint32_t session)
{
    return &rail->phones[rail->accounts[session].payer];
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

/* One thing less is under way in the session; the last one ends it. */
static void unbusy(struct lightning *rail, uint32_t session)
{
    struct account *account = &rail->accounts[session];
    assert(account->busy_count > 0);
    if (--account->busy_count > 0)
        return;
    uint32_t payer = account->payer, payee = account->payee;
    assert(account->is_closing && account->refund_msat == 0);
    *account = (struct account){0};
    if (rail->phones[payer].on_credit == session)
        rail->phones[payer].on_credit = RAIL_NO_SESSION;
    rail->phones[payer].session_count--;
    if (payee != RAIL_OPERATOR)
        rail->phones[payee - 1].session_count--;
    lightning_raise(rail, &(struct rail_event){.kind = RAIL_CLOSED, .session = session});
    presence_look(rail, payer);
    if (payee != RAIL_OPERATOR)
        presence_look(rail, payee - 1);
}

static uint32_t line_of(struct lightning *rail, uint32_t session)
{
    const struct account *account = &rail->accounts[session];
    return place_line(rail, account->payer, place_far(rail, account->outlet));
}

/* The line of a payee with a phone; SLAB_NONE: he has none. */
static uint32_t payee_line_of(struct lightning *rail, uint32_t session)
{
    const struct account *account = &rail->accounts[session];
    return account->payee == RAIL_OPERATOR ? SLAB_NONE
                                           : place_line(rail, account->payee - 1, place_far(rail, account->outlet));
}

static uint32_t payee_node(const struct lightning *rail, const struct account *account)
{
    return account->payee == RAIL_OPERATOR ? rail->outlets[account->outlet] : rail->phones[account->payee - 1].node;
}

/* The node that somebody has his channels with. */
static uint32_t by_of(const struct lightning *rail, const struct account *account, uint32_t node)
{
    bool is_outlet = rail->stations[node].role == STATION_OUTLET;
    if (rail->hub != HOST_NONE && is_outlet)
        return rail->hub;
    if (rail->hub != HOST_NONE || !is_outlet)
        return place_far(rail, account->outlet);
    return rail->phones[account->payer].node;
}

void visit_end(struct lightning *rail, uint32_t session)
{
    uint32_t line = line_of(rail, session);
    if (line != SLAB_NONE)
        channel_rest(rail, line);
    deposit_decide(rail, session);
    unbusy(rail, session);
}

/* ---- waiting ---------------------------------------------------------------------------------------------------- */

static bool is_connected(const struct lightning *rail, uint32_t number)
{
    const struct line *line = line_at(rail, number);
    return host_peer(rail->host, line->near, line->far) != LN_NODE_NONE;
}

/* The payer's phone has to do something before it can pay. */
static void help(struct lightning *rail, const struct exchange *exchange, uint32_t line, enum place_reach reach)
{
    if (reach == PLACE_NO_CHANNEL)
        channel_need(rail, line);
    else if (reach == PLACE_TOO_LITTLE)
        channel_top_up(rail, line,
                       exchange->kind == EXCHANGE_SLICE ? deposit_at(rail, exchange->order)->amount_msat
                                                        : exchange->amount_msat);
}

/* Begins what waits, if it can be. */
static void try(struct lightning *rail, uint32_t number)
{
    const struct exchange *exchange = exchange_at(rail, number);
    if (exchange->state != EXCHANGE_WAITS)
        return;
    if (exchange->amount_msat == 0 || exchange->session == RAIL_NO_SESSION) {
        if (exchange->amount_msat == 0)
            exchange_wait(rail, number);
        else
            exchange_begin(rail, number);
        return;
    }
    uint32_t line = line_of(rail, exchange->session), payees = payee_line_of(rail, exchange->session);
    if (line == SLAB_NONE || !is_connected(rail, line) || (payees != SLAB_NONE && !is_connected(rail, payees)))
        return;
    bool is_phones = rail->stations[exchange->from].role == STATION_PHONE;
    enum place_reach reach = place_reach(rail, exchange->from, exchange->by, exchange->amount_msat);
    if (reach == PLACE_REACHES || (!is_phones && reach != PLACE_UNKNOWN))
        exchange_begin(rail, number);
    else if (reach == PLACE_UNKNOWN)
        exchange_wait(rail, number);
    else
        help(rail, exchange, exchange->kind == EXCHANGE_REFUND ? payees : line, reach);
}

static bool is_worth_waiting(struct lightning *rail, const struct exchange *exchange)
{
    if (exchange->state != EXCHANGE_WAITS || exchange->session == RAIL_NO_SESSION ||
        rail->accounts[exchange->session].is_closing)
        return false;
    uint32_t line = line_of(rail, exchange->session);
    return line != SLAB_NONE && is_connected(rail, line) && channel_is_coming(rail, line);
}

static enum rail_cause cause_of_waiting(struct lightning *rail, const struct exchange *exchange)
{
    uint32_t line = exchange->session == RAIL_NO_SESSION ? SLAB_NONE : line_of(rail, exchange->session);
    if (line == SLAB_NONE || !is_connected(rail, line))
        return RAIL_CAUSE_OFFLINE;
    enum place_reach reach = place_reach(rail, exchange->from, exchange->by, exchange->amount_msat);
    bool is_crowded = reach == PLACE_TOO_LITTLE && place_is_crowded(rail, exchange->from, exchange->by);
    return is_crowded                  ? RAIL_CAUSE_SLOTS
           : reach == PLACE_TOO_LITTLE ? RAIL_CAUSE_LIQUIDITY
           : reach == PLACE_NO_CHANNEL ? RAIL_CAUSE_NO_CHANNEL
                                       : RAIL_CAUSE_TIMEOUT;
}

void visit_late(struct lightning *rail, uint32_t number)
{
    const struct exchange *exchange = exchange_at(rail, number);
    if (is_worth_waiting(rail, exchange)) {
        exchange_give_time(rail, number);
        return;
    }
    bool waits = exchange->state == EXCHANGE_WAITS;
    visit_hear(rail, number,
               waits ? exchange_lose(rail, number, cause_of_waiting(rail, exchange)) : exchange_late(rail, number));
}

void visit_step(struct lightning *rail, uint32_t number)
{
    const struct exchange *exchange = exchange_at(rail, number);
    if (exchange->state == EXCHANGE_WAITS && exchange->amount_msat > 0)
        try(rail, number);
    else
        visit_hear(rail, number, exchange_step(rail, number));
}

/* ---- credit ---------------------------------------------------------------------------------------------------- */

static void plan_trust(struct lightning *rail, uint32_t session, int64_t after_us)
{
    struct account *account = &rail->accounts[session];
    if (account->is_looked_after)
        return;
    account->is_looked_after = true;
    account->busy_count++;
    lightning_schedule(rail, rail->trust_kind, after_us, session);
}

/* The phone is connected, and has a channel that can carry what may become due: it asks for power. */
static void ask_for_power(struct lightning *rail, uint32_t session)
{
    struct account *account = &rail->accounts[session];
    uint32_t line = line_of(rail, session), node = phone_of(rail, session)->node;
    if (line == SLAB_NONE || !is_connected(rail, line))
        return;
    int64_t amount_msat = rail->config->credit_limit_msat;
    switch (place_reach(rail, node, by_of(rail, account, node), amount_msat)) {
    case PLACE_REACHES:
        account->has_asked = true;
        plan_trust(rail, session, exchange_way_us(rail, account->key << 16 | 0xffff));
        break;
    case PLACE_UNKNOWN:
        plan_trust(rail, session, LOOK_AGAIN_US);
        break;
    case PLACE_NO_CHANNEL:
        channel_need(rail, line);
        break;
    case PLACE_TOO_LITTLE:
        channel_top_up(rail, line, amount_msat);
        break;
    }
}

static void trust(struct lightning *rail, uint32_t session)
{
    const struct account *account = &rail->accounts[session];
    if (account->is_closing || account->is_trusted || account->is_looked_after)
        return;
    if (!account->has_asked) {
        ask_for_power(rail, session);
        return;
    }
    rail->accounts[session].is_trusted = true;
    lightning_raise(
        rail, &(struct rail_event){
                  .kind = RAIL_LIMIT, .session = session, .amount_msat = INT64_MAX, .asked_us = sim_now_us(rail->sim)});
}

void visit_trust(struct lightning *rail, uint32_t session)
{
    rail->accounts[session].is_looked_after = false;
    trust(rail, session);
    unbusy(rail, session);
}

void visit_look(struct lightning *rail, uint32_t number)
{
    const struct line *line = line_at(rail, number);
    for (uint32_t i = rail->stations[line->near].first_from; i != SLAB_NONE; i = exchange_at(rail, i)->next_from)
        try(rail, i);
    for (uint32_t i = rail->stations[line->near].first_to; i != SLAB_NONE; i = exchange_at(rail, i)->next_to)
        try(rail, i);
    uint32_t session = line->payer == LIGHTNING_OPERATORS ? RAIL_NO_SESSION : rail->phones[line->payer].on_credit;
    if (session != RAIL_NO_SESSION)
        trust(rail, session);
}

/* ---- refunds ---------------------------------------------------------------------------------------------------- */

/* What is to go back goes through the channel: the outlet's node pays the phone's. */
static void begin_refund(struct lightning *rail, uint32_t session)
{
    struct account *account = &rail->accounts[session];
    if (account->refund_msat == 0 || account->is_refunding)
        return;
    const struct exchange_terms terms = {.kind = EXCHANGE_REFUND,
                                         .from = payee_node(rail, account),
                                         .to = phone_of(rail, session)->node,
                                         .by = by_of(rail, account, payee_node(rail, account)),
                                         .session = session,
                                         .amount_msat = account->refund_msat};
    uint32_t exchange = exchange_new(rail, &terms);
    if (exchange == SLAB_NONE)
        return;
    account->busy_count++;
    account->is_refunding = true;
    account->refund_msat = 0;
    try(rail, exchange);
}

void visit_refund(struct lightning *rail, uint32_t session, int64_t amount_msat)
{
    struct account *account = &rail->accounts[session];
    int64_t held_msat = deposit_refund(rail, session, amount_msat);
    rail->exposure_msat -= held_msat;
    ledger_move(rail->ledger, LEDGER_IN_FLIGHT, LEDGER_OWED, held_msat);
    account->refund_msat += amount_msat - held_msat;
    ledger_move(rail->ledger, ledger_payee(account->payee), LEDGER_OWED, amount_msat - held_msat);
    if (account->is_closing)
        deposit_decide(rail, session);
    begin_refund(rail, session);
}

/* It has arrived, or is kept as the payer's balance. */
static void end_refund(struct lightning *rail, const struct exchange *exchange, bool is_back)
{
    uint32_t session = exchange->session;
    struct account *account = &rail->accounts[session];
    if (is_back)
        ledger_move(rail->ledger, LEDGER_OWED, LEDGER_FIRST_PAYER + account->payer, exchange->amount_msat);
    else if (account->payee != RAIL_OPERATOR) /* who keeps no balances: what he cannot send stays his */
        ledger_move(rail->ledger, LEDGER_OWED, ledger_payee(account->payee), exchange->amount_msat);
    else
        phone_of(rail, session)->balance_msat += exchange->amount_msat;
    account->is_refunding = false;
    bool is_dear = is_back && rail->public != NULL; /* third parties forward it */
    if (is_dear)
        ledger_move(rail->ledger, ledger_payee(account->payee), LEDGER_PROVIDER, exchange->fee_msat);
    lightning_raise(rail, &(struct rail_event){.kind = RAIL_REFUNDED,
                                               .session = session,
                                               .amount_msat = exchange->amount_msat,
                                               .fee_payee_msat = is_dear ? exchange->fee_msat : 0,
                                               .asked_us = exchange->asked_us});
    begin_refund(rail, session);
    unbusy(rail, session);
}

/* ---- orders ----------------------------------------------------------------------------------------------------- */

void visit_begin(struct lightning *rail, const struct rail_opening *opening)
{
    struct phone *phone = &rail->phones[opening->payer];
    uint32_t line = place_line(rail, opening->payer, place_far(rail, opening->outlet));
    rail->accounts[opening->session] = (struct account){.is_open = true,
                                                        .payer = opening->payer,
                                                        .payee = opening->payee,
                                                        .outlet = opening->outlet,
                                                        .busy_count = 1,
                                                        .key = opening->key,
                                                        .first_deposit = SLAB_NONE};
    phone->session_count++;
    if (line == SLAB_NONE)
        return;
    if (rail->config->plan == LIGHTNING_STREAM && opening->payee == RAIL_OPERATOR) {
        phone->on_credit = opening->session;
        plan_trust(rail, opening->session, 0);
    }
    presence_want(rail, line);
    channel_need(rail, line);
    uint32_t payees = payee_line_of(rail, opening->session);
    if (payees == SLAB_NONE)
        return;
    rail->phones[opening->payee - 1].session_count++;
    presence_want(rail, payees);
    channel_need(rail, payees);
}

/* The order is held in slices. */
static void begin_deposit(struct lightning *rail, const struct rail_order *order)
{
    struct account *account = &rail->accounts[order->session];
    struct phone *phone = phone_of(rail, order->session);
    uint32_t count = rail->config->deposit_slices, number = deposit_new(rail, order);
    while (count > 1 && order->amount_msat >> (count - 1) == 0)
        count--;
    if (number == SLAB_NONE)
        return;
    struct deposit *deposit = deposit_at(rail, number);
    account->busy_count++;
    deposit_decide(rail, order->session); /* those before will be used up */
    for (uint32_t i = 0; i < count; i++) {
        const struct exchange_terms terms = {.kind = EXCHANGE_SLICE,
                                             .from = phone->node,
                                             .to = rail->outlets[account->outlet],
                                             .by = by_of(rail, account, phone->node),
                                             .session = order->session,
                                             .order = number,
                                             .amount_msat = deposit_slice_msat(order->amount_msat, i, count)};
        deposit->slices[i] = exchange_new(rail, &terms);
        if (deposit->slices[i] == SLAB_NONE)
            return;
    }
    deposit->slice_count = deposit->open_count = count;
    for (uint32_t i = 0; i < count; i++)
        try(rail, deposit->slices[i]);
}

void visit_order(struct lightning *rail, const struct rail_order *order)
{
    struct account *account = &rail->accounts[order->session];
    struct phone *phone = phone_of(rail, order->session);
    rail->tally.orders++;
    rail->tally.order_msat += (double)order->amount_msat;
    if (rail->config->plan == LIGHTNING_DEPOSIT && account->payee == RAIL_OPERATOR &&
        phone->balance_msat < order->amount_msat) {
        begin_deposit(rail, order);
        return;
    }
    int64_t balance_msat = phone->balance_msat < order->amount_msat ? phone->balance_msat : order->amount_msat;
    if (account->payee != RAIL_OPERATOR) /* who keeps the balance is not whom it goes to */
        balance_msat = 0;
    const struct exchange_terms terms = {.kind = EXCHANGE_ORDER,
                                         .from = phone->node,
                                         .to = payee_node(rail, account),
                                         .by = by_of(rail, account, phone->node),
                                         .session = order->session,
                                         .order = order->payment,
                                         .amount_msat = order->amount_msat - balance_msat,
                                         .balance_msat = balance_msat};
    uint32_t exchange = exchange_new(rail, &terms);
    if (exchange == SLAB_NONE)
        return;
    phone->balance_msat -= balance_msat;
    account->busy_count++;
    try(rail, exchange);
}

static void raise_order(struct lightning *rail, const struct exchange *exchange, enum rail_event_kind kind)
{
    bool is_credit = kind == RAIL_CREDITED;
    bool is_operators = rail->accounts[exchange->session].payee == RAIL_OPERATOR && rail->public == NULL;
    lightning_raise(rail, &(struct rail_event){.kind = kind,
                                               .cause = exchange->cause,
                                               .session = exchange->session,
                                               .payment = exchange->order,
                                               .amount_msat = exchange->amount_msat + exchange->balance_msat,
                                               .fee_payer_msat = is_credit ? exchange->fee_msat : 0,
                                               .fee_payee_msat = is_credit && is_operators ? -exchange->fee_msat : 0,
                                               .asked_us = exchange->asked_us});
}

/* An outlet that has most of its channel sends back to the hub, so that it can be paid again. */
static void rebalance(struct lightning *rail, uint32_t outlet)
{
    const struct line *line = rail->hub == HOST_NONE ? NULL : line_at(rail, rail->backbones[outlet]);
    if (line == NULL || line->first_tie == SLAB_NONE)
        return;
    const struct tie *tie = tie_at(rail, line->first_tie);
    const struct ln_node_channel *entry = place_entry(rail, tie, 1);
    if (entry == NULL || rail->outlet_busy[outlet])
        return;
    int64_t has_msat = (int64_t)entry->channel.settled_msat[LN_US], part_msat = tie->capacity_sat / 1000;
    if (has_msat < part_msat * rail->config->rebalance_above_ppm)
        return;
    const struct exchange_terms terms = {.kind = EXCHANGE_REBALANCE,
                                         .from = rail->outlets[outlet],
                                         .to = rail->hub,
                                         .by = rail->hub,
                                         .session = RAIL_NO_SESSION,
                                         .amount_msat = has_msat - part_msat * rail->config->rebalance_to_ppm};
    uint32_t exchange = exchange_new(rail, &terms);
    rail->outlet_busy[outlet] = exchange != SLAB_NONE;
    if (exchange != SLAB_NONE)
        try(rail, exchange);
}

/* The preimage is the payer's: the money is the operator's for good. */
static void credit(struct lightning *rail, const struct exchange *exchange)
{
    const struct account *account = &rail->accounts[exchange->session];
    uint32_t outlet = account->outlet;
    ledger_move(rail->ledger, LEDGER_OWED, ledger_payee(account->payee), exchange->balance_msat);
    ledger_move(rail->ledger, LEDGER_FIRST_PAYER + account->payer, ledger_payee(account->payee), exchange->amount_msat);
    bool is_peers = account->payee != RAIL_OPERATOR; /* the hub's fee is then a third party's */
    ledger_move(rail->ledger, LEDGER_FIRST_PAYER + account->payer,
                is_peers || rail->public != NULL ? LEDGER_PROVIDER : LEDGER_OPERATOR, exchange->fee_msat);
    rail->forwarded_msat += is_peers && rail->public == NULL ? exchange->fee_msat : 0;
    raise_order(rail, exchange, RAIL_CREDITED);
    raise_order(rail, exchange, RAIL_FINAL);
    unbusy(rail, exchange->session);
    rebalance(rail, outlet);
}

static void fail(struct lightning *rail, const struct exchange *exchange)
{
    phone_of(rail, exchange->session)->balance_msat += exchange->balance_msat;
    raise_order(rail, exchange, RAIL_FAILED);
    unbusy(rail, exchange->session);
}

static void raise_deposit(struct lightning *rail, const struct deposit *deposit, enum rail_event_kind kind)
{
    bool is_final = kind == RAIL_FINAL, is_reversed = kind == RAIL_REVERSED;
    lightning_raise(rail,
                    &(struct rail_event){.kind = kind,
                                         .cause = deposit->cause,
                                         .session = deposit->session,
                                         .payment = deposit->number,
                                         .amount_msat = deposit->amount_msat - deposit->refund_msat,
                                         .lapsed_msat = is_reversed ? deposit->refund_msat : 0,
                                         .fee_payer_msat = is_final ? deposit->fee_msat : 0,
                                         .fee_payee_msat = is_final && rail->public == NULL ? -deposit->fee_msat : 0,
                                         .asked_us = deposit->asked_us});
}

/* What was held and not taken has gone back; what was taken beyond what was used goes back by a payment. */
static void end_deposit(struct lightning *rail, const struct deposit *deposit)
{
    struct account *account = &rail->accounts[deposit->session];
    uint32_t session = deposit->session, payer = LEDGER_FIRST_PAYER + account->payer;
    int64_t kept_msat = deposit->amount_msat - deposit->refund_msat;
    int64_t back_msat = deposit->amount_msat - deposit->taken_msat;
    ledger_move(rail->ledger, LEDGER_IN_FLIGHT, LEDGER_OPERATOR, kept_msat);
    ledger_move(rail->ledger, payer, rail->public == NULL ? LEDGER_OPERATOR : LEDGER_PROVIDER, deposit->fee_msat);
    rail->exposure_msat -= kept_msat;
    raise_deposit(rail, deposit, RAIL_FINAL);
    if (back_msat > 0) {
        ledger_move(rail->ledger, LEDGER_OWED, payer, back_msat);
        lightning_raise(rail, &(struct rail_event){.kind = RAIL_REFUNDED,
                                                   .session = session,
                                                   .amount_msat = back_msat,
                                                   .asked_us = sim_now_us(rail->sim)});
    }
    rail->accounts[session].refund_msat += deposit->taken_msat - kept_msat;
    rebalance(rail, rail->accounts[session].outlet);
}

static void hear_of_deposit(struct lightning *rail, uint32_t exchange, enum exchange_outcome outcome)
{
    uint32_t number = exchange_at(rail, exchange)->order;
    const struct deposit *deposit = deposit_at(rail, number);
    uint32_t session = deposit->session, payer = LEDGER_FIRST_PAYER + rail->accounts[session].payer;
    enum deposit_news news = deposit_hear(rail, exchange, outcome);
    int64_t left_msat = deposit->amount_msat - deposit->refund_msat;
    switch (news) {
    case DEPOSIT_NOTHING:
        break;
    case DEPOSIT_HELD:
        ledger_move(rail->ledger, payer, LEDGER_IN_FLIGHT, deposit->amount_msat);
        rail->exposure_msat += deposit->amount_msat;
        raise_deposit(rail, deposit, RAIL_CREDITED);
        break;
    case DEPOSIT_FAILED:
        raise_deposit(rail, deposit, RAIL_FAILED);
        break;
    case DEPOSIT_REVERSED:
        ledger_move(rail->ledger, LEDGER_IN_FLIGHT, payer, left_msat);
        ledger_move(rail->ledger, LEDGER_OWED, payer, deposit->refund_msat);
        rail->exposure_msat -= left_msat;
        raise_deposit(rail, deposit, RAIL_REVERSED);
        break;
    case DEPOSIT_OVER:
        end_deposit(rail, deposit);
        break;
    }
    bool is_over = deposit->open_count == 0;
    deposit_drop(rail, number);
    if (!is_over)
        return;
    begin_refund(rail, session);
    unbusy(rail, session);
}

void visit_hear(struct lightning *rail, uint32_t number, enum exchange_outcome outcome)
{
    const struct exchange *exchange = exchange_at(rail, number);
    bool is_taken = outcome == EXCHANGE_IS_TAKEN;
    if (outcome == EXCHANGE_IS_UNDONE) {
        undo_exchange(rail, exchange);
    } else if (outcome != EXCHANGE_NOTHING) {
        switch (exchange->kind) {
        case EXCHANGE_ORDER:
            if (is_taken)
                credit(rail, exchange);
            else
                fail(rail, exchange);
            break;
        case EXCHANGE_REFUND:
            end_refund(rail, exchange, is_taken);
            break;
        case EXCHANGE_REBALANCE:
            rail->outlet_busy[rail->stations[exchange->from].index] = false;
            break;
        case EXCHANGE_SLICE:
            hear_of_deposit(rail, number, outcome);
            break;
        }
    }
    exchange_drop(rail, number);
}
