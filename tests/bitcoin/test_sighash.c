/* test_sighash.c: what a signature signs, legacy and BIP 143.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/bitcoin/curve.h"
#include "protocol/bitcoin/sighash.h"
#include "tests/bitcoin/bip143.h"
#include "tests/bitcoin/hex.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

static uint8_t memory[1 << 16];

static struct btc_arena fresh_arena(void)
{
    struct btc_arena arena;
    btc_arena_init(&arena, memory, sizeof memory);
    return arena;
}

static struct btc_sighash_what what_of(struct btc_arena *arena, struct btc_tx *tx, const struct bip143_hash *hash)
{
    const struct bip143_example *example = &bip143_examples[hash->example];
    *tx = hex_tx(arena, example->tx);
    return (struct btc_sighash_what){.tx = tx,
                                     .input = hash->input,
                                     .type = hash->type,
                                     .script_code = hex_bytes(arena, hash->script_code),
                                     .value_sat = example->spent[hash->input].value_sat};
}

static void the_examples_of_bip_143_sign_what_it_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < BIP143_HASHES; i++) {
        struct btc_arena arena = fresh_arena();
        struct btc_tx tx;
        struct btc_sighash_cache cache;
        uint8_t actual[32];
        struct btc_sighash_what what = what_of(&arena, &tx, &bip143_hashes[i]);
        struct btc_bytes expected = hex_bytes(&arena, bip143_hashes[i].hash);
        btc_sighash_segwit(actual, &what);
        assert_memory_equal(actual, expected.data, 32);
        btc_sighash_cache_init(&cache, &tx);
        what.cache = &cache;
        btc_sighash_segwit(actual, &what);
        assert_memory_equal(actual, expected.data, 32);
    }
}

static void the_cached_hashes_are_those_of_bip_143(void **state)
{
    (void)state;
    struct btc_arena arena = fresh_arena();
    struct btc_tx tx = hex_tx(&arena, bip143_examples[0].tx);
    struct btc_sighash_cache cache;
    btc_sighash_cache_init(&cache, &tx);
    struct btc_bytes prevouts = hex_bytes(&arena, "96b827c8483d4e9b96712b6713a7b68d6e8003a781feba36c31143470b4efd37");
    struct btc_bytes sequences = hex_bytes(&arena, "52b0a642eea2fb7ae638c36f6252b6750293dbe574a806984b8e4d8548339a3b");
    struct btc_bytes outputs = hex_bytes(&arena, "863ef3e1a92afbfdb97f31ad0fc7683ee943e9abcf2501590ff8f6551f47e5e5");
    assert_memory_equal(cache.prevouts, prevouts.data, 32);
    assert_memory_equal(cache.sequences, sequences.data, 32);
    assert_memory_equal(cache.outputs, outputs.data, 32);
}

static void signing_with_the_published_secrets_gives_the_published_signatures(void **state)
{
    (void)state;
    unsigned count = 0;
    static struct btc_curve curve;
    btc_curve_init(&curve);
    for (size_t i = 0; i < BIP143_HASHES; i++) {
        if (bip143_hashes[i].secret == NULL)
            continue;
        struct btc_arena arena = fresh_arena();
        struct btc_bytes hash = hex_bytes(&arena, bip143_hashes[i].hash);
        struct btc_bytes secret = hex_bytes(&arena, bip143_hashes[i].secret);
        struct btc_bytes expected = hex_bytes(&arena, bip143_hashes[i].der);
        struct btc_signature signature;
        uint8_t der[BTC_MAX_DER_BYTES];
        assert_true(btc_ecdsa_sign(&curve, &signature, hash.data, secret.data, BTC_SIGN_PLAIN));
        size_t length = btc_signature_write_der(&curve, der, &signature);
        assert_true(btc_bytes_equal(btc_bytes(der, length), expected));
        count++;
    }
    assert_int_equal(count, BIP143_HASHES - 1);
}

/* Source: Bitcoin Core's sighash.json; the hash as people read it. */
struct legacy_case {
    const char *tx, *script;
    unsigned input;
    uint32_t type;
    const char *hash;
};

// clang-format off
static const struct legacy_case legacy_cases[] = {
    {"5c45d09801bb4d8e7679d857b86b97697472d514f8b76d862460e7421e8617b15a2df217c6010000000863acac"
     "ab6565006affffffff01156dbc03000000000952ac63516551ac6aac00000000",
     "6aabac", 0, 0x4e16ef43,
     "270445ab77258ced2e5e22a6d0d8c36ac7c30fff9beefa4b3e981867b03fa0ad"},
    {"97be4f7702dc20b087a1fdd533c7de762a3f2867a8f439bddf0dcec9a374dfd0276f9c55cc0300000000cdfb1d"
     "be6582499569127bda6ca4aaff02c132dc73e15dcd91d73da77e92a32a13d1a0ba0200000002ab51ffffffff04"
     "8cfbe202000000000900516351515363ac535128ce0100000000076aac5365ab6aabc84e830200000000086353"
     "6a53ab6a6552f051230500000000066aac535153510848d813",
     "ac51", 0, 0x0dae8662,
     "e5da9a416ea883be1f8b8b2d178463633f19de3fa82ae25d44ffb531e35bdbc8"},
    {"e3cdbfb4014d90ae6a4401e85f7ac717adc2c035858bf6ff48979dd399d155bce1f150daea0300000002ac51a6"
     "7a0d39017f6c71040000000005535200535200000000",
     "", 0, 0x8ec10cc1,
     "c1c7df8206e661d593f6455db1d61a364a249407f88e99ecad05346e495b38d7"},
    {"009046a1023f266d0113556d604931374d7932b4d6a7952d08fbd9c9b87cbd83f4f4c178b4030000000452ac52"
     "6346e73b438c4516c60edd5488023131f07acb5f9ea1540b3e84de92f4e3c432289781ea490000000004650065"
     "5357dfd6da02baef910100000000026a007d101703000000000800516500abacac5100000000",
     "6aab6553ac", 0, 0xd02b7be3,
     "f8757fbb4448ca34e0cd41b997685b37238d331e70316659a9cc9087d116169d"},
    {"b7877f82019c832707a60cf14fba44cfa254d787501fdd676bd58c744f6e951dbba0b3b77f0200000009ac5152"
     "63ac53525300a5a36e500148f89c0500000000085265ac6a6a65acab00000000",
     "6563", 0, 0x95996841,
     "cb6e4322955af12eb29613c70e1a00ddbb559c887ba844df0bcdebed736dffbd"},
    {"9ff618e60136f8e6bb7eabaaac7d6e2535f5fba95854be6d2726f986eaa9537cb283c701ff02000000026a65ff"
     "ffffff012d1c0905000000000865ab00ac6a516a652f9ad240",
     "51515253635351ac", 0, 0x5da833c3,
     "659cd3203095d4a8672646add7d77831a1926fc5b66128801979939383695a79"},
};
// clang-format on

static void legacy_hashes_are_those_of_bitcoin_core(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof legacy_cases / sizeof *legacy_cases; i++) {
        struct btc_arena arena = fresh_arena();
        const struct legacy_case *one = &legacy_cases[i];
        struct btc_tx tx = hex_tx(&arena, one->tx);
        uint8_t actual[32];
        btc_sighash_legacy(actual, &(struct btc_sighash_what){.tx = &tx,
                                                              .input = one->input,
                                                              .type = one->type,
                                                              .script_code = hex_bytes(&arena, one->script)});
        btc_txid_reverse(actual, actual);
        assert_memory_equal(actual, hex_bytes(&arena, one->hash).data, 32);
    }
}

static void legacy_single_without_an_output_signs_the_number_one(void **state)
{
    (void)state;
    struct btc_arena arena = fresh_arena();
    struct btc_tx tx = hex_tx(&arena, bip143_examples[2].tx);
    uint8_t hash[32], one[32] = {1};
    struct btc_sighash_what what = {.tx = &tx, .input = 1, .type = BTC_SIGHASH_SINGLE};
    assert_int_equal(tx.output_count, 1);
    btc_sighash_legacy(hash, &what);
    assert_memory_equal(hash, one, 32);
    what.type = BTC_SIGHASH_SINGLE | BTC_SIGHASH_ANYONECANPAY;
    btc_sighash_legacy(hash, &what);
    assert_memory_equal(hash, one, 32);
    what.input = 0;
    btc_sighash_legacy(hash, &what);
    assert_memory_not_equal(hash, one, 32);
}

/* Which parts of a transaction a change of which changes the hash. */
static bool changes(const struct btc_sighash_what *what, bool segwit, void *part)
{
    uint8_t before[32], after[32];
    (segwit ? btc_sighash_segwit : btc_sighash_legacy)(before, what);
    *(uint8_t *)part ^= 1;
    (segwit ? btc_sighash_segwit : btc_sighash_legacy)(after, what);
    *(uint8_t *)part ^= 1;
    return memcmp(before, after, 32) != 0;
}

static void each_type_signs_exactly_its_parts(void **state)
{
    (void)state;
    struct btc_arena arena = fresh_arena();
    struct btc_tx tx = hex_tx(&arena, bip143_examples[0].tx);
    uint8_t code[1] = {BTC_SIGHASH_ALL};
    for (int segwit = 0; segwit <= 1; segwit++)
        for (uint32_t type = 1; type <= 3; type++)
            for (uint32_t anyone = 0; anyone <= BTC_SIGHASH_ANYONECANPAY; anyone += BTC_SIGHASH_ANYONECANPAY) {
                struct btc_sighash_what what = {
                    .tx = &tx, .input = 1, .type = type | anyone, .script_code = btc_bytes(code, 1), .value_sat = 6};
                bool all = type == BTC_SIGHASH_ALL, none = type == BTC_SIGHASH_NONE;
                assert_true(changes(&what, segwit, &tx.version));
                assert_true(changes(&what, segwit, &tx.locktime));
                assert_true(changes(&what, segwit, &tx.inputs[1].previous));
                assert_true(changes(&what, segwit, &tx.inputs[1].sequence));
                assert_true(changes(&what, segwit, code));
                assert_int_equal(changes(&what, segwit, &tx.inputs[0].previous), anyone == 0);
                assert_int_equal(changes(&what, segwit, &tx.inputs[0].sequence), anyone == 0 && all);
                assert_int_equal(changes(&what, segwit, &tx.outputs[0].value_sat), all);
                assert_int_equal(changes(&what, segwit, &tx.outputs[1].value_sat), !none);
                assert_int_equal(changes(&what, segwit, &what.value_sat), segwit);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_bip_143_sign_what_it_says),
        cmocka_unit_test(the_cached_hashes_are_those_of_bip_143),
        cmocka_unit_test(signing_with_the_published_secrets_gives_the_published_signatures),
        cmocka_unit_test(legacy_hashes_are_those_of_bitcoin_core),
        cmocka_unit_test(legacy_single_without_an_output_signs_the_number_one),
        cmocka_unit_test(each_type_signs_exactly_its_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
