/* wallet.c: what a wallet knows: keys, coins, and how it learns of them.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/wallet.h"

#include "protocol/bitcoin/hash.h"
#include <assert.h>
#include <string.h>

/* ---- keys ---- */

static struct btc_wallet_key *key_at(const struct btc_wallet *wallet, uint32_t number)
{
    return btc_pool_at(&wallet->keys, number);
}

static bool match_hash(const void *context, uint32_t number, const void *key)
{
    return memcmp(key_at(context, number)->hash, key, 20) == 0;
}

/* The number of the key that a script pays to, BTC_TABLE_NONE if it is not ours. */
static uint32_t find_key(const struct btc_wallet *wallet, struct btc_bytes script)
{
    struct btc_script_form form = btc_script_classify(script);
    if (form.kind != BTC_SCRIPT_P2WPKH)
        return BTC_TABLE_NONE;
    uint32_t hash = btc_table_hash(&wallet->by_hash, form.payload.data, 20);
    return btc_table_find(&wallet->by_hash, hash, match_hash, wallet, form.payload.data);
}

bool btc_wallet_owns(const struct btc_wallet *wallet, struct btc_bytes script)
{
    return find_key(wallet, script) != BTC_TABLE_NONE;
}

/* Derives the key of an index and remembers it. Returns its number, BTC_POOL_NONE if there is no memory. */
static uint32_t add_key(struct btc_wallet *wallet, enum btc_wallet_branch branch, uint32_t index)
{
    struct btc_keychain keychain;
    if (!btc_table_reserve(&wallet->by_hash, 1) ||
        !btc_keychain_derive(&keychain, wallet->curve, &wallet->branches[branch], index))
        return BTC_POOL_NONE;
    uint32_t number = btc_pool_take(&wallet->keys);
    if (number == BTC_POOL_NONE)
        return BTC_POOL_NONE;
    struct btc_wallet_key *key = key_at(wallet, number);
    btc_keychain_identifier(key->hash, &keychain);
    memcpy(key->public_key, keychain.public_key, 33);
    memcpy(key->secret, keychain.secret, 32);
    key->branch = branch;
    key->index = index;
    if (branch == BTC_WALLET_CHANGE)
        wallet->change_key = number;
    btc_table_put(&wallet->by_hash, btc_table_hash(&wallet->by_hash, key->hash, 20), number);
    return number;
}

bool btc_wallet_new_script(struct btc_wallet *wallet, uint8_t script[BTC_P2WPKH_BYTES])
{
    uint32_t number = add_key(wallet, BTC_WALLET_RECEIVE, wallet->next_index[BTC_WALLET_RECEIVE]);
    if (number == BTC_POOL_NONE)
        return false;
    wallet->next_index[BTC_WALLET_RECEIVE]++;
    btc_script_p2wpkh(script, key_at(wallet, number)->hash);
    return true;
}

static bool init_branches(struct btc_wallet *wallet, const struct btc_wallet_setup *setup)
{
    struct btc_keychain master;
    const uint32_t coin = setup->network == BTC_MAINNET ? 0 : 1;
    if (!btc_keychain_init(&master, wallet->curve, setup->seed))
        return false;
    for (uint32_t branch = 0; branch < 2; branch++) {
        const struct btc_keychain_path path = {
            4, {84 | BTC_HARDENED, coin | BTC_HARDENED, setup->account | BTC_HARDENED, branch}};
        if (!btc_keychain_descend(&wallet->branches[branch], wallet->curve, &master, &path))
            return false;
    }
    return true;
}

bool btc_wallet_init(struct btc_wallet *wallet, const struct btc_curve *curve, const struct btc_wallet_setup *setup)
{
    assert(setup->account < BTC_HARDENED);
    *wallet = (struct btc_wallet){.curve = curve, .allocator = setup->allocator};
    btc_pool_init(&wallet->keys, setup->allocator, sizeof(struct btc_wallet_key));
    btc_pool_init(&wallet->coins, setup->allocator, sizeof(struct btc_wallet_coin));
    btc_table_init(&wallet->by_hash, setup->allocator, setup->salt);
    btc_table_init(&wallet->by_outpoint, setup->allocator, setup->salt);
    if (init_branches(wallet, setup) && add_key(wallet, BTC_WALLET_CHANGE, 0) != BTC_POOL_NONE)
        return true;
    btc_wallet_close(wallet);
    return false;
}

void btc_wallet_close(struct btc_wallet *wallet)
{
    btc_pool_close(&wallet->keys);
    btc_pool_close(&wallet->coins);
    btc_table_close(&wallet->by_hash);
    btc_table_close(&wallet->by_outpoint);
}

/* ---- coins ---- */

static struct btc_wallet_coin *coin_at(const struct btc_wallet *wallet, uint32_t number)
{
    return btc_pool_at(&wallet->coins, number);
}

static bool match_outpoint(const void *context, uint32_t number, const void *key)
{
    return btc_outpoint_equal(&coin_at(context, number)->outpoint, key);
}

static uint32_t hash_outpoint(const struct btc_wallet *wallet, const struct btc_outpoint *outpoint)
{
    uint8_t key[36];
    memcpy(key, outpoint->txid, 32);
    for (unsigned i = 0; i < 4; i++)
        key[32 + i] = (uint8_t)(outpoint->index >> 8 * i);
    return btc_table_hash(&wallet->by_outpoint, key, sizeof key);
}

static struct btc_wallet_coin *find_coin(const struct btc_wallet *wallet, const struct btc_outpoint *outpoint)
{
    uint32_t number =
        btc_table_find(&wallet->by_outpoint, hash_outpoint(wallet, outpoint), match_outpoint, wallet, outpoint);
    return number == BTC_TABLE_NONE ? NULL : coin_at(wallet, number);
}

const struct btc_wallet_coin *btc_wallet_get(const struct btc_wallet *wallet, const struct btc_outpoint *outpoint)
{
    return find_coin(wallet, outpoint);
}

static void remove_coin(struct btc_wallet *wallet, const struct btc_outpoint *outpoint)
{
    uint32_t hash = hash_outpoint(wallet, outpoint);
    uint32_t number = btc_table_find(&wallet->by_outpoint, hash, match_outpoint, wallet, outpoint);
    if (number != BTC_TABLE_NONE) {
        btc_table_take(&wallet->by_outpoint, hash, number);
        btc_pool_give(&wallet->coins, number);
    }
}

/* Calls visit with each coin; it may remove coins. A removal moves later pairs of the table towards the front, so the
 * same place is looked at until it holds a pair that stays; a pair moved round the end was seen before or is seen
 * again, both of which must do no harm. */
static void for_each_coin(struct btc_wallet *wallet, bool (*is_leaving)(struct btc_wallet_coin *, const void *),
                          const void *context)
{
    for (uint32_t i = 0; i < wallet->by_outpoint.capacity; i++) {
        while (wallet->by_outpoint.slots[i].number != BTC_TABLE_NONE) {
            struct btc_wallet_coin *coin = coin_at(wallet, wallet->by_outpoint.slots[i].number);
            if (!is_leaving(coin, context))
                break;
            const struct btc_outpoint outpoint = coin->outpoint;
            remove_coin(wallet, &outpoint);
        }
    }
}

static bool is_spent_long_ago(struct btc_wallet_coin *coin, const void *context)
{
    uint32_t height = *(const uint32_t *)context;
    return coin->spent_height < BTC_WALLET_UNSPENT && coin->spent_height + BTC_WALLET_KEEP_BLOCKS < height;
}

/* Makes room for a coin; coins that no reorganisation will bring back make room first. */
static bool reserve_coin(struct btc_wallet *wallet)
{
    if (wallet->coins.used == btc_pool_limit(&wallet->coins))
        for_each_coin(wallet, is_spent_long_ago, &wallet->height);
    return btc_table_reserve(&wallet->by_outpoint, 1) && btc_pool_reserve(&wallet->coins, 1);
}

static bool add_coin(struct btc_wallet *wallet, const struct btc_wallet_coin *coin)
{
    if (!reserve_coin(wallet))
        return false;
    uint32_t number = btc_pool_take(&wallet->coins);
    assert(number != BTC_POOL_NONE);
    *coin_at(wallet, number) = *coin;
    btc_table_put(&wallet->by_outpoint, hash_outpoint(wallet, &coin->outpoint), number);
    return true;
}

/* ---- learning ---- */

/* When the key that payments use for change has been paid to, the next one takes its place. */
static bool advance_change(struct btc_wallet *wallet, uint32_t key)
{
    uint32_t *next = &wallet->next_index[BTC_WALLET_CHANGE];
    if (key_at(wallet, key)->branch != BTC_WALLET_CHANGE || key_at(wallet, key)->index != *next)
        return true;
    if (add_key(wallet, BTC_WALLET_CHANGE, *next + 1) == BTC_POOL_NONE)
        return false;
    (*next)++;
    return true;
}

static bool see_output(struct btc_wallet *wallet, const struct btc_wallet_coin *coin)
{
    struct btc_wallet_coin *known = find_coin(wallet, &coin->outpoint);
    if (known == NULL && !add_coin(wallet, coin))
        return false;
    if (known != NULL && coin->height != BTC_WALLET_UNCONFIRMED)
        known->height = coin->height;
    return advance_change(wallet, coin->key);
}

static bool see_outputs(struct btc_wallet *wallet, const struct btc_tx *tx, const uint8_t txid[32], uint32_t height)
{
    struct btc_wallet_coin coin = {
        .height = height, .is_coinbase = btc_tx_is_coinbase(tx), .spent_height = BTC_WALLET_UNSPENT};
    memcpy(coin.outpoint.txid, txid, 32);
    for (uint32_t i = 0; i < tx->output_count; i++) {
        coin.key = find_key(wallet, tx->outputs[i].script);
        coin.outpoint.index = i;
        coin.value_sat = tx->outputs[i].value_sat;
        if (coin.key != BTC_TABLE_NONE && !see_output(wallet, &coin))
            return false;
    }
    return true;
}

/* Marks one coin as spent by a transaction. */
static void see_input(struct btc_wallet *wallet, const struct btc_outpoint *outpoint, const uint8_t txid[32],
                      uint32_t height)
{
    struct btc_wallet_coin *coin = find_coin(wallet, outpoint);
    if (coin == NULL)
        return;
    bool is_same = coin->spent_height != BTC_WALLET_UNSPENT && memcmp(coin->spender, txid, 32) == 0;
    if (coin->spent_height == BTC_WALLET_UNCONFIRMED && !is_same) {
        uint8_t rival[32];
        memcpy(rival, coin->spender, 32);
        btc_wallet_forget(wallet, rival);
        coin = find_coin(wallet, outpoint);
        assert(coin != NULL); /* its own transaction is not a descendant of what spends it */
    }
    if (!is_same || height != BTC_WALLET_UNCONFIRMED)
        coin->spent_height = height;
    memcpy(coin->spender, txid, 32);
}

/* Does a confirmed transaction spend what this one spends? */
static bool has_lost(const struct btc_wallet *wallet, const struct btc_tx *tx, const uint8_t txid[32])
{
    for (uint32_t i = 0; i < tx->input_count; i++) {
        const struct btc_wallet_coin *coin = find_coin(wallet, &tx->inputs[i].previous);
        if (coin != NULL && coin->spent_height < BTC_WALLET_UNSPENT && memcmp(coin->spender, txid, 32) != 0)
            return true;
    }
    return false;
}

bool btc_wallet_see(struct btc_wallet *wallet, const struct btc_tx *tx, uint32_t height)
{
    uint8_t txid[32];
    btc_txid(txid, tx);
    if (height == BTC_WALLET_UNCONFIRMED && has_lost(wallet, tx, txid))
        return true;
    for (uint32_t i = 0; i < tx->input_count; i++)
        see_input(wallet, &tx->inputs[i].previous, txid, height);
    return see_outputs(wallet, tx, txid, height);
}

/* One transaction vanishes: what it spent is free, what it made leaves, or waits as an orphan for its spender to go. */
static bool forget_in_coin(struct btc_wallet_coin *coin, const void *context)
{
    const uint8_t *txid = context;
    bool is_spent = coin->spent_height == BTC_WALLET_UNCONFIRMED;
    if (is_spent && memcmp(coin->spender, txid, 32) == 0) {
        coin->spent_height = BTC_WALLET_UNSPENT;
        is_spent = false;
        if (coin->is_orphan)
            return true;
    }
    if (coin->height != BTC_WALLET_UNCONFIRMED || memcmp(coin->outpoint.txid, txid, 32) != 0)
        return false;
    coin->is_orphan = is_spent;
    return !is_spent;
}

/* Out: the spender of some orphan. Returns false if there are none. */
static bool find_orphan_spender(uint8_t spender[32], const struct btc_wallet *wallet)
{
    for (uint32_t i = 0; i < wallet->by_outpoint.capacity; i++) {
        uint32_t number = wallet->by_outpoint.slots[i].number;
        if (number != BTC_TABLE_NONE && coin_at(wallet, number)->is_orphan) {
            memcpy(spender, coin_at(wallet, number)->spender, 32);
            return true;
        }
    }
    return false;
}

void btc_wallet_forget(struct btc_wallet *wallet, const uint8_t txid[32])
{
    uint8_t next[32];
    memcpy(next, txid, 32);
    do
        for_each_coin(wallet, forget_in_coin, next);
    while (find_orphan_spender(next, wallet));
}

bool btc_wallet_connect(struct btc_wallet *wallet, const struct btc_block *block, uint32_t height)
{
    wallet->height = height;
    for (uint32_t i = 0; i < block->tx_count; i++)
        if (!btc_wallet_see(wallet, &block->txs[i], height))
            return false;
    return true;
}

static bool loosen(struct btc_wallet_coin *coin, const void *context)
{
    uint32_t height = *(const uint32_t *)context;
    if (coin->spent_height == height)
        coin->spent_height = BTC_WALLET_UNCONFIRMED;
    if (coin->height == height)
        coin->height = BTC_WALLET_UNCONFIRMED;
    return false;
}

void btc_wallet_disconnect(struct btc_wallet *wallet, const struct btc_block *block, uint32_t height)
{
    uint8_t coinbase[32];
    for_each_coin(wallet, loosen, &height);
    btc_txid(coinbase, &block->txs[0]);
    btc_wallet_forget(wallet, coinbase);
    wallet->height = height - 1;
}

struct btc_wallet_balance btc_wallet_balance(const struct btc_wallet *wallet)
{
    struct btc_wallet_balance balance = {0};
    for (uint32_t i = 0; i < wallet->by_outpoint.capacity; i++) {
        if (wallet->by_outpoint.slots[i].number == BTC_TABLE_NONE)
            continue;
        const struct btc_wallet_coin *coin = coin_at(wallet, wallet->by_outpoint.slots[i].number);
        if (coin->spent_height != BTC_WALLET_UNSPENT)
            continue;
        if (coin->height == BTC_WALLET_UNCONFIRMED)
            balance.pending_sat += coin->value_sat;
        else if (coin->is_coinbase && wallet->height + 1 - coin->height < BTC_COINBASE_MATURITY)
            balance.immature_sat += coin->value_sat;
        else
            balance.confirmed_sat += coin->value_sat;
    }
    return balance;
}

bool btc_wallet_fee(int64_t *fee_sat, const struct btc_wallet *wallet, const struct btc_tx *tx)
{
    int64_t sum_sat = 0;
    for (uint32_t i = 0; i < tx->input_count; i++) {
        const struct btc_wallet_coin *coin = find_coin(wallet, &tx->inputs[i].previous);
        if (coin == NULL)
            return false;
        sum_sat += coin->value_sat;
    }
    *fee_sat = sum_sat - btc_tx_output_sum_sat(tx);
    return true;
}
