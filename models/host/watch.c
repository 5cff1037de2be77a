/* watch.c: a set of txids.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/host/watch.h"

#include "models/chain/room.h"

#include <stdlib.h>
#include <string.h>

void watch_open(struct watched *watched)
{
    *watched = (struct watched){0};
    btc_table_init(&watched->by_txid, &room_allocator, (struct btc_salt){{0, 0}});
}

void watch_close(struct watched *watched)
{
    free(watched->txids);
    btc_table_close(&watched->by_txid);
}

static bool is_txid(const void *context, uint32_t number, const void *key)
{
    const struct watched *watched = context;
    return memcmp(watched->txids[number], key, 32) == 0;
}

static bool has(const struct watched *watched, const uint8_t txid[32])
{
    uint32_t hash = btc_table_hash(&watched->by_txid, txid, 32);
    return btc_table_find(&watched->by_txid, hash, is_txid, watched, txid) != BTC_TABLE_NONE;
}

bool watched_add(struct watched *watched, const uint8_t txid[32])
{
    if (has(watched, txid))
        return true;
    if (watched->count == watched->capacity) {
        uint32_t capacity = watched->capacity == 0 ? 16 : 2 * watched->capacity;
        void *grown = realloc(watched->txids, capacity * sizeof watched->txids[0]);
        if (grown == NULL)
            return false;
        watched->txids = grown;
        watched->capacity = capacity;
    }
    if (!btc_table_reserve(&watched->by_txid, 1))
        return false;
    memcpy(watched->txids[watched->count], txid, 32);
    btc_table_put(&watched->by_txid, btc_table_hash(&watched->by_txid, txid, 32), watched->count);
    watched->count++;
    return true;
}

bool watch_wants(const struct host_node *node, const struct btc_tx *tx, const uint8_t txid[32])
{
    if (has(&node->watched, txid))
        return true;
    for (uint32_t i = 0; i < tx->input_count; i++) {
        const struct btc_outpoint *previous = &tx->inputs[i].previous;
        if (has(&node->watched, previous->txid) || btc_wallet_get(&node->purse.wallet, previous) != NULL)
            return true;
    }
    return false;
}
