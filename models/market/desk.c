/* desk.c: debts sorted into pairs, and one payment for each.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/market/desk.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_CAPACITY 64

static void on_rail_event(void *self, const struct rail_event *event);

void desk_init(struct desk *desk, struct sessions *sessions, const struct desk_listener *listener)
{
    *desk = (struct desk){.sessions = sessions, .listener = *listener, .unit_msat = 1, .least_msat = 1};
    slab_init(&desk->bills, sizeof(struct bill));
    sessions->guest = (struct rail_listener){.self = desk, .on_event = on_rail_event};
}

bool desk_reserve(struct desk *desk, uint32_t traders)
{
    desk->traders = traders;
    desk->due_parts = calloc(traders, sizeof desk->due_parts[0]);
    desk->open_parts = calloc(traders, sizeof desk->open_parts[0]);
    desk->busy = calloc(traders, sizeof desk->busy[0]);
    return desk->due_parts != NULL && desk->open_parts != NULL && desk->busy != NULL;
}

void desk_close(struct desk *desk)
{
    free(desk->pairs.debts);
    free(desk->fresh.debts);
    free(desk->waiting.debts);
    free(desk->busy);
    free(desk->due_parts);
    free(desk->open_parts);
    slab_close(&desk->bills);
    *desk = (struct desk){0};
}

/* ---- debts ------------------------------------------------------------------------------------------------------- */

static bool make_room(struct debt_list *list, size_t count)
{
    size_t capacity = list->capacity == 0 ? FIRST_CAPACITY : list->capacity;
    while (capacity < count)
        capacity *= 2;
    if (capacity == list->capacity)
        return true;
    struct debt *debts = realloc(list->debts, capacity * sizeof debts[0]);
    if (debts == NULL)
        return false;
    list->debts = debts;
    list->capacity = capacity;
    return true;
}

/* Of trades, or less than nothing: of payments. */
static void book(__int128 *books, const struct debt *debt, __int128 parts)
{
    books[debt->to] += parts;
    books[debt->from] -= parts;
}

/* The other way round. */
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
    if (!make_room(&desk->fresh, desk->fresh.count + 1))
        return false;
    book(desk->due_parts, debt, debt->parts);
    struct debt *kept = &desk->fresh.debts[desk->fresh.count++];
    *kept = *debt;
    if (kept->from > kept->to) /* the pair's lesser number first */
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

static void add(struct debt *sum, const struct debt *debt)
{
    sum->parts += debt->parts;
    sum->energy_uj += debt->energy_uj;
    sum->worth_parts += debt->worth_parts;
}

/* One debt per pair: sums do not depend on the order of what is equal. */
static void net(struct debt_list *list)
{
    size_t pairs = 0;
    if (list->count == 0)
        return;
    qsort(list->debts, list->count, sizeof list->debts[0], compare);
    for (size_t i = 0; i < list->count; i++) {
        bool is_known = pairs > 0 && compare(&list->debts[pairs - 1], &list->debts[i]) == 0;
        if (is_known)
            add(&list->debts[pairs - 1], &list->debts[i]);
        else
            list->debts[pairs++] = list->debts[i];
    }
    list->count = pairs;
}

/* Both are sorted and have no pair in common; the greatest go to the end first. */
static bool merge(struct debt_list *into, const struct debt_list *list)
{
    size_t left = into->count, other = list->count;
    if (other == 0)
        return true;
    if (!make_room(into, left + other))
        return false;
    into->count = left + other;
    for (size_t at = into->count; other > 0; at--) {
        bool is_into = left > 0 && compare(&into->debts[left - 1], &list->debts[other - 1]) > 0;
        into->debts[at - 1] = is_into ? into->debts[--left] : list->debts[--other];
    }
    return true;
}

static __int128 sum_parts(const struct debt_list *list)
{
    __int128 sum = 0;
    for (size_t i = 0; i < list->count; i++)
        sum += list->debts[i].parts < 0 ? -list->debts[i].parts : list->debts[i].parts;
    return sum;
}

__int128 desk_open_parts(const struct desk *desk)
{
    return sum_parts(&desk->pairs) + sum_parts(&desk->fresh);
}

/* ---- audit ------------------------------------------------------------------------------------------------------- */

static void book_list(const struct desk *desk, const struct debt_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        book(desk->open_parts, &list->debts[i], list->debts[i].parts);
}

bool desk_audit(const struct desk *desk, char *why, size_t why_size)
{
    __int128 sum_parts = 0;
    for (uint32_t trader = 0; trader < desk->traders; trader++)
        desk->open_parts[trader] = 0;
    book_list(desk, &desk->pairs);
    book_list(desk, &desk->fresh);
    for (uint32_t trader = 0; trader < desk->traders; trader++) {
        __int128 apart = desk->due_parts[trader] - desk->open_parts[trader];
        sum_parts += desk->due_parts[trader];
        if (apart == 0)
            continue;
        snprintf(why, why_size, "trader %" PRIu32 " is due %.6f msat more by his trades than debts say", trader,
                 (double)apart / (double)desk->sessions->money.parts_per_msat);
        return false;
    }
    if (sum_parts == 0)
        return true;
    snprintf(why, why_size, "what buyers owe is not what sellers are due");
    return false;
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

static bool may_ask(const struct desk *desk, const struct debt *debt)
{
    return desk->at_once == 0 || (desk->busy[debt->from] < desk->at_once && desk->busy[debt->to] < desk->at_once);
}

static bool begin(struct desk *desk, const struct debt *debt, int64_t amount_msat)
{
    desk->busy[debt->from]++;
    desk->busy[debt->to]++;
    return ask(desk, debt, amount_msat);
}

/* Now, or when both have fewer payments under way. Returns false on trouble. */
static bool ask_in_turn(struct desk *desk, const struct debt *debt, int64_t amount_msat)
{
    if (may_ask(desk, debt))
        return begin(desk, debt, amount_msat);
    if (!make_room(&desk->waiting, desk->waiting.count + 1)) {
        trouble_memory(desk->sessions->trouble);
        return false;
    }
    struct debt *last = &desk->waiting.debts[desk->waiting.count++];
    *last = *debt;
    last->parts = money_parts(&desk->sessions->money, amount_msat);
    return true;
}

/* A payment has been answered: who waited longest and may now, does. */
static void go_on(struct desk *desk, const struct debt *answered)
{
    struct debt_list *waiting = &desk->waiting;
    size_t left = 0;
    desk->busy[answered->from]--;
    desk->busy[answered->to]--;
    for (size_t i = 0; i < waiting->count; i++) {
        const struct debt debt = waiting->debts[i];
        if (!may_ask(desk, &debt))
            waiting->debts[left++] = debt;
        else if (!begin(desk, &debt, (int64_t)(debt.parts / desk->sessions->money.parts_per_msat)))
            return;
    }
    waiting->count = left;
}

/* What was not asked for, without the trades, which the payment stands for. */
static void leave_rest(const struct desk *desk, struct debt *debt, int64_t amount_msat)
{
    debt->parts -= money_parts(&desk->sessions->money, amount_msat);
    debt->energy_uj = 0;
    debt->worth_parts = 0;
}

/* Asks for what the pair owes, if it is enough; what is left of it stays. Returns false on trouble. */
static bool settle(struct desk *desk, struct debt *pair)
{
    struct debt debt = *pair;
    if (debt.parts < 0)
        turn(&debt);
    __int128 msat = debt.parts / desk->sessions->money.parts_per_msat;
    msat -= msat % desk->unit_msat;
    if (msat < desk->least_msat)
        return true;
    if (msat > SESSION_ORDER_MAX_MSAT) {
        trouble_fail(desk->sessions->trouble, "two flats owe each other more than 100 BTC: price, exchange rate or "
                                              "settlement are out of proportion");
        return false;
    }
    if (!ask_in_turn(desk, &debt, (int64_t)msat))
        return false;
    book(desk->due_parts, &debt, -money_parts(&desk->sessions->money, (int64_t)msat));
    leave_rest(desk, &debt, (int64_t)msat);
    if (debt.from > debt.to)
        turn(&debt);
    *pair = debt;
    return true;
}

/* Only pairs that have traded since can owe enough now. */
void desk_settle(struct desk *desk)
{
    struct debt_list *pairs = &desk->pairs, *fresh = &desk->fresh;
    size_t unknown = 0;
    net(fresh);
    for (size_t i = 0; i < fresh->count; i++) {
        struct debt *pair =
            pairs->count == 0 ? NULL
                              : bsearch(&fresh->debts[i], pairs->debts, pairs->count, sizeof pairs->debts[0], compare);
        if (pair != NULL)
            add(pair, &fresh->debts[i]);
        if (!settle(desk, pair != NULL ? pair : &fresh->debts[i]))
            return;
        if (pair == NULL)
            fresh->debts[unknown++] = fresh->debts[i];
    }
    fresh->count = unknown;
    if (!merge(pairs, fresh))
        trouble_memory(desk->sessions->trouble);
    fresh->count = 0;
}

/* ---- events of the rail ------------------------------------------------------------------------------------------ */

static void tell(struct desk *desk, const struct bill *bill, enum rail_cause cause)
{
    desk->listener.on_bill(desk->listener.self, bill, cause);
}

static void credited(struct desk *desk, struct bill *bill)
{
    const struct debt debt = bill->debt; /* bills may move when others begin */
    bill->state = BILL_CREDITED;
    desk->sessions->guest_msat += bill->amount_msat;
    tell(desk, bill, RAIL_CAUSE_NONE);
    desk->sessions->rail.ops->session_close(desk->sessions->rail.self, bill->session);
    go_on(desk, &debt);
}

static void failed(struct desk *desk, struct bill *bill, enum rail_cause cause)
{
    const struct debt debt = bill->debt;
    bill->state = BILL_FALLEN;
    tell(desk, bill, cause);
    desk->sessions->rail.ops->session_close(desk->sessions->rail.self, bill->session);
    go_on(desk, &debt);
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
    desk->sessions->guest_msat -= bill->amount_msat;
    tell(desk, bill, cause);
}

static void on_rail_event(void *self, const struct rail_event *event)
{
    struct desk *desk = self;
    if (event->kind == RAIL_UNDONE) { /* its payment is long over */
        desk->listener.on_undone(desk->listener.self, event);
        return;
    }
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
