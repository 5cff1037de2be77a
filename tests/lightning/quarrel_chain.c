/* quarrel_chain.c: the chain under a quarrel: funding, what waits, the miner.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/quarrel_chain.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/policy.h"
#include "protocol/bitcoin/script.h"

#define BASE_BLOCKS    103
#define FUNDING_OUTPUT (2 * QUARREL_COINS)
#define NOBODY         2

bool quarrel_judge(void *context, const struct btc_signature_check *check)
{
    struct btc_signature signature;
    struct btc_pubkey key;
    return ln_token_judge(context, check) || (btc_pubkey_read(check->curve, &key, check->public_key) &&
                                              btc_signature_read_der(check->curve, &signature, check->signature) &&
                                              btc_ecdsa_verify(check->curve, &signature, check->hash, &key));
}

static void *take(struct quarrel *quarrel, size_t count, size_t size)
{
    void *taken = btc_arena_take(&quarrel->regtest->arena, count, size);
    assert(taken != NULL);
    return taken;
}

/* ---- the beginning ---- */

static void make_wallets(struct quarrel *quarrel)
{
    for (unsigned i = 0; i < 2; i++) {
        struct quarrel_end *end = &quarrel->ends[i];
        uint8_t hash[20];
        memset(end->secret, 0x61 + (int)i, 32);
        bool good = btc_pubkey_wire_from_secret(&quarrel->regtest->curve, end->key, end->secret);
        assert(good);
        btc_hash160(hash, end->key, 33);
        btc_script_p2wpkh(end->script, hash);
    }
}

/* One transaction gives both wallets their coins, and makes the output that the funding is paid from. */
static void spread_coins(struct quarrel *quarrel)
{
    struct regtest *regtest = quarrel->regtest;
    struct btc_tx *tx = take(quarrel, 1, sizeof *tx);
    int64_t value_sat = btc_subsidy_sat(&btc_regtest_rules, 1);
    *tx = (struct btc_tx){.version = 2,
                          .input_count = 1,
                          .output_count = FUNDING_OUTPUT + 1,
                          .inputs = take(quarrel, 1, sizeof *tx->inputs),
                          .outputs = take(quarrel, FUNDING_OUTPUT + 1, sizeof *tx->outputs)};
    tx->inputs[0] = (struct btc_input){.previous = regtest_coinbase(regtest, 1), .sequence = BTC_SEQUENCE_FINAL};
    for (uint32_t i = 0; i < FUNDING_OUTPUT; i++) {
        tx->outputs[i] = (struct btc_output){QUARREL_COIN_SAT, btc_bytes(quarrel->ends[i % 2].script, 22)};
    }
    tx->outputs[FUNDING_OUTPUT] = (struct btc_output){QUARREL_FUNDING_SAT + 1000, btc_bytes(regtest->script, 22)};
    regtest_sign(regtest, tx, &value_sat);
    regtest_mine(regtest, (const struct btc_tx *const[]){tx}, 1, 0);
    for (uint32_t i = 0; i < FUNDING_OUTPUT; i++) {
        struct quarrel_end *end = &quarrel->ends[i % 2];
        struct ln_onchain_coin *coin = &end->coins[end->coin_count++];
        coin->outpoint = regtest_outpoint(tx, i);
        coin->value_sat = QUARREL_COIN_SAT;
        memcpy(coin->secret, end->secret, 32);
        memcpy(coin->public_key, end->key, 33);
    }
    quarrel->spread = regtest_outpoint(tx, FUNDING_OUTPUT);
}

struct quarrel *quarrel_new(void)
{
    struct quarrel *quarrel = calloc(1, sizeof *quarrel);
    assert(quarrel != NULL);
    quarrel->regtest = regtest_new();
    quarrel->saved = calloc(2, sizeof *quarrel->saved);
    assert(quarrel->saved != NULL);
    for (unsigned i = 0; i < 2; i++) {
        quarrel->ends[i].states = calloc(QUARREL_STATES, sizeof *quarrel->ends[i].states);
        assert(quarrel->ends[i].states != NULL);
    }
    make_wallets(quarrel);
    regtest_mine_empty(quarrel->regtest, BASE_BLOCKS);
    spread_coins(quarrel);
    quarrel->base_height = quarrel_height(quarrel);
    quarrel->base_used = quarrel->regtest->arena.used;
    return quarrel;
}

void quarrel_free(struct quarrel *quarrel)
{
    quarrel_rewind(quarrel, 0, 0);
    regtest_free(quarrel->regtest);
    free(quarrel->ends[0].states);
    free(quarrel->ends[1].states);
    free(quarrel->saved);
    free(quarrel);
}

uint32_t quarrel_height(const struct quarrel *quarrel)
{
    return quarrel->regtest->chain.height;
}

void quarrel_rewind(struct quarrel *quarrel, uint32_t height, size_t used)
{
    while (quarrel_height(quarrel) > height) {
        regtest_disconnect(quarrel->regtest);
    }
    quarrel->regtest->arena.used = used;
    quarrel->waiting_count = 0;
}

struct btc_outpoint quarrel_make_funding(struct quarrel *quarrel, struct btc_bytes script)
{
    struct btc_tx *tx = regtest_pay(quarrel->regtest, quarrel->spread, QUARREL_FUNDING_SAT + 1000, 1000);
    uint8_t *copy = take(quarrel, 1, script.length);
    const int64_t value_sat = QUARREL_FUNDING_SAT + 1000;
    memcpy(copy, script.data, script.length);
    tx->outputs[0].script = btc_bytes(copy, script.length);
    regtest_sign(quarrel->regtest, tx, &value_sat);
    quarrel->funding = tx;
    return regtest_outpoint(tx, 0);
}

void quarrel_mine_funding(struct quarrel *quarrel)
{
    regtest_mine(quarrel->regtest, &quarrel->funding, 1, 1000);
    quarrel->funding_height = quarrel_height(quarrel);
    quarrel->is_unfunded = false;
}

/* ---- what waits ---- */

static struct quarrel_tx *find_waiting(struct quarrel *quarrel, const uint8_t txid[32])
{
    for (uint32_t i = 0; i < quarrel->waiting_count; i++) {
        if (memcmp(quarrel->waiting[i].txid, txid, 32) == 0) {
            return &quarrel->waiting[i];
        }
    }
    return NULL;
}

static struct quarrel_tx *wait_for(struct quarrel *quarrel, unsigned owner, struct btc_bytes bytes)
{
    uint8_t *copy = take(quarrel, 1, bytes.length);
    struct btc_tx *tx = take(quarrel, 1, sizeof *tx);
    uint8_t txid[32];
    memcpy(copy, bytes.data, bytes.length);
    enum btc_tx_error error = btc_tx_parse(tx, &quarrel->regtest->arena, btc_bytes(copy, bytes.length));
    assert(error == BTC_TX_OK);
    btc_txid(txid, tx);
    struct quarrel_tx *waiting = find_waiting(quarrel, txid);
    if (waiting == NULL) {
        assert(quarrel->waiting_count < QUARREL_WAITING);
        waiting = &quarrel->waiting[quarrel->waiting_count++];
        *waiting = (struct quarrel_tx){.tx = tx, .owner = (uint8_t)owner, .first_height = quarrel_height(quarrel)};
        memcpy(waiting->txid, txid, 32);
    }
    waiting->gone = false;
    return waiting;
}

/* No transaction is broadcast before the next block can have it, as far as what it spends is in blocks. */
static void check_ripe(const struct quarrel *quarrel, const struct btc_tx *tx)
{
    uint32_t next = quarrel_height(quarrel) + 1;
    struct btc_coin_age ages[64] = {{0, 0}};
    assert(tx->input_count <= 64 && btc_tx_is_final(tx, next, UINT32_MAX));
    for (uint32_t i = 0; i < tx->input_count; i++) {
        const struct btc_coin *coin = btc_utxo_get(&quarrel->regtest->chain.coins, &tx->inputs[i].previous);
        ages[i] = coin == NULL ? (struct btc_coin_age){0, 0} : coin->age;
    }
    assert(btc_tx_earliest(tx, ages).min_height <= next);
}

void quarrel_broadcast(struct quarrel *quarrel, unsigned end, const struct ln_onchain_effect *effect)
{
    static const uint8_t nothing[32];
    struct quarrel_tx *old = find_waiting(quarrel, effect->replaced);
    struct quarrel_tx *waiting = wait_for(quarrel, end, effect->bytes);
    waiting->fee_sat = effect->fee_sat;
    waiting->deadline_height = effect->deadline_height;
    check_ripe(quarrel, waiting->tx);
    quarrel->broadcasts++;
    assert(memcmp(waiting->txid, effect->txid, 32) == 0);
    enum btc_standard_error standard = btc_standard_check(waiting->tx, btc_policy_of_era(BTC_POLICY_2024));
    assert(standard == BTC_STANDARD_OK);
    if (memcmp(effect->replaced, nothing, 32) == 0) {
        return;
    }
    assert(old != NULL);
    if (!old->gone && old->mined_height == 0) { /* BIP 125, rules 3 and 4 */
        int64_t least_sat = btc_amount_fee_up(btc_tx_weight_wu(waiting->tx), 250);
        assert(waiting->fee_sat >= old->fee_sat + least_sat);
        old->gone = true;
        quarrel->replacements++;
    }
}

void quarrel_forget(struct quarrel *quarrel, const uint8_t txid[32])
{
    struct quarrel_tx *waiting = find_waiting(quarrel, txid);
    assert(waiting != NULL);
    waiting->gone = true;
}

bool quarrel_is_free(const struct quarrel *quarrel, const struct btc_outpoint *outpoint)
{
    for (uint32_t i = 0; i < quarrel->waiting_count; i++) {
        const struct quarrel_tx *waiting = &quarrel->waiting[i];
        for (uint32_t k = 0; k < waiting->tx->input_count && !waiting->gone && waiting->mined_height == 0; k++) {
            if (btc_outpoint_equal(&waiting->tx->inputs[k].previous, outpoint)) {
                return false;
            }
        }
    }
    return btc_utxo_get(&quarrel->regtest->chain.coins, outpoint) != NULL;
}

/* ---- the miner ---- */

struct draft_block {
    const struct btc_tx *txs[QUARREL_WAITING];
    struct quarrel_tx *from[QUARREL_WAITING];
    uint32_t count;
    int64_t fees_sat;
    uint32_t height;
};

static bool is_spent_in(const struct draft_block *draft, const struct btc_outpoint *outpoint)
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

/* Where the output that an input spends was made; value -1 if it is not there. */
static int64_t value_of(const struct quarrel *quarrel, const struct draft_block *draft,
                        const struct btc_outpoint *outpoint, struct btc_coin_age *age)
{
    const struct btc_coin *coin = btc_utxo_get(&quarrel->regtest->chain.coins, outpoint);
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

/* Takes a transaction if it could be in the block. Out: earliest, the first height that its locks allow, and born, of
 * its youngest input. */
static bool try_take(struct quarrel *quarrel, struct draft_block *draft, struct quarrel_tx *waiting)
{
    const struct btc_tx *tx = waiting->tx;
    struct btc_coin_age ages[64];
    int64_t fee_sat = -btc_tx_output_sum_sat(tx);
    uint32_t born = 0;
    assert(tx->input_count <= 64);
    for (uint32_t i = 0; i < tx->input_count; i++) {
        int64_t value_sat = value_of(quarrel, draft, &tx->inputs[i].previous, &ages[i]);
        if (value_sat < 0 || is_spent_in(draft, &tx->inputs[i].previous)) {
            return false;
        }
        fee_sat += value_sat;
        born = ages[i].height > born ? ages[i].height : born;
    }
    bool commitment = tx->locktime >> 24 == 0x20; /* a time long ago */
    uint32_t earliest = commitment ? 0 : tx->locktime + (tx->locktime > 0);
    uint32_t relative = btc_tx_earliest(tx, ages).min_height;
    earliest = relative > earliest ? relative : earliest;
    if (earliest > draft->height) {
        return false;
    }
    waiting->locked = earliest == draft->height && born + 1 < draft->height;
    draft->txs[draft->count] = tx;
    draft->from[draft->count++] = waiting;
    draft->fees_sat += fee_sat;
    return true;
}

static void fill(struct quarrel *quarrel, struct draft_block *draft, unsigned takes, unsigned first)
{
    bool moved = true;
    while (moved) {
        moved = false;
        for (unsigned turn = 0; turn < 3; turn++) {
            unsigned owner = turn == 0 ? first : turn == 1 ? 1 - first : NOBODY;
            for (uint32_t i = 0; i < quarrel->waiting_count; i++) {
                struct quarrel_tx *waiting = &quarrel->waiting[i];
                if (waiting->owner == owner && (owner == NOBODY || (takes >> owner & 1)) && !waiting->gone &&
                    waiting->mined_height == 0 && try_take(quarrel, draft, waiting)) {
                    waiting->mined_height = draft->height;
                    moved = true;
                }
            }
        }
    }
}

/* The funding waits as well if its block was taken back. */
static void fill_funding(struct quarrel *quarrel, struct draft_block *draft)
{
    static struct quarrel_tx waiting;
    waiting = (struct quarrel_tx){.tx = quarrel->funding, .owner = NOBODY};
    btc_txid(waiting.txid, quarrel->funding);
    if (quarrel->is_unfunded && try_take(quarrel, draft, &waiting)) {
        quarrel->is_unfunded = false;
        quarrel->funding_height = draft->height;
        quarrel->refunded++;
    }
}

/* What has just come of age would not have been taken one block earlier. */
static void refuse_early(struct quarrel *quarrel, const struct draft_block *draft)
{
    struct regtest *regtest = quarrel->regtest;
    struct btc_block last = regtest->blocks[draft->height - 1].block;
    bool any = false;
    for (uint32_t i = 0; i < draft->count; i++) {
        any |= draft->from[i]->locked;
    }
    if (!any || draft->height - 1 <= quarrel->funding_height) {
        return;
    }
    regtest_disconnect(regtest);
    for (uint32_t i = 0; i < draft->count; i++) {
        if (draft->from[i]->locked) {
            struct btc_block early = regtest_draft(regtest, &draft->txs[i], 1, 0);
            regtest_grind(&early);
            enum btc_block_error error = regtest_connect(regtest, &early);
            assert(error == BTC_BLOCK_NONFINAL);
            quarrel->refused++;
        }
    }
    enum btc_block_error error = regtest_connect(regtest, &last);
    assert(error == BTC_BLOCK_OK);
}

const struct btc_tx *quarrel_first_waiting(const struct quarrel *quarrel, unsigned *owner)
{
    struct btc_outpoint funding = regtest_outpoint(quarrel->funding, 0);
    for (uint32_t i = 0; i < quarrel->waiting_count; i++) {
        const struct quarrel_tx *waiting = &quarrel->waiting[i];
        if (!waiting->gone && waiting->mined_height == 0 &&
            btc_outpoint_equal(&waiting->tx->inputs[0].previous, &funding)) {
            *owner = waiting->owner;
            return waiting->tx;
        }
    }
    return NULL;
}

void quarrel_mine(struct quarrel *quarrel, unsigned takes, unsigned first)
{
    static struct draft_block draft;
    draft.count = 0;
    draft.fees_sat = 0;
    draft.height = quarrel_height(quarrel) + 1;
    if (takes != 0) {
        fill_funding(quarrel, &draft);
    }
    fill(quarrel, &draft, takes, first);
    refuse_early(quarrel, &draft);
    struct btc_block block = regtest_draft(quarrel->regtest, draft.txs, draft.count, draft.fees_sat);
    regtest_grind(&block);
    enum btc_block_error error = regtest_connect(quarrel->regtest, &block);
    if (error != BTC_BLOCK_OK) {
        fprintf(stderr, "block %u: %s, script %s, transaction %u\n", draft.height, btc_block_error_name(error),
                btc_script_error_name(quarrel->regtest->fault.script_error), quarrel->regtest->fault.tx);
        abort();
    }
    quarrel->blocks++;
    quarrel->mined += draft.count;
    for (unsigned end = 0; end < 2; end++) {
        if (quarrel->ends[end].resolves) {
            quarrel_give_coins(quarrel, end);
            quarrel_connected(quarrel, end, draft.height);
            quarrel_show(quarrel, end);
        }
    }
}

void quarrel_mine_many(struct quarrel *quarrel, unsigned takes, unsigned first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        quarrel_mine(quarrel, takes, first);
    }
}

void quarrel_undo(struct quarrel *quarrel, uint32_t blocks)
{
    uint32_t height = quarrel_height(quarrel) - blocks;
    assert(height >= quarrel->base_height);
    quarrel->is_unfunded |= height < quarrel->funding_height;
    for (uint32_t i = 0; i < blocks; i++) {
        regtest_disconnect(quarrel->regtest);
    }
    for (uint32_t i = 0; i < quarrel->waiting_count; i++) {
        if (quarrel->waiting[i].mined_height > height) {
            quarrel->waiting[i].mined_height = 0;
            quarrel->waiting[i].gone = false;
        }
    }
    for (unsigned end = 0; end < 2; end++) {
        if (quarrel->ends[end].resolves) {
            quarrel_disconnected(quarrel, end, height);
        }
    }
    quarrel->reorganised += blocks;
}

/* ---- checking ---- */

struct sum {
    struct btc_bytes script;
    int64_t sat;
};

static void add_coin(void *context, const struct btc_coin *coin)
{
    struct sum *sum = context;
    sum->sat += btc_bytes_equal(coin->output.script, sum->script) ? coin->output.value_sat : 0;
}

int64_t quarrel_wallet_sat(const struct quarrel *quarrel, unsigned end)
{
    struct sum sum = {.script = btc_bytes(quarrel->ends[end].script, BTC_P2WPKH_BYTES)};
    btc_utxo_visit(&quarrel->regtest->chain.coins, add_coin, &sum);
    return sum.sat;
}

void quarrel_audit(struct quarrel *quarrel)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct quarrel_end *end = &quarrel->ends[i];
        if (end->resolves) {
            struct ln_onchain_tally tally = ln_onchain_tally(&end->onchain);
            int64_t gained_sat = quarrel_wallet_sat(quarrel, i) - end->start_sat;
            if (gained_sat != tally.claimed_sat - tally.fees_sat) {
                fprintf(stderr, "end %u gained %lld, tally %lld - %lld\n", i, (long long)gained_sat,
                        (long long)tally.claimed_sat, (long long)tally.fees_sat);
                abort();
            }
        }
    }
}

const struct btc_tx *quarrel_commitment(const struct quarrel *quarrel)
{
    struct btc_outpoint funding = regtest_outpoint(quarrel->funding, 0);
    for (uint32_t i = 0; i < quarrel->waiting_count; i++) {
        const struct quarrel_tx *waiting = &quarrel->waiting[i];
        if (waiting->mined_height > 0 && btc_outpoint_equal(&waiting->tx->inputs[0].previous, &funding)) {
            return waiting->tx;
        }
    }
    return NULL;
}
