/* tx_check.c: the consensus checks that need nothing but the transaction, and the order of BIP 69.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/amount.h"
#include "protocol/bitcoin/sort.h"
#include "protocol/bitcoin/tx.h"

#include <assert.h>
#include <string.h>

/* Up to this many inputs are compared each with each, beyond they are sorted. */
#define FEW_INPUTS 64

static const char *const error_names[BTC_TX_ERROR_COUNT] = {
    [BTC_TX_OK] = "ok",
    [BTC_TX_SHORT] = "truncated",
    [BTC_TX_TRAILING] = "trailing-bytes",
    [BTC_TX_NONMINIMAL] = "non-canonical-compactsize",
    [BTC_TX_TOO_LARGE] = "count-too-large",
    [BTC_TX_SUPERFLUOUS_WITNESS] = "superfluous-witness",
    [BTC_TX_UNKNOWN_FLAG] = "unknown-flag",
    [BTC_TX_NO_MEMORY] = "no-memory",
    [BTC_TX_NO_INPUTS] = "bad-txns-vin-empty",
    [BTC_TX_NO_OUTPUTS] = "bad-txns-vout-empty",
    [BTC_TX_OVERSIZE] = "bad-txns-oversize",
    [BTC_TX_VALUE_NEGATIVE] = "bad-txns-vout-negative",
    [BTC_TX_VALUE_TOO_LARGE] = "bad-txns-vout-toolarge",
    [BTC_TX_SUM_TOO_LARGE] = "bad-txns-txouttotal-toolarge",
    [BTC_TX_DUPLICATE_INPUT] = "bad-txns-inputs-duplicate",
    [BTC_TX_COINBASE_LENGTH] = "bad-cb-length",
    [BTC_TX_NULL_PREVIOUS] = "bad-txns-prevout-null",
};

const char *btc_tx_error_name(enum btc_tx_error error)
{
    assert(error >= 0 && error < BTC_TX_ERROR_COUNT);
    return error_names[error];
}

static bool is_null(const struct btc_outpoint *outpoint)
{
    static const uint8_t zero[32];
    return outpoint->index == BTC_OUTPOINT_NULL_INDEX && memcmp(outpoint->txid, zero, 32) == 0;
}

bool btc_tx_is_coinbase(const struct btc_tx *tx)
{
    return tx->input_count == 1 && is_null(&tx->inputs[0].previous);
}

static enum btc_tx_error check_values(const struct btc_tx *tx)
{
    int64_t sum_sat = 0;
    for (uint32_t i = 0; i < tx->output_count; i++) {
        int64_t value_sat = tx->outputs[i].value_sat;
        if (value_sat < 0)
            return BTC_TX_VALUE_NEGATIVE;
        if (value_sat > BTC_MAX_MONEY_SAT)
            return BTC_TX_VALUE_TOO_LARGE;
        if (!btc_amount_add(&sum_sat, sum_sat, value_sat))
            return BTC_TX_SUM_TOO_LARGE;
    }
    return BTC_TX_OK;
}

static int order_outpoints(const struct btc_outpoint *a, const struct btc_outpoint *b)
{
    int order = memcmp(a->txid, b->txid, 32);
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

static int order_numbers(const void *context, const void *a, const void *b)
{
    const struct btc_tx *tx = context;
    return order_outpoints(&tx->inputs[*(const uint32_t *)a].previous, &tx->inputs[*(const uint32_t *)b].previous);
}

static enum btc_tx_error check_duplicates_of_many(const struct btc_tx *tx, struct btc_arena *scratch)
{
    size_t used = scratch->used;
    uint32_t *numbers = btc_arena_take(scratch, tx->input_count, sizeof *numbers);
    if (numbers == NULL)
        return BTC_TX_NO_MEMORY;
    for (uint32_t i = 0; i < tx->input_count; i++)
        numbers[i] = i;
    btc_sort(numbers, tx->input_count, sizeof *numbers, order_numbers, tx);
    bool duplicate = false;
    for (uint32_t i = 1; i < tx->input_count && !duplicate; i++)
        duplicate = order_numbers(tx, &numbers[i - 1], &numbers[i]) == 0;
    scratch->used = used;
    return duplicate ? BTC_TX_DUPLICATE_INPUT : BTC_TX_OK;
}

static enum btc_tx_error check_duplicates(const struct btc_tx *tx, struct btc_arena *scratch)
{
    if (tx->input_count > FEW_INPUTS)
        return check_duplicates_of_many(tx, scratch);
    for (uint32_t i = 1; i < tx->input_count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (btc_outpoint_equal(&tx->inputs[i].previous, &tx->inputs[j].previous))
                return BTC_TX_DUPLICATE_INPUT;
    return BTC_TX_OK;
}

static enum btc_tx_error check_previous(const struct btc_tx *tx)
{
    if (btc_tx_is_coinbase(tx)) {
        size_t length = tx->inputs[0].script.length;
        return length < 2 || length > 100 ? BTC_TX_COINBASE_LENGTH : BTC_TX_OK;
    }
    for (uint32_t i = 0; i < tx->input_count; i++)
        if (is_null(&tx->inputs[i].previous))
            return BTC_TX_NULL_PREVIOUS;
    return BTC_TX_OK;
}

enum btc_tx_error btc_tx_check(const struct btc_tx *tx, struct btc_arena *scratch)
{
    if (tx->input_count == 0)
        return BTC_TX_NO_INPUTS;
    if (tx->output_count == 0)
        return BTC_TX_NO_OUTPUTS;
    /* The witness is not counted here: consensus checks it with the block's weight. */
    if (btc_tx_size(tx, BTC_TX_BASE) > BTC_MAX_BLOCK_WEIGHT_WU / 4)
        return BTC_TX_OVERSIZE;
    enum btc_tx_error error = check_values(tx);
    if (error == BTC_TX_OK)
        error = check_duplicates(tx, scratch);
    if (error == BTC_TX_OK)
        error = check_previous(tx);
    return error;
}

int64_t btc_tx_output_sum_sat(const struct btc_tx *tx)
{
    int64_t sum_sat = 0;
    for (uint32_t i = 0; i < tx->output_count; i++) {
        bool in_range = btc_amount_add(&sum_sat, sum_sat, tx->outputs[i].value_sat);
        assert(in_range);
        (void)in_range;
    }
    return sum_sat;
}

/* BIP 69 orders txids as people read them: from the last byte. */
int btc_outpoint_compare_bip69(const struct btc_outpoint *a, const struct btc_outpoint *b)
{
    uint8_t txid_a[32], txid_b[32];
    btc_txid_reverse(txid_a, a->txid);
    btc_txid_reverse(txid_b, b->txid);
    int order = memcmp(txid_a, txid_b, 32);
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

int btc_output_compare_bip69(const struct btc_output *a, const struct btc_output *b)
{
    int order = (a->value_sat > b->value_sat) - (a->value_sat < b->value_sat);
    return order != 0 ? order : btc_bytes_compare(a->script, b->script);
}

static int order_inputs(const void *context, const void *a, const void *b)
{
    (void)context;
    return btc_outpoint_compare_bip69(&((const struct btc_input *)a)->previous,
                                      &((const struct btc_input *)b)->previous);
}

static int order_outputs(const void *context, const void *a, const void *b)
{
    (void)context;
    return btc_output_compare_bip69(a, b);
}

void btc_tx_sort_bip69(struct btc_tx *tx)
{
    btc_sort(tx->inputs, tx->input_count, sizeof *tx->inputs, order_inputs, NULL);
    btc_sort(tx->outputs, tx->output_count, sizeof *tx->outputs, order_outputs, NULL);
}
