/* sigops.c: the signature operations that blocks and mempools count.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/sigops.h"

#include "protocol/bitcoin/script.h"
#include "protocol/bitcoin/script_rules.h"

#define LEGACY_COST 4

uint32_t btc_script_sigops(struct btc_bytes script, enum btc_sigop_count count)
{
    uint32_t sigops = 0;
    uint8_t before = 0;
    struct btc_op op;
    for (size_t at = 0; btc_script_next(&op, script, &at); before = op.code) {
        if (op.code == BTC_OP_CHECKSIG || op.code == BTC_OP_CHECKSIGVERIFY)
            sigops++;
        else if (op.code != BTC_OP_CHECKMULTISIG && op.code != BTC_OP_CHECKMULTISIGVERIFY)
            continue;
        else if (count == BTC_SIGOPS_ACCURATE && before >= BTC_OP_1 && before <= BTC_OP_16)
            sigops += before - BTC_OP_1 + 1u;
        else
            sigops += BTC_MAX_MULTISIG_KEYS;
    }
    return sigops;
}

/* What the last operation of a script of pushes pushes: the redeem script of a P2SH input; empty if it is something
 * else. */
static struct btc_bytes last_push(struct btc_bytes script)
{
    struct btc_op op = {0};
    size_t at = 0;
    while (at < script.length)
        if (!btc_script_next(&op, script, &at) || op.code > BTC_OP_16)
            return btc_bytes(NULL, 0);
    return op.data;
}

static uint32_t witness_sigops(const struct btc_input *input, struct btc_bytes script)
{
    uint8_t version;
    struct btc_bytes program;
    if (!btc_script_is_witness_program(&version, &program, script) || version != 0)
        return 0;
    if (program.length == 20)
        return 1;
    if (program.length != 32 || input->witness_count == 0)
        return 0;
    return btc_script_sigops(input->witness[input->witness_count - 1], BTC_SIGOPS_ACCURATE);
}

static uint32_t input_cost(const struct btc_input *input, const struct btc_output *spent, uint32_t flags)
{
    uint32_t cost = 0;
    struct btc_bytes script = spent->script;
    if ((flags & BTC_VERIFY_P2SH) && btc_script_is_p2sh(script)) {
        script = last_push(input->script);
        cost += LEGACY_COST * btc_script_sigops(script, BTC_SIGOPS_ACCURATE);
    }
    if (flags & BTC_VERIFY_WITNESS)
        cost += witness_sigops(input, script);
    return cost;
}

uint32_t btc_tx_sigop_cost(const struct btc_tx *tx, const struct btc_output *spent, uint32_t flags)
{
    uint32_t cost = 0;
    for (uint32_t i = 0; i < tx->input_count; i++)
        cost += LEGACY_COST * btc_script_sigops(tx->inputs[i].script, BTC_SIGOPS_LEGACY);
    for (uint32_t i = 0; i < tx->output_count; i++)
        cost += LEGACY_COST * btc_script_sigops(tx->outputs[i].script, BTC_SIGOPS_LEGACY);
    if (btc_tx_is_coinbase(tx))
        return cost;
    for (uint32_t i = 0; i < tx->input_count; i++)
        cost += input_cost(&tx->inputs[i], &spent[i], flags);
    return cost;
}
