/* test_vector_bip69.c: the transactions that BIP 69 gives as examples.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each is sorted already: sorting must leave it, and must bring it back from any other order.
 */
#include "protocol/bitcoin/tx.h"
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

static void check_example(const char *hex)
{
    static uint8_t bytes[10000], sorted[10000];
    struct btc_arena arena;
    struct btc_tx tx;
    size_t length = hex_read(bytes, sizeof bytes, hex);
    btc_arena_init(&arena, memory, sizeof memory);
    assert_int_equal(btc_tx_parse(&tx, &arena, btc_bytes(bytes, length)), BTC_TX_OK);
    for (uint32_t seed = 0; seed < 50; seed++) {
        if (seed > 0)
            shuffle(&tx, seed);
        btc_tx_sort_bip69(&tx);
        struct btc_writer writer;
        btc_writer_init(&writer, sorted, sizeof sorted);
        btc_tx_write(&writer, &tx, BTC_TX_WITNESS);
        assert_int_equal(writer.length, length);
        assert_memory_equal(sorted, bytes, length);
    }
}

static void the_examples_are_in_order_and_come_back_into_it(void **state)
{
    (void)state;
    for (int i = 1; i <= EXAMPLES; i++) {
        char name[64];
        snprintf(name, sizeof name, "bip69/bip69-%d.hex", i);
        char *hex = vector_text(name);
        assert_non_null(hex);
        check_example(hex);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_examples_are_in_order_and_come_back_into_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
