/* test_chain_tree.c: the tree of blocks, and coins that can stand at any of them.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/branch.h"
#include "models/chain/room.h"
#include "tests/models/check.h"

#include <stdlib.h>
#include <string.h>

#define ZONES 3
#define TIME0 1400000000u

struct grove {
    struct sim *sim;
    struct trouble trouble;
    struct tree tree;
    struct branch *branch;
    struct btc_arena arena;
    uint32_t made;
};

static void open_grove(struct grove *grove)
{
    *grove = (struct grove){.sim = sim_new(&(struct sim_options){.seed = 1})};
    grove->trouble.sim = grove->sim;
    grove->branch = malloc(sizeof *grove->branch);
    assert_true(tree_open(&grove->tree, ZONES) && grove->branch != NULL);
    branch_open(grove->branch, &grove->tree, &grove->trouble);
}

static void close_grove(struct grove *grove)
{
    branch_close(grove->branch);
    free(grove->branch);
    block_tree_close(&grove->tree);
    room_free(&grove->arena);
    sim_free(grove->sim);
}

/* A block of a coinbase alone on a parent. */
static uint32_t add(struct grove *grove, uint32_t parent)
{
    static const uint8_t SCRIPT[2] = {0x51, 0x51};
    struct btc_block block;
    enum btc_block_error error;
    assert_true(branch_move(grove->branch, parent));
    assert_true(room_reserve(&grove->arena, 65536));
    uint8_t tag = (uint8_t)grove->made++;
    const struct btc_block_plan plan = {.place = btc_chain_next_place(&grove->branch->chain),
                                        .version = BTC_BLOCK_VERSION,
                                        .time = TIME0 + 600 * tree_at(&grove->tree, parent)->height,
                                        .tag = btc_bytes(&tag, 1),
                                        .payout = btc_bytes(SCRIPT, sizeof SCRIPT)};
    assert_int_equal(btc_block_build(&block, &grove->arena, &plan), BTC_BLOCK_OK);
    assert_true(btc_header_grind(&block.header, 100000));
    const struct tree_seed seed = {parent, 0, 0, &block, grove->branch->chain.rules};
    uint32_t node = branch_extend(grove->branch, &error, &seed, UINT32_MAX);
    assert_int_equal(error, BTC_BLOCK_OK);
    return node;
}

static uint32_t add_many(struct grove *grove, uint32_t parent, unsigned count)
{
    while (count-- > 0)
        parent = add(grove, parent);
    return parent;
}

static void forks_and_ancestors_are_found(void **state)
{
    (void)state;
    struct grove grove;
    open_grove(&grove);
    uint32_t trunk = add_many(&grove, 0, 5);
    uint32_t left = add_many(&grove, trunk, 4), right = add_many(&grove, trunk, 7);
    assert_int_equal(tree_fork(&grove.tree, left, right), trunk);
    assert_int_equal(tree_fork(&grove.tree, right, left), trunk);
    assert_int_equal(tree_fork(&grove.tree, right, trunk), trunk);
    assert_int_equal(tree_fork(&grove.tree, left, left), left);
    assert_int_equal(tree_at(&grove.tree, right)->height, 12);
    assert_int_equal(tree_ancestor(&grove.tree, right, 5), trunk);
    assert_int_equal(tree_ancestor(&grove.tree, right, 0), 0);
    assert_int_equal(tree_ancestor(&grove.tree, right, 12), right);
    close_grove(&grove);
}

static void coins_depend_on_the_place_alone(void **state)
{
    (void)state;
    struct grove grove;
    uint32_t tips[4];
    uint8_t digests[4][32], digest[32];
    open_grove(&grove);
    tips[0] = add_many(&grove, 0, 6);
    for (unsigned i = 1; i < 4; i++)
        tips[i] = add_many(&grove, tree_ancestor(&grove.tree, tips[i - 1], i + 1), 5 + i);
    for (unsigned i = 0; i < 4; i++) {
        assert_true(branch_move(grove.branch, tips[i]));
        btc_utxo_digest(digests[i], &grove.branch->chain.coins);
    }
    for (unsigned from = 0; from < 4; from++)
        for (unsigned to = 0; to < 4; to++) {
            assert_true(branch_move(grove.branch, tips[from]) && branch_move(grove.branch, tips[to]));
            btc_utxo_digest(digest, &grove.branch->chain.coins);
            assert_memory_equal(digest, digests[to], 32);
            assert_memory_equal(grove.branch->chain.tip, tree_at(&grove.tree, tips[to])->hash, 32);
            assert_int_equal(grove.branch->chain.height, tree_at(&grove.tree, tips[to])->height);
            assert_int_equal(grove.branch->chain.coins.total_sat, tree_at(&grove.tree, tips[to])->subsidies_sat);
        }
    close_grove(&grove);
}

static void an_invalid_block_is_refused_by_name_and_changes_nothing(void **state)
{
    (void)state;
    static const uint8_t SCRIPT[2] = {0x51, 0x51};
    struct grove grove;
    struct btc_block block;
    enum btc_block_error error;
    open_grove(&grove);
    uint32_t tip = add_many(&grove, 0, 3);
    struct btc_block_plan plan = {.place = btc_chain_next_place(&grove.branch->chain),
                                  .version = BTC_BLOCK_VERSION,
                                  .time = TIME0 + 100000,
                                  .payout = btc_bytes(SCRIPT, sizeof SCRIPT),
                                  .fees_sat = 1};
    assert_true(room_reserve(&grove.arena, 65536));
    assert_int_equal(btc_block_build(&block, &grove.arena, &plan), BTC_BLOCK_OK);
    assert_true(btc_header_grind(&block.header, 100000));
    const struct tree_seed seed = {tip, 0, 0, &block, grove.branch->chain.rules};
    assert_int_equal(branch_extend(grove.branch, &error, &seed, UINT32_MAX), TREE_NONE);
    assert_int_equal(error, BTC_BLOCK_COINBASE_AMOUNT);
    assert_int_equal(branch_extend(grove.branch, &error, &seed, plan.time - 1), TREE_NONE);
    assert_int_equal(error, BTC_BLOCK_TIME_TOO_NEW);
    assert_int_equal(tree_count(&grove.tree), 4);
    assert_int_equal(grove.branch->at, tip);
    assert_int_equal(tree_at(&grove.tree, add(&grove, tip))->height, 4);
    close_grove(&grove);
}

static void pruning_drops_bytes_or_keeps_them(void **state)
{
    (void)state;
    struct grove grove;
    open_grove(&grove);
    uint32_t tip = add_many(&grove, 0, 20);
    uint64_t all = grove.tree.bytes;
    tree_prune(&grove.tree, 10, TREE_KEEP_BYTES);
    assert_int_equal(grove.tree.bytes, all);
    assert_null(tree_at(&grove.tree, 9)->arrival_us);
    assert_non_null(tree_at(&grove.tree, 9)->bytes);
    assert_non_null(tree_at(&grove.tree, 10)->arrival_us);
    tree_prune(&grove.tree, 15, TREE_DROP_BYTES);
    assert_null(tree_at(&grove.tree, 14)->bytes);
    assert_non_null(tree_at(&grove.tree, 15)->bytes);
    assert_true(grove.tree.bytes < all);
    assert_true(branch_move(grove.branch, 15) && branch_move(grove.branch, tip));
    close_grove(&grove);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forks_and_ancestors_are_found),
        cmocka_unit_test(coins_depend_on_the_place_alone),
        cmocka_unit_test(an_invalid_block_is_refused_by_name_and_changes_nothing),
        cmocka_unit_test(pruning_drops_bytes_or_keeps_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
