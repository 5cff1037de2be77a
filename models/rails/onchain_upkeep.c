/* onchain_upkeep.c: wallets that merge their coins while that is cheap.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/onchain_upkeep.h"

#include "models/rails/onchain_books.h"

#include <inttypes.h>

#define MERGE_MOST   200u /* inputs: an eighth of a standard transaction's weight */
#define MERGE_SPARE  4u
#define MERGE_TARGET 6

static bool is_operator(const struct onchain *onchain, uint32_t index)
{
    return index == onchain->payer_count;
}

static struct purse *purse_of(struct onchain *onchain, uint32_t index)
{
    return is_operator(onchain, index) ? &onchain->operator: & onchain->payers[index].purse;
}

static uint32_t *merging_of(struct onchain *onchain, uint32_t index)
{
    return is_operator(onchain, index) ? &onchain->merging : &onchain->payers[index].merging;
}

static void merge(struct onchain *onchain, uint32_t index, uint32_t rate_sat_per_kwu)
{
    struct purse *purse = purse_of(onchain, index);
    struct btc_outpoint coins[MERGE_MOST];
    uint32_t there = purse_smallest(coins, purse, MERGE_MOST);
    if (there <= onchain->config->merge_coins || there <= MERGE_SPARE + 1)
        return;
    uint32_t count = there - MERGE_SPARE < MERGE_MOST ? there - MERGE_SPARE : MERGE_MOST;
    struct btc_wallet_payment payment;
    const struct btc_wallet_plan plan = {.rate_sat_per_kwu = rate_sat_per_kwu,
                                         .sequence = BTC_SEQUENCE_NO_RBF,
                                         .required = coins,
                                         .required_count = count};
    if (purse_pay(&payment, purse, plan) != BTC_WALLET_OK || payment.change == BTC_WALLET_NO_CHANGE)
        return; /* all of it together is not worth its fee */
    const struct chain_order order = {
        .tx = &payment.tx, .origin = CHAIN_GOSSIP, .key = onchain_upkeep_key(index, chain_height(onchain->chain))};
    uint32_t tx = chain_submit(onchain->chain, &order);
    *merging_of(onchain, index) = tx;
    onchain_own(onchain, tx, (struct owner){.role = OWNER_UPKEEP, .index = index});
    purse_see(purse, &payment.tx);
}

void upkeep_block(struct onchain *onchain)
{
    const struct onchain_config *config = onchain->config;
    const struct feerate_config policy = {.kind = FEERATE_POSITION, .target_blocks = MERGE_TARGET};
    uint32_t rate_sat_per_kwu = 0; /* asked for when it is needed */
    for (uint32_t i = 0; i <= onchain->payer_count && config->merge_coins > 0; i++) {
        if (purse_of(onchain, i)->wallet.coins.used <= config->merge_coins || *merging_of(onchain, i) != CHAIN_NONE)
            continue;
        if (rate_sat_per_kwu == 0)
            rate_sat_per_kwu = feerates_get(&onchain->feerates, &policy);
        if (rate_sat_per_kwu > config->merge_rate_sat_per_kwu)
            return;
        merge(onchain, i, rate_sat_per_kwu);
    }
}

static void book(struct onchain *onchain, uint32_t index, uint32_t tx)
{
    const struct chain_tx *seen = chain_tx(onchain->chain, tx);
    struct rail_event event = {.kind = RAIL_UPKEEP,
                               .session = RAIL_NO_SESSION,
                               .weight_wu = seen->weight_wu,
                               .asked_us = sim_now_us(onchain->sim)};
    int64_t fee_msat = seen->fee_sat * 1000;
    if (is_operator(onchain, index))
        event.fee_payee_msat = fee_msat;
    else
        event.fee_payer_msat = fee_msat;
    ledger_move(onchain->ledger, is_operator(onchain, index) ? LEDGER_OPERATOR : LEDGER_FIRST_PAYER + index,
                LEDGER_PROVIDER, fee_msat);
    onchain_raise(onchain, &event);
}

void upkeep_hear(struct onchain *onchain, uint32_t index, const struct chain_event *event)
{
    bool is_done = event->kind == CHAIN_EVENT_DEPTH && event->depth >= onchain->config->settled_confirmations;
    bool is_lost = event->kind == CHAIN_EVENT_REFUSED || event->kind == CHAIN_EVENT_EVICTED ||
                   event->kind == CHAIN_EVENT_EXPIRED || event->kind == CHAIN_EVENT_DROPPED ||
                   event->kind == CHAIN_EVENT_LOST;
    if (!is_done && !is_lost)
        return;
    *merging_of(onchain, index) = CHAIN_NONE;
    onchain_own(onchain, event->tx, (struct owner){0});
    if (is_done)
        book(onchain, index, event->tx);
    else
        purse_forget(purse_of(onchain, index), &chain_tx(onchain->chain, event->tx)->tx);
}
