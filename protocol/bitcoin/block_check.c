/* block_check.c: the consensus rules for a block that need no coins.   [real]
 * SPDX-License-Identifier: MIT
 *
 * The order of the rules is Bitcoin Core's, so that a block with several faults gets the same name there and here.
 */
#include "protocol/bitcoin/block.h"

#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/locktime.h"
#include "protocol/bitcoin/script.h"
#include "protocol/bitcoin/sigops.h"
#include <string.h>

/* ---- alone ---- */

static enum btc_block_error check_length(const struct btc_block *block)
{
    if (block->tx_count == 0 || block->tx_count > BTC_MAX_BLOCK_WEIGHT_WU / BTC_WITNESS_SCALE)
        return BTC_BLOCK_LENGTH;
    size_t base = BTC_HEADER_BYTES + btc_compact_size(block->tx_count);
    for (uint32_t i = 0; i < block->tx_count; i++)
        base += btc_tx_size(&block->txs[i], BTC_TX_BASE);
    return base * BTC_WITNESS_SCALE > BTC_MAX_BLOCK_WEIGHT_WU ? BTC_BLOCK_LENGTH : BTC_BLOCK_OK;
}

static enum btc_block_error check_coinbase(struct btc_block_fault *fault, const struct btc_block *block)
{
    if (!btc_tx_is_coinbase(&block->txs[0]))
        return BTC_BLOCK_COINBASE_MISSING;
    for (uint32_t i = 1; i < block->tx_count; i++) {
        fault->tx = i;
        if (btc_tx_is_coinbase(&block->txs[i]))
            return BTC_BLOCK_COINBASE_MULTIPLE;
    }
    fault->tx = 0;
    return BTC_BLOCK_OK;
}

static enum btc_block_error check_txs(struct btc_block_fault *fault, const struct btc_block *block,
                                      struct btc_arena *scratch)
{
    for (uint32_t i = 0; i < block->tx_count; i++) {
        fault->tx = i;
        fault->tx_error = btc_tx_check(&block->txs[i], scratch);
        if (fault->tx_error == BTC_TX_NO_MEMORY)
            return BTC_BLOCK_NO_MEMORY;
        if (fault->tx_error != BTC_TX_OK)
            return BTC_BLOCK_TX;
    }
    fault->tx = 0;
    return BTC_BLOCK_OK;
}

/* Legacy operations of all scripts of a transaction, as they were counted before BIP 16. */
static uint32_t legacy_sigops(const struct btc_tx *tx)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < tx->input_count; i++)
        count += btc_script_sigops(tx->inputs[i].script, BTC_SIGOPS_LEGACY);
    for (uint32_t i = 0; i < tx->output_count; i++)
        count += btc_script_sigops(tx->outputs[i].script, BTC_SIGOPS_LEGACY);
    return count;
}

static enum btc_block_error check_sigops(const struct btc_block *block)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < block->tx_count; i++)
        count += legacy_sigops(&block->txs[i]);
    return count * BTC_WITNESS_SCALE > BTC_MAX_BLOCK_SIGOP_COST ? BTC_BLOCK_SIGOPS : BTC_BLOCK_OK;
}

static enum btc_block_error check_work_and_root(const struct btc_block *block)
{
    uint8_t hash[32], root[32];
    btc_header_hash(hash, &block->header);
    if (!btc_hash_meets_bits(hash, block->header.bits))
        return BTC_BLOCK_HIGH_HASH;
    bool is_original = btc_block_merkle_root(root, block);
    if (memcmp(root, block->header.merkle_root, 32) != 0)
        return BTC_BLOCK_MERKLE_ROOT;
    return is_original ? BTC_BLOCK_OK : BTC_BLOCK_DUPLICATE;
}

enum btc_block_error btc_block_check(struct btc_block_fault *fault, const struct btc_block *block,
                                     struct btc_arena *scratch)
{
    struct btc_block_fault unused;
    fault = fault == NULL ? &unused : fault;
    *fault = (struct btc_block_fault){0};
    enum btc_block_error error = check_work_and_root(block);
    if (error == BTC_BLOCK_OK)
        error = check_length(block);
    if (error == BTC_BLOCK_OK)
        error = check_coinbase(fault, block);
    if (error == BTC_BLOCK_OK)
        error = check_txs(fault, block, scratch);
    if (error == BTC_BLOCK_OK)
        error = check_sigops(block);
    return error;
}

/* ---- in its place ---- */

static enum btc_block_error check_header(const struct btc_header *header, const struct btc_block_place *place)
{
    if (memcmp(header->previous, place->previous, 32) != 0)
        return BTC_BLOCK_PREVIOUS;
    if (header->bits != place->rules->bits)
        return BTC_BLOCK_BITS;
    if (header->time <= place->median_time)
        return BTC_BLOCK_TIME_TOO_OLD;
    if (header->time > place->latest_time)
        return BTC_BLOCK_TIME_TOO_NEW;
    /* BIP 34, 65, 66: versions 1 to 3 are out; the number is signed */
    if ((int32_t)header->version < 4)
        return BTC_BLOCK_VERSION_OLD;
    return BTC_BLOCK_OK;
}

/* BIP 34: the script of the coinbase begins with the height, pushed the shortest way. */
static bool has_height(const struct btc_tx *coinbase, uint32_t height)
{
    uint8_t push[8];
    struct btc_writer writer;
    btc_writer_init(&writer, push, sizeof push);
    btc_script_push_number(&writer, height);
    struct btc_bytes script = coinbase->inputs[0].script;
    return !writer.failed && script.length >= writer.length && memcmp(script.data, push, writer.length) == 0;
}

/* BIP 141 "Commitment structure". */
static enum btc_block_error check_commitment(const struct btc_block *block, const struct btc_output *commitment)
{
    const struct btc_input *input = &block->txs[0].inputs[0];
    if (input->witness_count != 1 || input->witness[0].length != 32)
        return BTC_BLOCK_WITNESS_NONCE;
    uint8_t root[32], hash[32];
    btc_block_witness_root(root, block);
    btc_sha256d_pair(hash, root, input->witness[0].data);
    return memcmp(hash, commitment->script.data + 6, 32) == 0 ? BTC_BLOCK_OK : BTC_BLOCK_WITNESS_MERKLE;
}

static enum btc_block_error check_witness(struct btc_block_fault *fault, const struct btc_block *block)
{
    uint32_t index = btc_coinbase_commitment_index(&block->txs[0]);
    if (index < block->txs[0].output_count)
        return check_commitment(block, &block->txs[0].outputs[index]);
    for (uint32_t i = 0; i < block->tx_count; i++) {
        fault->tx = i;
        if (btc_tx_has_witness(&block->txs[i]))
            return BTC_BLOCK_WITNESS_UNEXPECTED;
    }
    fault->tx = 0;
    return BTC_BLOCK_OK;
}

enum btc_block_error btc_block_check_place(struct btc_block_fault *fault, const struct btc_block *block,
                                           const struct btc_block_place *place)
{
    struct btc_block_fault unused;
    fault = fault == NULL ? &unused : fault;
    *fault = (struct btc_block_fault){0};
    enum btc_block_error error = check_header(&block->header, place);
    if (error != BTC_BLOCK_OK)
        return error;
    for (uint32_t i = 0; i < block->tx_count; i++) {
        fault->tx = i;
        if (!btc_tx_is_final(&block->txs[i], place->height, place->median_time))
            return BTC_BLOCK_NONFINAL;
    }
    fault->tx = 0;
    if (!has_height(&block->txs[0], place->height))
        return BTC_BLOCK_COINBASE_HEIGHT;
    error = check_witness(fault, block);
    if (error != BTC_BLOCK_OK)
        return error;
    return btc_block_weight_wu(block) > BTC_MAX_BLOCK_WEIGHT_WU ? BTC_BLOCK_WEIGHT : BTC_BLOCK_OK;
}
