/* inputs.h: a transaction against the coins it spends: the rules that blocks and mempools share.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Source: Bitcoin consensus; BIP 68, 113, 141.
 */
#ifndef KONSENTO_BITCOIN_INPUTS_H
#define KONSENTO_BITCOIN_INPUTS_H

#include "protocol/bitcoin/block.h"
#include "protocol/bitcoin/spend.h"
#include "protocol/bitcoin/utxo.h"

/* What judging signatures takes: lent by the caller, used again and again. */
struct btc_judge_tools {
    const struct btc_curve *curve;
    struct btc_script_space *space;
    struct btc_arena *scratch;  /* everything taken from it is given back */
    btc_signature_judge *judge; /* NULL: real ECDSA */
    void *judge_context;
};

/* A transaction and, for each input, the coin it spends. */
struct btc_inputs {
    const struct btc_tx *tx;
    const struct btc_coin **coins;
    struct btc_output *outputs; /* of the coins; scripts are views into them */
    struct btc_coin_age *ages;
};

/* Takes the arrays of inputs, for tx->input_count inputs, from an arena. Returns false if they do not fit. */
__attribute__((warn_unused_result)) bool btc_inputs_take(struct btc_inputs *inputs, const struct btc_tx *tx,
                                                         struct btc_arena *arena);

/* Puts in the coin of one input. */
void btc_inputs_set(struct btc_inputs *inputs, uint32_t input, const struct btc_coin *coin);

/* Where a transaction would be mined. */
struct btc_inputs_place {
    uint32_t height;
    uint32_t median_time; /* past: of the block before */
};

/* Maturity, ranges, outputs not above inputs, relative locks. Out: the fee.
 * Returns OK, PREMATURE, INPUTS_RANGE, IN_BELOW_OUT or NONFINAL; fault->input says where. */
__attribute__((warn_unused_result)) enum btc_block_error btc_inputs_check(int64_t *fee_sat,
                                                                          struct btc_block_fault *fault,
                                                                          const struct btc_inputs *inputs,
                                                                          const struct btc_inputs_place *place);

/* All scripts. Returns OK, SCRIPT or TAPROOT; fault->input and script_error say where and why. */
__attribute__((warn_unused_result)) enum btc_block_error btc_inputs_judge(struct btc_block_fault *fault,
                                                                          const struct btc_inputs *inputs,
                                                                          const struct btc_judge_tools *tools,
                                                                          uint32_t flags);

#endif
