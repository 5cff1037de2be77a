/* tree.c: every block that was found.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/tree.h"

#include "models/chain/room.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct tree_node *tree_at(const struct tree *tree, uint32_t number)
{
    return slab_at(&tree->nodes, number);
}

uint32_t tree_count(const struct tree *tree)
{
    return tree->nodes.limit;
}

static bool add_genesis(struct tree *tree)
{
    uint32_t number = slab_take(&tree->nodes);
    uint8_t *bytes = malloc(sizeof btc_regtest_genesis);
    if (number == SLAB_NONE || bytes == NULL) {
        free(bytes);
        return false;
    }
    struct btc_header header;
    memcpy(bytes, btc_regtest_genesis, sizeof btc_regtest_genesis);
    btc_header_read(&header, bytes);
    struct tree_node *node = tree_at(tree, number);
    *node = (struct tree_node){.parent = TREE_NONE,
                               .miner = TREE_NONE,
                               .found_us = INT64_MIN,
                               .bytes = bytes,
                               .length = sizeof btc_regtest_genesis,
                               .is_public = true};
    btc_header_hash(node->hash, &header);
    tree->bytes += node->length;
    return true;
}

bool tree_open(struct tree *tree, uint32_t zone_count)
{
    *tree = (struct tree){.zone_count = zone_count};
    slab_init(&tree->nodes, sizeof(struct tree_node));
    if (add_genesis(tree))
        return true;
    block_tree_close(tree);
    return false;
}

void block_tree_close(struct tree *tree)
{
    for (uint32_t i = 0; i < tree_count(tree); i++) {
        struct tree_node *node = tree_at(tree, i);
        free(node->bytes);
        free(node->arrival_us);
        btc_undo_release(&node->undo, &room_allocator);
    }
    slab_close(&tree->nodes);
}

static int64_t burnt_sat(const struct btc_block *block)
{
    int64_t sum_sat = 0;
    for (uint32_t i = 0; i < block->tx_count; i++)
        for (uint32_t k = 0; k < block->txs[i].output_count; k++)
            if (btc_script_is_unspendable(block->txs[i].outputs[k].script))
                sum_sat += block->txs[i].outputs[k].value_sat;
    return sum_sat;
}

/* The block as bytes of its own; NULL if there is no memory. */
static uint8_t *copy_bytes(uint32_t *length, const struct btc_block *block)
{
    struct btc_writer writer;
    btc_writer_init(&writer, NULL, 0);
    btc_block_write(&writer, block);
    *length = (uint32_t)writer.length;
    uint8_t *bytes = malloc(writer.length);
    if (bytes == NULL)
        return NULL;
    btc_writer_init(&writer, bytes, *length);
    btc_block_write(&writer, block);
    assert(!writer.failed && writer.length == *length);
    return bytes;
}

uint32_t block_tree_add(struct tree *tree, const struct tree_seed *seed)
{
    uint32_t length;
    uint8_t *bytes = copy_bytes(&length, seed->block);
    int64_t *arrival_us = malloc(tree->zone_count * sizeof *arrival_us);
    uint32_t number = bytes != NULL && arrival_us != NULL ? slab_take(&tree->nodes) : SLAB_NONE;
    if (number == SLAB_NONE) {
        free(bytes);
        free(arrival_us);
        return TREE_NONE;
    }
    for (uint32_t i = 0; i < tree->zone_count; i++)
        arrival_us[i] = TREE_NEVER_US;
    const struct tree_node *parent = tree_at(tree, seed->parent);
    struct tree_node *node = tree_at(tree, number);
    *node = (struct tree_node){.parent = seed->parent,
                               .height = parent->height + 1,
                               .miner = seed->miner,
                               .found_us = seed->found_us,
                               .bytes = bytes,
                               .length = length,
                               .burnt_sat = parent->burnt_sat + burnt_sat(seed->block),
                               .arrival_us = arrival_us};
    node->subsidies_sat = parent->subsidies_sat + btc_subsidy_sat(seed->rules, node->height);
    btc_header_hash(node->hash, &seed->block->header);
    tree->bytes += length;
    return number;
}

uint32_t tree_ancestor(const struct tree *tree, uint32_t number, uint32_t height)
{
    assert(height <= tree_at(tree, number)->height);
    while (tree_at(tree, number)->height > height)
        number = tree_at(tree, number)->parent;
    return number;
}

uint32_t tree_fork(const struct tree *tree, uint32_t a, uint32_t b)
{
    uint32_t height_a = tree_at(tree, a)->height, height_b = tree_at(tree, b)->height;
    a = tree_ancestor(tree, a, height_a < height_b ? height_a : height_b);
    b = tree_ancestor(tree, b, height_a < height_b ? height_a : height_b);
    while (a != b) {
        a = tree_at(tree, a)->parent;
        b = tree_at(tree, b)->parent;
    }
    return a;
}

void tree_prune(struct tree *tree, uint32_t height, enum tree_keep keep)
{
    while (tree->pruned < tree_count(tree) && tree_at(tree, tree->pruned)->height < height) {
        struct tree_node *node = tree_at(tree, tree->pruned++);
        free(node->arrival_us);
        node->arrival_us = NULL;
        btc_undo_release(&node->undo, &room_allocator);
        if (keep == TREE_KEEP_BYTES)
            continue;
        tree->bytes -= node->length;
        free(node->bytes);
        node->bytes = NULL;
    }
}
