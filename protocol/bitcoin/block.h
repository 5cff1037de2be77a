/* block.h: blocks: parse, write, weight, the checks that need no coins, building, the regtest genesis.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     header 80 | count | coinbase | transaction | transaction ...
 *        |                  `-- script: height (BIP 34), tag       `-- outputs: payout, OP_RETURN aa21a9ed commitment
 *        `-- merkle root over txids                                                (BIP 141: over wtxids and a nonce)
 *
 * Every error has the name that Bitcoin Core gives it. Rules are those of a chain on which all soft forks up to segwit
 * are active from the first block, and the target never changes: regtest.
 *
 * Source: Bitcoin consensus; BIP 34, 113, 141.
 */
#ifndef KONSENTO_BITCOIN_BLOCK_H
#define KONSENTO_BITCOIN_BLOCK_H

#include "protocol/bitcoin/header.h"
#include "protocol/bitcoin/script_rules.h"
#include "protocol/bitcoin/tx.h"

#define BTC_WITNESS_SCALE          4u
#define BTC_COINBASE_MATURITY      100u
#define BTC_MAX_FUTURE_BLOCK_S     7200u
#define BTC_MAX_COINBASE_TAG_BYTES 80u
#define BTC_GENESIS_BYTES          285
#define BTC_BLOCK_VERSION          0x20000000u /* BIP 9, no signals */
#define BTC_BLOCK_MUST_USE         __attribute__((warn_unused_result))

/* What differs between chains. */
struct btc_chain_rules {
    uint32_t halving_blocks; /* the subsidy halves every so many blocks */
    uint32_t bits;           /* the target, for ever */
};

/* Regtest: halving every 150 blocks, easiest target. */
extern const struct btc_chain_rules btc_regtest_rules;
extern const uint8_t btc_regtest_genesis[BTC_GENESIS_BYTES];

struct btc_block {
    struct btc_header header;
    uint32_t tx_count;
    struct btc_tx *txs; /* the first is the coinbase */
};

enum btc_block_error {
    BTC_BLOCK_OK = 0,
    BTC_BLOCK_SHORT,      /* parsing: the bytes ended too early */
    BTC_BLOCK_TRAILING,   /* bytes after the end */
    BTC_BLOCK_NONMINIMAL, /* a CompactSize longer than needed */
    BTC_BLOCK_TOO_MANY,   /* more transactions than the bytes could hold */
    BTC_BLOCK_NO_MEMORY,  /* arena or allocator is full */
    BTC_BLOCK_TX,         /* a transaction is malformed or fails its own check: see fault.tx_error */
    /* alone: btc_block_check */
    BTC_BLOCK_HIGH_HASH,         /* high-hash: no proof of work */
    BTC_BLOCK_MERKLE_ROOT,       /* bad-txnmrklroot */
    BTC_BLOCK_DUPLICATE,         /* bad-txns-duplicate: the merkle tree was mutated */
    BTC_BLOCK_LENGTH,            /* bad-blk-length: no transaction, or too many, or too large */
    BTC_BLOCK_COINBASE_MISSING,  /* bad-cb-missing */
    BTC_BLOCK_COINBASE_MULTIPLE, /* bad-cb-multiple */
    BTC_BLOCK_SIGOPS,            /* bad-blk-sigops */
    /* in its place in the chain: btc_block_check_place */
    BTC_BLOCK_PREVIOUS,           /* prev-blk-not-found: does not follow the tip */
    BTC_BLOCK_BITS,               /* bad-diffbits */
    BTC_BLOCK_TIME_TOO_OLD,       /* time-too-old: not after the median time past */
    BTC_BLOCK_TIME_TOO_NEW,       /* time-too-new: beyond the latest time allowed */
    BTC_BLOCK_VERSION_OLD,        /* bad-version: below 4 */
    BTC_BLOCK_NONFINAL,           /* bad-txns-nonfinal: nLockTime, or a relative lock (BIP 68) */
    BTC_BLOCK_COINBASE_HEIGHT,    /* bad-cb-height: BIP 34 */
    BTC_BLOCK_WITNESS_NONCE,      /* bad-witness-nonce-size */
    BTC_BLOCK_WITNESS_MERKLE,     /* bad-witness-merkle-match */
    BTC_BLOCK_WITNESS_UNEXPECTED, /* unexpected-witness: without a commitment */
    BTC_BLOCK_WEIGHT,             /* bad-blk-weight */
    /* against the coins: btc_chain_connect */
    BTC_BLOCK_OVERWRITE,        /* bad-txns-BIP30: an unspent output has this txid and index already */
    BTC_BLOCK_MISSING_OR_SPENT, /* bad-txns-inputs-missingorspent */
    BTC_BLOCK_PREMATURE,        /* bad-txns-premature-spend-of-coinbase */
    BTC_BLOCK_INPUTS_RANGE,     /* bad-txns-inputvalues-outofrange */
    BTC_BLOCK_IN_BELOW_OUT,     /* bad-txns-in-belowout */
    BTC_BLOCK_FEES_RANGE,       /* bad-txns-accumulated-fee-outofrange */
    BTC_BLOCK_SCRIPT,           /* mandatory-script-verify-flag-failed: see fault.script_error */
    BTC_BLOCK_TAPROOT,          /* spends a taproot output, which this code cannot judge */
    BTC_BLOCK_COINBASE_AMOUNT,  /* bad-cb-amount */
    BTC_BLOCK_ERROR_COUNT
};

const char *btc_block_error_name(enum btc_block_error error);

/* Where and why, beside the error. */
struct btc_block_fault {
    uint32_t tx;    /* number in the block, 0 where it does not apply */
    uint32_t input; /* number in the transaction, 0 where it does not apply */
    enum btc_tx_error tx_error;
    enum btc_script_error script_error;
};

/* ---- bytes ---- */

/* Reads a block that fills all the bytes; scripts are views into them. On error block and arena are as before. */
BTC_BLOCK_MUST_USE enum btc_block_error btc_block_parse(struct btc_block *block, struct btc_block_fault *fault,
                                                        struct btc_arena *arena, struct btc_bytes bytes);
void btc_block_write(struct btc_writer *writer, const struct btc_block *block);
uint32_t btc_block_weight_wu(const struct btc_block *block);

/* ---- parts ---- */

/* What a miner may create at this height. */
int64_t btc_subsidy_sat(const struct btc_chain_rules *rules, uint32_t height);

/* Out: the merkle root over the txids. Returns false if the list was mutated (merkle.h). */
bool btc_block_merkle_root(uint8_t root[32], const struct btc_block *block);

/* Out: the merkle root over the wtxids, with zero for the coinbase. */
void btc_block_witness_root(uint8_t root[32], const struct btc_block *block);

/* The coinbase's output with the commitment, the last if there are several. Returns output_count if there is none. */
uint32_t btc_coinbase_commitment_index(const struct btc_tx *coinbase);

/* ---- checks ---- */

/* Consensus rules that need nothing but the block. scratch is given back. fault may be NULL. */
BTC_BLOCK_MUST_USE enum btc_block_error btc_block_check(struct btc_block_fault *fault, const struct btc_block *block,
                                                        struct btc_arena *scratch);

/* Where a block would stand. */
struct btc_block_place {
    const struct btc_chain_rules *rules;
    uint8_t previous[32]; /* hash of the block before */
    uint32_t height;      /* its own */
    uint32_t median_time; /* past: of the block before */
    uint32_t latest_time; /* now + BTC_MAX_FUTURE_BLOCK_S; UINT32_MAX: any */
};

/* Consensus rules that need the place too. fault may be NULL. */
BTC_BLOCK_MUST_USE enum btc_block_error btc_block_check_place(struct btc_block_fault *fault,
                                                              const struct btc_block *block,
                                                              const struct btc_block_place *place);

/* ---- building ---- */

struct btc_block_plan {
    struct btc_block_place place; /* latest_time is not looked at */
    uint32_t version;             /* BTC_BLOCK_VERSION */
    uint32_t time;
    struct btc_bytes tag;            /* the miner's, at most BTC_MAX_COINBASE_TAG_BYTES (asserts) */
    struct btc_bytes payout;         /* script of the output that gets subsidy and fees */
    int64_t fees_sat;                /* of all transactions together */
    const struct btc_tx *const *txs; /* without the coinbase, parents before children */
    uint32_t tx_count;
};

/* Makes a block without its proof of work; btc_header_grind completes it. Everything is copied into the arena.
 * Returns OK, or NO_MEMORY (nothing has changed). */
BTC_BLOCK_MUST_USE enum btc_block_error btc_block_build(struct btc_block *block, struct btc_arena *arena,
                                                        const struct btc_block_plan *plan);

#endif
