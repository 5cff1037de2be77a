/* test_script_errors.c: every error of the interpreter has a name and can be had.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The shortest script that ends with it, each under exactly the flags it needs; and without one of them it ends with
 * something else.
 */
#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/interpreter.h"
#include "tests/bitcoin/hex.h"
#include "tests/bitcoin/script_text.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

#define KEY "0x21 0x0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798 "
#define WHOLE_KEY                                                                                                      \
    "0x41 0x0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"                                        \
    "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8 "
#define SIGNATURE "0x09 0x300602010102010101 "
#define HIGH_S    "0x28 0x302502010102207fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff01 "

enum form { BARE, P2SH, P2WSH, P2SH_P2WSH };

struct row {
    enum btc_script_error error;
    const char *flags; /* all are needed */
    const char *script_sig, *script;
    enum form form;     /* what the script is wrapped in; scriptSig then pushes it, or the witness ends with it */
    const char *item;   /* of the witness, hexadecimal; NULL: none but the script */
    const char *prefix; /* put in front of the finished scriptSig */
};

// clang-format off
static const struct row rows[] = {
    {BTC_SCRIPT_OK, "", "1", "VERIFY 1", BARE, NULL, NULL},
    {BTC_SCRIPT_UNKNOWN_ERROR, "", "0x05 0x0102030405", "1ADD", BARE, NULL, NULL},
    {BTC_SCRIPT_EVAL_FALSE, "", "0", "NOP", BARE, NULL, NULL},
    {BTC_SCRIPT_OP_RETURN, "", "", "1 RETURN", BARE, NULL, NULL},
    {BTC_SCRIPT_SIG_COUNT, "", "0 0 0", "2 " KEY "1 CHECKMULTISIG", BARE, NULL, NULL},
    {BTC_SCRIPT_PUBKEY_COUNT, "", "0 0", "0 21 CHECKMULTISIG", BARE, NULL, NULL},
    {BTC_SCRIPT_VERIFY, "", "0", "VERIFY 1", BARE, NULL, NULL},
    {BTC_SCRIPT_EQUALVERIFY, "", "1 2", "EQUALVERIFY 1", BARE, NULL, NULL},
    {BTC_SCRIPT_CHECKMULTISIGVERIFY, "", "0 0", "1 " KEY "1 CHECKMULTISIGVERIFY 1", BARE, NULL, NULL},
    {BTC_SCRIPT_CHECKSIGVERIFY, "", "0", KEY "CHECKSIGVERIFY 1", BARE, NULL, NULL},
    {BTC_SCRIPT_NUMEQUALVERIFY, "", "1 2", "NUMEQUALVERIFY 1", BARE, NULL, NULL},
    {BTC_SCRIPT_BAD_OPCODE, "", "1", "0xba", BARE, NULL, NULL},
    {BTC_SCRIPT_DISABLED_OPCODE, "", "1", "0 IF CAT ENDIF", BARE, NULL, NULL},
    {BTC_SCRIPT_INVALID_STACK_OPERATION, "", "1", "ADD", BARE, NULL, NULL},
    {BTC_SCRIPT_INVALID_ALTSTACK_OPERATION, "", "1", "FROMALTSTACK", BARE, NULL, NULL},
    {BTC_SCRIPT_UNBALANCED_CONDITIONAL, "", "1", "1 IF", BARE, NULL, NULL},
    {BTC_SCRIPT_NEGATIVE_LOCKTIME, "CHECKLOCKTIMEVERIFY", "-1", "CHECKLOCKTIMEVERIFY 1", BARE, NULL, NULL},
    {BTC_SCRIPT_UNSATISFIED_LOCKTIME, "CHECKSEQUENCEVERIFY", "1", "CHECKSEQUENCEVERIFY 1", BARE, NULL, NULL},
    {BTC_SCRIPT_SIG_HASHTYPE, "STRICTENC", "0x09 0x300602010102010104", KEY "CHECKSIG NOT", BARE, NULL, NULL},
    {BTC_SCRIPT_SIG_DER, "DERSIG", "0x09 0x310602010102010101", KEY "CHECKSIG NOT", BARE, NULL, NULL},
    {BTC_SCRIPT_MINIMALDATA, "MINIMALDATA", "0x4c 0x01 0x07", "1", BARE, NULL, NULL},
    {BTC_SCRIPT_SIG_PUSHONLY, "SIGPUSHONLY", "NOP", "1", BARE, NULL, NULL},
    {BTC_SCRIPT_SIG_PUSHONLY, "P2SH", "", "1", P2SH, NULL, "NOP"},
    {BTC_SCRIPT_SIG_HIGH_S, "LOW_S", HIGH_S, KEY "CHECKSIG NOT", BARE, NULL, NULL},
    {BTC_SCRIPT_SIG_NULLDUMMY, "NULLDUMMY", "1", "0 0 CHECKMULTISIG", BARE, NULL, NULL},
    {BTC_SCRIPT_PUBKEYTYPE, "STRICTENC", "0", "0x01 0x05 CHECKSIG NOT", BARE, NULL, NULL},
    {BTC_SCRIPT_CLEANSTACK, "P2SH,WITNESS,CLEANSTACK", "1", "1", BARE, NULL, NULL},
    {BTC_SCRIPT_CLEANSTACK, "P2SH,WITNESS", "", "1", P2WSH, "01", NULL},
    {BTC_SCRIPT_MINIMALIF, "P2SH,WITNESS,MINIMALIF", "", "IF 1 ENDIF", P2WSH, "02", NULL},
    {BTC_SCRIPT_SIG_NULLFAIL, "NULLFAIL", SIGNATURE, KEY "CHECKSIG NOT", BARE, NULL, NULL},
    {BTC_SCRIPT_DISCOURAGE_UPGRADABLE_NOPS, "DISCOURAGE_UPGRADABLE_NOPS", "1", "NOP10", BARE, NULL, NULL},
    {BTC_SCRIPT_DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM, "P2SH,WITNESS,DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM", "",
     "16 0x02 0x0101", BARE, NULL, NULL},
    {BTC_SCRIPT_WITNESS_PROGRAM_WRONG_LENGTH, "P2SH,WITNESS", "", "0 0x02 0x0101", BARE, NULL, NULL},
    {BTC_SCRIPT_WITNESS_PROGRAM_WITNESS_EMPTY, "P2SH,WITNESS", "",
     "0 0x20 0x4ae81572f06e1b88fd5ced7a1a000945432e83e1551e6f721ee9c00b8cc33260", BARE, NULL, NULL},
    {BTC_SCRIPT_WITNESS_PROGRAM_MISMATCH, "P2SH,WITNESS", "",
     "0 0x20 0x4ae81572f06e1b88fd5ced7a1a000945432e83e1551e6f721ee9c00b8cc33260", BARE, "52", NULL},
    {BTC_SCRIPT_WITNESS_MALLEATED, "P2SH,WITNESS", "1", "1", P2WSH, NULL, NULL},
    {BTC_SCRIPT_WITNESS_MALLEATED_P2SH, "P2SH,WITNESS", "", "1", P2SH_P2WSH, NULL, "0"},
    {BTC_SCRIPT_WITNESS_UNEXPECTED, "P2SH,WITNESS", "", "1", BARE, "00", NULL},
    {BTC_SCRIPT_WITNESS_PUBKEYTYPE, "P2SH,WITNESS,WITNESS_PUBKEYTYPE", "", WHOLE_KEY "CHECKSIG NOT", P2WSH, "", NULL},
    {BTC_SCRIPT_OP_CODESEPARATOR, "CONST_SCRIPTCODE", "1", "CODESEPARATOR", BARE, NULL, NULL},
    {BTC_SCRIPT_SIG_FINDANDDELETE, "CONST_SCRIPTCODE", SIGNATURE, SIGNATURE "DROP " KEY "CHECKSIG NOT", BARE, NULL,
     NULL},
};
// clang-format on

static uint8_t memory[1 << 18];
static struct btc_arena arena;
static struct btc_script_space space;
static struct btc_curve curve;

/* A spend of one output by one input. */
struct spend {
    struct btc_bytes script_sig, script, items[2];
    uint32_t item_count;
};

static enum btc_script_error judge(const struct spend *spend, uint32_t flags)
{
    struct btc_output spent = {.script = spend->script}, output = {0};
    struct btc_bytes items[2] = {spend->items[0], spend->items[1]};
    struct btc_input input = {
        .script = spend->script_sig, .sequence = 0, .witness = items, .witness_count = spend->item_count};
    struct btc_tx tx = {1, 0, 1, 1, &input, &output};
    const struct btc_spend one = {.curve = &curve, .tx = &tx, .spent = &spent};
    return btc_script_verify(&space, &one, flags);
}

static struct btc_bytes keep(const void *bytes, size_t length)
{
    uint8_t *copy = btc_arena_take(&arena, length, 1);
    assert_non_null(copy);
    memcpy(copy, bytes, length);
    return btc_bytes(copy, length);
}

static void wrap_witness(struct spend *spend)
{
    uint8_t hash[32], program[BTC_P2WSH_BYTES];
    spend->items[spend->item_count++] = spend->script;
    btc_sha256(hash, spend->script.data, spend->script.length);
    btc_script_p2wsh(program, hash);
    spend->script = keep(program, sizeof program);
}

static void wrap_hash(struct spend *spend)
{
    uint8_t hash[20], script[BTC_P2SH_BYTES], pushes[600];
    struct btc_writer writer;
    btc_writer_init(&writer, pushes, sizeof pushes);
    btc_write(&writer, spend->script_sig.data, spend->script_sig.length);
    btc_script_push(&writer, spend->script);
    spend->script_sig = keep(pushes, writer.length);
    btc_hash160(hash, spend->script.data, spend->script.length);
    btc_script_p2sh(script, hash);
    spend->script = keep(script, sizeof script);
}

static struct spend build(const struct row *row)
{
    struct spend spend = {.script_sig = script_from_text(&arena, row->script_sig),
                          .script = script_from_text(&arena, row->script)};
    if (row->item != NULL)
        spend.items[spend.item_count++] = hex_bytes(&arena, row->item);
    if (row->form == P2WSH || row->form == P2SH_P2WSH)
        wrap_witness(&spend);
    if (row->form == P2SH || row->form == P2SH_P2WSH)
        wrap_hash(&spend);
    if (row->prefix != NULL) {
        uint8_t pushes[600];
        struct btc_bytes front = script_from_text(&arena, row->prefix);
        memcpy(pushes, front.data, front.length);
        memcpy(pushes + front.length, spend.script_sig.data, spend.script_sig.length);
        spend.script_sig = keep(pushes, front.length + spend.script_sig.length);
    }
    return spend;
}

static void expect(enum btc_script_error actual, enum btc_script_error expected)
{
    assert_string_equal(btc_script_error_name(actual), btc_script_error_name(expected));
}

/* Without any one of its flags a row must end with another error. */
static void check_row(const struct row *row)
{
    btc_arena_init(&arena, memory, sizeof memory);
    struct spend spend = build(row);
    uint32_t flags = flags_from_text(row->flags);
    assert_int_equal(flags, flags_fill(flags));
    expect(judge(&spend, flags), row->error);
    for (uint32_t bit = 1; bit <= BTC_VERIFY_ALL; bit <<= 1)
        if ((flags & bit) && row->error != BTC_SCRIPT_OK)
            assert_int_not_equal(judge(&spend, flags_trim(flags & ~bit)), row->error);
}

/* What takes more than a line to write down: limits of size, each passed at the limit and failed above it. */
static void check_limits(bool *seen)
{
    static uint8_t script[10001];
    struct spend spend = {.script = btc_bytes(script, 10000)};
    memset(script, BTC_OP_0, sizeof script);
    for (size_t at = 0; at + 521 < 10000; at += 522) { /* all of it pushes, 19 of 519 bytes */
        script[at] = BTC_OP_PUSHDATA2;
        script[at + 1] = 519 & 0xff;
        script[at + 2] = 519 >> 8;
    }
    script[9999] = BTC_OP_1;
    expect(judge(&spend, 0), BTC_SCRIPT_OK);
    spend.script.length = 10001;
    expect(judge(&spend, 0), BTC_SCRIPT_SCRIPT_SIZE);
    spend.script.length = 521 + 3;
    script[1] = 521 & 0xff;
    expect(judge(&spend, 0), BTC_SCRIPT_PUSH_SIZE);
    memset(script, BTC_OP_NOP, 201);
    script[201] = BTC_OP_1;
    spend.script.length = 202;
    expect(judge(&spend, 0), BTC_SCRIPT_OK);
    script[202] = BTC_OP_NOP;
    spend.script.length = 203;
    expect(judge(&spend, 0), BTC_SCRIPT_OP_COUNT);
    memset(script, BTC_OP_1, 1001);
    spend.script.length = 1000;
    expect(judge(&spend, 0), BTC_SCRIPT_OK);
    spend.script.length = 1001;
    expect(judge(&spend, 0), BTC_SCRIPT_STACK_SIZE);
    seen[BTC_SCRIPT_SCRIPT_SIZE] = seen[BTC_SCRIPT_PUSH_SIZE] = true;
    seen[BTC_SCRIPT_OP_COUNT] = seen[BTC_SCRIPT_STACK_SIZE] = true;
}

static void every_error_is_named_and_can_be_had(void **state)
{
    (void)state;
    bool seen[BTC_SCRIPT_ERROR_COUNT] = {false};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_row(&rows[i]);
        seen[rows[i].error] = true;
    }
    check_limits(seen);
    for (enum btc_script_error error = 0; error < BTC_SCRIPT_ERROR_COUNT; error++) {
        assert_true(strlen(btc_script_error_name(error)) > 1);
        if (!seen[error])
            fail_msg("nothing ends with %s", btc_script_error_name(error));
        for (enum btc_script_error other = 0; other < error; other++)
            assert_string_not_equal(btc_script_error_name(error), btc_script_error_name(other));
    }
}

int main(void)
{
    btc_curve_init(&curve);
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_error_is_named_and_can_be_had)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
