/* branch.h: one set of coins that can stand at any block of the tree: where every block is validated.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Miners and the operator's node look at the chain from different tips, which are the same nearly always. One real
 * chain (protocol/bitcoin/chain.h) is therefore moved to where it is looked at from, by disconnecting and connecting
 * real blocks; each connection is a full validation, with signatures remembered.
 */
#ifndef KONSENTO_MODELS_CHAIN_BRANCH_H
#define KONSENTO_MODELS_CHAIN_BRANCH_H

#include "models/chain/tree.h"
#include "models/trouble.h"
#include "protocol/bitcoin/verdicts.h"

#define BRANCH_KEYS       1024
#define BRANCH_SIGNATURES 4096

struct branch {
    struct trouble *trouble;
    struct tree *tree;
    struct btc_chain chain;
    uint32_t at; /* node of its tip */
    struct btc_curve curve;
    struct btc_arena scratch;
    struct btc_arena page; /* the block on the way in or out */
    struct btc_script_space space;
    struct btc_known_key keys[BRANCH_KEYS];
    struct btc_known_signature signatures[BRANCH_SIGNATURES];
    struct btc_verdicts verdicts;
    btc_signature_judge *also; /* finds signatures good that are not ECDSA's; NULL: nobody does */
    struct btc_judge_tools tools;
    uint64_t connects;
};

/* Stands at the genesis block. It stays where it is: its parts point at each other. Owns: until close. */
void branch_open(struct branch *branch, struct tree *tree, struct trouble *trouble);
void branch_close(struct branch *branch);

/* Memory for judging a transaction or block of so many bytes. Returns NULL if there is none (told). */
const struct btc_judge_tools *branch_tools(struct branch *branch, size_t bytes);

/* Moves to a node. Returns false if memory is out (told): it then stands somewhere on the way. */
__attribute__((warn_unused_result)) bool branch_move(struct branch *branch, uint32_t node);

/* Connects a block of our own making to the tip and adds it to the tree. In: a seed whose parent is where the branch
 * stands. Out: fault. Returns the node; TREE_NONE if the block breaks a rule (error says which) or memory is out (told;
 * error is BTC_BLOCK_NO_MEMORY). */
uint32_t branch_extend(struct branch *branch, enum btc_block_error *error, const struct tree_seed *seed,
                       uint32_t latest_time);

/* Reads a block of the tree into an arena, which is emptied. Returns false if memory is out (told). Limits: its bytes
 * were not dropped (asserts). */
__attribute__((warn_unused_result)) bool branch_read(const struct branch *branch, struct btc_block *block,
                                                     struct btc_arena *arena, uint32_t node);

#endif
