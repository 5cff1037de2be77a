/* miner.h: a miner on a real chain, and the transactions that wait for it.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whoever has something broadcast is known by a number. The miner is told whose transactions it takes, and whose first;
 * it takes whatever is valid, in the order in which it came. A transaction that had to wait for a lock is put into a
 * block one height earlier too, where the chain must refuse it. Blocks can be taken back: what was in them waits again.
 */
#ifndef KONSENTO_TESTS_LIGHTNING_MINER_H
#define KONSENTO_TESTS_LIGHTNING_MINER_H

#include "tests/bitcoin/regtest.h"

#define MINER_WAITING 2000
#define MINER_OWNERS  8

struct miner_tx {
    const struct btc_tx *tx;
    uint8_t txid[32];
    uint8_t owner;
    bool gone;             /* replaced, or forgotten by its owner */
    uint32_t mined_height; /* 0: it waits */
    bool locked;           /* it could not have been in a block before the one it is in */
};

struct miner {
    struct regtest *regtest;
    struct miner_tx waiting[MINER_WAITING];
    uint32_t count;
    uint32_t floor_height; /* nothing is tried below it */
    uint64_t mined;
    uint64_t refused; /* one block too early */
    int64_t fees_sat; /* of all that is in blocks */
    int64_t block_fees_sat[REGTEST_MAX_BLOCKS];
};

void miner_begin(struct miner *miner, struct regtest *regtest);
/* In: replaced, 32 bytes of a txid, or all zeros. Returns the transaction; one that is there already is the same. */
struct miner_tx *miner_wait(struct miner *miner, unsigned owner, struct btc_bytes bytes, const uint8_t *replaced);
struct miner_tx *miner_find(struct miner *miner, const uint8_t txid[32]);
/* In: takes, a bit for each owner. */
void miner_block(struct miner *miner, unsigned takes, unsigned first);
void miner_undo(struct miner *miner);
/* Whether the output is in the chain and nothing that waits spends it. */
bool miner_is_free(const struct miner *miner, const struct btc_outpoint *outpoint);

#endif
