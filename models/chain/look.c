/* look.c: what the outside gives to a chain and sees of it.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/calendar.h"
#include "models/chain/parts.h"
#include "models/chain/room.h"
#include "models/chain/spread.h"

#include <assert.h>

/* ---- own transactions ------------------------------------------------------------------------------------------ */

uint32_t chain_submit(struct chain *chain, const struct chain_order *order)
{
    uint8_t txid[32];
    assert(order->delay_us >= 0 && chain->is_begun);
    if (chain_is_over(chain))
        return CHAIN_NONE;
    btc_txid(txid, order->tx);
    uint32_t tx = own_find(&chain->own, txid);
    tx = tx == CHAIN_NONE ? own_add(&chain->own, order->tx) : tx;
    if (tx == CHAIN_NONE) {
        trouble_memory(chain->trouble);
        return CHAIN_NONE;
    }
    struct own_tx *own = own_at(&chain->own, tx);
    if (!own->is_linked)
        own->seen.key = order->key;
    own->seen.origin = order->origin;
    own->peers = order->peers == 0 ? chain->config->peers : order->peers;
    own->reach = order->reach;
    if (order->delay_us == 0)
        spread_tx(chain, tx);
    else
        sim_schedule(chain->sim, sim_now_us(chain->sim) + order->delay_us, SIM_MESSAGE,
                     &(struct sim_action){.kind = chain->send_kind, .entity = tx, .object = chain});
    return tx;
}

uint32_t chain_tx_count(const struct chain *chain)
{
    return own_count(&chain->own);
}

const struct chain_tx *chain_tx(const struct chain *chain, uint32_t number)
{
    return &own_at(&chain->own, number)->seen;
}

uint32_t chain_tx_find(const struct chain *chain, const uint8_t txid[32])
{
    return own_find(&chain->own, txid);
}

uint32_t chain_tx_depth(const struct chain *chain, uint32_t number)
{
    const struct chain_tx *seen = chain_tx(chain, number);
    return seen->state == CHAIN_TX_MINED ? chain_height(chain) - seen->height + 1 : 0;
}

uint32_t chain_spender(const struct chain *chain, const struct btc_outpoint *outpoint)
{
    uint32_t mined = own_spender_in(&chain->own, outpoint, CHAIN_TX_MINED);
    return mined != CHAIN_NONE ? mined : own_spender_in(&chain->own, outpoint, CHAIN_TX_POOLED);
}

/* ---- looking --------------------------------------------------------------------------------------------------- */

int64_t chain_unix_s(const struct chain *chain)
{
    return chain->start_unix_s + sim_now_us(chain->sim) / SECOND_US;
}

uint32_t chain_height(const struct chain *chain)
{
    return tree_at(&chain->tree, chain->views[chain->operator].tip)->height;
}

uint32_t chain_median_time(const struct chain *chain)
{
    struct btc_recent_times recent = {0};
    uint32_t tip = chain->views[chain->operator].tip, height = chain_height(chain);
    uint32_t first = height < BTC_MEDIAN_TIME_SPAN ? 0 : height + 1 - BTC_MEDIAN_TIME_SPAN;
    for (; first <= height; first++) {
        struct btc_header header;
        btc_header_read(&header, tree_at(&chain->tree, tree_ancestor(&chain->tree, tip, first))->bytes);
        btc_recent_times_push(&recent, header.time);
    }
    return btc_median_time(&recent);
}

const struct btc_chain *chain_coins(struct chain *chain)
{
    bool is_there = branch_move(&chain->branch, chain->views[chain->operator].tip);
    (void)is_there; /* trouble has been told */
    return &chain->branch.chain;
}

struct btc_mempool *chain_mempool(struct chain *chain)
{
    return &chain->views[chain->operator].pools[0];
}

const struct feemarket *chain_market(const struct chain *chain)
{
    return &chain->background.market;
}

const struct feemarket_block *chain_market_taken(const struct chain *chain)
{
    return &chain->background.taken;
}

bool chain_visit(struct chain *chain, uint32_t from_height, chain_block_visitor *visit, void *context)
{
    struct btc_arena page = {0};
    uint32_t tip = chain->views[chain->operator].tip;
    bool is_done = true;
    for (uint32_t height = from_height; is_done && height <= chain_height(chain); height++) {
        struct btc_block block;
        is_done = branch_read(&chain->branch, &block, &page, tree_ancestor(&chain->tree, tip, height));
        if (is_done)
            visit(context, &block, height);
    }
    room_free(&page);
    return is_done;
}

void chain_tally(struct chain_tally *tally, const struct chain *chain)
{
    *tally = chain->tally;
    tally->stale = tally->blocks - (tree_at(&chain->tree, chain->best)->height - chain->base_height);
    tally->connects = chain->branch.connects;
    tally->signatures = chain->branch.verdicts.judged;
    tally->bytes = chain->tree.bytes;
}
