/* fuzz_tx.c: transactions from arbitrary bytes: no crash, and what is read is what was written.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/policy.h"
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

/* The names of a transaction: wtxid hashes all bytes, txid the same without witness, and the weight counts these four
 * times. Read again without its witness it keeps its txid. */
static void check_names(const struct btc_tx *tx, struct btc_bytes bytes, struct btc_arena *arena)
{
    uint8_t txid[32], wtxid[32], expected[32], *base = malloc(bytes.length);
    struct btc_writer writer;
    struct btc_tx stripped;
    assert(base != NULL);
    btc_writer_init(&writer, base, bytes.length);
    btc_tx_write(&writer, tx, BTC_TX_BASE);
    struct btc_bytes view = btc_writer_view(&writer);
    assert(!writer.failed && view.length == btc_tx_size(tx, BTC_TX_BASE));
    btc_txid(txid, tx);
    btc_sha256d(expected, view.data, view.length);
    assert(memcmp(txid, expected, 32) == 0);
    btc_wtxid(wtxid, tx);
    btc_sha256d(expected, bytes.data, bytes.length);
    assert(memcmp(wtxid, expected, 32) == 0);
    assert((memcmp(txid, wtxid, 32) == 0) == !btc_tx_has_witness(tx));
    assert(btc_tx_weight_wu(tx) == 3 * view.length + bytes.length);
    /* Without inputs those bytes look like the segwit marker: such a transaction is no block's. */
    if (tx->input_count > 0) {
        size_t used = arena->used;
        enum btc_tx_error error = btc_tx_parse(&stripped, arena, view);
        assert(error == BTC_TX_OK && !btc_tx_has_witness(&stripped));
        btc_txid(expected, &stripped);
        assert(memcmp(txid, expected, 32) == 0);
        arena->used = used;
    }
    free(base);
}

/* Rules of relaying: each has a name, and what is dust at some rate is dust at a higher one. */
static void look_at_policy(const struct btc_tx *tx)
{
    for (enum btc_policy_era era = 0; era < BTC_POLICY_ERA_COUNT; era++)
        assert(btc_standard_error_name(btc_standard_check(tx, btc_policy_of_era(era))) != NULL);
    for (uint32_t i = 0; i < tx->output_count; i++)
        assert(btc_dust_limit_sat(&tx->outputs[i], 750) <= btc_dust_limit_sat(&tx->outputs[i], 1500));
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
        check_names(&tx, btc_bytes(bytes, length), &arena);
        look_at_scripts(&tx);
        look_at_policy(&tx);
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
