/* wallet.c: coins for nodes.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/host/wallet.h"

#include "models/chain/room.h"
#include "models/host/input.h"
#include "protocol/bitcoin/amount.h"
#include "protocol/lightning/channel_view.h"

#include <stdlib.h>
#include <string.h>

#define COIN_DEPTH_BLOCKS 6
#define STUCK_BLOCKS      6 /* that a funding waits in the mempool before it is paid for */
#define CHILDREN_MAX      5

/* ---- to the chain ---------------------------------------------------------------------------------------------- */

static bool mark(struct host *host, uint32_t tx)
{
    if (tx >= host->is_sent_count) {
        uint32_t count = 2 * tx + 64;
        bool *grown = realloc(host->is_sent, count * sizeof grown[0]);
        if (grown == NULL)
            return false;
        memset(grown + host->is_sent_count, 0, count - host->is_sent_count);
        host->is_sent = grown;
        host->is_sent_count = count;
    }
    host->is_sent[tx] = true;
    return true;
}

static bool note(struct host *host, uint32_t tx)
{
    if (tx < host->is_sent_count && host->is_sent[tx])
        return true;
    if (host->sent_count == host->sent_capacity) {
        uint32_t capacity = host->sent_capacity == 0 ? 64 : 2 * host->sent_capacity;
        void *grown = realloc(host->sent, capacity * sizeof host->sent[0]);
        if (grown == NULL)
            return false;
        host->sent = grown;
        host->sent_capacity = capacity;
    }
    host->sent[host->sent_count++] = tx;
    return mark(host, tx);
}

static void submit(struct host *host, uint32_t number, const struct btc_tx *tx)
{
    struct host_node *node = host_node_at(host, number);
    purse_see(&node->purse, tx);
    const struct chain_order order = {.tx = tx, .origin = CHAIN_GOSSIP, .key = node->key << 24 | node->sent_txs++};
    host->tally.broadcasts++;
    uint32_t sent = chain_submit(host->chain, &order);
    if (sent != CHAIN_NONE && !note(host, sent))
        trouble_memory(host->trouble);
    for (uint32_t i = 0; sent != CHAIN_NONE && i < host->listener_count && !host_is_over(host); i++) {
        if (host->listeners[i].on_sent != NULL)
            host->listeners[i].on_sent(host->listeners[i].self, number, sent);
    }
}

uint32_t host_buy(struct host *host, uint32_t number, int64_t value_sat)
{
    uint8_t script[BTC_P2WPKH_BYTES];
    if (host_is_over(host) || !purse_script(&host_node_at(host, number)->purse, script))
        return CHAIN_NONE;
    return chain_faucet_pay(host->chain, btc_bytes(script, sizeof script), value_sat,
                            feerates_get(&host->feerates, &host->options.normal));
}

void wallet_broadcast(struct host *host, uint32_t number, struct btc_bytes bytes)
{
    struct btc_tx tx;
    if (!room_reserve(&host->parsing, BTC_TX_ARENA_BYTES(bytes.length))) {
        trouble_memory(host->trouble);
        return;
    }
    if (btc_tx_parse(&tx, &host->parsing, bytes) != BTC_TX_OK) {
        trouble_fail(host->trouble, "a node broadcasts what is no transaction");
        return;
    }
    submit(host, number, &tx);
}

void wallet_forget(struct host *host, uint32_t number, const uint8_t txid[32])
{
    btc_wallet_forget(&host_node_at(host, number)->purse.wallet, txid);
}

/* ---- fundings -------------------------------------------------------------------------------------------------- */

static struct funding *new_funding(struct host *host)
{
    if (host->funding_count == host->funding_capacity) {
        uint32_t capacity = host->funding_capacity == 0 ? 16 : 2 * host->funding_capacity;
        void *grown = realloc(host->fundings, capacity * sizeof host->fundings[0]);
        if (grown == NULL)
            return NULL;
        host->fundings = grown;
        host->funding_capacity = capacity;
    }
    return &host->fundings[host->funding_count];
}

static bool keep(struct host *host, const struct funding *made)
{
    struct funding *funding = new_funding(host);
    size_t bytes = 64 + BTC_TX_ARENA_BYTES(btc_tx_size(&made->tx, BTC_TX_WITNESS)) +
                   sizeof(struct btc_input) * made->tx.input_count + sizeof(struct btc_output) * made->tx.output_count;
    void *memory = funding == NULL ? NULL : malloc(bytes);
    struct btc_arena arena;
    btc_arena_init(&arena, memory, memory == NULL ? 0 : bytes);
    if (memory == NULL)
        return false;
    *funding = *made;
    funding->memory = memory;
    if (btc_tx_copy(&funding->tx, &arena, &made->tx) != BTC_TX_OK) {
        free(memory);
        return false;
    }
    host->funding_count++;
    return true;
}

static uint32_t output_with(const struct btc_tx *tx, struct btc_bytes script)
{
    uint32_t i = 0;
    while (i < tx->output_count && !(tx->outputs[i].script.length == script.length &&
                                     memcmp(tx->outputs[i].script.data, script.data, script.length) == 0))
        i++;
    return i;
}

static void take_change(struct funding *funding, const struct btc_wallet_payment *payment)
{
    bool has_change = payment->change != BTC_WALLET_NO_CHANGE;
    funding->weight_wu += btc_tx_weight_wu(&payment->tx);
    funding->fee_sat += payment->fee_sat;
    memset(&funding->change, 0, sizeof funding->change);
    if (has_change) {
        memcpy(funding->change.txid, payment->txid, 32);
        funding->change.index = payment->change;
    }
}

/* ---- who pays -------------------------------------------------------------------------------------------------- */

void host_lend(struct host *host, uint32_t node, uint64_t channel, uint32_t funder)
{
    if (host->loan_count == host->loan_capacity) {
        uint32_t capacity = host->loan_capacity == 0 ? 16 : 2 * host->loan_capacity;
        void *grown = realloc(host->loans, capacity * sizeof host->loans[0]);
        if (grown == NULL) {
            trouble_memory(host->trouble);
            return;
        }
        host->loans = grown;
        host->loan_capacity = capacity;
    }
    host->loans[host->loan_count++] = (struct loan){.node = node, .channel = channel, .funder = funder};
}

/* Its loan if it has one, which is used up. */
static uint32_t take_funder(struct host *host, uint32_t node, uint64_t channel)
{
    for (uint32_t i = 0; i < host->loan_count; i++) {
        uint32_t funder = host->loans[i].funder;
        if (host->loans[i].node != node || host->loans[i].channel != channel)
            continue;
        host->loans[i] = host->loans[--host->loan_count];
        return funder;
    }
    return host_node_at(host, node)->funder;
}

static void give_up(struct host *host, uint32_t number, uint64_t channel)
{
    struct ln_node *node = host_enter(host, number);
    if (node != NULL)
        host_leave(host, number, ln_node_close_channel(node, channel), NULL);
}

void wallet_fund(struct host *host, uint32_t number, const struct ln_node_event *event, struct btc_bytes script)
{
    uint32_t funder = take_funder(host, number, event->channel);
    struct purse *purse = &host_node_at(host, funder)->purse;
    const struct btc_output output = {.value_sat = (int64_t)(event->amount_msat / 1000), .script = script};
    struct btc_wallet_payment payment;
    enum btc_wallet_error error =
        purse_pay(&payment, purse,
                  (struct btc_wallet_plan){.payments = &output,
                                           .payment_count = 1,
                                           .rate_sat_per_kwu = feerates_get(&host->feerates, &host->options.normal),
                                           .sequence = BTC_SEQUENCE_NO_RBF});
    if (error != BTC_WALLET_OK) {
        give_up(host, number, event->channel);
        return;
    }
    struct funding made = {.node = number, .channel = event->channel, .funder = funder, .tx = payment.tx};
    memcpy(made.outpoint.txid, payment.txid, 32);
    made.outpoint.index = output_with(&payment.tx, script);
    take_change(&made, &payment);
    if (!keep(host, &made)) {
        trouble_memory(host->trouble);
        return;
    }
    purse_see(purse, &payment.tx); /* its coins are taken */
    struct device_work work = {.count = {[DEVICE_SIGN] = payment.tx.input_count}};
    struct ln_node *node = host_enter(host, number);
    if (node != NULL)
        host_leave(host, number, ln_node_fund(node, event->channel, &made.outpoint), &work);
}

/* Whether it was sent and is still known: one that fell out of the mempool, or lost its block, is sent again. */
static bool is_on_its_way(const struct host *host, const struct funding *funding)
{
    uint32_t tx = chain_tx_find(host->chain, funding->outpoint.txid);
    return funding->is_sent && (tx == CHAIN_NONE || chain_tx(host->chain, tx)->state != CHAIN_TX_GONE);
}

void wallet_send_funding(struct host *host, uint32_t number, const struct btc_outpoint *outpoint)
{
    for (uint32_t i = 0; i < host->funding_count; i++) {
        struct funding *funding = &host->fundings[i];
        if (funding->node != number || !btc_outpoint_equal(&funding->outpoint, outpoint) ||
            is_on_its_way(host, funding))
            continue;
        funding->is_due = host_node_at(host, number)->reach.is_cut;
        if (funding->is_due)
            continue;
        funding->is_sent = true;
        submit(host, funding->funder, &funding->tx);
    }
}

/* Its own transaction cannot be changed: the channel hangs on its id. */
static void hurry(struct host *host, struct funding *funding)
{
    uint32_t rate = feerates_get(&host->feerates, &host->options.urgent);
    int64_t wanted_sat = btc_amount_fee_up(funding->weight_wu, rate);
    struct purse *purse = &host_node_at(host, funding->funder)->purse;
    struct btc_wallet_payment payment;
    if (btc_wallet_get(&purse->wallet, &funding->change) == NULL || wanted_sat * 4 < funding->fee_sat * 5)
        return;
    if (purse_pay(&payment, purse,
                  (struct btc_wallet_plan){.required = &funding->change,
                                           .required_count = 1,
                                           .rate_sat_per_kwu = rate,
                                           .replaced_fee_sat = wanted_sat - funding->fee_sat,
                                           .incremental_sat_per_kwu = rate,
                                           .sequence = BTC_SEQUENCE_NO_RBF}) != BTC_WALLET_OK)
        return;
    take_change(funding, &payment);
    funding->waits_since_height = host_height(host);
    funding->children++;
    submit(host, funding->funder, &payment.tx);
}

void wallet_hurry_fundings(struct host *host)
{
    for (uint32_t i = 0; i < host->funding_count && !host_is_over(host); i++) {
        struct funding *funding = &host->fundings[i];
        uint32_t tx = funding->is_sent ? chain_tx_find(host->chain, funding->outpoint.txid) : CHAIN_NONE;
        if (tx == CHAIN_NONE || chain_tx(host->chain, tx)->state != CHAIN_TX_POOLED)
            funding->waits_since_height = 0;
        else if (funding->waits_since_height == 0)
            funding->waits_since_height = host_height(host);
        else if (host_height(host) >= funding->waits_since_height + STUCK_BLOCKS && funding->children < CHILDREN_MAX)
            hurry(host, funding);
    }
}

void wallet_send_due(struct host *host, uint32_t number)
{
    for (uint32_t i = 0; i < host->funding_count && !host_is_over(host); i++) {
        if (host->fundings[i].node == number && host->fundings[i].is_due)
            wallet_send_funding(host, number, &host->fundings[i].outpoint);
    }
}

void wallet_forget_channel(struct host *host, uint32_t number, uint64_t channel)
{
    take_funder(host, number, channel);
    for (uint32_t i = 0; i < host->funding_count; i++) {
        struct funding *funding = &host->fundings[i];
        if (funding->node == number && funding->channel == channel && !funding->is_sent) {
            funding->is_sent = true; /* never will be */
            wallet_forget(host, funding->funder, funding->outpoint.txid);
        }
    }
}

/* ---- coins and rates ------------------------------------------------------------------------------------------- */

/* Not one that a reorganisation may take away: what claims money must not hang on it. */
static bool coin_of(struct ln_onchain_coin *coin, const struct btc_wallet *wallet, const struct btc_outpoint *outpoint)
{
    const struct btc_wallet_coin *found = btc_wallet_get(wallet, outpoint);
    if (found == NULL || found->height + COIN_DEPTH_BLOCKS > wallet->height + 1)
        return false;
    const struct btc_wallet_key *key = btc_pool_at(&wallet->keys, found->key);
    *coin = (struct ln_onchain_coin){.outpoint = *outpoint, .value_sat = found->value_sat};
    memcpy(coin->secret, key->secret, 32);
    memcpy(coin->public_key, key->public_key, 33);
    return true;
}

/* The largest: each claim takes as few as it can. */
static void set_coins(struct host *host, uint32_t number)
{
    enum { MOST = 4 * LN_ONCHAIN_COINS };
    struct host_node *node = host_node_at(host, number);
    struct btc_outpoint outpoints[MOST];
    struct ln_onchain_coin coins[LN_ONCHAIN_COINS];
    uint32_t all = purse_smallest(outpoints, &node->purse, MOST), count = 0;
    for (uint32_t i = all < MOST ? all : MOST; i > 0 && count < LN_ONCHAIN_COINS; i--)
        count += coin_of(&coins[count], &node->purse.wallet, &outpoints[i - 1]);
    node->coins_tip = host->tip;
    input_expect(host, ln_node_set_coins(&node->node, coins, count));
}

static bool is_off(uint32_t now, uint32_t wanted, uint32_t change_ppm)
{
    double part = (double)wanted / (double)(now == 0 ? 1 : now);
    return part > 1.0 + change_ppm / 1e6 || part < 1.0 / (1.0 + change_ppm / 1e6);
}

/* The opener of a channel keeps its commitments payable. */
static void set_feerates(struct host *host, uint32_t number, uint32_t normal)
{
    struct ln_node *node = &host_node_at(host, number)->node;
    for (uint32_t i = 0; i < node->channel_places.top; i++) {
        const struct ln_node_channel *entry = node->channels[i];
        if (entry == NULL || entry->mode != LN_MODE_LIVE || entry->channel.opener != LN_US ||
            !ln_channel_is_live(&entry->channel))
            continue;
        const struct ln_channel_policy *policy = &entry->channel.policy;
        uint32_t wanted = normal;
        if (wanted < policy->feerate_min_sat_per_kwu)
            wanted = policy->feerate_min_sat_per_kwu;
        if (wanted > policy->feerate_max_sat_per_kwu)
            wanted = policy->feerate_max_sat_per_kwu;
        uint32_t now = ln_look_terms(&entry->channel, (struct ln_look){LN_THEM, LN_SEND_COMMIT}).feerate_sat_per_kwu;
        /* One that the opener cannot pay is refused: then the old one stays. */
        if (is_off(now, wanted, host->options.rate_change_ppm) &&
            ln_node_set_feerate(node, entry->number, wanted) == LN_NODE_NO_MEMORY)
            trouble_memory(host->trouble);
    }
}

/* What the operator's node has in its mempool instead of a commitment of ours. */
static void show_rivals(struct host *host, uint32_t number)
{
    struct ln_node *node = &host_node_at(host, number)->node;
    for (uint32_t i = 0; i < node->channel_places.top; i++) {
        const struct ln_node_channel *entry = node->channels[i];
        if (entry == NULL || entry->mode != LN_MODE_CHAIN || entry->chain->close != LN_CLOSE_NONE)
            continue;
        uint32_t spender = chain_spender(host->chain, &entry->channel.funding);
        const struct chain_tx *tx = spender == CHAIN_NONE ? NULL : chain_tx(host->chain, spender);
        bool is_rival = tx != NULL && tx->state == CHAIN_TX_POOLED && memcmp(tx->txid, entry->chain->our_txid, 32) != 0;
        input_expect(host, ln_node_waits(node, entry->number, is_rival ? &tx->tx : NULL));
    }
}

void wallet_update(struct host *host, uint32_t number)
{
    struct ln_node *node = &host_node_at(host, number)->node;
    const struct ln_onchain_rates rates = {.relaxed_sat_per_kwu = feerates_get(&host->feerates, &host->options.relaxed),
                                           .normal_sat_per_kwu = feerates_get(&host->feerates, &host->options.normal),
                                           .urgent_sat_per_kwu = feerates_get(&host->feerates, &host->options.urgent)};
    input_expect(host, ln_node_set_rates(node, &rates));
    if (host->options.rate_change_ppm > 0)
        set_feerates(host, number, rates.normal_sat_per_kwu);
    if (host_node_at(host, number)->wants_coins)
        set_coins(host, number);
    if (!host_node_at(host, number)->reach.is_cut)
        show_rivals(host, number);
}
