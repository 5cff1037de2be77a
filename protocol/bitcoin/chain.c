/* chain.c: the best chain's tip and coins: connecting a block, and taking it back.   [real]
 * SPDX-License-Identifier: MIT
 *
 * While a block is being connected, the coins it spends are detached and remembered in order; coins it makes are
 * attached. To take back the first n transactions, their outputs are detached and dropped and what they spent is
 * attached again, last transaction first. Disconnecting a whole block is the same, with the coins made anew from undo.
 *
 *     undo = time that fell out of the median 4 | times before 4 | coins 4 | coin, coin ...      in the order of
 * spending coin = height and origin 4 | time 4 | value 8 | script                                     the input has the
 * outpoint
 */
#include "protocol/bitcoin/chain.h"

#include "protocol/bitcoin/amount.h"
#include "protocol/bitcoin/interpreter.h"
#include "protocol/bitcoin/sigops.h"
#include <assert.h>
#include <string.h>

/* A block on its way in or out. */
struct passage {
    struct btc_chain *chain;
    const struct btc_block *block;
    uint8_t (*txids)[32];
    uint32_t *spent; /* numbers of detached coins, in the order of the block's inputs */
    uint32_t spent_count;
    uint32_t made_txs; /* transactions whose outputs are in the set */
    int64_t fees_sat;
    uint64_t sigop_cost;
};

/* ---- the chain ---- */

void btc_chain_init(struct btc_chain *chain, const struct btc_chain_rules *rules, const struct btc_header *genesis,
                    const struct btc_allocator *allocator, struct btc_salt salt)
{
    *chain = (struct btc_chain){.rules = rules, .allocator = allocator};
    btc_utxo_init(&chain->coins, allocator, salt);
    btc_header_hash(chain->tip, genesis);
    btc_recent_times_push(&chain->recent, genesis->time);
}

void btc_chain_init_regtest(struct btc_chain *chain, const struct btc_allocator *allocator, struct btc_salt salt)
{
    struct btc_header genesis;
    btc_header_read(&genesis, btc_regtest_genesis);
    btc_chain_init(chain, &btc_regtest_rules, &genesis, allocator, salt);
}

void btc_chain_close(struct btc_chain *chain)
{
    btc_utxo_close(&chain->coins);
}

struct btc_block_place btc_chain_next_place(const struct btc_chain *chain)
{
    struct btc_block_place place = {.rules = chain->rules,
                                    .height = chain->height + 1,
                                    .median_time = btc_median_time(&chain->recent),
                                    .latest_time = UINT32_MAX};
    memcpy(place.previous, chain->tip, 32);
    return place;
}

struct btc_inputs_place btc_chain_next_inputs_place(const struct btc_chain *chain)
{
    return (struct btc_inputs_place){chain->height + 1, btc_median_time(&chain->recent)};
}

/* ---- transactions in and out ---- */

static struct btc_outpoint outpoint_of(const struct passage *passage, uint32_t tx, uint32_t output)
{
    struct btc_outpoint outpoint = {.index = output};
    memcpy(outpoint.txid, passage->txids[tx], 32);
    return outpoint;
}

/* Attaches the outputs of one transaction that can be spent. Returns false if there is no memory; those attached until
 * then are in the set. */
static bool make_outputs(struct passage *passage, uint32_t tx, const struct btc_inputs_place *place)
{
    const struct btc_tx *source = &passage->block->txs[tx];
    struct btc_coin coin = {.age = {.height = place->height, .time = place->median_time},
                            .origin = tx == 0 ? BTC_COIN_COINBASE : BTC_COIN_PLAIN};
    for (uint32_t i = 0; i < source->output_count; i++) {
        coin.outpoint = outpoint_of(passage, tx, i);
        coin.output = source->outputs[i];
        if (!btc_script_is_unspendable(coin.output.script) && !btc_utxo_add(&passage->chain->coins, &coin))
            return false;
    }
    return true;
}

/* Detaches and drops what make_outputs attached, all or in part. */
static void unmake_outputs(struct passage *passage, uint32_t tx)
{
    for (uint32_t i = passage->block->txs[tx].output_count; i > 0; i--) {
        struct btc_outpoint outpoint = outpoint_of(passage, tx, i - 1);
        uint32_t number = btc_utxo_detach(&passage->chain->coins, &outpoint);
        if (number != BTC_UTXO_NONE)
            btc_utxo_drop(&passage->chain->coins, number);
    }
}

/* Takes back all transactions that are in, the last first. */
static void take_back(struct passage *passage)
{
    while (passage->made_txs > 0) {
        uint32_t tx = --passage->made_txs;
        unmake_outputs(passage, tx);
        for (uint32_t i = tx == 0 ? 0 : passage->block->txs[tx].input_count; i > 0; i--)
            btc_utxo_attach(&passage->chain->coins, passage->spent[--passage->spent_count]);
    }
    assert(passage->spent_count == 0);
}

static uint32_t count_inputs(const struct btc_block *block)
{
    uint32_t count = 0;
    for (uint32_t i = 1; i < block->tx_count; i++)
        count += block->txs[i].input_count;
    return count;
}

/* Takes the arrays of a passage. Returns false if scratch has no room. */
static bool passage_init(struct passage *passage, struct btc_chain *chain, const struct btc_block *block,
                         struct btc_arena *scratch)
{
    *passage = (struct passage){.chain = chain, .block = block};
    passage->txids = btc_arena_take(scratch, block->tx_count, 32);
    passage->spent = btc_arena_take(scratch, count_inputs(block), sizeof *passage->spent);
    if (passage->txids == NULL || passage->spent == NULL)
        return false;
    for (uint32_t i = 0; i < block->tx_count; i++)
        btc_txid(passage->txids[i], &block->txs[i]);
    return true;
}

/* ---- connecting: rules ---- */

/* BIP 30. */
static enum btc_block_error check_overwrite(struct btc_block_fault *fault, const struct passage *passage)
{
    for (uint32_t tx = 0; tx < passage->block->tx_count; tx++) {
        fault->tx = tx;
        for (uint32_t i = 0; i < passage->block->txs[tx].output_count; i++) {
            struct btc_outpoint outpoint = outpoint_of(passage, tx, i);
            if (btc_utxo_get(&passage->chain->coins, &outpoint) != NULL)
                return BTC_BLOCK_OVERWRITE;
        }
    }
    fault->tx = 0;
    return BTC_BLOCK_OK;
}

static enum btc_block_error find_coins(struct btc_block_fault *fault, struct btc_inputs *inputs,
                                       const struct btc_utxo *coins)
{
    for (uint32_t i = 0; i < inputs->tx->input_count; i++) {
        const struct btc_coin *coin = btc_utxo_get(coins, &inputs->tx->inputs[i].previous);
        if (coin == NULL) {
            fault->input = i;
            return BTC_BLOCK_MISSING_OR_SPENT;
        }
        btc_inputs_set(inputs, i, coin);
    }
    return BTC_BLOCK_OK;
}

static enum btc_block_error add_sigops(struct passage *passage, const struct btc_tx *tx, const struct btc_output *spent)
{
    passage->sigop_cost += btc_tx_sigop_cost(tx, spent, BTC_VERIFY_CONSENSUS);
    return passage->sigop_cost > BTC_MAX_BLOCK_SIGOP_COST ? BTC_BLOCK_SIGOPS : BTC_BLOCK_OK;
}

static enum btc_block_error check_spends(struct passage *passage, struct btc_block_fault *fault,
                                         struct btc_inputs *inputs, const struct btc_judge_tools *tools)
{
    int64_t fee_sat;
    const struct btc_inputs_place place = btc_chain_next_inputs_place(passage->chain);
    enum btc_block_error error = find_coins(fault, inputs, &passage->chain->coins);
    if (error == BTC_BLOCK_OK)
        error = btc_inputs_check(&fee_sat, fault, inputs, &place);
    if (error == BTC_BLOCK_OK && !btc_amount_add(&passage->fees_sat, passage->fees_sat, fee_sat))
        error = BTC_BLOCK_FEES_RANGE;
    if (error == BTC_BLOCK_OK)
        error = add_sigops(passage, inputs->tx, inputs->outputs);
    if (error == BTC_BLOCK_OK)
        error = btc_inputs_judge(fault, inputs, tools, BTC_VERIFY_CONSENSUS);
    return error;
}

static void detach_inputs(struct passage *passage, const struct btc_tx *tx)
{
    for (uint32_t i = 0; i < tx->input_count; i++) {
        uint32_t number = btc_utxo_detach(&passage->chain->coins, &tx->inputs[i].previous);
        assert(number != BTC_UTXO_NONE);
        passage->spent[passage->spent_count++] = number;
    }
}

/* Checks one transaction and brings it in. */
static enum btc_block_error pass_tx(struct passage *passage, struct btc_block_fault *fault, uint32_t number,
                                    const struct btc_judge_tools *tools)
{
    const struct btc_tx *tx = &passage->block->txs[number];
    const struct btc_inputs_place place = btc_chain_next_inputs_place(passage->chain);
    enum btc_block_error error;
    fault->tx = number;
    if (number == 0) {
        error = add_sigops(passage, tx, NULL);
    } else {
        struct btc_inputs inputs;
        size_t used = tools->scratch->used;
        error = btc_inputs_take(&inputs, tx, tools->scratch) ? check_spends(passage, fault, &inputs, tools)
                                                             : BTC_BLOCK_NO_MEMORY;
        tools->scratch->used = used;
    }
    if (error != BTC_BLOCK_OK)
        return error;
    if (number > 0)
        detach_inputs(passage, tx);
    passage->made_txs = number + 1;
    return make_outputs(passage, number, &place) ? BTC_BLOCK_OK : BTC_BLOCK_NO_MEMORY;
}

static enum btc_block_error pass_txs(struct passage *passage, struct btc_block_fault *fault,
                                     const struct btc_judge_tools *tools)
{
    enum btc_block_error error = check_overwrite(fault, passage);
    for (uint32_t i = 0; i < passage->block->tx_count && error == BTC_BLOCK_OK; i++)
        error = pass_tx(passage, fault, i, tools);
    if (error != BTC_BLOCK_OK)
        return error;
    fault->tx = 0;
    int64_t most_sat = passage->fees_sat + btc_subsidy_sat(passage->chain->rules, passage->chain->height + 1);
    return btc_tx_output_sum_sat(&passage->block->txs[0]) > most_sat ? BTC_BLOCK_COINBASE_AMOUNT : BTC_BLOCK_OK;
}

/* ---- undo ---- */

static void write_undo(struct btc_writer *writer, const struct passage *passage, uint32_t oldest_time,
                       uint32_t time_count)
{
    btc_write_u32(writer, oldest_time);
    btc_write_u32(writer, time_count);
    btc_write_u32(writer, passage->spent_count);
    for (uint32_t i = 0; i < passage->spent_count; i++) {
        const struct btc_coin *coin = btc_utxo_at(&passage->chain->coins, passage->spent[i]);
        btc_write_u32(writer, coin->age.height << 1 | (uint32_t)coin->origin);
        btc_write_u32(writer, coin->age.time);
        btc_output_write(writer, &coin->output);
    }
}

static struct btc_coin read_undo_coin(struct btc_reader *reader, const struct btc_outpoint *outpoint)
{
    struct btc_coin coin = {.outpoint = *outpoint};
    uint32_t height_and_origin = btc_read_u32(reader);
    coin.age.height = height_and_origin >> 1;
    coin.origin = (height_and_origin & 1) != 0 ? BTC_COIN_COINBASE : BTC_COIN_PLAIN;
    coin.age.time = btc_read_u32(reader);
    coin.output.value_sat = (int64_t)btc_read_u64(reader);
    coin.output.script = btc_read_string(reader, BTC_MAX_TX_BYTES);
    return coin;
}

void btc_undo_release(struct btc_undo *undo, const struct btc_allocator *allocator)
{
    btc_release(allocator, undo->bytes, undo->length);
    *undo = (struct btc_undo){NULL, 0};
}

/* Moves the tip onto the block and drops what it spent. Returns false if there is no memory for undo; nothing has
 * changed then. */
static bool settle(struct passage *passage, struct btc_undo *undo)
{
    struct btc_chain *chain = passage->chain;
    struct btc_recent_times recent = chain->recent;
    uint32_t oldest_time = btc_recent_times_push(&recent, passage->block->header.time);
    struct btc_writer writer;
    btc_writer_init(&writer, NULL, 0);
    write_undo(&writer, passage, oldest_time, chain->recent.count);
    struct btc_undo result = {btc_allocate(chain->allocator, writer.length), writer.length};
    if (result.bytes == NULL)
        return false;
    btc_writer_init(&writer, result.bytes, result.length);
    write_undo(&writer, passage, oldest_time, chain->recent.count);
    assert(!writer.failed && writer.length == result.length);
    for (uint32_t i = 0; i < passage->spent_count; i++)
        btc_utxo_drop(&chain->coins, passage->spent[i]);
    chain->recent = recent;
    chain->height++;
    btc_header_hash(chain->tip, &passage->block->header);
    *undo = result;
    return true;
}

/* ---- connecting and disconnecting ---- */

static enum btc_block_error check_alone(const struct btc_chain *chain, struct btc_block_fault *fault,
                                        const struct btc_block *block, const struct btc_connect_options *options)
{
    struct btc_block_place place = btc_chain_next_place(chain);
    place.latest_time = options->latest_time;
    enum btc_block_error error = btc_block_check(fault, block, options->tools->scratch);
    return error != BTC_BLOCK_OK ? error : btc_block_check_place(fault, block, &place);
}

enum btc_block_error btc_chain_connect(struct btc_chain *chain, struct btc_undo *undo, struct btc_block_fault *fault,
                                       const struct btc_block *block, const struct btc_connect_options *options)
{
    struct btc_block_fault details = {0};
    struct passage passage;
    size_t used = options->tools->scratch->used;
    enum btc_block_error error = check_alone(chain, &details, block, options);
    if (error == BTC_BLOCK_OK && !passage_init(&passage, chain, block, options->tools->scratch))
        error = BTC_BLOCK_NO_MEMORY;
    if (error == BTC_BLOCK_OK) {
        error = pass_txs(&passage, &details, options->tools);
        if (error == BTC_BLOCK_OK && !settle(&passage, undo))
            error = BTC_BLOCK_NO_MEMORY;
        if (error != BTC_BLOCK_OK)
            take_back(&passage);
    }
    options->tools->scratch->used = used;
    if (fault != NULL)
        *fault = details;
    return error;
}

/* Makes the spent coins anew, detached. Returns false if there is no memory; none is left then. */
static bool remake_spent(struct passage *passage, struct btc_reader *reader)
{
    struct btc_utxo *coins = &passage->chain->coins;
    for (uint32_t tx = 1; tx < passage->block->tx_count; tx++) {
        for (uint32_t i = 0; i < passage->block->txs[tx].input_count; i++) {
            struct btc_coin coin = read_undo_coin(reader, &passage->block->txs[tx].inputs[i].previous);
            uint32_t number = reader->error == BTC_READ_OK ? btc_utxo_make(coins, &coin) : BTC_UTXO_NONE;
            assert(reader->error == BTC_READ_OK);
            if (number == BTC_UTXO_NONE) {
                while (passage->spent_count > 0)
                    btc_utxo_drop(coins, passage->spent[--passage->spent_count]);
                return false;
            }
            passage->spent[passage->spent_count++] = number;
        }
    }
    assert(btc_reader_left(reader) == 0);
    return true;
}

static enum btc_block_error disconnect(struct passage *passage, const struct btc_undo *undo)
{
    struct btc_chain *chain = passage->chain;
    struct btc_reader reader;
    btc_reader_init(&reader, undo->bytes, undo->length);
    uint32_t oldest_time = btc_read_u32(&reader);
    uint32_t time_count = btc_read_u32(&reader);
    uint32_t coin_count = btc_read_u32(&reader);
    assert(coin_count == count_inputs(passage->block));
    if (!btc_utxo_reserve(&chain->coins, coin_count) || !remake_spent(passage, &reader))
        return BTC_BLOCK_NO_MEMORY;
    passage->made_txs = passage->block->tx_count;
    take_back(passage);
    btc_recent_times_pop(&chain->recent, oldest_time, time_count);
    memcpy(chain->tip, passage->block->header.previous, 32);
    chain->height--;
    return BTC_BLOCK_OK;
}

enum btc_block_error btc_chain_disconnect(struct btc_chain *chain, const struct btc_block *block,
                                          const struct btc_undo *undo, struct btc_arena *scratch)
{
    uint8_t hash[32];
    btc_header_hash(hash, &block->header);
    assert(chain->height > 0 && memcmp(hash, chain->tip, 32) == 0);
    struct passage passage;
    size_t used = scratch->used;
    enum btc_block_error error =
        passage_init(&passage, chain, block, scratch) ? disconnect(&passage, undo) : BTC_BLOCK_NO_MEMORY;
    scratch->used = used;
    return error;
}
