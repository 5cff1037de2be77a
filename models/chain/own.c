/* own.c: the transactions that the run owns.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/own.h"

#include "models/chain/room.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 16 /* what each piece of an arena may waste */

static const struct btc_salt SALT = {{0x6b6f6e73656e746f, 2}};

struct own_tx *own_at(const struct own_txs *own, uint32_t number)
{
    return slab_at(&own->txs, number);
}

uint32_t own_count(const struct own_txs *own)
{
    return own->txs.limit;
}

void own_open(struct own_txs *own, uint32_t zone_count)
{
    *own = (struct own_txs){.zone_count = zone_count};
    slab_init(&own->txs, sizeof(struct own_tx));
    btc_table_init(&own->by_txid, &room_allocator, SALT);
    btc_table_init(&own->by_outpoint, &room_allocator, SALT);
}

static void free_tx(struct own_tx *tx)
{
    free(tx->memory);
    free(tx->arrival_us);
    free(tx->earlier);
}

void own_close(struct own_txs *own)
{
    for (uint32_t i = 0; i < own_count(own); i++)
        free_tx(own_at(own, i));
    slab_close(&own->txs);
    btc_table_close(&own->by_txid);
    btc_table_close(&own->by_outpoint);
}

/* ---- by txid --------------------------------------------------------------------------------------------------- */

static bool match_txid(const void *context, uint32_t number, const void *key)
{
    return memcmp(own_at(context, number)->seen.txid, key, 32) == 0;
}

uint32_t own_find(const struct own_txs *own, const uint8_t txid[32])
{
    return btc_table_find(&own->by_txid, btc_table_hash(&own->by_txid, txid, 32), match_txid, own, txid);
}

/* ---- copies ---------------------------------------------------------------------------------------------------- */

size_t own_copy_bytes(const struct btc_tx *tx)
{
    size_t bytes = btc_tx_size(tx, BTC_TX_WITNESS) + 4 * ALIGNMENT;
    bytes += tx->input_count * (sizeof *tx->inputs + 2 * ALIGNMENT);
    bytes += tx->output_count * (sizeof *tx->outputs + ALIGNMENT);
    for (uint32_t i = 0; i < tx->input_count; i++)
        bytes += tx->inputs[i].witness_count * (sizeof *tx->inputs[i].witness + ALIGNMENT);
    return bytes;
}

static bool copy_tx(struct own_tx *copy, const struct btc_tx *tx, uint32_t zone_count)
{
    size_t bytes = own_copy_bytes(tx);
    copy->memory = malloc(bytes);
    copy->arrival_us = malloc(zone_count * sizeof *copy->arrival_us);
    copy->earlier = malloc(tx->input_count * sizeof *copy->earlier);
    if (copy->memory == NULL || copy->arrival_us == NULL || copy->earlier == NULL)
        return false;
    struct btc_arena arena;
    btc_arena_init(&arena, copy->memory, bytes);
    enum btc_tx_error error = btc_tx_copy(&copy->seen.tx, &arena, tx);
    assert(error == BTC_TX_OK);
    for (uint32_t i = 0; i < zone_count; i++)
        copy->arrival_us[i] = CHAIN_NEVER_US;
    for (uint32_t i = 0; i < tx->input_count; i++)
        copy->earlier[i] = CHAIN_NONE;
    return true;
}

uint32_t own_add(struct own_txs *own, const struct btc_tx *tx)
{
    assert(tx->input_count > 0);
    struct own_tx copy = {.told_rival = CHAIN_NONE};
    copy.seen = (struct chain_tx){.fee_sat = -1, .rival = CHAIN_NONE, .seen_us = CHAIN_NEVER_US};
    uint32_t number = SLAB_NONE;
    if (copy_tx(&copy, tx, own->zone_count) && btc_table_reserve(&own->by_txid, 1))
        number = slab_take(&own->txs);
    if (number == SLAB_NONE) {
        free_tx(&copy);
        return CHAIN_NONE;
    }
    btc_txid(copy.seen.txid, tx);
    btc_wtxid(copy.seen.wtxid, tx);
    copy.seen.weight_wu = btc_tx_weight_wu(tx);
    assert(own_find(own, copy.seen.txid) == CHAIN_NONE);
    *own_at(own, number) = copy;
    btc_table_put(&own->by_txid, btc_table_hash(&own->by_txid, copy.seen.txid, 32), number);
    return number;
}

/* ---- by what they spend ---------------------------------------------------------------------------------------- */

static uint32_t input_of(const struct own_tx *tx, const struct btc_outpoint *outpoint)
{
    for (uint32_t i = 0; i < tx->seen.tx.input_count; i++)
        if (btc_outpoint_equal(&tx->seen.tx.inputs[i].previous, outpoint))
            return i;
    return CHAIN_NONE;
}

static bool match_outpoint(const void *context, uint32_t number, const void *key)
{
    return input_of(own_at(context, number), key) != CHAIN_NONE;
}

static uint32_t hash_outpoint(const struct own_txs *own, const struct btc_outpoint *outpoint)
{
    uint8_t key[36];
    memcpy(key, outpoint->txid, 32);
    memcpy(key + 32, &outpoint->index, 4);
    return btc_table_hash(&own->by_outpoint, key, sizeof key);
}

uint32_t own_spender(const struct own_txs *own, const struct btc_outpoint *outpoint)
{
    return btc_table_find(&own->by_outpoint, hash_outpoint(own, outpoint), match_outpoint, own, outpoint);
}

uint32_t own_earlier_spender(const struct own_txs *own, uint32_t number, const struct btc_outpoint *outpoint)
{
    const struct own_tx *tx = own_at(own, number);
    return tx->earlier[input_of(tx, outpoint)];
}

uint32_t own_spender_in(const struct own_txs *own, const struct btc_outpoint *outpoint, enum chain_tx_state state)
{
    uint32_t number = own_spender(own, outpoint);
    while (number != CHAIN_NONE && own_at(own, number)->seen.state != state)
        number = own_earlier_spender(own, number, outpoint);
    return number;
}

bool own_link(struct own_txs *own, uint32_t number)
{
    struct own_tx *tx = own_at(own, number);
    if (tx->is_linked)
        return true;
    if (!btc_table_reserve(&own->by_outpoint, tx->seen.tx.input_count))
        return false;
    for (uint32_t i = 0; i < tx->seen.tx.input_count; i++) {
        const struct btc_outpoint *outpoint = &tx->seen.tx.inputs[i].previous;
        uint32_t hash = hash_outpoint(own, outpoint);
        uint32_t spender = own_spender(own, outpoint);
        if (spender == number)
            continue; /* spends it twice: nobody will take it */
        tx->earlier[i] = spender;
        if (spender != CHAIN_NONE)
            btc_table_take(&own->by_outpoint, hash, tx->earlier[i]);
        btc_table_put(&own->by_outpoint, hash, number);
    }
    tx->is_linked = true;
    return true;
}

uint32_t own_rival(const struct own_txs *own, uint32_t number)
{
    const struct own_tx *tx = own_at(own, number);
    uint32_t newest = CHAIN_NONE;
    for (uint32_t i = 0; i < tx->seen.tx.input_count; i++)
        if (tx->earlier[i] != CHAIN_NONE && (newest == CHAIN_NONE || tx->earlier[i] > newest))
            newest = tx->earlier[i];
    return newest;
}

const struct btc_output *own_output(const struct own_txs *own, const struct btc_outpoint *outpoint)
{
    uint32_t number = own_find(own, outpoint->txid);
    if (number == CHAIN_NONE || outpoint->index >= own_at(own, number)->seen.tx.output_count)
        return NULL;
    return &own_at(own, number)->seen.tx.outputs[outpoint->index];
}
