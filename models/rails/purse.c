/* purse.c: seeds from streams, coins from the faucet, transactions in a room that grows.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/purse.h"

#include "models/chain/room.h"
#include "sim/stream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES      (4096 + 1024 * BTC_MAX_WALLET_INPUTS) /* the largest payment with its witnesses */
#define SCRATCH_PER_COIN 128
#define SCRATCH_BYTES    8192

void purse_room_open(struct purse_room *room, struct trouble *trouble, struct chain *chain)
{
    room->trouble = trouble;
    room->chain = chain;
    room->arena = room->scratch = (struct btc_arena){0};
    btc_curve_init(&room->curve);
}

void purse_room_close(struct purse_room *room)
{
    room_free(&room->arena);
    room_free(&room->scratch);
}

static uint64_t draw_word(struct sim_stream *stream)
{
    uint64_t high = gsl_rng_get(stream_rng(stream));
    return high << 32 | (gsl_rng_get(stream_rng(stream)) & UINT32_MAX);
}

bool purse_open(struct purse *purse, struct purse_room *room, const char *purpose, uint64_t entity)
{
    struct sim_stream stream;
    sim_stream_open(&stream, room->trouble->sim, purpose, entity);
    uint64_t words[4];
    uint8_t seed[32];
    for (size_t i = 0; i < 4; i++)
        words[i] = draw_word(&stream);
    for (size_t i = 0; i < sizeof seed; i++)
        seed[i] = (uint8_t)(words[i / 8] >> 8 * (i % 8));
    *purse = (struct purse){.room = room};
    purse->is_open = btc_wallet_init(&purse->wallet, &room->curve,
                                     &(struct btc_wallet_setup){.network = BTC_REGTEST,
                                                                .seed = btc_bytes(seed, sizeof seed),
                                                                .salt = {{words[0], words[1]}},
                                                                .allocator = &room_allocator});
    return purse->is_open;
}

void purse_close(struct purse *purse)
{
    if (purse->is_open)
        btc_wallet_close(&purse->wallet);
    purse->is_open = false;
}

bool purse_script(struct purse *purse, uint8_t script[BTC_P2WPKH_BYTES])
{
    if (btc_wallet_new_script(&purse->wallet, script))
        return true;
    trouble_memory(purse->room->trouble);
    return false;
}

bool purse_fund(struct purse *purse, uint32_t coins, int64_t coin_sat)
{
    for (uint32_t i = 0; i < coins; i++) {
        uint8_t script[BTC_P2WPKH_BYTES];
        if (!purse_script(purse, script))
            return false;
        chain_fund(purse->room->chain, btc_bytes(script, sizeof script), coin_sat);
    }
    return true;
}

/* ---- learning -------------------------------------------------------------------------------------------------- */

/* Most blocks hold no own transaction, and a wallet has no coinbases: it need only know the height. */
static bool is_empty(const struct btc_block *block)
{
    return block->tx_count <= 1;
}

void purse_connect(struct purse *purse, const struct btc_block *block, uint32_t height)
{
    if (is_empty(block))
        purse->wallet.height = height;
    else if (!btc_wallet_connect(&purse->wallet, block, height))
        trouble_memory(purse->room->trouble);
}

void purse_disconnect(struct purse *purse, const struct btc_block *block, uint32_t height)
{
    if (is_empty(block))
        purse->wallet.height = height - 1;
    else
        btc_wallet_disconnect(&purse->wallet, block, height);
}

void purse_see(struct purse *purse, const struct btc_tx *tx)
{
    if (!btc_wallet_see(&purse->wallet, tx, BTC_WALLET_UNCONFIRMED))
        trouble_memory(purse->room->trouble);
}

void purse_forget(struct purse *purse, const struct btc_tx *tx)
{
    uint8_t txid[32];
    btc_txid(txid, tx);
    btc_wallet_forget(&purse->wallet, txid);
}

/* ---- looking --------------------------------------------------------------------------------------------------- */

static bool is_free(const struct btc_wallet_coin *coin)
{
    return coin->height != BTC_WALLET_UNCONFIRMED && coin->spent_height == BTC_WALLET_UNSPENT;
}

static int compare_coins(const void *a, const void *b)
{
    const struct btc_wallet_coin *x = *(const struct btc_wallet_coin *const *)a;
    const struct btc_wallet_coin *y = *(const struct btc_wallet_coin *const *)b;
    if (x->value_sat != y->value_sat)
        return x->value_sat < y->value_sat ? -1 : 1;
    return memcmp(&x->outpoint, &y->outpoint, sizeof x->outpoint);
}

uint32_t purse_smallest(struct btc_outpoint *coins, struct purse *purse, uint32_t most)
{
    const struct btc_wallet *wallet = &purse->wallet;
    const struct btc_wallet_coin **found = calloc(wallet->coins.used + 1, sizeof *found);
    uint32_t count = 0;
    if (found == NULL) {
        trouble_memory(purse->room->trouble);
        return 0;
    }
    for (uint32_t i = 0; i < wallet->by_outpoint.capacity; i++) {
        uint32_t number = wallet->by_outpoint.slots[i].number;
        const struct btc_wallet_coin *coin = number == BTC_TABLE_NONE ? NULL : btc_pool_at(&wallet->coins, number);
        if (coin != NULL && is_free(coin))
            found[count++] = coin;
    }
    qsort(found, count, sizeof *found, compare_coins);
    for (uint32_t i = 0; i < count && i < most; i++)
        coins[i] = found[i]->outpoint;
    free(found);
    return count;
}

/* ---- building -------------------------------------------------------------------------------------------------- */

int64_t purse_dust_sat(void)
{
    static const uint8_t script[BTC_P2WPKH_BYTES] = {0, BTC_P2WPKH_BYTES - 2};
    const struct btc_output output = {0, btc_bytes(script, sizeof script)};
    return btc_dust_limit_sat(&output, PURSE_DUST_SAT_PER_KWU);
}

static bool make_room(struct purse *purse)
{
    struct purse_room *room = purse->room;
    return room_reserve(&room->arena, ARENA_BYTES) &&
           room_reserve(&room->scratch, SCRATCH_BYTES + (size_t)SCRATCH_PER_COIN * purse->wallet.coins.used);
}

static enum btc_wallet_error tell(struct purse *purse, enum btc_wallet_error error)
{
    if (error == BTC_WALLET_NO_MEMORY)
        trouble_memory(purse->room->trouble);
    return error;
}

enum btc_wallet_error purse_pay(struct btc_wallet_payment *payment, struct purse *purse, struct btc_wallet_plan plan)
{
    struct purse_room *room = purse->room;
    enum btc_wallet_error error = BTC_WALLET_NO_MEMORY;
    plan.dust_sat_per_kwu = PURSE_DUST_SAT_PER_KWU;
    plan.sign_mode = BTC_SIGN_LOW_R;
    plan.source = BTC_WALLET_CONFIRMED_ONLY;
    if (make_room(purse))
        error = btc_wallet_pay(payment, &purse->wallet, &room->arena, &room->scratch, &plan);
    plan.source = BTC_WALLET_OWN_CHANGE;
    if (error == BTC_WALLET_FUNDS)
        error = btc_wallet_pay(payment, &purse->wallet, &room->arena, &room->scratch, &plan);
    return tell(purse, error);
}

enum btc_wallet_error purse_bump(struct btc_wallet_payment *payment, struct purse *purse, const struct btc_tx *old,
                                 uint32_t rate_sat_per_kwu, uint32_t incremental_sat_per_kwu)
{
    const struct btc_wallet_plan plan = {.rate_sat_per_kwu = rate_sat_per_kwu,
                                         .dust_sat_per_kwu = PURSE_DUST_SAT_PER_KWU,
                                         .sign_mode = BTC_SIGN_LOW_R,
                                         .incremental_sat_per_kwu = incremental_sat_per_kwu};
    struct purse_room *room = purse->room;
    if (!make_room(purse))
        return tell(purse, BTC_WALLET_NO_MEMORY);
    return tell(purse, btc_wallet_bump(payment, &purse->wallet, &room->arena, &room->scratch, old, &plan));
}

enum btc_wallet_error purse_take_back(struct btc_wallet_payment *payment, struct purse *purse, const struct btc_tx *old,
                                      int64_t old_fee_sat, uint32_t rate_sat_per_kwu, uint32_t incremental_sat_per_kwu)
{
    struct btc_outpoint coins[BTC_MAX_WALLET_INPUTS];
    assert(old->input_count <= BTC_MAX_WALLET_INPUTS);
    for (uint32_t i = 0; i < old->input_count; i++)
        coins[i] = old->inputs[i].previous;
    return purse_pay(payment, purse,
                     (struct btc_wallet_plan){.rate_sat_per_kwu = rate_sat_per_kwu,
                                              .sequence = BTC_SEQUENCE_NO_RBF,
                                              .required = coins,
                                              .required_count = old->input_count,
                                              .replaced_fee_sat = incremental_sat_per_kwu > 0 ? old_fee_sat : 0,
                                              .incremental_sat_per_kwu = incremental_sat_per_kwu});
}
