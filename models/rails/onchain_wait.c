/* onchain_wait.c: payments that wait for a block: fees raised, evicted ones sent again, lost ones given up.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/onchain_wait.h"

#include "models/rails/onchain_books.h"
#include "models/rails/onchain_transfer.h"

/* A wallet that tries again may build what it had built before. */
static void note_version(struct onchain *onchain, uint32_t index, uint32_t tx)
{
    struct transfer *transfer = transfer_at(onchain, index);
    if (tx == CHAIN_NONE || onchain_owner(onchain, tx).role == OWNER_TRANSFER)
        return;
    onchain_own(onchain, tx,
                (struct owner){.role = OWNER_TRANSFER, .index = index, .has_older = true, .older = transfer->newest});
    transfer->newest = tx;
}

static void bump(struct onchain *onchain, uint32_t index)
{
    struct transfer *transfer = transfer_at(onchain, index);
    const struct onchain_config *config = onchain->config;
    struct payer *payer = payer_of(onchain, transfer->session);
    struct btc_wallet_payment payment;
    if (chain_height(onchain->chain) < transfer->sent_height + config->bump_after_blocks)
        return;
    transfer->sent_height = chain_height(onchain->chain);
    const struct chain_tx *old = chain_tx(onchain->chain, transfer->tx);
    uint32_t rate = feerates_get(&onchain->feerates, &config->payer_feerate);
    if ((int64_t)rate * old->weight_wu <= old->fee_sat * 1000)
        return;
    if (purse_bump(&payment, &payer->purse, &old->tx, rate, onchain->chain_config->min_relay_sat_per_kwu) !=
        BTC_WALLET_OK)
        return; /* no change to pay it from: the old one stays */
    const struct chain_order order = {.tx = &payment.tx,
                                      .origin = old->origin,
                                      .reach = transfer->is_lame ? CHAIN_REACH_OPERATOR : CHAIN_REACH_ALL,
                                      .key = transfer_key(onchain, transfer, OWNER_TRANSFER) +
                                             chain_tx_count(onchain->chain)};
    uint32_t tx = chain_submit(onchain->chain, &order);
    note_version(onchain, index, tx);
    purse_see(&payer->purse, &payment.tx);
}

static void send_again(struct onchain *onchain, const struct transfer *transfer)
{
    const struct chain_tx *sent = chain_tx(onchain->chain, transfer->tx);
    chain_submit(onchain->chain,
                 &(struct chain_order){.tx = &sent->tx,
                                       .origin = sent->origin,
                                       .reach = transfer->is_lame ? CHAIN_REACH_OPERATOR : CHAIN_REACH_ALL,
                                       .key = sent->key});
}

/* Does the operator's mempool or chain hold what excludes the payment? A rival that was forgotten keeps nothing out. */
static bool is_barred(const struct onchain *onchain, uint32_t rival)
{
    if (rival == CHAIN_NONE)
        return false;
    enum chain_tx_state state = chain_tx(onchain->chain, rival)->state;
    return state == CHAIN_TX_POOLED || state == CHAIN_TX_MINED;
}

void transfer_block(struct onchain *onchain, uint32_t index)
{
    struct transfer *transfer = transfer_at(onchain, index);
    bool is_waiting = transfer->state == TRANSFER_SENT || transfer->state == TRANSFER_CREDITED;
    if (!is_waiting || transfer->depth > 0 || transfer->tx == CHAIN_NONE)
        return;
    uint32_t rival = transfer->rival;
    if (rival != CHAIN_NONE && chain_tx_depth(onchain->chain, rival) >= onchain->config->final_confirmations) {
        transfer_lose(onchain, index, onchain->accounts[transfer->session].fraud_cause);
        return;
    }
    if (rival != CHAIN_NONE && !transfer->is_gone && chain_tx_depth(onchain->chain, rival) > 0) {
        transfer->is_gone = true; /* he who does not look at conflicts still sees blocks */
        transfer_withdraw(onchain, index);
        return;
    }
    bool is_honest = onchain->accounts[transfer->session].fraud == ONCHAIN_HONEST;
    const struct chain_tx *sent = chain_tx(onchain->chain, transfer->tx);
    if (transfer->is_gone && !is_barred(onchain, rival))
        send_again(onchain, transfer);
    else if (onchain->config->bump == ONCHAIN_BUMP_ON && is_honest && sent->state == CHAIN_TX_POOLED)
        bump(onchain, index);
}
