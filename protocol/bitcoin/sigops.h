/* sigops.h: the signature operations that blocks and mempools count.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Cost: 4 for an operation in a scriptSig, a scriptPubKey or a P2SH script, 1 in a witness; a block may cost 80,000.
 * Source: BIP 16, 141.
 */
#ifndef KONSENTO_BITCOIN_SIGOPS_H
#define KONSENTO_BITCOIN_SIGOPS_H

#include "protocol/bitcoin/tx.h"

#define BTC_MAX_BLOCK_SIGOP_COST       80000u
#define BTC_MAX_STANDARD_TX_SIGOP_COST 16000u

enum btc_sigop_count {
    BTC_SIGOPS_LEGACY = 0,  /* a multisig counts 20 */
    BTC_SIGOPS_ACCURATE = 1 /* a multisig counts its keys where OP_1 .. OP_16 says how many */
};

/* Signature operations of one script, up to the first malformed push. */
uint32_t btc_script_sigops(struct btc_bytes script, enum btc_sigop_count count);

/* Cost of a whole transaction. In: spent, one output per input, not read for a coinbase; flags: BTC_VERIFY_P2SH and
 * BTC_VERIFY_WITNESS count. */
uint32_t btc_tx_sigop_cost(const struct btc_tx *tx, const struct btc_output *spent, uint32_t flags);

#endif
