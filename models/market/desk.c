/* desk.c: debts sorted into pairs, and one payment for each.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/market/desk.h"

#include <assert.h>
#include <stdlib.h>

#define FIRST_CAPACITY 64

static void on_rail_event(void *self, const struct rail_event *event);

void desk_init(struct desk *desk, struct sessions *sessions, const struct desk_listener *listener)
{
    *desk = (struct desk){.sessions = sessions, .listener = *listener, .unit_msat = 1, .least_msat = 1};
    slab_init(&desk->bills, sizeof(struct bill));
    sessions->guest = (struct rail_listener){.self = desk, .on_event = on_rail_event};
}

void desk_close(struct desk *desk)
{
    free(desk->debts);
    slab_close(&desk->bills);
    *desk = (struct desk){0};
}

/* ---- debts ------------------------------------------------------------------------------------------------------- */

static bool make_room(struct desk *desk)
{
    if (desk->debt_count < desk->debt_capacity)
        return true;
    size_t capacity = desk->debt_capacity == 0 ? FIRST_CAPACITY : 2 * desk->debt_capacity;
    struct debt *debts = realloc(desk->debts, capacity * sizeof debts[0]);
    if (debts == NULL)
        return false;
    desk->debts = debts;
    desk->debt_capacity = capacity;
    return true;
}

/* The pair's lesser number first. */
static void turn(struct debt *debt)
{
    uint32_t from = debt->from;
    debt->from = debt->to;
    debt->to = from;
    debt->parts = -debt->parts;
}

bool desk_owe(struct desk *desk, const struct debt *debt)
{
    assert(debt->from != debt->to && debt->parts >= 0);
    if (!make_room(desk))
        return false;
    struct debt *kept = &desk->debts[desk->debt_count++];
    *kept = *debt;
    if (kept->from > kept->to)
        turn(kept);
    return true;
}

static int compare(const void *left, const void *right)
{
    const struct debt *a = left, *b = right;
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return a->to < b->to ? -1 : a->to > b->to;
}

/* One debt per pair: sums do not depend on the order of what is equal. */
static void net(struct desk *desk)
{
    size_t pairs = 0;
    if (desk->debt_count == 0)
        return;
    qsort(desk->debts, desk->debt_count, sizeof desk->debts[0], compare);
    for (size_t i = 0; i < desk->debt_count; i++) {
        struct debt *pair = &desk->debts[pairs];
        if (pairs > 0 && compare(&desk->debts[pairs - 1], &desk->debts[i]) == 0) {
            pair = &desk->debts[pairs - 1];
            pair->parts += desk->debts[i].parts;
            pair->energy_uj += desk->debts[i].energy_uj;
            pair->worth_parts += desk->debts[i].worth_parts;
            continue;
        }
        *pair = desk->debts[i];
        pairs++;
    }
    desk->debt_count = pairs;
}

__int128 desk_open_parts(const struct desk *desk)
{
    __int128 sum = 0;
    for (size_t i = 0; i < desk->debt_count; i++)
        sum += desk->debts[i].parts < 0 ? -desk->debts[i].parts : desk->debts[i].parts;
    return sum;
}

/* ---- payments ---------------------------------------------------------------------------------------------------- */

static uint32_t payer_of(const struct desk *desk, uint32_t trader)
{
    return trader == desk->operator_trader ? desk->operator_payer : trader;
}

static bool ask(struct desk *desk, const struct debt *debt, int64_t amount_msat)
{
    struct sessions *sessions = desk->sessions;
    uint32_t number = slab_take(&desk->bills);
    uint32_t session = number == SLAB_NONE ? SLAB_NONE : sessions_lend(sessions, number);
    if (session == SLAB_NONE) {
        trouble_memory(sessions->trouble);
        return false;
    }
    struct bill *bill = slab_at(&desk->bills, number);
    *bill = (struct bill){.session = session,
                          .debt = *debt,
                          .amount_msat = amount_msat,
                          .asked_us = sim_now_us(sessions->trouble->sim),
                          .key = DESK_KEYS | desk->bill_count++};
    const struct rail_opening opening = {.session = session,
                                         .payer = payer_of(desk, debt->from),
                                         .payee = RAIL_PEER(payer_of(desk, debt->to)),
                                         .outlet = debt->to % desk->outlets,
                                         .key = bill->key};
    const struct rail_order order = {.session = session, .amount_msat = amount_msat};
    sessions->rail.ops->session_open(sessions->rail.self, &opening);
    sessions->rail.ops->pay(sessions->rail.self, &order);
    return true;
}

/* What was not asked for, without the trades, which the payment stands for. */
static void leave_rest(const struct desk *desk, struct debt *debt, int64_t amount_msat)
{
    debt->parts -= money_parts(&desk->sessions->money, amount_msat);
    debt->energy_uj = 0;
    debt->worth_parts = 0;
}

void desk_settle(struct desk *desk)
{
    size_t left = 0;
    net(desk);
    for (size_t i = 0; i < desk->debt_count; i++) {
        struct debt debt = desk->debts[i];
        if (debt.parts < 0)
            turn(&debt);
        __int128 msat = debt.parts / desk->sessions->money.parts_per_msat;
        msat -= msat % desk->unit_msat;
        if (msat > SESSION_ORDER_MAX_MSAT) {
            trouble_fail(desk->sessions->trouble, "two flats owe each other more than 100 BTC: price, exchange rate or "
                                                  "settlement are out of proportion");
            return;
        }
        if (msat >= desk->least_msat && !ask(desk, &debt, (int64_t)msat))
            return;
        if (msat >= desk->least_msat)
            leave_rest(desk, &debt, (int64_t)msat);
        if (debt.from > debt.to)
            turn(&debt);
        if (debt.parts != 0)
            desk->debts[left++] = debt;
    }
    desk->debt_count = left;
}

/* ---- events of the rail ------------------------------------------------------------------------------------------ */

static void tell(struct desk *desk, const struct bill *bill, enum rail_cause cause)
{
    desk->listener.on_bill(desk->listener.self, bill, cause);
}

static void credited(struct desk *desk, struct bill *bill)
{
    bill->state = BILL_CREDITED;
    desk->paid_msat += bill->amount_msat;
    desk->sessions->guest_msat += bill->amount_msat;
    tell(desk, bill, RAIL_CAUSE_NONE);
    desk->sessions->rail.ops->session_close(desk->sessions->rail.self, bill->session);
}

static void failed(struct desk *desk, struct bill *bill, enum rail_cause cause)
{
    bill->state = BILL_FALLEN;
    tell(desk, bill, cause);
    desk->sessions->rail.ops->session_close(desk->sessions->rail.self, bill->session);
}

static void arrived(struct desk *desk, struct bill *bill)
{
    bill->state = BILL_FINAL;
    desk->sessions->guest_msat -= bill->amount_msat;
    tell(desk, bill, RAIL_CAUSE_NONE);
}

static void reversed(struct desk *desk, struct bill *bill, enum rail_cause cause)
{
    bill->state = BILL_FALLEN;
    bill->was_credited = true;
    desk->fallen_msat += bill->amount_msat;
    desk->sessions->guest_msat -= bill->amount_msat;
    tell(desk, bill, cause);
}

static void on_rail_event(void *self, const struct rail_event *event)
{
    struct desk *desk = self;
    uint32_t number = (uint32_t)sessions_guest(desk->sessions, event->session);
    struct bill *bill = slab_at(&desk->bills, number);
    bill->fee_msat += event->fee_payer_msat + event->fee_payee_msat;
    desk->sessions->guest_msat += event->fee_payee_msat;
    desk->listener.on_fee(desk->listener.self, bill, event->fee_payer_msat + event->fee_payee_msat);
    switch (event->kind) {
    case RAIL_CREDITED:
        credited(desk, bill);
        break;
    case RAIL_FAILED:
        failed(desk, bill, event->cause);
        break;
    case RAIL_FINAL:
        arrived(desk, bill);
        break;
    case RAIL_REVERSED:
        reversed(desk, bill, event->cause);
        break;
    case RAIL_CLOSED:
        sessions_return(desk->sessions, bill->session);
        slab_return(&desk->bills, number);
        break;
    case RAIL_REFUNDED:
    case RAIL_LIMIT:
    case RAIL_CONFIRMED:
    case RAIL_ATTACKED:
    case RAIL_UPKEEP:
    case RAIL_SHAKEN:
    case RAIL_UNDONE:
        break;
    }
}
