/* test_interpreter.c: script evaluation: constants of Bitcoin Core and BIP 143, and every limit from both sides. [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/interpreter.h"
#include "tests/bitcoin/bip143.h"
#include "tests/bitcoin/core_cases.h"
#include "tests/bitcoin/hex.h"
#include "tests/bitcoin/script_text.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <string.h>

#define MANY_ITEMS 6000

static uint8_t memory[1 << 20];
static struct btc_arena arena;
static struct btc_script_space space;
static struct btc_curve curve;

static int reset(void **state)
{
    (void)state;
    btc_arena_init(&arena, memory, sizeof memory);
    return 0;
}

/* A judge for tests: a signature is good if it is the last bytes of the key. */
static bool judge_ends(void *context, const struct btc_signature_check *check)
{
    (void)context;
    size_t length = check->signature.length, rest = check->public_key.length - length;
    return length > 0 && memcmp(check->public_key.data + rest, check->signature.data, length) == 0;
}

struct trial {
    struct btc_bytes script_sig, script;
    struct btc_bytes *witness;
    uint32_t witness_count;
    btc_signature_judge *judge;
};

/* What comes out, when the transaction that spends it is as in Core's script tests. */
static enum btc_script_error run(const struct trial *trial, uint32_t flags)
{
    static const uint8_t two_zeros[2] = {BTC_OP_0, BTC_OP_0};
    struct btc_output spent = {.script = trial->script}, output = {0};
    struct btc_input origin = {
        .previous.index = BTC_OUTPOINT_NULL_INDEX, .script = btc_bytes(two_zeros, 2), .sequence = BTC_SEQUENCE_FINAL};
    struct btc_tx credit = {1, 0, 1, 1, &origin, &spent};
    struct btc_input input = {.script = trial->script_sig,
                              .sequence = BTC_SEQUENCE_FINAL,
                              .witness = trial->witness,
                              .witness_count = trial->witness_count};
    struct btc_tx tx = {1, 0, 1, 1, &input, &output};
    btc_txid(input.previous.txid, &credit);
    const struct btc_spend spend = {.curve = &curve, .tx = &tx, .spent = &spent, .judge = trial->judge};
    return btc_script_verify(&space, &spend, flags);
}

static void expect(const char *script_sig, const char *script, uint32_t flags, const char *expected)
{
    const struct trial trial = {
        .script_sig = script_from_text(&arena, script_sig), .script = script_from_text(&arena, script), .judge = NULL};
    const char *actual = btc_script_error_name(run(&trial, flags));
    if (strcmp(actual, expected) != 0)
        fail_msg("%s | %s: %s instead of %s", script_sig, script, actual, expected);
}

static void scripts_end_as_in_bitcoin_core(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof core_script_cases / sizeof *core_script_cases; i++) {
        reset(NULL);
        const struct core_script_case *one = &core_script_cases[i];
        expect(one->script_sig, one->script, flags_fill(flags_from_text(one->flags)), one->error);
    }
}

static void transactions_pass_and_fail_as_in_bitcoin_core(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof core_tx_cases / sizeof *core_tx_cases; i++) {
        reset(NULL);
        const struct core_tx_case *one = &core_tx_cases[i];
        struct btc_tx tx = hex_tx(&arena, one->tx);
        struct btc_output spent = {one->value_sat, script_from_text(&arena, one->spent_script)};
        const struct btc_tx_spend spend = {.curve = &curve, .tx = &tx, .spent = &spent};
        uint32_t named = flags_from_text(one->flags), failed;
        uint32_t flags = one->valid ? BTC_VERIFY_ALL & ~named : named;
        assert_int_equal(btc_tx_verify(&space, &failed, &spend, flags) == BTC_SCRIPT_OK, one->valid);
    }
}

static void the_transactions_of_bip_143_pass_and_fail_with_another_amount(void **state)
{
    (void)state;
    for (size_t i = 0; i < BIP143_EXAMPLES; i++) {
        reset(NULL);
        struct btc_tx tx = hex_tx(&arena, bip143_examples[i].tx);
        struct btc_output spent[2] = {{0}};
        uint32_t failed = 99;
        for (uint32_t k = 0; k < tx.input_count; k++)
            spent[k] = (struct btc_output){bip143_examples[i].spent[k].value_sat,
                                           hex_bytes(&arena, bip143_examples[i].spent[k].script)};
        const struct btc_tx_spend spend = {.curve = &curve, .tx = &tx, .spent = spent};
        assert_int_equal(btc_tx_verify(&space, &failed, &spend, BTC_VERIFY_CONSENSUS), BTC_SCRIPT_OK);
        spent[tx.input_count - 1].value_sat++;
        assert_int_not_equal(btc_tx_verify(&space, &failed, &spend, BTC_VERIFY_CONSENSUS), BTC_SCRIPT_OK);
        assert_int_equal(failed, tx.input_count - 1);
    }
}

/* A script of `count` times `code`, between two texts. */
static struct btc_bytes repeat(const char *before, uint8_t code, size_t count, const char *after)
{
    struct btc_bytes first = script_from_text(&arena, before), last = script_from_text(&arena, after);
    uint8_t *script = btc_arena_take(&arena, first.length + count + last.length, 1);
    assert_non_null(script);
    memcpy(script, first.data, first.length);
    memset(script + first.length, code, count);
    memcpy(script + first.length + count, last.data, last.length);
    return btc_bytes(script, first.length + count + last.length);
}

static enum btc_script_error run_script(struct btc_bytes script)
{
    const struct trial trial = {.script = script};
    return run(&trial, BTC_VERIFY_CONSENSUS);
}

static void limits_hold_to_the_last_one(void **state)
{
    (void)state;
    assert_int_equal(run_script(repeat("1", BTC_OP_NOP, 201, "")), BTC_SCRIPT_OK);
    assert_int_equal(run_script(repeat("1", BTC_OP_NOP, 202, "")), BTC_SCRIPT_OP_COUNT);
    assert_int_equal(run_script(repeat("", BTC_OP_16, 202, "")), BTC_SCRIPT_OK);
    assert_int_equal(run_script(repeat("", BTC_OP_1, 1000, "")), BTC_SCRIPT_OK);
    assert_int_equal(run_script(repeat("", BTC_OP_1, 1001, "")), BTC_SCRIPT_STACK_SIZE);
    assert_int_equal(run_script(repeat("1 TOALTSTACK", BTC_OP_1, 999, "")), BTC_SCRIPT_OK);
    assert_int_equal(run_script(repeat("1 TOALTSTACK", BTC_OP_1, 1000, "")), BTC_SCRIPT_STACK_SIZE);
    assert_int_equal(run_script(repeat("", BTC_OP_1, 998, "2DUP")), BTC_SCRIPT_OK);
    assert_int_equal(run_script(repeat("", BTC_OP_1, 998, "3DUP")), BTC_SCRIPT_STACK_SIZE);
    assert_int_equal(run_script(repeat("", BTC_OP_1, 10001, "")), BTC_SCRIPT_SCRIPT_SIZE);
    assert_int_equal(run_script(repeat("0x4d 0x0802", 0x55, 520, "")), BTC_SCRIPT_OK);
    assert_int_equal(run_script(repeat("0x4d 0x0902", 0x55, 521, "")), BTC_SCRIPT_PUSH_SIZE);
    assert_int_equal(run_script(repeat("0 IF 0x4d 0x0902", 0x55, 521, "ENDIF 1")), BTC_SCRIPT_PUSH_SIZE);
    assert_int_equal(run_script(repeat("1", BTC_OP_IF, 2, "")), BTC_SCRIPT_UNBALANCED_CONDITIONAL);
}

static void keys_of_a_multisig_count_as_operations(void **state)
{
    (void)state;
    const char *twenty = "0 0 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 20 CHECKMULTISIG";
    char text[4000] = "";
    for (int i = 0; i < 9; i++) /* 9 * (1 + 20 + 1) = 198 operations */
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s DROP ", twenty);
    snprintf(text + strlen(text), sizeof text - strlen(text), "NOP NOP NOP 1");
    expect("", text, BTC_VERIFY_CONSENSUS, "OK");
    snprintf(text + strlen(text), sizeof text - strlen(text), " NOP");
    expect("", text, BTC_VERIFY_CONSENSUS, "OP_COUNT");
    expect("", "0 0 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 21 CHECKMULTISIG", BTC_VERIFY_CONSENSUS, "PUBKEY_COUNT");
    expect("", "0 0 -1 CHECKMULTISIG", BTC_VERIFY_CONSENSUS, "PUBKEY_COUNT");
    expect("", "0 0 2 1 1 CHECKMULTISIG", BTC_VERIFY_CONSENSUS, "SIG_COUNT");
    expect("", "0 0 CHECKMULTISIG", BTC_VERIFY_CONSENSUS, "INVALID_STACK_OPERATION");
    expect("", "0 0 0 CHECKMULTISIG", BTC_VERIFY_CONSENSUS, "OK");
    expect("", "1 0 0 CHECKMULTISIG", BTC_VERIFY_CONSENSUS, "SIG_NULLDUMMY");
}

static void every_disabled_opcode_fails_even_where_it_is_not_executed(void **state)
{
    (void)state;
    static const uint8_t disabled[] = {BTC_OP_CAT, BTC_OP_SUBSTR, BTC_OP_LEFT, BTC_OP_RIGHT,  BTC_OP_INVERT,
                                       BTC_OP_AND, BTC_OP_OR,     BTC_OP_XOR,  BTC_OP_2MUL,   BTC_OP_2DIV,
                                       BTC_OP_MUL, BTC_OP_DIV,    BTC_OP_MOD,  BTC_OP_LSHIFT, BTC_OP_RSHIFT};
    for (size_t i = 0; i < sizeof disabled; i++)
        assert_int_equal(run_script(repeat("0 IF", disabled[i], 1, "ENDIF 1")), BTC_SCRIPT_DISABLED_OPCODE);
}

static void opcodes_without_a_meaning_fail_only_where_they_are_executed(void **state)
{
    (void)state;
    for (unsigned code = 0; code < 256; code++) {
        bool undefined = code == BTC_OP_RESERVED || code == BTC_OP_VER || code == BTC_OP_RESERVED1 ||
                         code == BTC_OP_RESERVED2 || code >= BTC_OP_CHECKSIGADD;
        if (!undefined)
            continue;
        assert_int_equal(run_script(repeat("0 IF", (uint8_t)code, 1, "ENDIF 1")), BTC_SCRIPT_OK);
        assert_int_equal(run_script(repeat("1", (uint8_t)code, 1, "")), BTC_SCRIPT_BAD_OPCODE);
    }
    expect("", "0 IF VERIF ENDIF 1", BTC_VERIFY_CONSENSUS, "BAD_OPCODE");
    expect("", "0 IF VERNOTIF ENDIF 1", BTC_VERIFY_CONSENSUS, "BAD_OPCODE");
}

/* Nested conditions against a plain reading of them: every way to take two levels with ELSE in each place. */
static void nested_conditions_run_exactly_the_branch_they_should(void **state)
{
    (void)state;
    for (int outer = 0; outer <= 1; outer++)
        for (int inner = 0; inner <= 1; inner++) {
            char text[200];
            int expected = outer ? (inner ? 2 : 3) : (inner ? 4 : 5);
            snprintf(text, sizeof text, "%d %d IF IF 2 ELSE 3 ENDIF ELSE NOTIF 5 ELSE 4 ENDIF ENDIF %d EQUAL", inner,
                     outer, expected);
            expect("", text, BTC_VERIFY_CONSENSUS, "OK");
            /* A second ELSE turns back to the first branch. */
            snprintf(text, sizeof text, "%d %d IF 1 ELSE 2 ELSE 3 ENDIF %s EQUALVERIFY %d EQUAL", inner, outer,
                     outer ? "3 EQUALVERIFY 1" : "2", inner);
            expect("", text, BTC_VERIFY_CONSENSUS, "OK");
        }
}

/* A P2WSH output of a witness script, with `count` items of one byte each below the script. */
static enum btc_script_error run_witness(const char *text, uint32_t count, size_t item_length)
{
    static struct btc_bytes items[MANY_ITEMS + 1];
    static const uint8_t item[521] = {1};
    uint8_t hash[32], script[BTC_P2WSH_BYTES];
    struct btc_bytes code = script_from_text(&arena, text);
    assert_true(count <= MANY_ITEMS);
    for (uint32_t i = 0; i < count; i++)
        items[i] = btc_bytes(item, item_length);
    items[count] = code;
    btc_sha256(hash, code.data, code.length);
    btc_script_p2wsh(script, hash);
    const struct trial trial = {
        .script = btc_bytes(script, sizeof script), .witness = items, .witness_count = count + 1};
    return run(&trial, BTC_VERIFY_CONSENSUS);
}

/* A first operation may find more than 1,000 items, and may bring them down to 1,000: a multisig takes 43. The machine
 * keeps only the upper ones of a larger witness; what it says must not show it. */
static void a_witness_with_too_many_items_fails_as_if_all_were_kept(void **state)
{
    (void)state;
    static const uint32_t counts[] = {1001, 1043, 1044, 1045, 1046, 2000, MANY_ITEMS};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        uint32_t count = counts[i];
        assert_int_equal(run_witness("", count, 1), BTC_SCRIPT_CLEANSTACK);
        assert_int_equal(run_witness("DEPTH", count, 1), BTC_SCRIPT_STACK_SIZE);
        assert_int_equal(run_witness("RETURN", count, 1), BTC_SCRIPT_OP_RETURN);
        assert_int_equal(run_witness("CAT", count, 1), BTC_SCRIPT_DISABLED_OPCODE);
        assert_int_equal(run_witness("PICK", count, 1), BTC_SCRIPT_STACK_SIZE);
        assert_int_equal(run_witness("DROP", count, 521), BTC_SCRIPT_PUSH_SIZE);
    }
    /* 1001 items come down to 1000 by one operation, 1002 do not. */
    assert_int_equal(run_witness("DROP DROP DROP DEPTH 998 EQUALVERIFY RETURN", 1001, 1), BTC_SCRIPT_OP_RETURN);
    assert_int_equal(run_witness("DROP DROP DROP DEPTH 999 EQUALVERIFY RETURN", 1002, 1), BTC_SCRIPT_STACK_SIZE);
    assert_int_equal(run_witness("ROLL", 1000, 1), BTC_SCRIPT_CLEANSTACK);
}

static bool judge_all(void *context, const struct btc_signature_check *check)
{
    (void)context;
    return check->signature.length > 0;
}

/* 20 signatures of 20 keys with their counts and the dummy: what lies below is left. */
static enum btc_script_error run_large_multisig(uint32_t below, const char *text)
{
    static struct btc_bytes items[1100];
    struct btc_bytes code = script_from_text(&arena, text);
    static const uint8_t key[33] = {2}, signature[2] = {1, BTC_SIGHASH_ALL}, twenty = 20;
    uint8_t hash[32], script[BTC_P2WSH_BYTES];
    uint32_t count = 0;
    for (uint32_t i = 0; i < below; i++)
        items[count++] = btc_bytes(&twenty, 1);
    items[count++] = btc_bytes(NULL, 0);
    for (int i = 0; i < 20; i++)
        items[count++] = btc_bytes(signature, 2);
    items[count++] = btc_bytes(&twenty, 1);
    for (int i = 0; i < 20; i++)
        items[count++] = btc_bytes(key, 33);
    items[count++] = btc_bytes(&twenty, 1);
    items[count++] = code;
    btc_sha256(hash, code.data, code.length);
    btc_script_p2wsh(script, hash);
    const struct trial trial = {
        .script = btc_bytes(script, sizeof script), .witness = items, .witness_count = count, .judge = judge_all};
    return run(&trial, BTC_VERIFY_P2SH | BTC_VERIFY_WITNESS);
}

static void a_multisig_may_bring_1043_items_down_to_1000(void **state)
{
    (void)state;
    const char *code = "CHECKMULTISIGVERIFY RETURN";
    assert_int_equal(run_large_multisig(0, code), BTC_SCRIPT_OP_RETURN);
    assert_int_equal(run_large_multisig(1000, code), BTC_SCRIPT_OP_RETURN);
    assert_int_equal(run_large_multisig(1001, code), BTC_SCRIPT_STACK_SIZE);
    assert_int_equal(run_large_multisig(1002, code), BTC_SCRIPT_STACK_SIZE);
    /* And the lowest of them can be reached. */
    code = "CHECKMULTISIGVERIFY DROP DROP 997 PICK RETURN";
    assert_int_equal(run_large_multisig(1000, code), BTC_SCRIPT_OP_RETURN);
    code = "CHECKMULTISIGVERIFY DROP DROP 998 PICK RETURN";
    assert_int_equal(run_large_multisig(1000, code), BTC_SCRIPT_INVALID_STACK_OPERATION);
}

/* The items of a deep pick: a number on top, so that the machine must know what it does not keep. */
static void picking_below_what_is_kept_is_told_from_picking_below_all(void **state)
{
    (void)state;
    static struct btc_bytes items[2002];
    static const uint8_t pick = BTC_OP_PICK, one = 1;
    uint8_t number[9], hash[32], script[BTC_P2WSH_BYTES];
    btc_sha256(hash, &pick, 1);
    btc_script_p2wsh(script, hash);
    for (int64_t distance = 900; distance <= 2100; distance += 50) {
        for (int i = 0; i < 2000; i++)
            items[i] = btc_bytes(&one, 1);
        items[2000] = btc_bytes(number, btc_script_number_write(number, distance));
        items[2001] = btc_bytes(&pick, 1);
        const struct trial trial = {
            .script = btc_bytes(script, sizeof script), .witness = items, .witness_count = 2002};
        assert_int_equal(run(&trial, BTC_VERIFY_CONSENSUS),
                         distance < 2000 ? BTC_SCRIPT_STACK_SIZE : BTC_SCRIPT_INVALID_STACK_OPERATION);
    }
}

/* Multisig with a judge for which signature "x" fits every key that ends with x: any order-preserving choice passes. */
static void a_multisig_takes_signatures_in_the_order_of_the_keys(void **state)
{
    (void)state;
    for (unsigned chosen = 0; chosen < 64; chosen++) {
        struct btc_writer writer, sig;
        uint8_t keys[3][33] = {{2}, {2}, {2}}, script[200], script_sig[50];
        btc_writer_init(&sig, script_sig, sizeof script_sig);
        btc_script_op(&sig, BTC_OP_0);
        unsigned first = chosen % 4, second = chosen / 4 % 4;
        const uint8_t signatures[2][2] = {{(uint8_t)(first + 100), BTC_SIGHASH_ALL},
                                          {(uint8_t)(second + 100), BTC_SIGHASH_ALL}};
        btc_script_push(&sig, btc_bytes(signatures[0], 2));
        btc_script_push(&sig, btc_bytes(signatures[1], 2));
        struct btc_bytes wires[3];
        for (unsigned i = 0; i < 3; i++) {
            keys[i][32] = (uint8_t)(i + 100);
            wires[i] = btc_bytes(keys[i], 33);
        }
        btc_writer_init(&writer, script, sizeof script);
        btc_script_multisig(&writer, 2, wires, 3);
        const struct trial trial = {
            .script_sig = btc_writer_view(&sig), .script = btc_writer_view(&writer), .judge = judge_ends};
        bool good = first < second && second < 3;
        assert_int_equal(run(&trial, BTC_VERIFY_P2SH), good ? BTC_SCRIPT_OK : BTC_SCRIPT_EVAL_FALSE);
        assert_int_equal(run(&trial, BTC_VERIFY_P2SH | BTC_VERIFY_NULLFAIL),
                         good ? BTC_SCRIPT_OK : BTC_SCRIPT_SIG_NULLFAIL);
    }
}

/* Which hash types STRICTENC knows: ALL, NONE, SINGLE, each with ANYONECANPAY or not. */
static void hash_types_without_a_meaning_are_refused_by_strictenc(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        char script_sig[64];
        const char *script = "0x21 0x020000000000000000000000000000000000000000000000000000000000000001 CHECKSIG NOT";
        bool known = (type & 0x7f) >= BTC_SIGHASH_ALL && (type & 0x7f) <= BTC_SIGHASH_SINGLE;
        snprintf(script_sig, sizeof script_sig, "0x09 0x3006020101020101%02x", type);
        expect(script_sig, script, BTC_VERIFY_STRICTENC, known ? "OK" : "SIG_HASHTYPE");
        expect(script_sig, script, BTC_VERIFY_DERSIG, "OK");
    }
}

/* A witness program inside P2SH: its push is the whole scriptSig. */
static enum btc_script_error run_wrapped(const char *program, uint32_t flags)
{
    struct btc_bytes script = hex_bytes(&arena, program);
    uint8_t hash[20], wrapped[BTC_P2SH_BYTES], push[BTC_MAX_ELEMENT_BYTES];
    struct btc_writer writer;
    btc_writer_init(&writer, push, sizeof push);
    btc_script_push(&writer, script);
    btc_hash160(hash, script.data, script.length);
    btc_script_p2sh(wrapped, hash);
    const struct trial trial = {.script_sig = btc_writer_view(&writer), .script = btc_bytes(wrapped, sizeof wrapped)};
    return run(&trial, flags);
}

static void witness_versions_inside_p2sh_have_no_meaning_but_0(void **state)
{
    (void)state;
    const char *taproot = "51200000000000000000000000000000000000000000000000000000000000000001";
    assert_int_equal(run_wrapped(taproot, BTC_VERIFY_CONSENSUS), BTC_SCRIPT_OK);
    assert_int_equal(run_wrapped(taproot, BTC_VERIFY_POLICY), BTC_SCRIPT_DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM);
    assert_int_equal(run_wrapped("00020001", BTC_VERIFY_CONSENSUS), BTC_SCRIPT_WITNESS_PROGRAM_WRONG_LENGTH);
}

static void taproot_outputs_are_as_before_taproot(void **state)
{
    (void)state;
    const char *program = "1 0x20 0x0000000000000000000000000000000000000000000000000000000000000001";
    expect("", program, BTC_VERIFY_POLICY, "OK");
    expect("", "2 0x02 0x0001", BTC_VERIFY_POLICY, "DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM");
    expect("", "2 0x02 0x0001", BTC_VERIFY_CONSENSUS, "OK");
}

static void every_error_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int a = 0; a < BTC_SCRIPT_ERROR_COUNT; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(btc_script_error_name((enum btc_script_error)a),
                                    btc_script_error_name((enum btc_script_error)b));
}

int main(void)
{
    btc_curve_init(&curve);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(scripts_end_as_in_bitcoin_core, reset),
        cmocka_unit_test_setup(transactions_pass_and_fail_as_in_bitcoin_core, reset),
        cmocka_unit_test_setup(the_transactions_of_bip_143_pass_and_fail_with_another_amount, reset),
        cmocka_unit_test_setup(limits_hold_to_the_last_one, reset),
        cmocka_unit_test_setup(keys_of_a_multisig_count_as_operations, reset),
        cmocka_unit_test_setup(every_disabled_opcode_fails_even_where_it_is_not_executed, reset),
        cmocka_unit_test_setup(opcodes_without_a_meaning_fail_only_where_they_are_executed, reset),
        cmocka_unit_test_setup(nested_conditions_run_exactly_the_branch_they_should, reset),
        cmocka_unit_test_setup(a_witness_with_too_many_items_fails_as_if_all_were_kept, reset),
        cmocka_unit_test_setup(a_multisig_may_bring_1043_items_down_to_1000, reset),
        cmocka_unit_test_setup(picking_below_what_is_kept_is_told_from_picking_below_all, reset),
        cmocka_unit_test_setup(a_multisig_takes_signatures_in_the_order_of_the_keys, reset),
        cmocka_unit_test_setup(hash_types_without_a_meaning_are_refused_by_strictenc, reset),
        cmocka_unit_test_setup(witness_versions_inside_p2sh_have_no_meaning_but_0, reset),
        cmocka_unit_test_setup(taproot_outputs_are_as_before_taproot, reset),
        cmocka_unit_test_setup(every_error_has_a_name_of_its_own, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
