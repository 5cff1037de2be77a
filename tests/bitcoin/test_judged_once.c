/* test_judged_once.c: what the mempool has judged costs its block no curve operation, and no verdict changes.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mempool and chain share a memory of verdicts, as they do in the modeled chain. Beside them every block is put before
 * a judge without memory first: error, transaction, input and script error must be the same.
 */
#include "protocol/bitcoin/verdicts.h"
#include "tests/bitcoin/pool_bench.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on

#define PAYMENTS 20

static struct btc_known_key keys[64];
static struct btc_known_signature signatures[4096];
static struct btc_verdicts verdicts;

static int set_up(void **state)
{
    bench_set_up(state);
    struct bench *bench = *state;
    btc_verdicts_init(&verdicts, keys, 64, signatures, 4096);
    bench->regtest->tools.judge = btc_verdicts_judge;
    bench->regtest->tools.judge_context = &verdicts;
    return 0;
}

/* What a judge without memory says of a block on this tip; the chain is then as before. */
static enum btc_block_error judge_anew(struct regtest *regtest, struct btc_block_fault *fault,
                                       const struct btc_block *block)
{
    struct btc_judge_tools tools = regtest->tools;
    struct btc_connect_options options = regtest->options;
    struct btc_undo undo;
    tools.judge = NULL;
    options.tools = &tools;
    enum btc_block_error error = btc_chain_connect(&regtest->chain, &undo, fault, block, &options);
    if (error == BTC_BLOCK_OK) {
        assert_int_equal(btc_chain_disconnect(&regtest->chain, block, &undo, &regtest->scratch), BTC_BLOCK_OK);
        btc_undo_release(&undo, &regtest->allocator.base);
    }
    return error;
}

/* Connects, and asserts that a judge without memory says the same. */
static enum btc_block_error connect_both(struct regtest *regtest, const struct btc_block *block)
{
    struct btc_block_fault fault = {0};
    enum btc_block_error expected = judge_anew(regtest, &fault, block);
    enum btc_block_error error = regtest_connect(regtest, block);
    assert_string_equal(btc_block_error_name(error), btc_block_error_name(expected));
    if (error == BTC_BLOCK_SCRIPT) {
        assert_int_equal(regtest->fault.tx, fault.tx);
        assert_int_equal(regtest->fault.input, fault.input);
        assert_int_equal(regtest->fault.script_error, fault.script_error);
    }
    return error;
}

static void a_block_of_what_the_mempool_holds_is_answered_from_memory(void **state)
{
    struct bench *bench = *state;
    struct regtest *regtest = bench->regtest;
    const struct btc_tx *txs[PAYMENTS];
    for (uint32_t i = 0; i < PAYMENTS; i++) {
        txs[i] = pay(bench, i, 1000);
        assert_offer(bench, txs[i], BTC_MEMPOOL_OK);
    }
    assert_int_equal(verdicts.judged, PAYMENTS);
    assert_int_equal(verdicts.remembered, 0);
    assert_int_equal(verdicts.keys_remembered, PAYMENTS - 1); /* the payer has one key */
    struct btc_block block = regtest_draft(regtest, txs, PAYMENTS, 1000 * PAYMENTS);
    regtest_grind(&block);
    assert_int_equal(connect_both(regtest, &block), BTC_BLOCK_OK);
    assert_int_equal(verdicts.judged, 2 * PAYMENTS);
    assert_int_equal(verdicts.remembered, PAYMENTS);
    btc_mempool_connect(&bench->pool, &block, NOW);
    regtest_disconnect(regtest); /* and back, as in a reorganisation */
    assert_true(btc_mempool_disconnect(&bench->pool, &block, &regtest->tools, NOW));
    assert_int_equal(connect_both(regtest, &block), BTC_BLOCK_OK);
    assert_int_equal(verdicts.remembered, verdicts.judged - PAYMENTS);
    btc_mempool_connect(&bench->pool, &block, NOW);
}

/* Each bit of a witness that the mempool has accepted, flipped in the block. */
static void a_block_with_a_bent_witness_is_refused_as_without_memory(void **state)
{
    struct bench *bench = *state;
    struct regtest *regtest = bench->regtest;
    const struct btc_tx *txs[3] = {pay(bench, 0, 1000), pay(bench, 1, 1000), pay(bench, 2, 1000)};
    for (unsigned i = 0; i < 3; i++)
        assert_offer(bench, txs[i], BTC_MEMPOOL_OK);
    struct btc_block block = regtest_draft(regtest, txs, 3, 3000);
    unsigned refused = 0;
    for (uint32_t item = 0; item < 2; item++) {
        struct btc_bytes bytes = block.txs[2].inputs[0].witness[item];
        for (size_t bit = 0; bit < 8 * bytes.length; bit += 7) {
            uint8_t *writable = (uint8_t *)(uintptr_t)bytes.data;
            writable[bit / 8] ^= (uint8_t)(1 << bit % 8);
            regtest_reseal(regtest, &block);
            assert_int_equal(connect_both(regtest, &block), BTC_BLOCK_SCRIPT);
            assert_int_equal(regtest->fault.tx, 2);
            writable[bit / 8] ^= (uint8_t)(1 << bit % 8);
            refused++;
        }
    }
    assert_true(refused > 100);
    regtest_reseal(regtest, &block);
    assert_int_equal(connect_both(regtest, &block), BTC_BLOCK_OK);
    btc_mempool_connect(&bench->pool, &block, NOW);
}

/* A signature is remembered for one hash alone: with another amount spent or output made it is judged anew. */
static void a_remembered_signature_signs_nothing_else(void **state)
{
    struct bench *bench = *state;
    struct regtest *regtest = bench->regtest;
    struct btc_tx *tx = pay(bench, 0, 1000);
    assert_offer(bench, tx, BTC_MEMPOOL_OK);
    struct btc_tx other = *tx;
    struct btc_output output = tx->outputs[0];
    other.outputs = &output;
    output.value_sat--;
    const struct btc_tx *txs[1] = {&other};
    struct btc_block block = regtest_draft(regtest, txs, 1, 1001);
    regtest_grind(&block);
    assert_int_equal(connect_both(regtest, &block), BTC_BLOCK_SCRIPT);
    struct btc_input input = tx->inputs[0];
    other = *tx;
    other.inputs = &input;
    input.previous.index = 1; /* a coin of the same value and script */
    block = regtest_draft(regtest, txs, 1, 1000);
    regtest_grind(&block);
    assert_int_equal(connect_both(regtest, &block), BTC_BLOCK_SCRIPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, bench_tear_down)
        TEST(a_block_of_what_the_mempool_holds_is_answered_from_memory),
        TEST(a_block_with_a_bent_witness_is_refused_as_without_memory),
        TEST(a_remembered_signature_signs_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
