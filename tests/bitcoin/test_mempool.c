/* test_mempool.c: who may enter the mempool, rule by rule.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/bitcoin/hash.h"
#include "tests/bitcoin/pool_bench.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

/* ---- who may enter ---- */

static void a_good_payment_enters_once(void **state)
{
    struct bench *bench = *state;
    struct btc_tx *tx = pay(bench, 0, 1000);
    struct btc_mempool_verdict verdict = offer(bench, tx);
    assert_int_equal(verdict.error, BTC_MEMPOOL_OK);
    assert_int_equal(verdict.fee_sat, 1000);
    assert_int_equal(verdict.vbytes, 110);
    assert_int_equal(bench->events[BTC_MEMPOOL_ADDED], 1);
    assert_ptr_not_equal(btc_mempool_spender(&bench->pool, &bench->coins[0]), NULL);
    assert_null(btc_mempool_spender(&bench->pool, &bench->coins[1]));
    assert_offer(bench, tx, BTC_MEMPOOL_ALREADY);
    resign(bench, tx);
    tx->inputs[0].witness[0].length--; /* another witness, the same txid */
    assert_offer(bench, tx, BTC_MEMPOOL_SAME_TXID);
}

static void add_fee(void *context, const struct btc_mempool_info *info)
{
    *(int64_t *)context += info->fee_sat;
}

static void a_visit_meets_everything_once(void **state)
{
    struct bench *bench = *state;
    int64_t sum_sat = 0;
    for (uint32_t i = 0; i < 10; i++)
        assert_offer(bench, pay_rbf(bench, i, 1000 << i), BTC_MEMPOOL_OK);
    assert_offer(bench, pay(bench, 4, 50000), BTC_MEMPOOL_OK); /* in the place of 16,000 */
    btc_mempool_visit(&bench->pool, add_fee, &sum_sat);
    assert_int_equal(sum_sat, 1000 * 1023 - 16000 + 50000);
}

static void what_is_no_payment_is_refused(void **state)
{
    struct bench *bench = *state;
    assert_offer(bench, &bench->regtest->blocks[5].block.txs[0], BTC_MEMPOOL_COINBASE);
    struct btc_tx *tx = pay(bench, 0, 1000);
    tx->outputs[0].value_sat = -1;
    assert_offer(bench, tx, BTC_MEMPOOL_TX);
    struct btc_outpoint nowhere = {{5}, 5};
    assert_offer(bench, regtest_pay(bench->regtest, nowhere, EACH, 1000), BTC_MEMPOOL_MISSING);
    assert_offer(bench, pay(bench, 0, -1000), BTC_MEMPOOL_INPUTS);
    assert_offer(bench, regtest_pay(bench->regtest, regtest_coinbase(bench->regtest, 50), FIRST, 1000),
                 BTC_MEMPOOL_INPUTS);
    assert_int_equal(offer(bench, pay(bench, 0, -1)).block_error, BTC_BLOCK_IN_BELOW_OUT);
    tx = pay(bench, 0, 1000);
    ((uint8_t *)(uintptr_t)tx->inputs[0].witness[0].data)[10] ^= 1;
    assert_offer(bench, tx, BTC_MEMPOOL_SCRIPT);
    assert_offer(bench, &bench->regtest->blocks[102].block.txs[1], BTC_MEMPOOL_KNOWN);
}

static void locks_must_open_in_the_next_block(void **state)
{
    struct bench *bench = *state;
    struct btc_tx *tx = pay_rbf(bench, 0, 1000);
    tx->locktime = 103; /* tip 102: only block 104 may have it */
    resign(bench, tx);
    assert_offer(bench, tx, BTC_MEMPOOL_NONFINAL);
    tx->locktime = 102;
    resign(bench, tx);
    assert_offer(bench, tx, BTC_MEMPOOL_OK);
    tx = pay_rbf(bench, 1, 1000);
    tx->inputs[0].sequence = 2; /* the coin is in block 102 */
    resign(bench, tx);
    assert_offer(bench, tx, BTC_MEMPOOL_INPUTS);
    assert_int_equal(offer(bench, tx).block_error, BTC_BLOCK_NONFINAL);
    tx->inputs[0].sequence = 1;
    resign(bench, tx);
    assert_offer(bench, tx, BTC_MEMPOOL_OK);
}

static void errors_have_names_of_their_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < BTC_MEMPOOL_ERROR_COUNT; i++)
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(btc_mempool_error_name(i), btc_mempool_error_name(k));
}

/* ---- standard forms ---- */

static void assert_nonstandard(struct bench *bench, const struct btc_tx *tx, enum btc_standard_error error)
{
    struct btc_mempool_verdict verdict = offer(bench, tx);
    assert_int_equal(verdict.error, BTC_MEMPOOL_NONSTANDARD);
    assert_string_equal(btc_standard_error_name(verdict.standard_error), btc_standard_error_name(error));
}

static void forms_that_are_not_standard_are_named(void **state)
{
    struct bench *bench = *state;
    static uint8_t bytes[420000];
    struct btc_tx *tx = pay(bench, 0, 1000);
    tx->version = 3;
    assert_nonstandard(bench, tx, BTC_STANDARD_VERSION);
    tx = pay(bench, 0, 1000);
    tx->inputs[0].witness[0] = btc_bytes(bytes, sizeof bytes);
    assert_nonstandard(bench, tx, BTC_STANDARD_TX_SIZE);
    tx = pay(bench, 0, 1000);
    tx->inputs[0].script = btc_bytes(bytes, 1651);
    assert_nonstandard(bench, tx, BTC_STANDARD_SCRIPTSIG_SIZE);
    static const uint8_t NOT_A_PUSH[] = {0x61};
    tx->inputs[0].script = btc_bytes(NOT_A_PUSH, 1);
    assert_nonstandard(bench, tx, BTC_STANDARD_SCRIPTSIG_PUSH);
    tx = pay(bench, 0, 1000);
    static const uint8_t TRUE_SCRIPT[] = {0x51};
    tx->outputs[0].script = btc_bytes(TRUE_SCRIPT, 1);
    assert_nonstandard(bench, tx, BTC_STANDARD_SCRIPTPUBKEY);
    static uint8_t record[90] = {0x6a, 0x4c, 81};
    tx->outputs[0].script = btc_bytes(record, 84); /* 83 bytes may be */
    assert_nonstandard(bench, tx, BTC_STANDARD_SCRIPTPUBKEY);
    static const uint8_t SHORT_RECORD[] = {0x6a};
    tx->outputs[0].script = btc_bytes(SHORT_RECORD, 1);
    assert_nonstandard(bench, tx, BTC_STANDARD_TX_SIZE_SMALL);
    tx = spread(bench, bench->coins[0], EACH, BTC_SEQUENCE_FINAL, 1000, 2);
    tx->outputs[0].script = tx->outputs[1].script = btc_bytes(SHORT_RECORD, 1);
    assert_nonstandard(bench, tx, BTC_STANDARD_MULTI_OP_RETURN);
}

/* One of 80 bytes; since 2025 as many and as long as a transaction can hold. */
static void records_have_limits_by_era(void **state)
{
    struct bench *bench = *state;
    static uint8_t record[99000] = {BTC_OP_RETURN};
    const struct btc_policy *old = btc_policy_of_era(BTC_POLICY_2024), *late = btc_policy_of_era(BTC_POLICY_2025);
    for (size_t at = 1; at + 77 < sizeof record; at += 76)
        record[at] = 75; /* pushes */
    struct btc_tx *tx = spread(bench, bench->coins[0], EACH, BTC_SEQUENCE_FINAL, 1000, 2);
    tx->outputs[0].script = btc_bytes(record, 1 + 76);
    assert_int_equal(btc_standard_check(tx, old), BTC_STANDARD_OK);
    tx->outputs[1].script = btc_bytes(record, 1 + 76);
    assert_int_equal(btc_standard_check(tx, old), BTC_STANDARD_MULTI_OP_RETURN);
    assert_int_equal(btc_standard_check(tx, late), BTC_STANDARD_OK);
    tx->outputs[1].script = btc_bytes(record, 1 + 76 * 1300);
    assert_int_equal(btc_standard_check(tx, old), BTC_STANDARD_SCRIPTPUBKEY);
    assert_int_equal(btc_standard_check(tx, late), BTC_STANDARD_OK);
    struct btc_policy own = *late; /* a node can be told to take less */
    own.max_record_bytes = 77 + 98801;
    assert_int_equal(btc_standard_check(tx, &own), BTC_STANDARD_OK);
    own.max_record_bytes--;
    assert_int_equal(btc_standard_check(tx, &own), BTC_STANDARD_DATACARRIER);
}

static void signature_operations_have_a_limit(void **state)
{
    struct bench *bench = *state;
    static uint8_t script[201];
    memset(script, BTC_OP_CHECKMULTISIG, sizeof script);
    bench->pool.policy.standardness = BTC_STANDARD_IGNORED;
    struct btc_tx *tx = pay(bench, 0, 100000);
    tx->outputs[0].script = btc_bytes(script, 199); /* 199 * 20 * 4, and one of the witness: 15,921 */
    resign(bench, tx);
    assert_offer(bench, tx, BTC_MEMPOOL_OK);
    tx = pay(bench, 1, 100000);
    tx->outputs[0].script = btc_bytes(script, 200);
    resign(bench, tx);
    assert_offer(bench, tx, BTC_MEMPOOL_SIGOPS);
}

static void dust_has_a_limit_for_each_form(void **state)
{
    struct bench *bench = *state;
    static const struct {
        uint8_t bytes[34];
        size_t length;
        int64_t limit_sat;
    } FORMS[] = {
        {{0x76, 0xa9, 0x14, [23] = 0x88, 0xac}, 25, 546},
        {{0xa9, 0x14, [22] = 0x87}, 23, 540},
        {{0x00, 0x14}, 22, 294},
        {{0x00, 0x20}, 34, 330},
        {{0x51, 0x20}, 34, 330},
        {{0x6a}, 1, 0},
    };
    for (size_t i = 0; i < sizeof FORMS / sizeof *FORMS; i++) {
        struct btc_output output = {0, btc_bytes(FORMS[i].bytes, FORMS[i].length)};
        assert_int_equal(btc_dust_limit_sat(&output, 750), FORMS[i].limit_sat);
    }
    struct btc_tx *tx = spread(bench, bench->coins[0], EACH, BTC_SEQUENCE_FINAL, 1000, 2);
    tx->outputs[1].value_sat = 293;
    assert_nonstandard(bench, tx, BTC_STANDARD_DUST);
    tx->outputs[1].value_sat = 294;
    resign(bench, tx);
    assert_offer(bench, tx, BTC_MEMPOOL_OK);
}

/* Puts a coin of any script under the pool. */
static struct btc_outpoint plant(struct bench *bench, uint8_t number, struct btc_bytes script)
{
    struct btc_coin coin = {.outpoint = {{number}, 0}, .age = {1, 1}, .output = {EACH, script}};
    assert_true(btc_utxo_add(&bench->regtest->chain.coins, &coin));
    return coin.outpoint;
}

static void spends_that_are_not_standard_are_named(void **state)
{
    struct bench *bench = *state;
    static const uint8_t BARE[] = {0x51}, FUTURE[] = {0x52, 0x02, 1, 2};
    struct btc_tx *tx = regtest_pay(bench->regtest, plant(bench, 1, btc_bytes(BARE, 1)), EACH, 1000);
    assert_nonstandard(bench, tx, BTC_STANDARD_INPUTS);
    tx = regtest_pay(bench->regtest, plant(bench, 2, btc_bytes(FUTURE, sizeof FUTURE)), EACH, 1000);
    assert_nonstandard(bench, tx, BTC_STANDARD_INPUTS);
    static uint8_t p2pkh[25] = {0x76, 0xa9, 0x14, [23] = 0x88, 0xac};
    tx = regtest_pay(bench->regtest, plant(bench, 3, btc_bytes(p2pkh, 25)), EACH, 1000); /* with a witness */
    assert_nonstandard(bench, tx, BTC_STANDARD_WITNESS);
    /* P2WSH: an item of 81 bytes, and a script of 3,601 */
    static uint8_t script[3601], item[81], p2wsh[34] = {0x00, 0x20};
    btc_sha256(p2wsh + 2, script, sizeof script);
    tx = regtest_pay(bench->regtest, plant(bench, 4, btc_bytes(p2wsh, 34)), EACH, 10000);
    tx->inputs[0].witness[1] = btc_bytes(script, sizeof script);
    tx->inputs[0].witness[0] = btc_bytes(item, 80);
    assert_nonstandard(bench, tx, BTC_STANDARD_WITNESS);
    tx->inputs[0].witness[1].length = 3600;
    tx->inputs[0].witness[0].length = 81;
    assert_nonstandard(bench, tx, BTC_STANDARD_WITNESS);
    tx->inputs[0].witness[0].length = 80;
    assert_offer(bench, tx, BTC_MEMPOOL_SCRIPT); /* standard in form, but the hash is another */
    /* P2SH with 16 signature operations */
    static uint8_t push[17] = {16}, p2sh[23] = {0xa9, 0x14, [22] = 0x87};
    memset(push + 1, 0xac, 16);
    btc_hash160(p2sh + 2, push + 1, 16);
    tx = regtest_pay(bench->regtest, plant(bench, 5, btc_bytes(p2sh, 23)), EACH, 1000);
    tx->inputs[0].witness_count = 0;
    tx->inputs[0].script = btc_bytes(push, 17);
    assert_nonstandard(bench, tx, BTC_STANDARD_INPUTS);
}

static void nonstandard_transactions_enter_where_standards_are_ignored(void **state)
{
    struct bench *bench = *state;
    struct btc_tx *tx = pay(bench, 0, 1000);
    tx->version = 7;
    resign(bench, tx);
    assert_nonstandard(bench, tx, BTC_STANDARD_VERSION);
    bench->pool.policy.standardness = BTC_STANDARD_IGNORED;
    assert_offer(bench, tx, BTC_MEMPOOL_OK);
}

/* ---- fees and limits ---- */

static void the_relay_fee_is_met_to_the_satoshi(void **state)
{
    struct bench *bench = *state;
    assert_offer(bench, pay(bench, 0, 109), BTC_MEMPOOL_RELAY_FEE); /* 110 vbytes at 1 sat/vB */
    assert_offer(bench, pay(bench, 0, 110), BTC_MEMPOOL_OK);
    btc_mempool_close(&bench->pool);
    open_pool(bench, BTC_POLICY_2025);
    assert_offer(bench, pay(bench, 0, 10), BTC_MEMPOOL_RELAY_FEE);
    assert_offer(bench, pay(bench, 0, 11), BTC_MEMPOOL_OK);
}

static void many_signature_operations_count_as_size(void **state)
{
    struct bench *bench = *state;
    assert_int_equal(btc_policy_vsize(561, 1), 141);
    assert_int_equal(btc_policy_vsize(400, 80), 400);
    struct btc_tx *tx = spread(bench, bench->coins[0], EACH, BTC_SEQUENCE_FINAL, 100000, 60);
    static uint8_t multisig[105] = {0x51};
    for (uint32_t i = 0; i < 3; i++) {
        multisig[1 + 34 * i] = 33;
        memcpy(multisig + 2 + 34 * i, bench->regtest->public_key, 33);
    }
    multisig[103] = 0x53;
    multisig[104] = 0xae;
    for (uint32_t i = 0; i < 60; i++) /* bare multisig counts 20 each: 60 * 20 * 4 = 4,800, as 24,000 vbytes */
        tx->outputs[i].script = btc_bytes(multisig, sizeof multisig);
    resign(bench, tx);
    struct btc_mempool_verdict verdict = offer(bench, tx);
    assert_int_equal(verdict.error, BTC_MEMPOOL_OK);
    assert_int_equal(verdict.vbytes, (60 * 20 * 4 + 1) * 20 / 4);
}

static void chains_of_25_enter_and_the_26th_does_not(void **state)
{
    struct bench *bench = *state;
    struct btc_tx *tx = pay(bench, 0, 1000), *chain[25];
    for (uint32_t i = 0; i < 25; i++) {
        assert_offer(bench, tx, BTC_MEMPOOL_OK);
        chain[i] = tx;
        tx = child_of(bench, tx, 1000);
    }
    assert_offer(bench, tx, BTC_MEMPOOL_CHAIN_TOO_LONG);
    uint8_t txid[32];
    struct btc_mempool_info info;
    btc_txid(txid, chain[24]);
    assert_true(btc_mempool_get(&info, &bench->pool, txid));
    assert_int_equal(info.ancestor_count, 25);
    assert_int_equal(info.ancestor_fee_sat, 25000);
    btc_txid(txid, chain[0]);
    assert_true(btc_mempool_get(&info, &bench->pool, txid));
    assert_int_equal(info.descendant_count, 25);
    assert_in_range(info.descendant_vbytes, 25 * 109, 25 * 110); /* some signatures are a byte shorter */
}

static void a_parent_takes_24_children_and_one_more_by_carve_out(void **state)
{
    struct bench *bench = *state;
    struct btc_tx *parent = spread(bench, bench->coins[0], EACH, BTC_SEQUENCE_FINAL, 10000, 30);
    assert_offer(bench, parent, BTC_MEMPOOL_OK);
    for (uint32_t i = 0; i < 30; i++) {
        struct btc_tx *child =
            spread(bench, regtest_outpoint(parent, i), parent->outputs[i].value_sat, BTC_SEQUENCE_FINAL, 1000, 1);
        assert_offer(bench, child, i < 25 ? BTC_MEMPOOL_OK : BTC_MEMPOOL_CHAIN_TOO_LONG);
    }
}

static void families_have_a_limit_of_size(void **state)
{
    struct bench *bench = *state;
    bench->pool.policy.max_ancestor_vbytes = 329;
    struct btc_tx *a = pay(bench, 0, 1000), *b = child_of(bench, a, 1000), *c = child_of(bench, b, 1000);
    assert_offer(bench, a, BTC_MEMPOOL_OK);
    assert_offer(bench, b, BTC_MEMPOOL_OK);
    assert_offer(bench, c, BTC_MEMPOOL_CHAIN_TOO_LONG); /* 330 vbytes */
    bench->pool.policy.max_ancestor_vbytes = 330;
    assert_offer(bench, c, BTC_MEMPOOL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
        TEST(a_good_payment_enters_once),
        TEST(a_visit_meets_everything_once),
        TEST(what_is_no_payment_is_refused),
        TEST(locks_must_open_in_the_next_block),
        TEST(errors_have_names_of_their_own),
        TEST(forms_that_are_not_standard_are_named),
        TEST(records_have_limits_by_era),
        TEST(signature_operations_have_a_limit),
        TEST(dust_has_a_limit_for_each_form),
        TEST(spends_that_are_not_standard_are_named),
        TEST(nonstandard_transactions_enter_where_standards_are_ignored),
        TEST(the_relay_fee_is_met_to_the_satoshi),
        TEST(many_signature_operations_count_as_size),
        TEST(chains_of_25_enter_and_the_26th_does_not),
        TEST(a_parent_takes_24_children_and_one_more_by_carve_out),
        TEST(families_have_a_limit_of_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
