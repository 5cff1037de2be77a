/* test_vector_sighash.c: Bitcoin Core's sighash.json: legacy hashes of random transactions.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/bitcoin/sighash.h"
#include "tests/bitcoin/hex.h"
#include "tests/bitcoin/vector_file.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

static cJSON *cases;

static void check_case(const cJSON *entry)
{
    static uint8_t bytes[100000], script[20000], memory[1 << 20], again[100000];
    struct btc_arena arena;
    struct btc_tx tx;
    uint8_t expected[32], actual[32];
    btc_arena_init(&arena, memory, sizeof memory);
    size_t length = hex_read(bytes, sizeof bytes, vector_string(entry, 0));
    assert_int_equal(btc_tx_parse(&tx, &arena, btc_bytes(bytes, length)), BTC_TX_OK);
    struct btc_writer writer;
    btc_writer_init(&writer, again, sizeof again);
    btc_tx_write(&writer, &tx, BTC_TX_WITNESS);
    assert_int_equal(writer.length, length);
    assert_memory_equal(again, bytes, length);
    struct btc_sighash_what what = {.tx = &tx};
    what.script_code = btc_bytes(script, hex_read(script, sizeof script, vector_string(entry, 1)));
    what.input = (uint32_t)cJSON_GetNumberValue(cJSON_GetArrayItem(entry, 2));
    what.type = (uint32_t)(int64_t)cJSON_GetNumberValue(cJSON_GetArrayItem(entry, 3));
    assert_int_equal(hex_read(expected, 32, vector_string(entry, 4)), 32);
    btc_txid_reverse(expected, expected);
    btc_sighash_legacy(actual, &what);
    assert_memory_equal(actual, expected, 32);
}

static void every_legacy_hash_is_the_published_one(void **state)
{
    (void)state;
    unsigned count = 0;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, cases)
    {
        if (cJSON_GetArraySize(entry) == 1)
            continue; /* the heading */
        check_case(entry);
        count++;
    }
    print_message("sighash.json: %u cases\n", count);
    assert_true(count >= 500);
}

int main(void)
{
    cases = vector_json("sighash.json");
    if (cases == NULL)
        return VECTORS_SKIPPED;
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_legacy_hash_is_the_published_one)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    cJSON_Delete(cases);
    return failed;
}
