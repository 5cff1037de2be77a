/* onchain_fraud.c: payers who want their money back: when, how, and what it is called afterwards.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/onchain_fraud.h"

#include "models/chain/room.h"
#include "models/rails/onchain_books.h"
#include "models/rails/onchain_transfer.h"
#include "sim/stream.h"

#include <assert.h>

#define SECRET_DEPTH 6

/* What the layers below need to know of it. */
static void plan_fraud(struct account *account, const struct fraud_config *fraud)
{
    static const enum rail_cause causes[] = {[FRAUD_RACE] = RAIL_CAUSE_RACE,
                                             [FRAUD_REPLACEMENT] = RAIL_CAUSE_REPLACED,
                                             [FRAUD_STALL] = RAIL_CAUSE_STALLED,
                                             [FRAUD_FINNEY] = RAIL_CAUSE_FINNEY,
                                             [FRAUD_HASH] = RAIL_CAUSE_OVERTAKEN};
    account->fraud_cause = causes[fraud->method];
    if (fraud->method == FRAUD_REPLACEMENT || fraud->method == FRAUD_STALL)
        account->strike_after_us = fraud->delay_us;
    if (fraud->method == FRAUD_STALL)
        account->offer_sat_per_kwu = fraud->rate_sat_per_kwu;
}

static void be_honest(struct account *account)
{
    account->fraud = ONCHAIN_HONEST;
    account->fraud_cause = RAIL_CAUSE_CONFLICT;
    account->strike_after_us = ACCOUNT_NO_STRIKE;
    account->offer_sat_per_kwu = 0;
}

void fraud_draw(struct onchain *onchain, struct account *account)
{
    const struct onchain_config *config = onchain->config;
    struct sim_stream stream;
    sim_stream_open(&stream, onchain->sim, "payer.intent", account->key);
    double intent = stream_uniform(&stream) * 1e6, signal = stream_uniform(&stream) * 1e6;
    be_honest(account);
    account->signals = signal < (double)config->signal_ppm;
    for (uint32_t i = 0; i < config->fraud_count && account->fraud == ONCHAIN_HONEST; i++) {
        const struct fraud_config *fraud = &config->frauds[i];
        if (intent < (double)fraud->share_ppm) {
            account->fraud = fraud->method;
            account->fraud_index = i;
        }
        intent -= (double)fraud->share_ppm;
    }
    if (account->fraud != ONCHAIN_HONEST)
        plan_fraud(account, &config->frauds[account->fraud_index]);
}

static const struct fraud_config *plan_of(const struct onchain *onchain, const struct transfer *transfer)
{
    return &onchain->config->frauds[onchain->accounts[transfer->session].fraud_index];
}

/* Sends the second transaction, which gives the coins back to the payer. is_replacing: it pays more than the first. */
static void send_rival(struct onchain *onchain, uint32_t index, int64_t delay_us, bool is_replacing)
{
    struct transfer *transfer = transfer_at(onchain, index);
    struct payer *payer = payer_of(onchain, transfer->session);
    const struct chain_tx *first = chain_tx(onchain->chain, transfer->tx);
    struct btc_wallet_payment rival;
    uint32_t rate = feerates_get(&onchain->feerates, &onchain->config->payer_feerate);
    uint32_t increment = is_replacing ? onchain->chain_config->min_relay_sat_per_kwu : 0;
    int64_t fee_sat = 0;
    if (is_replacing && !btc_wallet_fee(&fee_sat, &payer->purse.wallet, &first->tx))
        return;
    if (purse_take_back(&rival, &payer->purse, &first->tx, fee_sat, rate, increment) != BTC_WALLET_OK)
        return;
    const struct chain_order order = {.tx = &rival.tx,
                                      .origin = CHAIN_GOSSIP,
                                      .peers = plan_of(onchain, transfer)->helpers,
                                      .delay_us = delay_us,
                                      .key = transfer_key(onchain, transfer, OWNER_RIVAL)};
    transfer->rival = chain_submit(onchain->chain, &order);
    onchain_own(onchain, transfer->rival, (struct owner){.role = OWNER_RIVAL, .index = index});
}

/* ---- blocks in secret -------------------------------------------------------------------------------------------- */

/* His block must be valid whatever becomes of the blocks around it: he spends what lies deep enough. */
static bool spends_deep_coins(const struct onchain *onchain, uint32_t index, const struct btc_tx *tx)
{
    const struct payer *payer = payer_of(onchain, transfer_at(onchain, index)->session);
    uint32_t height = chain_height(onchain->chain);
    bool is_deep = true;
    for (uint32_t i = 0; i < tx->input_count; i++) {
        const struct btc_wallet_coin *coin = btc_wallet_get(&payer->purse.wallet, &tx->inputs[i].previous);
        is_deep = is_deep && coin->height != BTC_WALLET_UNCONFIRMED && coin->height + SECRET_DEPTH <= height;
    }
    return is_deep;
}

/* A Finney attack is over when the block is published; a race for more work when it is won or hopeless. */
static void attack(struct onchain *onchain, const struct transfer *transfer)
{
    const struct fraud_config *plan = plan_of(onchain, transfer);
    struct chain_attack order = {.rival = transfer->rival, .premine_blocks = 1, .give_up_blocks = 1};
    if (plan->method == FRAUD_FINNEY) {
        order.hold_us = plan->delay_us;
    } else {
        order.confirmations = plan->confirmations;
        order.give_up_blocks = plan->give_up_blocks;
    }
    chain_attack(onchain->chain, &order);
}

/* Both transactions are signed; the second goes to the attacker's miner, the first waits for his block. */
static bool prepare_secret(struct onchain *onchain, uint32_t index, const struct btc_wallet_payment *payment)
{
    struct transfer *transfer = transfer_at(onchain, index);
    struct payer *payer = payer_of(onchain, transfer->session);
    struct btc_wallet_payment rival;
    if (!room_reserve(&onchain->held, BTC_TX_ARENA_BYTES(btc_tx_size(&payment->tx, BTC_TX_WITNESS)) + 65536) ||
        btc_tx_copy(&onchain->held_tx, &onchain->held, &payment->tx) != BTC_TX_OK) {
        trouble_memory(onchain->trouble);
        return false;
    }
    uint32_t rate = feerates_get(&onchain->feerates, &onchain->config->payer_feerate);
    if (purse_take_back(&rival, &payer->purse, &onchain->held_tx, 0, rate, 0) != BTC_WALLET_OK)
        return false;
    const struct chain_order order = {
        .tx = &rival.tx, .origin = CHAIN_PRIVATE, .key = transfer_key(onchain, transfer, OWNER_RIVAL)};
    transfer->rival = chain_submit(onchain->chain, &order);
    onchain_own(onchain, transfer->rival, (struct owner){.role = OWNER_RIVAL, .index = index});
    purse_see(&payer->purse, &onchain->held_tx); /* nothing else may spend these coins meanwhile */
    onchain->secret = index;
    attack(onchain, transfer);
    return true;
}

void fraud_release(struct onchain *onchain)
{
    uint32_t index = onchain->secret;
    if (index == SLAB_NONE)
        return;
    onchain->secret = SLAB_NONE;
    const struct transfer *transfer = transfer_at(onchain, index);
    if (transfer->state != TRANSFER_ASKED)
        return;
    if (!onchain->accounts[transfer->session].is_closing) {
        transfer_submit(onchain, index, &onchain->held_tx);
        return;
    }
    purse_forget(&payer_of(onchain, transfer->session)->purse, &onchain->held_tx); /* the car has left */
    transfer_lose(onchain, index, RAIL_CAUSE_FUNDS);
}

/* One attacker mines at a time. */
static bool can_attack(const struct onchain *onchain, uint32_t index, const struct btc_tx *tx)
{
    return onchain->secret == SLAB_NONE && !chain_is_attacked(onchain->chain) && spends_deep_coins(onchain, index, tx);
}

/* ---- all methods ------------------------------------------------------------------------------------------------ */

void fraud_send(struct onchain *onchain, uint32_t index)
{
    struct transfer *transfer = transfer_at(onchain, index);
    struct account *account = &onchain->accounts[transfer->session];
    struct btc_wallet_payment payment;
    if (!transfer_build(onchain, &payment, index))
        return;
    bool is_secret = account->fraud == FRAUD_FINNEY || account->fraud == FRAUD_HASH;
    if (is_secret && can_attack(onchain, index, &payment.tx)) {
        if (!prepare_secret(onchain, index, &payment))
            transfer->cause = RAIL_CAUSE_FUNDS;
        return;
    }
    if (is_secret && !account->is_attack_told)
        be_honest(account); /* another attack goes on: today he pays */
    transfer_submit(onchain, index, &payment.tx);
    if (account->fraud == FRAUD_RACE && transfer->tx != CHAIN_NONE)
        send_rival(onchain, index, plan_of(onchain, transfer)->delay_us, false);
}

void fraud_strike(struct onchain *onchain, uint32_t index)
{
    const struct transfer *transfer = transfer_at(onchain, index);
    if (transfer->state == TRANSFER_CREDITED && transfer->depth == 0 && transfer->rival == CHAIN_NONE)
        send_rival(onchain, index, 0, true);
}
