/* assemble.h: what is in a block: the choice of a miner, or what he is told; then coinbase, work, validation.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Own transactions are in a miner's block if they are in his mempool, he takes their feerate, and others do not fill
 * the block above their feerate with ancestors. Packages are taken best first, as a real template is made.
 */
#ifndef KONSENTO_MODELS_CHAIN_ASSEMBLE_H
#define KONSENTO_MODELS_CHAIN_ASSEMBLE_H

#include "models/chain/parts.h"

/* Derives what the miners' coinbases pay to. Returns false if there is no memory. */
__attribute__((warn_unused_result)) bool assemble_open(struct chain *chain);
void assemble_close(struct chain *chain);

struct assemble_order {
    uint32_t parent;
    uint32_t miner;           /* zone; TREE_NONE */
    int64_t found_us;         /* the header's time follows it */
    struct btc_bytes payout;  /* empty: the miner's */
    struct btc_mempool *pool; /* a template is made from it; NULL: nothing but what is given */
    const uint32_t *given;    /* own transactions that are in whatever they pay, parents before children */
    uint32_t given_count;
};

/* Makes, validates and adds a block. Out: error; own_vb, virtual bytes of own transactions in it (may be NULL).
 * Returns its node; TREE_NONE if it is not valid (error says why) or memory is out (told). */
uint32_t assemble_block(struct chain *chain, enum btc_block_error *error, double *own_vb,
                        const struct assemble_order *order);

#endif
