/* test_vector_bip69.c: the transactions that BIP 69 gives as examples.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sorting must put each into the order that the BIP words, the same from wherever it starts.
 */
#include "protocol/bitcoin/tx.h"
#include "tests/bitcoin/hex.h"
#include "tests/bitcoin/vector_file.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXAMPLES 5

static uint8_t memory[1 << 16];

/* A shuffle that is the same in every run. */
static void shuffle(struct btc_tx *tx, uint32_t seed)
{
    for (uint32_t i = tx->input_count; i > 1; i--) {
        seed = seed * UINT32_C(1664525) + UINT32_C(1013904223);
        struct btc_input *a = &tx->inputs[i - 1], *b = &tx->inputs[(seed >> 8) % i], kept = *a;
        *a = *b;
        *b = kept;
    }
    for (uint32_t i = tx->output_count; i > 1; i--) {
        seed = seed * UINT32_C(1664525) + UINT32_C(1013904223);
        struct btc_output *a = &tx->outputs[i - 1], *b = &tx->outputs[(seed >> 8) % i], kept = *a;
        *a = *b;
        *b = kept;
    }
}

/* The order as the BIP words it: by the txids as people read them, as text. */
static bool inputs_are_in_order(const struct btc_tx *tx)
{
    for (uint32_t i = 1; i < tx->input_count; i++) {
        char text[2][65];
        for (uint32_t k = 0; k < 2; k++)
            for (int j = 0; j < 32; j++)
                snprintf(text[k] + 2 * j, 3, "%02x", tx->inputs[i - 1 + k].previous.txid[31 - j]);
        int order = strcmp(text[0], text[1]);
        if (order > 0 || (order == 0 && tx->inputs[i - 1].previous.index > tx->inputs[i].previous.index))
            return false;
    }
    return true;
}

static bool outputs_are_in_order(const struct btc_tx *tx)
{
    for (uint32_t i = 1; i < tx->output_count; i++) {
        const struct btc_output *a = &tx->outputs[i - 1], *b = &tx->outputs[i];
        /* All scripts here have one length, or their first byte decides. */
        size_t common = a->script.length < b->script.length ? a->script.length : b->script.length;
        if (a->value_sat > b->value_sat ||
            (a->value_sat == b->value_sat && memcmp(a->script.data, b->script.data, common) > 0))
            return false;
    }
    return true;
}

static void write_all(struct btc_writer *writer, uint8_t *bytes, const struct btc_tx *tx)
{
    btc_writer_init(writer, bytes, 10000);
    btc_tx_write(writer, tx, BTC_TX_WITNESS);
    assert_false(writer->failed);
}

/* Four of the five stand in the chain as their wallets made them, before the BIP. */
static void check_example(const char *hex, bool in_order)
{
    static uint8_t bytes[10000], sorted[10000], again[10000];
    struct btc_arena arena;
    struct btc_tx tx;
    struct btc_writer first, other;
    size_t length = hex_read(bytes, sizeof bytes, hex);
    btc_arena_init(&arena, memory, sizeof memory);
    assert_int_equal(btc_tx_parse(&tx, &arena, btc_bytes(bytes, length)), BTC_TX_OK);
    assert_int_equal(inputs_are_in_order(&tx) && outputs_are_in_order(&tx), in_order);
    btc_tx_sort_bip69(&tx);
    assert_true(inputs_are_in_order(&tx) && outputs_are_in_order(&tx));
    write_all(&first, sorted, &tx);
    assert_int_equal(first.length, length);
    assert_int_equal(memcmp(bytes, sorted, length) == 0, in_order);
    for (uint32_t seed = 1; seed < 50; seed++) {
        shuffle(&tx, seed);
        btc_tx_sort_bip69(&tx);
        write_all(&other, again, &tx);
        assert_int_equal(other.length, length);
        assert_memory_equal(again, sorted, length);
    }
}

static void the_examples_come_into_order_from_any_order(void **state)
{
    (void)state;
    static const bool in_order[EXAMPLES] = {false, true, false, false, false};
    for (int i = 1; i <= EXAMPLES; i++) {
        char name[64];
        snprintf(name, sizeof name, "bip69/bip69-%d.hex", i);
        char *hex = vector_text(name);
        assert_non_null(hex);
        check_example(hex, in_order[i - 1]);
        free(hex);
    }
    print_message("bip69: %d cases\n", EXAMPLES);
}

int main(void)
{
    char *first = vector_text("bip69/bip69-1.hex");
    if (first == NULL)
        return VECTORS_SKIPPED;
    free(first);
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_examples_come_into_order_from_any_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
