/* test_chain_edges.c: rules of consensus at their edges: the last that is good, and the first that is not.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/policy.h"
#include "protocol/bitcoin/sigops.h"
#include "tests/bitcoin/regtest.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

#define COIN  BTC_COIN_SAT
#define FIRST (50 * COIN) /* the subsidy of the first 149 blocks */

static int set_up(void **state)
{
    struct regtest *regtest = regtest_new();
    regtest_mine_empty(regtest, 101);
    *state = regtest;
    return 0;
}

static int tear_down(void **state)
{
    regtest_free(*state);
    return 0;
}

static void assert_judged(struct regtest *regtest, const struct btc_block *block, enum btc_block_error error)
{
    assert_string_equal(btc_block_error_name(regtest_connect(regtest, block)), btc_block_error_name(error));
}

static void assert_refused_tx(struct regtest *regtest, const struct btc_block *block, enum btc_tx_error error)
{
    assert_judged(regtest, block, BTC_BLOCK_TX);
    assert_string_equal(btc_tx_error_name(regtest->fault.tx_error), btc_tx_error_name(error));
}

/* A draft whose coinbase may be changed: room for two more outputs, a script of input of its own. */
static struct btc_block open_draft(struct regtest *regtest, const struct btc_tx *tx)
{
    struct btc_block block = regtest_draft(regtest, &tx, tx != NULL, 0);
    struct btc_tx *coinbase = &block.txs[0];
    struct btc_output *outputs = btc_arena_take(&regtest->arena, coinbase->output_count + 2, sizeof *outputs);
    assert_non_null(outputs);
    memcpy(outputs, coinbase->outputs, coinbase->output_count * sizeof *outputs);
    coinbase->outputs = outputs;
    return block;
}

static void add_output(struct btc_block *block, struct btc_bytes script)
{
    struct btc_tx *coinbase = &block->txs[0];
    coinbase->outputs[coinbase->output_count++] = (struct btc_output){0, script};
}

/* ---- sizes ---- */

static void a_block_may_weigh_4000000_and_no_unit_more(void **state)
{
    struct regtest *regtest = *state;
    static uint8_t script[1000000];
    memset(script, BTC_OP_RETURN, sizeof script);
    struct btc_block block = open_draft(regtest, NULL);
    add_output(&block, btc_bytes(script, 900000));
    uint32_t missing = BTC_MAX_BLOCK_WEIGHT_WU - btc_block_weight_wu(&block);
    assert_int_equal(missing % 4, 0);
    struct btc_bytes *filling = &block.txs[0].outputs[block.txs[0].output_count - 1].script;
    *filling = btc_bytes(script, 900000 + missing / 4 + 1);
    regtest_reseal(regtest, &block);
    assert_int_equal(btc_block_weight_wu(&block), BTC_MAX_BLOCK_WEIGHT_WU + 4);
    assert_judged(regtest, &block, BTC_BLOCK_WEIGHT);
    filling->length--;
    regtest_reseal(regtest, &block);
    assert_int_equal(btc_block_weight_wu(&block), BTC_MAX_BLOCK_WEIGHT_WU);
    assert_judged(regtest, &block, BTC_BLOCK_OK);
}

static void a_block_may_have_80000_of_sigops_and_no_more(void **state)
{
    struct regtest *regtest = *state;
    static uint8_t script[20001];
    memset(script, BTC_OP_CHECKSIG, sizeof script);
    /* One P2WPKH input costs 1: with it, 80,000 of legacy operations are one too many; without it they are not. */
    const struct btc_tx *pay = regtest_pay(regtest, regtest_coinbase(regtest, 1), FIRST, 0);
    struct btc_block full = open_draft(regtest, NULL), over = open_draft(regtest, pay);
    add_output(&full, btc_bytes(script, 20000));
    add_output(&over, btc_bytes(script, 20000));
    regtest_reseal(regtest, &full);
    regtest_reseal(regtest, &over);
    assert_judged(regtest, &over, BTC_BLOCK_SIGOPS);
    assert_int_equal(regtest->fault.tx, 1); /* found when the coins are known */
    assert_judged(regtest, &full, BTC_BLOCK_OK);
}

static void a_transaction_of_64_bytes_is_valid_but_not_relayed(void **state)
{
    struct regtest *regtest = *state;
    static const uint8_t four[4] = {BTC_OP_1, BTC_OP_DROP, BTC_OP_1, BTC_OP_1};
    const int64_t value_sat = FIRST;
    struct btc_tx *tx = regtest_pay(regtest, regtest_coinbase(regtest, 1), FIRST, 0);
    tx->outputs[0].script = btc_bytes(four, sizeof four);
    regtest_sign(regtest, tx, &value_sat);
    assert_int_equal(btc_tx_size(tx, BTC_TX_BASE), 64);
    struct btc_tx standard = *tx;
    struct btc_output empty = {FIRST, btc_bytes(regtest->script, 0)};
    standard.outputs = &empty;
    assert_int_not_equal(btc_standard_check(tx, btc_policy_of_era(BTC_POLICY_2018)), BTC_STANDARD_OK);
    static const uint8_t record[1] = {BTC_OP_RETURN};
    empty = (struct btc_output){0, btc_bytes(record, 1)}; /* a standard form, 61 bytes */
    assert_int_equal(btc_standard_check(&standard, btc_policy_of_era(BTC_POLICY_2018)), BTC_STANDARD_TX_SIZE_SMALL);
    const struct btc_tx *txs[1] = {tx};
    regtest_mine(regtest, txs, 1, 0);
}

/* ---- the coinbase ---- */

static void a_coinbase_script_has_2_to_100_bytes_and_begins_with_the_height(void **state)
{
    struct regtest *regtest = *state;
    uint8_t script[101] = {1, 102}; /* the height of the next block */
    struct btc_block block = regtest_draft(regtest, NULL, 0, 0);
    struct btc_bytes *view = &block.txs[0].inputs[0].script;
    for (size_t length = 0; length <= sizeof script; length++) {
        *view = btc_bytes(script, length);
        regtest_reseal(regtest, &block);
        if (length < 2 || length > 100) {
            assert_refused_tx(regtest, &block, BTC_TX_COINBASE_LENGTH);
        } else {
            assert_judged(regtest, &block, BTC_BLOCK_OK);
            regtest_disconnect(regtest);
        }
    }
    static const uint8_t long_pushes[][4] = {{BTC_OP_PUSHDATA1, 1, 102, 0}, {2, 102, 0, 0}, {1, 101, 0, 0}};
    for (size_t i = 0; i < sizeof long_pushes / sizeof *long_pushes; i++) {
        *view = btc_bytes(long_pushes[i], 4);
        regtest_reseal(regtest, &block);
        assert_judged(regtest, &block, BTC_BLOCK_COINBASE_HEIGHT);
    }
}

static void a_coinbase_has_a_lock_time_too(void **state)
{
    struct regtest *regtest = *state;
    struct btc_block block = regtest_draft(regtest, NULL, 0, 0);
    struct btc_tx *coinbase = &block.txs[0];
    coinbase->locktime = 102;
    coinbase->inputs[0].sequence = 0;
    regtest_reseal(regtest, &block);
    assert_judged(regtest, &block, BTC_BLOCK_NONFINAL);
    coinbase->inputs[0].sequence = BTC_SEQUENCE_FINAL;
    regtest_reseal(regtest, &block);
    assert_judged(regtest, &block, BTC_BLOCK_OK);
    regtest_disconnect(regtest);
    coinbase->inputs[0].sequence = 0; /* but no relative lock: it spends nothing */
    coinbase->version = 2;
    coinbase->locktime = 101;
    regtest_reseal(regtest, &block);
    assert_judged(regtest, &block, BTC_BLOCK_OK);
}

static void the_subsidy_halves_at_block_150(void **state)
{
    struct regtest *regtest = *state;
    regtest_mine_empty(regtest, 149 - 101);
    struct btc_block block = regtest_draft(regtest, NULL, 0, 0);
    assert_int_equal(block.txs[0].outputs[0].value_sat, FIRST / 2);
    block.txs[0].outputs[0].value_sat = FIRST / 2 + 1;
    regtest_reseal(regtest, &block);
    assert_judged(regtest, &block, BTC_BLOCK_COINBASE_AMOUNT);
    block.txs[0].outputs[0].value_sat = FIRST / 2;
    regtest_reseal(regtest, &block);
    assert_judged(regtest, &block, BTC_BLOCK_OK);
}

/* ---- the witness commitment ---- */

static void any_32_bytes_are_a_reserved_value_and_one_item_alone(void **state)
{
    struct regtest *regtest = *state;
    static const uint8_t reserved[32] = {9, 8, 7};
    struct btc_block block = regtest_draft(regtest, NULL, 0, 0);
    struct btc_input *input = &block.txs[0].inputs[0];
    struct btc_bytes items[2] = {btc_bytes(reserved, 32), btc_bytes(reserved, 32)};
    input->witness = items;
    for (uint32_t count = 0; count <= 2; count++) {
        input->witness_count = count;
        regtest_reseal(regtest, &block);
        assert_judged(regtest, &block, count == 1 ? BTC_BLOCK_OK : BTC_BLOCK_WITNESS_NONCE);
        if (count == 1)
            regtest_disconnect(regtest);
    }
    input->witness_count = 1;
    static const size_t wrong[] = {0, 31};
    for (size_t i = 0; i < 2; i++) {
        items[0].length = wrong[i];
        regtest_grind(&block);
        assert_judged(regtest, &block, BTC_BLOCK_WITNESS_NONCE);
    }
}

static void the_last_commitment_counts_and_may_have_a_tail(void **state)
{
    struct regtest *regtest = *state;
    struct btc_block block = open_draft(regtest, NULL);
    struct btc_tx *coinbase = &block.txs[0];
    uint8_t marked[40] = {0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed};
    add_output(&block, btc_bytes(marked, 38)); /* of zeros: the one before it was right */
    btc_block_merkle_root(block.header.merkle_root, &block);
    regtest_grind(&block);
    assert_judged(regtest, &block, BTC_BLOCK_WITNESS_MERKLE);
    coinbase->outputs[coinbase->output_count - 1].script.length = 37; /* too short to be one */
    regtest_reseal(regtest, &block);
    assert_judged(regtest, &block, BTC_BLOCK_OK);
    regtest_disconnect(regtest);
    coinbase->outputs[coinbase->output_count - 1].script.length = 40;
    regtest_reseal(regtest, &block); /* fills in the last */
    assert_judged(regtest, &block, BTC_BLOCK_OK);
}

/* ---- coins ---- */

static void outputs_that_nobody_can_spend_are_no_coins(void **state)
{
    struct regtest *regtest = *state;
    static uint8_t scripts[3][BTC_MAX_SCRIPT_BYTES + 1];
    static const size_t script_lengths[3] = {1, BTC_MAX_SCRIPT_BYTES + 1, BTC_MAX_SCRIPT_BYTES};
    memset(scripts, BTC_OP_NOP, sizeof scripts);
    scripts[0][0] = BTC_OP_RETURN;
    const int64_t value_sat = FIRST, thirds_sat[3] = {1, 2, 3};
    const struct btc_outpoint outpoint = regtest_coinbase(regtest, 1);
    struct btc_tx *tx = regtest_spend(regtest, &(struct regtest_spend){.inputs = &outpoint,
                                                                       .values_sat = &value_sat,
                                                                       .input_count = 1,
                                                                       .sequence = BTC_SEQUENCE_FINAL,
                                                                       .outputs_sat = thirds_sat,
                                                                       .output_count = 3});
    for (uint32_t i = 0; i < 3; i++)
        tx->outputs[i].script = btc_bytes(scripts[i], script_lengths[i]);
    regtest_sign(regtest, tx, &value_sat);
    uint32_t coins = btc_utxo_count(&regtest->chain.coins);
    const struct btc_tx *txs[1] = {tx};
    regtest_mine(regtest, txs, 1, 0);
    assert_int_equal(btc_utxo_count(&regtest->chain.coins), coins - 1 + 1 + 1); /* spent, coinbase, the third */
    for (uint32_t i = 0; i < 3; i++) {
        const struct btc_tx *spend[1] = {regtest_pay(regtest, regtest_outpoint(tx, i), thirds_sat[i], 0)};
        struct btc_block block = regtest_draft(regtest, spend, 1, 0);
        regtest_grind(&block);
        assert_judged(regtest, &block, i < 2 ? BTC_BLOCK_MISSING_OR_SPENT : BTC_BLOCK_SCRIPT);
    }
    regtest_disconnect(regtest);
    assert_int_equal(btc_utxo_count(&regtest->chain.coins), coins);
}

static void a_coinbase_is_mature_after_100_blocks(void **state)
{
    struct regtest *regtest = *state;
    regtest_mine_empty(regtest, 20);
    for (uint32_t height = 20; height <= 24; height++) { /* the next block is 122 */
        const struct btc_tx *txs[1] = {regtest_pay(regtest, regtest_coinbase(regtest, height), FIRST, 0)};
        struct btc_block block = regtest_draft(regtest, txs, 1, 0);
        regtest_grind(&block);
        bool is_mature = 122 - height >= 100;
        assert_judged(regtest, &block, is_mature ? BTC_BLOCK_OK : BTC_BLOCK_PREMATURE);
        if (is_mature)
            regtest_disconnect(regtest);
    }
}

/* ---- locks ---- */

static struct btc_tx *locked(struct regtest *regtest, const struct btc_tx *parent, uint32_t version, uint32_t sequence)
{
    const struct btc_outpoint outpoint = regtest_outpoint(parent, 0);
    const int64_t value_sat = FIRST;
    struct btc_tx *tx = regtest_spend(regtest, &(struct regtest_spend){.inputs = &outpoint,
                                                                       .values_sat = &value_sat,
                                                                       .input_count = 1,
                                                                       .sequence = sequence,
                                                                       .outputs_sat = &value_sat,
                                                                       .output_count = 1});
    tx->version = version;
    regtest_sign(regtest, tx, &value_sat);
    return tx;
}

/* In one block with its parent: a relative lock of nothing is met, of one block or of 512 seconds it is not. */
static void relative_locks_hold_inside_a_block(void **state)
{
    struct regtest *regtest = *state;
    static const struct {
        uint32_t version, sequence;
        enum btc_block_error error;
    } cases[] = {
        {2, 0, BTC_BLOCK_OK},
        {2, 1, BTC_BLOCK_NONFINAL},
        {1, 1, BTC_BLOCK_OK},                         /* version 1 has none */
        {2, BTC_SEQUENCE_LOCK_OFF | 1, BTC_BLOCK_OK}, /* switched off */
        {0x80000000, 1, BTC_BLOCK_NONFINAL},          /* the version is compared without its sign */
        {2, 0x00010000, BTC_BLOCK_OK},                /* bits without a meaning */
        {2, BTC_SEQUENCE_LOCK_TIME, BTC_BLOCK_OK},
        {2, BTC_SEQUENCE_LOCK_TIME | 1, BTC_BLOCK_NONFINAL},
        {2, BTC_SEQUENCE_LOCK_TIME | 0xffff, BTC_BLOCK_NONFINAL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct btc_tx *parent = regtest_pay(regtest, regtest_coinbase(regtest, 1), FIRST, 0);
        const struct btc_tx *txs[2] = {parent, locked(regtest, parent, cases[i].version, cases[i].sequence)};
        struct btc_block block = regtest_draft(regtest, txs, 2, 0);
        regtest_grind(&block);
        assert_judged(regtest, &block, cases[i].error);
        if (cases[i].error == BTC_BLOCK_OK)
            regtest_disconnect(regtest);
    }
}

/* The last seconds that a header can name: a lock that ends behind them never opens, and does not begin anew at 0. */
static void relative_locks_do_not_wrap_at_the_end_of_time(void **state)
{
    struct regtest *regtest = *state;
    struct btc_block block;
    for (uint32_t i = 0; i < 12; i++) {
        block = regtest_draft(regtest, NULL, 0, 0);
        block.header.time = UINT32_MAX - 100 + i;
        regtest_grind(&block);
        assert_judged(regtest, &block, BTC_BLOCK_OK);
    }
    const struct btc_tx *parent = regtest_pay(regtest, regtest_coinbase(regtest, 1), FIRST, 0);
    const struct btc_tx *txs[2] = {parent, locked(regtest, parent, 2, BTC_SEQUENCE_LOCK_TIME | 1)};
    for (uint32_t count = 2; count >= 1; count--) {
        block = regtest_draft(regtest, txs, count, 0);
        block.header.time = UINT32_MAX - 50;
        regtest_grind(&block);
        assert_judged(regtest, &block, count == 2 ? BTC_BLOCK_NONFINAL : BTC_BLOCK_OK);
    }
    block = regtest_draft(regtest, txs + 1, 1, 0);
    block.header.time = UINT32_MAX - 49;
    regtest_grind(&block);
    assert_judged(regtest, &block, BTC_BLOCK_NONFINAL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_block_may_weigh_4000000_and_no_unit_more),
        TEST(a_block_may_have_80000_of_sigops_and_no_more),
        TEST(a_transaction_of_64_bytes_is_valid_but_not_relayed),
        TEST(a_coinbase_script_has_2_to_100_bytes_and_begins_with_the_height),
        TEST(a_coinbase_has_a_lock_time_too),
        TEST(the_subsidy_halves_at_block_150),
        TEST(any_32_bytes_are_a_reserved_value_and_one_item_alone),
        TEST(the_last_commitment_counts_and_may_have_a_tail),
        TEST(outputs_that_nobody_can_spend_are_no_coins),
        TEST(a_coinbase_is_mature_after_100_blocks),
        TEST(relative_locks_hold_inside_a_block),
        TEST(relative_locks_do_not_wrap_at_the_end_of_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
