/* lightning_undo.c: a payment that the chain gave back.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/lightning_undo.h"

#include "models/rails/lightning_books.h"

static bool is_strangers(const struct lightning *rail, const struct exchange *exchange)
{
    if (rail->public == NULL || rail->stations[exchange->to].role != STATION_OUTLET)
        return false;
    const struct line *line = line_at(rail, rail->backbones[rail->stations[exchange->to].index]);
    return line->first_tie != SLAB_NONE && tie_at(rail, line->first_tie)->state == TIE_READY;
}

static void tell_fees(struct lightning *rail, const struct exchange *exchange, int64_t payer_msat, int64_t payee_msat)
{
    lightning_raise(rail, &(struct rail_event){.kind = RAIL_UPKEEP,
                                               .upkeep = RAIL_UPKEEP_CLOSE,
                                               .session = RAIL_NO_SESSION,
                                               .fee_payer_msat = payer_msat,
                                               .fee_payee_msat = payee_msat,
                                               .asked_us = exchange->asked_us});
}

/* A stranger has paid for it. */
static void lose_strangers(struct lightning *rail, const struct exchange *exchange)
{
    int64_t loss_msat = exchange->amount_msat + exchange->fee_msat;
    ledger_move(rail->ledger, LEDGER_PROVIDER, lightning_ledger_account(rail, exchange->from), loss_msat);
    tell_fees(rail, exchange, -loss_msat, 0);
}

/* Who was to have it back lacks it. */
static void lose_refund(struct lightning *rail, const struct exchange *exchange)
{
    uint32_t from = lightning_ledger_account(rail, exchange->from), to = lightning_ledger_account(rail, exchange->to);
    bool is_peers = from >= LEDGER_FIRST_PAYER;
    int64_t fee_msat = rail->public == NULL ? 0 : exchange->fee_msat; /* as it was booked */
    ledger_move(rail->ledger, to, from, exchange->amount_msat);
    ledger_move(rail->ledger, LEDGER_PROVIDER, from, fee_msat);
    tell_fees(rail, exchange, is_peers ? -fee_msat : exchange->amount_msat,
              is_peers ? 0 : -exchange->amount_msat - fee_msat);
}

static void lose_payment(struct lightning *rail, const struct exchange *exchange)
{
    uint32_t from = lightning_ledger_account(rail, exchange->from), to = lightning_ledger_account(rail, exchange->to);
    bool is_peers = to >= LEDGER_FIRST_PAYER, is_dear = is_peers || rail->public != NULL;
    ledger_move(rail->ledger, to, from, exchange->amount_msat);
    ledger_move(rail->ledger, is_dear ? LEDGER_PROVIDER : LEDGER_OPERATOR, from, exchange->fee_msat);
    rail->forwarded_msat -= is_peers && rail->public == NULL ? exchange->fee_msat : 0;
    lightning_raise(rail, &(struct rail_event){.kind = RAIL_UNDONE,
                                               .cause = RAIL_CAUSE_OFFLINE,
                                               .session = RAIL_NO_SESSION,
                                               .amount_msat = exchange->amount_msat,
                                               .fee_payer_msat = -exchange->fee_msat,
                                               .fee_payee_msat = is_dear ? 0 : exchange->fee_msat,
                                               .asked_us = exchange->asked_us,
                                               .payee = is_peers ? RAIL_PEER(to - LEDGER_FIRST_PAYER) : RAIL_OPERATOR});
}

void undo_exchange(struct lightning *rail, const struct exchange *exchange)
{
    bool is_inside = lightning_ledger_account(rail, exchange->from) == lightning_ledger_account(rail, exchange->to);
    if (is_inside || exchange->amount_msat == 0) /* the operator's own transfers */
        return;
    if (exchange->kind == EXCHANGE_REFUND)
        lose_refund(rail, exchange);
    else if (is_strangers(rail, exchange))
        lose_strangers(rail, exchange);
    else
        lose_payment(rail, exchange);
}
