/* branch.c: one set of coins that can stand at any block of the tree.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/branch.h"

#include "models/chain/room.h"

#include <assert.h>
#include <string.h>

/* Room for what a parser takes: at worst a witness of empty items, one byte each. */
#define PARSED_BYTES_PER_BYTE 20u
/* Judging takes 150 bytes per input, of at least 41 bytes, and 40 per transaction, of at least 60. */
#define JUDGED_BYTES_PER_BYTE 5u
#define SPARE_BYTES           4096u

static const struct btc_salt SALT = {{0x6b6f6e73656e746f, 1}};

static bool judge(void *context, const struct btc_signature_check *check)
{
    struct branch *branch = context;
    if (branch->also != NULL && branch->also(NULL, check)) {
        branch->verdicts.judged++;
        return true;
    }
    return btc_verdicts_judge(&branch->verdicts, check);
}

void branch_open(struct branch *branch, struct tree *tree, struct trouble *trouble)
{
    *branch = (struct branch){.trouble = trouble, .tree = tree};
    btc_curve_init(&branch->curve);
    btc_chain_init_regtest(&branch->chain, &room_allocator, SALT);
    btc_verdicts_init(&branch->verdicts, branch->keys, BRANCH_KEYS, branch->signatures, BRANCH_SIGNATURES);
    branch->tools = (struct btc_judge_tools){.curve = &branch->curve,
                                             .space = &branch->space,
                                             .scratch = &branch->scratch,
                                             .judge = judge,
                                             .judge_context = branch};
}

void branch_close(struct branch *branch)
{
    btc_chain_close(&branch->chain);
    room_free(&branch->scratch);
    room_free(&branch->page);
}

const struct btc_judge_tools *branch_tools(struct branch *branch, size_t bytes)
{
    if (room_reserve(&branch->scratch, bytes * JUDGED_BYTES_PER_BYTE + SPARE_BYTES))
        return &branch->tools;
    trouble_memory(branch->trouble);
    return NULL;
}

bool branch_read(const struct branch *branch, struct btc_block *block, struct btc_arena *arena, uint32_t node)
{
    const struct tree_node *source = tree_at(branch->tree, node);
    assert(source->bytes != NULL);
    if (!room_reserve(arena, source->length * (size_t)PARSED_BYTES_PER_BYTE + SPARE_BYTES)) {
        trouble_memory(branch->trouble);
        return false;
    }
    enum btc_block_error error = btc_block_parse(block, NULL, arena, btc_bytes(source->bytes, source->length));
    assert(error == BTC_BLOCK_OK);
    return true;
}

static bool step_back(struct branch *branch)
{
    struct tree_node *node = tree_at(branch->tree, branch->at);
    const struct btc_judge_tools *tools = branch_tools(branch, node->length);
    struct btc_block block;
    if (tools == NULL || !branch_read(branch, &block, &branch->page, branch->at))
        return false;
    if (btc_chain_disconnect(&branch->chain, &block, &node->undo, tools->scratch) != BTC_BLOCK_OK) {
        trouble_memory(branch->trouble);
        return false;
    }
    btc_undo_release(&node->undo, &room_allocator);
    branch->at = node->parent;
    return true;
}

static enum btc_block_error connect(struct branch *branch, struct btc_undo *undo, const struct btc_block *block,
                                    struct btc_connect_options options)
{
    struct btc_block_fault fault;
    branch->connects++;
    return btc_chain_connect(&branch->chain, undo, &fault, block, &options);
}

static bool step_on(struct branch *branch, uint32_t next)
{
    struct tree_node *node = tree_at(branch->tree, next);
    const struct btc_judge_tools *tools = branch_tools(branch, node->length);
    struct btc_block block;
    if (tools == NULL || !branch_read(branch, &block, &branch->page, next))
        return false;
    enum btc_block_error error = connect(branch, &node->undo, &block, (struct btc_connect_options){tools, UINT32_MAX});
    assert(error == BTC_BLOCK_OK || error == BTC_BLOCK_NO_MEMORY); /* it was valid when it was found */
    if (error == BTC_BLOCK_NO_MEMORY) {
        trouble_memory(branch->trouble);
        return false;
    }
    branch->at = next;
    return true;
}

bool branch_move(struct branch *branch, uint32_t node)
{
    if (branch->trouble->is_memory_out)
        return false;
    if (branch->at == node)
        return true;
    uint32_t fork = tree_fork(branch->tree, branch->at, node);
    while (branch->at != fork)
        if (!step_back(branch))
            return false;
    uint32_t height = tree_at(branch->tree, fork)->height, goal = tree_at(branch->tree, node)->height;
    while (height < goal)
        if (!step_on(branch, tree_ancestor(branch->tree, node, ++height)))
            return false;
    return true;
}

uint32_t branch_extend(struct branch *branch, enum btc_block_error *error, const struct tree_seed *seed,
                       uint32_t latest_time)
{
    assert(branch->at == seed->parent);
    struct btc_writer counter;
    btc_writer_init(&counter, NULL, 0);
    btc_block_write(&counter, seed->block);
    const struct btc_judge_tools *tools = branch_tools(branch, counter.length);
    struct btc_undo undo = {NULL, 0};
    *error = BTC_BLOCK_NO_MEMORY;
    if (tools == NULL)
        return TREE_NONE;
    *error = connect(branch, &undo, seed->block, (struct btc_connect_options){tools, latest_time});
    if (*error != BTC_BLOCK_OK) {
        if (*error == BTC_BLOCK_NO_MEMORY)
            trouble_memory(branch->trouble);
        return TREE_NONE;
    }
    uint32_t number = block_tree_add(branch->tree, seed);
    if (number == TREE_NONE) {
        *error = BTC_BLOCK_NO_MEMORY;
        btc_undo_release(&undo, &room_allocator);
        trouble_memory(branch->trouble);
        return TREE_NONE;
    }
    tree_at(branch->tree, number)->undo = undo;
    branch->at = number;
    return number;
}
