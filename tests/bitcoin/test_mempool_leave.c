/* test_mempool_leave.c: who must leave the mempool, and whom a miner takes first.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/bitcoin/template.h"
#include "tests/bitcoin/pool_bench.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

/* ---- who must leave ---- */

static void a_full_pool_evicts_the_worst_and_asks_for_more(void **state)
{
    struct bench *bench = *state;
    bench->pool.policy.max_vbytes = 10 * 110;
    struct btc_tx *txs[12];
    for (uint32_t i = 0; i < 10; i++) {
        txs[i] = pay(bench, i, 1000 + 100 * i);
        assert_offer(bench, txs[i], BTC_MEMPOOL_OK);
    }
    assert_int_equal(btc_mempool_min_rate(&bench->pool, NOW), 250);
    assert_offer(bench, pay(bench, 10, 900), BTC_MEMPOOL_FULL); /* the worst itself */
    uint32_t rate = btc_mempool_min_rate(&bench->pool, NOW);
    assert_int_equal(rate, (900 * 1000 + 439) / 440 + 250); /* what left, and one increment more */
    assert_offer(bench, pay(bench, 10, 900), BTC_MEMPOOL_POOL_FEE);
    assert_offer(bench, pay(bench, 11, 5000), BTC_MEMPOOL_OK);
    assert_false(is_in(bench, txs[0]));
    assert_true(is_in(bench, txs[1]));
    assert_int_equal(bench->events[BTC_MEMPOOL_EVICTED], 2);
    /* The rate stays until a block, then halves every 12 h, 6 h or 3 h by how full the pool is. */
    uint32_t high = btc_mempool_min_rate(&bench->pool, NOW);
    assert_int_equal(btc_mempool_min_rate(&bench->pool, NOW + 12 * 3600), high);
    struct btc_block block = regtest_draft(bench->regtest, NULL, 0, 0);
    btc_mempool_connect(&bench->pool, &block, NOW);
    uint32_t half = btc_mempool_min_rate(&bench->pool, NOW + 12 * 3600);
    assert_in_range(half, high / 2, high / 2 + 1);
    uint32_t later = btc_mempool_min_rate(&bench->pool, NOW + 18 * 3600);
    assert_in_range(later, half * 707 / 1000, half * 708 / 1000 + 1);
    assert_int_equal(btc_mempool_min_rate(&bench->pool, NOW + 100 * 24 * 3600), 250);
}

static void the_rate_falls_faster_in_an_emptier_pool(void **state)
{
    struct bench *bench = *state;
    static const uint32_t TIMES[] = {1, 3, 5}, HOURS[] = {12, 6, 3}; /* full; below a half; below a quarter */
    for (unsigned i = 0; i < 3; i++) {
        btc_mempool_close(&bench->pool);
        open_pool(bench, BTC_POLICY_2018);
        bench->pool.policy.max_vbytes = 110;
        assert_offer(bench, pay(bench, 2 * i, 90000 + 1000 * i), BTC_MEMPOOL_OK);
        assert_offer(bench, pay(bench, 2 * i + 1, 50000), BTC_MEMPOOL_FULL);
        uint32_t rate = btc_mempool_min_rate(&bench->pool, NOW);
        struct btc_block block = regtest_draft(bench->regtest, NULL, 0, 0);
        btc_mempool_connect(&bench->pool, &block, NOW);
        bench->pool.policy.max_vbytes = 110 * TIMES[i];
        assert_in_range(btc_mempool_min_rate(&bench->pool, NOW + HOURS[i] * 3600), rate / 2, rate / 2 + 1);
    }
}

static void children_keep_their_parents_in_a_full_pool(void **state)
{
    struct bench *bench = *state;
    bench->pool.policy.max_vbytes = 3 * 110;
    struct btc_tx *poor = pay(bench, 0, 110), *rich = child_of(bench, poor, 20000), *middle = pay(bench, 1, 3000);
    assert_offer(bench, poor, BTC_MEMPOOL_OK);
    assert_offer(bench, rich, BTC_MEMPOOL_OK);
    assert_offer(bench, middle, BTC_MEMPOOL_OK);
    assert_offer(bench, pay(bench, 2, 4000), BTC_MEMPOOL_OK);
    assert_true(is_in(bench, poor) && is_in(bench, rich) && !is_in(bench, middle));
}

static void old_transactions_expire_with_their_children(void **state)
{
    struct bench *bench = *state;
    struct btc_tx *old = pay(bench, 0, 1000), *child = child_of(bench, old, 1000), *young = pay(bench, 1, 1000);
    assert_offer(bench, old, BTC_MEMPOOL_OK);
    assert_int_equal(btc_mempool_accept(&bench->pool, child, &bench->regtest->tools, NOW + 1000).error, BTC_MEMPOOL_OK);
    assert_int_equal(btc_mempool_accept(&bench->pool, young, &bench->regtest->tools, NOW + 1000).error, BTC_MEMPOOL_OK);
    btc_mempool_expire(&bench->pool, NOW + 336 * 3600);
    assert_int_equal(btc_mempool_count(&bench->pool), 3);
    btc_mempool_expire(&bench->pool, NOW + 336 * 3600 + 1);
    assert_true(!is_in(bench, old) && !is_in(bench, child) && is_in(bench, young));
    assert_int_equal(bench->events[BTC_MEMPOOL_EXPIRED], 2);
}

/* ---- blocks ---- */

static void mined_transactions_and_their_rivals_leave(void **state)
{
    struct bench *bench = *state;
    struct btc_tx *mined = pay(bench, 0, 1000), *child = child_of(bench, mined, 1000);
    struct btc_tx *loser = pay(bench, 1, 1000), *grandchild = child_of(bench, loser, 1000);
    struct btc_tx *winner = pay(bench, 1, 2000); /* never relayed, mined */
    assert_offer(bench, mined, BTC_MEMPOOL_OK);
    assert_offer(bench, child, BTC_MEMPOOL_OK);
    assert_offer(bench, loser, BTC_MEMPOOL_OK);
    assert_offer(bench, grandchild, BTC_MEMPOOL_OK);
    const struct btc_tx *txs[2] = {mined, winner};
    regtest_mine(bench->regtest, txs, 2, 3000);
    btc_mempool_connect(&bench->pool, &bench->regtest->blocks[103].block, NOW);
    btc_mempool_audit(&bench->pool);
    assert_true(is_in(bench, child) && btc_mempool_count(&bench->pool) == 1);
    assert_int_equal(bench->events[BTC_MEMPOOL_MINED], 1);
    assert_int_equal(bench->events[BTC_MEMPOOL_CONFLICTED], 2);
    uint8_t txid[32];
    struct btc_mempool_info info;
    btc_txid(txid, child);
    assert_true(btc_mempool_get(&info, &bench->pool, txid));
    assert_int_equal(info.ancestor_count, 1);
}

static void take_back(struct bench *bench)
{
    struct btc_block block = bench->regtest->blocks[bench->regtest->chain.height].block;
    regtest_disconnect(bench->regtest);
    assert_true(btc_mempool_disconnect(&bench->pool, &block, &bench->regtest->tools, NOW + 5));
    btc_mempool_audit(&bench->pool);
}

static void a_block_taken_back_gives_its_transactions_back(void **state)
{
    struct bench *bench = *state;
    struct btc_tx *a = pay(bench, 0, 1000), *b = child_of(bench, a, 1000), *c = child_of(bench, b, 1000);
    struct btc_tx *cheap = pay(bench, 1, 1); /* below the relay fee, mined all the same */
    assert_offer(bench, a, BTC_MEMPOOL_OK);
    assert_offer(bench, b, BTC_MEMPOOL_OK);
    assert_offer(bench, c, BTC_MEMPOOL_OK);
    const struct btc_tx *first[2] = {a, cheap}, *second[1] = {b};
    regtest_mine(bench->regtest, first, 2, 1001);
    btc_mempool_connect(&bench->pool, &bench->regtest->blocks[103].block, NOW);
    regtest_mine(bench->regtest, second, 1, 1000);
    btc_mempool_connect(&bench->pool, &bench->regtest->blocks[104].block, NOW);
    assert_int_equal(btc_mempool_count(&bench->pool), 1);
    take_back(bench); /* b comes back below c, its child */
    take_back(bench); /* a comes back below both */
    assert_int_equal(btc_mempool_count(&bench->pool), 4);
    uint8_t txid[32];
    struct btc_mempool_info info;
    btc_txid(txid, a);
    assert_true(btc_mempool_get(&info, &bench->pool, txid));
    assert_int_equal(info.descendant_count, 3);
    btc_txid(txid, c);
    assert_true(btc_mempool_get(&info, &bench->pool, txid));
    assert_int_equal(info.ancestor_count, 3);
    assert_true(is_in(bench, cheap));
}

static void what_the_new_chain_cannot_have_leaves(void **state)
{
    struct bench *bench = *state;
    struct regtest *regtest = bench->regtest;
    regtest_mine_empty(regtest, 1); /* tip 103: the coinbase of block 4 is mature in block 104 */
    struct btc_tx *young = regtest_pay(regtest, regtest_coinbase(regtest, 4), FIRST, 1000);
    struct btc_tx *child = child_of(bench, young, 1000);
    struct btc_tx *late = pay_rbf(bench, 0, 1000);
    late->locktime = 103;
    resign(bench, late);
    struct btc_tx *steady = pay(bench, 1, 1000);
    assert_offer(bench, young, BTC_MEMPOOL_OK);
    assert_offer(bench, child, BTC_MEMPOOL_OK);
    assert_offer(bench, late, BTC_MEMPOOL_OK);
    assert_offer(bench, steady, BTC_MEMPOOL_OK);
    take_back(bench); /* tip 102 */
    assert_true(btc_mempool_count(&bench->pool) == 1 && is_in(bench, steady));
    assert_int_equal(bench->events[BTC_MEMPOOL_INVALID], 3);
}

static void a_parent_that_does_not_come_back_takes_its_children_along(void **state)
{
    struct bench *bench = *state;
    struct btc_tx *odd = pay(bench, 0, 1000);
    odd->version = 9; /* mined, but not standard */
    resign(bench, odd);
    const struct btc_tx *txs[1] = {odd};
    regtest_mine(bench->regtest, txs, 1, 1000);
    btc_mempool_connect(&bench->pool, &bench->regtest->blocks[103].block, NOW);
    struct btc_tx *child = child_of(bench, odd, 1000);
    assert_offer(bench, child, BTC_MEMPOOL_OK);
    take_back(bench);
    assert_int_equal(btc_mempool_count(&bench->pool), 0);
}

static void chains_that_grew_too_long_by_a_reorganisation_are_cut(void **state)
{
    struct bench *bench = *state;
    struct btc_tx *root = pay(bench, 0, 1000), *tx = root;
    assert_offer(bench, root, BTC_MEMPOOL_OK);
    regtest_mine(bench->regtest, (const struct btc_tx *const *)&root, 1, 1000);
    btc_mempool_connect(&bench->pool, &bench->regtest->blocks[103].block, NOW);
    for (uint32_t i = 0; i < 25; i++) {
        tx = child_of(bench, tx, 1000);
        assert_offer(bench, tx, BTC_MEMPOOL_OK);
    }
    take_back(bench);
    assert_int_equal(btc_mempool_count(&bench->pool), 25);
    assert_true(is_in(bench, root) && !is_in(bench, tx));
}

/* ---- templates ---- */

static struct btc_template make_template(struct bench *bench, uint32_t max_weight_wu, uint32_t min_rate)
{
    struct btc_template template;
    const struct btc_template_limits limits = {max_weight_wu, BTC_TEMPLATE_SIGOP_COST, min_rate};
    assert_true(btc_template_make(&template, &bench->pool, &bench->regtest->arena, &limits));
    return template;
}

static void assert_item(const struct btc_template *template, uint32_t index, const struct btc_tx *tx)
{
    uint8_t txid[32], expected[32];
    assert_true(index < template->count);
    btc_txid(txid, template->items[index].tx);
    btc_txid(expected, tx);
    assert_memory_equal(txid, expected, 32);
}

static void children_pay_for_parents(void **state)
{
    struct bench *bench = *state;
    struct btc_tx *poor = pay(bench, 0, 200), *rich = child_of(bench, poor, 9000);
    struct btc_tx *middle = pay(bench, 1, 4000), *low = pay(bench, 2, 300);
    assert_offer(bench, low, BTC_MEMPOOL_OK);
    assert_offer(bench, poor, BTC_MEMPOOL_OK);
    assert_offer(bench, middle, BTC_MEMPOOL_OK);
    assert_offer(bench, rich, BTC_MEMPOOL_OK);
    struct btc_template template = make_template(bench, BTC_TEMPLATE_WEIGHT_WU, 0);
    assert_int_equal(template.count, 4);
    assert_item(&template, 0, poor);
    assert_item(&template, 1, rich);
    assert_item(&template, 2, middle);
    assert_item(&template, 3, low);
    assert_int_equal(template.fees_sat, 13500);
    assert_int_equal(template.items[0].package_rate_sat_per_kwu, 9200 * 250 / 220);
    assert_int_equal(template.items[2].package_rate_sat_per_kwu, 4000 * 250 / 110);
    template = make_template(bench, BTC_TEMPLATE_WEIGHT_WU, 4000 * 250 / 110);
    assert_int_equal(template.count, 3);
    template = make_template(bench, 2 * 440, 0); /* two of them fit */
    assert_int_equal(template.count, 2);
    assert_item(&template, 1, rich);
    template = make_template(bench, 440, 0); /* the package does not, the next best does */
    assert_int_equal(template.count, 1);
    assert_item(&template, 0, middle);
}

static void a_package_is_weighed_anew_when_its_parent_is_in(void **state)
{
    struct bench *bench = *state;
    struct btc_tx *parent = spread(bench, bench->coins[0], EACH, BTC_SEQUENCE_FINAL, 200, 2);
    struct btc_tx *rich = child_of(bench, parent, 9000);
    struct btc_tx *other =
        spread(bench, regtest_outpoint(parent, 1), parent->outputs[1].value_sat, BTC_SEQUENCE_FINAL, 3000, 1);
    struct btc_tx *single = pay(bench, 1, 2500);
    assert_offer(bench, parent, BTC_MEMPOOL_OK);
    assert_offer(bench, rich, BTC_MEMPOOL_OK);
    assert_offer(bench, other, BTC_MEMPOOL_OK); /* with its parent worth less than single, without it more */
    assert_offer(bench, single, BTC_MEMPOOL_OK);
    struct btc_template template = make_template(bench, BTC_TEMPLATE_WEIGHT_WU, 0);
    assert_item(&template, 2, other);
    assert_item(&template, 3, single);
    assert_int_equal(template.items[2].package_rate_sat_per_kwu, 3000 * 250 / 110);
}

static void a_template_makes_a_good_block(void **state)
{
    struct bench *bench = *state;
    struct btc_tx *tx = pay(bench, 0, 1000);
    for (uint32_t i = 0; i < 20; i++) {
        assert_offer(bench, tx, BTC_MEMPOOL_OK);
        tx = i % 4 == 3 ? pay(bench, 1 + i, 700 + i) : child_of(bench, tx, 500 + 37 * i % 900);
    }
    struct btc_template template = make_template(bench, BTC_TEMPLATE_WEIGHT_WU, 0);
    const struct btc_tx *txs[20];
    for (uint32_t i = 0; i < template.count; i++)
        txs[i] = template.items[i].tx;
    struct btc_block block = regtest_draft(bench->regtest, txs, template.count, template.fees_sat);
    regtest_grind(&block);
    assert_int_equal(regtest_connect(bench->regtest, &block), BTC_BLOCK_OK);
    btc_mempool_connect(&bench->pool, &block, NOW);
    assert_int_equal(btc_mempool_count(&bench->pool), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
        TEST(a_full_pool_evicts_the_worst_and_asks_for_more),
        TEST(the_rate_falls_faster_in_an_emptier_pool),
        TEST(children_keep_their_parents_in_a_full_pool),
        TEST(old_transactions_expire_with_their_children),
        TEST(mined_transactions_and_their_rivals_leave),
        TEST(a_block_taken_back_gives_its_transactions_back),
        TEST(what_the_new_chain_cannot_have_leaves),
        TEST(a_parent_that_does_not_come_back_takes_its_children_along),
        TEST(chains_that_grew_too_long_by_a_reorganisation_are_cut),
        TEST(children_pay_for_parents),
        TEST(a_package_is_weighed_anew_when_its_parent_is_in),
        TEST(a_template_makes_a_good_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
