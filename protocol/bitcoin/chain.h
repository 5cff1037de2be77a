/* chain.h: the best chain's tip and coins: connecting a block, and taking it back.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     tip 7 ──connect(block 8)──► tip 8, undo 8
 *     tip 8 ──disconnect(block 8, undo 8)──► tip 7      exactly as before
 *
 * Connecting checks every rule of consensus. On any error the chain is as before. Which of several chains is best is
 * the caller's business; a reorganisation is disconnects down to the fork and connects from there.
 *
 * Source: Bitcoin consensus; BIP 30, 34, 65, 66, 68, 112, 113, 141, 143, 147. Taproot outputs can be made, not spent.
 */
#ifndef KONSENTO_BITCOIN_CHAIN_H
#define KONSENTO_BITCOIN_CHAIN_H

#include "protocol/bitcoin/inputs.h"

struct btc_chain {
    const struct btc_chain_rules *rules;
    const struct btc_allocator *allocator;
    struct btc_utxo coins;
    uint8_t tip[32]; /* hash of the newest block */
    uint32_t height; /* of the newest block; the genesis block has 0 */
    struct btc_recent_times recent;
};

/* What a block took away: bytes, in the allocator's memory. */
struct btc_undo {
    uint8_t *bytes;
    size_t length;
};

/* A chain of the genesis block alone. Its coinbase can never be spent, so there are no coins. Owns: coins, until close.
 */
void btc_chain_init(struct btc_chain *chain, const struct btc_chain_rules *rules, const struct btc_header *genesis,
                    const struct btc_allocator *allocator, struct btc_salt salt);
/* The genesis block of regtest. */
void btc_chain_init_regtest(struct btc_chain *chain, const struct btc_allocator *allocator, struct btc_salt salt);
void btc_chain_close(struct btc_chain *chain);

/* Where the next block stands; latest_time is UINT32_MAX. */
struct btc_block_place btc_chain_next_place(const struct btc_chain *chain);
/* The same for a transaction that is to be in the next block. */
struct btc_inputs_place btc_chain_next_inputs_place(const struct btc_chain *chain);

struct btc_connect_options {
    const struct btc_judge_tools *tools; /* scratch: 40 bytes per transaction and 60 per input of the block will do */
    uint32_t latest_time;                /* now + BTC_MAX_FUTURE_BLOCK_S; UINT32_MAX: any */
};

/* Puts a block on the tip. Out: undo, to be released by btc_undo_release; fault (may be NULL).
 * Returns OK or the first rule that is broken; the chain is then as before and undo untouched. */
__attribute__((warn_unused_result)) enum btc_block_error
btc_chain_connect(struct btc_chain *chain, struct btc_undo *undo, struct btc_block_fault *fault,
                  const struct btc_block *block, const struct btc_connect_options *options);

/* Takes the newest block off. In: that block, and its undo (asserts that they fit).
 * Returns OK, or NO_MEMORY; the chain is then as before. undo stays the caller's. */
__attribute__((warn_unused_result)) enum btc_block_error btc_chain_disconnect(struct btc_chain *chain,
                                                                              const struct btc_block *block,
                                                                              const struct btc_undo *undo,
                                                                              struct btc_arena *scratch);

void btc_undo_release(struct btc_undo *undo, const struct btc_allocator *allocator);

#endif
