/* test_chain.c: every rule of consensus broken once gives its name and leaves the chain as it was.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/bitcoin/hash.h"
#include "tests/bitcoin/regtest.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
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

/* Asserts that a block is refused with an error, and that nothing changed. */
static void assert_refused(struct regtest *regtest, const struct btc_block *block, enum btc_block_error error)
{
    uint8_t before[32], after[32];
    struct btc_chain kept = regtest->chain;
    size_t out_bytes = regtest->allocator.out_bytes;
    btc_utxo_digest(before, &regtest->chain.coins);
    assert_string_equal(btc_block_error_name(regtest_connect(regtest, block)), btc_block_error_name(error));
    btc_utxo_digest(after, &regtest->chain.coins);
    assert_memory_equal(before, after, 32);
    assert_int_equal(regtest->chain.coins.total_sat, kept.coins.total_sat);
    assert_memory_equal(regtest->chain.tip, kept.tip, 32);
    assert_memory_equal(&regtest->chain.recent, &kept.recent, sizeof kept.recent);
    assert_int_equal(regtest->chain.height, kept.height);
    assert_true(regtest->allocator.out_bytes >= out_bytes); /* tables may have grown */
}

/* A mined block with one transaction. */
static struct btc_block block_with(struct regtest *regtest, const struct btc_tx *tx, int64_t fees_sat)
{
    struct btc_block block = regtest_draft(regtest, &tx, 1, fees_sat);
    regtest_grind(&block);
    return block;
}

static void assert_tx_refused(struct regtest *regtest, const struct btc_tx *tx, enum btc_block_error error)
{
    struct btc_block block = block_with(regtest, tx, 0);
    assert_refused(regtest, &block, error);
    assert_int_equal(regtest->fault.tx, 1);
}

/* ---- the block alone ---- */

static void work_and_merkle_root_are_checked(void **state)
{
    struct regtest *regtest = *state;
    struct btc_block block = regtest_draft(regtest, NULL, 0, 0);
    uint8_t hash[32];
    for (;; block.header.nonce++) {
        btc_header_hash(hash, &block.header);
        if (!btc_hash_meets_bits(hash, block.header.bits))
            break;
    }
    assert_refused(regtest, &block, BTC_BLOCK_HIGH_HASH);
    block.header.merkle_root[0] ^= 1;
    regtest_grind(&block);
    assert_refused(regtest, &block, BTC_BLOCK_MERKLE_ROOT);
}

static void a_mutated_merkle_tree_is_refused(void **state)
{
    struct regtest *regtest = *state;
    struct btc_tx *a = regtest_pay(regtest, regtest_coinbase(regtest, 1), FIRST, 0);
    struct btc_tx *b = regtest_pay(regtest, regtest_outpoint(a, 0), FIRST, 0);
    const struct btc_tx *both[2] = {a, b};
    struct btc_block block = regtest_draft(regtest, both, 2, 0);
    struct btc_tx four[4] = {block.txs[0], block.txs[1], block.txs[2], block.txs[2]};
    regtest_grind(&block);
    struct btc_block forged = {block.header, 4, four};
    assert_refused(regtest, &forged, BTC_BLOCK_DUPLICATE);
    assert_int_equal(regtest_connect(regtest, &block), BTC_BLOCK_OK);
}

static void exactly_the_first_transaction_is_a_coinbase(void **state)
{
    struct regtest *regtest = *state;
    struct btc_block block = regtest_draft(regtest, NULL, 0, 0), other = regtest_draft(regtest, NULL, 0, 0);
    struct btc_tx two[2] = {block.txs[0], other.txs[0]};
    struct btc_block doubled = {block.header, 2, two};
    regtest_reseal(regtest, &doubled);
    assert_refused(regtest, &doubled, BTC_BLOCK_COINBASE_MULTIPLE);
    struct btc_tx *pay = regtest_pay(regtest, regtest_coinbase(regtest, 1), FIRST, 0);
    struct btc_block headless = {block.header, 1, pay};
    regtest_reseal(regtest, &headless);
    assert_refused(regtest, &headless, BTC_BLOCK_COINBASE_MISSING);
    struct btc_block empty = {block.header, 0, NULL};
    btc_block_merkle_root(empty.header.merkle_root, &empty);
    regtest_grind(&empty);
    assert_refused(regtest, &empty, BTC_BLOCK_LENGTH);
}

static void malformed_transactions_are_named(void **state)
{
    struct regtest *regtest = *state;
    struct btc_tx *tx = regtest_pay(regtest, regtest_coinbase(regtest, 1), FIRST, 0);
    tx->outputs[0].value_sat = -1;
    assert_tx_refused(regtest, tx, BTC_BLOCK_TX);
    assert_int_equal(regtest->fault.tx_error, BTC_TX_VALUE_NEGATIVE);
    tx->outputs[0].value_sat = FIRST;
    tx->output_count = 0;
    assert_tx_refused(regtest, tx, BTC_BLOCK_TX);
    assert_int_equal(regtest->fault.tx_error, BTC_TX_NO_OUTPUTS);
}

static void blocks_have_limits_of_size_and_sigops(void **state)
{
    struct regtest *regtest = *state;
    struct btc_tx *tx = regtest_pay(regtest, regtest_coinbase(regtest, 1), FIRST, 0);
    static uint8_t script[1000000];
    memset(script, 0x51, sizeof script);
    tx->outputs[0].script = btc_bytes(script, sizeof script);
    struct btc_block block = block_with(regtest, tx, 0);
    assert_refused(regtest, &block, BTC_BLOCK_LENGTH);
    /* 950,000 base bytes pass the first limit; with 300,000 bytes of witness the weight is too high */
    static uint8_t padding[300000];
    tx->outputs[0].script = btc_bytes(script, 950000);
    tx->inputs[0].witness[0] = btc_bytes(padding, sizeof padding);
    block = block_with(regtest, tx, 0);
    assert_refused(regtest, &block, BTC_BLOCK_WEIGHT);
    memset(script, 0xac, sizeof script); /* OP_CHECKSIG: cost 4 each, 80,000 a block */
    tx->outputs[0].script = btc_bytes(script, 20001);
    block = block_with(regtest, tx, 0);
    assert_refused(regtest, &block, BTC_BLOCK_SIGOPS);
}

/* ---- the block in its place ---- */

static void headers_follow_the_tip(void **state)
{
    struct regtest *regtest = *state;
    struct btc_block good = regtest_draft(regtest, NULL, 0, 0), block = good;
    block.header.previous[3] ^= 1;
    regtest_grind(&block);
    assert_refused(regtest, &block, BTC_BLOCK_PREVIOUS);
    block = good;
    block.header.bits = 0x207ffffe;
    regtest_grind(&block);
    assert_refused(regtest, &block, BTC_BLOCK_BITS);
    block = good;
    block.header.time = btc_median_time(&regtest->chain.recent);
    regtest_grind(&block);
    assert_refused(regtest, &block, BTC_BLOCK_TIME_TOO_OLD);
    block.header.time++;
    regtest_grind(&block);
    regtest->options.latest_time = block.header.time - 1;
    assert_refused(regtest, &block, BTC_BLOCK_TIME_TOO_NEW);
    regtest->options.latest_time = block.header.time;
    for (uint32_t version = 0; version < 4; version++) {
        struct btc_block old = block;
        old.header.version = version == 0 ? 0x80000004 : version; /* negative */
        regtest_grind(&old);
        assert_refused(regtest, &old, BTC_BLOCK_VERSION_OLD);
    }
    assert_int_equal(regtest_connect(regtest, &block), BTC_BLOCK_OK);
}

static void the_coinbase_names_the_height(void **state)
{
    struct regtest *regtest = *state;
    struct btc_block block = regtest_draft(regtest, NULL, 0, 0);
    uint8_t *script = (uint8_t *)(uintptr_t)block.txs[0].inputs[0].script.data;
    script[1] ^= 1;
    regtest_reseal(regtest, &block);
    assert_refused(regtest, &block, BTC_BLOCK_COINBASE_HEIGHT);
}

static void the_witness_commitment_commits(void **state)
{
    struct regtest *regtest = *state;
    struct btc_tx *tx = regtest_pay(regtest, regtest_coinbase(regtest, 1), FIRST, 0);
    const struct btc_tx *txs[1] = {tx};
    struct btc_block block = regtest_draft(regtest, txs, 1, 0);
    struct btc_tx *coinbase = &block.txs[0];
    coinbase->inputs[0].witness[0].length = 31;
    regtest_grind(&block);
    assert_refused(regtest, &block, BTC_BLOCK_WITNESS_NONCE);
    coinbase->inputs[0].witness[0].length = 32;
    *(uint8_t *)(uintptr_t)block.txs[1].inputs[0].witness[0].data ^=
        1; /* the txid does not see it, the commitment does */
    assert_refused(regtest, &block, BTC_BLOCK_WITNESS_MERKLE);
    *(uint8_t *)(uintptr_t)block.txs[1].inputs[0].witness[0].data ^= 1;
    coinbase->output_count = 1; /* no commitment */
    coinbase->inputs[0].witness_count = 0;
    regtest_reseal(regtest, &block);
    assert_refused(regtest, &block, BTC_BLOCK_WITNESS_UNEXPECTED);
    struct btc_block plain = regtest_draft(regtest, NULL, 0, 0); /* without any witness none is needed */
    plain.txs[0].output_count = 1;
    plain.txs[0].inputs[0].witness_count = 0;
    regtest_reseal(regtest, &plain);
    assert_int_equal(regtest_connect(regtest, &plain), BTC_BLOCK_OK);
}

/* ---- coins ---- */

static void missing_spent_and_immature_coins_are_refused(void **state)
{
    struct regtest *regtest = *state;
    struct btc_outpoint nowhere = {{1, 2, 3}, 0};
    assert_tx_refused(regtest, regtest_pay(regtest, nowhere, FIRST, 0), BTC_BLOCK_MISSING_OR_SPENT);
    struct btc_tx *first = regtest_pay(regtest, regtest_coinbase(regtest, 1), FIRST, 1000);
    struct btc_tx *second = regtest_pay(regtest, regtest_coinbase(regtest, 1), FIRST, 2000);
    const struct btc_tx *both[2] = {first, second};
    struct btc_block block = regtest_draft(regtest, both, 2, 0);
    regtest_grind(&block);
    assert_refused(regtest, &block, BTC_BLOCK_MISSING_OR_SPENT);
    assert_int_equal(regtest->fault.tx, 2);
    const struct btc_tx *child_first[2] = {regtest_pay(regtest, regtest_outpoint(first, 0), FIRST - 1000, 0), first};
    block = regtest_draft(regtest, child_first, 2, 0);
    regtest_grind(&block);
    assert_refused(regtest, &block, BTC_BLOCK_MISSING_OR_SPENT);
    /* tip 101, block 102: the coinbase of block 2 is just mature, that of block 3 is not */
    assert_tx_refused(regtest, regtest_pay(regtest, regtest_coinbase(regtest, 3), FIRST, 0), BTC_BLOCK_PREMATURE);
    const struct btc_tx *good[2] = {first, regtest_pay(regtest, regtest_coinbase(regtest, 2), FIRST, 0)};
    regtest_mine(regtest, good, 2, 1000);
    assert_tx_refused(regtest, second, BTC_BLOCK_MISSING_OR_SPENT);
}

static void nobody_makes_money(void **state)
{
    struct regtest *regtest = *state;
    assert_tx_refused(regtest, regtest_pay(regtest, regtest_coinbase(regtest, 1), FIRST, -1), BTC_BLOCK_IN_BELOW_OUT);
    const struct btc_tx *pay = regtest_pay(regtest, regtest_coinbase(regtest, 1), FIRST, 1000);
    struct btc_block greedy = block_with(regtest, pay, 1001);
    assert_refused(regtest, &greedy, BTC_BLOCK_COINBASE_AMOUNT);
    struct btc_block modest = block_with(regtest, pay, 999);
    assert_int_equal(regtest_connect(regtest, &modest), BTC_BLOCK_OK);
    assert_int_equal(regtest->chain.coins.total_sat, regtest->subsidies_sat - 1);
}

static void sums_out_of_range_are_refused(void **state)
{
    struct regtest *regtest = *state;
    /* no chain has such coins; they are planted */
    struct btc_coin coin = {.outpoint = {{9}, 0},
                            .age = {1, 1},
                            .output = {BTC_MAX_MONEY_SAT, btc_bytes(regtest->script, sizeof regtest->script)}};
    assert_true(btc_utxo_add(&regtest->chain.coins, &coin));
    const struct btc_outpoint inputs[2] = {coin.outpoint, regtest_coinbase(regtest, 1)};
    const int64_t values_sat[2] = {BTC_MAX_MONEY_SAT, FIRST};
    struct btc_tx *tx = regtest_spend(regtest, &(struct regtest_spend){.inputs = inputs,
                                                                       .values_sat = values_sat,
                                                                       .input_count = 2,
                                                                       .sequence = BTC_SEQUENCE_FINAL,
                                                                       .outputs_sat = values_sat + 1,
                                                                       .output_count = 1});
    assert_tx_refused(regtest, tx, BTC_BLOCK_INPUTS_RANGE);
    /* one fee is in range, the sum of two is not */
    const struct btc_tx *txs[2] = {regtest_pay(regtest, coin.outpoint, BTC_MAX_MONEY_SAT, BTC_MAX_MONEY_SAT),
                                   regtest_pay(regtest, regtest_coinbase(regtest, 1), FIRST, FIRST)};
    struct btc_block block = regtest_draft(regtest, txs, 2, 0);
    regtest_grind(&block);
    assert_refused(regtest, &block, BTC_BLOCK_FEES_RANGE);
}

static void unspent_outputs_are_not_overwritten(void **state)
{
    struct regtest *regtest = *state;
    struct btc_tx *tx = regtest_pay(regtest, regtest_coinbase(regtest, 1), FIRST, 0);
    struct btc_coin coin = {.outpoint = regtest_outpoint(tx, 0), .age = {1, 1}, .output = tx->outputs[0]};
    assert_true(btc_utxo_add(&regtest->chain.coins, &coin));
    assert_tx_refused(regtest, tx, BTC_BLOCK_OVERWRITE);
}

static void scripts_are_judged(void **state)
{
    struct regtest *regtest = *state;
    struct btc_tx *tx = regtest_pay(regtest, regtest_coinbase(regtest, 1), FIRST, 0);
    ((uint8_t *)(uintptr_t)tx->inputs[0].witness[0].data)[20] ^= 1;
    assert_tx_refused(regtest, tx, BTC_BLOCK_SCRIPT);
    assert_int_not_equal(regtest->fault.script_error, BTC_SCRIPT_OK);
}

static void taproot_outputs_can_be_made_but_not_spent(void **state)
{
    struct regtest *regtest = *state;
    static const uint8_t P2TR[34] = {0x51, 0x20, 1};
    struct btc_tx *tx = regtest_pay(regtest, regtest_coinbase(regtest, 1), FIRST, 0);
    const int64_t value_sat = FIRST;
    tx->outputs[0].script = btc_bytes(P2TR, sizeof P2TR);
    regtest_sign(regtest, tx, &value_sat);
    const struct btc_tx *txs[1] = {tx};
    regtest_mine(regtest, txs, 1, 0);
    struct btc_tx *spend = regtest_pay(regtest, regtest_outpoint(tx, 0), FIRST, 0);
    assert_tx_refused(regtest, spend, BTC_BLOCK_TAPROOT);
}

static void sigops_of_witnesses_and_p2sh_count(void **state)
{
    struct regtest *regtest = *state;
    /* One coin whose P2SH script asks for 15 signatures, 1,400 times planted: 4 * 15 * 1,400 = 84,000. */
    static uint8_t redeem[15];
    uint8_t script[BTC_P2SH_BYTES], hash[20];
    memset(redeem, 0xac, sizeof redeem);
    btc_hash160(hash, redeem, sizeof redeem);
    btc_script_p2sh(script, hash);
    static uint8_t push[16] = {15};
    memcpy(push + 1, redeem, sizeof redeem);
    struct btc_tx *tx = regtest_pay(regtest, regtest_coinbase(regtest, 1), FIRST, 0);
    tx->input_count = 1400;
    tx->inputs = btc_arena_take(&regtest->arena, tx->input_count, sizeof *tx->inputs);
    for (uint32_t i = 0; i < tx->input_count; i++) {
        struct btc_coin coin = {
            .outpoint = {{7}, i}, .age = {1, 1}, .output = {1000, btc_bytes(script, sizeof script)}};
        assert_true(btc_utxo_add(&regtest->chain.coins, &coin));
        tx->inputs[i] = (struct btc_input){
            .previous = coin.outpoint, .script = btc_bytes(push, sizeof push), .sequence = BTC_SEQUENCE_FINAL};
    }
    tx->outputs[0].value_sat = 1000;
    assert_tx_refused(regtest, tx, BTC_BLOCK_SIGOPS);
    tx->input_count = 1300; /* 78,000: below; then the scripts are judged, and fail */
    assert_tx_refused(regtest, tx, BTC_BLOCK_SCRIPT);
}

/* ---- locks ---- */

static struct btc_tx *locked(struct regtest *regtest, uint32_t height, uint32_t locktime, uint32_t sequence)
{
    const struct btc_outpoint outpoint = regtest_coinbase(regtest, height);
    const int64_t value_sat = FIRST;
    return regtest_spend(regtest, &(struct regtest_spend){.inputs = &outpoint,
                                                          .values_sat = &value_sat,
                                                          .input_count = 1,
                                                          .sequence = sequence,
                                                          .locktime = locktime,
                                                          .outputs_sat = &value_sat,
                                                          .output_count = 1});
}

static void assert_mined(struct regtest *regtest, const struct btc_tx *tx)
{
    regtest_mine(regtest, &tx, 1, 0);
}

static void absolute_locks_open_at_their_height_and_median_time(void **state)
{
    struct regtest *regtest = *state;
    /* a lock at height h lets the transaction into block h + 1 */
    assert_tx_refused(regtest, locked(regtest, 1, 102, 0), BTC_BLOCK_NONFINAL);
    assert_mined(regtest, locked(regtest, 1, 101, 0));
    assert_mined(regtest, locked(regtest, 2, 1000, BTC_SEQUENCE_FINAL)); /* final sequences switch it off */
    uint32_t median = btc_median_time(&regtest->chain.recent);           /* BIP 113 */
    assert_tx_refused(regtest, locked(regtest, 3, median, 0), BTC_BLOCK_NONFINAL);
    assert_mined(regtest, locked(regtest, 3, median - 1, 0));
}

static void relative_locks_open_blocks_and_times_later(void **state)
{
    struct regtest *regtest = *state;
    const struct btc_tx *pay = regtest_pay(regtest, regtest_coinbase(regtest, 1), FIRST, 0);
    uint32_t before = btc_median_time(&regtest->chain.recent);
    assert_mined(regtest, pay); /* block 102; its parent's median time is before */
    const struct btc_outpoint outpoint = regtest_outpoint(pay, 0);
    const int64_t value_sat = FIRST;
    struct regtest_spend spend = {.inputs = &outpoint,
                                  .values_sat = &value_sat,
                                  .input_count = 1,
                                  .outputs_sat = &value_sat,
                                  .output_count = 1,
                                  .sequence = 3};
    struct btc_tx *by_height = regtest_spend(regtest, &spend);
    spend.sequence = BTC_SEQUENCE_LOCK_TIME | 20; /* 10,240 s */
    struct btc_tx *by_time = regtest_spend(regtest, &spend);
    regtest_mine_empty(regtest, 1);
    assert_tx_refused(regtest, by_height, BTC_BLOCK_NONFINAL); /* block 104, 2 after */
    regtest_mine_empty(regtest, 1);
    struct btc_block at_height = block_with(regtest, by_height, 0); /* block 105, 3 after */
    assert_int_equal(regtest_connect(regtest, &at_height), BTC_BLOCK_OK);
    regtest_disconnect(regtest);
    unsigned refusals = 0;
    while (btc_median_time(&regtest->chain.recent) < before + 20 * 512) {
        assert_tx_refused(regtest, by_time, BTC_BLOCK_NONFINAL);
        regtest_mine_empty(regtest, 1);
        refusals++;
    }
    assert_true(refusals > 1);
    assert_mined(regtest, by_time);
}

static void relative_locks_open_to_the_second_and_the_block(void **state)
{
    struct regtest *regtest = *state;
    struct btc_tx *tx = regtest_pay(regtest, regtest_coinbase(regtest, 1), FIRST, 7);
    struct btc_coin coin = {.age = {50, 1000000}, .output = {FIRST, btc_bytes(regtest->script, BTC_P2WPKH_BYTES)}};
    struct btc_inputs inputs;
    struct btc_block_fault fault;
    int64_t fee_sat;
    assert_true(btc_inputs_take(&inputs, tx, &regtest->arena));
    btc_inputs_set(&inputs, 0, &coin);
    tx->inputs[0].sequence = BTC_SEQUENCE_LOCK_TIME | 3;
    struct btc_inputs_place place = {60, 1000000 + 3 * 512 - 1};
    assert_int_equal(btc_inputs_check(&fee_sat, &fault, &inputs, &place), BTC_BLOCK_NONFINAL);
    place.median_time++;
    assert_int_equal(btc_inputs_check(&fee_sat, &fault, &inputs, &place), BTC_BLOCK_OK);
    assert_int_equal(fee_sat, 7);
    tx->inputs[0].sequence = 11;
    assert_int_equal(btc_inputs_check(&fee_sat, &fault, &inputs, &place), BTC_BLOCK_NONFINAL);
    place.height++;
    assert_int_equal(btc_inputs_check(&fee_sat, &fault, &inputs, &place), BTC_BLOCK_OK);
}

static void relative_locks_need_version_2(void **state)
{
    struct regtest *regtest = *state;
    struct btc_tx *tx = locked(regtest, 1, 0, 200);
    assert_tx_refused(regtest, tx, BTC_BLOCK_NONFINAL);
    const int64_t value_sat = FIRST;
    tx->version = 1;
    regtest_sign(regtest, tx, &value_sat);
    assert_mined(regtest, tx);
}

/* ---- memory ---- */

static void running_out_of_memory_changes_nothing(void **state)
{
    struct regtest *regtest = *state;
    enum btc_block_error error = BTC_BLOCK_NO_MEMORY;
    static uint8_t large[200] = {0x51}; /* a script that does not lie in the coin */
    struct btc_tx *tx = regtest_pay(regtest, regtest_coinbase(regtest, 1), FIRST, 0);
    const int64_t value_sat = FIRST;
    tx->outputs[0].script = btc_bytes(large, sizeof large);
    regtest_sign(regtest, tx, &value_sat);
    struct btc_block block = block_with(regtest, tx, 0);
    int64_t needed = 0;
    for (; error == BTC_BLOCK_NO_MEMORY; needed++) {
        regtest->allocator.fail_after = needed;
        struct btc_undo undo;
        uint8_t before[32], after[32];
        btc_utxo_digest(before, &regtest->chain.coins);
        error = btc_chain_connect(&regtest->chain, &undo, NULL, &block, &regtest->options);
        btc_utxo_digest(after, &regtest->chain.coins);
        assert_int_equal(memcmp(before, after, 32) == 0, error == BTC_BLOCK_NO_MEMORY);
        if (error == BTC_BLOCK_OK)
            regtest->blocks[regtest->chain.height] = (struct regtest_block){block, undo};
    }
    assert_int_equal(error, BTC_BLOCK_OK);
    assert_true(needed >= 3); /* the script and the undo data failed once each */
    regtest->allocator.fail_after = -1;
    size_t used = regtest->scratch.used;
    struct btc_arena small;
    uint8_t bytes[16];
    btc_arena_init(&small, bytes, sizeof bytes);
    assert_int_equal(btc_chain_disconnect(&regtest->chain, &block, &regtest->blocks[102].undo, &small),
                     BTC_BLOCK_NO_MEMORY);
    assert_int_equal(small.used, 0);
    assert_int_equal(used, regtest->scratch.used);
    regtest_disconnect(regtest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(work_and_merkle_root_are_checked),
        TEST(a_mutated_merkle_tree_is_refused),
        TEST(exactly_the_first_transaction_is_a_coinbase),
        TEST(malformed_transactions_are_named),
        TEST(blocks_have_limits_of_size_and_sigops),
        TEST(headers_follow_the_tip),
        TEST(the_coinbase_names_the_height),
        TEST(the_witness_commitment_commits),
        TEST(missing_spent_and_immature_coins_are_refused),
        TEST(nobody_makes_money),
        TEST(sums_out_of_range_are_refused),
        TEST(unspent_outputs_are_not_overwritten),
        TEST(scripts_are_judged),
        TEST(taproot_outputs_can_be_made_but_not_spent),
        TEST(sigops_of_witnesses_and_p2sh_count),
        TEST(absolute_locks_open_at_their_height_and_median_time),
        TEST(relative_locks_open_blocks_and_times_later),
        TEST(relative_locks_open_to_the_second_and_the_block),
        TEST(relative_locks_need_version_2),
        TEST(running_out_of_memory_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
