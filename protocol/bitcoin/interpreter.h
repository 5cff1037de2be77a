/* interpreter.h: does this input satisfy the output it spends? Consensus-grade script evaluation.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Legacy, P2SH and segwit version 0 scripts exactly as Bitcoin Core 26 evaluates them, bug for bug, with the same flags
 * and the same named errors. Taproot (witness version 1, 32 bytes) is accepted as Core accepts it before activation.
 *
 *     scriptSig ──► stack ──► scriptPubKey ──► true?
 *                               ├─ P2SH pattern:    run the top element as a script on the rest of the stack
 *                               └─ witness program: run P2WPKH's implied script, or the witness script
 *
 * Memory: the caller lends a struct btc_script_space (about 40 KiB on a 64-bit machine), which needs no initialisation
 * and may be used again and again by one thread. Elements on the stack are views into the scripts, the witness, or the
 * space; nothing is allocated. The bounds of the space follow from consensus limits, so it never runs out.
 *
 * Source: Bitcoin consensus; BIP 16, 62, 65, 66, 68, 112, 141, 143, 146, 147.
 */
#ifndef KONSENTO_BITCOIN_INTERPRETER_H
#define KONSENTO_BITCOIN_INTERPRETER_H

#include "protocol/bitcoin/script_rules.h"
#include "protocol/bitcoin/spend.h"

/* Evaluates one input. Returns OK or the first error, as Core does. */
__attribute__((warn_unused_result)) enum btc_script_error
btc_script_verify(struct btc_script_space *space, const struct btc_spend *spend, uint32_t flags);

/* All inputs of one transaction. */
struct btc_tx_spend {
    const struct btc_curve *curve;
    const struct btc_tx *tx;
    const struct btc_output *spent; /* one per input */
    btc_signature_judge *judge;     /* NULL: real ECDSA */
    void *judge_context;
};

/* Evaluates them from the first on. Returns OK, or the error of the first that fails and its number in *failed. */
__attribute__((warn_unused_result)) enum btc_script_error
btc_tx_verify(struct btc_script_space *space, uint32_t *failed, const struct btc_tx_spend *spend, uint32_t flags);

#endif
