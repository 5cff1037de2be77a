/* block.c: blocks as bytes, their weight, their roots.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/block.h"

#include "protocol/bitcoin/amount.h"
#include "protocol/bitcoin/merkle.h"
#include <assert.h>
#include <string.h>

#define MIN_TX_BYTES           10 /* version, two empty lists, locktime */
#define COMMITMENT_SCRIPT_SIZE 38

static const char *const error_names[BTC_BLOCK_ERROR_COUNT] = {
    [BTC_BLOCK_OK] = "ok",
    [BTC_BLOCK_SHORT] = "truncated",
    [BTC_BLOCK_TRAILING] = "trailing-bytes",
    [BTC_BLOCK_NONMINIMAL] = "non-canonical-compactsize",
    [BTC_BLOCK_TOO_MANY] = "count-too-large",
    [BTC_BLOCK_NO_MEMORY] = "no-memory",
    [BTC_BLOCK_TX] = "bad-transaction",
    [BTC_BLOCK_HIGH_HASH] = "high-hash",
    [BTC_BLOCK_MERKLE_ROOT] = "bad-txnmrklroot",
    [BTC_BLOCK_DUPLICATE] = "bad-txns-duplicate",
    [BTC_BLOCK_LENGTH] = "bad-blk-length",
    [BTC_BLOCK_COINBASE_MISSING] = "bad-cb-missing",
    [BTC_BLOCK_COINBASE_MULTIPLE] = "bad-cb-multiple",
    [BTC_BLOCK_SIGOPS] = "bad-blk-sigops",
    [BTC_BLOCK_PREVIOUS] = "prev-blk-not-found",
    [BTC_BLOCK_BITS] = "bad-diffbits",
    [BTC_BLOCK_TIME_TOO_OLD] = "time-too-old",
    [BTC_BLOCK_TIME_TOO_NEW] = "time-too-new",
    [BTC_BLOCK_VERSION_OLD] = "bad-version",
    [BTC_BLOCK_NONFINAL] = "bad-txns-nonfinal",
    [BTC_BLOCK_COINBASE_HEIGHT] = "bad-cb-height",
    [BTC_BLOCK_WITNESS_NONCE] = "bad-witness-nonce-size",
    [BTC_BLOCK_WITNESS_MERKLE] = "bad-witness-merkle-match",
    [BTC_BLOCK_WITNESS_UNEXPECTED] = "unexpected-witness",
    [BTC_BLOCK_WEIGHT] = "bad-blk-weight",
    [BTC_BLOCK_OVERWRITE] = "bad-txns-BIP30",
    [BTC_BLOCK_MISSING_OR_SPENT] = "bad-txns-inputs-missingorspent",
    [BTC_BLOCK_PREMATURE] = "bad-txns-premature-spend-of-coinbase",
    [BTC_BLOCK_INPUTS_RANGE] = "bad-txns-inputvalues-outofrange",
    [BTC_BLOCK_IN_BELOW_OUT] = "bad-txns-in-belowout",
    [BTC_BLOCK_FEES_RANGE] = "bad-txns-accumulated-fee-outofrange",
    [BTC_BLOCK_SCRIPT] = "mandatory-script-verify-flag-failed",
    [BTC_BLOCK_TAPROOT] = "taproot-spend-not-judged",
    [BTC_BLOCK_COINBASE_AMOUNT] = "bad-cb-amount",
};

const char *btc_block_error_name(enum btc_block_error error)
{
    assert((unsigned)error < BTC_BLOCK_ERROR_COUNT);
    return error_names[error];
}

/* ---- bytes ---- */

static enum btc_block_error error_of_reader(const struct btc_reader *reader)
{
    switch (reader->error) {
    case BTC_READ_OK:
        return BTC_BLOCK_OK;
    case BTC_READ_SHORT:
        return BTC_BLOCK_SHORT;
    case BTC_READ_NONMINIMAL:
        return BTC_BLOCK_NONMINIMAL;
    case BTC_READ_TOO_LARGE:
        return BTC_BLOCK_TOO_MANY;
    }
    return BTC_BLOCK_SHORT;
}

static enum btc_block_error read_txs(struct btc_block *block, struct btc_block_fault *fault, struct btc_arena *arena,
                                     struct btc_reader *reader)
{
    block->tx_count = (uint32_t)btc_read_compact(reader, btc_reader_left(reader) / MIN_TX_BYTES);
    if (reader->error != BTC_READ_OK)
        return error_of_reader(reader);
    block->txs = btc_arena_take(arena, block->tx_count, sizeof *block->txs);
    if (block->txs == NULL)
        return BTC_BLOCK_NO_MEMORY;
    for (uint32_t i = 0; i < block->tx_count; i++) {
        enum btc_tx_error error = btc_tx_read(&block->txs[i], arena, reader);
        if (error != BTC_TX_OK) {
            fault->tx = i;
            fault->tx_error = error;
            return error == BTC_TX_NO_MEMORY ? BTC_BLOCK_NO_MEMORY : BTC_BLOCK_TX;
        }
    }
    return btc_reader_left(reader) == 0 ? BTC_BLOCK_OK : BTC_BLOCK_TRAILING;
}

enum btc_block_error btc_block_parse(struct btc_block *block, struct btc_block_fault *fault, struct btc_arena *arena,
                                     struct btc_bytes bytes)
{
    struct btc_block result;
    struct btc_block_fault details = {0};
    struct btc_reader reader;
    size_t used = arena->used;
    btc_reader_init(&reader, bytes.data, bytes.length);
    struct btc_bytes header = btc_read_view(&reader, BTC_HEADER_BYTES);
    enum btc_block_error error = error_of_reader(&reader);
    if (error == BTC_BLOCK_OK) {
        btc_header_read(&result.header, header.data);
        error = read_txs(&result, &details, arena, &reader);
    }
    if (fault != NULL)
        *fault = details;
    if (error == BTC_BLOCK_OK)
        *block = result;
    else
        arena->used = used;
    return error;
}

static void write_block(struct btc_writer *writer, const struct btc_block *block, enum btc_tx_form form)
{
    uint8_t header[BTC_HEADER_BYTES];
    btc_header_write(header, &block->header);
    btc_write(writer, header, sizeof header);
    btc_write_compact(writer, block->tx_count);
    for (uint32_t i = 0; i < block->tx_count; i++)
        btc_tx_write(writer, &block->txs[i], form);
}

void btc_block_write(struct btc_writer *writer, const struct btc_block *block)
{
    write_block(writer, block, BTC_TX_WITNESS);
}

uint32_t btc_block_weight_wu(const struct btc_block *block)
{
    size_t weight_wu = BTC_WITNESS_SCALE * (BTC_HEADER_BYTES + btc_compact_size(block->tx_count));
    for (uint32_t i = 0; i < block->tx_count; i++)
        weight_wu += btc_tx_weight_wu(&block->txs[i]);
    return weight_wu > UINT32_MAX ? UINT32_MAX : (uint32_t)weight_wu;
}

/* ---- parts ---- */

const struct btc_chain_rules btc_regtest_rules = {.halving_blocks = 150, .bits = BTC_REGTEST_BITS};

int64_t btc_subsidy_sat(const struct btc_chain_rules *rules, uint32_t height)
{
    uint32_t halvings = height / rules->halving_blocks;
    return halvings >= 63 ? 0 : 50 * BTC_COIN_SAT >> halvings;
}

bool btc_block_merkle_root(uint8_t root[32], const struct btc_block *block)
{
    struct btc_merkle merkle;
    uint8_t txid[32];
    btc_merkle_init(&merkle);
    for (uint32_t i = 0; i < block->tx_count; i++) {
        btc_txid(txid, &block->txs[i]);
        btc_merkle_add(&merkle, txid);
    }
    btc_merkle_root(root, &merkle);
    return !merkle.is_mutated;
}

void btc_block_witness_root(uint8_t root[32], const struct btc_block *block)
{
    struct btc_merkle merkle;
    uint8_t wtxid[32] = {0};
    btc_merkle_init(&merkle);
    for (uint32_t i = 0; i < block->tx_count; i++) {
        if (i > 0)
            btc_wtxid(wtxid, &block->txs[i]);
        btc_merkle_add(&merkle, wtxid);
    }
    btc_merkle_root(root, &merkle);
}

uint32_t btc_coinbase_commitment_index(const struct btc_tx *coinbase)
{
    static const uint8_t MARK[6] = {0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed};
    for (uint32_t i = coinbase->output_count; i > 0; i--) {
        struct btc_bytes script = coinbase->outputs[i - 1].script;
        if (script.length >= COMMITMENT_SCRIPT_SIZE && memcmp(script.data, MARK, sizeof MARK) == 0)
            return i - 1;
    }
    return coinbase->output_count;
}
