/* tx.c: transactions: parse, write, ids, weight.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/tx.h"

#include "protocol/bitcoin/hash.h"

#include <assert.h>
#include <string.h>

/* The fewest bytes one of them takes: bounds counts by the bytes that are left, before anything is taken. */
#define LEAST_INPUT_BYTES  41
#define LEAST_OUTPUT_BYTES 9

static enum btc_tx_error read_failure(enum btc_read_error error)
{
    switch (error) {
    case BTC_READ_OK:
        return BTC_TX_OK;
    case BTC_READ_SHORT:
        return BTC_TX_SHORT;
    case BTC_READ_NONMINIMAL:
        return BTC_TX_NONMINIMAL;
    case BTC_READ_TOO_LARGE:
        break;
    }
    assert(error == BTC_READ_TOO_LARGE);
    return BTC_TX_TOO_LARGE;
}

static uint32_t read_count(struct btc_reader *reader, size_t least_bytes)
{
    return (uint32_t)btc_read_compact(reader, btc_reader_left(reader) / least_bytes);
}

static enum btc_tx_error read_inputs(struct btc_tx *tx, struct btc_arena *arena, struct btc_reader *reader)
{
    uint32_t count = read_count(reader, LEAST_INPUT_BYTES);
    tx->inputs = btc_arena_take(arena, count, sizeof *tx->inputs);
    if (tx->inputs == NULL)
        return BTC_TX_NO_MEMORY;
    tx->input_count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct btc_input *input = &tx->inputs[i];
        btc_read_copy(reader, input->previous.txid, 32);
        input->previous.index = btc_read_u32(reader);
        input->script = btc_read_string(reader, BTC_MAX_TX_BYTES);
        input->sequence = btc_read_u32(reader);
    }
    return read_failure(reader->error);
}

static enum btc_tx_error read_outputs(struct btc_tx *tx, struct btc_arena *arena, struct btc_reader *reader)
{
    uint32_t count = read_count(reader, LEAST_OUTPUT_BYTES);
    tx->outputs = btc_arena_take(arena, count, sizeof *tx->outputs);
    if (tx->outputs == NULL)
        return BTC_TX_NO_MEMORY;
    tx->output_count = count;
    for (uint32_t i = 0; i < count; i++) {
        tx->outputs[i].value_sat = (int64_t)btc_read_u64(reader);
        tx->outputs[i].script = btc_read_string(reader, BTC_MAX_TX_BYTES);
    }
    return read_failure(reader->error);
}

static enum btc_tx_error read_witness(struct btc_input *input, struct btc_arena *arena, struct btc_reader *reader)
{
    uint32_t count = read_count(reader, 1);
    input->witness = btc_arena_take(arena, count, sizeof *input->witness);
    if (input->witness == NULL)
        return BTC_TX_NO_MEMORY;
    input->witness_count = count;
    for (uint32_t i = 0; i < count; i++)
        input->witness[i] = btc_read_string(reader, BTC_MAX_TX_BYTES);
    return read_failure(reader->error);
}

static enum btc_tx_error read_witnesses(struct btc_tx *tx, struct btc_arena *arena, struct btc_reader *reader)
{
    for (uint32_t i = 0; i < tx->input_count; i++) {
        enum btc_tx_error error = read_witness(&tx->inputs[i], arena, reader);
        if (error != BTC_TX_OK)
            return error;
    }
    return btc_tx_has_witness(tx) ? BTC_TX_OK : BTC_TX_SUPERFLUOUS_WITNESS;
}

/* Everything between version and locktime. A count of 0 inputs is BIP 144's marker; behind it comes the flag, or, when
 * that is 0, the count of a transaction with neither inputs nor outputs. */
static enum btc_tx_error read_body(struct btc_tx *tx, struct btc_arena *arena, struct btc_reader *reader)
{
    enum btc_tx_error error = read_inputs(tx, arena, reader);
    if (error != BTC_TX_OK)
        return error;
    uint8_t flag = 0;
    if (tx->input_count == 0) {
        flag = btc_read_u8(reader);
        if (flag > 1)
            return BTC_TX_UNKNOWN_FLAG;
        if (flag == 0)
            return read_failure(reader->error);
        if ((error = read_inputs(tx, arena, reader)) != BTC_TX_OK)
            return error;
    }
    if ((error = read_outputs(tx, arena, reader)) != BTC_TX_OK)
        return error;
    return flag == 0 ? BTC_TX_OK : read_witnesses(tx, arena, reader);
}

enum btc_tx_error btc_tx_read(struct btc_tx *tx, struct btc_arena *arena, struct btc_reader *reader)
{
    struct btc_tx read = {0};
    size_t used = arena->used;
    read.version = btc_read_u32(reader);
    enum btc_tx_error error = read_body(&read, arena, reader);
    read.locktime = btc_read_u32(reader);
    if (error == BTC_TX_OK)
        error = read_failure(reader->error);
    if (error == BTC_TX_OK)
        *tx = read;
    else
        arena->used = used;
    return error;
}

enum btc_tx_error btc_tx_parse(struct btc_tx *tx, struct btc_arena *arena, struct btc_bytes bytes)
{
    if (bytes.length > BTC_MAX_TX_BYTES)
        return BTC_TX_TOO_LARGE;
    struct btc_reader reader;
    struct btc_tx read;
    size_t used = arena->used;
    btc_reader_init(&reader, bytes.data, bytes.length);
    enum btc_tx_error error = btc_tx_read(&read, arena, &reader);
    if (error == BTC_TX_OK && btc_reader_left(&reader) > 0) {
        arena->used = used;
        error = BTC_TX_TRAILING;
    }
    if (error == BTC_TX_OK)
        *tx = read;
    return error;
}

static bool copy_bytes(struct btc_bytes *out, struct btc_arena *arena, struct btc_bytes bytes)
{
    uint8_t *copy = btc_arena_take(arena, bytes.length, 1);
    if (copy == NULL)
        return false;
    if (bytes.length > 0)
        memcpy(copy, bytes.data, bytes.length);
    *out = btc_bytes(copy, bytes.length);
    return true;
}

static bool copy_input(struct btc_input *out, struct btc_arena *arena, const struct btc_input *input)
{
    *out = *input;
    out->witness = btc_arena_take(arena, input->witness_count, sizeof *out->witness);
    bool fits = out->witness != NULL && copy_bytes(&out->script, arena, input->script);
    for (uint32_t i = 0; fits && i < input->witness_count; i++)
        fits = copy_bytes(&out->witness[i], arena, input->witness[i]);
    return fits;
}

enum btc_tx_error btc_tx_copy(struct btc_tx *out, struct btc_arena *arena, const struct btc_tx *tx)
{
    struct btc_tx copy = *tx;
    size_t used = arena->used;
    copy.inputs = btc_arena_take(arena, tx->input_count, sizeof *copy.inputs);
    copy.outputs = btc_arena_take(arena, tx->output_count, sizeof *copy.outputs);
    bool fits = copy.inputs != NULL && copy.outputs != NULL;
    for (uint32_t i = 0; fits && i < tx->input_count; i++)
        fits = copy_input(&copy.inputs[i], arena, &tx->inputs[i]);
    for (uint32_t i = 0; fits && i < tx->output_count; i++) {
        copy.outputs[i].value_sat = tx->outputs[i].value_sat;
        fits = copy_bytes(&copy.outputs[i].script, arena, tx->outputs[i].script);
    }
    if (!fits) {
        arena->used = used;
        return BTC_TX_NO_MEMORY;
    }
    *out = copy;
    return BTC_TX_OK;
}

void btc_outpoint_write(struct btc_writer *writer, const struct btc_outpoint *outpoint)
{
    btc_write(writer, outpoint->txid, 32);
    btc_write_u32(writer, outpoint->index);
}

void btc_output_write(struct btc_writer *writer, const struct btc_output *output)
{
    btc_write_u64(writer, (uint64_t)output->value_sat);
    btc_write_string(writer, output->script);
}

static void write_witness(struct btc_writer *writer, const struct btc_input *input)
{
    btc_write_compact(writer, input->witness_count);
    for (uint32_t i = 0; i < input->witness_count; i++)
        btc_write_string(writer, input->witness[i]);
}

void btc_tx_write(struct btc_writer *writer, const struct btc_tx *tx, enum btc_tx_form form)
{
    bool witness = form == BTC_TX_WITNESS && btc_tx_has_witness(tx);
    btc_write_u32(writer, tx->version);
    if (witness)
        btc_write(writer, (const uint8_t[2]){0, 1}, 2);
    btc_write_compact(writer, tx->input_count);
    for (uint32_t i = 0; i < tx->input_count; i++) {
        btc_outpoint_write(writer, &tx->inputs[i].previous);
        btc_write_string(writer, tx->inputs[i].script);
        btc_write_u32(writer, tx->inputs[i].sequence);
    }
    btc_write_compact(writer, tx->output_count);
    for (uint32_t i = 0; i < tx->output_count; i++)
        btc_output_write(writer, &tx->outputs[i]);
    for (uint32_t i = 0; witness && i < tx->input_count; i++)
        write_witness(writer, &tx->inputs[i]);
    btc_write_u32(writer, tx->locktime);
}

bool btc_tx_has_witness(const struct btc_tx *tx)
{
    for (uint32_t i = 0; i < tx->input_count; i++)
        if (tx->inputs[i].witness_count > 0)
            return true;
    return false;
}

size_t btc_tx_size(const struct btc_tx *tx, enum btc_tx_form form)
{
    struct btc_writer count;
    btc_writer_init(&count, NULL, 0);
    btc_tx_write(&count, tx, form);
    return count.length;
}

uint32_t btc_tx_weight_wu(const struct btc_tx *tx)
{
    size_t weight = 3 * btc_tx_size(tx, BTC_TX_BASE) + btc_tx_size(tx, BTC_TX_WITNESS);
    assert(weight <= UINT32_MAX);
    return (uint32_t)weight;
}

uint32_t btc_tx_vsize(const struct btc_tx *tx)
{
    uint32_t weight_wu = btc_tx_weight_wu(tx);
    return weight_wu / 4 + (weight_wu % 4 != 0);
}

static void hash_tx(uint8_t hash[32], const struct btc_tx *tx, enum btc_tx_form form)
{
    struct btc_hasher hasher;
    btc_hasher_init(&hasher);
    btc_tx_write(&hasher.writer, tx, form);
    btc_hasher_final_twice(&hasher, hash);
}

void btc_txid(uint8_t txid[32], const struct btc_tx *tx)
{
    hash_tx(txid, tx, BTC_TX_BASE);
}

void btc_wtxid(uint8_t wtxid[32], const struct btc_tx *tx)
{
    hash_tx(wtxid, tx, BTC_TX_WITNESS);
}

void btc_txid_reverse(uint8_t out[32], const uint8_t txid[32])
{
    uint8_t reversed[32];
    for (size_t i = 0; i < 32; i++)
        reversed[i] = txid[31 - i];
    memcpy(out, reversed, 32);
}

bool btc_outpoint_equal(const struct btc_outpoint *a, const struct btc_outpoint *b)
{
    return a->index == b->index && memcmp(a->txid, b->txid, 32) == 0;
}
