/* sighash.c: what a signature signs.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/sighash.h"

#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/script.h"

#include <assert.h>
#include <string.h>

#define OUTPUT_TYPE 0x1fu /* the bits that tell ALL, NONE, SINGLE; any other value acts as ALL */

/* ---- legacy ---- */

/* The script code without its OP_CODESEPARATORs. The length in front counts the whole rest of the script, while of a
 * truncated push only what could be read follows: consensus' way, which no valid script can show. */
static void write_script_code(struct btc_writer *writer, struct btc_bytes code)
{
    struct btc_op op;
    size_t separators = 0, begin = 0, at = 0;
    while (btc_script_next(&op, code, &at))
        separators += op.code == BTC_OP_CODESEPARATOR;
    btc_write_compact(writer, code.length - separators);
    at = 0;
    while (btc_script_next(&op, code, &at))
        if (op.code == BTC_OP_CODESEPARATOR) {
            btc_write(writer, code.data + begin, at - begin - 1);
            begin = at;
        }
    if (begin < at)
        btc_write(writer, code.data + begin, at - begin);
}

static void write_legacy_input(struct btc_writer *writer, const struct btc_sighash_what *what, uint32_t number)
{
    const struct btc_input *input = &what->tx->inputs[number];
    uint32_t outputs = what->type & OUTPUT_TYPE;
    bool others_may_change = outputs == BTC_SIGHASH_SINGLE || outputs == BTC_SIGHASH_NONE;
    btc_outpoint_write(writer, &input->previous);
    if (number == what->input)
        write_script_code(writer, what->script_code);
    else
        btc_write_compact(writer, 0);
    btc_write_u32(writer, number != what->input && others_may_change ? 0 : input->sequence);
}

static void write_legacy_inputs(struct btc_writer *writer, const struct btc_sighash_what *what)
{
    if (what->type & BTC_SIGHASH_ANYONECANPAY) {
        btc_write_compact(writer, 1);
        write_legacy_input(writer, what, what->input);
        return;
    }
    btc_write_compact(writer, what->tx->input_count);
    for (uint32_t i = 0; i < what->tx->input_count; i++)
        write_legacy_input(writer, what, i);
}

static void write_legacy_outputs(struct btc_writer *writer, const struct btc_sighash_what *what)
{
    static const struct btc_output blank = {.value_sat = -1};
    uint32_t outputs = what->type & OUTPUT_TYPE;
    uint32_t count = outputs == BTC_SIGHASH_NONE     ? 0
                     : outputs == BTC_SIGHASH_SINGLE ? what->input + 1
                                                     : what->tx->output_count;
    btc_write_compact(writer, count);
    for (uint32_t i = 0; i < count; i++) {
        bool hidden = outputs == BTC_SIGHASH_SINGLE && i != what->input;
        btc_output_write(writer, hidden ? &blank : &what->tx->outputs[i]);
    }
}

void btc_sighash_legacy(uint8_t hash[32], const struct btc_sighash_what *what)
{
    assert(what->input < what->tx->input_count);
    if ((what->type & OUTPUT_TYPE) == BTC_SIGHASH_SINGLE && what->input >= what->tx->output_count) {
        memset(hash, 0, 32);
        hash[0] = 1;
        return;
    }
    struct btc_hasher hasher;
    btc_hasher_init(&hasher);
    btc_write_u32(&hasher.writer, what->tx->version);
    write_legacy_inputs(&hasher.writer, what);
    write_legacy_outputs(&hasher.writer, what);
    btc_write_u32(&hasher.writer, what->tx->locktime);
    btc_write_u32(&hasher.writer, what->type);
    btc_hasher_final_twice(&hasher, hash);
}

/* ---- BIP 143 ---- */

static void hash_prevouts(uint8_t hash[32], const struct btc_tx *tx)
{
    struct btc_hasher hasher;
    btc_hasher_init(&hasher);
    for (uint32_t i = 0; i < tx->input_count; i++)
        btc_outpoint_write(&hasher.writer, &tx->inputs[i].previous);
    btc_hasher_final_twice(&hasher, hash);
}

static void hash_sequences(uint8_t hash[32], const struct btc_tx *tx)
{
    struct btc_hasher hasher;
    btc_hasher_init(&hasher);
    for (uint32_t i = 0; i < tx->input_count; i++)
        btc_write_u32(&hasher.writer, tx->inputs[i].sequence);
    btc_hasher_final_twice(&hasher, hash);
}

static void hash_outputs(uint8_t hash[32], const struct btc_tx *tx, uint32_t first, uint32_t behind)
{
    struct btc_hasher hasher;
    btc_hasher_init(&hasher);
    for (uint32_t i = first; i < behind; i++)
        btc_output_write(&hasher.writer, &tx->outputs[i]);
    btc_hasher_final_twice(&hasher, hash);
}

void btc_sighash_cache_init(struct btc_sighash_cache *cache, const struct btc_tx *tx)
{
    hash_prevouts(cache->prevouts, tx);
    hash_sequences(cache->sequences, tx);
    hash_outputs(cache->outputs, tx, 0, tx->output_count);
}

/* The three hashes as this signature's type has them: what it does not sign is zero. */
static void signed_parts(struct btc_sighash_cache *parts, const struct btc_sighash_what *what)
{
    const struct btc_tx *tx = what->tx;
    const struct btc_sighash_cache *cache = what->cache;
    uint32_t outputs = what->type & OUTPUT_TYPE;
    bool anyone = (what->type & BTC_SIGHASH_ANYONECANPAY) != 0;
    bool all = outputs != BTC_SIGHASH_SINGLE && outputs != BTC_SIGHASH_NONE;
    memset(parts, 0, sizeof *parts);
    if (!anyone && cache != NULL)
        memcpy(parts->prevouts, cache->prevouts, 32);
    else if (!anyone)
        hash_prevouts(parts->prevouts, tx);
    if (!anyone && all && cache != NULL)
        memcpy(parts->sequences, cache->sequences, 32);
    else if (!anyone && all)
        hash_sequences(parts->sequences, tx);
    if (all && cache != NULL)
        memcpy(parts->outputs, cache->outputs, 32);
    else if (all)
        hash_outputs(parts->outputs, tx, 0, tx->output_count);
    else if (outputs == BTC_SIGHASH_SINGLE && what->input < tx->output_count)
        hash_outputs(parts->outputs, tx, what->input, what->input + 1);
}

void btc_sighash_segwit(uint8_t hash[32], const struct btc_sighash_what *what)
{
    assert(what->input < what->tx->input_count);
    const struct btc_input *input = &what->tx->inputs[what->input];
    struct btc_sighash_cache parts;
    struct btc_hasher hasher;
    signed_parts(&parts, what);
    btc_hasher_init(&hasher);
    btc_write_u32(&hasher.writer, what->tx->version);
    btc_write(&hasher.writer, parts.prevouts, 32);
    btc_write(&hasher.writer, parts.sequences, 32);
    btc_outpoint_write(&hasher.writer, &input->previous);
    btc_write_string(&hasher.writer, what->script_code);
    btc_write_u64(&hasher.writer, (uint64_t)what->value_sat);
    btc_write_u32(&hasher.writer, input->sequence);
    btc_write(&hasher.writer, parts.outputs, 32);
    btc_write_u32(&hasher.writer, what->tx->locktime);
    btc_write_u32(&hasher.writer, what->type);
    btc_hasher_final_twice(&hasher, hash);
}
