/* fuzz_tx.c: transactions from arbitrary bytes: no crash, and what is read is what was written.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/bitcoin/script.h"
#include "protocol/bitcoin/sigops.h"
#include "protocol/bitcoin/tx.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_written(const struct btc_tx *tx, struct btc_bytes bytes)
{
    struct btc_writer writer;
    uint8_t *again = malloc(bytes.length);
    assert(again != NULL);
    btc_writer_init(&writer, again, bytes.length);
    btc_tx_write(&writer, tx, BTC_TX_WITNESS);
    assert(!writer.failed && btc_bytes_equal(btc_writer_view(&writer), bytes));
    free(again);
    assert(btc_tx_size(tx, BTC_TX_WITNESS) == bytes.length);
    assert(btc_tx_size(tx, BTC_TX_BASE) <= bytes.length);
    assert(btc_tx_vsize(tx) <= bytes.length);
}

static void look_at_scripts(const struct btc_tx *tx)
{
    for (uint32_t i = 0; i < tx->output_count; i++) {
        struct btc_bytes script = tx->outputs[i].script;
        struct btc_script_form form = btc_script_classify(script);
        assert(form.payload.length <= script.length);
        assert(btc_script_sigops(script, BTC_SIGOPS_ACCURATE) <= btc_script_sigops(script, BTC_SIGOPS_LEGACY));
    }
}

/* Sorting moves, and changes nothing: the same inputs and outputs in an order that is sorted. */
static void check_sorted(struct btc_tx *tx)
{
    size_t size = btc_tx_size(tx, BTC_TX_WITNESS);
    btc_tx_sort_bip69(tx);
    assert(btc_tx_size(tx, BTC_TX_WITNESS) == size);
    for (uint32_t i = 1; i < tx->input_count; i++)
        assert(btc_outpoint_compare_bip69(&tx->inputs[i - 1].previous, &tx->inputs[i].previous) <= 0);
    for (uint32_t i = 1; i < tx->output_count; i++)
        assert(btc_output_compare_bip69(&tx->outputs[i - 1], &tx->outputs[i]) <= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct btc_arena arena;
    struct btc_tx tx, copy;
    size_t capacity = 3 * BTC_TX_ARENA_BYTES(length);
    void *memory = malloc(capacity);
    assert(memory != NULL);
    btc_arena_init(&arena, memory, capacity);
    enum btc_tx_error error = btc_tx_parse(&tx, &arena, btc_bytes(bytes, length));
    assert(error != BTC_TX_NO_MEMORY && btc_tx_error_name(error) != NULL);
    if (error == BTC_TX_OK) {
        assert(arena.used <= BTC_TX_ARENA_BYTES(length));
        check_written(&tx, btc_bytes(bytes, length));
        look_at_scripts(&tx);
        error = btc_tx_copy(&copy, &arena, &tx);
        assert(error == BTC_TX_OK);
        check_written(&copy, btc_bytes(bytes, length));
        error = btc_tx_check(&copy, &arena);
        assert(error != BTC_TX_NO_MEMORY);
        if (error == BTC_TX_OK)
            assert(btc_tx_output_sum_sat(&copy) >= 0);
        check_sorted(&copy);
    } else {
        assert(arena.used == 0);
    }
    free(memory);
    return 0;
}
