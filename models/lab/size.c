/* size.c: experiment on sizes: real transactions are built, signed, judged and weighed.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A signature has 71 or 72 bytes, as chance has it (shorter ones are rare). The same transaction is therefore made
 * with several amounts, and the heaviest counts: what a payer must reckon with.
 */
#include "models/lab/size.h"

#include "models/chain/room.h"
#include "models/lab/bench.h"

#include <stdlib.h>

#define VARIANTS        16
#define ARENA_BYTES     (1u << 20)
#define SIGNATURE_MAX   73u /* with the hash type, as BOLT 3 has it: a high S, which nobody makes any more */
#define SIGNATURE_LEAST 60u /* shorter ones take 2^40 tries; no other item begins like one and is so long */
#define DER_SEQUENCE    0x30
#define WITNESS_SCALE   4u

static bool is_signature(struct btc_bytes item)
{
    return item.length >= SIGNATURE_LEAST && item.length <= SIGNATURE_MAX && item.data[0] == DER_SEQUENCE;
}

/* What longest signatures would add to the weight. */
static uint32_t missing_wu(const struct btc_input *input)
{
    uint32_t missing = 0;
    struct btc_op op;
    for (uint32_t i = 0; i < input->witness_count; i++)
        if (is_signature(input->witness[i]))
            missing += SIGNATURE_MAX - (uint32_t)input->witness[i].length;
    for (size_t at = 0; btc_script_next(&op, input->script, &at);)
        if (is_signature(op.data))
            missing += WITNESS_SCALE * (SIGNATURE_MAX - (uint32_t)op.data.length);
    return missing;
}

static const char *build(struct sized *sized, struct size_tools *tools)
{
    tools->arena.used = 0;
    const char *wrong =
        tools->config->transaction <= LAB_FUNDING ? size_payment(sized, tools) : size_channel(sized, tools);
    if (wrong != NULL)
        return wrong;
    const struct btc_spend spend = {.curve = &tools->curve, .tx = &sized->tx, .spent = &sized->spent};
    if (btc_script_verify(&tools->space, &spend, BTC_VERIFY_POLICY) != BTC_SCRIPT_OK)
        return "the transaction is not valid";
    return NULL;
}

static void weigh(struct bench *bench, struct size_tools *tools)
{
    struct sized sized;
    uint32_t heaviest_wu = 0, vsize = 0, longest_wu = 0, bolt3_wu = size_bolt3_wu(tools->config);
    for (tools->variant = 0; tools->variant < VARIANTS; tools->variant++) {
        const char *wrong = build(&sized, tools);
        if (wrong != NULL) {
            bench_fail(bench, wrong);
            return;
        }
        uint32_t weight_wu = btc_tx_weight_wu(&sized.tx);
        if (weight_wu <= heaviest_wu)
            continue;
        heaviest_wu = weight_wu;
        vsize = btc_tx_vsize(&sized.tx);
        longest_wu = weight_wu + missing_wu(&sized.tx.inputs[0]);
    }
    bench->result->trials = VARIANTS;
    bench_set(bench, LAB_SIZE_WEIGHT, heaviest_wu);
    bench_set(bench, LAB_SIZE_VSIZE, vsize);
    bench_set(bench, LAB_SIZE_LONGEST, longest_wu);
    if (bolt3_wu == 0)
        return;
    bench_set(bench, LAB_SIZE_BOLT3, bolt3_wu);
    bench_set(bench, LAB_SIZE_BOLT3_EXCESS, (double)bolt3_wu - longest_wu);
}

void lab_size(struct bench *bench)
{
    struct size_tools *tools = calloc(1, sizeof *tools);
    if (tools != NULL && room_reserve(&tools->arena, ARENA_BYTES) && room_reserve(&tools->scratch, ARENA_BYTES)) {
        btc_curve_init(&tools->curve);
        tools->config = &bench->experiment->size;
        weigh(bench, tools);
    } else {
        bench_memory(bench);
    }
    if (tools != NULL) {
        room_free(&tools->arena);
        room_free(&tools->scratch);
    }
    free(tools);
}
