/* inputs.c: a transaction against the coins it spends: the rules that blocks and mempools share.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/inputs.h"

#include "protocol/bitcoin/amount.h"
#include "protocol/bitcoin/interpreter.h"

bool btc_inputs_take(struct btc_inputs *inputs, const struct btc_tx *tx, struct btc_arena *arena)
{
    size_t used = arena->used, count = tx->input_count;
    inputs->tx = tx;
    inputs->coins = btc_arena_take(arena, count, sizeof(const struct btc_coin *));
    inputs->outputs = btc_arena_take(arena, count, sizeof *inputs->outputs);
    inputs->ages = btc_arena_take(arena, count, sizeof *inputs->ages);
    if (inputs->coins != NULL && inputs->outputs != NULL && inputs->ages != NULL)
        return true;
    arena->used = used;
    return false;
}

void btc_inputs_set(struct btc_inputs *inputs, uint32_t input, const struct btc_coin *coin)
{
    inputs->coins[input] = coin;
    inputs->outputs[input] = coin->output;
    inputs->ages[input] = coin->age;
}

static bool is_mature(const struct btc_coin *coin, uint32_t height)
{
    return coin->origin != BTC_COIN_COINBASE || height - coin->age.height >= BTC_COINBASE_MATURITY;
}

enum btc_block_error btc_inputs_check(int64_t *fee_sat, struct btc_block_fault *fault, const struct btc_inputs *inputs,
                                      const struct btc_inputs_place *place)
{
    int64_t sum_sat = 0, difference_sat;
    for (uint32_t i = 0; i < inputs->tx->input_count; i++) {
        fault->input = i;
        if (!is_mature(inputs->coins[i], place->height))
            return BTC_BLOCK_PREMATURE;
        if (!btc_amount_add(&sum_sat, sum_sat, inputs->outputs[i].value_sat))
            return BTC_BLOCK_INPUTS_RANGE;
    }
    fault->input = 0;
    if (!btc_amount_subtract(&difference_sat, sum_sat, btc_tx_output_sum_sat(inputs->tx)))
        return BTC_BLOCK_IN_BELOW_OUT;
    struct btc_earliest earliest = btc_tx_earliest(inputs->tx, inputs->ages);
    if (place->height < earliest.min_height || place->median_time < earliest.min_time)
        return BTC_BLOCK_NONFINAL;
    *fee_sat = difference_sat;
    return BTC_BLOCK_OK;
}

/* The interpreter accepts taproot spends unseen, as software from before taproot does. A chain that others are to
 * accept must not hold one: better refused than not judged. */
static bool spends_taproot(struct btc_block_fault *fault, const struct btc_inputs *inputs)
{
    for (uint32_t i = 0; i < inputs->tx->input_count; i++) {
        if (btc_script_classify(inputs->outputs[i].script).kind == BTC_SCRIPT_P2TR) {
            fault->input = i;
            return true;
        }
    }
    return false;
}

enum btc_block_error btc_inputs_judge(struct btc_block_fault *fault, const struct btc_inputs *inputs,
                                      const struct btc_judge_tools *tools, uint32_t flags)
{
    if (spends_taproot(fault, inputs))
        return BTC_BLOCK_TAPROOT;
    const struct btc_tx_spend spend = {.curve = tools->curve,
                                       .tx = inputs->tx,
                                       .spent = inputs->outputs,
                                       .judge = tools->judge,
                                       .judge_context = tools->judge_context};
    fault->script_error = btc_tx_verify(tools->space, &fault->input, &spend, flags);
    return fault->script_error == BTC_SCRIPT_OK ? BTC_BLOCK_OK : BTC_BLOCK_SCRIPT;
}
