/* parts.h: struct chain, the sum of its parts; for the files of this folder that make up the chain.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   chain      what the outside calls
 *     +-- faucet     funding before time 0
 *     +-- miners     who finds the next block
 *     |     +-- attack, forced   secret blocks, blocks in place of others
 *     |     +-- spread           what arrives where and when
 *     |     +-- node             the operator's node: events upwards
 *     |           +-- view       a tip and its mempools
 *     |     +-- assemble         what is in a block
 *     |           +-- background other people's demand, block times
 *     |           +-- branch, tree, own
 *     +-- audit, blockfile
 */
#ifndef KONSENTO_MODELS_CHAIN_PARTS_H
#define KONSENTO_MODELS_CHAIN_PARTS_H

#include "models/chain/blocks.h"
#include "models/chain/branch.h"
#include "models/chain/chain.h"
#include "models/chain/feemarket.h"
#include "models/chain/own.h"
#include "models/chain/propagation.h"
#include "models/chain/tree.h"
#include "protocol/bitcoin/wallet.h"
#include "sim/stream.h"

#define PARTS_POOLS_MAX 2

struct view_watcher;

/* How a miner, or the operator's node, sees the chain. Where full replacement is done by a part of the hash rate, each
 * miner has two mempools, and the part decides for each block which one it is made from. */
struct view {
    uint32_t tip;
    uint32_t best;  /* highest node that arrived, of equal ones the first */
    bool is_pinned; /* to his own branch: the attacker */
    uint32_t pool_count;
    struct btc_mempool pools[PARTS_POOLS_MAX];
    const struct view_watcher *watcher; /* NULL: nobody asks */
};

/* Events that wait until the change they report is complete. */
struct node_queue {
    struct chain_event *events;
    struct btc_mempool_verdict *verdicts; /* by event, for REFUSED */
    uint32_t count, capacity;
};

/* The operator's node: what it tells. */
struct node {
    struct chain_listener listeners[CHAIN_LISTENERS_MAX];
    uint32_t listener_count;
    struct node_queue queue;
    uint32_t *watched; /* own transactions whose depth is reported, in the order in which they were mined */
    uint32_t watched_count, watched_capacity;
    bool is_returning; /* another branch is on its way in: who leaves the mempool may come back */
};

/* Own transactions that a view had, in blocks or mempools, before it changed to another branch. */
struct returning {
    uint32_t *txs;
    uint32_t count, capacity;
};

/* What goes on with the attacker. */
enum attack_stage {
    ATTACK_NONE = 0,
    ATTACK_PREMINING, /* works for the blocks he wants before the payment */
    ATTACK_RACING
};

struct attack {
    enum attack_stage stage;
    struct chain_attack order;
    uint32_t fork; /* the block on which his branch stands */
    struct sim_handle hold;
};

/* Forced reorganisations that were asked for, in the order of asking. */
struct forced {
    struct chain_reorg *reorgs;
    uint32_t *rivals;
    uint32_t count, capacity;
};

struct faucet {
    struct btc_wallet wallet;
    bool is_open;
    uint8_t script[BTC_P2WPKH_BYTES]; /* of its coinbases */
    struct btc_output *asked;         /* scripts are copies */
    uint32_t asked_count, asked_capacity;
    int64_t asked_sat;
    struct btc_arena arena;
    uint64_t paid_count;
};

/* The public chain as the statistics see it. */
struct background {
    struct blocks blocks;
    struct feemarket market;
    struct feemarket before; /* as it was before the highest public block took its part */
    struct feemarket_block taken;
    struct sim_stream times; /* of blocks */
    struct sim_stream demand;
    size_t trace_next;
    int64_t trace_shift_us; /* time of the run = time of the trace + shift */
};

struct chain {
    struct trouble *trouble;
    struct sim *sim;
    const struct chain_config *config;
    const struct trace *trace;
    int64_t start_unix_s;
    uint32_t miner_count; /* with the attacker, who is the last */
    uint32_t attacker;    /* zone; CHAIN_NONE */
    uint32_t operator;    /* zone: miner_count */
    struct propagation propagation;
    struct background background;
    struct tree tree;
    struct branch branch;
    struct own_txs own;
    struct view *views;   /* by zone */
    uint32_t best;        /* the highest public block, of equal ones the first */
    uint32_t base_height; /* of time 0 */
    struct node node;
    struct attack attack;
    struct forced forced;
    struct faucet faucet;
    bool is_begun;
    uint8_t (*payouts)[BTC_P2WPKH_BYTES]; /* scripts of the miners' coinbases */
    struct returning returning;           /* of the view that changes now */
    struct btc_arena page;                /* the block that views are at */
    struct btc_arena drawing;             /* the choice for a block */
    struct btc_arena sheet;               /* the block being built */
    uint64_t build_count;
    struct chain_tally tally;
    uint16_t found_kind, block_kind, tx_kind, send_kind, observed_kind, forced_kind, attack_kind;
};

/* Is the run void? Nothing is done any more then. */
static inline bool chain_is_over(const struct chain *chain)
{
    return chain->trouble->is_memory_out || chain->trouble->is_failed;
}

static inline uint32_t chain_zone_count(const struct chain *chain)
{
    return chain->miner_count + 1;
}

#endif
