/* blocks.c: what the nodes hear of the chain.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/host/blocks.h"

#include "models/host/input.h"
#include "models/host/wallet.h"
#include "models/host/watch.h"
#include "protocol/lightning/graph_gossip.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- keeping --------------------------------------------------------------------------------------------------- */

static bool grow(void **items, uint32_t count, uint32_t *capacity, size_t size)
{
    if (count < *capacity)
        return true;
    uint32_t larger = *capacity == 0 ? 256 : 2 * *capacity;
    void *grown = realloc(*items, larger * size);
    if (grown == NULL)
        return false;
    *items = grown;
    *capacity = larger;
    return true;
}

static bool keep_tx(struct host *host, uint32_t tx, uint32_t place)
{
    void *items = host->block_txs;
    if (!grow(&items, host->block_tx_count, &host->block_tx_capacity, sizeof host->block_txs[0]))
        return false;
    host->block_txs = items;
    host->block_txs[host->block_tx_count++] = (struct host_block_tx){tx, place};
    return true;
}

/* Keeps a block with the transactions that the run owns. */
static bool keep_block(struct host *host, const struct btc_block *block, uint32_t height)
{
    void *items = host->blocks;
    if (!grow(&items, host->block_count, &host->block_capacity, sizeof host->blocks[0]))
        return false;
    host->blocks = items;
    struct host_block *kept = &host->blocks[host->block_count];
    *kept =
        (struct host_block){.height = height, .parent = host->tip, .first_tx = host->block_tx_count, .is_best = true};
    for (uint32_t i = 1; i < block->tx_count; i++) {
        uint8_t txid[32];
        btc_txid(txid, &block->txs[i]);
        uint32_t tx = chain_tx_find(host->chain, txid);
        if (tx != CHAIN_NONE && !keep_tx(host, tx, i))
            return false;
    }
    kept->tx_count = host->block_tx_count - kept->first_tx;
    host->tip = host->block_count++;
    return true;
}

/* ---- what wallets are given ------------------------------------------------------------------------------------ */

static bool is_ours(const struct host *host, uint32_t tx)
{
    return tx < host->is_sent_count && host->is_sent[tx];
}

/* By a transaction that is none of the nodes'. */
static int64_t given_by(const struct host *host, const struct btc_tx *tx)
{
    int64_t sum_sat = 0;
    for (uint32_t i = 0; i < tx->output_count; i++) {
        for (uint32_t k = 0; k < host->nodes.limit; k++) {
            if (btc_wallet_owns(&host_node_at(host, k)->purse.wallet, tx->outputs[i].script))
                sum_sat += tx->outputs[i].value_sat;
        }
    }
    return sum_sat;
}

static int64_t given_in(const struct host *host, const struct host_block *block)
{
    int64_t sum_sat = 0;
    for (uint32_t i = 0; i < block->tx_count; i++) {
        uint32_t tx = host->block_txs[block->first_tx + i].tx;
        if (!is_ours(host, tx))
            sum_sat += given_by(host, &chain_tx(host->chain, tx)->tx);
    }
    return sum_sat;
}

/* ---- what the shared graph hears ------------------------------------------------------------------------------- */

/* In: height, 0 if the block is taken back. */
static void tell_graph(const struct host *host, const struct host_block *block, uint32_t height)
{
    for (uint32_t i = 0; host->options.graph != NULL && i < block->tx_count; i++) {
        const struct btc_tx *tx = &chain_tx(host->chain, host->block_txs[block->first_tx + i].tx)->tx;
        for (uint32_t k = 0; k < tx->input_count; k++)
            ln_graph_hear_spent(host->options.graph, &tx->inputs[k].previous, height);
    }
}

/* ---- telling --------------------------------------------------------------------------------------------------- */

/* Whether a transaction spends one that the node hears of in the same block: it could not ask for it yet. */
static bool spends_one_of(const struct btc_tx *tx, const uint8_t *const *txids, uint32_t count)
{
    for (uint32_t i = 0; i < tx->input_count; i++) {
        for (uint32_t k = 0; k < count; k++) {
            if (memcmp(tx->inputs[i].previous.txid, txids[k], 32) == 0)
                return true;
        }
    }
    return false;
}

/* Out: txs, txids, of the node's interest, of block->tx_count. Returns how many. */
static uint32_t choose(const struct host *host, const struct host_node *node, const struct host_block *block,
                       struct ln_node_tx *txs, const uint8_t **txids)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < block->tx_count; i++) {
        const struct host_block_tx *kept = &host->block_txs[block->first_tx + i];
        const struct chain_tx *tx = chain_tx(host->chain, kept->tx);
        if (!watch_wants(node, &tx->tx, tx->txid) && !spends_one_of(&tx->tx, txids, count))
            continue;
        txs[count] = (struct ln_node_tx){.tx = &tx->tx, .place = kept->place};
        txids[count++] = tx->txid;
    }
    return count;
}

/* Between host_enter and host_leave. */
static void tell_block(struct host *host, uint32_t number, uint32_t place)
{
    struct host_node *node = host_node_at(host, number);
    const struct host_block *block = &host->blocks[place];
    if (block->tx_count == 0) { /* as most are */
        input_expect(host, ln_node_block(&node->node, block->height, NULL, 0));
        node->block = place;
        return;
    }
    struct ln_node_tx *txs = calloc(block->tx_count, sizeof txs[0]);
    const uint8_t **txids = calloc(block->tx_count, sizeof txids[0]);
    if (txs == NULL || txids == NULL) {
        trouble_memory(host->trouble);
    } else {
        uint32_t count = choose(host, node, block, txs, txids);
        input_expect(host, ln_node_block(&node->node, block->height, txs, count));
        node->block = place;
    }
    free(txs);
    free(txids);
}

static void on_connect(struct host *host, const struct chain_event *event)
{
    feerates_connect(&host->feerates);
    if (!keep_block(host, event->block, event->height)) {
        trouble_memory(host->trouble);
        return;
    }
    host->given_sat += given_in(host, &host->blocks[host->tip]);
    tell_graph(host, &host->blocks[host->tip], event->height);
    for (uint32_t i = 0; i < host->nodes.limit; i++)
        purse_connect(&host_node_at(host, i)->purse, event->block, event->height);
    wallet_hurry_fundings(host);
    for (uint32_t i = 0; i < host->nodes.limit && !host_is_over(host); i++) {
        if (host_node_at(host, i)->reach.is_cut || host_enter(host, i) == NULL)
            continue;
        tell_block(host, i, host->tip);
        wallet_update(host, i);
        host_leave(host, i, LN_NODE_OK, NULL);
    }
}

static void on_disconnect(struct host *host, const struct chain_event *event)
{
    assert(host->tip != HOST_NONE && host->blocks[host->tip].height == event->height);
    host->blocks[host->tip].is_best = false;
    host->given_sat -= given_in(host, &host->blocks[host->tip]);
    tell_graph(host, &host->blocks[host->tip], 0);
    host->tip = host->blocks[host->tip].parent;
    for (uint32_t i = 0; i < host->nodes.limit; i++)
        purse_disconnect(&host_node_at(host, i)->purse, event->block, event->height);
    for (uint32_t i = 0; i < host->nodes.limit && !host_is_over(host); i++) {
        struct host_node *entry = host_node_at(host, i);
        struct ln_node *node = entry->reach.is_cut ? NULL : host_enter(host, i);
        if (node == NULL)
            continue;
        input_expect(host, ln_node_unblock(node, event->height - 1));
        entry->block = host->tip;
        host_leave(host, i, LN_NODE_OK, NULL);
    }
}

static void on_chain(void *self, const struct chain_event *event)
{
    struct host *host = self;
    if (host_is_over(host))
        return;
    if (event->kind == CHAIN_EVENT_CONNECT)
        on_connect(host, event);
    else if (event->kind == CHAIN_EVENT_DISCONNECT)
        on_disconnect(host, event);
    else if (event->kind == CHAIN_EVENT_REFUSED)
        host->tally.refused++;
}

/* ---- beginning, and coming back -------------------------------------------------------------------------------- */

static void show_wallets(void *context, const struct btc_block *block, uint32_t height)
{
    struct host *host = context;
    for (uint32_t i = 0; i < host->nodes.limit; i++)
        purse_connect(&host_node_at(host, i)->purse, block, height);
}

void blocks_begin(struct host *host)
{
    if (!chain_visit(host->chain, 1, show_wallets, host))
        trouble_memory(host->trouble);
    for (uint32_t i = 0; i < host->nodes.limit; i++)
        host->given_sat += btc_wallet_balance(&host_node_at(host, i)->purse.wallet).confirmed_sat;
    chain_listen(host->chain, &(struct chain_listener){.self = host, .on_event = on_chain});
}

/* Tells what is above the fork, lowest first; at most so deep as blocks since time 0. */
static void tell_above(struct host *host, uint32_t number, uint32_t fork)
{
    uint32_t count = 0;
    for (uint32_t i = host->tip; i != fork; i = host->blocks[i].parent)
        count++;
    for (; count > 0 && !host_is_over(host); count--) {
        uint32_t place = host->tip;
        for (uint32_t i = 1; i < count; i++)
            place = host->blocks[place].parent;
        if (host_enter(host, number) == NULL)
            return;
        tell_block(host, number, place);
        host_leave(host, number, LN_NODE_OK, NULL);
    }
}

void blocks_catch_up(struct host *host, uint32_t number, uint32_t known)
{
    struct host_node *entry = host_node_at(host, number);
    uint32_t fork = known;
    entry->block = known;
    if (entry->reach.is_cut) /* when it is back */
        return;
    while (fork != HOST_NONE && !host->blocks[fork].is_best)
        fork = host->blocks[fork].parent;
    uint32_t fork_height = fork == HOST_NONE ? host->base_height : host->blocks[fork].height;
    struct ln_node *node = entry->node.seen_height > fork_height ? host_enter(host, number) : NULL;
    if (node != NULL) {
        input_expect(host, ln_node_unblock(node, fork_height));
        host_leave(host, number, LN_NODE_OK, NULL);
    }
    while (fork != HOST_NONE && host->blocks[fork].height > entry->node.height)
        fork = host->blocks[fork].parent;
    entry->block = fork;
    tell_above(host, number, fork);
    if (host_enter(host, number) != NULL) {
        wallet_update(host, number);
        host_leave(host, number, LN_NODE_OK, NULL);
    }
}
