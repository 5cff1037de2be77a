/* regtest.h: a regtest chain with a miner and a payer, for tests.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The payer has one P2WPKH key. Coinbases pay to it, so it can spend them 100 blocks later. Blocks are kept with their
 * bytes and undo, so that they can be taken back.
 */
#ifndef KONSENTO_TESTS_BITCOIN_REGTEST_H
#define KONSENTO_TESTS_BITCOIN_REGTEST_H

#include "protocol/bitcoin/amount.h"
#include "protocol/bitcoin/chain.h"
#include "protocol/bitcoin/interpreter.h"
#include "protocol/bitcoin/sign.h"

#define REGTEST_MAX_BLOCKS 2000
#define REGTEST_START_TIME 1300000000u

/* An allocator that counts what is out, and fails when told to. */
struct counting_allocator {
    struct btc_allocator base;
    size_t out_bytes;
    int64_t fail_after; /* allocations that still succeed; negative: all do */
};

struct regtest_block {
    struct btc_block block;
    struct btc_undo undo;
};

struct regtest {
    struct counting_allocator allocator;
    struct btc_curve curve;
    struct btc_script_space space;
    struct btc_arena arena; /* holds blocks and transactions; grows only */
    struct btc_arena scratch;
    struct btc_judge_tools tools;
    struct btc_connect_options options;
    struct btc_chain chain;
    struct btc_block_fault fault; /* of the last connect */
    struct regtest_block *blocks; /* by height */
    uint32_t tag;                 /* makes coinbases differ */
    uint8_t secret[32];
    uint8_t public_key[33];
    uint8_t script[BTC_P2WPKH_BYTES]; /* pays to the payer */
    int64_t subsidies_sat;            /* that the blocks of the chain could have claimed */
};

void counting_allocator_init(struct counting_allocator *allocator);

struct regtest *regtest_new(void);
/* Asserts that all memory came back. */
void regtest_free(struct regtest *regtest);

/* A block on the tip with these transactions, not mined: time is 600 s after the tip's median plus an hour. */
struct btc_block regtest_draft(struct regtest *regtest, const struct btc_tx *const *txs, uint32_t tx_count,
                               int64_t fees_sat);

/* Sets merkle root and commitment anew after the block was changed, and grinds. */
void regtest_reseal(struct regtest *regtest, struct btc_block *block);
void regtest_grind(struct btc_block *block);

/* Connects; keeps the block if it is good. */
enum btc_block_error regtest_connect(struct regtest *regtest, const struct btc_block *block);
/* Takes back the newest block; asserts that it works. */
void regtest_disconnect(struct regtest *regtest);

/* Mines a block with these transactions and asserts that it connects. */
void regtest_mine(struct regtest *regtest, const struct btc_tx *const *txs, uint32_t tx_count, int64_t fees_sat);
void regtest_mine_empty(struct regtest *regtest, uint32_t count);

/* The outpoint of the coinbase's first output of a block. */
struct btc_outpoint regtest_coinbase(const struct regtest *regtest, uint32_t height);
struct btc_outpoint regtest_outpoint(const struct btc_tx *tx, uint32_t index);

/* What a spend looks like. */
struct regtest_spend {
    const struct btc_outpoint *inputs; /* all pay to the payer's script */
    const int64_t *values_sat;
    uint32_t input_count;
    uint32_t sequence;
    uint32_t locktime;
    const int64_t *outputs_sat; /* all to the payer's script */
    uint32_t output_count;
};

/* Builds and signs. Owns: the arena. */
struct btc_tx *regtest_spend(struct regtest *regtest, const struct regtest_spend *spend);

/* One input, one output. */
struct btc_tx *regtest_pay(struct regtest *regtest, struct btc_outpoint outpoint, int64_t value_sat, int64_t fee_sat);

/* Signs all inputs again after the transaction was changed. */
void regtest_sign(struct regtest *regtest, struct btc_tx *tx, const int64_t *values_sat);

#endif
