/* onchain_transfer.c: one payment, from asked to its end.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/onchain_transfer.h"

#include "models/rails/onchain_account.h"
#include "models/rails/onchain_books.h"
#include "models/rails/onchain_final.h"
#include "sim/stream.h"

#include <assert.h>

/* Of the hash rate that replaces without a signal: below it a signal means something. */
#define SIGNAL_HEEDED_BELOW_PPM 100000

bool transfer_is_open(const struct transfer *transfer)
{
    return transfer->state == TRANSFER_ASKED || transfer->state == TRANSFER_SENT ||
           transfer->state == TRANSFER_CREDITED;
}

static void raise_transfer(struct onchain *onchain, const struct transfer *transfer, struct rail_event event)
{
    event.session = transfer->session;
    event.payment = transfer->number;
    event.amount_msat = transfer_left_msat(transfer);
    event.asked_us = transfer->asked_us;
    onchain_raise(onchain, &event);
}

/* ---- sending ---------------------------------------------------------------------------------------------------- */

/* A wallet that runs low buys coins. */
static void top_up(struct onchain *onchain, struct payer *payer)
{
    const struct onchain_config *config = onchain->config;
    struct btc_wallet_balance balance = btc_wallet_balance(&payer->purse.wallet);
    if (payer->top_up != CHAIN_NONE && chain_tx_depth(onchain->chain, payer->top_up) == 0)
        return;
    if (balance.confirmed_sat + balance.pending_sat >= config->coin_sat)
        return;
    uint8_t script[BTC_P2WPKH_BYTES];
    if (purse_script(&payer->purse, script))
        payer->top_up = chain_faucet_pay(onchain->chain, btc_bytes(script, sizeof script), config->coin_sat,
                                         feerates_get(&onchain->feerates, &config->payer_feerate));
}

static uint32_t payer_rate(const struct onchain *onchain, const struct account *account)
{
    if (account->offer_sat_per_kwu > 0)
        return feerates_at_least(&onchain->feerates, account->offer_sat_per_kwu);
    return feerates_get(&onchain->feerates, &onchain->config->payer_feerate);
}

bool transfer_build(struct onchain *onchain, struct btc_wallet_payment *payment, uint32_t index)
{
    struct transfer *transfer = transfer_at(onchain, index);
    const struct account *account = &onchain->accounts[transfer->session];
    struct payer *payer = payer_of(onchain, transfer->session);
    uint8_t script[BTC_P2WPKH_BYTES];
    if (!purse_script(onchain_payee(onchain, account->payee), script))
        return false;
    struct btc_output output = {(transfer_sent_msat(transfer) + 999) / 1000, btc_bytes(script, sizeof script)};
    int64_t dust_sat = purse_dust_sat();
    if (output.value_sat < dust_sat)
        output.value_sat = dust_sat;
    bool signals = account->signals || onchain->config->bump == ONCHAIN_BUMP_ON;
    enum btc_wallet_error error =
        purse_pay(payment, &payer->purse,
                  (struct btc_wallet_plan){.payments = &output,
                                           .payment_count = 1,
                                           .rate_sat_per_kwu = payer_rate(onchain, account),
                                           .sequence = signals ? BTC_SEQUENCE_NO_RBF - 1 : BTC_SEQUENCE_NO_RBF});
    if (error != BTC_WALLET_OK) {
        transfer->cause = RAIL_CAUSE_FUNDS;
        top_up(onchain, payer);
        return false;
    }
    transfer->value_sat = output.value_sat;
    return true;
}

/* Does it reach no miner, for a reason that is nobody's fault? */
static bool draw_lame(const struct onchain *onchain, const struct transfer *transfer)
{
    struct sim_stream stream;
    if (onchain->config->never_confirm_ppm == 0 || onchain->accounts[transfer->session].fraud != ONCHAIN_HONEST)
        return false;
    sim_stream_open(&stream, onchain->sim, "payer.luck", transfer_key(onchain, transfer, OWNER_NOBODY));
    return stream_uniform(&stream) * 1e6 < (double)onchain->config->never_confirm_ppm;
}

void transfer_submit(struct onchain *onchain, uint32_t index, const struct btc_tx *tx)
{
    struct transfer *transfer = transfer_at(onchain, index);
    struct payer *payer = payer_of(onchain, transfer->session);
    bool is_direct = onchain->config->delivery == ONCHAIN_DELIVERY_DIRECT;
    transfer->is_lame = draw_lame(onchain, transfer);
    const struct chain_order order = {.tx = tx,
                                      .origin = is_direct ? CHAIN_DIRECT : CHAIN_GOSSIP,
                                      .reach = transfer->is_lame ? CHAIN_REACH_OPERATOR : CHAIN_REACH_ALL,
                                      .key = transfer_key(onchain, transfer, OWNER_TRANSFER)};
    transfer->tx = transfer->newest = chain_submit(onchain->chain, &order);
    transfer->state = TRANSFER_SENT;
    transfer->sent_height = chain_height(onchain->chain);
    if (transfer->tx == CHAIN_NONE)
        return;
    onchain_own(onchain, transfer->tx, (struct owner){.role = OWNER_TRANSFER, .index = index});
    purse_see(&payer->purse, tx);
    top_up(onchain, payer);
}

/* Told once in a session, from an event of the chain. */
static void tell_attack(struct onchain *onchain, const struct transfer *transfer)
{
    struct account *account = &onchain->accounts[transfer->session];
    if (account->fraud == ONCHAIN_HONEST || account->is_attack_told || transfer->tx == CHAIN_NONE)
        return;
    account->is_attack_told = true;
    raise_transfer(onchain, transfer, (struct rail_event){.kind = RAIL_ATTACKED, .cause = account->fraud_cause});
}

void transfer_answer(struct onchain *onchain, uint32_t index)
{
    const struct transfer *transfer = transfer_at(onchain, index);
    if (transfer->state != TRANSFER_ASKED)
        return;
    if (transfer->cause != RAIL_CAUSE_NONE)
        transfer_lose(onchain, index, transfer->cause);
    else if (transfer_sent_msat(transfer) == 0)
        transfer_credit(onchain, index);
}

/* ---- acceptance ------------------------------------------------------------------------------------------------- */

/* Unsettled credit of the payer, the outlet, the building. */
static void sum_exposure(const struct onchain *onchain, struct acceptance_facts *facts, const struct account *of)
{
    for (uint32_t i = 0; i < onchain->transfers.limit; i++) {
        const struct transfer *transfer = transfer_at(onchain, i);
        if (transfer->state != TRANSFER_CREDITED || transfer->depth >= onchain->config->settled_confirmations)
            continue;
        const struct account *account = &onchain->accounts[transfer->session];
        int64_t left_msat = transfer_left_msat(transfer);
        facts->building_msat += left_msat;
        facts->payer_msat += account->payer == of->payer ? left_msat : 0;
        facts->outlet_msat += account->outlet == of->outlet ? left_msat : 0;
    }
}

static enum acceptance judge(const struct onchain *onchain, const struct transfer *transfer)
{
    const struct onchain_config *config = onchain->config;
    const struct chain_tx *seen = chain_tx(onchain->chain, transfer->tx);
    struct btc_mempool *pool = chain_mempool(onchain->chain);
    struct btc_mempool_info info;
    if (seen->state == CHAIN_TX_MINED)
        return ACCEPTANCE_OK;
    if (!btc_mempool_get(&info, pool, seen->txid))
        return ACCEPTANCE_CONFLICT;
    struct acceptance_facts facts = {
        .is_contested = transfer->is_conflicted || transfer->is_gone,
        .unconfirmed_ancestors = info.ancestor_count - 1,
        .is_replaceable = btc_mempool_is_replaceable(pool, seen->txid),
        .is_signal_heeded = onchain->chain_config->full_rbf_ppm < SIGNAL_HEEDED_BELOW_PPM,
        .rate_sat_per_kwu = (uint32_t)(info.fee_sat * 1000 / info.weight_wu),
        .amount_msat = transfer->amount_msat,
    };
    if (config->least_rate_target > 0)
        facts.least_rate_sat_per_kwu =
            feerates_get(&onchain->feerates, &(struct feerate_config){.kind = FEERATE_ESTIMATOR,
                                                                      .target_blocks = config->least_rate_target});
    sum_exposure(onchain, &facts, &onchain->accounts[transfer->session]);
    return acceptance_check(config, &facts);
}

void transfer_listened(struct onchain *onchain, uint32_t index)
{
    struct transfer *transfer = transfer_at(onchain, index);
    if (transfer->state != TRANSFER_SENT)
        return;
    if (judge(onchain, transfer) == ACCEPTANCE_OK)
        transfer_credit(onchain, index);
    else
        transfer->need_confirmations = onchain->config->demoted_confirmations;
}

void transfer_seen(struct onchain *onchain, uint32_t index, uint32_t tx)
{
    struct transfer *transfer = transfer_at(onchain, index);
    if (!transfer_is_open(transfer))
        return;
    transfer->tx = tx;
    bool was_gone = transfer->is_gone;
    transfer->is_gone = false;
    if (transfer->seen_us == CHAIN_NEVER_US) {
        transfer->seen_us = sim_now_us(onchain->sim);
        tell_attack(onchain, transfer);
        if (transfer->need_confirmations == 0)
            onchain_schedule(onchain, &transfer->listen, onchain->listen_kind,
                             transfer->seen_us + onchain->config->listen_us, index);
    } else if (was_gone && transfer->state == TRANSFER_CREDITED) {
        account_limit(onchain, transfer->session, RAIL_CAUSE_NONE);
    }
}

/* ---- ways it may go --------------------------------------------------------------------------------------------- */

/* Books what the payment's transaction costs, less what was booked before. Returns the difference for the event. */
static int64_t book_fee(struct onchain *onchain, struct transfer *transfer, int64_t fee_msat)
{
    int64_t more_msat = fee_msat - transfer->fee_msat;
    uint32_t payer = LEDGER_FIRST_PAYER + onchain->accounts[transfer->session].payer;
    transfer->fee_msat = fee_msat;
    if (more_msat >= 0)
        ledger_move(onchain->ledger, payer, LEDGER_PROVIDER, more_msat);
    else
        ledger_move(onchain->ledger, LEDGER_PROVIDER, payer, -more_msat);
    return more_msat;
}

static int64_t book_weight(struct transfer *transfer, int64_t weight_wu)
{
    int64_t more_wu = weight_wu - transfer->weight_wu;
    transfer->weight_wu = weight_wu;
    return more_wu;
}

static struct rail_event costs(struct onchain *onchain, struct transfer *transfer, enum rail_event_kind kind)
{
    struct rail_event event = {.kind = kind};
    if (transfer->tx == CHAIN_NONE)
        return event;
    const struct chain_tx *seen = chain_tx(onchain->chain, transfer->tx);
    event.fee_payer_msat = book_fee(onchain, transfer, seen->fee_sat * 1000);
    event.weight_wu = book_weight(transfer, seen->weight_wu);
    return event;
}

static void finalise(struct onchain *onchain, uint32_t index)
{
    struct transfer *transfer = transfer_at(onchain, index);
    struct account *account = &onchain->accounts[transfer->session];
    struct payer *payer = payer_of(onchain, transfer->session);
    int64_t left_msat = transfer_left_msat(transfer);
    int64_t excess_msat = transfer->value_sat * 1000 - transfer_sent_msat(transfer);
    struct rail_event event = costs(onchain, transfer, RAIL_FINAL);
    transfer->state = TRANSFER_FINAL;
    onchain->exposure_msat -= left_msat;
    ledger_move(onchain->ledger, LEDGER_IN_FLIGHT, ledger_payee(account->payee), left_msat);
    bool is_peers = account->payee != RAIL_OPERATOR; /* who keeps no balances: it is his */
    ledger_move(onchain->ledger, LEDGER_FIRST_PAYER + account->payer,
                is_peers ? ledger_payee(account->payee) : (size_t)LEDGER_OWED, excess_msat);
    payer->balance_msat += is_peers ? 0 : excess_msat;
    account->payable_msat += transfer->refunded_msat;
    if (transfer->tx != CHAIN_NONE)
        final_note(onchain, transfer);
    raise_transfer(onchain, transfer, event);
    account_unbusy(onchain, transfer->session);
}

/* Power is cut off if it waits longer than the operator bears. */
static void plan_grace(struct onchain *onchain, uint32_t index)
{
    struct transfer *transfer = transfer_at(onchain, index);
    int64_t now_us = sim_now_us(onchain->sim);
    if (onchain->config->grace_us == INT64_MAX || transfer->depth >= onchain->config->settled_confirmations)
        return;
    int64_t at_us = transfer->seen_us + onchain->config->grace_us;
    onchain_schedule(onchain, &transfer->grace, onchain->grace_kind, at_us > now_us ? at_us : now_us, index);
}

/* Power was granted: so much later a bad payer takes the money back. */
static void plan_strike(struct onchain *onchain, uint32_t index)
{
    struct transfer *transfer = transfer_at(onchain, index);
    int64_t after_us = onchain->accounts[transfer->session].strike_after_us;
    if (after_us != ACCOUNT_NO_STRIKE)
        onchain_schedule(onchain, &transfer->strike, onchain->strike_kind, sim_now_us(onchain->sim) + after_us, index);
}

void transfer_credit(struct onchain *onchain, uint32_t index)
{
    struct transfer *transfer = transfer_at(onchain, index);
    struct account *account = &onchain->accounts[transfer->session];
    assert(transfer->state == TRANSFER_ASKED || transfer->state == TRANSFER_SENT);
    struct rail_event event = costs(onchain, transfer, RAIL_CREDITED);
    bool is_balance = transfer->value_sat == 0;
    transfer->state = TRANSFER_CREDITED;
    if (is_balance)
        transfer->depth = UINT32_MAX;
    tell_attack(onchain, transfer);
    onchain->exposure_msat += transfer->amount_msat;
    ledger_move(onchain->ledger, LEDGER_FIRST_PAYER + account->payer, LEDGER_IN_FLIGHT, transfer_sent_msat(transfer));
    ledger_move(onchain->ledger, LEDGER_OWED, LEDGER_IN_FLIGHT, transfer->balance_msat);
    account_limit(onchain, transfer->session, RAIL_CAUSE_NONE);
    raise_transfer(onchain, transfer, event);
    if (is_balance) {
        finalise(onchain, index);
        return;
    }
    plan_grace(onchain, index);
    plan_strike(onchain, index);
}

/* Money for a payment that had ended without it. */
static void keep_stray(struct onchain *onchain, struct transfer *transfer)
{
    const struct account *account = &onchain->accounts[transfer->session];
    bool is_peers = account->payee != RAIL_OPERATOR;
    int64_t value_msat = transfer->value_sat * 1000;
    ledger_move(onchain->ledger, LEDGER_FIRST_PAYER + account->payer,
                is_peers ? ledger_payee(account->payee) : (size_t)LEDGER_OWED, value_msat);
    payer_of(onchain, transfer->session)->balance_msat += is_peers ? 0 : value_msat;
    transfer->value_sat = 0;
}

void transfer_depth(struct onchain *onchain, uint32_t index, uint32_t tx, uint32_t depth)
{
    struct transfer *transfer = transfer_at(onchain, index);
    const struct onchain_config *config = onchain->config;
    if (depth > 0) {
        transfer->tx = tx;
        transfer->is_gone = false;
    } else if (tx != transfer->tx) {
        return;
    }
    transfer->depth = depth;
    if (!transfer_is_open(transfer)) {
        if (transfer->state != TRANSFER_FINAL && depth >= config->final_confirmations)
            keep_stray(onchain, transfer);
        return;
    }
    if (depth > 0 && !transfer->was_confirmed) {
        transfer->was_confirmed = true;
        raise_transfer(onchain, transfer, (struct rail_event){.kind = RAIL_CONFIRMED});
    }
    uint32_t need = transfer->need_confirmations > 0 ? transfer->need_confirmations : config->demoted_confirmations;
    if (transfer->state == TRANSFER_SENT && depth >= need)
        transfer_credit(onchain, index);
    if (transfer->state == TRANSFER_CREDITED && depth >= config->final_confirmations)
        finalise(onchain, index);
    else if (transfer->state == TRANSFER_CREDITED)
        account_limit(onchain, transfer->session, RAIL_CAUSE_NONE);
}

static void fail(struct onchain *onchain, struct transfer *transfer, enum rail_cause cause)
{
    payer_of(onchain, transfer->session)->balance_msat += transfer->balance_msat;
    transfer->state = TRANSFER_FAILED;
    raise_transfer(onchain, transfer, (struct rail_event){.kind = RAIL_FAILED, .cause = cause});
}

static void reverse(struct onchain *onchain, struct transfer *transfer, enum rail_cause cause)
{
    uint32_t payer = LEDGER_FIRST_PAYER + onchain->accounts[transfer->session].payer;
    int64_t left_msat = transfer_left_msat(transfer);
    transfer->state = TRANSFER_REVERSED;
    onchain->exposure_msat -= left_msat;
    ledger_move(onchain->ledger, LEDGER_IN_FLIGHT, LEDGER_OWED, left_msat);
    ledger_move(onchain->ledger, LEDGER_OWED, payer, transfer_sent_msat(transfer));
    payer_of(onchain, transfer->session)->balance_msat += transfer->balance_msat;
    struct rail_event event = {.kind = RAIL_REVERSED, .cause = cause, .lapsed_msat = transfer->refunded_msat};
    event.fee_payer_msat = book_fee(onchain, transfer, 0);
    event.weight_wu = book_weight(transfer, 0);
    raise_transfer(onchain, transfer, event);
}

void transfer_lose(struct onchain *onchain, uint32_t index, enum rail_cause cause)
{
    struct transfer *transfer = transfer_at(onchain, index);
    assert(transfer_is_open(transfer));
    tell_attack(onchain, transfer);
    if (transfer->tx != CHAIN_NONE) {
        purse_forget(&payer_of(onchain, transfer->session)->purse, &chain_tx(onchain->chain, transfer->tx)->tx);
        purse_forget(onchain_payee(onchain, onchain->accounts[transfer->session].payee),
                     &chain_tx(onchain->chain, transfer->tx)->tx); /* after a reorganisation */
    }
    if (transfer->state == TRANSFER_CREDITED)
        reverse(onchain, transfer, cause);
    else
        fail(onchain, transfer, cause);
    account_unbusy(onchain, transfer->session);
}

void transfer_withdraw(struct onchain *onchain, uint32_t index)
{
    const struct transfer *transfer = transfer_at(onchain, index);
    if (transfer->state == TRANSFER_CREDITED)
        account_limit(onchain, transfer->session,
                      transfer->is_conflicted || transfer->is_gone ? RAIL_CAUSE_CONFLICT : RAIL_CAUSE_UNCONFIRMED);
}

void transfer_grace_over(struct onchain *onchain, uint32_t index)
{
    struct transfer *transfer = transfer_at(onchain, index);
    if (transfer->state != TRANSFER_CREDITED || transfer->depth >= onchain->config->settled_confirmations)
        return;
    transfer->is_late = true;
    transfer_withdraw(onchain, index);
}
