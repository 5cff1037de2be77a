/* test_vector_scripts.c: Bitcoin Core's script_tests.json: every case and its exact error.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each case is a coinbase-like transaction that pays to the script, and one that spends it. Further, as Core does: a
 * case that passes must pass with fewer flags, one that fails must fail with more. Everything is judged with and
 * without a memory of verdicts. Cases that use taproot are counted and left out: the interpreter does not know it.
 */
#include "protocol/bitcoin/interpreter.h"
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

static cJSON *cases;
static uint8_t memory[1 << 21];
static struct btc_arena arena;
static struct btc_script_space space;
static struct btc_curve curve;

/* The two transactions of a case. */
struct pair {
    struct btc_tx credit, spend;
    struct btc_input credit_input, spend_input;
    struct btc_output credit_output, spend_output;
};

static void pair_init(struct pair *pair, struct btc_bytes script_sig, struct btc_bytes script, int64_t value_sat)
{
    static const uint8_t two_zeros[2] = {BTC_OP_0, BTC_OP_0};
    memset(pair, 0, sizeof *pair);
    pair->credit_input = (struct btc_input){
        .previous.index = BTC_OUTPOINT_NULL_INDEX, .script = btc_bytes(two_zeros, 2), .sequence = BTC_SEQUENCE_FINAL};
    pair->credit_output = (struct btc_output){value_sat, script};
    pair->credit = (struct btc_tx){1, 0, 1, 1, &pair->credit_input, &pair->credit_output};
    pair->spend_input = (struct btc_input){.script = script_sig, .sequence = BTC_SEQUENCE_FINAL};
    btc_txid(pair->spend_input.previous.txid, &pair->credit);
    pair->spend_output = (struct btc_output){value_sat, btc_bytes(NULL, 0)};
    pair->spend = (struct btc_tx){1, 0, 1, 1, &pair->spend_input, &pair->spend_output};
}

/* Reads [witness items ..., amount] and returns the amount. */
static int64_t read_witness(struct btc_input *input, const cJSON *array)
{
    int count = cJSON_GetArraySize(array) - 1;
    input->witness = btc_arena_take(&arena, (size_t)count, sizeof *input->witness);
    input->witness_count = (uint32_t)count;
    for (int i = 0; i < count; i++) {
        const char *hex = vector_string(array, i);
        uint8_t *bytes = btc_arena_take(&arena, strlen(hex) / 2, 1);
        assert_non_null(bytes);
        input->witness[i] = btc_bytes(bytes, hex_read(bytes, strlen(hex) / 2, hex));
    }
    return llround(cJSON_GetNumberValue(cJSON_GetArrayItem(array, count)) * (double)100000000);
}

static enum btc_script_error verify(const struct pair *pair, uint32_t flags)
{
    struct btc_spend spend = {.curve = &curve, .tx = &pair->spend, .spent = &pair->credit_output};
    enum btc_script_error error = btc_script_verify(&space, &spend, flags);
    struct btc_tx_spend whole = {.curve = &curve, .tx = &pair->spend, .spent = &pair->credit_output};
    assert_int_equal(both_judges_verify(&whole, flags), error);
    return error;
}

static void check_other_flags(const struct pair *pair, uint32_t flags, bool good, uint32_t *noise)
{
    for (int i = 0; i < 16; i++) {
        *noise = *noise * UINT32_C(1664525) + UINT32_C(1013904223);
        uint32_t extra = *noise >> 16;
        uint32_t other = good ? flags & ~extra : flags | extra;
        if (other == flags_fill(other))
            assert_int_equal(verify(pair, other) == BTC_SCRIPT_OK, good);
    }
}

static void check_case(const cJSON *entry, uint32_t *noise)
{
    struct btc_input witness = {0};
    int at = 0;
    int64_t value_sat = cJSON_IsArray(cJSON_GetArrayItem(entry, 0)) ? read_witness(&witness, entry->child) : 0;
    at += cJSON_IsArray(cJSON_GetArrayItem(entry, 0));
    struct pair pair;
    struct btc_bytes script_sig = script_from_text(&arena, vector_string(entry, at));
    pair_init(&pair, script_sig, script_from_text(&arena, vector_string(entry, at + 1)), value_sat);
    pair.spend_input.witness = witness.witness;
    pair.spend_input.witness_count = witness.witness_count;
    uint32_t flags = flags_fill(flags_from_text(vector_string(entry, at + 2)));
    const char *expected = vector_string(entry, at + 3);
    const char *actual = btc_script_error_name(verify(&pair, flags));
    if (strcmp(actual, expected) != 0)
        fail_msg("%s | %s | %s: %s instead of %s", vector_string(entry, at), vector_string(entry, at + 1),
                 vector_string(entry, at + 2), actual, expected);
    check_other_flags(&pair, flags, strcmp(expected, "OK") == 0, noise);
}

/* A case of taproot says so in its flags. */
static bool uses_taproot(const cJSON *entry)
{
    int flags_at = cJSON_IsArray(cJSON_GetArrayItem(entry, 0)) ? 3 : 2;
    return strstr(vector_string(entry, flags_at), "TAPROOT") != NULL;
}

static void every_script_case_ends_with_its_exact_error(void **state)
{
    (void)state;
    unsigned count = 0, comments = 0, taproot = 0;
    uint32_t noise = 1;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, cases)
    {
        arena.used = 0;
        if (cJSON_GetArraySize(entry) == 1) {
            comments++;
        } else if (uses_taproot(entry)) {
            taproot++;
        } else {
            check_case(entry, &noise);
            count++;
        }
    }
    struct both_judges_tally tally = both_judges_tally();
    print_message("script_tests.json: %u cases, each with up to 16 further sets of flags; %u of taproot left out\n",
                  count, taproot);
    print_message("%lu verifications thrice: %lu of %lu signatures from memory\n", tally.verified, tally.remembered,
                  tally.judged);
    assert_true(count >= 1207);
    assert_int_equal(count + comments + taproot, cJSON_GetArraySize(cases));
    assert_true(tally.remembered > 0 && tally.remembered < tally.judged);
}

int main(void)
{
    cases = vector_json("script_tests.json");
    if (cases == NULL)
        return VECTORS_SKIPPED;
    btc_arena_init(&arena, memory, sizeof memory);
    btc_curve_init(&curve);
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_script_case_ends_with_its_exact_error)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    cJSON_Delete(cases);
    return failed;
}
