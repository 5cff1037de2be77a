/* view.h: what one miner or node has seen: its tip, its mempools, what it does with arrivals.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The highest block that arrived is the tip; of equally high ones the first. Changing to another branch takes blocks
 * back one by one, their transactions into the mempools, and connects the others.
 */
#ifndef KONSENTO_MODELS_CHAIN_VIEW_H
#define KONSENTO_MODELS_CHAIN_VIEW_H

#include "models/chain/parts.h"

/* Hears how a view changes. block is good during the call. */
struct view_watcher {
    void (*on_leaving)(struct chain *chain, const struct btc_block *block); /* before its transactions are taken in */
    void (*on_left)(struct chain *chain, const struct btc_block *block, uint32_t node);
    void (*on_joined)(struct chain *chain, const struct btc_block *block, uint32_t node);
    void (*on_settled)(struct chain *chain, uint32_t depth); /* depth: blocks that left */
};

/* At the genesis block, with pools of the config's policy. */
void view_open(struct chain *chain, uint32_t zone);
void view_close(struct view *view);

/* A block has arrived, with all before it. */
void view_take_block(struct chain *chain, uint32_t zone, uint32_t node);
/* Changes to a block, whatever its height. */
void view_change(struct chain *chain, uint32_t zone, uint32_t node);
/* A transaction has arrived. Out: what the first pool said to it. Returns false if memory is out (told). */
bool view_take_tx(struct chain *chain, struct btc_mempool_verdict *verdict, uint32_t zone, uint32_t tx);
/* Transactions below the market's least rate leave every pool. */
void view_evict_all(struct chain *chain);

#endif
