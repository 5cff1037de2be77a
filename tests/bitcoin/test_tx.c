/* test_tx.c: transactions: parsing and its limits, ids, weight, the checks without context.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/bitcoin/amount.h"
#include "protocol/bitcoin/tx.h"
#include "tests/bitcoin/bip143.h"
#include "tests/bitcoin/hex.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

/* The coinbase of the first block of all. */
#define GENESIS                                                                                                        \
    "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d010445546865205469" \
    "6d"                                                                                                               \
    "65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f72" \
    "2062"                                                                                                             \
    "616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f" \
    "4c"                                                                                                               \
    "ef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000"

static uint8_t memory[1 << 18];
static struct btc_arena arena;

static int reset(void **state)
{
    (void)state;
    btc_arena_init(&arena, memory, sizeof memory);
    return 0;
}

static void ids_of_known_transactions_come_out(void **state)
{
    (void)state;
    uint8_t txid[32], wtxid[32];
    struct btc_tx tx = hex_tx(&arena, GENESIS);
    struct btc_bytes expected = hex_bytes(&arena, "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b");
    btc_txid(txid, &tx);
    btc_wtxid(wtxid, &tx);
    assert_memory_equal(txid, wtxid, 32);
    btc_txid_reverse(txid, txid);
    assert_memory_equal(txid, expected.data, 32);
    assert_true(btc_tx_is_coinbase(&tx));
    assert_int_equal(btc_tx_weight_wu(&tx), 4 * btc_tx_size(&tx, BTC_TX_WITNESS));
    /* Of a segwit transaction the txid leaves out the witness, the wtxid does not. */
    tx = hex_tx(&arena, bip143_examples[1].tx);
    expected = hex_bytes(&arena, "ef48d9d0f595052e0f8cdcf825f7a5e50b6a388a81f206f3f4846e5ecd7a0c23");
    btc_txid(txid, &tx);
    btc_wtxid(wtxid, &tx);
    assert_memory_not_equal(txid, wtxid, 32);
    btc_txid_reverse(txid, txid);
    assert_memory_equal(txid, expected.data, 32);
}

static void a_transaction_is_written_as_it_was_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < BIP143_EXAMPLES; i++) {
        uint8_t again[2000];
        struct btc_writer writer;
        reset(NULL);
        struct btc_bytes bytes = hex_bytes(&arena, bip143_examples[i].tx);
        struct btc_tx tx, copy;
        assert_int_equal(btc_tx_parse(&tx, &arena, bytes), BTC_TX_OK);
        assert_int_equal(btc_tx_copy(&copy, &arena, &tx), BTC_TX_OK);
        for (const struct btc_tx *one = &tx; one != NULL; one = one == &tx ? &copy : NULL) {
            btc_writer_init(&writer, again, sizeof again);
            btc_tx_write(&writer, one, BTC_TX_WITNESS);
            assert_true(btc_bytes_equal(btc_writer_view(&writer), bytes));
        }
        assert_ptr_not_equal(copy.outputs[0].script.data, tx.outputs[0].script.data);
        assert_int_equal(btc_tx_size(&tx, BTC_TX_WITNESS), bytes.length);
        assert_int_equal(btc_tx_weight_wu(&tx), 3 * btc_tx_size(&tx, BTC_TX_BASE) + bytes.length);
        assert_int_equal(btc_tx_vsize(&tx), (btc_tx_weight_wu(&tx) + 3) / 4);
    }
}

static void a_transaction_cut_short_anywhere_is_refused_and_takes_no_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < BIP143_EXAMPLES; i++) {
        reset(NULL);
        struct btc_bytes bytes = hex_bytes(&arena, bip143_examples[i].tx);
        size_t used = arena.used;
        for (size_t length = 0; length < bytes.length; length++) {
            struct btc_tx tx = {.version = 77};
            uint8_t *cut = malloc(length + 1); /* a sanitizer sees a read past its end */
            assert_non_null(cut);
            memcpy(cut, bytes.data, length);
            assert_int_not_equal(btc_tx_parse(&tx, &arena, btc_bytes(cut, length)), BTC_TX_OK);
            assert_int_equal(tx.version, 77);
            assert_int_equal(arena.used, used);
            free(cut);
        }
    }
}

static void malformed_bytes_give_a_named_error(void **state)
{
    (void)state;
#define INPUT                                                                                                          \
    "0000000000000000000000000000000000000000000000000000000000000000"                                                 \
    "00000000"                                                                                                         \
    "00"                                                                                                               \
    "ffffffff"
#define OUTPUT                                                                                                         \
    "0000000000000000"                                                                                                 \
    "00"
    static const struct {
        const char *hex;
        enum btc_tx_error error;
    } cases[] = {
        {"", BTC_TX_SHORT},
        {"02000000"
         "01" INPUT "01" OUTPUT "00000000",
         BTC_TX_OK},
        {"02000000"
         "01" INPUT "01" OUTPUT "0000000000",
         BTC_TX_TRAILING},
        {"02000000"
         "01" INPUT "01" OUTPUT "000000",
         BTC_TX_SHORT},
        {"02000000"
         "fd0100" INPUT "01" OUTPUT "00000000",
         BTC_TX_NONMINIMAL},
        {"02000000"
         "01" INPUT "ff0000000001000000" OUTPUT "00000000",
         BTC_TX_TOO_LARGE},
        {"02000000"
         "02" INPUT "01" OUTPUT "00000000",
         BTC_TX_TOO_LARGE},
        {"02000000"
         "0002"
         "01" INPUT "01" OUTPUT "00000000",
         BTC_TX_UNKNOWN_FLAG},
        {"02000000"
         "0001"
         "01" INPUT "01" OUTPUT "00"
         "00000000",
         BTC_TX_SUPERFLUOUS_WITNESS},
        {"02000000"
         "0001"
         "01" INPUT "01" OUTPUT "0100"
         "00000000",
         BTC_TX_OK},
        {"02000000"
         "0001"
         "01" INPUT "01" OUTPUT "0105aa"
         "00000000",
         BTC_TX_SHORT},
        {"02000000"
         "0000"
         "00000000",
         BTC_TX_OK}, /* neither inputs nor outputs */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct btc_tx tx;
        enum btc_tx_error error = btc_tx_parse(&tx, &arena, hex_bytes(&arena, cases[i].hex));
        assert_string_equal(btc_tx_error_name(error), btc_tx_error_name(cases[i].error));
    }
}

static void an_arena_that_is_too_small_is_said_and_left_alone(void **state)
{
    (void)state;
    struct btc_bytes bytes = hex_bytes(&arena, bip143_examples[4].tx);
    struct btc_tx tx, copy;
    size_t before = arena.used;
    assert_int_equal(btc_tx_parse(&tx, &arena, bytes), BTC_TX_OK);
    size_t needed = arena.used - before;
    assert_true(needed <= BTC_TX_ARENA_BYTES(bytes.length));
    for (size_t capacity = 0; capacity < needed; capacity++) {
        struct btc_arena small;
        btc_arena_init(&small, memory + (1 << 17), capacity);
        assert_int_equal(btc_tx_parse(&tx, &small, bytes), BTC_TX_NO_MEMORY);
        assert_int_equal(btc_tx_copy(&copy, &small, &tx), BTC_TX_NO_MEMORY);
        assert_int_equal(small.used, 0);
    }
}

static void the_arena_bound_holds_for_the_most_wasteful_transactions(void **state)
{
    (void)state;
    static uint8_t bytes[20000], wide[BTC_TX_ARENA_BYTES(sizeof bytes)];
    static struct btc_bytes items[10000];
    static struct btc_input inputs[200];
    static struct btc_output outputs[500];
    static const struct {
        uint32_t inputs, outputs, items;
    } shapes[] = {{1, 1, 10000}, {200, 1, 0}, {1, 500, 0}, {200, 500, 1}, {100, 1, 3}, {1, 1, 0}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        struct btc_tx tx = {2, 0, shapes[i].inputs, shapes[i].outputs, inputs, outputs}, read;
        for (uint32_t k = 0; k < tx.input_count; k++) {
            inputs[k].witness = items;
            inputs[k].witness_count = shapes[i].items;
        }
        struct btc_writer writer;
        struct btc_arena exact;
        btc_writer_init(&writer, bytes, sizeof bytes);
        btc_tx_write(&writer, &tx, BTC_TX_WITNESS);
        assert_false(writer.failed);
        btc_arena_init(&exact, wide, BTC_TX_ARENA_BYTES(writer.length));
        assert_int_equal(btc_tx_parse(&read, &exact, btc_writer_view(&writer)), BTC_TX_OK);
    }
}

/* A transaction that passes every check, to be broken. */
struct draft {
    struct btc_tx tx;
    struct btc_input inputs[200];
    struct btc_output outputs[3];
    uint8_t script[101];
};

static void draft_init(struct draft *draft, uint32_t input_count)
{
    memset(draft, 0, sizeof *draft);
    draft->tx = (struct btc_tx){2, 0, input_count, 3, draft->inputs, draft->outputs};
    for (uint32_t i = 0; i < input_count; i++) {
        draft->inputs[i].previous.txid[31] = (uint8_t)(i * 89);
        draft->inputs[i].previous.index = i / 7;
    }
}

static enum btc_tx_error check(const struct draft *draft)
{
    size_t used = arena.used;
    enum btc_tx_error error = btc_tx_check(&draft->tx, &arena);
    assert_int_equal(arena.used, used);
    return error;
}

static void each_check_has_its_own_error(void **state)
{
    (void)state;
    static struct draft draft;
    static uint8_t large[1000001];
    draft_init(&draft, 2);
    assert_int_equal(check(&draft), BTC_TX_OK);
    draft.tx.input_count = 0;
    assert_int_equal(check(&draft), BTC_TX_NO_INPUTS);
    draft_init(&draft, 2);
    draft.tx.output_count = 0;
    assert_int_equal(check(&draft), BTC_TX_NO_OUTPUTS);
    draft_init(&draft, 2);
    draft.outputs[0].value_sat = -1;
    assert_int_equal(check(&draft), BTC_TX_VALUE_NEGATIVE);
    draft.outputs[0].value_sat = BTC_MAX_MONEY_SAT;
    assert_int_equal(check(&draft), BTC_TX_OK);
    assert_true(btc_tx_output_sum_sat(&draft.tx) == BTC_MAX_MONEY_SAT);
    draft.outputs[1].value_sat = 1;
    assert_int_equal(check(&draft), BTC_TX_SUM_TOO_LARGE);
    draft.outputs[0].value_sat = BTC_MAX_MONEY_SAT + 1;
    assert_int_equal(check(&draft), BTC_TX_VALUE_TOO_LARGE);
    draft_init(&draft, 2);
    draft.inputs[1].previous.index = BTC_OUTPOINT_NULL_INDEX;
    assert_int_equal(check(&draft), BTC_TX_OK);
    memset(draft.inputs[1].previous.txid, 0, 32);
    assert_int_equal(check(&draft), BTC_TX_NULL_PREVIOUS);
    draft_init(&draft, 1);
    draft.outputs[0].script = btc_bytes(large, 999000);
    size_t rest = 1000000 - btc_tx_size(&draft.tx, BTC_TX_BASE);
    draft.outputs[0].script.length += rest;
    assert_int_equal(check(&draft), BTC_TX_OK);
    draft.outputs[0].script.length++;
    assert_int_equal(check(&draft), BTC_TX_OVERSIZE);
}

static void a_coinbase_has_a_script_of_2_to_100_bytes(void **state)
{
    (void)state;
    static struct draft draft;
    draft_init(&draft, 1);
    memset(draft.inputs[0].previous.txid, 0, 32);
    draft.inputs[0].previous.index = BTC_OUTPOINT_NULL_INDEX;
    for (size_t length = 0; length <= 101; length++) {
        draft.inputs[0].script = btc_bytes(draft.script, length);
        bool good = length >= 2 && length <= 100;
        assert_int_equal(check(&draft), good ? BTC_TX_OK : BTC_TX_COINBASE_LENGTH);
    }
}

static void an_outpoint_spent_twice_is_found_among_few_and_among_many(void **state)
{
    (void)state;
    static struct draft draft;
    static const uint32_t counts[] = {2, 3, 64, 65, 200};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (uint32_t first = 0; first < counts[i]; first += 1 + counts[i] / 9) {
            uint32_t second = (first + 1 + counts[i] / 2) % counts[i];
            draft_init(&draft, counts[i]);
            assert_int_equal(check(&draft), BTC_TX_OK);
            draft.inputs[second].previous = draft.inputs[first].previous;
            assert_int_equal(check(&draft), first == second ? BTC_TX_OK : BTC_TX_DUPLICATE_INPUT);
        }
    struct btc_arena none;
    btc_arena_init(&none, NULL, 0);
    draft_init(&draft, 64);
    assert_int_equal(btc_tx_check(&draft.tx, &none), BTC_TX_OK);
    draft_init(&draft, 65);
    assert_int_equal(btc_tx_check(&draft.tx, &none), BTC_TX_NO_MEMORY);
}

static void bip_69_orders_by_the_txid_as_people_read_it(void **state)
{
    (void)state;
    struct btc_outpoint a = {{0}, 5}, b = {{0}, 1};
    a.txid[0] = 9; /* the last byte as people read it */
    b.txid[31] = 1;
    assert_true(btc_outpoint_compare_bip69(&a, &b) < 0);
    memcpy(b.txid, a.txid, 32);
    assert_true(btc_outpoint_compare_bip69(&a, &b) > 0);
    struct btc_output x = {5, btc_bytes("ab", 2)}, y = {5, btc_bytes("abc", 3)};
    assert_true(btc_output_compare_bip69(&x, &y) < 0);
    x.value_sat = 6;
    assert_true(btc_output_compare_bip69(&x, &y) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(ids_of_known_transactions_come_out, reset),
        cmocka_unit_test_setup(a_transaction_is_written_as_it_was_read, reset),
        cmocka_unit_test_setup(a_transaction_cut_short_anywhere_is_refused_and_takes_no_memory, reset),
        cmocka_unit_test_setup(malformed_bytes_give_a_named_error, reset),
        cmocka_unit_test_setup(an_arena_that_is_too_small_is_said_and_left_alone, reset),
        cmocka_unit_test_setup(the_arena_bound_holds_for_the_most_wasteful_transactions, reset),
        cmocka_unit_test_setup(each_check_has_its_own_error, reset),
        cmocka_unit_test_setup(a_coinbase_has_a_script_of_2_to_100_bytes, reset),
        cmocka_unit_test_setup(an_outpoint_spent_twice_is_found_among_few_and_among_many, reset),
        cmocka_unit_test_setup(bip_69_orders_by_the_txid_as_people_read_it, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
