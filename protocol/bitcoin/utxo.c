/* utxo.c: the set of unspent outputs: coins.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/utxo.h"

#include "protocol/bitcoin/hash.h"
#include <assert.h>
#include <string.h>

struct stored_coin {
    struct btc_coin coin;
    uint8_t script[BTC_COIN_INLINE_BYTES];
};

static struct stored_coin *stored_at(const struct btc_utxo *set, uint32_t number)
{
    return btc_pool_at(&set->coins, number);
}

static bool is_inline(const struct stored_coin *stored)
{
    return stored->coin.output.script.length <= BTC_COIN_INLINE_BYTES;
}

static uint32_t hash_of(const struct btc_utxo *set, const struct btc_outpoint *outpoint)
{
    uint8_t key[36];
    memcpy(key, outpoint->txid, 32);
    for (unsigned i = 0; i < 4; i++)
        key[32 + i] = (uint8_t)(outpoint->index >> 8 * i);
    return btc_table_hash(&set->index, key, sizeof key);
}

static bool match(const void *context, uint32_t number, const void *key)
{
    return btc_outpoint_equal(&stored_at(context, number)->coin.outpoint, key);
}

void btc_utxo_init(struct btc_utxo *set, const struct btc_allocator *allocator, struct btc_salt salt)
{
    *set = (struct btc_utxo){.allocator = allocator};
    btc_pool_init(&set->coins, allocator, sizeof(struct stored_coin));
    btc_table_init(&set->index, allocator, salt);
}

void btc_utxo_visit(const struct btc_utxo *set, btc_coin_visitor *visit, void *context)
{
    for (uint32_t i = 0; i < set->index.capacity; i++)
        if (set->index.slots[i].number != BTC_TABLE_NONE)
            visit(context, &stored_at(set, set->index.slots[i].number)->coin);
}

static void release_script(const struct btc_utxo *set, const struct stored_coin *stored)
{
    struct btc_bytes script = stored->coin.output.script;
    if (!is_inline(stored))
        btc_release(set->allocator, (void *)(uintptr_t)script.data, script.length);
}

void btc_utxo_close(struct btc_utxo *set)
{
    for (uint32_t i = 0; i < set->index.capacity; i++)
        if (set->index.slots[i].number != BTC_TABLE_NONE)
            release_script(set, stored_at(set, set->index.slots[i].number));
    btc_pool_close(&set->coins);
    btc_table_close(&set->index);
    set->total_sat = 0;
}

uint32_t btc_utxo_count(const struct btc_utxo *set)
{
    return set->index.used;
}

const struct btc_coin *btc_utxo_get(const struct btc_utxo *set, const struct btc_outpoint *outpoint)
{
    uint32_t number = btc_table_find(&set->index, hash_of(set, outpoint), match, set, outpoint);
    return number == BTC_TABLE_NONE ? NULL : &stored_at(set, number)->coin;
}

const struct btc_coin *btc_utxo_at(const struct btc_utxo *set, uint32_t number)
{
    return &stored_at(set, number)->coin;
}

uint32_t btc_utxo_make(struct btc_utxo *set, const struct btc_coin *coin)
{
    size_t length = coin->output.script.length;
    uint8_t *outside = NULL;
    if (length > BTC_COIN_INLINE_BYTES) {
        outside = btc_allocate(set->allocator, length);
        if (outside == NULL)
            return BTC_UTXO_NONE;
    }
    uint32_t number = btc_pool_take(&set->coins);
    if (number == BTC_POOL_NONE) {
        if (outside != NULL)
            btc_release(set->allocator, outside, length);
        return BTC_UTXO_NONE;
    }
    struct stored_coin *stored = stored_at(set, number);
    stored->coin = *coin;
    stored->coin.output.script.data = outside != NULL ? outside : stored->script;
    if (length > 0)
        memcpy(outside != NULL ? outside : stored->script, coin->output.script.data, length);
    return number;
}

void btc_utxo_drop(struct btc_utxo *set, uint32_t number)
{
    release_script(set, stored_at(set, number));
    btc_pool_give(&set->coins, number);
}

bool btc_utxo_reserve(struct btc_utxo *set, uint32_t count)
{
    return btc_table_reserve(&set->index, count);
}

void btc_utxo_attach(struct btc_utxo *set, uint32_t number)
{
    const struct btc_coin *coin = btc_utxo_at(set, number);
    assert(btc_utxo_get(set, &coin->outpoint) == NULL);
    btc_table_put(&set->index, hash_of(set, &coin->outpoint), number);
    set->total_sat += coin->output.value_sat;
}

bool btc_utxo_add(struct btc_utxo *set, const struct btc_coin *coin)
{
    if (!btc_utxo_reserve(set, 1))
        return false;
    uint32_t number = btc_utxo_make(set, coin);
    if (number == BTC_UTXO_NONE)
        return false;
    btc_utxo_attach(set, number);
    return true;
}

uint32_t btc_utxo_detach(struct btc_utxo *set, const struct btc_outpoint *outpoint)
{
    uint32_t hash = hash_of(set, outpoint);
    uint32_t number = btc_table_find(&set->index, hash, match, set, outpoint);
    if (number == BTC_TABLE_NONE)
        return BTC_UTXO_NONE;
    btc_table_take(&set->index, hash, number);
    set->total_sat -= btc_utxo_at(set, number)->output.value_sat;
    return number;
}

/* ---- digest ---- */

static void coin_hash(uint8_t hash[32], const struct btc_coin *coin)
{
    struct btc_hasher hasher;
    btc_hasher_init(&hasher);
    btc_outpoint_write(&hasher.writer, &coin->outpoint);
    btc_write_u32(&hasher.writer, coin->age.height);
    btc_write_u32(&hasher.writer, coin->age.time);
    btc_write_u8(&hasher.writer, (uint8_t)coin->origin);
    btc_output_write(&hasher.writer, &coin->output);
    btc_hasher_final(&hasher, hash);
}

static void add_to_digest(void *context, const struct btc_coin *coin)
{
    uint8_t hash[32], *sum = context;
    coin_hash(hash, coin);
    unsigned carry = 0;
    for (unsigned i = 0; i < 32; i++) {
        carry += (unsigned)sum[i] + hash[i];
        sum[i] = (uint8_t)carry;
        carry >>= 8;
    }
}

void btc_utxo_digest(uint8_t digest[32], const struct btc_utxo *set)
{
    memset(digest, 0, 32);
    btc_utxo_visit(set, add_to_digest, digest);
}
