/* lightning_session.c: what sessions want.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/lightning_session.h"

#include "models/rails/lightning_books.h"
#include "models/rails/lightning_channel.h"
#include "models/rails/lightning_place.h"
#include "models/rails/lightning_presence.h"

#include <assert.h>

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
    uint32_t payer = account->payer;
    assert(account->is_closing && account->refund_msat == 0);
    *account = (struct account){0};
    rail->phones[payer].session_count--;
    lightning_raise(rail, &(struct rail_event){.kind = RAIL_CLOSED, .session = session});
    presence_look(rail, payer);
}

static uint32_t line_of(struct lightning *rail, uint32_t session)
{
    const struct account *account = &rail->accounts[session];
    return place_line(rail, account->payer, place_far(rail, account->outlet));
}

void session_end(struct lightning *rail, uint32_t session)
{
    uint32_t line = line_of(rail, session);
    if (line != SLAB_NONE)
        channel_rest(rail, line);
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
        channel_top_up(rail, line, exchange->amount_msat);
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
    uint32_t line = line_of(rail, exchange->session);
    if (line == SLAB_NONE || !is_connected(rail, line))
        return;
    bool is_phones = rail->stations[exchange->from].role == STATION_PHONE;
    enum place_reach reach = place_reach(rail, exchange->from, exchange->amount_msat);
    if (reach == PLACE_REACHES || (!is_phones && reach != PLACE_UNKNOWN))
        exchange_begin(rail, number);
    else if (reach == PLACE_UNKNOWN)
        exchange_wait(rail, number);
    else
        help(rail, exchange, line, reach);
}

void session_look(struct lightning *rail, uint32_t number)
{
    const struct line *line = line_at(rail, number);
    for (uint32_t i = rail->stations[line->near].first_from; i != SLAB_NONE; i = exchange_at(rail, i)->next_from)
        try(rail, i);
    for (uint32_t i = rail->stations[line->near].first_to; i != SLAB_NONE; i = exchange_at(rail, i)->next_to)
        try(rail, i);
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
    enum place_reach reach = place_reach(rail, exchange->from, exchange->amount_msat);
    return reach == PLACE_TOO_LITTLE   ? RAIL_CAUSE_LIQUIDITY
           : reach == PLACE_NO_CHANNEL ? RAIL_CAUSE_NO_CHANNEL
                                       : RAIL_CAUSE_TIMEOUT;
}

void session_late(struct lightning *rail, uint32_t number)
{
    const struct exchange *exchange = exchange_at(rail, number);
    if (is_worth_waiting(rail, exchange)) {
        exchange_give_time(rail, number);
        return;
    }
    bool waits = exchange->state == EXCHANGE_WAITS;
    session_hear(rail, number,
                 waits ? exchange_lose(rail, number, cause_of_waiting(rail, exchange)) : exchange_late(rail, number));
}

void session_step(struct lightning *rail, uint32_t number)
{
    const struct exchange *exchange = exchange_at(rail, number);
    if (exchange->state == EXCHANGE_WAITS && exchange->amount_msat > 0)
        try(rail, number);
    else
        session_hear(rail, number, exchange_step(rail, number));
}

/* ---- refunds ---------------------------------------------------------------------------------------------------- */

/* What is to go back goes through the channel: the outlet's node pays the phone's. */
static void begin_refund(struct lightning *rail, uint32_t session)
{
    struct account *account = &rail->accounts[session];
    if (account->refund_msat == 0 || account->is_refunding)
        return;
    const struct exchange_terms terms = {.kind = EXCHANGE_REFUND,
                                         .from = rail->outlets[account->outlet],
                                         .to = phone_of(rail, session)->node,
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

void session_refund(struct lightning *rail, uint32_t session, int64_t amount_msat)
{
    rail->accounts[session].refund_msat += amount_msat;
    ledger_move(rail->ledger, LEDGER_OPERATOR, LEDGER_OWED, amount_msat);
    begin_refund(rail, session);
}

/* It has arrived, or is kept as the payer's balance. */
static void end_refund(struct lightning *rail, const struct exchange *exchange, bool is_back)
{
    uint32_t session = exchange->session;
    struct account *account = &rail->accounts[session];
    if (is_back)
        ledger_move(rail->ledger, LEDGER_OWED, LEDGER_FIRST_PAYER + account->payer, exchange->amount_msat);
    else
        phone_of(rail, session)->balance_msat += exchange->amount_msat;
    account->is_refunding = false;
    lightning_raise(rail, &(struct rail_event){.kind = RAIL_REFUNDED,
                                               .session = session,
                                               .amount_msat = exchange->amount_msat,
                                               .asked_us = exchange->asked_us});
    begin_refund(rail, session);
    unbusy(rail, session);
}

/* ---- orders ----------------------------------------------------------------------------------------------------- */

void session_begin(struct lightning *rail, const struct rail_opening *opening)
{
    struct phone *phone = &rail->phones[opening->payer];
    uint32_t line = place_line(rail, opening->payer, place_far(rail, opening->outlet));
    rail->accounts[opening->session] = (struct account){.is_open = true,
                                                        .payer = opening->payer,
                                                        .outlet = opening->outlet,
                                                        .busy_count = 1,
                                                        .key = opening->key,
                                                        .first_deposit = SLAB_NONE};
    phone->session_count++;
    if (line == SLAB_NONE)
        return;
    presence_want(rail, line);
    channel_need(rail, line);
}

void session_order(struct lightning *rail, const struct rail_order *order)
{
    struct account *account = &rail->accounts[order->session];
    struct phone *phone = phone_of(rail, order->session);
    int64_t balance_msat = phone->balance_msat < order->amount_msat ? phone->balance_msat : order->amount_msat;
    const struct exchange_terms terms = {.kind = EXCHANGE_ORDER,
                                         .from = phone->node,
                                         .to = rail->outlets[account->outlet],
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
    lightning_raise(rail, &(struct rail_event){.kind = kind,
                                               .cause = exchange->cause,
                                               .session = exchange->session,
                                               .payment = exchange->order,
                                               .amount_msat = exchange->amount_msat + exchange->balance_msat,
                                               .fee_payer_msat = is_credit ? exchange->fee_msat : 0,
                                               .fee_payee_msat = is_credit ? -exchange->fee_msat : 0,
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
    ledger_move(rail->ledger, LEDGER_OWED, LEDGER_OPERATOR, exchange->balance_msat);
    ledger_move(rail->ledger, LEDGER_FIRST_PAYER + account->payer, LEDGER_OPERATOR,
                exchange->amount_msat + exchange->fee_msat);
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

void session_hear(struct lightning *rail, uint32_t number, enum exchange_outcome outcome)
{
    const struct exchange *exchange = exchange_at(rail, number);
    bool is_taken = outcome == EXCHANGE_IS_TAKEN;
    if (outcome != EXCHANGE_NOTHING) {
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
            break;
        }
    }
    exchange_drop(rail, number);
}
