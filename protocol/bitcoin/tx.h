/* tx.h: transactions: parse, write, ids, weight, and the checks that need no context.   [real]
 * SPDX-License-Identifier: MIT
 *
 * A parsed transaction does not copy scripts: its views point into the bytes it was parsed from, which must outlive it;
 * its arrays lie in the caller's arena. btc_tx_copy makes one that stands alone. A transaction that is built has
 * arrays and scripts wherever its builder keeps them.
 *
 *     serialised: version | [00 01] | inputs | outputs | [witness of each input] | locktime      [] = segwit form only
 *     weight = 3 * size without witness + size with witness;  vsize = weight / 4 rounded up
 *
 * Txids are kept as hashed; people read them in reverse (btc_txid_reverse). Source: BIP 141, 144; BIP 69; Bitcoin
 * consensus.
 */
#ifndef KONSENTO_BITCOIN_TX_H
#define KONSENTO_BITCOIN_TX_H

#include "protocol/bitcoin/arena.h"
#include "protocol/bitcoin/bytes.h"

#define BTC_MAX_BLOCK_WEIGHT_WU       4000000u
#define BTC_MAX_TX_BYTES              4000000u /* no transaction in a valid block is longer */
#define BTC_MAX_STANDARD_TX_WEIGHT_WU 400000u

/* The most that reading a transaction of so many bytes takes from an arena: what costs most is an empty witness item, one
 * byte that becomes a view. */
#define BTC_TX_ARENA_BYTES(bytes) (sizeof(struct btc_bytes) * (size_t)(bytes) + 64)

#define BTC_SEQUENCE_FINAL      0xffffffffu
#define BTC_SEQUENCE_NO_RBF     0xfffffffeu /* BIP 125: below this signals that it may be replaced */
#define BTC_SEQUENCE_LOCK_OFF   0x80000000u /* BIP 68: no relative lock */
#define BTC_SEQUENCE_LOCK_TIME  0x00400000u /* BIP 68: in units of 512 s, else in blocks */
#define BTC_SEQUENCE_LOCK_MASK  0x0000ffffu
#define BTC_LOCKTIME_IS_TIME    500000000u /* nLockTime from here on is a time, below a height */
#define BTC_OUTPOINT_NULL_INDEX 0xffffffffu

struct btc_outpoint {
    uint8_t txid[32];
    uint32_t index;
};

struct btc_input {
    struct btc_outpoint previous;
    struct btc_bytes script; /* scriptSig */
    uint32_t sequence;
    uint32_t witness_count;
    struct btc_bytes *witness; /* witness_count items */
};

struct btc_output {
    int64_t value_sat;
    struct btc_bytes script; /* scriptPubKey */
};

struct btc_tx {
    uint32_t version;
    uint32_t locktime;
    uint32_t input_count;
    uint32_t output_count;
    struct btc_input *inputs;
    struct btc_output *outputs;
};

enum btc_tx_error {
    BTC_TX_OK = 0,
    BTC_TX_SHORT,               /* the bytes ended too early */
    BTC_TX_TRAILING,            /* bytes after the end */
    BTC_TX_NONMINIMAL,          /* a CompactSize longer than needed */
    BTC_TX_TOO_LARGE,           /* a length or count above BTC_MAX_TX_BYTES, or above what the bytes could hold */
    BTC_TX_SUPERFLUOUS_WITNESS, /* segwit form without any witness */
    BTC_TX_UNKNOWN_FLAG,        /* segwit marker with a flag other than 1 */
    BTC_TX_NO_MEMORY,           /* the arena is full */
    BTC_TX_NO_INPUTS,           /* checks, named as Bitcoin Core names them: bad-txns-vin-empty */
    BTC_TX_NO_OUTPUTS,          /* bad-txns-vout-empty */
    BTC_TX_OVERSIZE,            /* bad-txns-oversize */
    BTC_TX_VALUE_NEGATIVE,      /* bad-txns-vout-negative */
    BTC_TX_VALUE_TOO_LARGE,     /* bad-txns-vout-toolarge */
    BTC_TX_SUM_TOO_LARGE,       /* bad-txns-txouttotal-toolarge */
    BTC_TX_DUPLICATE_INPUT,     /* bad-txns-inputs-duplicate */
    BTC_TX_COINBASE_LENGTH,     /* bad-cb-length */
    BTC_TX_NULL_PREVIOUS,       /* bad-txns-prevout-null */
    BTC_TX_ERROR_COUNT
};

/* The name of an error as Bitcoin Core prints it, or our own for what has none there. Never NULL. */
const char *btc_tx_error_name(enum btc_tx_error error);

enum btc_tx_form {
    BTC_TX_BASE = 0,   /* without witness: what the txid hashes */
    BTC_TX_WITNESS = 1 /* with witness if any input has one: what goes over the wire */
};

/* Reads one transaction and leaves the reader behind it. On error tx and arena are as before. */
__attribute__((warn_unused_result)) enum btc_tx_error btc_tx_read(struct btc_tx *tx, struct btc_arena *arena,
                                                                  struct btc_reader *reader);

/* Reads a transaction that fills all the bytes. On error tx and arena are as before. */
__attribute__((warn_unused_result)) enum btc_tx_error btc_tx_parse(struct btc_tx *tx, struct btc_arena *arena,
                                                                   struct btc_bytes bytes);

/* Makes out equal to tx with everything it points to in the arena. Returns OK or NO_MEMORY (nothing has changed). */
__attribute__((warn_unused_result)) enum btc_tx_error btc_tx_copy(struct btc_tx *out, struct btc_arena *arena,
                                                                  const struct btc_tx *tx);

void btc_tx_write(struct btc_writer *writer, const struct btc_tx *tx, enum btc_tx_form form);
void btc_output_write(struct btc_writer *writer, const struct btc_output *output);
void btc_outpoint_write(struct btc_writer *writer, const struct btc_outpoint *outpoint);

bool btc_tx_has_witness(const struct btc_tx *tx);
size_t btc_tx_size(const struct btc_tx *tx, enum btc_tx_form form);
uint32_t btc_tx_weight_wu(const struct btc_tx *tx);
uint32_t btc_tx_vsize(const struct btc_tx *tx);
void btc_txid(uint8_t txid[32], const struct btc_tx *tx);
void btc_wtxid(uint8_t wtxid[32], const struct btc_tx *tx);

/* out = txid in the order people read, or back. out may be txid. */
void btc_txid_reverse(uint8_t out[32], const uint8_t txid[32]);

bool btc_outpoint_equal(const struct btc_outpoint *a, const struct btc_outpoint *b);
bool btc_tx_is_coinbase(const struct btc_tx *tx);

/* Consensus checks that need nothing but the transaction. scratch: memory for 4 bytes per input above 64 inputs, given
 * back before return. Returns OK, a check's error, or NO_MEMORY. */
__attribute__((warn_unused_result)) enum btc_tx_error btc_tx_check(const struct btc_tx *tx, struct btc_arena *scratch);

/* Sum of the outputs. Call it on a checked transaction only (asserts). */
int64_t btc_tx_output_sum_sat(const struct btc_tx *tx);

/* BIP 69 order of inputs and outputs, in place. Sort before signing. */
void btc_tx_sort_bip69(struct btc_tx *tx);

/* The two orders of BIP 69, for callers that sort more than BIP 69 asks for. Return <0, 0, >0. */
int btc_outpoint_compare_bip69(const struct btc_outpoint *a, const struct btc_outpoint *b);
int btc_output_compare_bip69(const struct btc_output *a, const struct btc_output *b);

#endif
