/* miner.c: a miner on a real chain.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/miner.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUTS_MAX 256

void miner_begin(struct miner *miner, struct regtest *regtest)
{
    miner->regtest = regtest;
    miner->count = 0;
    miner->fees_sat = 0;
    miner->mined = miner->refused = 0;
    miner->floor_height = regtest->chain.height;
}

struct miner_tx *miner_find(struct miner *miner, const uint8_t txid[32])
{
    for (uint32_t i = 0; i < miner->count; i++) {
        if (memcmp(miner->waiting[i].txid, txid, 32) == 0) {
            return &miner->waiting[i];
        }
    }
    return NULL;
}

static void *take(struct miner *miner, size_t count, size_t size)
{
    void *taken = btc_arena_take(&miner->regtest->arena, count, size);
    assert(taken != NULL);
    return taken;
}

struct miner_tx *miner_wait(struct miner *miner, unsigned owner, struct btc_bytes bytes, const uint8_t *replaced)
{
    uint8_t *copy = take(miner, 1, bytes.length);
    struct btc_tx *tx = take(miner, 1, sizeof *tx);
    uint8_t txid[32];
    memcpy(copy, bytes.data, bytes.length);
    enum btc_tx_error error = btc_tx_parse(tx, &miner->regtest->arena, btc_bytes(copy, bytes.length));
    assert(error == BTC_TX_OK);
    btc_txid(txid, tx);
    struct miner_tx *waiting = miner_find(miner, txid);
    if (waiting == NULL) {
        assert(miner->count < MINER_WAITING);
        waiting = &miner->waiting[miner->count++];
        *waiting = (struct miner_tx){.tx = tx, .owner = (uint8_t)owner};
        memcpy(waiting->txid, txid, 32);
    }
    waiting->gone = false;
    struct miner_tx *old = miner_find(miner, replaced);
    if (old != NULL && old->mined_height == 0) {
        old->gone = true;
    }
    return waiting;
}

bool miner_is_free(const struct miner *miner, const struct btc_outpoint *outpoint)
{
    for (uint32_t i = 0; i < miner->count; i++) {
        const struct miner_tx *waiting = &miner->waiting[i];
        for (uint32_t k = 0; k < waiting->tx->input_count && !waiting->gone && waiting->mined_height == 0; k++) {
            if (btc_outpoint_equal(&waiting->tx->inputs[k].previous, outpoint)) {
                return false;
            }
        }
    }
    return btc_utxo_get(&miner->regtest->chain.coins, outpoint) != NULL;
}

/* ---- a block ---- */

struct draft {
    const struct btc_tx *txs[MINER_WAITING];
    struct miner_tx *from[MINER_WAITING];
    uint32_t count;
    int64_t fees_sat;
    uint32_t height;
};

static bool is_spent_in(const struct draft *draft, const struct btc_outpoint *outpoint)
{
    for (uint32_t i = 0; i < draft->count; i++) {
        for (uint32_t k = 0; k < draft->txs[i]->input_count; k++) {
            if (btc_outpoint_equal(&draft->txs[i]->inputs[k].previous, outpoint)) {
                return true;
            }
        }
    }
    return false;
}

/* What the output that an input spends is worth; -1 if it is not there. Out: age. */
static int64_t value_of(const struct miner *miner, const struct draft *draft, const struct btc_outpoint *outpoint,
                        struct btc_coin_age *age)
{
    const struct btc_coin *coin = btc_utxo_get(&miner->regtest->chain.coins, outpoint);
    if (coin != NULL) {
        *age = coin->age;
        return coin->output.value_sat;
    }
    for (uint32_t i = 0; i < draft->count; i++) {
        if (memcmp(draft->from[i]->txid, outpoint->txid, 32) == 0) {
            *age = (struct btc_coin_age){draft->height, 0};
            return draft->txs[i]->outputs[outpoint->index].value_sat;
        }
    }
    return -1;
}

/* Takes a transaction if it can be in the block. */
static bool try_take(struct miner *miner, struct draft *draft, struct miner_tx *waiting)
{
    const struct btc_tx *tx = waiting->tx;
    struct btc_coin_age ages[INPUTS_MAX];
    int64_t fee_sat = -btc_tx_output_sum_sat(tx);
    uint32_t born = 0;
    assert(tx->input_count <= INPUTS_MAX);
    for (uint32_t i = 0; i < tx->input_count; i++) {
        int64_t value_sat = value_of(miner, draft, &tx->inputs[i].previous, &ages[i]);
        if (value_sat < 0 || is_spent_in(draft, &tx->inputs[i].previous)) {
            return false;
        }
        fee_sat += value_sat;
        born = ages[i].height > born ? ages[i].height : born;
    }
    uint32_t earliest = tx->locktime >= BTC_LOCKTIME_IS_TIME ? 0 : tx->locktime + (tx->locktime > 0);
    uint32_t relative = btc_tx_earliest(tx, ages).min_height;
    earliest = relative > earliest ? relative : earliest;
    if (earliest > draft->height) {
        return false;
    }
    waiting->locked = earliest == draft->height && born + 1 < draft->height;
    waiting->mined_height = draft->height;
    draft->txs[draft->count] = tx;
    draft->from[draft->count++] = waiting;
    draft->fees_sat += fee_sat;
    return true;
}

/* Goes over what waits until nothing more can be taken: children come behind their parents. */
static void fill(struct miner *miner, struct draft *draft, unsigned takes, unsigned first)
{
    for (bool moved = true; moved;) {
        moved = false;
        for (unsigned turn = 0; turn < MINER_OWNERS; turn++) {
            unsigned owner = (first + turn) % MINER_OWNERS;
            for (uint32_t i = 0; i < miner->count && (takes >> owner & 1); i++) {
                struct miner_tx *waiting = &miner->waiting[i];
                if (waiting->owner == owner && !waiting->gone && waiting->mined_height == 0) {
                    moved |= try_take(miner, draft, waiting);
                }
            }
        }
    }
}

/* What has just come of age would not have been taken one block earlier. */
static void refuse_early(struct miner *miner, const struct draft *draft)
{
    struct regtest *regtest = miner->regtest;
    struct btc_block last = regtest->blocks[draft->height - 1].block;
    bool any = false;
    for (uint32_t i = 0; i < draft->count; i++) {
        any |= draft->from[i]->locked;
    }
    if (!any || draft->height - 1 <= miner->floor_height) {
        return;
    }
    regtest_disconnect(regtest);
    for (uint32_t i = 0; i < draft->count; i++) {
        if (draft->from[i]->locked) {
            struct btc_block early = regtest_draft(regtest, &draft->txs[i], 1, 0);
            regtest_grind(&early);
            enum btc_block_error error = regtest_connect(regtest, &early);
            assert(error == BTC_BLOCK_NONFINAL);
            miner->refused++;
        }
    }
    enum btc_block_error error = regtest_connect(regtest, &last);
    assert(error == BTC_BLOCK_OK);
}

void miner_block(struct miner *miner, unsigned takes, unsigned first)
{
    static struct draft draft;
    struct regtest *regtest = miner->regtest;
    draft.count = 0;
    draft.fees_sat = 0;
    draft.height = regtest->chain.height + 1;
    fill(miner, &draft, takes, first);
    refuse_early(miner, &draft);
    struct btc_block block = regtest_draft(regtest, draft.txs, draft.count, draft.fees_sat);
    regtest_grind(&block);
    enum btc_block_error error = regtest_connect(regtest, &block);
    if (error != BTC_BLOCK_OK) {
        fprintf(stderr, "block %u: %s, script %s, transaction %u\n", draft.height, btc_block_error_name(error),
                btc_script_error_name(regtest->fault.script_error), regtest->fault.tx);
        abort();
    }
    miner->mined += draft.count;
    miner->fees_sat += draft.fees_sat;
    miner->block_fees_sat[draft.height] = draft.fees_sat;
}

void miner_undo(struct miner *miner)
{
    uint32_t height = miner->regtest->chain.height;
    assert(height > miner->floor_height);
    regtest_disconnect(miner->regtest);
    miner->fees_sat -= miner->block_fees_sat[height];
    for (uint32_t i = 0; i < miner->count; i++) {
        if (miner->waiting[i].mined_height == height) {
            miner->waiting[i].mined_height = 0;
            miner->waiting[i].gone = false;
        }
    }
}
