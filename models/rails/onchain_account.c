/* onchain_account.c: sessions on the chain: limits, refunds, records, the end.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/onchain_account.h"

#include "models/rails/onchain_books.h"

#include <assert.h>
#include <string.h>

/* ---- what may be delivered -------------------------------------------------------------------------------------- */

static bool is_settled(const struct onchain *onchain, const struct transfer *transfer)
{
    return transfer->state == TRANSFER_FINAL || transfer->depth >= onchain->config->settled_confirmations;
}

void account_limit(struct onchain *onchain, uint32_t session, enum rail_cause cause)
{
    struct account *account = &onchain->accounts[session];
    int64_t settled_msat = 0, open_msat = 0, withdrawn_msat = 0;
    if (account->is_closing)
        return;
    for (uint32_t i = account->newest; i != SLAB_NONE; i = transfer_at(onchain, i)->older) {
        const struct transfer *transfer = transfer_at(onchain, i);
        int64_t left_msat = transfer_left_msat(transfer);
        if (transfer->state != TRANSFER_FINAL && transfer->state != TRANSFER_CREDITED)
            continue;
        if (is_settled(onchain, transfer))
            settled_msat += left_msat;
        else if (transfer->is_conflicted || transfer->is_gone || transfer->is_late)
            withdrawn_msat += left_msat;
        else
            open_msat += left_msat;
    }
    int64_t limit_msat = acceptance_limit_msat(onchain->config, settled_msat, open_msat, withdrawn_msat);
    if (limit_msat == account->limit_msat)
        return;
    account->limit_msat = limit_msat;
    onchain_raise(onchain, &(struct rail_event){.kind = RAIL_LIMIT,
                                                .cause = cause,
                                                .session = session,
                                                .amount_msat = limit_msat,
                                                .asked_us = sim_now_us(onchain->sim)});
}

/* ---- refund and record ------------------------------------------------------------------------------------------ */

static void put_u64(uint8_t *out, uint64_t value)
{
    for (size_t i = 0; i < 8; i++)
        out[i] = (uint8_t)(value >> 8 * i);
}

static void write_record(uint8_t record[ONCHAIN_RECORD_BYTES], const struct account *account)
{
    memcpy(record, ONCHAIN_RECORD_TAG, 4);
    put_u64(record + 4, account->key);
    put_u64(record + 12, (uint64_t)account->energy_uj);
    put_u64(record + 20, (uint64_t)account->cost_msat);
}

/* Builds what the session still needs on the chain. value_sat 0: no refund. */
static enum btc_wallet_error build(struct onchain *onchain, struct btc_wallet_payment *payment, uint32_t session,
                                   int64_t value_sat)
{
    const struct account *account = &onchain->accounts[session];
    uint8_t script[BTC_P2WPKH_BYTES], record[ONCHAIN_RECORD_BYTES];
    write_record(record, account);
    struct btc_output output = {value_sat, btc_bytes(script, sizeof script)};
    struct btc_wallet_plan plan = {.rate_sat_per_kwu =
                                       feerates_get(&onchain->feerates, &onchain->config->operator_feerate),
                                   .sequence = BTC_SEQUENCE_NO_RBF};
    if (account->has_record)
        plan.record = btc_bytes(record, sizeof record);
    if (value_sat > 0) {
        if (!purse_script(&payer_of(onchain, session)->purse, script))
            return BTC_WALLET_NO_MEMORY;
        plan.payments = &output;
        plan.payment_count = 1;
    }
    return purse_pay(payment, &onchain->operator, plan);
}

/* What of the owed money can go back: sets value and the payer's part of the fee in the settlement. Returns OK with
 * value 0 if it is not worth a transaction. */
static enum btc_wallet_error plan_refund(struct onchain *onchain, uint32_t session, int64_t owed_msat)
{
    struct settlement *settlement = &onchain->accounts[session].settlement;
    struct btc_wallet_payment trial;
    int64_t dust_sat = purse_dust_sat(), budget_sat = owed_msat / 1000;
    settlement->value_sat = 0;
    settlement->fee_payer_msat = 0;
    if (budget_sat < dust_sat)
        return BTC_WALLET_OK;
    enum btc_wallet_error error = build(onchain, &trial, session, budget_sat);
    if (error != BTC_WALLET_OK)
        return error;
    bool is_payers = onchain->config->refund_fee == ONCHAIN_REFUND_FEE_PAYER;
    int64_t value_sat = budget_sat - (is_payers ? trial.fee_sat : 0);
    if (value_sat < dust_sat || value_sat < trial.fee_sat)
        return BTC_WALLET_OK;
    settlement->value_sat = value_sat;
    settlement->fee_payer_msat = is_payers ? trial.fee_sat * 1000 : 0;
    return BTC_WALLET_OK;
}

static void submit(struct onchain *onchain, uint32_t session, const struct btc_wallet_payment *payment)
{
    struct account *account = &onchain->accounts[session];
    struct settlement *settlement = &account->settlement;
    int64_t fee_msat = payment->fee_sat * 1000;
    if (settlement->fee_payer_msat > fee_msat)
        settlement->fee_payer_msat = fee_msat;
    settlement->fee_payee_msat = fee_msat - settlement->fee_payer_msat;
    struct transfer none = {.session = session, .number = UINT16_MAX};
    const struct chain_order order = {
        .tx = &payment->tx, .origin = CHAIN_DIRECT, .key = transfer_key(onchain, &none, OWNER_SETTLEMENT)};
    settlement->tx = chain_submit(onchain->chain, &order);
    onchain_own(onchain, settlement->tx, (struct owner){.role = OWNER_SETTLEMENT, .index = session});
    purse_see(&onchain->operator, & payment->tx);
}

static void put_off(struct onchain *onchain, struct settlement *settlement)
{
    onchain->waiting_count += !settlement->is_waiting;
    settlement->is_waiting = true;
}

static void end_account(struct onchain *onchain, uint32_t session);

/* Nothing goes to the payer: what is owed is his balance. */
static void keep_as_balance(struct onchain *onchain, uint32_t session, int64_t owed_msat)
{
    struct account *account = &onchain->accounts[session];
    int64_t refund_msat = account->payable_msat;
    payer_of(onchain, session)->balance_msat = owed_msat;
    account->payable_msat = 0;
    if (!account->has_refund)
        return;
    account->has_refund = false;
    onchain_raise(onchain, &(struct rail_event){.kind = RAIL_REFUNDED,
                                                .session = session,
                                                .amount_msat = refund_msat,
                                                .asked_us = sim_now_us(onchain->sim)});
}

/* All payments have ended: sends refund and record, or closes. */
static void settle(struct onchain *onchain, uint32_t session)
{
    struct account *account = &onchain->accounts[session];
    struct settlement *settlement = &account->settlement;
    struct payer *payer = payer_of(onchain, session);
    struct btc_wallet_payment payment;
    int64_t owed_msat = account->payable_msat > 0 ? account->payable_msat + payer->balance_msat : 0;
    enum btc_wallet_error error = plan_refund(onchain, session, owed_msat);
    if (error == BTC_WALLET_OK && settlement->value_sat == 0 && account->payable_msat > 0)
        keep_as_balance(onchain, session, owed_msat);
    if (error == BTC_WALLET_OK && settlement->value_sat == 0 && !account->has_record) {
        end_account(onchain, session);
        return;
    }
    if (error == BTC_WALLET_OK)
        error = build(onchain, &payment, session, settlement->value_sat);
    if (error != BTC_WALLET_OK) {
        put_off(onchain, settlement);
        return;
    }
    if (settlement->value_sat > 0) {
        settlement->owed_msat = owed_msat;
        payer->balance_msat = 0;
    }
    submit(onchain, session, &payment);
}

static void forget_owner(struct onchain *onchain, const struct transfer *transfer)
{
    if (transfer->rival != CHAIN_NONE && onchain_owner(onchain, transfer->rival).role == OWNER_RIVAL)
        onchain_own(onchain, transfer->rival, (struct owner){0});
    if (transfer->state == TRANSFER_FINAL)
        return; /* watched as such */
    for (uint32_t tx = transfer->newest; tx != CHAIN_NONE;) {
        struct owner owner = onchain_owner(onchain, tx);
        uint32_t older = owner.has_older ? owner.older : CHAIN_NONE;
        owner.role = OWNER_STRAY;
        owner.index = onchain->accounts[transfer->session].payer;
        owner.value_sat = transfer->value_sat;
        onchain_own(onchain, tx, owner);
        tx = older;
    }
}

static void end_account(struct onchain *onchain, uint32_t session)
{
    struct account *account = &onchain->accounts[session];
    for (uint32_t i = account->newest; i != SLAB_NONE;) {
        struct transfer *transfer = transfer_at(onchain, i);
        uint32_t older = transfer->older;
        forget_owner(onchain, transfer);
        sim_cancel(onchain->sim, transfer->listen);
        sim_cancel(onchain->sim, transfer->grace);
        sim_cancel(onchain->sim, transfer->strike);
        slab_return(&onchain->transfers, i);
        i = older;
    }
    const struct rail_event event = {.kind = RAIL_CLOSED,
                                     .session = session,
                                     .fee_payee_msat = account->fee_told_msat,
                                     .weight_wu = account->weight_told_wu,
                                     .asked_us = sim_now_us(onchain->sim)};
    *account = (struct account){0};
    onchain_raise(onchain, &event);
}

void account_unbusy(struct onchain *onchain, uint32_t session)
{
    struct account *account = &onchain->accounts[session];
    assert(account->busy_count > 0);
    if (--account->busy_count > 0)
        return;
    assert(account->is_closing);
    settle(onchain, session);
}

void settlement_depth(struct onchain *onchain, uint32_t session, uint32_t depth)
{
    struct account *account = &onchain->accounts[session];
    struct settlement *settlement = &account->settlement;
    struct payer *payer = payer_of(onchain, session);
    if (depth < onchain->config->settled_confirmations)
        return;
    int64_t value_msat = settlement->value_sat * 1000, weight_wu = chain_tx(onchain->chain, settlement->tx)->weight_wu;
    onchain_own(onchain, settlement->tx, (struct owner){0});
    ledger_move(onchain->ledger, LEDGER_OWED, LEDGER_FIRST_PAYER + account->payer, value_msat);
    ledger_move(onchain->ledger, LEDGER_OWED, LEDGER_PROVIDER, settlement->fee_payer_msat);
    ledger_move(onchain->ledger, ledger_payee(account->payee), LEDGER_PROVIDER, settlement->fee_payee_msat);
    payer->balance_msat += settlement->owed_msat - value_msat - settlement->fee_payer_msat;
    if (settlement->value_sat == 0) {
        account->fee_told_msat = settlement->fee_payee_msat;
        account->weight_told_wu = weight_wu;
        end_account(onchain, session);
        return;
    }
    const struct rail_event event = {.kind = RAIL_REFUNDED,
                                     .session = session,
                                     .amount_msat = account->payable_msat,
                                     .fee_payer_msat = settlement->fee_payer_msat,
                                     .fee_payee_msat = settlement->fee_payee_msat,
                                     .weight_wu = weight_wu,
                                     .asked_us = sim_now_us(onchain->sim)};
    onchain_raise(onchain, &event);
    end_account(onchain, session);
}

void settlement_refused(struct onchain *onchain, uint32_t session)
{
    struct account *account = &onchain->accounts[session];
    struct settlement *settlement = &account->settlement;
    if (settlement->is_waiting)
        return;
    purse_forget(&onchain->operator, & chain_tx(onchain->chain, settlement->tx)->tx);
    onchain_own(onchain, settlement->tx, (struct owner){0});
    if (settlement->owed_msat > 0)
        payer_of(onchain, session)->balance_msat += settlement->owed_msat - account->payable_msat;
    *settlement = (struct settlement){.tx = CHAIN_NONE};
    put_off(onchain, settlement);
}

void settlement_retry(struct onchain *onchain)
{
    for (uint32_t session = 0; session < onchain->account_count && onchain->waiting_count > 0; session++) {
        if (!onchain->accounts[session].settlement.is_waiting)
            continue;
        onchain->accounts[session].settlement.is_waiting = false;
        onchain->waiting_count--;
        settle(onchain, session);
        const struct account *account = &onchain->accounts[session];
        if (account->is_open && account->settlement.tx != CHAIN_NONE)
            return;
    }
}
