/* test_vector_txs.c: Bitcoin Core's tx_valid.json and tx_invalid.json.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tx_valid names the flags under which a transaction would fail: it must pass with all others, with fewer, and fail as
 * soon as one of the named is added. tx_invalid names the flags under which it fails: it must fail with them, with
 * more, and pass as soon as one is taken away. BADTX: it is no transaction at all. Everything is judged with and
 * without a memory of verdicts.
 */
#include "tests/bitcoin/both_judges.h"
#include "tests/bitcoin/hex.h"
#include "tests/bitcoin/script_text.h"
#include "tests/bitcoin/vector_file.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <math.h>
#include <string.h>

static cJSON *valid, *invalid;
static uint8_t memory[1 << 23];
static struct btc_arena arena;
static struct btc_curve curve;

static enum btc_tx_error read_tx(struct btc_tx *tx, const char *hex)
{
    uint8_t *bytes = btc_arena_take(&arena, strlen(hex) / 2, 1);
    assert_non_null(bytes);
    enum btc_tx_error error = btc_tx_parse(tx, &arena, btc_bytes(bytes, hex_read(bytes, strlen(hex) / 2, hex)));
    return error != BTC_TX_OK ? error : btc_tx_check(tx, &arena);
}

/* The output among [txid, index, script, amount?] that an input names. */
static struct btc_output find_spent(const cJSON *spents, const struct btc_outpoint *outpoint)
{
    const cJSON *entry;
    cJSON_ArrayForEach(entry, spents)
    {
        uint8_t txid[32];
        assert_int_equal(hex_read(txid, 32, vector_string(entry, 0)), 32);
        btc_txid_reverse(txid, txid);
        double index = cJSON_GetNumberValue(cJSON_GetArrayItem(entry, 1));
        if (memcmp(txid, outpoint->txid, 32) != 0 || (uint32_t)(int64_t)index != outpoint->index)
            continue;
        const cJSON *amount = cJSON_GetArrayItem(entry, 3);
        return (struct btc_output){amount == NULL ? 0 : llround(cJSON_GetNumberValue(amount)),
                                   script_from_text(&arena, vector_string(entry, 2))};
    }
    fail_msg("an input spends nothing");
    return (struct btc_output){0};
}

static bool passes(const struct btc_tx *tx, const struct btc_output *spent, uint32_t flags)
{
    const struct btc_tx_spend spend = {.curve = &curve, .tx = tx, .spent = spent};
    return both_judges_verify(&spend, flags) == BTC_SCRIPT_OK;
}

static void expect(const cJSON *entry, bool actual, bool expected, uint32_t flags)
{
    if (actual != expected)
        fail_msg("%s (%s) %s with flags %x", vector_string(entry, 1), vector_string(entry, 2),
                 actual ? "passes" : "fails", flags);
}

static const struct btc_output *find_all_spent(const cJSON *entry, const struct btc_tx *tx)
{
    struct btc_output *spent = btc_arena_take(&arena, tx->input_count, sizeof *spent);
    assert_non_null(spent);
    for (uint32_t i = 0; i < tx->input_count; i++)
        spent[i] = find_spent(entry->child, &tx->inputs[i].previous);
    return spent;
}

static uint32_t next_noise(uint32_t *noise)
{
    *noise = *noise * UINT32_C(1664525) + UINT32_C(1013904223);
    return *noise >> 8;
}

static void check_valid(const cJSON *entry, uint32_t *noise)
{
    struct btc_tx tx;
    enum btc_tx_error error = read_tx(&tx, vector_string(entry, 1));
    if (error != BTC_TX_OK)
        fail_msg("%s: %s", vector_string(entry, 1), btc_tx_error_name(error));
    const struct btc_output *spent = find_all_spent(entry, &tx);
    uint32_t excluded = flags_from_text(vector_string(entry, 2));
    uint32_t flags = BTC_VERIFY_ALL & ~excluded;
    assert_int_equal(flags, flags_fill(flags));
    expect(entry, passes(&tx, spent, flags), true, flags);
    for (unsigned i = 0; i < SCRIPT_FLAG_COUNT; i++) {
        uint32_t one = UINT32_C(1) << i;
        uint32_t fewer = flags_trim(flags & ~one);
        expect(entry, passes(&tx, spent, fewer), true, fewer);
        fewer = flags_trim(flags & ~next_noise(noise));
        expect(entry, passes(&tx, spent, fewer), true, fewer);
        uint32_t more = BTC_VERIFY_ALL & ~flags_trim(excluded & ~one);
        if (flags_trim(excluded & ~one) != excluded)
            expect(entry, passes(&tx, spent, more), false, more);
    }
}

static void check_invalid(const cJSON *entry, uint32_t *noise)
{
    struct btc_tx tx;
    enum btc_tx_error error = read_tx(&tx, vector_string(entry, 1));
    if (strcmp(vector_string(entry, 2), "BADTX") == 0) {
        assert_int_not_equal(error, BTC_TX_OK);
        return;
    }
    assert_int_equal(error, BTC_TX_OK);
    const struct btc_output *spent = find_all_spent(entry, &tx);
    uint32_t flags = flags_from_text(vector_string(entry, 2));
    assert_int_equal(flags, flags_fill(flags));
    expect(entry, passes(&tx, spent, flags), false, flags);
    for (unsigned i = 0; i < SCRIPT_FLAG_COUNT; i++) {
        uint32_t one = UINT32_C(1) << i;
        uint32_t more = flags_fill(flags | one);
        expect(entry, passes(&tx, spent, more), false, more);
        more = flags_fill(flags | (next_noise(noise) & BTC_VERIFY_ALL));
        expect(entry, passes(&tx, spent, more), false, more);
        uint32_t fewer = flags_trim(flags & ~one);
        if (fewer != flags)
            expect(entry, passes(&tx, spent, fewer), true, fewer);
    }
}

static unsigned for_each(const cJSON *cases, void check(const cJSON *entry, uint32_t *noise))
{
    unsigned count = 0;
    uint32_t noise = 1;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, cases)
    {
        if (cJSON_GetArraySize(entry) == 1)
            continue; /* a comment */
        arena.used = 0;
        check(entry, &noise);
        count++;
    }
    return count;
}

static void valid_transactions_pass_with_exactly_the_flags_they_may(void **state)
{
    (void)state;
    unsigned count = for_each(valid, check_valid);
    print_message("tx_valid.json: %u cases\n", count);
    assert_true(count >= 119);
}

static void invalid_transactions_fail_with_exactly_the_flags_they_must(void **state)
{
    (void)state;
    unsigned count = for_each(invalid, check_invalid);
    print_message("tx_invalid.json: %u cases\n", count);
    assert_true(count >= 93);
}

int main(void)
{
    valid = vector_json("tx_valid.json");
    invalid = vector_json("tx_invalid.json");
    if (valid == NULL || invalid == NULL)
        return VECTORS_SKIPPED;
    btc_arena_init(&arena, memory, sizeof memory);
    btc_curve_init(&curve);
    const struct CMUnitTest tests[] = {cmocka_unit_test(valid_transactions_pass_with_exactly_the_flags_they_may),
                                       cmocka_unit_test(invalid_transactions_fail_with_exactly_the_flags_they_must)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    cJSON_Delete(valid);
    cJSON_Delete(invalid);
    return failed;
}
