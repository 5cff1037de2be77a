/* lightning_exchange.c: one payment of one node to another.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/lightning_exchange.h"

#include "models/rails/lightning_books.h"
#include "models/rails/lightning_place.h"
#include "models/rails/lightning_presence.h"
#include "protocol/lightning/failure.h"
#include "sim/stream.h"

#include <assert.h>
#include <string.h>

#define LOOK_AGAIN_US 10000
#define PARTS_MAX     4
#define ATTEMPTS_MAX  20

/* ---- coming and going ------------------------------------------------------------------------------------------- */

static uint32_t payer_of(const struct lightning *rail, const struct exchange *exchange)
{
    const struct station *from = &rail->stations[exchange->from], *to = &rail->stations[exchange->to];
    return from->role == STATION_PHONE ? from->index : to->role == STATION_PHONE ? to->index : LIGHTNING_OPERATORS;
}

static void link_exchange(struct lightning *rail, uint32_t number)
{
    struct exchange *exchange = exchange_at(rail, number);
    exchange->next_from = rail->stations[exchange->from].first_from;
    rail->stations[exchange->from].first_from = number;
    exchange->next_to = rail->stations[exchange->to].first_to;
    rail->stations[exchange->to].first_to = number;
}

static void unlink_exchange(struct lightning *rail, uint32_t number)
{
    const struct exchange *exchange = exchange_at(rail, number);
    uint32_t *place = &rail->stations[exchange->from].first_from;
    while (*place != number)
        place = &exchange_at(rail, *place)->next_from;
    *place = exchange->next_from;
    place = &rail->stations[exchange->to].first_to;
    while (*place != number)
        place = &exchange_at(rail, *place)->next_to;
    *place = exchange->next_to;
}

uint32_t exchange_new(struct lightning *rail, const struct exchange_terms *terms)
{
    uint32_t number = slab_take(&rail->exchanges);
    if (number == SLAB_NONE) {
        trouble_memory(rail->trouble);
        return number;
    }
    struct exchange *exchange = exchange_at(rail, number);
    exchange->kind = terms->kind;
    exchange->from = terms->from;
    exchange->to = terms->to;
    exchange->by = terms->by;
    exchange->session = terms->session;
    exchange->order = terms->order;
    exchange->amount_msat = terms->amount_msat;
    exchange->balance_msat = terms->balance_msat;
    exchange->asked_us = sim_now_us(rail->sim);
    exchange->number = terms->session == RAIL_NO_SESSION ? 0 : rail->accounts[terms->session].exchange_count++;
    exchange->deadline = lightning_schedule(rail, rail->deadline_kind, rail->config->patience_us, number);
    link_exchange(rail, number);
    uint32_t payer = payer_of(rail, exchange);
    if (payer != LIGHTNING_OPERATORS)
        rail->phones[payer].exchange_count++;
    return number;
}

bool exchange_drop(struct lightning *rail, uint32_t number)
{
    const struct exchange *exchange = exchange_at(rail, number);
    bool is_over = exchange->state == EXCHANGE_TAKEN || exchange->state == EXCHANGE_FAILED;
    if (!is_over || exchange->has_payment)
        return false;
    uint32_t payer = payer_of(rail, exchange);
    sim_cancel(rail->sim, exchange->step);
    sim_cancel(rail->sim, exchange->deadline);
    unlink_exchange(rail, number);
    slab_return(&rail->exchanges, number);
    if (payer != LIGHTNING_OPERATORS) {
        rail->phones[payer].exchange_count--;
        presence_look(rail, payer);
    }
    return true;
}

/* ---- what nodes need not remember ------------------------------------------------------------------------------- */

/* Within an input of theirs. */
static void forget_olds(struct ln_node *node, struct station *station)
{
    for (uint32_t i = 0; i < station->invoices.count; i++)
        (void)!ln_node_forget_invoice(node, station->invoices.number[i]);
    for (uint32_t i = 0; i < station->payments.count; i++)
        (void)!ln_node_forget_payment(node, station->payments.number[i]);
    station->invoices.count = station->payments.count = 0;
}

static void forget_later(struct lightning *rail, uint32_t number, struct olds *olds, uint64_t old)
{
    if (olds_put(olds, old))
        return;
    struct ln_node *node = host_enter(rail->host, number);
    if (node != NULL) {
        forget_olds(node, &rail->stations[number]);
        host_leave(rail->host, number, LN_NODE_OK, NULL);
    } else {
        olds->count = 0; /* it tells them again when it is back, and they are nobody's then */
    }
    olds_put(olds, old);
}

static void end_payment(struct lightning *rail, struct exchange *exchange)
{
    if (exchange->has_payment)
        forget_later(rail, exchange->from, &rail->stations[exchange->from].payments, exchange->payment);
    exchange->has_payment = false;
}

static void end_invoice(struct lightning *rail, struct exchange *exchange)
{
    if (exchange->has_invoice)
        forget_later(rail, exchange->to, &rail->stations[exchange->to].invoices, exchange->invoice);
    exchange->has_invoice = false;
}

/* ---- asking ----------------------------------------------------------------------------------------------------- */

static int64_t draw_way_us(struct lightning *rail, const char *purpose, uint64_t key)
{
    struct sim_stream stream;
    sim_stream_open(&stream, rail->sim, purpose, key);
    double uniform = 1 - stream_uniform(&stream);
    return place_way_us(rail, uniform < 1 ? uniform : 0.5);
}

/* The operator's nodes need not ask each other over the internet. */
static int64_t way_us(struct lightning *rail, const struct exchange *exchange, bool is_back)
{
    if (exchange->session == RAIL_NO_SESSION)
        return 0;
    uint64_t key = rail->accounts[exchange->session].key << 16 | (exchange->number & 0x7fff);
    return draw_way_us(rail, is_back ? "rail.lightning.answer" : "rail.lightning.request", key);
}

int64_t exchange_way_us(struct lightning *rail, uint64_t key)
{
    return draw_way_us(rail, "rail.lightning.request", key);
}

void exchange_begin(struct lightning *rail, uint32_t number)
{
    struct exchange *exchange = exchange_at(rail, number);
    if (exchange->state != EXCHANGE_WAITS)
        return;
    exchange->state = EXCHANGE_ASKS;
    sim_cancel(rail->sim, exchange->step);
    exchange->step = lightning_schedule(rail, rail->step_kind, way_us(rail, exchange, false), number);
}

void exchange_wait(struct lightning *rail, uint32_t number)
{
    struct exchange *exchange = exchange_at(rail, number);
    int64_t after_us = exchange->amount_msat > 0 ? LOOK_AGAIN_US : 0;
    if (!sim_is_pending(rail->sim, exchange->step))
        exchange->step = lightning_schedule(rail, rail->step_kind, after_us, number);
}

void exchange_give_time(struct lightning *rail, uint32_t number)
{
    struct exchange *exchange = exchange_at(rail, number);
    exchange->deadline = lightning_schedule(rail, rail->deadline_kind, rail->config->patience_us, number);
}

/* When a node's machine will have done all it has to. */
static int64_t done_us(const struct lightning *rail, uint32_t node)
{
    const struct device *device = host_device(rail->host, node);
    int64_t free_ns =
        device->processor_free_ns > device->flash_free_ns ? device->processor_free_ns : device->flash_free_ns;
    int64_t now_us = sim_now_us(rail->sim);
    return free_ns > now_us * 1000 ? (free_ns + 999) / 1000 : now_us;
}

/* The request has arrived: the payee makes the invoice. */
static enum exchange_outcome ask(struct lightning *rail, uint32_t number)
{
    struct exchange *exchange = exchange_at(rail, number);
    uint32_t payer = payer_of(rail, exchange);
    if (exchange->is_vain)
        return exchange_lose(rail, number, RAIL_CAUSE_OFFLINE);
    if (payer != LIGHTNING_OPERATORS && !access_is_there(rail->access, payer)) { /* nobody answers */
        exchange->is_vain = true;
        exchange->step = lightning_schedule(rail, rail->step_kind, rail->access->config->patience_us, number);
        return EXCHANGE_NOTHING;
    }
    struct ln_node *node = host_enter(rail->host, exchange->to);
    if (node == NULL)
        return exchange_lose(rail, number, RAIL_CAUSE_OFFLINE);
    forget_olds(node, &rail->stations[exchange->to]);
    bool is_held = exchange->kind == EXCHANGE_SLICE;
    const struct ln_node_asking asking = {.amount_msat = (uint64_t)exchange->amount_msat,
                                          .description = btc_bytes("energy", 6),
                                          .expiry_s = (uint64_t)(rail->config->patience_us / 1000000) + 1,
                                          .min_final_blocks = is_held ? rail->config->deposit_blocks : 0,
                                          .hold = is_held};
    enum ln_node_result result = ln_node_ask(node, &exchange->invoice, exchange->text, sizeof exchange->text, &asking);
    host_leave(rail->host, exchange->to, result, &host_work_invoice_made);
    if (result != LN_NODE_OK)
        return exchange_lose(rail, number, RAIL_CAUSE_SLOTS);
    exchange->has_invoice = true;
    exchange->state = EXCHANGE_TOLD;
    int64_t after_us = done_us(rail, exchange->to) - sim_now_us(rail->sim) + way_us(rail, exchange, true);
    exchange->step = lightning_schedule(rail, rail->step_kind, after_us, number);
    return EXCHANGE_NOTHING;
}

static enum rail_cause cause_of_result(enum ln_node_result result)
{
    return result == LN_NODE_EXPIRED   ? RAIL_CAUSE_TIMEOUT
           : result == LN_NODE_OFFLINE ? RAIL_CAUSE_OFFLINE
                                       : RAIL_CAUSE_SLOTS;
}

/* The invoice has arrived: the payer pays. */
static enum exchange_outcome pay(struct lightning *rail, uint32_t number)
{
    struct exchange *exchange = exchange_at(rail, number);
    struct ln_node *node = host_enter(rail->host, exchange->from);
    if (node == NULL)
        return exchange_lose(rail, number, RAIL_CAUSE_OFFLINE);
    forget_olds(node, &rail->stations[exchange->from]);
    const struct ln_pay_terms limits = {
        .max_fee_msat = (uint64_t)(exchange->amount_msat / 1000000 * rail->config->fee_max_ppm + LIGHTNING_FEE_MSAT),
        .deadline_us = node->now_us + (uint64_t)rail->config->patience_us,
        .attempts_max = ATTEMPTS_MAX,
        .parts_max = PARTS_MAX};
    enum ln_node_result result =
        ln_node_pay_invoice(node, &exchange->payment, btc_bytes(exchange->text, strlen(exchange->text)), &limits);
    host_leave(rail->host, exchange->from, result, &host_work_invoice_read);
    if (result != LN_NODE_OK)
        return exchange_lose(rail, number, cause_of_result(result));
    exchange->has_payment = true;
    exchange->state = EXCHANGE_PAYS;
    return EXCHANGE_NOTHING;
}

enum exchange_outcome exchange_step(struct lightning *rail, uint32_t number)
{
    struct exchange *exchange = exchange_at(rail, number);
    switch (exchange->state) {
    case EXCHANGE_WAITS:
        if (exchange->amount_msat > 0)
            return EXCHANGE_NOTHING;
        exchange->state = EXCHANGE_TAKEN;
        return EXCHANGE_IS_TAKEN;
    case EXCHANGE_ASKS:
        return ask(rail, number);
    case EXCHANGE_TOLD:
        return pay(rail, number);
    default:
        return EXCHANGE_NOTHING;
    }
}

/* ---- ends ------------------------------------------------------------------------------------------------------- */

/* The payee takes its invoice back. */
static void revoke(struct lightning *rail, struct exchange *exchange)
{
    struct ln_node *node = exchange->has_invoice ? host_enter(rail->host, exchange->to) : NULL;
    if (node == NULL)
        return;
    enum ln_node_result result = ln_node_cancel(node, exchange->invoice);
    host_leave(rail->host, exchange->to, result, NULL);
    end_invoice(rail, exchange);
}

enum exchange_outcome exchange_lose(struct lightning *rail, uint32_t number, enum rail_cause cause)
{
    struct exchange *exchange = exchange_at(rail, number);
    revoke(rail, exchange);
    sim_cancel(rail->sim, exchange->step);
    exchange->state = EXCHANGE_FAILED;
    exchange->cause = cause;
    return EXCHANGE_IS_LOST;
}

enum exchange_outcome exchange_late(struct lightning *rail, uint32_t number)
{
    struct exchange *exchange = exchange_at(rail, number);
    if (exchange->state < EXCHANGE_PAYS)
        return exchange_lose(rail, number, RAIL_CAUSE_TIMEOUT);
    struct ln_node *node = exchange->state == EXCHANGE_PAYS ? host_enter(rail->host, exchange->from) : NULL;
    if (node != NULL)
        host_leave(rail->host, exchange->from, ln_node_stop(node, exchange->payment), NULL);
    return EXCHANGE_NOTHING;
}

void exchange_settle(struct lightning *rail, uint32_t number)
{
    const struct exchange *exchange = exchange_at(rail, number);
    struct ln_node *node = host_enter(rail->host, exchange->to);
    if (node != NULL)
        host_leave(rail->host, exchange->to, ln_node_settle(node, exchange->invoice, NULL), NULL);
}

void exchange_cancel(struct lightning *rail, uint32_t number)
{
    const struct exchange *exchange = exchange_at(rail, number);
    struct ln_node *node = host_enter(rail->host, exchange->to);
    if (node != NULL)
        host_leave(rail->host, exchange->to, ln_node_cancel(node, exchange->invoice), NULL);
}

/* ---- what nodes say --------------------------------------------------------------------------------------------- */

static enum rail_cause cause_of_code(uint16_t code)
{
    switch (code) {
    case LN_TEMPORARY_CHANNEL_FAILURE:
        return RAIL_CAUSE_LIQUIDITY;
    case LN_UNKNOWN_NEXT_PEER:
    case LN_CHANNEL_DISABLED:
    case LN_TEMPORARY_NODE_FAILURE:
    case LN_PERMANENT_NODE_FAILURE:
        return RAIL_CAUSE_OFFLINE;
    case LN_PERMANENT_CHANNEL_FAILURE:
        return RAIL_CAUSE_NO_CHANNEL;
    case LN_MPP_TIMEOUT:
    case LN_INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS: /* the payee has taken it back meanwhile */
        return RAIL_CAUSE_TIMEOUT;
    default:
        return RAIL_CAUSE_NO_ROUTE;
    }
}

/* Who sends over a hub cannot see why it has no room in its channel to the payee: its places may be taken. They still
 * are when he hears of it, for those who take them are given a minute (BOLT 4, mpp_timeout). */
static bool is_crowded(const struct lightning *rail, const struct exchange *exchange)
{
    return place_is_crowded(rail, exchange->from, exchange->by) ||
           (rail->hub != HOST_NONE && exchange->to != rail->hub && place_is_crowded(rail, rail->hub, exchange->to));
}

/* From what the node tells: the last failure of a hop if there was one, else why it did not even try. */
static enum rail_cause cause_told(const struct lightning *rail, const struct exchange *exchange,
                                  const struct ln_node_event *event)
{
    if (event->code != 0)
        return cause_of_code(event->code);
    switch ((enum ln_pay_cause)event->cause) {
    case LN_PAY_NO_ROOM:
        return RAIL_CAUSE_SLOTS;
    case LN_PAY_NO_ROUTE:
    case LN_PAY_DEADLINE:
    case LN_PAY_CANCELLED:
        break;
    default:
        return RAIL_CAUSE_NO_ROUTE;
    }
    switch (place_reach(rail, exchange->from, exchange->by, exchange->amount_msat)) {
    case PLACE_NO_CHANNEL:
        return RAIL_CAUSE_NO_CHANNEL;
    case PLACE_TOO_LITTLE:
        return RAIL_CAUSE_LIQUIDITY;
    case PLACE_UNKNOWN:
        return RAIL_CAUSE_OFFLINE;
    case PLACE_REACHES:
        break;
    }
    return event->cause == LN_PAY_NO_ROUTE ? RAIL_CAUSE_NO_ROUTE : RAIL_CAUSE_TIMEOUT;
}

static enum rail_cause cause_of(const struct lightning *rail, const struct exchange *exchange,
                                const struct ln_node_event *event)
{
    enum rail_cause cause = cause_told(rail, exchange, event);
    bool may_be_crowd = cause == RAIL_CAUSE_LIQUIDITY || cause == RAIL_CAUSE_TIMEOUT || cause == RAIL_CAUSE_NO_ROUTE;
    return may_be_crowd && (exchange->was_crowded || is_crowded(rail, exchange)) ? RAIL_CAUSE_SLOTS : cause;
}

/* What the payer's node spends on forwarding: of a payment that the payee has taken all that is under way. */
static int64_t fee_of(const struct lightning *rail, const struct exchange *exchange)
{
    const struct ln_node *node = host_look(rail->host, exchange->from);
    const struct ln_payment *payment = node == NULL ? NULL : ln_node_payment(node, exchange->payment);
    return payment == NULL ? 0 : (int64_t)(payment->under_way_fee_msat + payment->fee_msat);
}

static enum exchange_outcome at_payee(struct lightning *rail, uint32_t number, const struct ln_node_event *event)
{
    struct exchange *exchange = exchange_at(rail, number);
    if (event->kind == LN_NODE_INVOICE_HELD) {
        exchange->state = EXCHANGE_HELD;
        sim_cancel(rail->sim, exchange->deadline);
        return EXCHANGE_IS_HELD;
    }
    if (event->kind == LN_NODE_INVOICE_PAID) {
        exchange->fee_msat = fee_of(rail, exchange);
        exchange->state = EXCHANGE_TAKEN;
        sim_cancel(rail->sim, exchange->deadline);
        end_invoice(rail, exchange);
        return EXCHANGE_IS_TAKEN;
    }
    bool was_held = exchange->state == EXCHANGE_HELD; /* else the payer's failure says it all */
    end_invoice(rail, exchange);
    if (!was_held)
        return EXCHANGE_NOTHING;
    exchange->state = EXCHANGE_FAILED;
    exchange->cause = RAIL_CAUSE_TIMEOUT;
    return EXCHANGE_IS_LOST;
}

static enum exchange_outcome at_payer(struct lightning *rail, uint32_t number, const struct ln_node_event *event)
{
    struct exchange *exchange = exchange_at(rail, number);
    bool is_open = exchange->state == EXCHANGE_PAYS || exchange->state == EXCHANGE_HELD;
    if (event->kind == LN_NODE_ATTEMPT_FAILED) {
        exchange->was_crowded = exchange->was_crowded || is_crowded(rail, exchange);
        return EXCHANGE_NOTHING;
    }
    end_payment(rail, exchange);
    if (exchange->state == EXCHANGE_TAKEN && event->kind == LN_NODE_PAYMENT_FAILED)
        return EXCHANGE_IS_UNDONE;
    if (!is_open || event->kind == LN_NODE_PAYMENT_SENT)
        return EXCHANGE_NOTHING;
    return exchange_lose(rail, number, cause_of(rail, exchange, event));
}

enum exchange_outcome exchange_hear(struct lightning *rail, uint32_t *found, uint32_t node,
                                    const struct ln_node_event *event)
{
    bool is_payers = event->kind == LN_NODE_PAYMENT_SENT || event->kind == LN_NODE_PAYMENT_FAILED ||
                     event->kind == LN_NODE_ATTEMPT_FAILED;
    *found = SLAB_NONE;
    if (is_payers) {
        for (uint32_t i = rail->stations[node].first_from; i != SLAB_NONE; i = exchange_at(rail, i)->next_from) {
            if (exchange_at(rail, i)->has_payment && exchange_at(rail, i)->payment == event->payment)
                *found = i;
        }
    } else {
        for (uint32_t i = rail->stations[node].first_to; i != SLAB_NONE; i = exchange_at(rail, i)->next_to) {
            if (exchange_at(rail, i)->has_invoice && exchange_at(rail, i)->invoice == event->invoice)
                *found = i;
        }
    }
    if (*found == SLAB_NONE)
        return EXCHANGE_NOTHING;
    return is_payers ? at_payer(rail, *found, event) : at_payee(rail, *found, event);
}
