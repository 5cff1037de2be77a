/* test_script.c: walking, building, numbers, standard forms, signature operations.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/bitcoin/script.h"
#include "protocol/bitcoin/script_rules.h"
#include "protocol/bitcoin/sigops.h"
#include "tests/bitcoin/hex.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

static uint8_t memory[1 << 16];
static struct btc_arena arena;

static int reset(void **state)
{
    (void)state;
    btc_arena_init(&arena, memory, sizeof memory);
    return 0;
}

/* Every operation of the script, as "code:length" words. */
static void walking_yields_each_operation_and_its_data(void **state)
{
    (void)state;
    struct btc_bytes script = hex_bytes(&arena, "0002aabb4c01cc4d0200ddee4e03000000112233517687");
    static const uint8_t codes[] = {0x00, 0x02, 0x4c, 0x4d, 0x4e, 0x51, 0x76, 0x87};
    static const size_t lengths[] = {0, 2, 1, 2, 3, 0, 0, 0};
    struct btc_op op;
    size_t at = 0, count = 0;
    for (; btc_script_next(&op, script, &at); count++) {
        assert_int_equal(op.code, codes[count]);
        assert_int_equal(op.data.length, lengths[count]);
    }
    assert_int_equal(count, 8);
    assert_int_equal(at, script.length);
}

static void a_push_that_runs_over_the_end_stops_the_walk(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        size_t stops_at;
    } cases[] = {{"02aa", 1},     {"4c", 1},       {"4c02aa", 2},    {"4d01", 1},
                 {"4d0200aa", 3}, {"4e010000", 1}, {"4effffffff", 5}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct btc_op op;
        size_t at = 0;
        assert_false(btc_script_next(&op, hex_bytes(&arena, cases[i].script), &at));
        assert_int_equal(at, cases[i].stops_at);
        assert_false(btc_script_is_push_only(hex_bytes(&arena, cases[i].script)));
    }
}

static void numbers_are_written_minimally_and_come_back(void **state)
{
    (void)state;
    static const struct {
        int64_t number;
        const char *bytes;
    } cases[] = {{0, ""},
                 {1, "01"},
                 {-1, "81"},
                 {127, "7f"},
                 {128, "8000"},
                 {-128, "8080"},
                 {255, "ff00"},
                 {256, "0001"},
                 {-255, "ff80"},
                 {32767, "ff7f"},
                 {32768, "008000"},
                 {INT32_MAX, "ffffff7f"},
                 {-INT32_MAX, "ffffffff"},
                 {INT64_C(2147483648), "0000008000"},
                 {INT64_C(-549755813887), "ffffffffff"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[9];
        int64_t back = 99;
        struct btc_bytes expected = hex_bytes(&arena, cases[i].bytes);
        struct btc_bytes actual = btc_bytes(bytes, btc_script_number_write(bytes, cases[i].number));
        assert_true(btc_bytes_equal(actual, expected));
        assert_true(btc_script_number_read(&back, actual, 5, true));
        assert_true(back == cases[i].number);
        assert_false(expected.length > 0 && btc_script_number_read(&back, actual, expected.length - 1, false));
    }
    uint8_t widest[9];
    assert_int_equal(btc_script_number_write(widest, INT64_MIN), 9);
}

static void numbers_that_could_be_shorter_are_read_unless_they_must_not(void **state)
{
    (void)state;
    static const char *const longer[] = {"00", "80", "0100", "0180", "7f00", "800000", "ff0080"};
    static const int64_t values[] = {0, 0, 1, -1, 127, 128, -255};
    for (size_t i = 0; i < 7; i++) {
        int64_t value = 99;
        assert_false(btc_script_number_read(&value, hex_bytes(&arena, longer[i]), 4, true));
        assert_true(btc_script_number_read(&value, hex_bytes(&arena, longer[i]), 4, false));
        assert_true(value == values[i]);
    }
}

static void every_push_is_the_shortest(void **state)
{
    (void)state;
    static uint8_t data[520], script[600];
    for (size_t length = 0; length <= 520; length++) {
        struct btc_writer writer;
        struct btc_op op;
        size_t at = 0;
        memset(data, 0x11, sizeof data);
        btc_writer_init(&writer, script, sizeof script);
        btc_script_push(&writer, btc_bytes(data, length));
        assert_true(btc_script_next(&op, btc_writer_view(&writer), &at));
        assert_true(btc_op_is_minimal(&op));
        assert_true(btc_bytes_equal(op.data, btc_bytes(data, length)));
        assert_int_equal(at, writer.length);
        assert_int_equal(at - length, length < 76 ? 1 : length < 256 ? 2 : 3);
    }
    for (int64_t number = -1; number <= 16; number++) {
        struct btc_writer writer;
        btc_writer_init(&writer, script, sizeof script);
        btc_script_push_number(&writer, number);
        assert_int_equal(writer.length, 1);
        assert_int_equal(script[0], number == 0 ? BTC_OP_0 : BTC_OP_1 - 1 + number);
    }
}

static void a_push_that_could_be_shorter_is_told_apart(void **state)
{
    (void)state;
    static const char *const longer[] = {"0101", "0110", "0181", "4c00", "4c0122", "4d010033", "4e0100000044"};
    for (size_t i = 0; i < 7; i++) {
        struct btc_op op;
        size_t at = 0;
        assert_true(btc_script_next(&op, hex_bytes(&arena, longer[i]), &at));
        assert_false(btc_op_is_minimal(&op));
    }
}

static void forms_are_made_and_recognised(void **state)
{
    (void)state;
    uint8_t hash[32], script[40];
    memset(hash, 0x5a, sizeof hash);
    btc_script_p2pkh(script, hash);
    struct btc_script_form form = btc_script_classify(btc_bytes(script, BTC_P2PKH_BYTES));
    assert_int_equal(form.kind, BTC_SCRIPT_P2PKH);
    assert_true(btc_bytes_equal(form.payload, btc_bytes(hash, 20)));
    btc_script_p2sh(script, hash);
    form = btc_script_classify(btc_bytes(script, BTC_P2SH_BYTES));
    assert_int_equal(form.kind, BTC_SCRIPT_P2SH);
    assert_true(btc_bytes_equal(form.payload, btc_bytes(hash, 20)));
    btc_script_p2wpkh(script, hash);
    form = btc_script_classify(btc_bytes(script, BTC_P2WPKH_BYTES));
    assert_int_equal(form.kind, BTC_SCRIPT_P2WPKH);
    assert_true(btc_bytes_equal(form.payload, btc_bytes(hash, 20)));
    btc_script_p2wsh(script, hash);
    form = btc_script_classify(btc_bytes(script, BTC_P2WSH_BYTES));
    assert_int_equal(form.kind, BTC_SCRIPT_P2WSH);
    assert_true(btc_bytes_equal(form.payload, btc_bytes(hash, 32)));
    script[0] = BTC_OP_1;
    assert_int_equal(btc_script_classify(btc_bytes(script, BTC_P2WSH_BYTES)).kind, BTC_SCRIPT_P2TR);
    script[0] = BTC_OP_16;
    form = btc_script_classify(btc_bytes(script, BTC_P2WSH_BYTES));
    assert_int_equal(form.kind, BTC_SCRIPT_WITNESS_UNKNOWN);
    assert_int_equal(form.version, 16);
}

#define KEY "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"

static void other_forms_are_recognised_exactly(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        enum btc_script_kind kind;
    } cases[] = {
        {"", BTC_SCRIPT_NONSTANDARD},
        {"21" KEY "ac", BTC_SCRIPT_PUBKEY},
        {"21" KEY "ad", BTC_SCRIPT_NONSTANDARD},
        {"2105be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798ac", BTC_SCRIPT_NONSTANDARD},
        {"6a", BTC_SCRIPT_NULLDATA},
        {"6a0548656c6c6f", BTC_SCRIPT_NULLDATA},
        {"6a0548656c", BTC_SCRIPT_NONSTANDARD},
        {"6a76", BTC_SCRIPT_NONSTANDARD},
        {"5121" KEY "51ae", BTC_SCRIPT_MULTISIG},
        {"5221" KEY "21" KEY "52ae", BTC_SCRIPT_MULTISIG},
        {"5221" KEY "51ae", BTC_SCRIPT_NONSTANDARD},
        {"5121" KEY "52ae", BTC_SCRIPT_NONSTANDARD},
        {"5121" KEY "51af", BTC_SCRIPT_NONSTANDARD},
        {"5121" KEY "51ae51", BTC_SCRIPT_NONSTANDARD},
        {"0021" KEY "51ae", BTC_SCRIPT_NONSTANDARD},
        {"0015"
         "000000000000000000000000000000000000000000",
         BTC_SCRIPT_NONSTANDARD},
        {"a91400000000000000000000000000000000000000008700", BTC_SCRIPT_NONSTANDARD},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(btc_script_classify(hex_bytes(&arena, cases[i].script)).kind, cases[i].kind);
}

static void a_multisig_is_built_with_up_to_twenty_keys(void **state)
{
    (void)state;
    static uint8_t script[1000];
    struct btc_bytes keys[20];
    for (int i = 0; i < 20; i++)
        keys[i] = hex_bytes(&arena, KEY);
    for (unsigned count = 1; count <= 20; count++)
        for (unsigned required = 1; required <= count; required++) {
            struct btc_writer writer;
            btc_writer_init(&writer, script, sizeof script);
            btc_script_multisig(&writer, required, keys, count);
            struct btc_script_form form = btc_script_classify(btc_writer_view(&writer));
            assert_int_equal(form.kind, BTC_SCRIPT_MULTISIG);
            assert_int_equal(form.required, required);
            assert_int_equal(form.count, count);
            assert_int_equal(form.payload.length, 34 * count);
        }
}

static void unspendable_scripts_are_told(void **state)
{
    (void)state;
    static uint8_t large[BTC_MAX_SCRIPT_BYTES + 1];
    struct btc_writer writer;
    uint8_t script[100];
    btc_writer_init(&writer, script, sizeof script);
    btc_script_nulldata(&writer, btc_bytes("kWh", 3));
    assert_int_equal(writer.length, 5);
    assert_true(btc_script_is_unspendable(btc_writer_view(&writer)));
    assert_true(btc_script_is_unspendable(btc_bytes(large, sizeof large)));
    assert_false(btc_script_is_unspendable(btc_bytes(large, sizeof large - 1)));
    assert_false(btc_script_is_unspendable(btc_bytes(NULL, 0)));
}

static void signature_operations_are_counted_as_consensus_does(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        uint32_t legacy, accurate;
    } cases[] = {{"", 0, 0},       {"ac", 1, 1},       {"adac", 2, 2},           {"ae", 20, 20},   {"52ae", 20, 2},
                 {"60ae", 20, 16}, {"0114ae", 20, 20}, {"5152ae5361af", 40, 22}, {"01acac", 1, 1}, {"ac4cffac", 1, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct btc_bytes script = hex_bytes(&arena, cases[i].script);
        assert_int_equal(btc_script_sigops(script, BTC_SIGOPS_LEGACY), cases[i].legacy);
        assert_int_equal(btc_script_sigops(script, BTC_SIGOPS_ACCURATE), cases[i].accurate);
    }
}

/* One input that spends `spent` with a scriptSig and a last witness item, one output. */
static uint32_t cost(const char *spent_script, const char *script_sig, const char *witness_script)
{
    const uint32_t flags = BTC_VERIFY_P2SH | BTC_VERIFY_WITNESS;
    struct btc_bytes witness = hex_bytes(&arena, witness_script);
    struct btc_input input = {
        .script = hex_bytes(&arena, script_sig), .witness = &witness, .witness_count = witness.length > 0};
    struct btc_output output = {.script = hex_bytes(&arena, "ac")};
    struct btc_output spent = {.script = hex_bytes(&arena, spent_script)};
    struct btc_tx tx = {2, 0, 1, 1, &input, &output};
    return btc_tx_sigop_cost(&tx, &spent, flags) - 4;
}

static void the_cost_of_an_input_follows_bip_141(void **state)
{
    (void)state;
    const char *p2wpkh = "00140000000000000000000000000000000000000000";
    const char *p2sh = "a914000000000000000000000000000000000000000087";
    const char *p2wsh = "00200000000000000000000000000000000000000000000000000000000000000000";
    assert_int_equal(cost("51", "", ""), 0);
    assert_int_equal(cost("51", "ac", ""), 4);
    assert_int_equal(cost(p2wpkh, "", ""), 1);
    assert_int_equal(cost(p2wsh, "", "5252ae"), 2);
    assert_int_equal(cost(p2wsh, "", ""), 0);
    assert_int_equal(cost(p2sh, "0352ae51", ""), 8);
    assert_int_equal(cost(p2sh, "5102adac", ""), 8);
    assert_int_equal(cost(p2sh,
                          "16"
                          "00140000000000000000000000000000000000000000",
                          ""),
                     1);
    assert_int_equal(cost(p2sh, "7602adac", ""), 0); /* not only pushes: not a redeem script */
    assert_int_equal(cost("5114"
                          "0000000000000000000000000000000000000000",
                          "", ""),
                     0);
}

static void opcodes_have_their_names(void **state)
{
    (void)state;
    assert_string_equal(btc_opcode_name(BTC_OP_0), "0");
    assert_string_equal(btc_opcode_name(BTC_OP_1 + 8), "9");
    assert_string_equal(btc_opcode_name(BTC_OP_CHECKSIG), "CHECKSIG");
    assert_string_equal(btc_opcode_name(BTC_OP_NOP10), "NOP10");
    assert_null(btc_opcode_name(0x20));
    assert_null(btc_opcode_name(0xff));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(walking_yields_each_operation_and_its_data, reset),
        cmocka_unit_test_setup(a_push_that_runs_over_the_end_stops_the_walk, reset),
        cmocka_unit_test_setup(numbers_are_written_minimally_and_come_back, reset),
        cmocka_unit_test_setup(numbers_that_could_be_shorter_are_read_unless_they_must_not, reset),
        cmocka_unit_test_setup(every_push_is_the_shortest, reset),
        cmocka_unit_test_setup(a_push_that_could_be_shorter_is_told_apart, reset),
        cmocka_unit_test_setup(forms_are_made_and_recognised, reset),
        cmocka_unit_test_setup(other_forms_are_recognised_exactly, reset),
        cmocka_unit_test_setup(a_multisig_is_built_with_up_to_twenty_keys, reset),
        cmocka_unit_test_setup(unspendable_scripts_are_told, reset),
        cmocka_unit_test_setup(signature_operations_are_counted_as_consensus_does, reset),
        cmocka_unit_test_setup(the_cost_of_an_input_follows_bip_141, reset),
        cmocka_unit_test_setup(opcodes_have_their_names, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
