/* tree.h: every block that was found, by number, with its bytes, its parent and its arrival everywhere.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     0 genesis ── 1 ── 2 ── 3 ─┬─ 4 ── 6 ── 7
 *                               └─ 5                     numbers in the order of finding: parents before children
 *
 * Bytes of blocks that no reorganisation can reach any more are dropped unless the chain is to be exported; the rest of
 * a node stays.
 */
#ifndef KONSENTO_MODELS_CHAIN_TREE_H
#define KONSENTO_MODELS_CHAIN_TREE_H

#include "models/slab.h"
#include "protocol/bitcoin/chain.h"

#define TREE_NONE     UINT32_MAX
#define TREE_NEVER_US INT64_MAX

struct tree_node {
    uint32_t parent; /* TREE_NONE: the genesis block */
    uint32_t height;
    uint32_t miner; /* zone; TREE_NONE: nobody's, before time 0 or forced */
    int64_t found_us;
    uint8_t hash[32];
    uint8_t *bytes; /* NULL: dropped */
    uint32_t length;
    struct btc_undo undo;  /* while the block is connected */
    int64_t subsidies_sat; /* of the branch up to here */
    int64_t burnt_sat;     /* of the branch up to here: in outputs that can never be spent */
    int64_t *arrival_us;   /* by zone; TREE_NEVER_US: not on its way yet. NULL: dropped */
    bool is_public;        /* was sent to the others */
};

struct tree {
    struct slab nodes;
    uint32_t zone_count;
    uint32_t pruned; /* nodes below have nothing left to drop */
    uint64_t bytes;  /* of blocks in memory */
};

/* What a node is made of. */
struct tree_seed {
    uint32_t parent;
    uint32_t miner;
    int64_t found_us;
    const struct btc_block *block;
    const struct btc_chain_rules *rules;
};

/* The tree with the genesis block of regtest. Returns false if there is no memory. Owns: until close. */
__attribute__((warn_unused_result)) bool tree_open(struct tree *tree, uint32_t zone_count);
void block_tree_close(struct tree *tree);

/* Returns the new node's number, TREE_NONE if there is no memory. Arrivals are TREE_NEVER_US. */
uint32_t block_tree_add(struct tree *tree, const struct tree_seed *seed);
struct tree_node *tree_at(const struct tree *tree, uint32_t number);
uint32_t tree_count(const struct tree *tree);

/* The ancestor of a node (or itself) at a height not above its own. */
uint32_t tree_ancestor(const struct tree *tree, uint32_t number, uint32_t height);
/* The last node that two branches share. */
uint32_t tree_fork(const struct tree *tree, uint32_t a, uint32_t b);

enum tree_keep { TREE_DROP_BYTES = 0, TREE_KEEP_BYTES };
/* Drops arrivals, and bytes unless they are to be kept,, of all nodes below a height, and what it takes to disconnect
 * them. */
void tree_prune(struct tree *tree, uint32_t height, enum tree_keep keep);

#endif
