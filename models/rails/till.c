/* till.c: payments that a real Lightning node is paid for an outlet.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/till.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One open session, indexed by its number. */
struct account {
    bool is_open, is_closing;
    uint32_t payer, payee, outlet;
    uint32_t busy_count; /* refunds on their way, the closing itself */
    uint32_t payment;
    int64_t pending_msat, asked_us; /* asked for and not answered; 0: nothing */
    int64_t fresh_msat;             /* credited just now, and not refunded */
};

struct till {
    struct sim *sim;
    struct trouble *trouble;
    const struct node_config *config;
    struct ledger *ledger;
    struct rail_listener listener;
    struct account *accounts;
    size_t account_count;
    int64_t *pot_msat; /* by outlet */
    uint32_t outlet_count;
    bool *is_settled; /* by invoice */
    int64_t settled_msat, used_msat;
    uint16_t try_kind, refund_kind, close_kind;
};

static void raise_event(struct till *till, const struct rail_event *event)
{
    till->listener.on_event(till->listener.self, event);
}

static void schedule(struct till *till, uint16_t kind, uint32_t entity, uint64_t argument)
{
    sim_schedule(till->sim, sim_now_us(till->sim), SIM_MESSAGE,
                 &(struct sim_action){.kind = kind, .entity = entity, .object = till, .argument = argument});
}

/* ---- payments --------------------------------------------------------------------------------------------------- */

static void answer(struct till *till, uint32_t session, enum rail_event_kind kind, enum rail_cause cause,
                   int64_t amount_msat)
{
    const struct account *account = &till->accounts[session];
    raise_event(till, &(struct rail_event){.kind = kind,
                                           .cause = cause,
                                           .session = session,
                                           .payment = account->payment,
                                           .amount_msat = amount_msat,
                                           .asked_us = account->asked_us});
}

static void credit(struct till *till, uint32_t session)
{
    struct account *account = &till->accounts[session];
    int64_t amount_msat = account->pending_msat;
    account->pending_msat = 0;
    account->fresh_msat = amount_msat;
    till->pot_msat[account->outlet] -= amount_msat;
    till->used_msat += amount_msat;
    account->busy_count++; /* what it says may close the session */
    ledger_move(till->ledger, LEDGER_FIRST_PAYER + account->payer, ledger_payee(account->payee), amount_msat);
    uint32_t payment = account->payment;
    int64_t asked_us = account->asked_us;
    answer(till, session, RAIL_CREDITED, RAIL_CAUSE_NONE, amount_msat);
    raise_event(till, &(struct rail_event){.kind = RAIL_FINAL,
                                           .session = session,
                                           .payment = payment,
                                           .amount_msat = till->accounts[session].fresh_msat,
                                           .asked_us = asked_us});
    till->accounts[session].fresh_msat = 0;
}

/* The last thing that was under way ends the session. */
static void unbusy(struct till *till, uint32_t session)
{
    struct account *account = &till->accounts[session];
    assert(account->busy_count > 0);
    if (--account->busy_count > 0)
        return;
    assert(account->is_closing && account->pending_msat == 0);
    *account = (struct account){.is_open = false};
    raise_event(till, &(struct rail_event){.kind = RAIL_CLOSED, .session = session});
}

static void handle_try(struct sim *sim, void *object, uint32_t session, uint64_t argument)
{
    (void)sim, (void)argument;
    struct till *till = object;
    const struct account *account = &till->accounts[session];
    bool is_due = account->is_open && account->pending_msat > 0;
    if (!is_due || till->pot_msat[account->outlet] < account->pending_msat)
        return;
    credit(till, session);
    unbusy(till, session);
}

static void pay(void *self, const struct rail_order *order)
{
    struct till *till = self;
    if (till->trouble->is_memory_out)
        return;
    assert(order->session < till->account_count && order->amount_msat > 0);
    struct account *account = &till->accounts[order->session];
    assert(account->is_open && !account->is_closing && account->pending_msat == 0);
    account->payment = order->payment;
    account->pending_msat = order->amount_msat;
    account->asked_us = sim_now_us(till->sim);
    schedule(till, till->try_kind, order->session, (uint64_t)order->amount_msat);
}

/* ---- settlements ------------------------------------------------------------------------------------------------ */

static bool is_hash(const char *text, const uint8_t hash[32])
{
    char hex[65];
    for (size_t i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    return strcmp(hex, text) == 0;
}

static void wake(struct till *till, uint32_t outlet)
{
    for (uint32_t session = 0; session < till->account_count; session++) {
        const struct account *account = &till->accounts[session];
        if (account->is_open && account->pending_msat > 0 && account->outlet == outlet)
            schedule(till, till->try_kind, session, (uint64_t)account->pending_msat);
    }
}

enum till_settlement till_settle(const struct rail *rail, const uint8_t payment_hash[32])
{
    struct till *till = rail->self;
    assert(till_is(rail));
    for (size_t i = 0; i < till->config->invoice_count; i++) {
        const struct node_invoice *invoice = &till->config->invoices[i];
        if (!is_hash(invoice->payment_hash, payment_hash) || invoice->outlet > till->outlet_count)
            continue;
        if (till->is_settled[i])
            return TILL_TOLD_BEFORE;
        till->is_settled[i] = true;
        till->pot_msat[invoice->outlet - 1] += invoice->amount_msat;
        till->settled_msat += invoice->amount_msat;
        wake(till, invoice->outlet - 1);
        return TILL_SETTLED;
    }
    return TILL_UNKNOWN;
}

int64_t till_unused_msat(const struct rail *rail)
{
    const struct till *till = rail->self;
    return till->settled_msat - till->used_msat;
}

/* ---- refund and close ------------------------------------------------------------------------------------------- */

static void refund(void *self, uint32_t session, int64_t amount_msat)
{
    struct till *till = self;
    if (till->trouble->is_memory_out)
        return;
    assert(session < till->account_count && amount_msat > 0);
    struct account *account = &till->accounts[session];
    ledger_move(till->ledger, ledger_payee(account->payee), LEDGER_FIRST_PAYER + account->payer, amount_msat);
    till->pot_msat[account->outlet] += amount_msat;
    till->used_msat -= amount_msat;
    account->fresh_msat -= amount_msat < account->fresh_msat ? amount_msat : account->fresh_msat;
    account->busy_count++;
    schedule(till, till->refund_kind, session, (uint64_t)amount_msat);
}

static void handle_refund(struct sim *sim, void *object, uint32_t session, uint64_t amount_msat)
{
    struct till *till = object;
    raise_event(till, &(struct rail_event){.kind = RAIL_REFUNDED,
                                           .session = session,
                                           .amount_msat = (int64_t)amount_msat,
                                           .asked_us = sim_now_us(sim)});
    wake(till, till->accounts[session].outlet);
    unbusy(till, session);
}

static bool grow(struct till *till, size_t count)
{
    size_t larger = till->account_count == 0 ? 64 : till->account_count;
    while (larger < count)
        larger *= 2;
    struct account *accounts = realloc(till->accounts, larger * sizeof accounts[0]);
    if (accounts == NULL)
        return false;
    memset(accounts + till->account_count, 0, (larger - till->account_count) * sizeof accounts[0]);
    till->accounts = accounts;
    till->account_count = larger;
    return true;
}

static void session_open(void *self, const struct rail_opening *opening)
{
    struct till *till = self;
    if (opening->session >= till->account_count && !grow(till, (size_t)opening->session + 1)) {
        trouble_memory(till->trouble);
        return;
    }
    assert(!till->accounts[opening->session].is_open && opening->outlet < till->outlet_count);
    till->accounts[opening->session] = (struct account){
        .is_open = true, .payer = opening->payer, .payee = opening->payee, .outlet = opening->outlet, .busy_count = 1};
}

static void session_close(void *self, uint32_t session)
{
    struct till *till = self;
    if (till->trouble->is_memory_out)
        return;
    assert(till->accounts[session].is_open && !till->accounts[session].is_closing);
    till->accounts[session].is_closing = true;
    schedule(till, till->close_kind, session, 0);
}

/* Who has gone waits for no payment any more. */
static void handle_close(struct sim *sim, void *object, uint32_t session, uint64_t argument)
{
    (void)sim, (void)argument;
    struct till *till = object;
    int64_t pending_msat = till->accounts[session].pending_msat;
    till->accounts[session].pending_msat = 0;
    if (pending_msat > 0)
        answer(till, session, RAIL_FAILED, RAIL_CAUSE_TIMEOUT, pending_msat);
    unbusy(till, session);
}

/* ---- the table -------------------------------------------------------------------------------------------------- */

static int64_t exposure_msat(const void *self)
{
    (void)self;
    return 0; /* what is settled stays settled */
}

static bool audit(const void *self, char *why, size_t why_size)
{
    const struct till *till = self;
    int64_t pots_msat = 0, in_flight_msat = ledger_balance_msat(till->ledger, LEDGER_IN_FLIGHT);
    for (uint32_t i = 0; i < till->outlet_count; i++)
        pots_msat += till->pot_msat[i];
    if (pots_msat == till->settled_msat - till->used_msat && in_flight_msat == 0)
        return true;
    snprintf(why, why_size,
             "the pots hold %" PRId64 " msat, settled are %" PRId64 " msat, used %" PRId64 " msat, in flight %" PRId64
             " msat",
             pots_msat, till->settled_msat, till->used_msat, in_flight_msat);
    return false;
}

static void tell(const void *self, struct rail_report *report)
{
    (void)self;
    report->parties_trusted = 0;
}

static void till_free(void *self)
{
    struct till *till = self;
    free(till->accounts);
    free(till->pot_msat);
    free(till->is_settled);
    free(till);
}

static const struct rail_ops ops = {.session_open = session_open,
                                    .pay = pay,
                                    .refund = refund,
                                    .session_close = session_close,
                                    .exposure_msat = exposure_msat,
                                    .audit = audit,
                                    .report = tell,
                                    .free = till_free};

bool till_is(const struct rail *rail)
{
    return rail->ops == &ops;
}

bool till_open(struct rail *rail, struct trouble *trouble, const struct node_config *config, struct ledger *ledger,
               const struct rail_listener *listener, uint32_t outlet_count)
{
    *rail = (struct rail){0};
    struct till *till = calloc(1, sizeof *till);
    if (till == NULL)
        return false;
    *till = (struct till){.sim = trouble->sim,
                          .trouble = trouble,
                          .config = config,
                          .ledger = ledger,
                          .listener = *listener,
                          .pot_msat = calloc(outlet_count, sizeof *till->pot_msat),
                          .outlet_count = outlet_count,
                          .is_settled = calloc(config->invoice_count + 1, sizeof *till->is_settled)};
    if (till->pot_msat == NULL || till->is_settled == NULL) {
        till_free(till);
        return false;
    }
    till->try_kind = sim_kind_add(trouble->sim, "till.try", handle_try);
    till->refund_kind = sim_kind_add(trouble->sim, "till.refund", handle_refund);
    till->close_kind = sim_kind_add(trouble->sim, "till.close", handle_close);
    *rail = (struct rail){.ops = &ops, .self = till};
    return true;
}
